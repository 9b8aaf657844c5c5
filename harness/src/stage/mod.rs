//! The stage of a run: the processes under test and the people in them.
//!
//! Every process lives in a folder of its own, listens on loopback only, and ends with its value.

mod event_stream;
mod http;
mod nats;
mod papo;
mod people;
mod ports;
mod postgres;
mod process;

pub use event_stream::EventStream;
pub use http::{Answer, Http};
pub use nats::Nats;
pub use papo::{Papo, Setting, is_ready};
pub use people::{Person, Room, create_room, find_room, join_room, sign_up};
pub use ports::free_address;
pub use postgres::Postgres;
pub use process::Process;
