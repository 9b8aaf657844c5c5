//! What stands around the handlers: addresses, bearer tokens, other origins, headers, sessions, the log's span.

mod address;
mod bearer;
mod cors;
mod counting;
mod headers;
mod host;
mod origin;
mod request_id;
mod session;
mod span;

pub(super) use address::refuse_bad_addresses;
pub(super) use bearer::{bearer_token, let_bearer_speak_alone};
pub(super) use cors::open_to_origins;
pub(super) use counting::count_visits;
pub(super) use headers::security_headers;
pub(super) use host::require_host;
pub use origin::Origins;
pub(super) use origin::{refuse_foreign_writes, refuse_other_hosts, require_own_origin, require_own_page};
pub(super) use request_id::drop_odd_request_id;
pub(super) use session::{drop_encoded_cookies, keep_session, order_cookies, session_cookie};
pub(super) use span::span;
