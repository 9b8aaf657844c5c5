//! What must happen elsewhere after a commit, such as sending a mail: tried until it succeeds, at least once.
//!
//! Who needs it writes a row with `push`, in the transaction of what it tells of. One worker per server leases what is due;
//! several nodes share the work. A job carries the id of its row outwards, so that whoever gets it twice can tell.

mod job;
mod mail;

use std::time::Duration;

use tokio::time::{MissedTickBehavior, timeout};

pub use self::{
    job::{Job, Mail, Trouble},
    mail::Mailer,
};
use super::{
    clock,
    store::{
        Db, StoreError, Tx, next_id,
        outbox::{self, Leased},
    },
    writer::{Outcome, Writers},
};
use crate::{
    error::AppError,
    model::{OutboxId, Timestamp},
};

const EVERY: Duration = Duration::from_secs(5);
/// How long an attempt may take.
const ATTEMPT: Duration = Duration::from_secs(60);
/// Longer than an attempt of each of the leased rows takes, since they are tried at the same time.
pub const LEASE: Duration = Duration::from_secs(120);
/// How many seconds after each failed attempt the next one comes; after the last it is given up, two days later in all.
const PAUSES: [u64; 9] = [10, 60, 300, 1_800, 3_600, 7_200, 21_600, 43_200, 86_400];

/// Notes `job` to be done in so much time; it counts once the transaction is committed.
///
/// # Errors
/// Those of the database.
pub async fn push(tx: &mut Tx, job: &Job, due_in: Duration) -> Result<OutboxId, StoreError> {
    let id = OutboxId(next_id());
    let (kind, body) = job.encode()?;
    outbox::insert(tx, id, (kind, &body), clock::now(), later(due_in)).await?;
    Ok(id)
}

/// Does what is due, until the caller stops waiting. What it leaves in the middle is done again after its lease.
pub async fn work(db: &Db, writers: &Writers, mailer: Option<&Mailer>) {
    let mut tick = tokio::time::interval(EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        // More may be due than is leased at a time.
        while let Ok(true) = work_once(db, writers, mailer).await.inspect_err(|error| {
            tracing::debug!(%error, "the outbox is not to be had; trying again");
        }) {}
    }
}

/// Does what is due now. True if there was something.
async fn work_once(db: &Db, writers: &Writers, mailer: Option<&Mailer>) -> Result<bool, AppError> {
    if !outbox::is_due(&mut db.read().await?, clock::now()).await? {
        return Ok(false);
    }
    let lease = writers.run(0, |tx| {
        Box::pin(async move { Ok(Outcome::quiet(outbox::lease(tx, clock::now(), later(LEASE)).await?)) })
    });
    let leased = lease.await?;
    let attempts = leased.iter().map(|leased| attempt(mailer, leased));
    let outcomes = futures::future::join_all(attempts).await;
    let is_empty = leased.is_empty();
    for (leased, outcome) in leased.into_iter().zip(outcomes) {
        let note = writers.run(leased.id.0, move |tx| {
            Box::pin(async move { Ok(Outcome::quiet(note(tx, &leased, &outcome).await?)) })
        });
        note.await?;
    }
    Ok(!is_empty)
}

/// Leases one row and does it now, whenever it is due; for commands beside a server.
///
/// # Errors
/// `NotFound`, and those of the database; inside, why it was not done.
pub async fn work_on(
    writers: &Writers,
    mailer: Option<&Mailer>,
    id: OutboxId,
) -> Result<Result<(), Trouble>, AppError> {
    let lease = writers.run(0, move |tx| {
        Box::pin(async move { Ok(Outcome::quiet(outbox::lease_one(tx, id, later(LEASE)).await?)) })
    });
    let leased = lease.await?;
    let outcome = attempt(mailer, &leased).await;
    let noted = outcome.clone();
    let note = writers
        .run(0, move |tx| Box::pin(async move { Ok(Outcome::quiet(note(tx, &leased, &noted).await?)) }));
    note.await?;
    Ok(outcome)
}

async fn attempt(mailer: Option<&Mailer>, leased: &Leased) -> Result<(), Trouble> {
    let doing = async { Job::decode(&leased.kind, &leased.body)?.run(mailer, leased.id).await };
    let outcome = timeout(ATTEMPT, doing).await;
    outcome.unwrap_or_else(|_| Err(Trouble::Passing("no answer within a minute".to_owned())))
}

/// Notes what came of an attempt.
async fn note(tx: &mut Tx, leased: &Leased, outcome: &Result<(), Trouble>) -> Result<(), StoreError> {
    let Err(trouble) = outcome else { return outbox::delete_done(tx, leased).await };
    let pause = pause_after(leased.attempts).filter(|_| matches!(trouble, Trouble::Passing(_)));
    let (id, kind, attempts) = (leased.id, &leased.kind, leased.attempts);
    match pause {
        Some(_) => tracing::warn!(%id, kind, attempts, %trouble, "not done yet; trying again later"),
        None => tracing::error!(%id, kind, attempts, %trouble, "given up; `papo outbox list` shows it"),
    }
    let due_at = later(pause.unwrap_or_default());
    outbox::update_failed(tx, leased, &trouble.to_string(), due_at, pause.is_none()).await
}

/// How long to wait after so many attempts; none once it is to be given up.
fn pause_after(attempts: i64) -> Option<Duration> {
    let pause = PAUSES.get(usize::try_from(attempts - 1).ok()?)?;
    Some(Duration::from_secs(*pause))
}

fn later(by: Duration) -> Timestamp {
    Timestamp(clock::now().0.saturating_add(i64::try_from(by.as_micros()).unwrap_or(i64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_tried_for_about_two_days() {
        assert_eq!(pause_after(1), Some(Duration::from_secs(10)));
        assert_eq!(pause_after(10), None);
        let hours = PAUSES.iter().sum::<u64>() / 3_600;
        assert!((36..=60).contains(&hours), "{hours}");
    }
}
