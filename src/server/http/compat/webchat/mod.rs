//! Origin 4: a token for name and password, lists of people, and one WebSocket for everybody.
//!
//! `people` has the requests, `talk` the WebSocket; errors are told as FastAPI tells them. Everyone is the general
//! room, `to` somebody is their direct room; of other rooms this protocol knows nothing.

mod people;
mod talk;

use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

pub(super) use self::people::log_in;
use super::{refusal::answer, routes::Routes};
use crate::{
    error::{AppError, Reason},
    server::http::problem::status,
    words::{Locale, error_text, reason_text},
};

pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/me", people::show_me)
        .get("/users", people::list_users)
        .get("/users/online", people::list_online)
        .get("/ws", talk::connect)
}

/// A refusal as FastAPI writes it: `{"detail": …}`, in the reader's language.
struct Refusal {
    locale: Locale,
    error: AppError,
}

impl Refusal {
    fn detail(&self) -> Value {
        match &self.error {
            AppError::Invalid { fields } if self.error.reason_for("login").is_none() => {
                let told = fields.iter().map(|refused| {
                    let kind = if refused.reason == Reason::Missing { "missing" } else { "value_error" };
                    let text = reason_text(self.locale, &refused.field, refused.reason);
                    json!({ "type": kind, "loc": ["body", refused.field], "msg": text })
                });
                told.collect()
            }
            error => Value::from(error_text(self.locale, error)),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = json!({ "detail": self.detail() });
        let wrong_credentials = self.error.reason_for("login") == Some(Reason::WrongCredentials);
        // What is wrong is the proof, not the form.
        let error = if wrong_credentials { AppError::Unauthenticated } else { self.error };
        answer(status(&error), body, Some(error))
    }
}
