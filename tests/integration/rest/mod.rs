//! REST, as programs use it.

mod document;
mod examples;
mod groups;
mod messages;
mod problems;
pub mod rooms;
