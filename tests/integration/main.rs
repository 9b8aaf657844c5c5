//! A real server on a real port, spoken to as browsers and programs do.

mod accounts;
mod event_law;
mod house;
mod live;
mod messages;
mod rooms;
mod security;
mod start;
mod support;
