//! `idle`: how much memory a live connection takes that only listens.

use std::time::Duration;

use anyhow::Result;

use super::{
    load::be_quiet,
    report::{Report, Row},
    seat::Seat,
    subject::{Bare, House},
};
use crate::{
    bench::crowd::Crowd,
    stage::{Process, most_sockets},
};

const STEPS: [usize; 3] = [1_000, 5_000, 10_000];
const SETTLE: Duration = Duration::from_secs(1);

pub(super) async fn measure(house: &mut House, report: &mut Report) -> Result<()> {
    house.refresh().await?;
    let steps: Vec<usize> =
        STEPS.into_iter().filter(|step| most_sockets().is_ok_and(|most| *step <= most)).collect();
    if steps.len() < STEPS.len() {
        report.note(format!("idle: the limit of open files allows fewer than {} connections", STEPS[2]));
    }
    let most = steps.last().copied().unwrap_or(0);
    let seats: Vec<Seat> = (0..most).map(|number| house.seat(number, 0)).collect();
    be_quiet(&house.papo.process).await?;
    let before = house.papo.process.resident_kib()? as f64 / 1024.0;
    report.add(Row { papo: Some(before), ..Row::new("idle", "resident before", "MiB") });
    let papo = per_connection(&house.papo.process, &seats, &steps).await?;
    let bare = if house.alone {
        Vec::new()
    } else {
        let bare = Bare::start(false).await?;
        per_connection(&bare.process, &bare.seats(1, most), &steps).await?
    };
    for (at, step) in steps.iter().enumerate() {
        let row = Row::new("idle", format!("per connection, {step} of them"), "KiB");
        let row = if *step == STEPS[2] { row.budget("≤ 8 KiB") } else { row };
        report.add(Row { papo: Some(papo[at]), bare: bare.get(at).copied(), ..row });
    }
    Ok(())
}

async fn per_connection(server: &Process, seats: &[Seat], steps: &[usize]) -> Result<Vec<f64>> {
    let before = server.resident_kib()? as f64;
    let (mut crowds, mut entered, mut figures) = (Vec::new(), 0, Vec::new());
    for step in steps {
        crowds.push(Crowd::enter(&seats[entered..*step]).await?);
        entered = *step;
        tokio::time::sleep(SETTLE).await;
        be_quiet(server).await?;
        figures.push((server.resident_kib()? as f64 - before) / entered as f64);
    }
    Ok(figures)
}
