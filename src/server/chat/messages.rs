//! Sending messages.

use std::sync::Arc;

use super::{people::telling, rooms};
use crate::{
    error::{AppError, Reason},
    model::{
        Change, Cid, Me, Message, MessageId, MessageKind, MessageText, Notice, RoomId, UserId, UserRef,
        command::Addressee,
    },
    server::{
        chat::Chat,
        clock,
        content::render,
        live::{Connection, Effect},
        store::{Tx, messages, next_id, rooms as room_rows},
        writer::Post,
    },
};

pub use crate::server::writer::Delivery;

/// A send, as every door hands it over.
pub struct Posting {
    pub cid: Cid,
    pub room: Option<RoomId>,
    pub to: Option<Addressee>,
    pub text: String,
}

/// Sends a message.
///
/// # Errors
/// `Invalid` for `text`, or if not exactly one of `room` and `to` is given; `NotFound` if there is no
/// such user or the author is not in the room; `Conflict` if the cid carried another message before;
/// `Forbidden` in a direct room with a disabled user; `RateLimited`.
pub async fn post_message(chat: &Chat, author: &UserRef, posting: Posting) -> Result<Delivery, AppError> {
    let post = check(chat, author, posting).await?;
    chat.writers.post(post).await
}

/// Sends a message of a connection, which is told what became of it; so it may send the next one meanwhile.
///
/// # Errors
/// Those that are known before the message is written.
pub async fn post_message_from(
    chat: &Chat,
    connection: &Connection,
    posting: Posting,
) -> Result<(), AppError> {
    let post = check(chat, &connection.user, posting).await?;
    chat.writers.post_from(post, Arc::clone(connection.subscriber())).await
}

/// What can be said of a message before it is written, and the room that it goes to.
async fn check(chat: &Chat, author: &UserRef, posting: Posting) -> Result<Post, AppError> {
    chat.limits.message(author.id)?;
    let text = MessageText::parse(&posting.text).map_err(|reason| AppError::invalid("text", reason))?;
    let room = match (posting.room, posting.to) {
        (Some(room), None) => room,
        (None, Some(to)) => rooms::find_or_make_direct(chat, author, &to).await?.0,
        _ => return Err(AppError::invalid("room", Reason::Malformed)),
    };
    let html = render(text.as_str());
    Ok(Post::new(author.id, posting.cid, room, text.into(), html))
}

/// Sends a message and names the page of its room.
///
/// # Errors
/// Those of `post_message`.
pub async fn post_from_form(
    chat: &Chat,
    me: &Me,
    cid: Cid,
    room: Option<RoomId>,
    to: Option<Addressee>,
    text: &str,
) -> Result<String, AppError> {
    let posting = Posting { cid, room, to, text: text.to_owned() };
    let delivery = post_message(chat, &me.user, posting).await?;
    rooms::path_of(chat, me, delivery.room).await
}

/// Adds a system line to the timeline: what happened to `about`, and who did it if it was somebody else.
pub(super) async fn insert_notice(
    tx: &mut Tx,
    room: RoomId,
    about: UserId,
    notice: Notice,
    by: Option<UserId>,
) -> Result<Effect, AppError> {
    let seq = room_rows::next_seq(tx, room).await?;
    let message = Message {
        room,
        seq,
        id: MessageId(next_id()),
        cid: None,
        kind: MessageKind::System,
        notice: Some(notice),
        from: about,
        by,
        text: String::new(),
        html: String::new(),
        at: clock::now(),
        changed_seq: seq,
    };
    messages::insert_message(tx, &message).await?;
    Ok(telling(tx, Change::new_message(message)).await?)
}
