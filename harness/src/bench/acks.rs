//! `acks`: how many messages per second are stored and acknowledged when senders wait for their answers.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use anyhow::Result;
use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};

use super::{
    commit_alone,
    crowd::enter_all,
    load::be_quiet,
    machine,
    report::{Report, Row},
    seat::{Kind, Seat},
    subject::House,
};
use crate::{
    socket::{Socket, opcode},
    stage::{Histogram, Process},
};

const SENDERS: [usize; 3] = [1, 32, 256];
const WINDOWS: [usize; 2] = [1, 16];
const WARM_UP: Duration = Duration::from_millis(500);
const MEASURED: Duration = Duration::from_secs(2);

pub(super) async fn measure(house: &mut House, report: &mut Report) -> Result<()> {
    let alone = if house.alone {
        None
    } else {
        let folder = house.folder();
        Some(tokio::task::spawn_blocking(move || commit_alone::measure(&folder, MEASURED)).await??)
    };
    for (place, is_one) in [("one room", true), ("own rooms", false)] {
        for senders in SENDERS {
            house.refresh().await?;
            let (rooms, members) = if is_one { (1, senders) } else { (senders, 1) };
            let seats = house.seats(rooms, members).await?;
            for window in WINDOWS {
                let outcome = run(&seats, window, &house.papo.process).await?;
                let plural = if senders == 1 { "" } else { "s" };
                let what = format!("{senders} sender{plural}, {window} under way, {place}");
                if outcome.errors + outcome.closed > 0 {
                    let Outcome { errors, closed, .. } = outcome;
                    report.note(format!("acks {what}: {errors} refused, {closed} connections closed"));
                }
                let row =
                    Row { papo: Some(outcome.rate), commit_alone: alone, ..Row::new("acks", what, "acks/s") };
                report.add(match senders {
                    256 => row.budget("≥ 5 × commit alone"),
                    32 => row.budget("≥ 30,000"),
                    _ => row,
                });
                let late = Row::new("acks", "    p99 of the answer", "ms");
                report.add(Row { papo: outcome.p99, ..late });
            }
        }
    }
    Ok(())
}

struct Outcome {
    /// Acknowledged messages per second.
    rate: f64,
    /// Of the answers, in milliseconds.
    p99: Option<f64>,
    errors: u64,
    closed: u64,
}

#[derive(Debug)]
struct Tally {
    acks: AtomicU64,
    errors: AtomicU64,
    closed: AtomicU64,
    is_over: AtomicBool,
    latency: Histogram,
}

async fn run(seats: &[Seat], window: usize, server: &Process) -> Result<Outcome> {
    let sockets = enter_all(seats).await?;
    be_quiet(server).await?;
    let tally = Arc::new(Tally {
        acks: AtomicU64::new(0),
        errors: AtomicU64::new(0),
        closed: AtomicU64::new(0),
        is_over: AtomicBool::new(false),
        latency: Histogram::default(),
    });
    let mut senders = JoinSet::new();
    for (seat, socket) in seats.iter().cloned().zip(sockets) {
        senders.spawn(converse(seat, socket, window, Arc::clone(&tally)));
    }
    sleep(WARM_UP).await;
    let (before, begin) = (tally.acks.load(Relaxed), Instant::now());
    sleep(MEASURED).await;
    let acks = tally.acks.load(Relaxed) - before;
    let rate = acks as f64 / begin.elapsed().as_secs_f64();
    let (errors, closed) = (tally.errors.load(Relaxed), tally.closed.load(Relaxed));
    tally.is_over.store(true, Relaxed);
    Ok(Outcome { rate, p99: tally.latency.percentile(0.99), errors, closed })
}

/// Keeps `window` messages under way: sends a new one for each answer.
async fn converse(seat: Seat, socket: Socket, window: usize, tally: Arc<Tally>) {
    let Socket { mut reader, writer } = socket;
    // Answers come in the order of their messages.
    let mut under_way = std::collections::VecDeque::with_capacity(window);
    let (mut frames, mut free) = (Vec::new(), window);
    loop {
        frames.clear();
        for _ in 0..free {
            let now = machine::micros();
            under_way.push_back(now);
            seat.compose(&mut frames, now);
        }
        let sent = writer.bytes(&frames).await;
        free = 0;
        let mut is_closed = sent.is_err();
        let read = reader
            .read(&mut |frame| match Kind::of(frame.payload) {
                kind @ (Kind::Delivery | Kind::Error) => {
                    free += 1;
                    let counter = if kind == Kind::Delivery { &tally.acks } else { &tally.errors };
                    counter.fetch_add(1, Relaxed);
                    if let Some(sent) = under_way.pop_front() {
                        tally.latency.record_micros(machine::micros() - sent);
                    }
                }
                _ => is_closed |= frame.opcode == opcode::CLOSE,
            })
            .await;
        if is_closed || !matches!(read, Ok(true)) {
            tally.closed.fetch_add(1, Relaxed);
            return;
        }
        if tally.is_over.load(Relaxed) {
            return;
        }
    }
}
