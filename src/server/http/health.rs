//! Is it alive, and can it serve?

use axum::{Json, extract::State, http::StatusCode};
use serde_json::{Value, json};

use crate::server::{chat::Change, state::App, store::settings};

/// The process answers.
pub(super) async fn health() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

/// The database answers, the writer commits, and the server is not about to stop.
pub(super) async fn ready(State(app): State<App>) -> (StatusCode, Json<Value>) {
    let reads = match app.db.read().await {
        Ok(mut conn) => settings::epoch(&mut conn).await.is_ok(),
        Err(_) => false,
    };
    let writes = app.writers.run(0, |_| Box::pin(async { Ok(Change::quiet(())) })).await.is_ok();
    let accepts = !app.stop.is_cancelled();
    let status = if reads && writes && accepts { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let mut answer = json!({ "database": reads, "writer": writes, "accepting": accepts });
    if let Some(bus) = &app.live.bus {
        // Without NATS all goes on, about a second later: that is no reason to send nobody here.
        answer["bus"] = if bus.is_up() { json!("up") } else { json!("away") };
    }
    (status, Json(answer))
}
