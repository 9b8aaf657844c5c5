//! Sessions in our own database, for tower-sessions.

use async_trait::async_trait;
use futures::future::BoxFuture;
use tower_sessions::{
    ExpiredDeletion,
    session::{Id, Record},
    session_store::{self, Error},
};

use super::{sessions::session_name, tokens::LOGIN_PREFIX};
use crate::{
    error::{AppError, Reason},
    model::{Timestamp, UserId},
    server::{
        auth::Auth,
        clock,
        live::Effect,
        store::{
            Db, StoreError, Tx,
            sessions::{self, StoredSession},
            tickets, tokens,
        },
        writer::{Outcome, Writers},
    },
};

/// Where axum-login keeps its part of a session.
const LOGIN_KEY: &str = "axum-login.data";
const ID_ATTEMPTS: usize = 4;
/// How long an ended session is told to other servers, in microseconds.
const ENDED_KEPT: i64 = 60 * 60 * 1_000_000;
/// Sessions are written in one order.
const SHARD: i64 = 0;

enum Written {
    Yes,
    Exists,
}

#[derive(Clone)]
pub struct SessionStore {
    db: Db,
    writers: Writers,
    /// How many sessions a user has in browsers.
    most: i64,
}

impl SessionStore {
    pub fn new(auth: &Auth) -> Self {
        Self { db: auth.db.clone(), writers: auth.writers.clone(), most: auth.limits.sessions_per_user() }
    }

    /// Runs one write, which gives the sessions that it ended, and tells whether it met an existing row.
    async fn write<F>(&self, work: F) -> session_store::Result<Written>
    where
        F: for<'a> FnOnce(&'a mut Tx) -> BoxFuture<'a, Result<Vec<String>, StoreError>> + Send + 'static,
    {
        let written = self.writers.run(SHARD, move |tx| {
            Box::pin(async move {
                match work(tx).await {
                    Ok(ended) => Ok(Outcome::new(Written::Yes, end(ended))),
                    Err(StoreError::Conflict(_)) => Err(AppError::Conflict { reason: Reason::Taken }),
                    Err(error) => Err(error.into()),
                }
            })
        });
        match written.await {
            Err(AppError::Conflict { .. }) => Ok(Written::Exists),
            Err(_) => Err(unavailable()),
            Ok(written) => Ok(written),
        }
    }
}

impl std::fmt::Debug for SessionStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionStore")
    }
}

#[async_trait]
impl tower_sessions::SessionStore for SessionStore {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        for _ in 0..ID_ATTEMPTS {
            let (session, most) = (stored(record)?, self.most);
            let written = self.write(move |tx| Box::pin(insert(tx, session, most))).await?;
            match written {
                Written::Yes => return Ok(()),
                Written::Exists => record.id = Id::default(),
            }
        }
        Err(unavailable())
    }

    async fn save(&self, record: &Record) -> session_store::Result<()> {
        let session = stored(record)?;
        self.write(move |tx| {
            Box::pin(async move {
                sessions::update_session(tx, &session).await?;
                Ok(Vec::new())
            })
        })
        .await?;
        Ok(())
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        let mut conn = self.db.read().await.map_err(backend)?;
        let found =
            sessions::find_session(&mut conn, &session_name(id), clock::now()).await.map_err(backend)?;
        let Some(session) = found else {
            // So it is with everyone whose session has ended; the library's own warning is not logged.
            tracing::debug!("the cookie names no session");
            return Ok(None);
        };
        let data = serde_json::from_str(&session.data).map_err(|error| Error::Decode(error.to_string()))?;
        let expiry_date =
            time::OffsetDateTime::from_unix_timestamp_nanos(i128::from(session.expires_at.0) * 1_000)
                .map_err(|error| Error::Decode(error.to_string()))?;
        Ok(Some(Record { id: *id, data, expiry_date }))
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        let name = session_name(id);
        self.write(move |tx| {
            Box::pin(async move {
                sessions::delete_session(tx, &name, clock::now()).await?;
                Ok(Vec::new())
            })
        })
        .await?;
        Ok(())
    }
}

#[async_trait]
impl ExpiredDeletion for SessionStore {
    async fn delete_expired(&self) -> session_store::Result<()> {
        self.write(|tx| {
            Box::pin(async move {
                let now = clock::now();
                sessions::delete_ended_sessions(tx, Timestamp(now.0 - ENDED_KEPT)).await?;
                tokens::delete_expired_tokens(tx, now).await?;
                tickets::delete_expired_tickets(tx, now).await?;
                sessions::delete_expired_sessions(tx, now).await?;
                Ok(Vec::new())
            })
        })
        .await?;
        Ok(())
    }
}

/// Stores a session, and gives those of the same user that end for it.
async fn insert(tx: &mut Tx, session: StoredSession, most: i64) -> Result<Vec<String>, StoreError> {
    sessions::insert_session(tx, &session).await?;
    let Some(user) = session.user_id else { return Ok(Vec::new()) };
    sessions::delete_oldest_sessions(tx, user, LOGIN_PREFIX, false, most, session.created_at).await
}

fn end(sessions: Vec<String>) -> Vec<Effect> {
    sessions.into_iter().map(|session| Effect::EndSession { session }).collect()
}

fn stored(record: &Record) -> session_store::Result<StoredSession> {
    let data = serde_json::to_string(&record.data).map_err(|error| Error::Encode(error.to_string()))?;
    let login = record.data.get(LOGIN_KEY).and_then(|login| login.get("user_id"));
    let expires_at = record.expiry_date.unix_timestamp_nanos() / 1_000;
    Ok(StoredSession {
        id: session_name(&record.id),
        user_id: login.and_then(serde_json::Value::as_i64).map(UserId),
        data,
        expires_at: Timestamp(i64::try_from(expires_at).unwrap_or(i64::MAX)),
        created_at: clock::now(),
    })
}

fn backend(error: StoreError) -> Error {
    error.log("a session could not be read");
    unavailable()
}

fn unavailable() -> Error {
    Error::Backend("sessions are not available".to_owned())
}
