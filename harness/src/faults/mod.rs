//! The fault checker: seeded clients talk through proxies while a case breaks something, and a checker
//! judges their logs.
//!
//! `world` holds the servers, people and clients of one run, `cases` make the trouble, `settle` ends it
//! and gathers the evidence, `checker` judges it. `liar` plants bugs to show that the checker finds them, and makes the
//! servers look newer than they are to one client, which is an old one.

pub mod cases;
mod cast;
pub mod checker;
pub mod client;
pub mod liar;
pub mod log;
pub mod marks;
mod onlooker;
pub mod proxy;
pub mod runner;
mod settle;
pub mod tmpfs;
pub mod wire;
pub mod world;
