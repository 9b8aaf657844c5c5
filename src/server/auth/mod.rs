//! Who somebody is: passwords, sessions, tokens, attempts, and the actions of signing in and out.
//!
//! The only place that reads or makes password hashes. Every entrance uses `check_password`.

mod backend;
mod caller;
mod devices;
mod door;
mod passwords;
mod revocation;
mod session_store;
mod sessions;
mod setup;
mod throttle;
pub mod tokens;

use std::sync::Arc;

pub use backend::{AuthSession, Backend, SignedIn};
pub use caller::{Caller, Proof};
pub use devices::DeviceKey;
pub use door::{Door, sign_in, sign_out, start_session};
pub use passwords::{Asker, Line, Passwords, deadline};
pub use revocation::watch_ended_sessions;
pub use session_store::SessionStore;
pub use sessions::{
    end_other_sessions, end_session, hash_stored_ids, idle_time, keep, list_sessions, session_name,
};
pub use setup::SetupLink;
pub use throttle::Throttle;
pub use tokens::{LoginKeys, identify, log_in};

use super::{limits::Limits, live::Live, store::Db, writer::Writers};

/// What finding out who somebody is needs. Made once, at the start.
pub struct Auth {
    pub db: Db,
    pub writers: Writers,
    pub live: Arc<Live>,
    pub limits: Arc<Limits>,
    pub passwords: Passwords,
    pub throttle: Throttle,
    pub login_keys: LoginKeys,
    pub device_key: DeviceKey,
    pub setup: SetupLink,
    /// Whether browsers come by https.
    pub https: bool,
}
