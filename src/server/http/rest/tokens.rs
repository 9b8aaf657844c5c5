//! `/api/tokens`: tokens for a password, and personal ones.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{StatusCode, Uri},
    response::IntoResponse,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    asker::{AccountHolder, Reader},
    extract::{Json, Path, Query},
    page::{LatestFirst, Page, latest_first},
};
use crate::{
    error::{AppError, FieldErrors, Reason},
    model::{
        Scope, TokenId,
        token::{IssuedToken, NewToken, PersonalToken, Secret},
    },
    server::{
        auth::{
            self, Auth,
            tokens::{self, TokenRequest},
        },
        http::App,
        limits::Address,
    },
};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_tokens, create_token)).routes(routes!(delete_token))
}

/// What a token is wanted for: `login` and `password`, or `name` and `scopes`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"login": "alice", "password": "alice@123"}))]
struct TokenWish {
    /// User name or e-mail.
    #[schema(nullable = false)]
    login: Option<String>,
    #[schema(nullable = false)]
    password: Option<String>,
    /// By what name its owner knows a personal token.
    #[schema(nullable = false, max_length = 100)]
    name: Option<String>,
    /// What a personal token may do: the highest counts.
    #[schema(nullable = false)]
    scopes: Option<Vec<Scope>>,
    /// After how many days a personal token ends; never if left out.
    #[schema(nullable = false, minimum = 1, maximum = 3650)]
    expires_in_days: Option<u32>,
}

/// A token, as it is told this once.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
enum Made {
    Login(IssuedToken),
    Personal(MadePersonal),
}

#[derive(Serialize, ToSchema)]
struct MadePersonal {
    token: Secret,
    #[serde(flatten)]
    about: PersonalToken,
}

/// My personal tokens
///
/// The latest first; nobody is told their texts.
#[utoipa::path(
    get, path = "/api/tokens", tag = "Tokens", params(LatestFirst),
    responses((status = 200, description = "Some of them.", body = Page<PersonalToken>), (status = 422))
)]
async fn list_tokens(
    State(auth): State<Arc<Auth>>,
    Reader(me): Reader,
    Query(wanted): Query<LatestFirst>,
    uri: Uri,
) -> Result<Page<PersonalToken>, AppError> {
    let tokens = tokens::list_tokens(&auth, me.user.id).await?;
    latest_first(tokens, &wanted, &uri, |token| (token.created_at, token.id.to_string()))
}

/// Make a token
///
/// With `login` and `password`, a token that is a session of its own and ends after fourteen days. With `name` and
/// `scopes`, from whoever is signed in by a password, a personal token.
#[utoipa::path(
    post, path = "/api/tokens", tag = "Tokens", request_body = TokenWish,
    security((), ("token" = []), ("session" = [])),
    responses(
        (status = 201, description = "The token. A personal one is shown this once.", body = Made),
        (status = 403, description = "A personal token makes no others, and only administrators give `admin`."),
        (status = 422, description = "Name and password do not go together, or a field breaks a rule."),
    )
)]
async fn create_token(
    State(app): State<App>,
    address: Address,
    holder: Result<AccountHolder, AppError>,
    Json(wish): Json<TokenWish>,
) -> Result<impl IntoResponse, AppError> {
    let made = if wish.login.is_some() || wish.password.is_some() {
        Made::Login(log_in(&app, wish, address).await?)
    } else {
        let AccountHolder(caller) = holder?;
        let NewToken { token, about } = tokens::create_token(&app.auth, &caller.me, &wish.personal()).await?;
        Made::Personal(MadePersonal { token, about })
    };
    Ok((StatusCode::CREATED, Json(made)))
}

async fn log_in(app: &App, wish: TokenWish, Address(address): Address) -> Result<IssuedToken, AppError> {
    let mut errors = FieldErrors::default();
    let login = errors.check("login", wish.login.ok_or(Reason::Missing));
    let password = errors.check("password", wish.password.ok_or(Reason::Missing));
    for (field, is_given) in [
        ("name", wish.name.is_some()),
        ("scopes", wish.scopes.is_some()),
        ("expires_in_days", wish.expires_in_days.is_some()),
    ] {
        if is_given {
            errors.refuse(field, Reason::Unknown);
        }
    }
    errors.finish()?;
    auth::log_in(&app.auth, &login.unwrap_or_default(), &password.unwrap_or_default(), address).await
}

impl TokenWish {
    fn personal(self) -> TokenRequest {
        let Self { name, scopes, expires_in_days, .. } = self;
        let (name, scopes) = (name.unwrap_or_default(), scopes.unwrap_or_default());
        TokenRequest { name, scopes, expires_in_days }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct TokenPath {
    /// The token's id.
    #[param(value_type = i64, example = 4_503_599_627_370_501_i64)]
    id: TokenId,
}

/// End a personal token for good
///
/// Its live connections are closed at once.
#[utoipa::path(
    delete, path = "/api/tokens/{id}", tag = "Tokens", params(TokenPath),
    responses(
        (status = 204, description = "It has ended."),
        (status = 403, description = "A personal token ends no tokens."),
        (status = 404, description = "I have no such token."),
    )
)]
async fn delete_token(
    State(auth): State<Arc<Auth>>,
    AccountHolder(caller): AccountHolder,
    Path(TokenPath { id }): Path<TokenPath>,
) -> Result<StatusCode, AppError> {
    tokens::delete_token(&auth, caller.me.user.id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
