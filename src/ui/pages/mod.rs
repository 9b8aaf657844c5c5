//! One file per address.

pub mod auth;
pub mod chat;
pub mod conversation;
pub mod directory;
pub mod home;
pub mod new_room;
pub mod not_found;
pub mod parts;
pub mod register;
pub mod room;
pub mod search;
pub mod settings;
pub mod sign_in;
