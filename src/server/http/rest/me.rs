//! `/api/me`: who asks.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::IntoResponse,
};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    asker::{Reader, Writer},
    extract::Json,
};
use crate::{
    error::AppError,
    model::{Me, UserRef},
    server::{chat::people, context::preference_cookies, http::App},
};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show_me, rename)).routes(routes!(choose_preferences))
}

/// Who I am
#[utoipa::path(get, path = "/api/me", tag = "Me", responses((status = 200, description = "The signed-in user.", body = Me)))]
async fn show_me(Reader(me): Reader) -> Json<Me> {
    Json(me)
}

/// What to change.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Alice Souza"}))]
struct NewName {
    #[schema(min_length = 1, max_length = 100)]
    name: String,
}

/// Change my name
///
/// The display name, not the user name. Everyone sees it, also beside what I said before.
#[utoipa::path(
    patch, path = "/api/me", tag = "Me", request_body = NewName,
    responses((status = 200, description = "Who I am now, as others see me.", body = UserRef), (status = 422))
)]
async fn rename(
    State(app): State<App>,
    Writer(me): Writer,
    Json(NewName { name }): Json<NewName>,
) -> Result<Json<UserRef>, AppError> {
    people::rename(&app.chat, &me, &name).await.map(Json)
}

/// What to choose; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"language": "pt-BR", "theme": "dark"}))]
struct Preferences {
    #[serde(default)]
    #[schema(pattern = "^(en|pt-BR)?$")]
    language: String,
    #[serde(default)]
    #[schema(pattern = "^(light|dark|auto)?$")]
    theme: String,
}

/// Choose a browser's language and theme
///
/// They are kept in cookies of the browser that asks, not with the account.
#[utoipa::path(
    patch, path = "/api/me/preferences", tag = "Me", request_body = Preferences,
    responses((status = 204, description = "Chosen; the cookies are in `Set-Cookie`."), (status = 422))
)]
async fn choose_preferences(
    Writer(_me): Writer,
    Json(chosen): Json<Preferences>,
) -> Result<impl IntoResponse, AppError> {
    let cookies = preference_cookies(&chosen.language, &chosen.theme)?;
    let headers: HeaderMap = cookies.into_iter().map(|cookie| (header::SET_COOKIE, cookie)).collect();
    Ok((StatusCode::NO_CONTENT, headers))
}
