//! What a client missed: the rooms it is in, and the changed rows of those it holds a cursor for.
//!
//! The caller subscribes first and reads second, so nothing falls between the answer and the stream;
//! rows that come twice are no harm, since applying one again changes nothing.

use std::collections::{BTreeMap, HashMap};

use super::{
    catch_up::{Allowance, Missed, missed},
    invitations::read_invitations,
    receipts::receipt,
    rooms::read_rooms,
};
use crate::{
    error::AppError,
    model::{
        Ephemeral, Mark, Message, RoomId, RoomSummary, Seq, UserId,
        overview::{ROOMS_PAGE, RoomCursor},
        page::RECEIPTS_MAX,
        people::Naming as _,
    },
    server::{
        chat::Chat,
        store::{Conn, marks, members, messages, people, summaries},
    },
};

/// How many rooms one `sync` may name.
pub const MOST_ROOMS: usize = 500;
/// How many people an answer tells at most only because of another name; the next one goes on.
const MOST_RENAMED: i64 = 500;
/// How many receipts an answer holds at most.
const MOST_RECEIPTS: i64 = 1_000;
/// How many rows are read at a time: no more memory than that is spent on a room that turns out too large.
const PAGE: i64 = 64;

/// What a client asks for.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    pub epoch: &'a str,
    pub cursors: &'a BTreeMap<RoomId, Seq>,
    /// Only the newest rooms are to be listed, and those with a cursor.
    pub newest: bool,
    /// The seq after which who people are is asked for, too.
    pub people: Option<Seq>,
}

/// The answer to `sync`: `people` who are named in the rest; `rooms`, `more_rooms` and `invitations`; per named room `synced` or `reload` if it moved, and the marks of its
/// other members; then `ready`.
///
/// Rooms that the user is not in are passed over: they are as good as missing.
///
/// # Errors
/// `TooLarge` for more than `MOST_ROOMS` cursors.
pub async fn sync(chat: &Chat, user: UserId, wish: Wish<'_>) -> Result<Vec<Ephemeral>, AppError> {
    if wish.cursors.len() > MOST_ROOMS {
        return Err(AppError::TooLarge { max: MOST_ROOMS as u64 });
    }
    // One state of the database: who was removed in between must not be told what came later.
    let mut conn = chat.db.read_snapshot().await?;
    let answers = answer(&mut conn, chat, user, wish, wish.epoch == chat.epoch).await;
    conn.end_snapshot().await?;
    let mut answers = answers?;
    chat.live.note_marks(user, &mut answers);
    Ok(answers)
}

async fn answer(
    conn: &mut Conn,
    chat: &Chat,
    user: UserId,
    wish: Wish<'_>,
    same_history: bool,
) -> Result<Vec<Ephemeral>, AppError> {
    let mut lists = if wish.newest {
        vec![newest_rooms(conn, user, wish.cursors).await?]
    } else {
        all_rooms(conn, user).await?
    };
    lists.push(Ephemeral::Invitations { invitations: read_invitations(conn, chat, user).await? });
    let rooms = lists.iter().flat_map(rooms_in);
    let named: Vec<_> = rooms.filter_map(|room| Some((room, *wish.cursors.get(&room.id)?))).collect();
    let mut marks = marks_of_others(conn, user, &named).await?;
    let mut allowance = Allowance::default();
    let mut answers = Vec::new();
    for (room, cursor) in named {
        allowance.next_room();
        answers.extend(match missed(cursor, room.head, same_history) {
            Missed::Nothing => None,
            Missed::Unknown => Some(Ephemeral::Reload { room: room.id }),
            Missed::Changes => Some(catch_up(conn, room, cursor, &mut allowance).await?),
        });
        let marks = marks.remove(&room.id).unwrap_or_default();
        answers.extend(marks.into_iter().map(|mark| receipt(room.id, mark, None)));
    }
    answers.push(Ephemeral::Ready {});
    let answers: Vec<Ephemeral> = lists.into_iter().chain(answers).collect();
    let people = people_of(conn, &answers, wish.people).await?;
    Ok([people].into_iter().chain(answers).collect())
}

