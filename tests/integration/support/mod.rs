//! `TestApp`, a server of its own per test, and clients with every kind of identity.

mod app;
mod client;
mod cluster;
mod events;
mod forwarder;
mod live;
mod nats;
mod process;
mod program;
mod raw;
pub mod served;
mod socketio;

pub use app::{TestApp, new_database, registration};
pub use client::{Answer, Client, introduce, message};
pub use cluster::Cluster;
pub use events::EventStream;
pub use forwarder::Forwarder;
pub use live::LiveClient;
pub use nats::{Nats, Wire};
pub use process::Process;
pub use raw::Raw;
pub use served::Served;
pub use socketio::SocketIoClient;
