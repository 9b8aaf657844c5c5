//! What a request holds, read strictly: an unknown field, a wrong type or another content type is a problem that
//! names it.

use axum::{
    extract::{
        FromRequest, FromRequestParts, OptionalFromRequest, Request,
        path::{ErrorKind, FailedToDeserializePathParams},
        rejection::PathRejection,
    },
    http::{HeaderMap, Uri, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde::{Deserializer, Serialize, de::DeserializeOwned};

use super::App;
use crate::{
    error::{AppError, Reason},
    server::http::body::read_body,
};

/// The most bytes of a body: 5,000 characters of four bytes, each byte percent-encoded, and room for other fields.
pub(super) const BODY_MAX: usize = 64 * 1024;

/// How browsers write a form that has no files.
pub(super) const FORM: &str = "application/x-www-form-urlencoded";

/// A body of JSON, in or out.
pub(super) struct Json<T>(pub(super) T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

impl<T: DeserializeOwned> FromRequest<App> for Json<T> {
    type Rejection = AppError;

    /// # Errors
    /// `UnsupportedMediaType`, `TooLarge`, `TooSlow`; `Malformed` with the field that is.
    async fn from_request(request: Request, _: &App) -> Result<Self, AppError> {
        read_body_of(request).await.map(Self)
    }
}

async fn read_body_of<T: DeserializeOwned>(request: Request) -> Result<T, AppError> {
    let (parts, body) = request.into_parts();
    if !is_json(&parts.headers) {
        return Err(AppError::UnsupportedMediaType);
    }
    let body = read_body(body, BODY_MAX).await?;
    // Serde takes a list for an object's fields in their order.
    if body.trim_ascii_start().starts_with(b"[") {
        return Err(AppError::malformed("", Reason::Malformed));
    }
    let mut json = serde_json::Deserializer::from_slice(&body);
    let read = read(&mut json)?;
    json.end().map_err(|_| AppError::malformed("", Reason::Malformed))?;
    Ok(read)
}

/// None if there is no body, or a `null`.
impl<T: DeserializeOwned> OptionalFromRequest<App> for Json<T> {
    type Rejection = AppError;

    async fn from_request(request: Request, _: &App) -> Result<Option<Self>, AppError> {
        let headers = request.headers();
        let length = headers.get(header::CONTENT_LENGTH).map(|length| length == "0");
        let has_body = length.map_or_else(|| headers.contains_key(header::TRANSFER_ENCODING), |empty| !empty);
        if !has_body && !headers.contains_key(header::CONTENT_TYPE) {
            return Ok(None);
        }
        let read: Option<T> = read_body_of(request).await?;
        Ok(read.map(Self))
    }
}

/// The query of an address.
pub(super) struct Query<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequestParts<App> for Query<T> {
    type Rejection = AppError;

    /// # Errors
    /// `Malformed` with the parameter that is.
    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, AppError> {
        let query = parts.uri.query().unwrap_or_default();
        let pairs = form_urlencoded::parse(query.as_bytes());
        read(serde_urlencoded::Deserializer::new(pairs)).map(Self)
    }
}

/// The variable parts of an address.
pub(super) struct Path<T>(pub(super) T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for Path<T> {
    type Rejection = AppError;

    /// # Errors
    /// `Malformed` with the part that is.
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AppError> {
        let path = axum::extract::Path::from_request_parts(parts, app).await;
        path.map(|axum::extract::Path(path)| Self(path)).map_err(|rejection| match rejection {
            PathRejection::FailedToDeserializePathParams(fault) => malformed_part(fault),
            _ => AppError::malformed("", Reason::Malformed),
        })
    }
}

fn malformed_part(fault: FailedToDeserializePathParams) -> AppError {
    let field = match fault.into_kind() {
        ErrorKind::ParseErrorAtKey { key, .. }
        | ErrorKind::InvalidUtf8InPathParam { key }
        | ErrorKind::DeserializeError { key, .. } => key,
        _ => String::new(),
    };
    AppError::malformed(&field, Reason::Malformed)
}

/// The first value of a parameter in an address's query, whatever else is there.
pub(super) fn parameter(uri: &Uri, name: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(uri.query()?.as_bytes());
    pairs.find(|(found, _)| found == name).map(|(_, value)| value.into_owned())
}

/// What a body is: its content type without parameters, in lower case; empty if that is not said.
pub(super) fn content_type(headers: &HeaderMap) -> String {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// `application/json`, or a kind of it such as `application/merge-patch+json`.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let kind = content_type(headers);
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

/// JSON that others wrote.
///
/// # Errors
/// `Malformed` with the field that is.
pub(super) fn read_json<T: DeserializeOwned>(text: &str) -> Result<T, AppError> {
    read(&mut serde_json::Deserializer::from_str(text))
}

fn read<'de, T: DeserializeOwned, D: Deserializer<'de>>(source: D) -> Result<T, AppError>
where
    D::Error: std::fmt::Display,
{
    serde_path_to_error::deserialize(source).map_err(|fault| {
        // `.` is the whole, `?` what was no field yet.
        let path = fault.path().to_string();
        fault_at(path.trim_matches(['.', '?']), &fault.inner().to_string())
    })
}

/// What serde found at `path`. Its own text may hold names of ours, so only what it is about is told.
fn fault_at(path: &str, text: &str) -> AppError {
    let named = |start: &str| text.strip_prefix(start).and_then(|rest| rest.split('`').next());
    let inside = |name: &str| match path.rsplit_once('.') {
        _ if path == name || path.is_empty() => name.to_owned(),
        Some((_, last)) if last == name => path.to_owned(),
        _ => format!("{path}.{name}"),
    };
    if let Some(name) = named("unknown field `") {
        return AppError::malformed(&inside(name), Reason::Unknown);
    }
    if let Some(name) = named("missing field `") {
        return AppError::malformed(&inside(name), Reason::Missing);
    }
    if let Some(name) = named("duplicate field `") {
        return AppError::malformed(&inside(name), Reason::Malformed);
    }
    if text.starts_with("unknown variant `") {
        return AppError::malformed(path, Reason::Unknown);
    }
    AppError::malformed(path, Reason::Malformed)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        #[expect(dead_code, reason = "read, not used")]
        text: String,
        #[serde(default)]
        #[expect(dead_code, reason = "read, not used")]
        inner: Option<Inner>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[expect(dead_code, reason = "read, not used")]
        number: u8,
    }

    #[test]
    fn a_fault_names_its_field_and_no_type_of_ours() {
        for (json, field, reason) in [
            (r#"{"text": 5}"#, "text", Reason::Malformed),
            (r#"{}"#, "text", Reason::Missing),
            (r#"{"text": "x", "role": "owner"}"#, "role", Reason::Unknown),
            (r#"{"text": "x", "inner": {}}"#, "inner.number", Reason::Missing),
            (r#"{"text": "x", "inner": {"number": 1, "more": 2}}"#, "inner.more", Reason::Unknown),
            (r#"{"text": "x", "inner": {"number": 300}}"#, "inner.number", Reason::Malformed),
            (r#"{"text": "x", "text": "y"}"#, "text", Reason::Malformed),
            (r#"{"text"#, "", Reason::Malformed),
        ] {
            let refused = read::<Outer, _>(&mut serde_json::Deserializer::from_str(json)).unwrap_err();
            assert_eq!(refused, AppError::malformed(field, reason), "{json}");
        }
    }

    #[test]
    fn a_parameter_is_found_by_its_name_and_decoded() {
        let uri: Uri = "/ws?x=1&token=a%2Bb+c&token=second&empty=".parse().unwrap();
        assert_eq!(parameter(&uri, "token").as_deref(), Some("a+b c"));
        assert_eq!(parameter(&uri, "empty").as_deref(), Some(""));
        assert_eq!(parameter(&uri, "none"), None);
        assert_eq!(parameter(&"/ws".parse().unwrap(), "token"), None);
    }

    #[test]
    fn json_is_known_by_its_content_type() {
        for (kind, is) in [
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("application/merge-patch+json", true),
            ("text/plain", false),
            ("application/x-www-form-urlencoded", false),
            ("application/jsonp", false),
        ] {
            let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, kind.parse().unwrap())]);
            assert_eq!(is_json(&headers), is, "{kind}");
        }
        assert!(!is_json(&HeaderMap::new()));
    }
}