/// Those whom the answer names, and who took another name after the seq `since`.
async fn people_of(
    conn: &mut Conn,
    answers: &[Ephemeral],
    since: Option<Seq>,
) -> Result<Ephemeral, AppError> {
    let mut named: Vec<UserId> = Vec::new();
    for answer in answers {
        match answer {
            Ephemeral::Invitations { invitations } => named.extend(invitations.named()),
            Ephemeral::Synced { messages, members, .. } => {
                named.extend(messages.named().chain(members.named()));
            }
            other => named.extend(rooms_in(other).named()),
        }
    }
    let mut people = people::find_people(conn, named).await?;
    let mut seq = since;
    if let Some(since) = since {
        let (renamed, end) = people::list_changed_since(conn, since, MOST_RENAMED).await?;
        seq = Some(end);
        renamed.into_iter().for_each(|user| people.learn(user));
    }
    Ok(Ephemeral::People { people, seq })
}

/// The rooms that a list in an answer names.
pub fn rooms_in(event: &Ephemeral) -> &[RoomSummary] {
    match event {
        Ephemeral::Rooms { rooms, .. } | Ephemeral::MoreRooms { rooms } => rooms,
        _ => &[],
    }
}

/// The newest rooms, those with a cursor, and how many others there are.
async fn newest_rooms(
    conn: &mut Conn,
    user: UserId,
    cursors: &BTreeMap<RoomId, Seq>,
) -> Result<Ephemeral, AppError> {
    let (mut rooms, mut rest) = read_rooms(conn, user, RoomCursor::START, ROOMS_PAGE).await?;
    let mut named: Vec<RoomId> = cursors.keys().copied().collect();
    named.retain(|named| rooms.iter().all(|room| room.id != *named));
    if rest.rooms > 0 && !named.is_empty() {
        let named = summaries::list_summaries_among(conn, user, &named).await?;
        named.iter().for_each(|room| rest.leave_out(room));
        rooms.extend(named);
    }
    Ok(Ephemeral::Rooms { rooms, rest: Some(rest) })
}

/// All rooms, in lists of at most `ROOMS_PAGE`.
async fn all_rooms(conn: &mut Conn, user: UserId) -> Result<Vec<Ephemeral>, AppError> {
    let mut rooms = summaries::list_summaries(conn, user, RoomCursor::START, i64::MAX).await?;
    let more = rooms.split_off(ROOMS_PAGE.min(rooms.len()));
    let more = more.chunks(ROOMS_PAGE).map(|rooms| Ephemeral::MoreRooms { rooms: rooms.to_vec() });
    Ok([Ephemeral::Rooms { rooms, rest: None }].into_iter().chain(more).collect())
}

async fn marks_of_others(
    conn: &mut Conn,
    user: UserId,
    named: &[(&RoomSummary, Seq)],
) -> Result<HashMap<RoomId, Vec<Mark>>, AppError> {
    let mut by_room: HashMap<RoomId, Vec<Mark>> = HashMap::new();
    if !named.is_empty() {
        let rooms: Vec<RoomId> = named.iter().map(|(room, _)| room.id).collect();
        let marks = marks::list_marks_of_others(conn, &rooms, user, RECEIPTS_MAX, MOST_RECEIPTS).await?;
        marks.into_iter().for_each(|(room, mark)| by_room.entry(room).or_default().push(mark));
    }
    Ok(by_room)
}

/// `synced` with everything after the cursor, or `reload` if that is too much.
async fn catch_up(
    conn: &mut Conn,
    room: &RoomSummary,
    cursor: Seq,
    allowance: &mut Allowance,
) -> Result<Ephemeral, AppError> {
    let reload = Ephemeral::Reload { room: room.id };
    let Some(messages) = changed_messages(conn, room.id, cursor, allowance).await? else { return Ok(reload) };
    // Never more than fit into an answer.
    let members = members::list_members_changed_after(conn, room.id, cursor, PAGE * PAGE).await?;
    if !members.iter().all(|_| allowance.admit(0)) {
        return Ok(reload);
    }
    Ok(Ephemeral::Synced { room: room.id, head: room.head, messages, members })
}

/// By their place in the timeline; none if they are too many.
async fn changed_messages(
    conn: &mut Conn,
    room: RoomId,
    cursor: Seq,
    allowance: &mut Allowance,
) -> Result<Option<Vec<Message>>, AppError> {
    let mut messages = Vec::new();
    let mut after = cursor;
    loop {
        // A change owns its seq, so no two rows of a room share one and a page may end anywhere.
        let page = messages::list_messages_changed_after(conn, room, after, PAGE).await?;
        let is_last = page.len() < usize::try_from(PAGE).unwrap_or(usize::MAX);
        for message in page {
            if !allowance.admit(message.text.len() + message.html.len()) {
                return Ok(None);
            }
            after = after.max(message.changed_seq);
            messages.push(message);
        }
        if is_last {
            messages.sort_unstable_by_key(|message| message.seq);
            return Ok(Some(messages));
        }
    }
}
