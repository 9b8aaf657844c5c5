//! `fanout`: what a delivery costs at steady rates, and how late it is.

use anyhow::Result;

use super::{
    commit_alone,
    load::{Load, Outcome},
    report::{Report, Row},
    subject::{Bare, House},
};

const SECONDS: f64 = 8.0;

/// Rooms, members of each, messages per second in all, the budget of the cost, and of p99.
const SHAPES: [(usize, usize, f64, &str, &str); 3] =
    [(1, 100, 50.0, "", "≤ 3 ms"), (1, 1_000, 10.0, "≤ 1.3 × bare", ""), (100, 10, 200.0, "≤ 2 × bare", "")];

pub(super) async fn measure(house: &mut House, report: &mut Report) -> Result<()> {
    for (rooms, members, rate, cost_budget, late_budget) in SHAPES {
        house.refresh().await?;
        let load = Load {
            seats: &house.seats(rooms, members).await?,
            members,
            senders: rooms * members,
            rate,
            seconds: SECONDS,
        };
        let papo = load.run(&house.papo.process).await?;
        let (bare, gathered) = if house.alone {
            (None, None)
        } else {
            (Some(run_bare(load, rooms, false).await?), Some(run_bare(load, rooms, true).await?))
        };
        // What storing adds to a delivery, at the least.
        let alone = if house.alone {
            None
        } else {
            let (folder, messages) = (house.folder(), (rate * SECONDS) as u32);
            let cpu = move || commit_alone::measure_cpu(&folder, rate, messages);
            Some(tokio::task::spawn_blocking(cpu).await?? / members as f64)
        };
        let shape = format!("{rooms} × {members} at {rate}/s");
        if !papo.is_complete() {
            let (got, wanted) = (papo.deliveries, papo.expected);
            report.note(format!(
                "fanout {shape}: {got} of {wanted} deliveries, {} errors, {} closed",
                papo.errors, papo.closed
            ));
        }
        let row = |what: &str, unit, budget: &'static str, of: fn(&Outcome) -> f64| {
            let row = Row::new("fanout", format!("{shape}, {what}"), unit);
            let row = if budget.is_empty() { row } else { row.budget(budget) };
            let (bare, gathered) = (bare.as_ref().map(of), gathered.as_ref().map(of));
            Row { papo: Some(of(&papo)), bare, gathered, ..row }
        };
        let cost = row("CPU per delivery", "µs", cost_budget, Outcome::cpu_micros_per_delivery);
        report.add(Row { commit_alone: alone, ..cost });
        report.add(row("p50", "ms", "", |outcome| outcome.p50));
        report.add(row("p99", "ms", late_budget, |outcome| outcome.p99));
    }
    Ok(())
}

async fn run_bare(load: Load<'_>, rooms: usize, gathers: bool) -> Result<Outcome> {
    let bare = Bare::start(gathers).await?;
    Load { seats: &bare.seats(rooms, load.members), ..load }.run(&bare.process).await
}
