//! The users of whom this node hears: those who are connected to it.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::sync::watch;
use tokio_util::sync::DropGuard;

use super::rooms::Opening;
use crate::model::UserId;

#[derive(Debug, Default)]
pub(super) struct Users {
    users: Mutex<HashMap<UserId, Arc<Followed>>>,
}

#[derive(Debug)]
pub(super) struct Followed {
    asked: watch::Receiver<bool>,
    /// Whether NATS is known to send the user's words.
    is_in_force: AtomicBool,
    _subscription: DropGuard,
}

impl Users {
    /// The user, with an `Opening` if nobody asked for the user's words before.
    pub(super) fn follow(&self, user: UserId) -> (Arc<Followed>, Option<Opening>) {
        let mut users = self.lock();
        if let Some(followed) = users.get(&user) {
            return (Arc::clone(followed), None);
        }
        let (opening, asked) = Opening::new();
        let followed = Arc::new(Followed {
            asked,
            is_in_force: AtomicBool::new(false),
            _subscription: opening.ended.clone().drop_guard(),
        });
        users.insert(user, Arc::clone(&followed));
        (followed, Some(opening))
    }

    /// Forgets who is not connected any more.
    pub(super) fn sweep(&self, is_here: impl Fn(UserId) -> bool) {
        self.lock().retain(|user, _| is_here(*user));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<UserId, Arc<Followed>>> {
        self.users.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Followed {
    pub(super) fn is_in_force(&self) -> bool {
        self.is_in_force.load(Ordering::Acquire)
    }

    pub(super) fn note_in_force(&self) {
        self.is_in_force.store(true, Ordering::Release);
    }

    pub(super) async fn wait_until_asked(&self) {
        drop(self.asked.clone().wait_for(|asked| *asked).await);
    }
}
