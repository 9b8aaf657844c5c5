//! `faults`: breaks a real server in many ways and checks that no message is lost, doubled or reordered.

#![allow(clippy::print_stdout, reason = "a program for the command line")]

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Result, ensure};
use clap::{Parser, ValueEnum as _};
use papo_harness::faults::{
    cases::{CASES, Case, SHORT_CLUSTER},
    liar::Lie,
    runner::Runner,
};

#[derive(Parser)]
#[command(about)]
struct Options {
    /// Only these cases; `--list` names them.
    #[arg(long = "case", value_name = "NAME")]
    cases: Vec<String>,
    /// The first run's seed; each later run takes the next. [default: by chance, or 1 with --short]
    #[arg(long)]
    seed: Option<u64>,
    /// How many runs there are in all, case after case. [default: one of each]
    #[arg(long)]
    cycles: Option<usize>,
    /// Short runs with fixed seeds; all but one on one node.
    #[arg(long)]
    short: bool,
    /// Plants a bug, or `all`, and expects the checker to find it.
    #[arg(long, value_name = "BUG")]
    plant: Option<String>,
    /// Where the logs of failed runs go.
    #[arg(long, default_value = "target/faults")]
    logs: PathBuf,
    /// Names the cases and the bugs.
    #[arg(long)]
    list: bool,
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let options = Options::parse();
    if options.list {
        CASES.iter().for_each(|case| println!("{:<17} {}", case.name, case.about));
        Lie::value_variants().iter().filter_map(Lie::to_possible_value).for_each(|lie| {
            println!(
                "--plant {:<26} {}",
                lie.get_name(),
                lie.get_help().map(ToString::to_string).unwrap_or_default()
            );
        });
        return Ok(ExitCode::SUCCESS);
    }
    let by_chance = if options.short { 1 } else { rand::random_range(1..1_000_000) };
    let seed = options.seed.unwrap_or(by_chance);
    let mut runner = Runner::new(options.short, options.logs.clone())?;
    let failed = match &options.plant {
        Some(name) => plant(&mut runner, name, seed).await?,
        None => run(&mut runner, &options, seed).await?,
    };
    match failed.as_slice() {
        [] => Ok(ExitCode::SUCCESS),
        failed => {
            println!("{} failed: {}", failed.len(), failed.join(", "));
            Ok(ExitCode::FAILURE)
        }
    }
}

async fn run(runner: &mut Runner, options: &Options, seed: u64) -> Result<Vec<String>> {
    let is_wanted = |case: &&Case| {
        let is_single = case.plan.nodes == 1;
        if options.cases.is_empty() {
            is_single || !options.short || case.name == SHORT_CLUSTER
        } else {
            options.cases.iter().any(|name| name == case.name)
        }
    };
    let cases: Vec<&Case> = CASES.iter().filter(is_wanted).collect();
    ensure!(!cases.is_empty(), "no such case; --list names them");
    let mut failed = Vec::new();
    let cycles = options.cycles.unwrap_or(cases.len());
    for (case, seed) in cases.iter().cycle().zip(seed..).take(cycles) {
        if !runner.run(case, seed).await {
            failed.push(format!("--case {} --seed {seed}", case.name));
        }
    }
    Ok(failed)
}

async fn plant(runner: &mut Runner, name: &str, seed: u64) -> Result<Vec<String>> {
    let lies: Vec<Lie> = match Lie::from_str(name, true) {
        Ok(lie) => vec![lie],
        Err(_) => Lie::value_variants().iter().copied().filter(|_| name == "all").collect(),
    };
    ensure!(!lies.is_empty(), "no such bug; --list names them");
    let mut failed = Vec::new();
    for lie in lies {
        if !runner.plant(lie, seed).await {
            failed.push(format!("{lie:?} with seed {seed}"));
        }
    }
    Ok(failed)
}
