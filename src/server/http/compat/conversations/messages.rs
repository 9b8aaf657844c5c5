//! The messages of a conversation.

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use serde_json::Value;

use super::{
    Author, Conversation, Member, Refusal,
    body::Data,
    pages::{self, Page},
    shapes::MessageJson,
};
use crate::{
    error::AppError,
    model::{Cid, Message, MessageKind, MessageText, Progress, RoomId, Scope, UserRef},
    server::{
        chat::{
            Chat, marks,
            messages::{self, Posting},
            rooms, texts,
        },
        http::App,
    },
};

/// `GET /api/chat/conversations/{id}/messages/`: the first page has the newest, and each page its oldest first, so
/// that a client which shows one page from top to bottom shows what was said last.
pub(super) async fn list(
    State(chat): State<Arc<Chat>>,
    member: Member,
    Conversation(room): Conversation,
    page: Page,
) -> Result<Json<Value>, Refusal> {
    let me = member.user();
    let texts = texts::list_texts(&chat, me, room, page.skip(), pages::SIZE).await?;
    // It holds them now.
    if page.is_first()
        && member.0.require(Scope::Write).is_ok()
        && let Some(newest) = texts.newest_first.first()
    {
        marks::mark(&chat, me.id, room, Progress::Delivered(newest.seq)).await?;
    }
    let of = |text: &Message| Some(MessageJson::of(text, texts.people.get(text.from)?, &texts.marks));
    let results: Vec<_> = texts.newest_first.iter().rev().filter_map(of).collect();
    page.answer(texts.total, &results).map(Json)
}

/// `POST /api/chat/conversations/{id}/messages/` with `text`.
pub(super) async fn send(
    State(app): State<App>,
    Author(me): Author,
    Conversation(room): Conversation,
    data: Data,
) -> Result<(StatusCode, Json<MessageJson>), Refusal> {
    let has_files = match data.get("attachments") {
        None | Some(Value::Null) => false,
        Some(Value::Array(files)) => !files.is_empty(),
        Some(Value::String(text)) => !text.is_empty(),
        Some(_) => true,
    };
    // Whoever may not know of the room learns nothing from what the fields lack.
    let marks = rooms::list_marks(&app.chat, &me, room).await?;
    if has_files {
        return Err(Refusal::field("attachments", "This server takes no attachments yet."));
    }
    let text = data.text("text")?.ok_or_else(|| Refusal::field("text", "This field is required."))?;
    let message = post(&app, &me.user, room, &text).await?;
    Ok((StatusCode::CREATED, Json(MessageJson::of(&message, &me.user, &marks))))
}

/// Sends a text and gives the message that it became.
///
/// # Errors
/// Those of `post_message`.
async fn post(app: &App, me: &UserRef, room: RoomId, text: &str) -> Result<Message, AppError> {
    let posting = Posting { cid: Cid::new(), room: Some(room), to: None, text: text.to_owned() };
    let delivery = messages::post_message(&app.chat, me, posting).await?;
    let text = MessageText::parse(text).map_err(|reason| AppError::invalid("text", reason))?;
    Ok(Message {
        room,
        seq: delivery.seq,
        id: delivery.id,
        cid: Some(delivery.cid),
        kind: MessageKind::Text,
        notice: None,
        from: me.id,
        by: None,
        text: text.into(),
        html: String::new(),
        at: delivery.at,
        changed_seq: delivery.seq,
    })
}
