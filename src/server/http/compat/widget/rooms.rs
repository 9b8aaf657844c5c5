//! Rooms, the list of conversations, and finding people to talk with.

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Author, Member, Query,
    page::{Page, not_a_number},
    refusal::Refusal,
    shapes::{Conversa, SalaId, Usuario},
};
use crate::{
    error::AppError,
    model::{UserId, command::Addressee, overview::RoomList},
    server::{
        chat::{Chat, people, rooms},
        http::compat::form::Fields,
    },
};

/// `POST /chat/salas`: the room with a person, made if there is none.
pub(super) async fn open(
    State(chat): State<Arc<Chat>>,
    Author(me): Author,
    fields: Fields,
) -> Result<Json<Value>, Refusal> {
    const FIELD: &str = "outro_usuario_id";
    let other = fields.get(FIELD).ok_or_else(|| Refusal::missing("body", FIELD))?;
    let other = UserId(other.trim().parse().map_err(|_| not_a_number("body", FIELD))?);
    let me = &me.user;
    if other.0 <= 0 {
        return Err(Refusal::value("ID do usuário deve ser um número positivo."));
    }
    if other == me.id {
        let detail = "Não é possível criar sala de chat consigo mesmo.";
        return Err(Refusal::new(StatusCode::BAD_REQUEST, detail));
    }
    let (_, other) =
        rooms::open_direct(&chat, me, &Addressee::Id(other)).await.map_err(|error| match error {
            AppError::NotFound => Refusal::new(StatusCode::NOT_FOUND, "Usuário não encontrado."),
            other => other.into(),
        })?;
    let sala_id = SalaId::of(me.id, other.id);
    Ok(Json(json!({ "sala_id": sala_id, "outro_usuario": Usuario::from(other) })))
}

/// `GET /chat/conversas`: with whom the reader talks, the latest first.
pub(super) async fn list(
    State(chat): State<Arc<Chat>>,
    member: Member,
    Query(page): Query<Page>,
) -> Result<Json<Value>, Refusal> {
    let (skip, limit) = page.read(20)?;
    let me = member.user().id;
    let RoomList { rooms, people, .. } = rooms::list_all_rooms(&chat, member.me()).await?;
    let conversas = rooms.into_iter().filter_map(|room| Conversa::of(room, &people, me));
    let conversas: Vec<_> = conversas.skip(skip as usize).take(limit as usize).collect();
    Ok(Json(json!({ "conversas": conversas })))
}

#[derive(Debug, Deserialize)]
pub(super) struct Search {
    q: Option<String>,
}

/// `GET /chat/usuarios/buscar?q=`: people by name.
pub(super) async fn find_people(
    State(chat): State<Arc<Chat>>,
    member: Member,
    Query(Search { q }): Query<Search>,
) -> Result<Json<Value>, Refusal> {
    let q = q.ok_or_else(|| Refusal::missing("query", "q"))?;
    if q.chars().count() < 2 {
        let message = "String should have at least 2 characters";
        return Err(Refusal::field("query", "q", "string_too_short", message));
    }
    let found = people::find_people(&chat, member.me(), &q).await?;
    let usuarios: Vec<_> = found.into_iter().map(Usuario::from).collect();
    Ok(Json(json!({ "usuarios": usuarios })))
}
