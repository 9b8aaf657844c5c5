//! `/api/users`: people.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{StatusCode, Uri, header},
    response::IntoResponse,
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    asker::Reader,
    extract::{Json, Path, Query},
    page::{Page, page_size},
};
use crate::{
    error::{AppError, Reason},
    model::{UserId, UserRef, command::Addressee},
    server::{
        chat::{
            Chat,
            accounts::{self, RegistrationForm},
            people,
        },
        http::App,
        limits::Address,
    },
};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_users, register))
        .routes(routes!(list_online))
        .routes(routes!(show_user))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListUsers {
    /// Finds people by a part of their user name or name: at most ten, the best first, on one page.
    #[param(example = "bo")]
    query: Option<String>,
    /// Goes on after this user name.
    after: Option<String>,
    /// How many at most; 50 if not given.
    #[param(minimum = 1, maximum = 100, example = 20)]
    limit: Option<i64>,
}

/// List or find people
///
/// By user name. `query` needs two letters; accents and case do not matter.
#[utoipa::path(
    get, path = "/api/users", tag = "Users", params(ListUsers),
    responses((status = 200, description = "Some of them.", body = Page<UserRef>), (status = 422))
)]
async fn list_users(
    State(chat): State<Arc<Chat>>,
    Reader(me): Reader,
    Query(asked): Query<ListUsers>,
    uri: Uri,
) -> Result<Page<UserRef>, AppError> {
    let limit = page_size(asked.limit)?;
    if let Some(query) = asked.query {
        if asked.after.is_some() {
            return Err(AppError::invalid("after", Reason::Unknown));
        }
        let mut found = people::find_people(&chat, &me, &query).await?;
        found.truncate(limit);
        return Ok(Page::new(found));
    }
    let mut users = people::list_people(&chat, asked.after.as_deref().unwrap_or_default(), limit + 1).await?;
    let goes_on = users.len() > limit;
    users.truncate(limit);
    let next = users.last().filter(|_| goes_on).map(|user| user.username.to_ascii_lowercase());
    Ok(Page::new(users).going_on(&uri, next, limit))
}

/// An account to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"username": "dora", "name": "Dora", "email": "dora@example.org", "password": "a long password"}))]
struct Registration {
    /// Letters, digits, `.`, `_` and `-`.
    #[schema(min_length = 3, max_length = 32)]
    username: String,
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    #[schema(max_length = 254)]
    email: String,
    /// `YYYY-MM-DD`.
    #[serde(default)]
    birth_date: String,
    #[schema(min_length = 8, max_length = 128, format = Password)]
    password: String,
}

/// Make an account
///
/// Needs nobody to be signed in, and signs nobody in: get a token at `POST /api/tokens`.
#[utoipa::path(
    post, path = "/api/users", tag = "Users", request_body = Registration, security(()),
    responses(
        (status = 201, description = "The new user.", body = UserRef, headers(("Location" = String, description = "The user."))),
        (status = 422, description = "A field breaks a rule, or the server takes no new accounts."),
    )
)]
async fn register(
    State(chat): State<Arc<Chat>>,
    Address(address): Address,
    Json(wished): Json<Registration>,
) -> Result<impl IntoResponse, AppError> {
    let Registration { username, name, email, birth_date, password } = wished;
    let password_again = password.clone();
    let setup = String::new();
    let form = RegistrationForm { username, name, email, birth_date, password, password_again, setup };
    let user = accounts::register(&chat, form, address).await?.me.user;
    let location = [(header::LOCATION, format!("/api/users/{}", user.id))];
    Ok((StatusCode::CREATED, location, Json(user)))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListOnline {
    /// Goes on after the user with this id.
    #[param(value_type = Option<i64>)]
    after: Option<UserId>,
    /// How many at most; 50 if not given.
    #[param(minimum = 1, maximum = 100, example = 20)]
    limit: Option<i64>,
}

/// Who is online
#[utoipa::path(
    get, path = "/api/users/online", tag = "Users", params(ListOnline),
    responses((status = 200, description = "Some of those who are connected now, by id.", body = Page<UserRef>), (status = 422))
)]
async fn list_online(
    State(chat): State<Arc<Chat>>,
    Reader(_me): Reader,
    Query(asked): Query<ListOnline>,
    uri: Uri,
) -> Result<Page<UserRef>, AppError> {
    let limit = page_size(asked.limit)?;
    let mut online = people::list_online(&chat, asked.after.unwrap_or(UserId(i64::MIN)), limit + 1);
    let goes_on = online.len() > limit;
    online.truncate(limit);
    let next = online.last().filter(|_| goes_on).map(|user| user.id.to_string());
    Ok(Page::new(online).going_on(&uri, next, limit))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct UserPath {
    /// The user's id or user name.
    #[param(value_type = String, example = "bob")]
    user: String,
}

/// One person
#[utoipa::path(
    get, path = "/api/users/{user}", tag = "Users", params(UserPath),
    responses((status = 200, description = "The user.", body = UserRef), (status = 404))
)]
async fn show_user(
    State(chat): State<Arc<Chat>>,
    Reader(_me): Reader,
    Path(UserPath { user }): Path<UserPath>,
) -> Result<Json<UserRef>, AppError> {
    people::find_person(&chat, &Addressee::from_path(&user)).await.map(Json)
}
