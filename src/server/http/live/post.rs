//! `POST /api/live`: one command in, the events that answer it out, as a JSON array.
//!
//! For clients that hear by server-sent events, or that ask again and again.

use axum::{
    Json,
    body::Body,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use serde::Deserialize;

use super::{
    FRAME_MAX, commands,
    read::{Named, read_command},
};
use crate::{
    error::{AppError, Reason},
    model::UserId,
    server::http::{
        App,
        body::read_body,
        caller::{Caller, Reader},
        extract::{Query, is_json},
    },
};

/// For whom the client speaks: somebody else may have signed in beside it, with the same cookie.
#[derive(Deserialize)]
pub(in crate::server::http) struct Speaker {
    user: Option<UserId>,
}

/// A refused command is an answer like any other: an `error`.
pub(in crate::server::http) async fn post(
    State(app): State<App>,
    Reader(Caller { me, scope, .. }): Reader,
    Query(speaker): Query<Speaker>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, AppError> {
    let user = me.user;
    if speaker.user.is_some_and(|speaker| speaker != user.id) {
        return Err(AppError::Unauthenticated);
    }
    // A form of another site cannot say this without asking first.
    if !is_json(&headers) {
        return Err(AppError::UnsupportedMediaType);
    }
    let body = read_body(body, FRAME_MAX).await?;
    let text = std::str::from_utf8(&body).map_err(|_| AppError::malformed("", Reason::Malformed))?;
    let request = match read_command(text) {
        Ok(request) => request,
        Err(refusal) => return Ok(Json([*refusal]).into_response()),
    };
    app.limits.posted(user.id, commands::cost(&app, user.id, &request.command).await?)?;
    let named = Named::of(&request);
    let answers = match commands::permit(scope, &request.command) {
        Ok(()) => commands::answer(&app, &user, request).await,
        Err(refusal) => Err(refusal),
    };
    Ok(Json(answers.unwrap_or_else(|error| vec![named.refused(error)])).into_response())
}
