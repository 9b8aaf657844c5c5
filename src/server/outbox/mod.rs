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
    state::App,
    store::{
        Conn, Db, StoreError, next_id,
        outbox::{self, Leased},
    },
};
use crate::model::{OutboxId, Timestamp};

const EVERY: Duration = Duration::from_secs(5);
/// How long an attempt may take.
const ATTEMPT: Duration = Duration::from_secs(60);
/// Longer than an attempt of each of the leased rows takes, since they are tried at the same time.
pub const LEASE: Duration = Duration::from_secs(120);
/// How many seconds after each failed attempt the next one comes; after the last it is given up, two days later in all.
const PAUSES: [u64; 9] = [10, 60, 300, 1_800, 3_600, 7_200, 21_600, 43_200, 86_400];

/// Notes `job` to be done in so much time; it counts once the transaction of `conn` is committed.
///
/// # Errors
/// Those of the database.
pub async fn push(conn: &mut Conn, job: &Job, due_in: Duration) -> Result<OutboxId, StoreError> {
    let id = OutboxId(next_id());
    let (kind, body) = job.encode()?;
    outbox::insert(conn, id, (kind, &body), clock::now(), later(due_in)).await?;
    Ok(id)
}

/// Does what is due, until the caller stops waiting. What it leaves in the middle is done again after its lease.
pub async fn work(app: &App) {
    let mut tick = tokio::time::interval(EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        // More may be due than is leased at a time.
        while let Ok(true) = work_once(&app.db, app.mailer.as_ref()).await.inspect_err(|error| {
            error.log("the outbox could not be read; trying again");
        }) {}
    }
}

/// Does what is due now. True if there was something.
async fn work_once(db: &Db, mailer: Option<&Mailer>) -> Result<bool, StoreError> {
    if !outbox::is_due(&mut db.read().await?, clock::now()).await? {
        return Ok(false);
    }
    let leased = outbox::lease(&mut db.writer().await?, clock::now(), later(LEASE)).await?;
    let attempts = leased.iter().map(|leased| attempt(db, mailer, leased));
    for outcome in futures::future::join_all(attempts).await {
        // Logged where it happened.
        drop(outcome?);
    }
    Ok(!leased.is_empty())
}

/// Leases one row and does it now, whenever it is due.
///
/// # Errors
/// `NotFound`, and those of the database; inside, why it was not done.
pub async fn work_on(
    db: &Db,
    mailer: Option<&Mailer>,
    id: OutboxId,
) -> Result<Result<(), Trouble>, StoreError> {
    let leased = outbox::lease_one(&mut db.writer().await?, id, later(LEASE)).await?;
    attempt(db, mailer, &leased).await
}

/// Does it and notes the outcome.
async fn attempt(
    db: &Db,
    mailer: Option<&Mailer>,
    leased: &Leased,
) -> Result<Result<(), Trouble>, StoreError> {
    let doing = async { Job::decode(&leased.kind, &leased.body)?.run(mailer, leased.id).await };
    let outcome = timeout(ATTEMPT, doing).await;
    let outcome = outcome.unwrap_or_else(|_| Err(Trouble::Passing("no answer within a minute".to_owned())));
    let mut conn = db.writer().await?;
    match &outcome {
        Ok(()) => outbox::delete_done(&mut conn, leased).await?,
        Err(trouble) => {
            let pause = pause_after(leased.attempts).filter(|_| matches!(trouble, Trouble::Passing(_)));
            let (id, kind, attempts) = (leased.id, &leased.kind, leased.attempts);
            match pause {
                Some(_) => tracing::warn!(%id, kind, attempts, %trouble, "not done yet; trying again later"),
                None => {
                    tracing::error!(%id, kind, attempts, %trouble, "given up; `papo outbox list` shows it")
                }
            }
            let due_at = later(pause.unwrap_or_default());
            outbox::update_failed(&mut conn, leased, &trouble.to_string(), due_at, pause.is_none()).await?;
        }
    }
    Ok(outcome)
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
