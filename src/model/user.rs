//! Users and what a registration may hold.

use serde::{Deserialize, Serialize};

use super::{
    Seq, UserId,
    text::{check_length, is_blank, parse_name},
};
use crate::error::Reason;

/// A user as other people see one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct UserRef {
    pub id: UserId,
    pub username: String,
    /// The display name.
    pub name: String,
    /// The change that gave this state, by the server's counter of them; left out while all is as it was registered.
    #[serde(default, skip_serializing_if = "Seq::is_start")]
    pub seq: Seq,
}

/// The signed-in user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(from = "Flat")]
pub struct Me {
    #[serde(flatten)]
    pub user: UserRef,
    /// Null if the account has none, as a bot's.
    pub email: Option<String>,
    pub role: SiteRole,
}

/// The fields in one, since serde reads flattened ones by way of a tree of anything.
#[derive(Deserialize)]
struct Flat {
    id: UserId,
    username: String,
    name: String,
    #[serde(default)]
    seq: Seq,
    email: Option<String>,
    role: SiteRole,
}

impl From<Flat> for Me {
    fn from(flat: Flat) -> Self {
        let Flat { id, username, name, seq, email, role } = flat;
        Self { user: UserRef { id, username, name, seq }, email, role }
    }
}

/// What a user may do on the whole site.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SiteRole {
    Administrator,
    /// Also whatever only a newer version knows.
    #[default]
    #[serde(other)]
    Member,
}

/// 3 to 32 of letters, digits, `.`, `_`, `-`, as typed, with at least one letter: a number is an id. Compared without
/// regard to case. Older accounts may have names of digits alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Username(String);

