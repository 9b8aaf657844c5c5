//! Closes the connections of sessions that were ended elsewhere: by `papo user disable`, or on another node.
//!
//! Whoever deletes a session notes it in the same transaction (`store::sessions`); every server reads the
//! notes. What this server ended itself is closed at once, without waiting for this.

use std::{collections::HashSet, time::Duration};

use tokio::time::MissedTickBehavior;

use crate::{
    model::Timestamp,
    server::{
        auth::Auth,
        clock,
        store::{Db, StoreError, sessions},
    },
};

/// A revoked session's connections are closed within five seconds.
const EVERY: Duration = Duration::from_secs(2);
/// How much later than its time a note may appear, in microseconds: a transaction that took long, and
/// clocks that differ.
const LATE: i64 = 60 * 1_000_000;

/// Watches until the caller stops waiting.
pub async fn watch_ended_sessions(auth: &Auth) {
    let mut tick = tokio::time::interval(EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut watch = Watch { since: clock::now(), ended: HashSet::new() };
    loop {
        tick.tick().await;
        match watch.news(&auth.db, clock::now()).await {
            Ok(news) => news.iter().for_each(|(session, _)| auth.live.hub.end_session(session)),
            Err(error) => error.log("ended sessions could not be read; trying again"),
        }
    }
}

struct Watch {
    /// When they were read last. After an outage of the database everything since is read.
    since: Timestamp,
    /// Those read last time. What is not deleted for good, such as a token, may end again later.
    ended: HashSet<(String, Timestamp)>,
}

impl Watch {
    async fn news(&mut self, db: &Db, now: Timestamp) -> Result<Vec<(String, Timestamp)>, StoreError> {
        let mut conn = db.read().await?;
        let ended = sessions::list_sessions_ended_after(&mut conn, Timestamp(self.since.0 - LATE)).await?;
        let before = std::mem::replace(&mut self.ended, ended.into_iter().collect());
        self.since = now;
        Ok(self.ended.difference(&before).cloned().collect())
    }
}
