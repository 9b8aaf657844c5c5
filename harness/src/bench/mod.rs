//! The load generator: scenarios against a release server, next to bare programs in the same run.
//!
//! It shares the machine with what it measures, so it reads little of what arrives; latency counts from
//! the moment at which a message was due, and processor time and memory are those of the server alone.

mod acks;
mod bare;
mod commit_alone;
mod crowd;
mod fanout;
mod history;
mod idle;
mod load;
mod machine;
mod many_rooms;
mod pacer;
mod ramp;
mod report;
mod seat;
mod subject;

use std::{net::SocketAddr, path::PathBuf};

use anyhow::Result;
use clap::{Parser, ValueEnum};

use crate::stage::allow_many_sockets;
use report::Report;
use subject::House;

/// Measures a release build of Papo.
#[derive(Debug, Parser)]
#[command(name = "bench")]
pub struct Options {
    /// What to measure [default: everything]
    #[arg(value_enum)]
    scenarios: Vec<Scenario>,
    /// Where the databases go; a real disk, not a tmpfs [default: the system's temporary folder]
    #[arg(long)]
    data: Option<PathBuf>,
    /// Write the figures as JSON, too
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// How many users to register; larger rooms then hold several connections of each
    #[arg(long, default_value_t = 1_000)]
    people: usize,
    /// How many messages `history` and `room` put into the database first
    #[arg(long, default_value_t = 10_000)]
    messages: usize,
    /// Measure Papo alone, without the bare programs
    #[arg(long)]
    alone: bool,
    /// Papo on a PostgreSQL of its own instead of SQLite
    #[arg(long)]
    postgres: bool,
    /// Be the bare broadcaster at this address.
    #[arg(long, hide = true)]
    broadcast: Option<SocketAddr>,
    /// As the bare broadcaster, send what waits in one write.
    #[arg(long, hide = true)]
    gather: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Scenario {
    /// Memory per idle connection
    Idle,
    /// Pages of history
    History,
    /// The server-rendered room page
    Room,
    /// Processor time per delivery, and latency
    Fanout,
    /// The highest sustained rate
    Ramp,
    /// Acknowledged messages per second
    Acks,
    /// Somebody in many rooms, in a database of a million messages
    Rooms,
}

impl Scenario {
    fn is_wanted(self, options: &Options) -> bool {
        options.scenarios.is_empty() || options.scenarios.contains(&self)
    }
}

/// Measures what the options name and prints the figures, or is one of the bare programs.
///
/// # Errors
/// If the server cannot be started, or refuses what a run needs.
pub fn run(options: &Options) -> Result<()> {
    if let Some(address) = options.broadcast {
        return bare::broadcast(address, options.gather);
    }
    // One thread reads all connections, many at each wake-up; the other core is the server's.
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(measure(options))
}

async fn measure(options: &Options) -> Result<()> {
    allow_many_sockets()?;
    let neighbours = machine::Neighbours::watch()?;
    let mut report = Report::new(machine::describe());
    let mut house = House::open(options).await?;
    report.note(house.describe());
    if Scenario::Idle.is_wanted(options) {
        idle::measure(&mut house, &mut report).await?;
    }
    let (history, room) = (Scenario::History.is_wanted(options), Scenario::Room.is_wanted(options));
    if history || room {
        let filled = history::fill(&mut house, options.messages, &mut report).await?;
        if history {
            history::measure_pages(&mut house, &filled, &mut report).await?;
        }
        if room {
            history::measure_room(&mut house, &filled, &mut report).await?;
        }
    }
    if Scenario::Fanout.is_wanted(options) {
        fanout::measure(&mut house, &mut report).await?;
    }
    if Scenario::Ramp.is_wanted(options) {
        ramp::measure(&mut house, &mut report).await?;
    }
    if Scenario::Acks.is_wanted(options) {
        acks::measure(&mut house, &mut report).await?;
    }
    // The last, since it leaves a large database.
    if Scenario::Rooms.is_wanted(options) {
        many_rooms::measure(&mut house, &mut report).await?;
    }
    drop(house);
    report.note(neighbours.describe()?);
    report.print();
    if let Some(file) = &options.json {
        report.write_json(file)?;
    }
    Ok(())
}
