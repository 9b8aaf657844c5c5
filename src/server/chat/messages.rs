//! Sending messages and reading history.

use super::rooms;
use crate::{
    error::{AppError, Reason},
    model::{
        Cid, LiveEvent, Me, Member, Message, MessageId, MessageKind, MessageText, Notice, RoomId, Seq,
        Timestamp, UserRef,
        event::Addressee,
        page::{HISTORY_PAGE, HistoryPage},
    },
    server::{
        chat::Change,
        clock,
        content::render,
        live::Effect,
        state::App,
        store::{
            Conn, StoreError, members, messages, messages::NewMessage, next_id, rooms as room_rows, users,
        },
    },
};

/// A send, as every door hands it over.
pub struct Posting {
    pub cid: Cid,
    pub room: Option<RoomId>,
    pub to: Option<Addressee>,
    pub text: String,
}

/// A durable send; a retry gets the same one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivery {
    pub cid: Cid,
    pub room: RoomId,
    pub id: MessageId,
    pub seq: Seq,
    pub at: Timestamp,
}

impl From<Delivery> for LiveEvent {
    fn from(Delivery { cid, room, id, seq, at }: Delivery) -> Self {
        Self::Delivery { cid, room, id, seq, at }
    }
}

/// Sends a message.
///
/// # Errors
/// `Invalid` for `text`, or if not exactly one of `room` and `to` is given; `NotFound` if there is no
/// such user or the author is not in the room; `Conflict` if the cid carried another message before;
/// `Forbidden` in a direct room with a disabled user; `RateLimited`.
pub async fn post_message(app: &App, author: &UserRef, posting: Posting) -> Result<Delivery, AppError> {
    app.limits.message(author.id)?;
    let text = MessageText::parse(&posting.text).map_err(|reason| AppError::invalid("text", reason))?;
    let room = match (posting.room, posting.to) {
        (Some(room), None) => room,
        (None, Some(to)) => open_direct(app, author, to).await?,
        _ => return Err(AppError::invalid("room", Reason::Malformed)),
    };
    let (author, cid, html) = (author.clone(), posting.cid, render(text.as_str()));
    app.writers
        .run(room.0, move |conn| {
            Box::pin(async move {
                if let Some(earlier) = messages::find_message_by_cid(conn, author.id, cid).await? {
                    return repeat(&earlier, room, &text).map(Change::quiet);
                }
                require_writer(conn, room, &author).await?;
                let line = Line {
                    room,
                    author: &author,
                    cid: Some(cid),
                    notice: None,
                    text: text.as_str(),
                    html: &html,
                };
                let message = insert(conn, line).await?;
                let delivery = Delivery { cid, room, id: message.id, seq: message.seq, at: message.at };
                let event = LiveEvent::Message(message);
                Ok(Change::new(delivery, vec![Effect::Tell { room, event }]))
            })
        })
        .await
}

/// Sends a message and names the page of its room.
///
/// # Errors
/// Those of `post_message`.
pub async fn post_from_form(
    app: &App,
    me: &Me,
    cid: Cid,
    room: Option<RoomId>,
    to: Option<Addressee>,
    text: &str,
) -> Result<String, AppError> {
    let posting = Posting { cid, room, to, text: text.to_owned() };
    let delivery = post_message(app, &me.user, posting).await?;
    rooms::path_of(app, me, delivery.room).await
}

/// The page of history before `before`.
///
/// # Errors
/// `NotFound` if the reader is not in the room.
pub async fn list_before(app: &App, me: &Me, room: RoomId, before: Seq) -> Result<HistoryPage, AppError> {
    let mut conn = app.db.read().await?;
    require_member(&mut conn, room, &me.user).await?;
    read_page(&mut conn, room, Some(before)).await
}

/// The page before `before`, or the newest.
pub(super) async fn read_page(
    conn: &mut Conn,
    room: RoomId,
    before: Option<Seq>,
) -> Result<HistoryPage, AppError> {
    let limit = i64::try_from(HISTORY_PAGE).unwrap_or(50);
    let mut page = messages::list_messages_before(conn, room, before, limit + 1).await?;
    let has_older = page.len() > HISTORY_PAGE;
    if has_older {
        page.remove(0);
    }
    Ok(HistoryPage { messages: page, has_older, has_newer: false })
}

