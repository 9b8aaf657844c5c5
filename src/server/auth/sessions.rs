//! Sessions: how they are named and how long they last; one's own, and ending them.
//!
//! A session is known by the hash of its id, everywhere but in the cookie or token: in the database, to live connections
//! and to its owner. The id itself opens it and is nowhere kept.

use serde_json::Value;
use tower_sessions::{Expiry, Session, session::Id};

use super::{AuthSession, tokens};
use crate::{
    error::AppError,
    model::{
        SiteRole, Timestamp, UserId,
        token::{SessionInfo, SessionKind},
    },
    server::{
        auth::Auth,
        clock,
        live::Effect,
        store::{
            StoreError, Tx,
            sessions::{self, StoredSession},
        },
        writer::Outcome,
    },
};

/// In microseconds.
const HOUR: i64 = 60 * 60 * 1_000_000;
/// Where a session keeps the hour since 1970 in which it was renewed last.
const RENEWED_IN: &str = "renewed_in";
/// Without a request a session ends after two weeks, an administrator's after half a day.
const IDLE_HOURS: i64 = 14 * 24;
const IDLE_HOURS_OF_ADMINISTRATORS: i64 = 12;
/// Ids that are not hashed yet are shorter.
const HASHED_LENGTH: i64 = 40;

/// How a browser's session is known.
pub fn session_name(id: &Id) -> String {
    tokens::hash(&id.to_string())
}

/// How long a session lasts without a request.
pub fn idle_time(role: SiteRole) -> time::Duration {
    time::Duration::hours(match role {
        SiteRole::Administrator => IDLE_HOURS_OF_ADMINISTRATORS,
        SiteRole::Member => IDLE_HOURS,
    })
}

/// Renews the session of a request, or ends it if it was idle for too long: what it was given when its user was no
/// administrator yet may still last.
pub async fn keep(auth: &mut AuthSession) {
    let Some(user) = &auth.user else { return };
    let role = user.me.role;
    let renewed_in = auth.session.get::<i64>(RENEWED_IN).await.ok().flatten();
    let idle = renewed_in.map_or(0, |hour| clock::now().0 / HOUR - hour);
    if idle > idle_time(role).whole_hours() {
        if let Err(error) = auth.logout().await {
            // Why is in the log: the store or the writer that failed told it.
            tracing::debug!(%error, "an idle session was not ended");
        }
        auth.user = None;
        return;
    }
    // Each renewal is a write: one a day, or one an hour for administrators.
    let is_due = match role {
        SiteRole::Administrator => idle > 0,
        SiteRole::Member => renewed_in.is_none_or(|hour| hour / 24 != clock::now().0 / HOUR / 24),
    };
    if is_due || renewed_in.is_none() {
        renew(&auth.session, role).await;
    }
}

/// Lets the session's idle time begin again.
pub(super) async fn renew(session: &Session, role: SiteRole) {
    session.set_expiry(Some(Expiry::OnInactivity(idle_time(role))));
    if let Err(error) = session.insert(RENEWED_IN, clock::now().0 / HOUR).await {
        tracing::debug!(%error, "a session was not renewed");
    }
}

/// Hashes the ids of sessions that an older version stored as they are; nobody is signed out.
///
/// # Errors
/// Those of the database.
pub async fn hash_stored_ids(tx: &mut Tx) -> Result<(), StoreError> {
    for id in sessions::list_ids_shorter_than(tx, HASHED_LENGTH).await? {
        sessions::rename_session(tx, &id, &tokens::login_name(&id).unwrap_or_else(|| tokens::hash(&id)))
            .await?;
    }
    Ok(())
}

/// Lets a user's sessions go on under another fingerprint of the account.
pub(super) async fn carry_over(tx: &mut Tx, user: UserId, old: &[u8], new: &[u8]) -> Result<(), StoreError> {
    let (old, new) = (Value::from(old).to_string(), Value::from(new).to_string());
    for session in sessions::list_sessions_of(tx, user, clock::now()).await? {
        let data = session.data.replace(&old, &new);
        if data != session.data {
            sessions::update_session(tx, &StoredSession { data, ..session }).await?;
        }
    }
    Ok(())
}

/// The user's sessions, the latest first; `current` is the one that asks.
///
/// # Errors
/// Those of the database.
pub async fn list_sessions(auth: &Auth, user: UserId, current: &str) -> Result<Vec<SessionInfo>, AppError> {
    let mut conn = auth.db.read().await?;
    let sessions = sessions::list_sessions_of(&mut conn, user, clock::now()).await?;
    Ok(sessions.iter().map(|session| describe(session, current)).collect())
}

/// Ends the session of this name, with its connections.
///
/// # Errors
/// `NotFound`, also for a session of somebody else.
pub async fn end_session(auth: &Auth, user: UserId, id: &str) -> Result<(), AppError> {
    let id = id.to_owned();
    auth.writers
        .run(user.0, move |tx| {
            Box::pin(async move {
                let now = clock::now();
                let sessions = sessions::list_sessions_of(tx, user, now).await?;
                let meant = sessions.into_iter().find(|session| session.id == id);
                let session = meant.ok_or(AppError::NotFound)?.id;
                sessions::delete_session(tx, &session, now).await?;
                Ok(Outcome::new((), vec![Effect::EndSession { session }]))
            })
        })
        .await
}

