//! Everything that is written passes here: queued, committed with whatever else waits, and only then told and answered.
//!
//! `Writers` has the queues, `task` the loop behind each, `batch` what one transaction holds, `posting` what becomes of each
//! message in it. Anything else that is to be written is a command: a closure, whose caller decides what is allowed. Nothing here
//! knows who makes one.

mod batch;
mod delivery;
mod outcome;
mod posting;
mod probe;
mod queues;
mod task;

pub use self::{delivery::Delivery, outcome::Outcome, posting::Post, queues::Writers};
