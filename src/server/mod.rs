//! What only the server does.
//!
//! Arrows point down: `http` and `api` call the actions in `chat`; `chat` uses `store`, `live` and
//! `content`. `store` never publishes, `live` never queries.

pub mod auth;
pub mod chat;
mod clock;
mod command;
pub mod config;
mod content;
pub mod context;
mod data_folder;
pub mod health;
pub mod http;
mod lease;
pub mod limits;
pub mod live;
mod node;
mod serve;
mod shard;
pub mod state;
pub mod store;
mod telemetry;
mod upkeep;

use std::process::ExitCode;

use clap::Parser as _;

use self::config::{Command, CommandLine};
pub use self::serve::{Server, start};

/// Reads the command line and runs its command. A failure is one line on standard error.
pub fn main() -> ExitCode {
    let line = CommandLine::parse();
    let run = async {
        telemetry::start(&line.options.log)?;
        match line.command {
            None | Some(Command::Serve) => serve::run(line.options).await,
            Some(Command::User(user)) => command::user(&line.options, user).await,
            Some(Command::Token(token)) => command::token(&line.options, token).await,
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(std::thread::available_parallelism().map_or(4, usize::from).max(2))
        .enable_all()
        .build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(run),
        Err(error) => Err(anyhow::anyhow!("no threads could be started: {error}")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("papo: {error:#}");
            ExitCode::FAILURE
        }
    }
}
