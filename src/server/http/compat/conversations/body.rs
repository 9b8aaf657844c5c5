//! What is posted, as JSON or as a form: Django REST Framework takes both for the same.

use axum::{
    extract::{FromRequest, Request},
    http::StatusCode,
};
use serde_json::{Map, Value};

use super::Refusal;
use crate::{
    error::AppError,
    server::http::{
        App,
        body::read_body,
        compat::form::Fields,
        extract::{BODY_MAX, content_type},
    },
};

/// The fields by name. Those of a form are texts; one that comes more than once is a list.
pub(super) struct Data(Map<String, Value>);

impl Data {
    pub(super) fn get(&self, field: &str) -> Option<&Value> {
        self.0.get(field)
    }

    /// A text, which may have been sent as a number; none if the field is absent.
    ///
    /// # Errors
    /// Names the field if it is neither.
    pub(super) fn text(&self, field: &str) -> Result<Option<String>, Refusal> {
        match self.0.get(field) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(Value::Number(number)) => Ok(Some(number.to_string())),
            Some(Value::Null) => Err(Refusal::field(field, "This field may not be null.")),
            Some(_) => Err(Refusal::field(field, "Not a valid string.")),
        }
    }
}

impl FromRequest<App> for Data {
    type Rejection = Refusal;

    async fn from_request(request: Request, app: &App) -> Result<Self, Refusal> {
        let kind = content_type(request.headers());
        if kind != "application/json" {
            let fields = Fields::from_request(request, app).await;
            return fields.map(Self::from).map_err(|error| refuse(error, &kind));
        }
        let body = read_body(request.into_body(), BODY_MAX).await?;
        match serde_json::from_slice(&body) {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            Ok(_) => Err(Refusal::field("non_field_errors", "Invalid data. Expected a dictionary.")),
            Err(_) => Err(Refusal::detail(StatusCode::BAD_REQUEST, "JSON parse error")),
        }
    }
}

impl From<Fields> for Data {
    fn from(fields: Fields) -> Self {
        let mut data: Map<String, Value> = Map::new();
        for (name, text) in fields.0 {
            match data.get_mut(&name) {
                None => drop(data.insert(name, text.into())),
                Some(Value::Array(texts)) => texts.push(text.into()),
                Some(first) => *first = Value::Array(vec![first.take(), text.into()]),
            }
        }
        Self(data)
    }
}

/// Refusals that the framework words in its own way.
fn refuse(error: AppError, kind: &str) -> Refusal {
    match error {
        AppError::Malformed { .. } => Refusal::detail(StatusCode::BAD_REQUEST, "Form parse error"),
        AppError::UnsupportedMediaType => {
            let kind: String = kind.chars().take(50).collect();
            let detail = format!("Unsupported media type \"{kind}\" in request.");
            Refusal::detail(StatusCode::UNSUPPORTED_MEDIA_TYPE, &detail)
        }
        other => other.into(),
    }
}
