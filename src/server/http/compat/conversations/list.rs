//! The reader's conversations: all, one, and a new one.

use axum::{Json, extract::State, http::StatusCode};
use serde_json::Value;

use super::{
    Author, Conversation, Member, Refusal,
    body::Data,
    pages::{self, Page},
    shapes::ConversationJson,
};
use crate::{
    error::AppError,
    model::{Me, RoomSummary, UserId, command::Addressee, overview::RoomList, page::RECEIPTS_MAX},
    server::{chat::rooms, http::App},
};

/// `GET /api/chat/conversations/`: the one with the latest message first.
pub(super) async fn list(State(app): State<App>, member: Member, page: Page) -> Result<Json<Value>, Refusal> {
    let RoomList { rooms, .. } = rooms::list_all_rooms(&app.chat, member.me()).await?;
    let count = rooms.len() as u64;
    let mut results = Vec::new();
    for room in rooms.iter().skip(page.skip() as usize).take(pages::SIZE as usize) {
        results.push(conversation(&app, member.me(), room).await?);
    }
    page.answer(count, &results).map(Json)
}

/// `GET /api/chat/conversations/{id}/`.
pub(super) async fn show(
    State(app): State<App>,
    member: Member,
    Conversation(room): Conversation,
) -> Result<Json<ConversationJson>, Refusal> {
    let room = rooms::load_summary(&app.chat, member.me(), room).await?;
    Ok(Json(conversation(&app, member.me(), &room).await?))
}

/// `POST /api/chat/conversations/` with `participants` (ids or user names), and for a group `is_group` or `name`.
/// The one with a person is made once: whoever asks again gets it again.
pub(super) async fn create(
    State(app): State<App>,
    Author(me): Author,
    data: Data,
) -> Result<(StatusCode, Json<ConversationJson>), Refusal> {
    let others = others(&data, &me)?;
    let name = data.text("name")?.unwrap_or_default();
    let wants_group = match data.get("is_group") {
        None => others.len() != 1 || !name.trim().is_empty(),
        Some(wish) => truth(wish)?,
    };
    let room = if wants_group {
        rooms::create_group(&app.chat, &me, &name, &others).await?.id
    } else if let [other] = others.as_slice() {
        rooms::open_direct(&app.chat, &me.user, other).await.map_err(no_such_person)?.0
    } else {
        let sentence = "A conversation that is no group takes exactly one other participant.";
        return Err(Refusal::field("participants", sentence));
    };
    let room = rooms::load_summary(&app.chat, &me, room).await?;
    Ok((StatusCode::CREATED, Json(conversation(&app, &me, &room).await?)))
}

async fn conversation(app: &App, me: &Me, room: &RoomSummary) -> Result<ConversationJson, AppError> {
    let members = rooms::list_members(&app.chat, me, room.id, UserId(0), RECEIPTS_MAX).await?;
    Ok(ConversationJson::of(room, &members.people))
}

/// The named participants without the asker.
fn others(data: &Data, me: &Me) -> Result<Vec<Addressee>, Refusal> {
    let named = match data.get("participants") {
        Some(Value::Array(named)) => named.clone(),
        Some(Value::Null) | None => Vec::new(),
        Some(one) => vec![one.clone()],
    };
    if named.is_empty() {
        return Err(Refusal::field("participants", "This field is required."));
    }
    let named = named.iter().map(addressee).collect::<Result<Vec<_>, _>>()?;
    let is_me = |who: &Addressee| match who {
        Addressee::Id(id) => *id == me.user.id,
        Addressee::Username(name) => name.eq_ignore_ascii_case(&me.user.username),
    };
    Ok(named.into_iter().filter(|who| !is_me(who)).collect())
}

fn addressee(value: &Value) -> Result<Addressee, Refusal> {
    let wrong = || Refusal::field("participants", "Incorrect type. Expected a user's id or user name.");
    match value {
        Value::Number(id) => id.as_i64().map(|id| Addressee::Id(UserId(id))).ok_or_else(wrong),
        // Forms send ids as texts.
        Value::String(text) => Ok(match text.parse() {
            Ok(id) => Addressee::Id(UserId(id)),
            Err(_) => Addressee::Username(text.clone()),
        }),
        _ => Err(wrong()),
    }
}

/// The ways in which JSON and forms say yes and no.
fn truth(value: &Value) -> Result<bool, Refusal> {
    let text = value.as_str().map(str::to_lowercase);
    match (value, text.as_deref()) {
        (Value::Bool(truth), _) => Ok(*truth),
        (_, Some("true" | "on" | "1" | "yes")) => Ok(true),
        (_, Some("false" | "off" | "0" | "no" | "")) | (Value::Null, _) => Ok(false),
        _ => Err(Refusal::field("is_group", "Must be a valid boolean.")),
    }
}

fn no_such_person(error: AppError) -> Refusal {
    match error {
        AppError::NotFound => Refusal::field("participants", "Invalid pk - object does not exist."),
        other => other.into(),
    }
}
