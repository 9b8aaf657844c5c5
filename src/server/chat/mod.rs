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

pub use room_command::RoomCommand;
