//! Messages of a room: the page of them, sending, and what is unread.

use std::sync::Arc;

use axum::{Json, extract::State};
use serde_json::{Value, json};

use super::{
    Author, Member, Path, Query,
    page::Page,
    refusal::Refusal,
    shapes::{Mensagem, SalaId},
};
use crate::{
    error::{AppError, Reason},
    model::{Cid, Message, MessageText, Progress, RoomId, Seq, UserId, overview::RoomList},
    server::{
        chat::{
            Chat, marks,
            messages::{self, Posting},
            rooms, texts,
        },
        http::{App, compat::form::Fields},
    },
};

/// `GET /chat/mensagens/{sala_id}`: newest first.
pub(super) async fn list(
    State(app): State<App>,
    member: Member,
    Path(sala_id): Path<String>,
    Query(page): Query<Page>,
) -> Result<Json<Value>, Refusal> {
    let (skip, limit) = page.read(50)?;
    let me = member.user();
    let (room, partner) = find(&app, me.id, &sala_id).await?;
    let texts = texts::list_texts(&app.chat, me, room, skip, limit).await?;
    let read_by = |user| texts.marks.iter().find(|mark| mark.user == user).map(|mark| mark.read_seq);
    let (mine, theirs) = (read_by(me.id), read_by(partner));
    let sala_id = SalaId::of(me.id, partner);
    let mensagem = |text: &Message| {
        let read = if text.from == me.id { theirs } else { mine };
        Mensagem::of(text, sala_id.clone(), read)
    };
    Ok(Json(json!({ "mensagens": texts.newest_first.iter().map(mensagem).collect::<Vec<_>>() })))
}

/// `POST /chat/mensagens`.
pub(super) async fn send(
    State(app): State<App>,
    Author(me): Author,
    fields: Fields,
) -> Result<Json<Value>, Refusal> {
    let sala_id = fields.get("sala_id").ok_or_else(|| Refusal::missing("body", "sala_id"))?;
    let text = fields.get("mensagem").ok_or_else(|| Refusal::missing("body", "mensagem"))?;
    if sala_id.trim().is_empty() {
        return Err(Refusal::value("ID da sala é obrigatório."));
    }
    let text = MessageText::parse(text).map_err(|reason| refused(AppError::invalid("text", reason)))?;
    let me = &me.user;
    let (room, partner) = find(&app, me.id, sala_id.trim()).await?;
    let posting = Posting { cid: Cid::new(), room: Some(room), to: None, text: text.as_str().to_owned() };
    let delivery = messages::post_message(&app.chat, me, posting).await?;
    let mensagem = Mensagem::sent(&delivery, SalaId::of(me.id, partner), me.id, text);
    Ok(Json(json!({ "sucesso": true, "mensagem": mensagem })))
}

/// `POST /chat/mensagens/lidas/{sala_id}`: the reader has read all of it.
pub(super) async fn mark_read(
    State(app): State<App>,
    Author(me): Author,
    Path(sala_id): Path<String>,
) -> Result<Json<Value>, Refusal> {
    let me = &me.user;
    let (room, _) = find(&app, me.id, &sala_id).await?;
    // Right after this the client asks what is unread.
    marks::mark_now(&app.chat, me.id, room, Progress::Read(Seq(i64::MAX))).await?;
    Ok(Json(json!({ "sucesso": true })))
}

/// `GET /chat/mensagens/nao-lidas/total`: in all conversations, each counted to 100.
pub(super) async fn count_unread(
    State(chat): State<Arc<Chat>>,
    member: Member,
) -> Result<Json<Value>, Refusal> {
    let RoomList { rooms, .. } = rooms::list_all_rooms(&chat, member.me()).await?;
    let total: u32 = rooms.iter().filter(|room| room.partner.is_some()).map(|room| room.unread).sum();
    Ok(Json(json!({ "total": total })))
}

/// The room of this name and whom the reader meets there. One that is missing, or others', is refused alike.
async fn find(app: &App, me: UserId, sala_id: &str) -> Result<(RoomId, UserId), Refusal> {
    let partner = SalaId::partner(sala_id, me).ok_or_else(Refusal::no_access)?;
    match rooms::find_direct(&app.chat, me, partner).await {
        Ok(room) => Ok((room, partner)),
        Err(AppError::NotFound) => Err(Refusal::no_access()),
        Err(error) => Err(error.into()),
    }
}

fn refused(error: AppError) -> Refusal {
    match error.reason_for("text") {
        Some(Reason::Missing) => Refusal::value("Mensagem não pode estar vazia."),
        Some(Reason::TooLong) => Refusal::value("Mensagem muito longa (máximo 5000 caracteres)."),
        _ => error.into(),
    }
}
