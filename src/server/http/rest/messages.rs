//! `/api/rooms/{room}/messages`: what was said.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, Uri, header},
    response::IntoResponse,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    asker::{Counted, Reader, Writer},
    extract::{Json, Path, Query},
    page::{Page, page_size},
    rooms::RoomPath,
};
use crate::{
    error::{AppError, Reason},
    model::{Cid, Message, MessageId, RoomId, Seq, Timestamp, page::Stretch},
    server::{
        chat::{
            Chat, history,
            messages::{self, Delivery, Posting},
            rooms,
        },
        http::App,
        limits::Allowance,
    },
};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_messages, post_message)).routes(routes!(show_message))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListMessages {
    /// Those right before this seq. Without `before` and `after` the newest ones.
    #[param(value_type = Option<i64>)]
    before: Option<Seq>,
    /// Those right after this seq.
    #[param(value_type = Option<i64>, example = 1)]
    after: Option<Seq>,
    /// How many at most; 50 if not given.
    #[param(minimum = 1, maximum = 100, example = 20)]
    limit: Option<i64>,
}

/// What was said
///
/// A page of the room's timeline, oldest first, with where it goes on in both directions.
#[utoipa::path(
    get, path = "/api/rooms/{room}/messages", tag = "Messages", params(RoomPath, ListMessages),
    responses(
        (status = 200, description = "Some of them.", body = Page<Message>),
        (status = 404),
        (status = 422, description = "`limit` is out of range, or both `before` and `after` are given."),
    )
)]
async fn list_messages(
    State(chat): State<Arc<Chat>>,
    Reader(me): Reader,
    Path(RoomPath { room }): Path<RoomPath>,
    Query(asked): Query<ListMessages>,
    uri: Uri,
) -> Result<Page<Message>, AppError> {
    let limit = page_size(asked.limit)?;
    let stretch = match (asked.before, asked.after) {
        (None, None) => Stretch::Newest,
        (Some(before), None) => Stretch::Before(before),
        (None, Some(after)) => Stretch::After(after),
        (Some(_), Some(_)) => return Err(AppError::invalid("after", Reason::Unknown)),
    };
    let id = rooms::find_id(&chat, &room).await?;
    let history = history::list_history(&chat, &me, id, stretch, limit).await?;
    let ends =
        (history.messages.first().map(|first| first.seq), history.messages.last().map(|last| last.seq));
    let mut page = Page::new(history.messages).with_people(history.people);
    if let (Some(first), true) = (ends.0, history.has_older) {
        page = page.with_prev(&uri, &[("before", first.to_string()), ("limit", limit.to_string())]);
    }
    if let (Some(last), true) = (ends.1, history.has_newer) {
        page = page.with_next(&uri, &[("after", last.to_string()), ("limit", limit.to_string())]);
    }
    Ok(page)
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct MessagePath {
    /// The room's id, or the name of a channel as in its address.
    #[param(value_type = String, example = "general")]
    room: String,
    /// The message's id.
    #[param(value_type = i64, example = 4_503_599_627_370_498_i64)]
    message: MessageId,
}

/// One message
#[utoipa::path(
    get, path = "/api/rooms/{room}/messages/{message}", tag = "Messages", params(MessagePath),
    responses((status = 200, description = "The message.", body = Message), (status = 404))
)]
async fn show_message(
    State(chat): State<Arc<Chat>>,
    Reader(me): Reader,
    Path(MessagePath { room, message }): Path<MessagePath>,
) -> Result<Json<Message>, AppError> {
    let id = rooms::find_id(&chat, &room).await?;
    history::find_message(&chat, &me, id, message).await.map(Json)
}

/// A message to be sent.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"text": "Good morning!", "cid": "0190c3a5-7c1e-7d3a-9f00-1b2c3d4e5f60"}))]
struct MessageWish {
    #[schema(min_length = 1, max_length = 5000)]
    text: String,
    /// A UUID (version 7 is best) of the sender's own, made once per message and kept for each retry. The header
    /// `Idempotency-Key` may carry it instead.
    #[serde(default)]
    #[schema(nullable = false)]
    cid: Option<Cid>,
}

/// What the server says of a message once it is stored for good; each retry gets the same.
#[derive(Serialize, ToSchema)]
struct Receipt {
    cid: Cid,
    room: RoomId,
    id: MessageId,
    seq: Seq,
    at: Timestamp,
}

/// Say something
///
/// It is stored durably before the answer. With a `cid`, or an `Idempotency-Key`, a retry is harmless: it gets the
/// first answer again. Without, each request is a message of its own.
#[utoipa::path(
    post, path = "/api/rooms/{room}/messages", tag = "Messages",
    params(
        RoomPath,
        ("Idempotency-Key" = Option<String>, Header, description = "The message's `cid`.", format = Uuid),
    ),
    request_body = MessageWish,
    responses(
        (status = 201, description = "It is stored.", body = Receipt, headers(("Location" = String, description = "The message."))),
        (status = 403, description = "The other person of the direct room is disabled."),
        (status = 404),
        (status = 409, description = "The cid was used for another message."),
        (status = 422, description = "The text breaks a rule, or the header and the body have different cids."),
    )
)]
async fn post_message(
    State(chat): State<Arc<Chat>>,
    Writer(me): Writer,
    counted: Counted,
    Path(RoomPath { room }): Path<RoomPath>,
    headers: HeaderMap,
    Json(MessageWish { text, cid }): Json<MessageWish>,
) -> Result<impl IntoResponse, AppError> {
    let cid = match (idempotency_key(&headers)?, cid) {
        (Some(key), Some(cid)) if key != cid => return Err(AppError::invalid("cid", Reason::Mismatch)),
        (key, cid) => key.or(cid).unwrap_or_else(Cid::new),
    };
    let room = rooms::find_id(&chat, &room).await?;
    counted.by(me.user.id, Allowance::Messages);
    let posting = Posting { cid, room: Some(room), to: None, text };
    let Delivery { cid, room, id, seq, at } = messages::post_message(&chat, &me.user, posting).await?;
    let location = [(header::LOCATION, format!("/api/rooms/{room}/messages/{id}"))];
    Ok((StatusCode::CREATED, location, Json(Receipt { cid, room, id, seq, at })))
}

/// The key as a bare UUID, or in the quotes that the draft standard has around it.
fn idempotency_key(headers: &HeaderMap) -> Result<Option<Cid>, AppError> {
    let Some(key) = headers.get("idempotency-key") else { return Ok(None) };
    let key = key.to_str().ok().map(|key| key.trim().trim_matches('"'));
    let cid = key.and_then(|key| key.parse().ok());
    cid.map(Some).ok_or_else(|| AppError::malformed("Idempotency-Key", Reason::Malformed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_may_stand_in_quotes() {
        let cid = Cid::new();
        for key in [cid.to_string(), format!("\"{cid}\""), format!(" {cid} ")] {
            let headers = HeaderMap::from_iter([("idempotency-key".parse().unwrap(), key.parse().unwrap())]);
            assert_eq!(idempotency_key(&headers), Ok(Some(cid)), "{key}");
        }
        let headers = HeaderMap::from_iter([("idempotency-key".parse().unwrap(), "once".parse().unwrap())]);
        assert!(idempotency_key(&headers).is_err());
        assert_eq!(idempotency_key(&HeaderMap::new()), Ok(None));
    }
}
