//! The requests: a token for name and password, and who there is.

use std::sync::Arc;

use axum::{
    Json,
    extract::{FromRequestParts, State},
    http::request::Parts,
    response::{IntoResponse as _, Response},
};
use serde_json::{Value, json};

use super::Refusal;
use crate::{
    error::{FieldErrors, Reason},
    model::{Me, UserRef},
    server::{
        auth,
        chat::{Chat, people::list_people},
        context::{Language, language_of},
        http::{App, compat::form::Fields, rest::asker::Reader},
        limits::Address,
    },
    words::Locale,
};

/// How many people a list without pages names.
const MOST: usize = 1_000;

/// `POST /login` with `username` and `password`.
pub(in crate::server::http::compat) async fn log_in(
    app: &App,
    address: Address,
    locale: Locale,
    fields: &Fields,
) -> Response {
    let mut errors = FieldErrors::default();
    let username = errors.check("username", fields.get("username").ok_or(Reason::Missing));
    let password = errors.check("password", fields.get("password").ok_or(Reason::Missing));
    if let Err(error) = errors.finish() {
        return Refusal { locale, error }.into_response();
    }
    let (username, password) = (username.unwrap_or_default(), password.unwrap_or_default());
    match auth::log_in(&app.auth, username, password, address.0).await {
        Ok(issued) => {
            Json(json!({ "access_token": issued.token.reveal(), "token_type": "bearer" })).into_response()
        }
        Err(error) => Refusal { locale, error }.into_response(),
    }
}

/// Who asks, or why nobody does in this protocol's own form.
pub(super) struct Asker(Me);

impl FromRequestParts<App> for Asker {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        match Reader::from_request_parts(parts, app).await {
            Ok(Reader(me)) => Ok(Self(me)),
            Err(error) => Err(Refusal { locale: language_of(parts), error }),
        }
    }
}

pub(super) async fn show_me(Asker(me): Asker) -> Json<Value> {
    let Me { user, email, role } = me;
    Json(json!({ "id": user.id, "username": user.username, "name": user.name, "email": email, "role": role }))
}

/// Everybody, by user name.
pub(super) async fn list_users(
    State(chat): State<Arc<Chat>>,
    Language(locale): Language,
    _: Asker,
) -> Result<Json<Value>, Refusal> {
    let people = list_people(&chat, "", MOST).await.map_err(|error| Refusal { locale, error })?;
    Ok(Json(json!({ "users": usernames(&people) })))
}

pub(super) async fn list_online(State(chat): State<Arc<Chat>>, _: Asker) -> Json<Value> {
    Json(json!({ "online": usernames(&chat.live.online()) }))
}

/// In alphabetical order.
pub(super) fn usernames(people: &[UserRef]) -> Vec<&str> {
    let mut names: Vec<&str> = people.iter().map(|user| user.username.as_str()).collect();
    names.sort_unstable();
    names
}
