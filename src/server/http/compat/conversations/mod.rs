//! The conversations of origin 2, in the manner of Django REST Framework: addresses that end with a slash, pages
//! by number, and a WebSocket per conversation.
//!
//! Every room that the reader is in is a conversation; those that are not direct are groups.

mod body;
mod ids;
mod list;
mod messages;
mod pages;
mod refusal;
mod shapes;
mod socket;

use axum::{
    extract::{FromRequestParts, OriginalUri},
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse as _, Redirect, Response},
};

use self::refusal::Refusal;
use super::routes::Routes;
use crate::{
    model::{Me, RoomId, UserRef, paths},
    server::{
        auth::Caller,
        http::{
            App,
            extract::Path,
            rest::asker::{SessionReader, Writer},
        },
    },
};

pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/chat/", to_the_app)
        .get("/api/chat/conversations", to_slash)
        .get("/api/chat/conversations/", list::list)
        .post("/api/chat/conversations/", list::create)
        .get("/api/chat/conversations/{id}", to_slash)
        .get("/api/chat/conversations/{id}/", list::show)
        .get("/api/chat/conversations/{id}/messages", to_slash)
        .get("/api/chat/conversations/{id}/messages/", messages::list)
        .post("/api/chat/conversations/{id}/messages/", messages::send)
        .get("/ws/chat/{id}/", socket::connect)
}

async fn to_the_app() -> Redirect {
    Redirect::to(paths::HOME)
}

/// Django's answer to a reader who forgot the last slash.
async fn to_slash(OriginalUri(uri): OriginalUri) -> Response {
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let location = HeaderValue::try_from(format!("{}/{query}", uri.path()));
    match location {
        Ok(location) => (StatusCode::MOVED_PERMANENTLY, [(header::LOCATION, location)]).into_response(),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Who asks.
struct Member(Caller);

/// Who asks and may write.
struct Author(Me);

impl Member {
    fn me(&self) -> &Me {
        &self.0.me
    }

    fn user(&self) -> &UserRef {
        &self.0.me.user
    }
}

impl FromRequestParts<App> for Member {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let SessionReader(caller) = SessionReader::from_request_parts(parts, app).await?;
        Ok(Self(caller))
    }
}

impl FromRequestParts<App> for Author {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let Writer(me) = Writer::from_request_parts(parts, app).await?;
        Ok(Self(me))
    }
}

/// The room of the address's `{id}`.
struct Conversation(RoomId);

impl FromRequestParts<App> for Conversation {
    type Rejection = Refusal;

    /// # Errors
    /// 404 for what cannot be an id, as for a room that is not there.
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let id = Path::<String>::from_request_parts(parts, app).await.ok();
        let room = id.and_then(|Path(id)| ids::room_of(&id));
        room.map(Self).ok_or_else(Refusal::not_found)
    }
}
