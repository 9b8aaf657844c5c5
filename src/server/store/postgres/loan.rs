//! One connection of the pool while somebody has it, and whether it may be used again.
//!
//! It goes back when it is dropped; one whose statement has no answer, or that broke, is closed instead. It opens no
//! connection itself.

use std::{
    ops::{Deref, DerefMut},
    sync::Arc,
};

use sqlx::PgConnection;
use tokio::{sync::OwnedSemaphorePermit, time::Instant};

use super::{
    STATEMENT_DEADLINE, no_answer,
    pool::{Pool, PooledConn},
};
use crate::server::store::{StoreError, conn::Lent};

/// A connection on loan; dropping it gives it back.
#[derive(Debug)]
pub(in crate::server::store) struct Loan {
    /// None only while it is dropped.
    live: Option<PooledConn>,
    pool: Arc<Pool>,
    /// A statement has been sent and not answered: nobody else may get its answer.
    in_flight: bool,
    is_spoilt: bool,
    _place: OwnedSemaphorePermit,
}

impl Loan {
    pub(super) const fn new(live: PooledConn, pool: Arc<Pool>, place: OwnedSemaphorePermit) -> Self {
        Self { live: Some(live), pool, in_flight: false, is_spoilt: false, _place: place }
    }

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
