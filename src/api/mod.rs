//! Every server function, one file per noun: the door that the app's own pages use.
//!
//! A function finds out who asks, calls one action of `server::chat`, and names the page to go to. No
//! rule and no SQL stands here. All of them live under `/fn/` with fixed names, so that open tabs
//! survive a new release.

pub mod accounts;
pub mod invitations;
pub mod messages;
pub mod people;
pub mod preferences;
pub mod rooms;
pub mod tokens;
