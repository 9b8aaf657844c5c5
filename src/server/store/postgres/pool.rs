//! PostgreSQL's connections, lent one by one and kept at hand between their users.
//!
//! sqlx's own pool asks each connection that comes back whether it lives, without a deadline, and does not say why there is
//! no new one.

use std::{
    fmt,
    ops::{Deref, DerefMut},
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
    RETRY_EVERY, STATEMENT_DEADLINE, connect, may_pass, no_answer,
    outage::{Extent, Outage},
};
use crate::server::store::{StoreError, conn::Lent};

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
    idle: Mutex<Vec<Live>>,
    places: Arc<Semaphore>,
    outage: Outage,
}

#[derive(Debug)]
struct Live {
    conn: PgConnection,
    made: Instant,
    /// When the server answered last.
    heard: Instant,
}

/// A connection on loan; dropping it gives it back.
#[derive(Debug)]
pub struct Loan {
    /// None only while it is dropped.
    live: Option<Live>,
    pool: Arc<Pool>,
    /// A statement has been sent and not answered: nobody else may get its answer.
    in_flight: bool,
    is_spoilt: bool,
    _place: OwnedSemaphorePermit,
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
        let pool = Arc::clone(self);
        Ok(Loan { live: Some(live), pool, in_flight: false, is_spoilt: false, _place: place })
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
    async fn take_idle(&self) -> Option<Live> {
        let mut live = self.idle().pop()?;
        if live.answers().await {
            return Some(live);
        }
        // The others were silent for longer.
        self.idle().clear();
        None
    }

    async fn dial(self: &Arc<Self>) -> Result<Live, StoreError> {
        match connect(&self.options).await {
            Ok(conn) => {
                self.outage.end();
                Ok(Live::new(conn))
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

    fn note_away(self: &Arc<Self>, cause: &str) {
        self.idle().clear();
        if self.outage.note(cause, Extent::Everything) {
            tokio::spawn(probe(Arc::clone(self)));
        }
    }

    fn keep(&self, live: Live) {
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

    fn idle(&self) -> MutexGuard<'_, Vec<Live>> {
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
            return pool.keep(Live::new(conn));
        }
        sleep(RETRY_EVERY).await;
    }
}

impl Live {
    fn new(conn: PgConnection) -> Self {
        let now = Instant::now();
        Self { conn, made: now, heard: now }
    }

    /// Whether the server answered a moment ago, or answers now.
    async fn answers(&mut self) -> bool {
        if self.heard.elapsed() < TRUSTED {
            return true;
        }
        let answered = matches!(timeout(PING_DEADLINE, self.conn.ping()).await, Ok(Ok(())));
        self.heard = Instant::now();
        answered
    }

    /// Says goodbye, so that the server ends the transaction at once, and waits for nothing.
    fn leave(self) {
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move { drop(timeout(FAREWELL_DEADLINE, self.conn.close()).await) });
        }
    }
}

impl Loan {
    /// The connection, for one statement whose outcome `end_statement` gets.
    pub(in crate::server::store) fn begin_statement(&mut self) -> &mut PgConnection {
        self.in_flight = true;
        self
    }

    /// Names what became of a statement. A connection that broke or missed the deadline is of no more use.
    pub(in crate::server::store) fn end_statement<T>(
        &mut self,
        done: Result<sqlx::Result<T>, tokio::time::error::Elapsed>,
    ) -> Result<T, StoreError> {
        let Ok(answered) = done else {
            self.is_spoilt = true;
            let cause = no_answer(STATEMENT_DEADLINE).to_string();
            self.pool.note_away(&cause);
            return Err(StoreError::Away(cause));
        };
        self.in_flight = false;
        if let Some(live) = &mut self.live {
            live.heard = Instant::now();
        }
        let answer = answered.map_err(StoreError::from);
        if let Err(StoreError::Away(cause)) = &answer {
            tracing::debug!(cause, "a connection to PostgreSQL broke");
            self.is_spoilt = true;
            // Those at hand have hardly fared better, and new ones cost little.
            self.pool.idle().clear();
        }
        answer
    }

    /// Whether the connection can be used for more, after whatever pause.
    pub(in crate::server::store) async fn is_alive(&mut self) -> bool {
        if self.is_spoilt || self.in_flight || self.pool.outage.check().is_err() {
            return false;
        }
        self.in_flight = true;
        let is_alive = match &mut self.live {
            Some(live) => live.answers().await,
            None => false,
        };
        self.in_flight = false;
        self.is_spoilt = !is_alive;
        is_alive
    }
}

impl Lent for Loan {
    fn close_on_drop(&mut self) {
        self.is_spoilt = true;
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        let Some(live) = self.live.take() else { return };
        if self.is_spoilt || self.in_flight { live.leave() } else { self.pool.keep(live) }
    }
}

impl Deref for Loan {
    type Target = PgConnection;

    #[expect(clippy::expect_used, reason = "only dropping takes it")]
    fn deref(&self) -> &PgConnection {
        &self.live.as_ref().expect("it is there until it is dropped").conn
    }
}

impl DerefMut for Loan {
    #[expect(clippy::expect_used, reason = "only dropping takes it")]
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.live.as_mut().expect("it is there until it is dropped").conn
    }
}