impl Username {
    /// # Errors
    /// `Missing`, `TooShort`, `TooLong` or `Malformed`.
    pub fn parse(text: &str) -> Result<Self, Reason> {
        let text = text.trim();
        check_length(text, 3, 32)?;
        let allowed = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if !text.chars().all(allowed) || !text.chars().any(|c| c.is_ascii_alphabetic()) {
            return Err(Reason::Malformed);
        }
        Ok(Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form in which user names are compared.
    pub fn key(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

/// 1 to 100 characters on one line, trimmed, none of them hidden.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisplayName(String);

impl DisplayName {
    /// # Errors
    /// `Missing`, `TooLong` or `Invisible`.
    pub fn parse(text: &str) -> Result<Self, Reason> {
        parse_name(text, 100).map(Self)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An e-mail address, trimmed and in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    /// # Errors
    /// `Missing`, `TooLong` (over 254 bytes) or `Malformed`.
    pub fn parse(text: &str) -> Result<Self, Reason> {
        let text = text.trim().to_lowercase();
        if text.is_empty() {
            return Err(Reason::Missing);
        }
        if text.len() > 254 {
            return Err(Reason::TooLong);
        }
        let (local, domain) = text.rsplit_once('@').ok_or(Reason::Malformed)?;
        let plain = |part: &str| {
            !part.contains(|c: char| c.is_whitespace() || c == '@' || is_blank(c.encode_utf8(&mut [0; 4])))
                && !part.is_empty()
        };
        let dotted =
            !domain.starts_with(['.', '-']) && !domain.ends_with(['.', '-']) && !domain.contains("..");
        if plain(local) && plain(domain) && dotted { Ok(Self(text)) } else { Err(Reason::Malformed) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A password of 8 to 128 characters, exactly as typed. It has no `Debug` text of its own.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// # Errors
    /// `Missing`, `TooShort` or `TooLong`.
    pub fn parse(text: &str) -> Result<Self, Reason> {
        check_length(text, 8, 128)?;
        Ok(Self(text.to_owned()))
    }

    /// A password that several people share, such as a room's: 1 to 128 characters. Who guesses at it is
    /// signed in and has few attempts.
    ///
    /// # Errors
    /// `Missing` or `TooLong`.
    pub fn shared(text: &str) -> Result<Self, Reason> {
        check_length(text, 1, 128)?;
        Ok(Self(text.to_owned()))
    }

    /// A password of our own making, such as a demo user's, which may be shorter.
    pub fn preset(text: String) -> Self {
        Self(text)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password")
    }
}

/// A date of birth, `YYYY-MM-DD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BirthDate(time::Date);

impl BirthDate {
    /// Reads a date that is not after `today`.
    ///
    /// # Errors
    /// `Malformed`, or `OutOfRange` before 1900 or after `today`.
    pub fn parse(text: &str, today: time::Date) -> Result<Self, Reason> {
        let date = read_date(text.trim()).ok_or(Reason::Malformed)?;
        if date > today || date.year() < 1900 { Err(Reason::OutOfRange) } else { Ok(Self(date)) }
    }
}

impl std::fmt::Display for BirthDate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.0.year(), u8::from(self.0.month()), self.0.day())
    }
}

/// A date as `YYYY-MM-DD`; the time crate's own reader is a heavy load for a browser.
fn read_date(text: &str) -> Option<time::Date> {
    let mut parts = text.splitn(3, '-');
    let mut digits = |count: usize| {
        parts.next().filter(|part| part.len() == count && part.bytes().all(|b| b.is_ascii_digit()))
    };
    let (year, month, day) = (digits(4)?, digits(2)?, digits(2)?);
    let month = time::Month::try_from(month.parse::<u8>().ok()?).ok()?;
    time::Date::from_calendar_date(year.parse().ok()?, month, day.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usernames_keep_their_case_and_compare_without_it() {
        let name = Username::parse(" Ana.Maria-2 ").unwrap();
        assert_eq!(name.as_str(), "Ana.Maria-2");
        assert_eq!(name.key(), "ana.maria-2");
    }

    #[test]
    fn bad_usernames_are_refused_with_their_reason() {
        for (text, reason) in [
            ("", Reason::Missing),
            ("ab", Reason::TooShort),
            ("ana maria", Reason::Malformed),
            ("joão", Reason::Malformed),
            ("1234", Reason::Malformed),
            ("-17", Reason::Malformed),
            ("1.2_3", Reason::Malformed),
        ] {
            assert_eq!(Username::parse(text), Err(reason), "{text:?}");
        }
        assert_eq!(Username::parse(&"a".repeat(33)), Err(Reason::TooLong));
    }

    #[test]
    fn emails_are_normalised() {
        assert_eq!(Email::parse(" Ana@Example.ORG ").unwrap().as_str(), "ana@example.org");
        for bad in [
            "ana",
            "ana@",
            "@x.org",
            "a b@x.org",
            "a@b@",
            "a@x..org",
            "a@.org",
            "a\u{200b}@x.org",
            "a\0@x.org",
        ] {
            assert_eq!(Email::parse(bad), Err(Reason::Malformed), "{bad}");
        }
    }

    #[test]
    fn passwords_are_kept_as_typed_and_never_printed() {
        let password = Password::parse("  spaces count  ").unwrap();
        assert_eq!(password.as_str(), "  spaces count  ");
        assert_eq!(format!("{password:?}"), "Password");
        assert_eq!(Password::parse("1234567"), Err(Reason::TooShort));
        assert_eq!(Password::parse(&"é".repeat(129)), Err(Reason::TooLong));
        assert!(Password::parse(&"é".repeat(128)).is_ok());
        assert!(Password::shared("123").is_ok(), "a room's may be short");
        assert_eq!(Password::shared(&"é".repeat(129)), Err(Reason::TooLong));
    }

    #[test]
    fn birth_dates_lie_in_the_past() {
        let today = time::macros::date!(2026 - 11 - 21);
        assert_eq!(BirthDate::parse("2000-02-29", today).unwrap().to_string(), "2000-02-29");
        assert_eq!(BirthDate::parse("2001-02-29", today), Err(Reason::Malformed));
        assert_eq!(BirthDate::parse("2026-11-22", today), Err(Reason::OutOfRange));
        assert_eq!(BirthDate::parse("1899-12-31", today), Err(Reason::OutOfRange));
    }
}
