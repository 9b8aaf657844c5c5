//! All SQL of Papo, on SQLite and PostgreSQL.
//!
//! One file per table group; each query is written once and compiled for both engines by `with_db!`, but where these really
//! differ, as in locks. A function that reads takes a `Conn`, one that writes a `Tx`.
//! Called by the actions in `server::chat`, by `server::auth` and at start-up. It authorises nothing,
//! publishes nothing and knows nothing of HTTP.
#![expect(clippy::disallowed_methods, reason = "the one place where SQL is written")]

pub mod admin;
pub mod backup;
pub mod blocks;
pub mod channels;
mod conn;
mod db;
mod error;
pub mod facts;
mod files;
pub mod history;
pub mod holdings;
pub mod ids;
pub mod invitations;
pub mod known;
mod lists;
mod local;
pub mod marks;
pub mod members;
pub mod messages;
mod migrations;
pub mod nodes;
mod open;
mod others;
pub mod outbox;
mod parts;
pub mod people;
#[cfg(test)]
mod plans;
mod postgres;
pub mod posts;
mod readers;
pub mod rooms;
mod row;
pub mod sessions;
pub mod settings;
pub mod summaries;
#[cfg(test)]
pub(super) mod tests;
pub mod tickets;
pub mod tokens;
mod tx;
pub mod users;
mod words;

pub use conn::Conn;
use conn::{on_postgres, with_db};
pub use db::Db;
pub use error::{Failure, StoreError};
pub use files::{Files, companion, tighten_to};
pub use ids::next_id;
use lists::{Numbers, with_lists};
pub use open::{DatabaseUrl, OpenError};
use row::rows;
pub use tx::{Tx, WriteAccess, WriteConn};
