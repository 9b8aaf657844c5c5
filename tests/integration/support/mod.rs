//! `TestApp`, a server of its own per test, and clients with every kind of identity.

mod app;
mod client;
mod cluster;
mod events;
mod live;
mod nats;
mod program;
mod socketio;

pub use app::{TestApp, new_database, registration};
pub use client::{Answer, Client, introduce, message};
pub use cluster::Cluster;
pub use events::EventStream;
pub use live::LiveClient;
pub use nats::Wire;
pub use socketio::SocketIoClient;
