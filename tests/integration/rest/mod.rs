//! REST, as programs use it.

mod document;
mod examples;
mod groups;
mod messages;
mod problems;
mod roles;
pub mod rooms;
