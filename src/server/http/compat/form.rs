//! The fields of a posted form, in either way that browsers write one.

use axum::{
    RequestExt as _,
    body::Body,
    extract::{FromRequest, Multipart, Request},
};

use crate::{
    error::{AppError, Reason},
    server::http::{
        body::read_body,
        extract::{BODY_MAX, FORM, content_type},
    },
};

/// Names and values in their order; a name may come twice. Older clients send fields of their own beside those that are
/// asked for, so unknown ones are passed over.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::server::http) struct Fields(pub(super) Vec<(String, String)>);

impl Fields {
    /// The first value of the field; empty ones count as missing, as they do where these forms come from.
    pub(in crate::server::http) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// Whether the form has the field, if only an empty one.
    pub(in crate::server::http) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = AppError;

    /// # Errors
    /// `UnsupportedMediaType` for what is no form, `Malformed` for a broken one, and those of `read_body`.
    async fn from_request(request: Request, _: &S) -> Result<Self, AppError> {
        let kind = content_type(request.headers());
        let (parts, body) = request.into_parts();
        let body = read_body(body, BODY_MAX).await?;
        match kind.as_str() {
            FORM => serde_urlencoded::from_bytes(&body).map(Self).map_err(|_| broken()),
            "multipart/form-data" => read_multipart(Request::from_parts(parts, Body::from(body))).await,
            _ => Err(AppError::UnsupportedMediaType),
        }
    }
}

async fn read_multipart(request: Request) -> Result<Fields, AppError> {
    let mut parts: Multipart = request.extract().await.map_err(|_| broken())?;
    let mut fields = Vec::new();
    while let Some(field) = parts.next_field().await.map_err(|_| broken())? {
        let name = field.name().unwrap_or_default().to_owned();
        fields.push((name, field.text().await.map_err(|_| broken())?));
    }
    Ok(Fields(fields))
}

fn broken() -> AppError {
    AppError::malformed("", Reason::Malformed)
}

#[cfg(test)]
mod tests {
    use axum::http::header;

    use super::*;

    async fn read(kind: &str, body: &'static str) -> Option<Fields> {
        let request = Request::post("/").header(header::CONTENT_TYPE, kind).body(Body::from(body)).unwrap();
        Fields::from_request(request, &()).await.ok()
    }

    #[tokio::test]
    async fn both_ways_of_writing_a_form_are_read() {
        let expected =
            Fields(vec![("sala_id".into(), "3_7".into()), ("mensagem".into(), "olá & tchau".into())]);
        let urlencoded = "sala_id=3_7&mensagem=ol%C3%A1+%26+tchau";
        let read_back = read("application/x-www-form-urlencoded; charset=UTF-8", urlencoded).await;
        assert_eq!(read_back.as_ref(), Some(&expected));
        let multipart = "--x\r\nContent-Disposition: form-data; name=\"sala_id\"\r\n\r\n3_7\r\n\
                         --x\r\nContent-Disposition: form-data; name=\"mensagem\"\r\n\r\nolá & tchau\r\n--x--\r\n";
        assert_eq!(read("multipart/form-data; boundary=x", multipart).await, Some(expected));
    }

    #[tokio::test]
    async fn what_is_no_form_is_refused() {
        for (kind, body) in [
            ("application/json", "{}"),
            ("", "a=b"),
            ("multipart/form-data", "--x"),
            ("multipart/form-data; boundary=x", "--x\r\nbroken"),
        ] {
            assert_eq!(read(kind, body).await, None, "{kind}");
        }
    }

    #[test]
    fn an_empty_field_is_there_and_has_nothing() {
        let fields = Fields(vec![("senha".into(), String::new())]);
        assert!(fields.has("senha") && fields.get("senha").is_none());
        assert!(!fields.has("email"));
    }
}
