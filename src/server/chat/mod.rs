//! The actions: authorise, write, commit, publish. Every door ends here.
//!
//! Who may do what is the ability table's to say (`model::ability`); `abilities` loads its facts and asks it.
//! An action takes who asks and what was typed, and returns model types or `AppError`. It knows
//! nothing of HTTP. What it writes is a command of `server::writer`, whose commit comes before every effect and answer.

mod abilities;
pub mod accounts;
pub mod attendance;
pub mod blocks;
pub mod catch_up;
pub mod cluster;
pub mod history;
pub mod invitations;
pub mod marks;
pub mod messages;
pub mod people;
mod receipts;
mod repair;
mod room_command;
pub mod rooms;
pub mod sync;
pub mod texts;
pub mod typing;
pub mod usernames;

use std::sync::Arc;

pub use room_command::RoomCommand;

use self::marks::PendingMarks;
use super::{auth::Auth, config::Registration, limits::Limits, live::Live, store::Db, writer::Writers};
use crate::model::RoomId;

/// What the actions need. Made once, at the start.
pub struct Chat {
    pub db: Db,
    pub writers: Writers,
    pub live: Arc<Live>,
    pub auth: Arc<Auth>,
    pub limits: Arc<Limits>,
    pub marks: PendingMarks,
    /// Who may make an account.
    pub registration: Registration,
    /// The room that every new user enters.
    pub general: RoomId,
    /// The id of the database's history.
    pub epoch: String,
}
