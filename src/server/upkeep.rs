//! What goes on beside the requests, until the server stops.

use std::{future::Future, sync::Arc, time::Duration};

use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower_sessions::ExpiredDeletion as _;

use super::{
    auth::{SessionStore, watch_ended_sessions},
    chat::{Chat, marks},
    outbox::{self, Mailer},
};

/// Live connections outlive their session or token by no more than this.
const EXPIRY_EVERY: Duration = Duration::from_secs(60);

/// Starts all of it. `tasks` are waited for before the database is closed.
pub(super) fn spawn(chat: &Arc<Chat>, mailer: Option<Mailer>, stop: &CancellationToken, tasks: &TaskTracker) {
    let live = Arc::clone(&chat.live);
    spawn_until(stop, async move { live.expire_typing().await });
    let live = Arc::clone(&chat.live);
    spawn_until(stop, async move { live.keep_connections().await });
    let watching = Arc::clone(&chat.auth);
    spawn_until(stop, async move { watch_ended_sessions(&watching).await });
    // Waited for at the end: it does not stop in the middle of a write.
    tasks.spawn({
        let (chat, stop) = (Arc::clone(chat), stop.clone());
        async move { marks::keep_writing(&chat, &stop).await }
    });
    let (db, writers) = (chat.db.clone(), chat.writers.clone());
    spawn_until(stop, async move { outbox::work(&db, &writers, mailer.as_ref()).await });
    spawn_until(stop, delete_expired_sessions(SessionStore::new(&chat.auth)));
}

fn spawn_until(stop: &CancellationToken, work: impl Future<Output = ()> + Send + 'static) {
    let stop = stop.clone();
    tokio::spawn(async move { stop.run_until_cancelled(work).await });
}

async fn delete_expired_sessions(store: SessionStore) {
    let mut tick = tokio::time::interval(EXPIRY_EVERY);
    loop {
        tick.tick().await;
        drop(store.delete_expired().await);
    }
}
