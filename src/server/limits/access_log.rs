//! The log lines about access, one fixed shape each, for fail2ban and for operators: failed sign-ins, the first refusal by a
//! limit, and registrations, with address and account.
//!
//! `docs/operations.md` has the regular expression that reads them; a test compares the two. Nothing in a line can be
//! mistaken for its shape: what people typed is escaped and has neither blanks nor quotes.

use std::{
    fmt::Write as _,
    hash::{BuildHasher as _, Hash, RandomState},
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use super::capped::{Capped, Size};

/// A key's refusals by one limit are logged once within this time.
const WINDOW: Duration = Duration::from_secs(15 * 60);
/// The most characters that are logged of what somebody typed.
const TYPED_MAX: usize = 64;
const REMEMBERED: usize = 10_000;

#[derive(Debug)]
pub struct AccessLog {
    is_on: bool,
    hasher: RandomState,
    /// When a limit's refusal of a key was logged last, by the hash of both.
    refused: Mutex<Capped<u64, Instant>>,
}

impl AccessLog {
    pub(super) fn new(is_on: bool) -> Self {
        Self { is_on, hasher: RandomState::new(), refused: Mutex::new(Capped::new(REMEMBERED)) }
    }

    /// A wrong password, or a login of nobody; `login` as typed.
    pub fn failed_sign_in(&self, address: IpAddr, login: &str) {
        self.write(&line("sign-in failed", Some(address), Some(login)));
    }

    /// A new account.
    pub fn registered(&self, address: IpAddr, username: &str) {
        self.write(&line("registered", Some(address), Some(username)));
    }

    /// A refusal by the limit of this name in the table; only the first of a key within a quarter of an hour is logged.
    pub fn refused(&self, limit: &str, key: impl Hash, address: Option<IpAddr>, account: Option<&str>) {
        if self.is_on && self.is_first(self.hasher.hash_one((limit, key)), Instant::now()) {
            self.write(&line(&format!("refused by {limit}"), address, account));
        }
    }

    fn is_first(&self, key: u64, now: Instant) -> bool {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        if refused.get(&key).is_some_and(|at| now.saturating_duration_since(*at) < WINDOW) {
            return false;
        }
        *refused.entry(key, || now) = now;
        true
    }

    fn write(&self, line: &str) {
        if self.is_on {
            tracing::info!(target: "papo::access", "{line}");
        }
    }

    pub(super) fn size(&self) -> Size {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).size("refusals that were logged")
    }
}

fn line(what: &str, address: Option<IpAddr>, account: Option<&str>) -> String {
    let address = address.map_or_else(|| "-".to_owned(), |address| address.to_canonical().to_string());
    format!("{what} address={address} account={}", account.map_or_else(|| "-".to_owned(), escape))
}

/// What was typed, trimmed, as letters, digits and `._@+-`; any other character as its bytes in percent signs.
fn escape(typed: &str) -> String {
    let mut escaped = String::new();
    for c in typed.trim().chars().take(TYPED_MAX) {
        if c.is_ascii_alphanumeric() || "._@+-".contains(c) {
            escaped.push(c);
        } else {
            for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                // Writing to a text never fails.
                let _ = write!(escaped, "%{byte:02X}");
            }
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_cannot_leave_its_field() {
        let home = Some(IpAddr::from([192, 0, 2, 7]));
        assert_eq!(
            line("sign-in failed", home, Some("  Ana@example.org ")),
            "sign-in failed address=192.0.2.7 account=Ana@example.org"
        );
        for typed in ["a b", "a\r\nb", "a\"b", "a\u{1b}[31mb", "a\u{2028}b", "é"] {
            let line = line("sign-in failed", home, Some(typed));
            assert!(line.is_ascii() && line.split(' ').count() == 4, "{line}");
        }
        assert_eq!(escape(&"é".repeat(100)), "%C3%A9".repeat(64));
        assert_eq!(
            line("refused by x", Some("::ffff:10.0.0.1".parse().unwrap()), None).split('=').count(),
            3
        );
    }

    #[test]
    fn a_keys_refusals_are_told_once_in_a_window() {
        let (log, now) = (AccessLog::new(true), Instant::now());
        assert!(log.is_first(1, now) && log.is_first(2, now));
        assert!(!log.is_first(1, now + WINDOW - Duration::from_secs(1)));
        assert!(log.is_first(1, now + WINDOW));
        assert!(!log.is_first(1, now + WINDOW));
    }
}
