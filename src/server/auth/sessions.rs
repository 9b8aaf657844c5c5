//! One's own sessions: what they are, and ending them.

use serde_json::Value;

use super::{door::RENEWED_ON, tokens};
use crate::{
    error::AppError,
    model::{
        Timestamp, UserId,
        token::{SessionInfo, SessionKind},
    },
    server::{
        chat::Change,
        clock,
        live::Effect,
        state::App,
        store::sessions::{self, StoredSession},
    },
};

const DAY: i64 = 24 * 60 * 60 * 1_000_000;

/// The user's sessions, the latest first; `current` is the one that asks.
///
/// # Errors
/// Those of the database.
pub async fn list_sessions(app: &App, user: UserId, current: &str) -> Result<Vec<SessionInfo>, AppError> {
    let mut conn = app.db.read().await?;
    let sessions = sessions::list_sessions_of(&mut conn, user, clock::now()).await?;
    Ok(sessions.iter().map(|session| describe(session, current)).collect())
}

/// Ends the session of this public id, with its connections.
///
/// # Errors
/// `NotFound`, also for a session of somebody else.
pub async fn end_session(app: &App, user: UserId, id: &str) -> Result<(), AppError> {
    let id = id.to_owned();
    app.writers
        .run(user.0, move |conn| {
            Box::pin(async move {
                let now = clock::now();
                let sessions = sessions::list_sessions_of(conn, user, now).await?;
                let meant = sessions.into_iter().find(|session| public_id(&session.id) == id);
                let session = meant.ok_or(AppError::NotFound)?.id;
                sessions::delete_session(conn, &session, now).await?;
                Ok(Change::new((), vec![Effect::EndSession { session }]))
            })
        })
        .await
}

/// Ends all of the user's sessions but `current`, with their connections.
///
/// # Errors
/// Those of the database.
pub async fn end_other_sessions(app: &App, user: UserId, current: &str) -> Result<(), AppError> {
    let current = current.to_owned();
    app.writers
        .run(user.0, move |conn| {
            Box::pin(async move {
                let ended = sessions::delete_other_sessions(conn, user, &current, clock::now()).await?;
                Ok(Change::new((), ended.into_iter().map(|session| Effect::EndSession { session }).collect()))
            })
        })
        .await
}

fn describe(session: &StoredSession, current: &str) -> SessionInfo {
    let is_program = session.id.starts_with(tokens::LOGIN_PREFIX);
    SessionInfo {
        id: public_id(&session.id),
        kind: if is_program { SessionKind::Program } else { SessionKind::Browser },
        current: session.id == current,
        created_at: session.created_at,
        seen_at: seen_at(session),
        expires_at: session.expires_at,
    }
}

/// A browser's session is renewed once on each day on which it is used.
fn seen_at(session: &StoredSession) -> Option<Timestamp> {
    let data: Value = serde_json::from_str(&session.data).ok()?;
    let day = data.get(RENEWED_ON)?.as_i64()?;
    Some(Timestamp(session.created_at.0.max(day * DAY)))
}

/// The id itself opens the session; this does not.
fn public_id(session: &str) -> String {
    let mut id = tokens::hash(&format!("public {session}"));
    id.truncate(22);
    id
}
