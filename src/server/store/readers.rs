//! Connections that are kept at hand between their users.
//!
//! sqlx's pool asks each connection that comes back whether it still lives. That is wise with a server far away; of
//! SQLite it wakes a task and the connection's thread, which costs as much as a statement.

use std::{
    ops::{Deref, DerefMut},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use sqlx::{Database, Pool, pool::PoolConnection};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::{StoreError, conn::Lent};

/// A pool's connections, lent one by one. The pool itself only makes and closes them.
#[derive(Debug)]
pub struct Readers<DB: Database> {
    pool: Pool<DB>,
    idle: Mutex<Vec<PoolConnection<DB>>>,
    places: Arc<Semaphore>,
    patience: Duration,
}

/// A connection on loan; dropping it gives it back.
#[derive(Debug)]
pub(super) struct Lease<DB: Database> {
    /// None only while it is dropped.
    pooled: Option<PoolConnection<DB>>,
    home: Option<Home<DB>>,
}

#[derive(Debug)]
struct Home<DB: Database> {
    readers: Arc<Readers<DB>>,
    _place: OwnedSemaphorePermit,
}

impl<DB: Database> Readers<DB> {
    pub(super) fn new(pool: Pool<DB>) -> Arc<Self> {
        let options = pool.options();
        let places = usize::try_from(options.get_max_connections()).unwrap_or(usize::MAX);
        let patience = options.get_acquire_timeout();
        Arc::new(Self { places: Arc::new(Semaphore::new(places)), patience, idle: Mutex::default(), pool })
    }

    /// A connection, a new one if all at hand are lent.
    ///
    /// # Errors
    /// `Busy` if none comes back in time; `Away` after `close`.
    pub(super) async fn lend(self: &Arc<Self>) -> Result<Lease<DB>, StoreError> {
        let place = match Arc::clone(&self.places).try_acquire_owned() {
            Ok(place) => place,
            Err(_) => self.wait_for_place().await?,
        };
        let at_hand = self.idle().pop();
        let pooled = match at_hand {
            Some(pooled) => pooled,
            None => self.pool.acquire().await?,
        };
        Ok(Lease { pooled: Some(pooled), home: Some(Home { readers: Arc::clone(self), _place: place }) })
    }

    /// Waits for what is lent, then closes all.
    pub(super) async fn close(&self) {
        self.places.close();
        let closed = self.pool.close();
        self.idle().clear();
        closed.await;
    }

    async fn wait_for_place(&self) -> Result<OwnedSemaphorePermit, StoreError> {
        let place = timeout(self.patience, Arc::clone(&self.places).acquire_owned()).await;
        place.map_err(|_| StoreError::Busy)?.map_err(|_| sqlx::Error::PoolClosed.into())
    }

    fn idle(&self) -> MutexGuard<'_, Vec<PoolConnection<DB>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<DB: Database> Lent for Lease<DB> {
    fn close_on_drop(&mut self) {
        self.home = None;
        if let Some(pooled) = &mut self.pooled {
            pooled.close_on_drop();
        }
    }
}

impl<DB: Database> Drop for Lease<DB> {
    fn drop(&mut self) {
        if let (Some(pooled), Some(home)) = (self.pooled.take(), self.home.take()) {
            let mut idle = home.readers.idle();
            // Under the lock, so that `close` leaves none behind.
            if !home.readers.pool.is_closed() {
                idle.push(pooled);
            }
        }
    }
}

impl<DB: Database> Deref for Lease<DB> {
    type Target = DB::Connection;

    #[expect(clippy::expect_used, reason = "only dropping takes it")]
    fn deref(&self) -> &DB::Connection {
        self.pooled.as_ref().expect("it is there until it is dropped")
    }
}

impl<DB: Database> DerefMut for Lease<DB> {
    #[expect(clippy::expect_used, reason = "only dropping takes it")]
    fn deref_mut(&mut self) -> &mut DB::Connection {
        self.pooled.as_mut().expect("it is there until it is dropped")
    }
}
