//! Is it alive, and can it serve?

use axum::{Json, extract::State, http::StatusCode};
use serde_json::{Value, json};

use super::App;
use crate::server::store::history;

/// The process answers.
pub(super) async fn health() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

/// The database answers, a write is committed, the disk has room, and the server is not about to stop. `failing` names the
/// parts without which it cannot serve, `degraded` those whose work is done more slowly without them.
pub(super) async fn ready(State(app): State<App>) -> (StatusCode, Json<Value>) {
    let database = match app.chat.db.read().await {
        Ok(mut conn) => history::find_history(&mut conn).await.is_ok(),
        Err(_) => false,
    };
    // First the write: if it succeeds, the disk is full no more.
    let writer = app.chat.writers.can_write().await;
    let disk = !app.health.is_disk_full();
    let database = database && app.health.fault().is_none();
    let accepting = !app.stop.is_cancelled();
    let parts = [("database", database), ("writer", writer), ("disk", disk), ("accepting", accepting)];
    let failing: Vec<_> = parts.iter().filter(|(_, works)| !works).map(|(part, _)| *part).collect();
    let status = if failing.is_empty() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let mut answer = json!({
        "ready": failing.is_empty(), "failing": failing, "degraded": [],
        "database": database, "writer": writer, "disk": disk, "accepting": accepting,
    });
    if let Some(bus) = &app.chat.live.bus {
        // Without NATS all goes on, about a second later: that is no reason to send nobody here.
        let is_up = bus.is_up();
        answer["bus"] = if is_up { json!("up") } else { json!("away") };
        answer["degraded"] = if is_up { json!([]) } else { json!(["bus"]) };
    }
    (status, Json(answer))
}
