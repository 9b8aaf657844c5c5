//! Unsent messages, kept by the browser per user until they are acknowledged: one record per message, so that
//! several tabs do not undo each other.

use crate::{
    browser::{self, database::Database},
    json,
    model::{
        Cid, UserId,
        outbox::{Outbox, Send, SendState},
        sorted::sort_by_key,
    },
};

/// The kept messages of one user.
pub(super) struct Sends {
    user: UserId,
    database: Option<Database>,
    /// What the database has of this tab's messages.
    kept: Outbox,
}

impl Sends {
    /// Opens what earlier pages and other tabs of `user` keep; where the browser refuses, it is empty and
    /// nothing will be kept.
    pub(super) async fn open(user: UserId) -> Self {
        let mut sends = Self::none(user);
        let Some(database) = Database::open().await else { return sends };
        let Some(records) = database.list(&format!("{user}:")).await else { return sends };
        // What cannot be read is another version's, and stays for it.
        let kept = records.iter().filter_map(|record| json::read::<Send>(record).ok());
        sends.kept.sends = kept.collect();
        sort_by_key(&mut sends.kept.sends, |send| (send.at, send.cid));
        sends.database = Some(database);
        sends
    }

    /// Of a browser that keeps nothing.
    pub(super) fn none(user: UserId) -> Self {
        Self { user, database: None, kept: Outbox::default() }
    }

    pub(super) fn kept(&self) -> Outbox {
        self.kept.clone()
    }

    /// Keeps what `outbox` has beyond what is kept, and forgets what it has no more. `failed` is called if
    /// something is not kept.
    pub(super) fn keep(&mut self, outbox: &Outbox, failed: impl Fn() + Clone + 'static) {
        let unsent = |send: &&Send| send.state != SendState::Acknowledged;
        let now: Vec<Send> = outbox.sends.iter().filter(unsent).cloned().collect();
        let before = std::mem::replace(&mut self.kept.sends, now);
        for send in &before {
            if self.kept.sends.iter().all(|kept| kept.cid != send.cid) {
                self.put(send.cid, None, failed.clone());
            }
        }
        for send in self.kept.sends.iter().filter(|send| !before.contains(send)) {
            self.put(send.cid, serde_json::to_string(send).ok(), failed.clone());
        }
    }

    fn put(&self, cid: Cid, record: Option<String>, failed: impl Fn() + 'static) {
        let Some(database) = &self.database else {
            return if record.is_some() {
                failed()
            };
        };
        let put = database.put(&format!("{}:{cid}", self.user), record.as_deref());
        browser::spawn(async move {
            if !put.await {
                failed();
            }
        });
    }
}
