//! How far members have come. Marks are gathered in memory and written together, four times a second.
//!
//! A client may mark every message: what counts is the highest. A crash forgets a quarter of a second of
//! marks, which clients tell again. The fan-out hears of a mark once it is durable.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures::future::join_all;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::{
    error::AppError,
    model::{Progress, RoomId, Seq, UserId, ability::Ability},
    server::{
        chat::{
            Chat,
            abilities::require_present,
            receipts::{MOST_TOGETHER, Step, list_told, receipts},
        },
        store::marks::{self, RoomMark},
        writer::Outcome,
    },
};

const EVERY: Duration = Duration::from_millis(250);
/// In how many rooms one user may move marks within that time.
const MOST_ROOMS: usize = 500;

/// Marks that are not written yet.
#[derive(Debug, Default)]
pub struct PendingMarks {
    pending: Mutex<Pending>,
    /// There are some.
    raised: Notify,
}

/// At most one per member.
type Pending = HashMap<UserId, HashMap<RoomId, Wanted>>;

/// The highest that a member told; 0 for nothing.
#[derive(Clone, Copy, Debug, Default)]
struct Wanted {
    delivered: Seq,
    read: Seq,
    /// A commit that held it may have happened without anybody being told: it is told even if nothing grows.
    again: bool,
}

type PendingMark = (RoomId, UserId, Wanted);

impl PendingMarks {
    fn raise(&self, room: RoomId, user: UserId, wanted: Wanted) -> Result<(), AppError> {
        let mut pending = self.lock();
        if pending.is_empty() {
            self.raised.notify_one();
        }
        let rooms = pending.entry(user).or_default();
        if rooms.len() >= MOST_ROOMS && !rooms.contains_key(&room) {
            let retry_after_ms = u64::try_from(EVERY.as_millis()).unwrap_or(u64::MAX);
            return Err(AppError::RateLimited { retry_after_ms });
        }
        let before = rooms.entry(room).or_default();
        before.delivered = before.delivered.max(wanted.delivered);
        before.read = before.read.max(wanted.read);
        before.again |= wanted.again;
        Ok(())
    }

    /// Notes marks whose commit failed, and may have happened all the same.
    fn raise_again(&self, failed: &[PendingMark]) {
        for (room, user, wanted) in failed {
            // One that is refused for being too many is told with the member's next one.
            drop(self.raise(*room, *user, Wanted { again: true, ..*wanted }));
        }
    }

