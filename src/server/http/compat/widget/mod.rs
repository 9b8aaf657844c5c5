//! The embedded chat of origin 0: forms that sign in, JSON under `/chat`, and server-sent events.
//!
//! Its rooms are direct rooms, named by the ids of both users. What it answers to refusals are its own words, in
//! its own language.

mod accounts;
mod messages;
mod page;
mod refusal;
mod rooms;
mod shapes;
mod stream;

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
    response::{IntoResponse as _, Redirect, Response},
};

pub(super) use self::accounts::log_in;
use self::refusal::Refusal;
use super::routes::Routes;
use crate::{
    error::AppError,
    model::{Me, Scope, UserRef},
    server::{
        http::{
            caller::{Caller, Reader},
            pages::sign_in_path,
        },
        state::App,
    },
};

/// All but `POST /login`, which `compat::login` has.
pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/home", accounts::home)
        .get("/cadastrar", accounts::show_registration)
        .post("/cadastrar", accounts::register)
        .get("/logout", accounts::log_out)
        .get("/chat/stream", stream::listen)
        .post("/chat/salas", rooms::open)
        .get("/chat/conversas", rooms::list)
        .get("/chat/usuarios/buscar", rooms::find_people)
        .get("/chat/mensagens/{sala_id}", messages::list)
        .post("/chat/mensagens", messages::send)
        .post("/chat/mensagens/lidas/{sala_id}", messages::mark_read)
        .get("/chat/mensagens/nao-lidas/total", messages::count_unread)
}

/// Who asks. Others are sent to the sign-in page, as by the original.
struct Member(Caller);

/// Who asks and may write.
struct Author(Member);

impl Member {
    fn me(&self) -> &Me {
        &self.0.me
    }

    fn user(&self) -> &UserRef {
        &self.0.me.user
    }
}

impl FromRequestParts<App> for Member {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let reader = Reader::from_request_parts(parts, app).await;
        let Reader(caller) = match reader {
            // A program that shows a token reads no page.
            Err(AppError::Unauthenticated) if !parts.headers.contains_key(header::AUTHORIZATION) => {
                return Err(Redirect::to(&sign_in_path(parts.uri.path())).into_response());
            }
            reader => reader.map_err(refuse)?,
        };
        app.limits.posted(caller.me.user.id, 1).map_err(refuse)?;
        Ok(Self(caller))
    }
}

impl FromRequestParts<App> for Author {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let member = Member::from_request_parts(parts, app).await?;
        member.0.require(Scope::Write).map_err(refuse)?;
        Ok(Self(member))
    }
}

fn refuse(error: AppError) -> Response {
    Refusal::from(error).into_response()
}
