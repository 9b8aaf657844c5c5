//! Who asks, however they prove it: every door that programs use begins with this.

use axum::{extract::FromRequestParts, http::request::Parts};

use crate::{
    error::AppError,
    model::Me,
    server::{auth::AuthSession, state::App},
};

/// The user behind a request.
pub(in crate::server::http) struct Caller {
    pub(in crate::server::http) me: Me,
    /// The id of the session, by which connections are found when it ends.
    pub(in crate::server::http) session: String,
}

impl FromRequestParts<App> for Caller {
    type Rejection = AppError;

    /// # Errors
    /// `Unauthenticated`.
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AppError> {
        let auth =
            AuthSession::from_request_parts(parts, app).await.map_err(|_| AppError::Unauthenticated)?;
        let (account, session) = (auth.user, auth.session.id());
        let (account, session) = account.zip(session).ok_or(AppError::Unauthenticated)?;
        Ok(Self { me: account.me, session: session.to_string() })
    }
}
