//! What stands around the handlers: bearer tokens, other origins, headers, sessions, the log's span.

mod bearer;
mod cors;
mod headers;
mod host;
mod origin;
mod request_id;
mod session;
mod span;

pub(super) use bearer::{bearer_token, let_bearer_speak_alone};
pub(super) use cors::open_to_origins;
pub(super) use headers::security_headers;
pub(super) use host::require_host;
pub(super) use origin::{is_from_own_page, is_own_origin, refuse_unsourced_writes};
pub(super) use request_id::drop_odd_request_id;
pub(super) use session::{keep_session, order_cookies, session_cookie};
pub(super) use span::span;
