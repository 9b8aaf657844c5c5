//! `AppError`, the one error that crosses the wire, and its HTTP status.
//!
//! It holds codes, never prose and never the text of a source error: words for people are made in
//! `words`, details for operators are logged where the error arises. REST, server functions and
//! the live protocol all send this type.

use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};

use crate::wire;

/// Everything that can go wrong with a request, as the client may know it.
///
/// As JSON: `{"code": "invalid", "fields": [{"field": "username", "reason": "taken"}]}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case", from = "Flat")]
pub enum AppError {
    /// Nobody is signed in, or the session has ended.
    #[error("unauthenticated")]
    Unauthenticated,
    /// The user is known and may not do this.
    #[error("forbidden")]
    Forbidden,
    /// The request comes from a page of another origin than this server's own, which is `address` if it is known.
    #[error("wrong_origin")]
    WrongOrigin { address: String },
    /// The request names another host than this server's own, which is at `address`.
    #[error("wrong_host")]
    WrongHost { address: String },
    /// It does not exist, or the user may not know that it does.
    #[error("not_found")]
    NotFound,
    /// The input is not of the shape that is taken here, whatever its values.
    #[error("malformed")]
    Malformed { fields: Vec<FieldError> },
    /// The address takes other methods than this one.
    #[error("method_not_allowed")]
    MethodNotAllowed,
    /// The body is not of the kind that is taken here.
    #[error("unsupported_media_type")]
    UnsupportedMediaType,
    /// The body did not come, or too slowly.
    #[error("too_slow")]
    TooSlow,
    /// Fields of the input break a rule; at least one.
    #[error("invalid")]
    Invalid { fields: Vec<FieldError> },
    /// The same thing was said before with other content.
    #[error("conflict")]
    Conflict { reason: Reason },
    /// Too many of these; try again after so many milliseconds.
    #[error("rate_limited")]
    RateLimited { retry_after_ms: u64 },
    /// The body or frame is larger than `max` bytes.
    #[error("too_large")]
    TooLarge { max: u64 },
    /// The server or the way to it is busy or away; the same request may succeed later.
    #[error("unavailable")]
    Unavailable { retry_after_ms: u64 },
    /// The server's disk is full: nothing can be written until its operator makes room.
    #[error("storage_full")]
    StorageFull { retry_after_ms: u64 },
    /// The server failed; its log tells more under this id.
    #[error("internal")]
    Internal { request_id: String },
}

/// The fields of all variants. Reading these takes a fraction of the code that serde makes for a tagged enum.
#[derive(Deserialize)]
struct Flat {
    code: String,
    #[serde(default)]
    fields: Vec<FieldError>,
    #[serde(default)]
    reason: Option<Reason>,
    #[serde(default)]
    retry_after_ms: u64,
    #[serde(default)]
    max: u64,
    #[serde(default)]
    request_id: String,
    #[serde(default)]
    address: String,
}

impl From<Flat> for AppError {
    fn from(flat: Flat) -> Self {
        let Flat { code, fields, reason, retry_after_ms, max, request_id, address } = flat;
        match code.as_str() {
            "unauthenticated" => Self::Unauthenticated,
            "forbidden" => Self::Forbidden,
            "wrong_origin" => Self::WrongOrigin { address },
            "wrong_host" => Self::WrongHost { address },
            "not_found" => Self::NotFound,
            "malformed" => Self::Malformed { fields },
            "method_not_allowed" => Self::MethodNotAllowed,
            "unsupported_media_type" => Self::UnsupportedMediaType,
            "too_slow" => Self::TooSlow,
            "invalid" => Self::Invalid { fields },
            "conflict" => Self::Conflict { reason: reason.unwrap_or(Reason::Unknown) },
            "rate_limited" => Self::RateLimited { retry_after_ms },
            "too_large" => Self::TooLarge { max },
            "unavailable" => Self::Unavailable { retry_after_ms },
            "storage_full" => Self::StorageFull { retry_after_ms },
            // A newer server's code says at least that it failed.
            _ => Self::Internal { request_id },
        }
    }
}

/// One rule broken by one field of the input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct FieldError {
    /// The field's name, as in the form and in JSON.
    pub field: String,
    pub reason: Reason,
}

