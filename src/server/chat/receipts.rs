//! Receipts: who is told how far a member has come.

use std::collections::{HashMap, HashSet};

use crate::{
    error::AppError,
    model::{Ephemeral, Mark, RoomId, Seq, UserId, page::RECEIPTS_MAX, people::Introduced},
    server::{
        chat::Chat,
        live::Effect,
        store::{
            Conn,
            marks::{self, RoomMark},
        },
        writer::Outcome,
    },
};

/// How many marks one command takes, so that messages between them need not wait long.
pub(super) const MOST_TOGETHER: usize = 1_000;

/// A mark that grows.
pub(super) struct Step {
    pub(super) room: RoomId,
    pub(super) from: Mark,
    pub(super) to: Mark,
}

/// Those of the rooms in which everyone is told.
pub(super) async fn list_told(
    chat: &Chat,
    rooms: impl Iterator<Item = RoomId>,
) -> Result<HashSet<RoomId>, AppError> {
    let rooms: HashSet<RoomId> = rooms.collect();
    let rooms: Vec<RoomId> = rooms.into_iter().collect();
    let mut conn = chat.db.read().await?;
    Ok(marks::list_small_rooms(&mut conn, &rooms, RECEIPTS_MAX).await?.into_iter().collect())
}

/// Tells once more how far these members have come, as it is now: other nodes may not have heard.
pub(super) async fn tell_again(chat: &Chat, members: Vec<(RoomId, UserId)>) -> Result<(), AppError> {
    for shard in chat.writers.by_shard(members, |(room, _)| room.0) {
        for members in shard.chunks(MOST_TOGETHER) {
            let told = list_told(chat, members.iter().map(|(room, _)| *room)).await?;
            let members = members.to_vec();
            // By a writer, so that what is left to read is counted in step with messages.
            let rooms = members.iter().map(|(room, _)| room.0).collect();
            chat.writers
                .run_on(rooms, move |tx| {
                    Box::pin(async move {
                        let standings = marks::list_room_marks(tx, &members).await?;
                        let steps: Vec<_> = standings.into_iter().map(Step::from_nothing).collect();
                        Ok(Outcome::new((), receipts(tx, &steps, &told).await?))
                    })
                })
                .await?;
        }
    }
    Ok(())
}

impl Step {
    /// One that is told in full, whoever knew of it.
    pub(super) fn from_nothing(RoomMark { room, mark, .. }: RoomMark) -> Self {
        Self { room, from: Mark { delivered_seq: Seq(0), read_seq: Seq(0), ..mark }, to: mark }
    }
}

/// What is told: to the room how far the member has come, to the member also what is left to read.
pub(super) async fn receipts(
    conn: &mut Conn,
    steps: &[Step],
    told: &HashSet<RoomId>,
) -> Result<Vec<Effect>, AppError> {
    let grown = steps.iter().filter(|step| step.to.read_seq > step.from.read_seq);
    let readers: Vec<_> = grown.map(|step| (step.room, step.to.user)).collect();
    let mut unread = HashMap::new();
    if !readers.is_empty() {
        let counts = marks::count_unread(conn, &readers).await?;
        unread.extend(counts.into_iter().map(|(room, user, count)| ((room, user), count)));
    }
    let mut effects = Vec::new();
    for Step { room, to, .. } in steps {
        if let Some(unread) = unread.get(&(*room, to.user)) {
            effects.push(Effect::TellUser {
                user: to.user,
                event: Introduced::alone(receipt(*room, *to, Some(*unread))),
            });
        }
        if told.contains(room) {
            effects.push(Effect::TellEphemeral { room: *room, event: receipt(*room, *to, None) });
        }
    }
    Ok(effects)
}

/// The event that tells a mark.
pub(super) fn receipt(room: RoomId, mark: Mark, unread: Option<u32>) -> Ephemeral {
    let Mark { user, delivered_seq, read_seq } = mark;
    Ephemeral::Receipt { room, user, delivered_seq, read_seq, unread }
}
