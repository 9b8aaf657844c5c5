//! What stands around the handlers: bearer tokens, other origins, headers, sessions, the log's span.

mod bearer;
mod cors;
mod counting;
mod headers;
mod origin;
mod session;
mod span;

pub(super) use bearer::{bearer_token, let_bearer_speak_alone};
pub(super) use cors::open_to_origins;
pub(super) use counting::count_visits;
pub(super) use headers::security_headers;
pub(super) use origin::{is_from_own_page, is_own_origin, refuse_unsourced_writes};
pub(super) use session::{keep_session, session_cookie};
pub(super) use span::span;
