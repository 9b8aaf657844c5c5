//! `POST /login`, where two older chats met: the fields tell which of them the client knows.
//!
//! `email` and `senha` come from the widget's form, which is answered by a redirect; `username` and `password`
//! from programs that want a token. `GET /login` is a page of the app.

use axum::{
    extract::State,
    response::{IntoResponse as _, Response},
};

use super::{form::Fields, routes::Routes, webchat, widget};
use crate::{
    error::{AppError, FieldErrors, Reason},
    server::{auth::Door, config::Protocol, context::Language, http::App, limits::Address},
};

pub(super) fn routes() -> Routes {
    Routes::default().post("/login", log_in)
}

async fn log_in(
    State(app): State<App>,
    door: Door,
    address: Address,
    Language(locale): Language,
    fields: Fields,
) -> Response {
    let protocols = app.options.protocols.clone();
    match Client::of(&fields).filter(|client| protocols.has(client.protocol())) {
        Some(Client::Widget) => widget::log_in(&app, door, &fields).await,
        Some(Client::Webchat) => webchat::log_in(&app, address, locale, &fields).await,
        None => nobodys_form().into_response(),
    }
}

/// Who knows a form like this.
enum Client {
    Widget,
    Webchat,
}

impl Client {
    fn of(fields: &Fields) -> Option<Self> {
        if fields.has("email") || fields.has("senha") {
            Some(Self::Widget)
        } else if fields.has("username") || fields.has("password") {
            Some(Self::Webchat)
        } else {
            None
        }
    }

    fn protocol(&self) -> Protocol {
        match self {
            Self::Widget => Protocol::Widget,
            Self::Webchat => Protocol::Webchat,
        }
    }
}

fn nobodys_form() -> AppError {
    let mut errors = FieldErrors::default();
    errors.refuse("username", Reason::Missing);
    errors.refuse("password", Reason::Missing);
    errors.finish().err().unwrap_or(AppError::NotFound)
}