    fn take(&self) -> Vec<PendingMark> {
        let pending = std::mem::take(&mut *self.lock());
        let of_user = |(user, rooms): (UserId, HashMap<RoomId, Wanted>)| {
            rooms.into_iter().map(move |(room, wanted)| (room, user, wanted))
        };
        pending.into_iter().flat_map(of_user).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl From<Progress> for Wanted {
    fn from(progress: Progress) -> Self {
        match progress {
            Progress::Delivered(delivered) => Self { delivered, ..Self::default() },
            Progress::Read(read) => Self { read, ..Self::default() },
        }
    }
}

/// Notes how far the user has come; soon it is stored, and told to those whom it concerns.
///
/// # Errors
/// `NotFound` if the user is not in the room; `RateLimited`.
pub async fn mark(chat: &Chat, user: UserId, room: RoomId, progress: Progress) -> Result<(), AppError> {
    require_present(chat, room, user, Ability::Read).await?;
    chat.marks.raise(room, user, progress.into())
}

/// Like `mark`, for a door that must show at once what is left to read: returns when it is stored.
///
/// # Errors
/// `NotFound` if the user is not in the room; `Unavailable`.
pub async fn mark_now(chat: &Chat, user: UserId, room: RoomId, progress: Progress) -> Result<(), AppError> {
    require_present(chat, room, user, Ability::Read).await?;
    let pending = [(room, user, progress.into())];
    let written = write(chat, &pending).await;
    if written.is_err() {
        chat.marks.raise_again(&pending);
    }
    written
}

/// Writes what is noted, again and again, until `stop`.
pub async fn keep_writing(chat: &Chat, stop: &CancellationToken) {
    loop {
        tokio::select! {
            () = chat.marks.raised.notified() => {}
            () = stop.cancelled() => return,
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = stop.cancelled() => return,
        }
        write_all(chat).await;
    }
}

/// Writes what is noted by now.
pub async fn write_all(chat: &Chat) {
    let shards = chat.writers.by_shard(chat.marks.take(), |(room, ..)| room.0);
    join_all(shards.into_iter().map(|shard| write_shard(chat, shard))).await;
}

async fn write_shard(chat: &Chat, pending: Vec<PendingMark>) {
    for together in pending.chunks(MOST_TOGETHER) {
        match write(chat, together).await {
            Ok(()) => {}
            Err(error) if error.is_retryable() => chat.marks.raise_again(together),
            Err(error) => tracing::warn!(%error, "marks were lost"),
        }
    }
}

/// Writes marks of rooms of one shard and tells of those that grew.
async fn write(chat: &Chat, pending: &[PendingMark]) -> Result<(), AppError> {
    if pending.is_empty() {
        return Ok(());
    }
    let rooms = pending.iter().map(|(room, ..)| room.0).collect();
    let told = list_told(chat, pending.iter().map(|(room, ..)| *room)).await?;
    let members: Vec<_> = pending.iter().map(|(room, user, _)| (*room, *user)).collect();
    let wanted = pending.iter().map(|(room, user, wanted)| ((*room, *user), *wanted)).collect();
    chat.writers
        .run_on(rooms, move |tx| {
            Box::pin(async move {
                let steps = steps(marks::list_room_marks(tx, &members).await?, &wanted, &told);
                if steps.is_empty() {
                    return Ok(Outcome::quiet(()));
                }
                let raised: Vec<_> = steps.iter().map(|step| (step.room, step.to)).collect();
                marks::update_marks(tx, &raised).await?;
                Ok(Outcome::new((), receipts(tx, &steps, &told).await?))
            })
        })
        .await
}

/// Those that grow, or are told again. Where nobody is told, nobody needs to know what was delivered.
fn steps(
    standings: Vec<RoomMark>,
    wanted: &HashMap<(RoomId, UserId), Wanted>,
    told: &HashSet<RoomId>,
) -> Vec<Step> {
    let step = |RoomMark { room, head, mark }| {
        let wanted = wanted.get(&(room, mark.user))?;
        let to = mark.raised(Progress::Delivered(wanted.delivered), head);
        let to = to.raised(Progress::Read(wanted.read), head);
        if wanted.again {
            return Some(Step::from_nothing(RoomMark { room, head, mark: to }));
        }
        let counts = if told.contains(&room) { to != mark } else { to.read_seq != mark.read_seq };
        counts.then_some(Step { room, from: mark, to })
    };
    standings.into_iter().filter_map(step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Mark;

    const ROOM: RoomId = RoomId(1);
    const ANA: UserId = UserId(10);

    #[test]
    fn many_marks_of_a_member_become_one() {
        let marks = PendingMarks::default();
        for seq in [3, 9, 5] {
            marks.raise(ROOM, ANA, Progress::Delivered(Seq(seq)).into()).unwrap();
        }
        marks.raise(ROOM, ANA, Progress::Read(Seq(4)).into()).unwrap();
        let taken = marks.take();
        let [(ROOM, ANA, wanted)] = taken.as_slice() else { panic!("{taken:?}") };
        assert_eq!((wanted.delivered, wanted.read), (Seq(9), Seq(4)));
        assert!(marks.take().is_empty());
    }

    #[test]
    fn a_member_of_very_many_rooms_must_take_turns() {
        let marks = PendingMarks::default();
        let read = |room| marks.raise(RoomId(room), ANA, Progress::Read(Seq(1)).into());
        for room in 0..500 {
            read(room).unwrap();
        }
        assert!(matches!(read(500), Err(AppError::RateLimited { .. })));
        assert_eq!(read(7), Ok(()));
        assert_eq!(marks.take().len(), 500);
        assert_eq!(read(500), Ok(()));
    }

    #[test]
    fn where_nobody_is_told_only_reading_counts() {
        let mark = Mark { user: ANA, delivered_seq: Seq(2), read_seq: Seq(2) };
        let standing = || vec![RoomMark { room: ROOM, head: Seq(5), mark }];
        let count = |wanted: Wanted, told: &[RoomId]| {
            let wanted = HashMap::from([((ROOM, ANA), wanted)]);
            steps(standing(), &wanted, &told.iter().copied().collect()).len()
        };
        let (delivered, read) = (Progress::Delivered(Seq(4)).into(), Progress::Read(Seq(4)).into());
        assert_eq!((count(delivered, &[ROOM]), count(delivered, &[])), (1, 0));
        assert_eq!((count(read, &[ROOM]), count(read, &[])), (1, 1));
        assert_eq!(count(Progress::Read(Seq(2)).into(), &[ROOM]), 0, "nothing grew");
    }

    #[test]
    fn what_may_be_stored_and_untold_is_told_though_nothing_grows() {
        let marks = PendingMarks::default();
        marks.raise_again(&[(ROOM, ANA, Progress::Read(Seq(2)).into())]);
        marks.raise(ROOM, ANA, Progress::Delivered(Seq(1)).into()).unwrap();
        let wanted = marks.take().into_iter().map(|(room, user, wanted)| ((room, user), wanted)).collect();
        let mark = Mark { user: ANA, delivered_seq: Seq(2), read_seq: Seq(2) };
        let standing = vec![RoomMark { room: ROOM, head: Seq(5), mark }];
        let steps = steps(standing, &wanted, &HashSet::from([ROOM]));
        let [Step { from, to, .. }] = steps.as_slice() else { panic!("{} steps", steps.len()) };
        assert_eq!((from.read_seq, *to), (Seq(0), mark));
    }
}
