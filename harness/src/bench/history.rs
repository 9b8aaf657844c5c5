//! `history` and `room`: what a page of a long conversation costs.

use std::time::Duration;

use anyhow::{Context as _, Result};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

use super::{
    load::be_quiet,
    machine,
    report::{Report, Row},
    seat::Kind,
    subject::House,
};
use crate::{
    socket::Socket,
    stage::{Histogram, Http},
};

const WARM_UP: usize = 50;
const PAGES: usize = 1_000;
const ROOM_PAGES: usize = 500;
/// Messages under way while the room is filled.
const WINDOW: usize = 64;

/// Who is in the room; the page lists them.
const MEMBERS: usize = 10;

/// A room with many messages.
#[derive(Debug)]
pub(super) struct Filled {
    room: i64,
    /// Its last seq.
    head: u64,
}

/// Writes `messages` messages to a room of ten, starts the server again, and reports its memory.
pub(super) async fn fill(house: &mut House, messages: usize, report: &mut Report) -> Result<Filled> {
    eprintln!("  writing {messages} messages");
    let seat = house.seats(1, MEMBERS).await?.swap_remove(0);
    let room = seat.room();
    let Socket { mut reader, writer } = seat.enter().await?;
    let (mut sent, mut answered, mut frames) = (0, 0, Vec::new());
    while answered < messages {
        frames.clear();
        while sent < messages && sent < answered + WINDOW {
            seat.compose(&mut frames, machine::micros());
            sent += 1;
        }
        writer.bytes(&frames).await?;
        let count = |frame: crate::socket::Frame<'_>| {
            answered += usize::from(matches!(Kind::of(frame.payload), Kind::Delivery | Kind::Error));
        };
        reader.read(&mut { count }).await?.then_some(()).context("closed while the room was filled")?;
    }
    let (page, head) = (format!("/fn/room?address={room}"), house.cookie());
    let page = Http::connect(house.papo.address()).await?.get(&page, &head).await?.expect(200)?.json()?;
    let head = page["open"]["room"]["head"].as_u64().context("no head")?;
    house.refresh().await?;
    be_quiet(&house.papo.process).await?;
    let resident = house.papo.process.resident_kib()? as f64 / 1024.0;
    let row = Row::new("room", format!("resident, {messages} messages stored"), "MiB").budget("≤ 60 MB");
    report.add(Row { papo: Some(resident), ..row });
    Ok(Filled { room, head })
}

/// Pages from anywhere in the history, one after another.
pub(super) async fn measure_pages(house: &mut House, filled: &Filled, report: &mut Report) -> Result<()> {
    let mut anywhere = StdRng::seed_from_u64(1);
    let path = || {
        let before = anywhere.random_range(51..filled.head.max(52));
        format!("/fn/history?room={}&before={before}", filled.room)
    };
    let pages = ask(house, PAGES, "", path).await?;
    report.add(Row { papo: Some(pages.cpu_ms), ..Row::new("history", "CPU per page", "ms") });
    report.add(Row { papo: pages.whole.percentile(0.5), ..Row::new("history", "p50", "ms") });
    let p99 = Row::new("history", "p99", "ms").budget("≤ 20 ms");
    report.add(Row { papo: pages.whole.percentile(0.99), ..p99 });
    Ok(())
}

/// The room's page, uncompressed and as a browser asks for it; and, beside them, that of `general`, whose many
/// members it lists.
pub(super) async fn measure_room(house: &mut House, filled: &Filled, report: &mut Report) -> Result<()> {
    let path = format!("/rooms/{}", filled.room);
    let everyone = format!("all {} members, plain", house.people.len());
    let compressed = "Accept-Encoding: gzip, br\r\n";
    for (how, path, accept, count, is_budgeted) in [
        ("plain", path.as_str(), "", ROOM_PAGES, true),
        ("compressed", path.as_str(), compressed, ROOM_PAGES, true),
        (everyone.as_str(), "/rooms/general", "", ROOM_PAGES / 5, false),
    ] {
        let pages = ask(house, count, accept, || path.to_owned()).await?;
        let row = |what: &str, unit| Row::new("room", format!("{how}, {what}"), unit);
        let budget = |row: Row, budget| if is_budgeted { row.budget(budget) } else { row };
        let cpu = Row { papo: Some(pages.cpu_ms), ..row("CPU per page", "ms") };
        report.add(budget(cpu, "≤ 2 ms"));
        report.add(Row { papo: Some(pages.bytes as f64 / 1024.0), ..row("size", "KiB") });
        report.add(Row { papo: pages.first.percentile(0.5), ..row("first byte, p50", "ms") });
        report.add(Row {
            papo: pages.first.percentile(0.99),
            ..budget(row("first byte, p99", "ms"), "≤ 10 ms")
        });
    }
    Ok(())
}

pub(super) struct Pages {
    /// Of the server.
    pub(super) cpu_ms: f64,
    first: Histogram,
    whole: Histogram,
    /// Of the last page.
    pub(super) bytes: usize,
}

/// Asks for pages one after another on one connection.
pub(super) async fn ask(
    house: &House,
    count: usize,
    headers: &str,
    mut path: impl FnMut() -> String,
) -> Result<Pages> {
    let headers = format!("{}{headers}", house.cookie());
    let mut http = Http::connect(house.papo.address()).await?;
    for _ in 0..WARM_UP {
        http.get(&path(), &headers).await?.expect(200)?;
    }
    let mut pages = Pages { cpu_ms: 0.0, first: Histogram::default(), whole: Histogram::default(), bytes: 0 };
    let before = house.papo.process.cpu()?;
    for _ in 0..count {
        let asked = machine::micros();
        let answer = http.get(&path(), &headers).await?.expect(200)?;
        pages.first.record(answer.first_byte);
        pages.whole.record(Duration::from_micros(machine::micros() - asked));
        pages.bytes = answer.body.len();
    }
    let cpu = house.papo.process.cpu()?.saturating_sub(before);
    pages.cpu_ms = cpu.as_secs_f64() * 1_000.0 / count as f64;
    Ok(pages)
}
