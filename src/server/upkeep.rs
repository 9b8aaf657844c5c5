//! What goes on beside the requests, until the server stops.

use std::{future::Future, time::Duration};

use tower_sessions::ExpiredDeletion as _;

use super::{
    auth::{SessionStore, watch_ended_sessions},
    chat::marks,
    outbox,
    state::App,
};

/// Live connections outlive their session or token by no more than this.
const EXPIRY_EVERY: Duration = Duration::from_secs(60);

/// Starts all of it.
pub(super) fn spawn(app: &App) {
    spawn_until_stop(app, |app| async move { app.live.expire_typing().await });
    spawn_until_stop(app, |app| async move { app.live.keep_connections().await });
    spawn_until_stop(app, |app| async move { watch_ended_sessions(&app).await });
    // Waited for at the end: it does not stop in the middle of a write.
    app.tasks.spawn({
        let app = app.clone();
        async move { marks::keep_writing(&app).await }
    });
    spawn_until_stop(app, |app| async move { outbox::work(&app).await });
    spawn_until_stop(app, |app| async move { delete_expired_sessions(&app).await });
}

fn spawn_until_stop<F>(app: &App, work: impl FnOnce(App) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let (stop, work) = (app.stop.clone(), work(app.clone()));
    tokio::spawn(async move {
        tokio::select! {
            () = work => {}
            () = stop.cancelled() => {}
        }
    });
}

async fn delete_expired_sessions(app: &App) {
    let store = SessionStore::new(app);
    let mut tick = tokio::time::interval(EXPIRY_EVERY);
    loop {
        tick.tick().await;
        drop(store.delete_expired().await);
    }
}
