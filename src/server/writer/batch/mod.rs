//! What a writer commits in one transaction: posts and other commands, in the order in which they were queued.
//!
//! Each is decided from what the earlier ones of the batch have left: posts that stand side by side together, a command in a
//! savepoint of its own, so that one that is refused undoes itself alone.

mod commands;
mod posts;
#[cfg(test)]
mod tests;

pub(super) use commands::{Command, Job};
pub(super) use posts::Answer;
use posts::Posts;

use super::Post;
use crate::{
    error::AppError,
    server::{
        live::Live,
        store::{StoreError, Tx, rooms::lock_rooms},
    },
};

/// One thing to be written.
pub(super) enum Work {
    Post(Post, Answer),
    /// With the ids of the rooms, or of the user, that it may change.
    Command(Vec<i64>, Box<dyn Command>),
}

/// What is committed together.
#[derive(Default)]
pub(super) struct Batch {
    steps: Vec<Step>,
    len: usize,
}

enum Step {
    Posts(Posts),
    Command(Vec<i64>, Box<dyn Command>),
}

impl Batch {
    pub(super) fn of(works: impl Iterator<Item = Work>) -> Self {
        let mut batch = Self::default();
        for work in works {
            batch.len += 1;
            match (work, batch.steps.last_mut()) {
                (Work::Post(post, answer), Some(Step::Posts(posts))) => posts.push(post, answer),
                (Work::Post(post, answer), _) => {
                    let mut posts = Posts::default();
                    posts.push(post, answer);
                    batch.steps.push(Step::Posts(posts));
                }
                (Work::Command(ids, command), _) => batch.steps.push(Step::Command(ids, command)),
            }
        }
        batch
    }

    /// How many works it has.
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// Runs everything. Nobody is answered yet.
    ///
    /// # Errors
    /// Those of the database; the transaction must not be committed then.
    pub(super) async fn run(&mut self, tx: &mut Tx) -> Result<(), StoreError> {
        // All at once: two batches that lock one room after the other could wait for each other.
        let rooms: Vec<i64> = self.steps.iter().flat_map(Step::rooms).collect();
        lock_rooms(tx, rooms).await?;
        for step in &mut self.steps {
            match step {
                Step::Posts(posts) => posts.store(tx).await?,
                Step::Command(_, command) => commands::run(command.as_mut(), tx).await?,
            }
        }
        Ok(())
    }

    /// Everything is durable: in their order the works are told to those whom they concern, and answered.
    pub(super) fn committed(self, live: Option<&Live>) {
        for step in self.steps {
            match step {
                Step::Posts(posts) => posts.committed(live),
                Step::Command(_, command) => command.committed(live),
            }
        }
    }

    /// Nothing of it may be believed.
    pub(super) fn lost(self, live: Option<&Live>, error: &AppError) {
        for step in self.steps {
            match step {
                Step::Posts(posts) => posts.lost(live, error),
                Step::Command(_, command) => command.lost(error),
            }
        }
    }
}

impl Step {
    /// The ids of the rooms that it may change.
    fn rooms(&self) -> Vec<i64> {
        match self {
            Self::Posts(posts) => posts.rooms().collect(),
            Self::Command(ids, _) => ids.clone(),
        }
    }
}
