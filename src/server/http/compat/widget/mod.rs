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
    model::{Me, UserRef},
    server::http::{
        App,
        caller::Caller,
        extract,
        pages::sign_in_path,
        rest::asker::{SessionReader, Writer},
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
struct Author(Me);

/// The shared extractors, with refusals of this protocol.
#[derive(FromRequestParts)]
#[from_request(via(extract::Path), rejection(Refusal), state(App))]
struct Path<T>(T);

#[derive(FromRequestParts)]
#[from_request(via(extract::Query), rejection(Refusal), state(App))]
struct Query<T>(T);

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
        match SessionReader::from_request_parts(parts, app).await {
            Ok(SessionReader(caller)) => Ok(Self(caller)),
            Err(error) => Err(refuse(parts, error)),
        }
    }
}

impl FromRequestParts<App> for Author {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        match Writer::from_request_parts(parts, app).await {
            Ok(Writer(me)) => Ok(Self(me)),
            Err(error) => Err(refuse(parts, error)),
        }
    }
}

fn refuse(parts: &Parts, error: AppError) -> Response {
    // A program that shows a token reads no page.
    if error == AppError::Unauthenticated && !parts.headers.contains_key(header::AUTHORIZATION) {
        return Redirect::to(&sign_in_path(parts.uri.path())).into_response();
    }
    Refusal::from(error).into_response()
}
