//! What only the server does.
//!
//! Arrows point down: `http` and `api` call the actions in `chat`; `chat` uses `auth`, `content`, and the `writer`, which
//! uses `store` and `live`. `store` never publishes, `live` never queries.

pub mod auth;
pub mod chat;
mod clock;
mod command;
pub mod config;
mod content;
pub mod context;
mod cookies;
mod data_folder;
pub mod health;
mod history;
pub mod http;
mod lease;
pub mod limits;
pub mod live;
mod node;
pub mod outbox;
mod prepare;
mod serve;
mod shard;
mod signals;
pub mod store;
mod telemetry;
mod upkeep;
pub mod writer;

use std::process::ExitCode;

pub use self::serve::{Server, start};
use self::{
    config::{Command, CommandLine, EpochCommand},
    health::Fault,
};

/// Reads the command line and runs its command. A failure is one line on standard error.
pub fn main() -> ExitCode {
    data_folder::keep_to_owner();
    let line = CommandLine::read();
    let run = async {
        telemetry::start(&line.options.log)?;
        signals::survive_file_limit();
        config::warn_of_unknown();
        match line.command {
            None | Some(Command::Serve) => serve::run(line.options).await,
            Some(Command::User(user)) => command::user(&line.options, user).await,
            Some(Command::Token(token)) => command::token(&line.options, token).await,
            Some(Command::Backup(backup)) => command::backup(&line.options, &backup),
            Some(Command::Restore(restore)) => command::restore(&line.options, &restore),
            Some(Command::Epoch(EpochCommand::New)) => command::new_epoch(&line.options).await,
            Some(Command::Mail(mail)) => command::mail(&line.options, mail).await,
            Some(Command::Outbox(outbox)) => command::outbox(&line.options, outbox).await,
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
            error.downcast_ref::<Fault>().map_or(ExitCode::FAILURE, |fault| fault.exit_code())
        }
    }
}
