//! A real server on a real port, spoken to as browsers and programs do.
#![expect(unreachable_pub, reason = "a test binary exports nothing")]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that meets the unexpected fails")]

mod access_log;
mod accounts;
mod attempts;
mod backup;
mod bots;
mod cluster;
mod cluster_marks;
mod command_line;
mod compat_conversations;
mod compat_socketio;
mod compat_webchat;
mod compat_widget;
mod cors;
mod data_folder;
mod event_law;
mod events;
mod history;
mod holdings;
mod house;
mod invitations;
mod limits;
mod lists;
mod live;
mod marks;
mod matrix;
mod messages;
mod nats_logins;
mod origins;
mod outages;
mod properties;
mod rest;
mod revocation;
mod rooms;
mod secrets;
mod security;
mod sessions;
mod settings;
mod signals;
mod sockets;
mod start;
mod support;
mod texts;
mod tokens;
mod xss;
