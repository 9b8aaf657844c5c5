//! `hostile`: attacks a real server from outside, and checks what other people notice of it.

#![allow(clippy::print_stdout, reason = "a program for the command line")]

use std::process::ExitCode;

use anyhow::{Result, ensure};
use clap::Parser;
use papo_harness::{
    hostile::{
        attacks::{ATTACKS, Attack},
        runner::Runner,
    },
    stage::allow_many_sockets,
};

#[derive(Parser)]
#[command(about)]
struct Options {
    /// Only these attacks; `--list` names them.
    #[arg(long = "attack", value_name = "NAME")]
    attacks: Vec<String>,
    /// What every attack draws its random choices from. [default: by chance, or 1 with --short]
    #[arg(long)]
    seed: Option<u64>,
    /// The most important attacks, smaller and shorter.
    #[arg(long)]
    short: bool,
    /// Names the attacks.
    #[arg(long)]
    list: bool,
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<ExitCode> {
    let options = Options::parse();
    if options.list {
        ATTACKS.iter().for_each(|attack| println!("{:<26} {}", attack.name, attack.about));
        return Ok(ExitCode::SUCCESS);
    }
    let is_wanted = |attack: &&'static Attack| match options.attacks.as_slice() {
        [] => attack.is_short || !options.short,
        names => names.iter().any(|name| name == attack.name),
    };
    let attacks: Vec<_> = ATTACKS.iter().filter(is_wanted).collect();
    ensure!(!attacks.is_empty(), "no such attack; --list names them");
    let by_chance = if options.short { 1 } else { rand::random_range(1..1_000_000) };
    let seed = options.seed.unwrap_or(by_chance);
    allow_many_sockets()?;
    let mut runner = Runner::new(options.short).await?;
    for attack in attacks {
        runner.run(attack, seed).await?;
    }
    match runner.finish().await?.as_slice() {
        [] => Ok(ExitCode::SUCCESS),
        failed => {
            println!("\n{} failed: {}", failed.len(), failed.join(", "));
            Ok(ExitCode::FAILURE)
        }
    }
}
