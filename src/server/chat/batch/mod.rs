//! What a writer commits in one transaction: posts, or other commands.

mod commands;
mod posts;

pub(super) use commands::{Command, Commands, Job};
pub(super) use posts::{Answer, Posts};

use crate::{
    error::AppError,
    server::store::{Failure, StoreError},
};

/// One thing to be written.
pub(super) enum Work {
    Post(super::Post, Answer),
    Command(Box<dyn Command>),
}

impl From<&Failure> for AppError {
    fn from(failure: &Failure) -> Self {
        match failure {
            Failure::Undone(StoreError::Full) => Self::STORAGE_FULL,
            _ => Self::UNAVAILABLE,
        }
    }
}
