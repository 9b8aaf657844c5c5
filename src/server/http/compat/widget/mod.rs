//! The embedded chat of origin 0: forms that sign in, JSON under `/chat`, and server-sent events.
//!
//! Its rooms are direct rooms, named by the ids of both users. What it answers to refusals are its own words, in
//! its own language.

mod accounts;
mod messages;
mod refusal;
mod rooms;
mod shapes;
mod stream;

use axum::{
    extract::{FromRequestParts, OriginalUri},
    http::request::Parts,
    response::{IntoResponse as _, Redirect, Response},
};

pub(super) use self::accounts::log_in;
use self::refusal::Refusal;
use super::routes::Routes;
use crate::{
    model::UserRef,
    server::{
        http::{caller::Caller, pages::sign_in_path},
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

impl Member {
    fn user(&self) -> &UserRef {
        &self.0.me.user
    }
}

impl FromRequestParts<App> for Member {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        match Caller::from_request_parts(parts, app).await {
            Ok(caller) => {
                app.limits
                    .posted(caller.me.user.id, 1)
                    .map_err(|error| Refusal::from(error).into_response())?;
                Ok(Self(caller))
            }
            Err(_) => {
                let path = OriginalUri::from_request_parts(parts, app).await;
                let path = path.map_or_else(|_| "/".to_owned(), |uri| uri.path().to_owned());
                Err(Redirect::to(&sign_in_path(&path)).into_response())
            }
        }
    }
}
