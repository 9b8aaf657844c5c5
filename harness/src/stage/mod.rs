//! The stage of a run: the processes under test and the people in them.
//!
//! Every process lives in a folder of its own, listens on loopback only, and ends with its value.

mod descriptors;
mod event_stream;
mod histogram;
mod http;
mod live;
mod nats;
mod papo;
mod people;
mod ports;
mod postgres;
mod process;

pub use descriptors::{allow_many_sockets, most_sockets};
pub use event_stream::EventStream;
pub use histogram::Histogram;
pub use http::{Answer, Http};
pub use live::{enter_live, next_event};
pub use nats::Nats;
pub use papo::{Papo, Setting, is_ready};
pub use people::{PASSWORD, Person, Room, create_room, find_room, join_room, register, sign_in, sign_up};
pub use ports::free_address;
pub use postgres::Postgres;
pub use process::Process;
