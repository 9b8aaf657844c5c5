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
pub(in crate::server::live) struct Users {
    users: Mutex<HashMap<UserId, Arc<Followed>>>,
}

#[derive(Debug)]
pub(in crate::server::live) struct Followed {
    asked: watch::Receiver<bool>,
    /// Whether NATS is known to send the user's words.
    is_in_force: AtomicBool,
    _subscription: DropGuard,
}

impl Users {
    /// The user, with an `Opening` if nobody asked for the user's words before.
    pub(in crate::server::live) fn follow(&self, user: UserId) -> (Arc<Followed>, Option<Opening>) {
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
    pub(in crate::server::live) fn sweep(&self, is_here: impl Fn(UserId) -> bool) {
        self.lock().retain(|user, _| is_here(*user));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<UserId, Arc<Followed>>> {
        self.users.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Followed {
    pub(in crate::server::live) fn is_in_force(&self) -> bool {
        self.is_in_force.load(Ordering::Acquire)
    }

    pub(in crate::server::live) fn note_in_force(&self) {
        self.is_in_force.store(true, Ordering::Release);
    }

    pub(in crate::server::live) async fn wait_until_asked(&self) {
        drop(self.asked.clone().wait_for(|asked| *asked).await);
    }
}
