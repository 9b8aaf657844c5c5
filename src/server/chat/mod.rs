//! The actions: authorise, write, commit, publish. Every door ends here.
//!
//! An action takes who asks and what was typed, and returns model types or `AppError`. It knows
//! nothing of HTTP. Writing happens inside `writer`, whose commit comes before every effect and answer.

pub mod accounts;
pub mod attendance;
pub mod cluster;
pub mod marks;
pub mod messages;
pub mod people;
mod repair;
pub mod rooms;
pub mod sync;
mod writer;

pub use writer::{Change, Writers};