/// Why a value was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Nothing was given.
    Missing,
    TooShort,
    TooLong,
    /// It has a character or a shape that is not allowed here.
    Malformed,
    /// It has a control character, or one that hides in a name.
    Invisible,
    /// Somebody or something else has this value.
    Taken,
    /// The second password differs from the first.
    Mismatch,
    /// The date lies in the future or too far back.
    OutOfRange,
    /// User name, e-mail or password are not right; which of them is not told.
    WrongCredentials,
    /// The room's password is not right.
    WrongPassword,
    /// The server does not take new accounts.
    RegistrationClosed,
    /// The link was used before, or never was one.
    LinkSpent,
    /// This client id was used for another message.
    CidReused,
    /// As many are here as there may be.
    Full,
    /// No such command, field or choice exists; also a reason that only a newer version knows.
    #[serde(other)]
    Unknown,
}

impl AppError {
    pub const UNAVAILABLE: Self = Self::Unavailable { retry_after_ms: 1_000 };
    pub const STORAGE_FULL: Self = Self::StorageFull { retry_after_ms: 5_000 };

    /// One broken rule of one field.
    pub fn invalid(field: &str, reason: Reason) -> Self {
        Self::Invalid { fields: vec![FieldError { field: field.to_owned(), reason }] }
    }

    /// The input has another shape than the one that is taken here; `field` is where, or empty.
    pub fn malformed(field: &str, reason: Reason) -> Self {
        Self::Malformed { fields: vec![FieldError { field: field.to_owned(), reason }] }
    }

    /// The HTTP status that REST and server functions answer with.
    pub const fn status(&self) -> u16 {
        match self {
            Self::Malformed { .. } => 400,
            Self::Unauthenticated => 401,
            Self::Forbidden | Self::WrongOrigin { .. } => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::TooSlow => 408,
            Self::Conflict { .. } => 409,
            Self::TooLarge { .. } => 413,
            Self::UnsupportedMediaType => 415,
            Self::WrongHost { .. } => 421,
            Self::Invalid { .. } => 422,
            Self::RateLimited { .. } => 429,
            Self::Internal { .. } => 500,
            Self::Unavailable { .. } => 503,
            Self::StorageFull { .. } => 507,
        }
    }

    /// After how many milliseconds the same request may succeed without a change; none if it never will.
    pub const fn retry_after_ms(&self) -> Option<u64> {
        match self {
            Self::RateLimited { retry_after_ms }
            | Self::Unavailable { retry_after_ms }
            | Self::StorageFull { retry_after_ms } => Some(*retry_after_ms),
            _ => None,
        }
    }

    pub const fn is_retryable(&self) -> bool {
        self.retry_after_ms().is_some()
    }

    /// Why `field` was refused, if it was.
    pub fn reason_for(&self, field: &str) -> Option<Reason> {
        match self {
            Self::Invalid { fields } | Self::Malformed { fields } => {
                fields.iter().find(|f| f.field == field).map(|f| f.reason)
            }
            _ => None,
        }
    }
}

impl FromServerFnError for AppError {
    type Encoder = wire::Text;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        use ServerFnErrorErr as E;
        match error {
            E::Args(_) | E::MissingArg(_) | E::Deserialization(_) => Self::invalid("", Reason::Malformed),
            E::Request(_) | E::Response(_) => Self::UNAVAILABLE,
            other => {
                tracing::error!(error = %other, "server function failed outside its body");
                Self::Internal { request_id: String::new() }
            }
        }
    }
}

/// Gathers the broken rules of several fields, so that a form shows all of them at once.
#[derive(Debug, Default)]
pub struct FieldErrors(Vec<FieldError>);

impl FieldErrors {
    /// Keeps a parsed value, or notes why `field` was refused.
    pub fn check<T>(&mut self, field: &str, parsed: Result<T, Reason>) -> Option<T> {
        match parsed {
            Ok(value) => Some(value),
            Err(reason) => {
                self.refuse(field, reason);
                None
            }
        }
    }

    /// Notes that `field` was refused.
    pub fn refuse(&mut self, field: &str, reason: Reason) {
        self.0.push(FieldError { field: field.to_owned(), reason });
    }

    /// # Errors
    /// `Invalid` with everything noted, if anything was.
    pub fn finish(self) -> Result<(), AppError> {
        if self.0.is_empty() { Ok(()) } else { Err(AppError::Invalid { fields: self.0 }) }
    }
}
