//! A real server on a real port, spoken to as browsers and programs do.
#![expect(unreachable_pub, reason = "a test binary exports nothing")]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that meets the unexpected fails")]

mod accounts;
mod bots;
mod cluster;
mod cluster_marks;
mod compat_conversations;
mod compat_socketio;
mod compat_webchat;
mod compat_widget;
mod cors;
mod event_law;
mod events;
mod house;
mod limits;
mod live;
mod marks;
mod matrix;
mod messages;
mod properties;
mod rest;
mod revocation;
mod rooms;
mod secrets;
mod security;
mod settings;
mod start;
mod support;
mod tokens;