/// The author's place in the room; without one the room does not exist for them.
pub(super) async fn require_member(
    conn: &mut Conn,
    room: RoomId,
    user: &UserRef,
) -> Result<Member, AppError> {
    let member = members::find_member(conn, room, user.id).await?;
    member.filter(|member| member.joined).ok_or(AppError::NotFound)
}

/// # Errors
/// `NotFound` for who is not in the room; `Forbidden` where nothing can be said any more.
async fn require_writer(conn: &mut Conn, room: RoomId, author: &UserRef) -> Result<(), AppError> {
    match members::may_write(conn, room, author.id).await? {
        Some(true) => Ok(()),
        Some(false) => Err(AppError::Forbidden),
        None => Err(AppError::NotFound),
    }
}

/// Adds the line "X joined" or its like to the timeline.
pub(super) async fn insert_notice(
    conn: &mut Conn,
    room: RoomId,
    about: &UserRef,
    notice: Notice,
) -> Result<Effect, AppError> {
    let verb = match notice {
        Notice::Created => "created the room",
        Notice::Joined => "joined",
        Notice::Left => "left",
    };
    let text = format!("{} {verb}", about.name);
    let html = render(&text);
    let line = Line { room, author: about, cid: None, notice: Some(notice), text: &text, html: &html };
    let message = insert(conn, line).await?;
    Ok(Effect::Tell { room, event: LiveEvent::Message(message) })
}

struct Line<'a> {
    room: RoomId,
    author: &'a UserRef,
    cid: Option<Cid>,
    notice: Option<Notice>,
    text: &'a str,
    html: &'a str,
}

async fn insert(conn: &mut Conn, line: Line<'_>) -> Result<Message, AppError> {
    let seq = room_rows::next_seq(conn, line.room).await?;
    let kind = if line.notice.is_some() { MessageKind::System } else { MessageKind::Text };
    let (id, at) = (MessageId(next_id()), clock::now());
    let row = NewMessage {
        id,
        room: line.room,
        seq,
        author: line.author.id,
        cid: line.cid,
        kind,
        notice: line.notice,
        text: line.text,
        html: line.html,
        at,
    };
    messages::insert_message(conn, &row).await.map_err(|error| match error {
        // Sent to two rooms at once, by two writers.
        StoreError::Conflict(name) if name == "messages_author_cid_key" => {
            AppError::Conflict { reason: Reason::CidReused }
        }
        other => other.into(),
    })?;
    Ok(Message {
        room: line.room,
        seq,
        id,
        cid: line.cid,
        kind,
        notice: line.notice,
        from: line.author.clone(),
        text: line.text.to_owned(),
        html: line.html.to_owned(),
        at,
        changed_seq: seq,
    })
}

/// The answer to a cid that was used before.
fn repeat(earlier: &Message, room: RoomId, text: &MessageText) -> Result<Delivery, AppError> {
    let Some(cid) = earlier.cid.filter(|_| earlier.room == room && earlier.text == text.as_str()) else {
        return Err(AppError::Conflict { reason: Reason::CidReused });
    };
    Ok(Delivery { cid, room, id: earlier.id, seq: earlier.seq, at: earlier.at })
}

/// The direct room of the author and `to`, made if there is none.
async fn open_direct(app: &App, author: &UserRef, to: Addressee) -> Result<RoomId, AppError> {
    let mut conn = app.db.read().await?;
    let other = match to {
        Addressee::Id(id) => users::find_user(&mut conn, id).await?,
        Addressee::Username(name) => users::find_user_by_username(&mut conn, &name).await?,
    };
    let other = other.filter(|other| other.id != author.id).ok_or(AppError::NotFound)?;
    if let Some(room) = room_rows::find_direct(&mut conn, author.id, other.id).await? {
        return Ok(room);
    }
    if users::is_disabled(&mut conn, other.id).await? {
        return Err(AppError::NotFound);
    }
    drop(conn);
    match rooms::create_direct(app, author, &other).await {
        // The other person was quicker.
        Err(AppError::Conflict { .. }) => {
            let mut conn = app.db.read().await?;
            room_rows::find_direct(&mut conn, author.id, other.id).await?.ok_or(AppError::UNAVAILABLE)
        }
        made => made,
    }
}
