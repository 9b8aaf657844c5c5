//! What a command leaves behind.

use crate::server::live::Effect;

/// What a command leaves behind: its answer, and what happens once it is durable.
pub struct Outcome<T> {
    pub answer: T,
    pub effects: Vec<Effect>,
}

impl<T> Outcome<T> {
    pub fn new(answer: T, effects: Vec<Effect>) -> Self {
        Self { answer, effects }
    }

    /// One that nobody else hears of.
    pub fn quiet(answer: T) -> Self {
        Self::new(answer, Vec::new())
    }
}
