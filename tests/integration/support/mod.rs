//! `TestApp`, a server of its own per test, and clients with every kind of identity.

mod app;
mod client;
mod live;

pub use app::{TestApp, registration};
pub use client::{Client, message};
pub use live::LiveClient;
