//! PostgreSQL's connections, lent one by one and kept at hand between their users.
//!
//! sqlx's own pool asks each connection that comes back whether it lives, without a deadline, and does not say why there is
//! no new one.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use sqlx::{Connection as _, PgConnection, postgres::PgConnectOptions};
use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, sleep, timeout},
};

use super::{
    RETRY_EVERY, connect,
    loan::Loan,
    may_pass,
    outage::{Extent, Outage},
};
use crate::server::store::StoreError;

/// Each of the writers keeps two.
const CONNECTIONS: u32 = 20;
/// How long a caller waits for a connection that others use.
const TURN_DEADLINE: Duration = Duration::from_secs(5);
/// A connection that said nothing for so long is asked whether it lives,
const TRUSTED: Duration = Duration::from_secs(1);
/// and has so long to answer.
const PING_DEADLINE: Duration = Duration::from_secs(1);
/// A connection that nobody wants for so long is closed,
const IDLE_MAX: Duration = Duration::from_secs(10 * 60);
/// and after so long any, since its server process grows.
const LIFE: Duration = Duration::from_secs(30 * 60);
const FAREWELL_DEADLINE: Duration = Duration::from_secs(1);

pub struct Pool {
    options: PgConnectOptions,
    /// The one used last stands last.
    idle: Mutex<Vec<PooledConn>>,
    places: Arc<Semaphore>,
    pub(super) outage: Outage,
}

#[derive(Debug)]
pub(super) struct PooledConn {
    pub(super) conn: PgConnection,
    made: Instant,
    /// When the server answered last.
    pub(super) heard: Instant,
}

impl Pool {
    pub(super) fn new(options: PgConnectOptions) -> Arc<Self> {
        let places = Arc::new(Semaphore::new(CONNECTIONS as usize));
        Arc::new(Self { options, idle: Mutex::default(), places, outage: Outage::none() })
    }

    /// A connection, a new one if none is at hand.
    ///
    /// # Errors
    /// `Away` if the server is; `Busy` if no connection comes back in time.
    pub(in crate::server::store) async fn lend(self: &Arc<Self>) -> Result<Loan, StoreError> {
        self.outage.check()?;
        let place = match Arc::clone(&self.places).try_acquire_owned() {
            Ok(place) => place,
            Err(_) => self.wait_for_place().await?,
        };
        let live = match self.take_idle().await {
            Some(live) => live,
            None => self.dial().await?,
        };
        Ok(Loan::new(live, Arc::clone(self), place))
    }

    /// Waits a while for what is lent, then closes all.
    pub(in crate::server::store) async fn close(&self) {
        drop(timeout(TURN_DEADLINE, self.places.acquire_many(CONNECTIONS)).await);
        self.places.close();
        let idle = std::mem::take(&mut *self.idle());
        for live in idle {
            drop(timeout(FAREWELL_DEADLINE, live.conn.close()).await);
        }
    }

    async fn wait_for_place(&self) -> Result<OwnedSemaphorePermit, StoreError> {
        tokio::select! {
            place = timeout(TURN_DEADLINE, Arc::clone(&self.places).acquire_owned()) => {
                place.map_err(|_| StoreError::Busy)?.map_err(|_| sqlx::Error::PoolClosed.into())
            }
            away = self.outage.begins() => Err(away),
        }
    }

    /// The connection that was used last, if it lives.
    async fn take_idle(&self) -> Option<PooledConn> {
        let mut live = self.idle().pop()?;
        if live.answers().await {
            return Some(live);
        }
        // The others were silent for longer.
        self.idle().clear();
        None
    }

    async fn dial(self: &Arc<Self>) -> Result<PooledConn, StoreError> {
        match connect(&self.options).await {
            Ok(conn) => {
                self.outage.end();
                Ok(PooledConn::new(conn))
            }
            Err(error) if may_pass(&error) => {
                let cause = error.to_string();
                self.note_away(&cause);
                Err(StoreError::Away(cause))
            }
            Err(error) => {
                let cause = error.to_string();
                self.outage.note(&cause, Extent::Connecting);
                Err(match StoreError::from(error) {
                    StoreError::Busy => StoreError::Busy,
                    _ => StoreError::Away(cause),
                })
            }
        }
    }

    pub(super) fn note_away(self: &Arc<Self>, cause: &str) {
        self.idle().clear();
        if self.outage.note(cause, Extent::Everything) {
            tokio::spawn(probe(Arc::clone(self)));
        }
    }

    pub(super) fn keep(&self, live: PooledConn) {
        let mut idle = self.idle();
        // Under the lock, so that `close` leaves none behind.
        if self.places.is_closed() || self.outage.check().is_err() || live.made.elapsed() > LIFE {
            drop(idle);
            return live.leave();
        }
        idle.push(live);
        if idle.first().is_some_and(|oldest| oldest.heard.elapsed() > IDLE_MAX) {
            let oldest = idle.remove(0);
            drop(idle);
            oldest.leave();
        }
    }

    pub(super) fn idle(&self) -> MutexGuard<'_, Vec<PooledConn>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pool")
    }
}

/// Tries to connect until the server is back.
async fn probe(pool: Arc<Pool>) {
    while !pool.places.is_closed() {
        if let Ok(conn) = connect(&pool.options).await {
            pool.outage.end();
            return pool.keep(PooledConn::new(conn));
        }
        sleep(RETRY_EVERY).await;
    }
}

impl PooledConn {
    fn new(conn: PgConnection) -> Self {
        let now = Instant::now();
        Self { conn, made: now, heard: now }
    }

    /// Whether the server answered a moment ago, or answers now.
    pub(super) async fn answers(&mut self) -> bool {
        if self.heard.elapsed() < TRUSTED {
            return true;
        }
        let answered = matches!(timeout(PING_DEADLINE, self.conn.ping()).await, Ok(Ok(())));
        self.heard = Instant::now();
        answered
    }

    /// Says goodbye, so that the server ends the transaction at once, and waits for nothing.
    pub(super) fn leave(self) {
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move { drop(timeout(FAREWELL_DEADLINE, self.conn.close()).await) });
        }
    }
}
