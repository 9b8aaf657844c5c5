//! A node among others: sees to it that what NATS lost is heard all the same.
//!
//! A lost last event has no successor that would show the gap, so the heads of all rooms that are open here
//! are compared with the database: every three seconds, every second while another node is not heard, and at
//! once when words may have been lost. Marks show no gap at all: after a doubt those of the last moments are told again.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

use super::{receipts, repair};
use crate::{
    model::{RoomId, Seq, Timestamp},
    server::{
        chat::Chat,
        clock,
        live::{Bus, Job, Trouble},
        store::{StoreError, members, nodes, people, rooms},
    },
};

/// An event may be on its way so long before the database is asked for it.
const HOLD: Duration = Duration::from_millis(50);
const COMPARE_EVERY: Duration = Duration::from_secs(3);
const COMPARE_EVERY_IN_DOUBT: Duration = Duration::from_secs(1);
const TICK: Duration = Duration::from_millis(250);
/// After so long it is known why NATS is away.
const KNOWN_AFTER: Duration = Duration::from_millis(1_500);
/// Who entered or left a room within so many microseconds is looked after.
const MOVED_SINCE: i64 = 60_000_000;
/// How many new names are told at once.
const RENAMED: i64 = 100;
/// How many rooms are read at once,
const REPAIRS: usize = 4;
/// and how many wait for that; the rest stays where it was asked for.
const WAITING: usize = 256;

/// Does the jobs as they come up, until `stop`.
pub async fn keep(chat: Arc<Chat>, mut jobs: mpsc::Receiver<Job>, stop: CancellationToken) {
    let comparing = tokio::spawn(keep_comparing(Arc::clone(&chat)));
    let (places, turns) = (Arc::new(Semaphore::new(WAITING)), Arc::new(Semaphore::new(REPAIRS)));
    let take = async {
        while let Ok(place) = Arc::clone(&places).acquire_owned().await
            && let Some(job) = jobs.recv().await
        {
            let (chat, turns) = (Arc::clone(&chat), Arc::clone(&turns));
            tokio::spawn(async move {
                work(&chat, job, &turns).await;
                drop(place);
            });
        }
    };
    stop.run_until_cancelled(take).await;
    comparing.abort();
}

async fn work(chat: &Chat, job: Job, turns: &Semaphore) {
    if matches!(job, Job::Repair(_)) {
        tokio::time::sleep(HOLD).await;
    }
    let Ok(_turn) = turns.acquire().await else { return };
    let done = match job {
        Job::Repair(room) => {
            let done = repair::repair(chat, room).await;
            chat.live.end_repair(room, done.is_err());
            done
        }
        Job::Membership { room, user } => repair::correct_membership(chat, room, user).await,
    };
    if let Err(error) = done {
        error.log("the database did not tell what other nodes did");
    }
}

async fn keep_comparing(chat: Arc<Chat>) {
    let Some(bus) = &chat.live.bus else { return };
    let mut last = Instant::now();
    let mut all_heard = true;
    let mut outage = Outage::default();
    // Up to this seq every new name was told here; none until the first comparison.
    let mut names = None;
    // Whether words may have been lost since everyone was heard last.
    let mut is_in_doubt = false;
    loop {
        let at_once = tokio::select! {
            () = bus.doubt() => true,
            () = tokio::time::sleep(TICK) => false,
        };
        let is_up = bus.is_up();
        outage.report(bus, is_up);
        is_in_doubt |= at_once || !is_up;
        let pace = if is_up && all_heard { COMPARE_EVERY } else { COMPARE_EVERY_IN_DOUBT };
        if !at_once && last.elapsed() < pace {
            continue;
        }
        last = Instant::now();
        match compare(&chat, bus, &mut names).await {
            Ok(heard) => all_heard = heard,
            Err(error) => {
                error.log("the rooms were not compared with the database");
                continue;
            }
        }
        is_in_doubt |= !all_heard;
        if !is_in_doubt {
            bus.forget_old_marks();
        } else if is_up && all_heard {
            is_in_doubt = false;
            if let Err(error) = receipts::tell_again(&chat, bus.take_recent_marks()).await {
                tracing::debug!(%error, "marks were not told again");
            }
        }
    }
}

/// NATS being away, as the log has it: once, once more if a cause shows that waiting does not mend, and once when it is back.
#[derive(Default)]
struct Outage {
    since: Option<Instant>,
    told: Option<Trouble>,
}

impl Outage {
    fn report(&mut self, bus: &Bus, is_up: bool) {
        if is_up {
            self.since = None;
            if self.told.take().is_some() {
                tracing::info!("NATS is back");
            }
            return;
        }
        if self.since.get_or_insert_with(Instant::now).elapsed() < KNOWN_AFTER {
            return;
        }
        let trouble = bus.trouble();
        let is_news = match &self.told {
            None => true,
            Some(told) => !told.needs_operator() && trouble.needs_operator(),
        };
        if is_news {
            trouble.log();
            self.told = Some(trouble);
        }
    }
}

/// Asks for what is missing here. Tells whether all other nodes are heard.
async fn compare(chat: &Chat, bus: &Bus, names: &mut Option<Seq>) -> Result<bool, StoreError> {
    let rooms: Vec<RoomId> = bus.seen().into_keys().collect();
    let now = clock::now();
    let (heads, moved, others, renamed) = {
        let mut conn = chat.db.read().await?;
        let heads = rooms::list_heads(&mut conn, &rooms).await?;
        let since = Timestamp(now.0 - MOVED_SINCE);
        let moved = members::list_moved_since(&mut conn, since).await?;
        let renamed = match *names {
            Some(seq) => people::list_changed_since(&mut conn, seq, RENAMED).await?,
            None => (Vec::new(), people::last_seq(&mut conn).await?),
        };
        (heads, moved, nodes::list_nodes(&mut conn, now).await?, renamed)
    };
    let (renamed, end) = renamed;
    *names = Some(end);
    renamed.into_iter().for_each(|user| chat.live.note_name(user));
    let lags = |room, head| bus.seen_of(room).is_some_and(|seen| seen < head);
    if heads.iter().any(|(room, head)| lags(*room, *head)) {
        // Most of it is on its way.
        tokio::time::sleep(HOLD).await;
    }
    heads.iter().filter(|(room, head)| lags(*room, *head)).for_each(|(room, _)| bus.ask_repair(*room));
    for member in moved {
        chat.live.check_membership(member.room, member.user, member.seq, member.joined);
    }
    Ok(bus.hears_all(&others))
}
