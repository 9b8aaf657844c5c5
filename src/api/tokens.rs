//! One's own access tokens, and the sessions of the account.

use leptos::{prelude::*, server_fn::codec::GetUrl};

use crate::{
    error::AppError,
    model::{
        Scope, TokenId,
        token::{NewToken, PersonalToken, SessionInfo},
    },
    wire::Json,
};

/// My access tokens, the latest first.
///
/// # Errors
/// `Unauthenticated`.
#[server(prefix = "/fn", endpoint = "tokens", input = GetUrl, output = Json)]
pub async fn list_tokens() -> Result<Vec<PersonalToken>, AppError> {
    use crate::server::{auth::tokens, context};
    let (chat, me) = context::viewer().await?;
    tokens::list_tokens(&chat.auth, me.user.id).await
}

/// Makes an access token, which ends after so many days, or never after 0; only this answer holds its text.
///
/// # Errors
/// `Invalid` for `name` or `expires_in_days`; `Forbidden` for a scope that I do not have.
#[server(name = CreateToken, prefix = "/fn", endpoint = "create_token", output = Json)]
pub async fn create_token(
    name: String,
    scope: Scope,
    #[server(default)] expires_in_days: u32,
) -> Result<NewToken, AppError> {
    use crate::server::{
        auth::tokens::{self, TokenRequest},
        context,
    };
    let (chat, me) = context::viewer().await?;
    let expires_in_days = Some(expires_in_days).filter(|days| *days > 0);
    tokens::create_token(&chat.auth, &me, &TokenRequest { name, scopes: vec![scope], expires_in_days }).await
}

/// Ends one of my access tokens for good, with its connections.
///
/// # Errors
/// `NotFound`.
#[server(name = RevokeToken, prefix = "/fn", endpoint = "revoke_token", output = Json)]
pub async fn revoke_token(id: TokenId) -> Result<(), AppError> {
    use crate::server::{auth::tokens, context};
    let (chat, me) = context::viewer().await?;
    tokens::delete_token(&chat.auth, me.user.id, id).await
}

/// My sessions in browsers and programs, the latest first.
///
/// # Errors
/// `Unauthenticated`.
#[server(prefix = "/fn", endpoint = "sessions", input = GetUrl, output = Json)]
pub async fn list_sessions() -> Result<Vec<SessionInfo>, AppError> {
    use crate::server::{auth, context};
    let (chat, me) = context::viewer().await?;
    auth::list_sessions(&chat.auth, me.user.id, &context::session_id()?).await
}

/// Ends one of my sessions, with its connections.
///
/// # Errors
/// `NotFound`.
#[server(name = EndSession, prefix = "/fn", endpoint = "end_session", output = Json)]
pub async fn end_session(id: String) -> Result<(), AppError> {
    use crate::server::{auth, context};
    let (chat, me) = context::viewer().await?;
    auth::end_session(&chat.auth, me.user.id, &id).await
}

/// Ends all of my sessions but this one, with their connections. Access tokens stay.
#[server(name = EndOtherSessions, prefix = "/fn", endpoint = "end_other_sessions", output = Json)]
pub async fn end_other_sessions() -> Result<(), AppError> {
    use crate::server::{auth, context};
    let (chat, me) = context::viewer().await?;
    auth::end_other_sessions(&chat.auth, me.user.id, &context::session_id()?).await
}