/// Ends all of the user's sessions but `current`, with their connections.
///
/// # Errors
/// Those of the database.
pub async fn end_other_sessions(auth: &Auth, user: UserId, current: &str) -> Result<(), AppError> {
    let current = current.to_owned();
    auth.writers
        .run(user.0, move |tx| {
            Box::pin(async move {
                let ended = sessions::delete_other_sessions(tx, user, &current, clock::now()).await?;
                Ok(Outcome::new(
                    (),
                    ended.into_iter().map(|session| Effect::EndSession { session }).collect(),
                ))
            })
        })
        .await
}

fn describe(session: &StoredSession, current: &str) -> SessionInfo {
    let is_program = session.id.starts_with(tokens::LOGIN_PREFIX);
    SessionInfo {
        id: session.id.clone(),
        kind: if is_program { SessionKind::Program } else { SessionKind::Browser },
        current: session.id == current,
        created_at: session.created_at,
        seen_at: seen_at(session),
        expires_at: session.expires_at,
    }
}

/// A browser's session is renewed on each day on which it is used.
fn seen_at(session: &StoredSession) -> Option<Timestamp> {
    let data: Value = serde_json::from_str(&session.data).ok()?;
    let hour = data.get(RENEWED_IN)?.as_i64()?;
    Some(Timestamp(session.created_at.0.max(hour * HOUR)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::store::{DatabaseUrl, Db, users, users::NewUser};

    async fn a_database(folder: &tempfile::TempDir) -> (Db, Tx) {
        let url = DatabaseUrl::Sqlite(folder.path().join("papo.db"));
        let (db, access) = Db::open(&url).await.unwrap();
        (db, access.connect().await.unwrap().without_transaction())
    }

    fn session(id: &str, user_id: Option<UserId>, data: &str) -> StoredSession {
        let now = clock::now();
        let expires_at = Timestamp(now.0 + HOUR);
        StoredSession { id: id.to_owned(), user_id, data: data.to_owned(), expires_at, created_at: now }
    }

    #[tokio::test]
    async fn ids_that_were_stored_as_they_are_are_hashed_once() {
        let folder = tempfile::tempdir().unwrap();
        let (db, mut conn) = a_database(&folder).await;
        let (id, sid) = (Id::default(), "login:AAAAAAAAAAAAAAAAAAAAAA");
        for raw in [id.to_string().as_str(), sid] {
            sessions::insert_session(&mut conn, &session(raw, None, raw)).await.unwrap();
        }
        hash_stored_ids(&mut conn).await.unwrap();
        hash_stored_ids(&mut conn).await.unwrap();
        let now = clock::now();
        let names = [(session_name(&id), id.to_string()), (tokens::login_name(sid).unwrap(), sid.to_owned())];
        for (name, raw) in names {
            let found = sessions::find_session(&mut conn, &name, now).await.unwrap();
            assert_eq!(found.map(|session| session.data), Some(raw.clone()));
            assert_eq!(sessions::find_session(&mut conn, &raw, now).await.unwrap(), None);
        }
        drop(conn);
        db.close().await;
    }

    #[tokio::test]
    async fn sessions_go_on_when_the_hash_of_their_password_is_replaced() {
        use crate::model::user::{DisplayName, Email, Username};
        let folder = tempfile::tempdir().unwrap();
        let (db, mut conn) = a_database(&folder).await;
        let ana = UserId(7);
        let user = NewUser {
            id: ana,
            username: &Username::parse("ana").unwrap(),
            name: &DisplayName::parse("Ana").unwrap(),
            email: &Email::parse("ana@example.org").unwrap(),
            birth_date: None,
            password_hash: "weak",
            role: SiteRole::Member,
            search_text: "ana",
            at: clock::now(),
        };
        users::insert_user(&mut conn, &user).await.unwrap();
        let (old, new) = (vec![1_u8, 2, 3], vec![4_u8, 5, 6]);
        let browser = r#"{"axum-login.data":{"auth_hash":[1,2,3],"user_id":7},"renewed_in":1}"#;
        for (id, data) in [("browser", browser), ("program", "[1,2,3]"), ("other", "[9,9,9]")] {
            sessions::insert_session(&mut conn, &session(id, Some(ana), data)).await.unwrap();
        }
        carry_over(&mut conn, ana, &old, &new).await.unwrap();
        for (id, data) in [
            ("browser", browser.replace("1,2,3", "4,5,6")),
            ("program", "[4,5,6]".into()),
            ("other", "[9,9,9]".into()),
        ] {
            let found = sessions::find_session(&mut conn, id, clock::now()).await.unwrap();
            assert_eq!(found.unwrap().data, data, "{id}");
        }
        drop(conn);
        db.close().await;
    }
}
