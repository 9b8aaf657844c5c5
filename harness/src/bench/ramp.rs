//! `ramp`: the highest rate that one room of a hundred sustains, and how late messages are at half of it.
//!
//! A rate is sustained if everything arrives, and 99 of 100 deliveries within 250 ms of their message's moment.

use anyhow::Result;

use super::{
    load::{Load, Outcome},
    report::{Report, Row},
    seat::Seat,
    subject::{Bare, House},
};
use crate::stage::Process;

const MEMBERS: usize = 100;
const SENDERS: usize = 10;
const LATEST_MS: f64 = 250.0;
const FIRST: f64 = 500.0;
const MOST: f64 = 256_000.0;
/// Halvings of the interval between the last rate that was sustained and the first that was not.
const HALVINGS: usize = 3;

pub(super) async fn measure(house: &mut House, report: &mut Report) -> Result<()> {
    house.refresh().await?;
    let seats = house.seats(1, MEMBERS).await?;
    let papo = highest(&seats, &house.papo.process).await?;
    let half = load(&seats, papo / 2.0, 5.0).run(&house.papo.process).await?;
    let (bare, gathered) = if house.alone {
        (None, None)
    } else {
        (Some(climb_bare(false).await?), Some(climb_bare(true).await?))
    };
    let deliveries = |rate: f64| rate * MEMBERS as f64;
    report.add(Row {
        papo: Some(deliveries(papo)),
        bare: bare.map(deliveries),
        gathered: gathered.map(deliveries),
        ..Row::new("ramp", "highest sustained, 1 × 100", "deliveries/s").budget("≥ 5 × bare, about 1,000,000")
    });
    report
        .add(Row { papo: Some(half.p99), ..Row::new("ramp", "p99 at half of it", "ms").budget("≤ 25 ms") });
    let cost = half.cpu_micros_per_delivery();
    report.add(Row { papo: Some(cost), ..Row::new("ramp", "CPU per delivery at half of it", "µs") });
    Ok(())
}

async fn climb_bare(gathers: bool) -> Result<f64> {
    let bare = Bare::start(gathers).await?;
    highest(&bare.seats(1, MEMBERS), &bare.process).await
}

/// The highest sustained rate in messages per second: doubled until it fails twice, then bisected.
async fn highest(seats: &[Seat], server: &Process) -> Result<f64> {
    let (mut good, mut bad) = (0.0, FIRST);
    while bad <= MOST && is_sustained(seats, server, bad, 2.0).await? {
        (good, bad) = (bad, bad * 2.0);
    }
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(good, bad);
        if is_sustained(seats, server, middle, 3.0).await? {
            good = middle;
        } else {
            bad = middle;
        }
    }
    Ok(good)
}

/// A second try forgives what others do to the machine.
async fn is_sustained(seats: &[Seat], server: &Process, rate: f64, seconds: f64) -> Result<bool> {
    for _ in 0..2 {
        let outcome = load(seats, rate, seconds).run(server).await?;
        let Outcome { p99, closed, errors, took, .. } = outcome;
        let fine = outcome.is_complete() && p99 <= LATEST_MS;
        eprintln!(
            "    {rate}/s: {} of {} in {took:.1?}, p99 {p99:.1} ms, {closed} closed, {errors} errors",
            outcome.deliveries, outcome.expected
        );
        if fine {
            return Ok(true);
        }
    }
    Ok(false)
}

fn load(seats: &[Seat], rate: f64, seconds: f64) -> Load<'_> {
    Load { seats, members: MEMBERS, senders: SENDERS, rate, seconds }
}
