//! The ways in over HTTP. Handlers find out who asks, call an action and shape the answer.

mod app;
mod assets;
mod body;
mod caller;
mod compat;
mod event_stream;
mod extract;
mod flash;
mod health;
mod listen;
mod live;
mod middleware;
mod outage;
mod pages;
mod problem;
mod problem_words;
mod refusal_page;
mod rest;
mod router;
mod server_fns;

pub use app::{App, Shared};
pub use assets::Assets;
pub use compat::{Address as CompatAddress, addresses as compat_addresses};
pub use listen::{Deadlines, Site, listen, raise_limit, serve};
pub use live::read_command;
pub use middleware::Origins;
pub use pages::addresses as page_addresses;
pub use rest::openapi;
pub use router::router;
