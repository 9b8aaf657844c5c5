//! The words that people read, in every language: `locales` has all of them, `dates` the days and moments, and this file
//! what `AppError` and `Reason` tell and other lines that several views share.
//!
//! The views use them, and the server where it answers in words itself. Nothing here draws.

#![expect(
    deprecated,
    reason = "the successor of load_locales! is a build script with all of ICU's data in its dependencies"
)]

pub mod dates;
pub mod escape;
pub mod fill;
mod isolate;

leptos_i18n::load_locales!();

pub use self::{
    i18n::{Locale, td_string},
    isolate::isolated,
};

use self::fill::fill;
use crate::{
    error::{AppError, Reason},
    model::{Notice, People, RoomSummary},
};

/// What went wrong, for the reader.
pub fn error_text(locale: Locale, error: &AppError) -> String {
    match error {
        AppError::Unauthenticated => td_string!(locale, error.unauthenticated).to_owned(),
        AppError::Forbidden => td_string!(locale, error.forbidden).to_owned(),
        AppError::WrongOrigin { address } | AppError::WrongHost { address } => wrong_address(locale, address),
        AppError::NotFound => td_string!(locale, error.not_found).to_owned(),
        AppError::Invalid { fields } => match fields.as_slice() {
            [one] => reason_text(locale, &one.field, one.reason).to_owned(),
            _ => td_string!(locale, error.invalid).to_owned(),
        },
        // What programs do wrong.
        AppError::Malformed { .. } | AppError::MethodNotAllowed | AppError::UnsupportedMediaType => {
            td_string!(locale, error.invalid).to_owned()
        }
        AppError::Conflict { reason } => reason_text(locale, "", *reason).to_owned(),
        AppError::RateLimited { retry_after_ms } => fill(
            td_string!(locale, error.rate_limited),
            &[("seconds", &retry_after_ms.div_ceil(1000).max(1))],
        ),
        AppError::TooLarge { .. } => td_string!(locale, error.too_large).to_owned(),
        AppError::TooSlow | AppError::Unavailable { .. } => td_string!(locale, error.unavailable).to_owned(),
        AppError::StorageFull { .. } => td_string!(locale, error.storage_full).to_owned(),
        AppError::Internal { request_id } if request_id.is_empty() => {
            td_string!(locale, error.internal).to_owned()
        }
        AppError::Internal { request_id } => {
            fill(td_string!(locale, error.internal_id), &[("id", &request_id)])
        }
    }
}

fn wrong_address(locale: Locale, address: &str) -> String {
    match address {
        "" => td_string!(locale, error.wrong_origin).to_owned(),
        address => fill(td_string!(locale, error.wrong_address), &[("address", &address)]),
    }
}

/// Why a message waits at the server's wish, for its writer.
pub fn delay_text(locale: Locale, error: &AppError) -> &'static str {
    match error {
        AppError::StorageFull { .. } => td_string!(locale, error.storage_full),
        AppError::RateLimited { .. } => td_string!(locale, timeline.too_quick),
        _ => td_string!(locale, timeline.busy),
    }
}

/// Why the value of `field` was refused, for the reader.
pub fn reason_text(locale: Locale, field: &str, reason: Reason) -> &'static str {
    match (field, reason) {
        ("username", Reason::Taken) => td_string!(locale, reason.username_taken),
        ("username", Reason::Malformed) => td_string!(locale, reason.username_malformed),
        ("username", Reason::TooShort) => td_string!(locale, reason.username_too_short),
        ("username", Reason::TooLong) => td_string!(locale, reason.username_too_long),
        ("email", Reason::Taken) => td_string!(locale, reason.email_taken),
        ("email", Reason::Malformed) => td_string!(locale, reason.email_malformed),
        ("password", Reason::TooShort) => td_string!(locale, reason.password_too_short),
        ("password", Reason::TooLong) => td_string!(locale, reason.password_too_long),
        ("name", Reason::Taken) => td_string!(locale, reason.room_taken),
        ("name", Reason::Malformed) => td_string!(locale, reason.room_malformed),
        ("token", Reason::Full) => td_string!(locale, reason.token_full),
        ("rooms_per_owner" | "rooms_per_day", Reason::Full) => td_string!(locale, reason.rooms_made_full),
        ("rooms_per_user", Reason::Full) => td_string!(locale, reason.rooms_full),
        ("directs_per_day", Reason::Full) => td_string!(locale, reason.directs_full),
        ("blocks_per_user", Reason::Full) => td_string!(locale, reason.blocks_full),
        ("text", Reason::Missing) => td_string!(locale, reason.text_missing),
        ("text", Reason::Invisible) => td_string!(locale, reason.text_invisible),
        ("text", Reason::TooLong) => td_string!(locale, reason.text_too_long),
        (_, reason) => any_reason_text(locale, reason),
    }
}

fn any_reason_text(locale: Locale, reason: Reason) -> &'static str {
    match reason {
        Reason::Missing => td_string!(locale, reason.missing),
        Reason::TooShort => td_string!(locale, reason.too_short),
        Reason::TooLong => td_string!(locale, reason.too_long),
        Reason::Malformed => td_string!(locale, reason.malformed),
        Reason::Invisible => td_string!(locale, reason.invisible),
        Reason::Taken => td_string!(locale, reason.taken),
        Reason::Mismatch => td_string!(locale, reason.mismatch),
        Reason::OutOfRange => td_string!(locale, reason.out_of_range),
        Reason::WrongCredentials => td_string!(locale, reason.wrong_credentials),
        Reason::WrongPassword => td_string!(locale, reason.wrong_password),
        Reason::RegistrationClosed => td_string!(locale, reason.registration_closed),
        Reason::LinkSpent => td_string!(locale, reason.link_spent),
        Reason::CidReused => td_string!(locale, reason.cid_reused),
        Reason::Unknown => td_string!(locale, reason.unknown),
        Reason::Full => td_string!(locale, reason.full),
    }
}

/// A system line about `name`, with who did it if it was somebody else.
pub fn notice_text(locale: Locale, notice: Notice, name: &str, by: Option<&str>) -> String {
    let name = isolated(name);
    if let Some(by) = by.map(isolated) {
        let text = match notice {
            Notice::Joined => Some(td_string!(locale, timeline.joined_by)),
            Notice::Removed => Some(td_string!(locale, timeline.removed_by)),
            Notice::Created | Notice::Left | Notice::Unknown => None,
        };
        if let Some(text) = text {
            return fill(text, &[("name", &name), ("by", &by)]);
        }
    }
    match notice {
        Notice::Created => fill(td_string!(locale, timeline.created), &[("name", &name)]),
        Notice::Joined => fill(td_string!(locale, timeline.joined), &[("name", &name)]),
        Notice::Left => fill(td_string!(locale, timeline.left), &[("name", &name)]),
        Notice::Removed => fill(td_string!(locale, timeline.removed), &[("name", &name)]),
        // A newer server tells what it is.
        Notice::Unknown => name.into(),
    }
}

/// What a room is called; a group without a name, whose others have all left, has nobody to be called after.
pub fn room_name(locale: Locale, room: &RoomSummary, people: &People) -> String {
    let name = room.called(people);
    if name.is_empty() { td_string!(locale, room.group).to_owned() } else { name }
}

/// `3 members`.
pub fn member_count(locale: Locale, count: usize) -> String {
    match count {
        1 => td_string!(locale, room.member_single).to_owned(),
        count => fill(td_string!(locale, room.member_many), &[("count", &count)]),
    }
}

/// `2 invitations`, for those who do not see the badge.
pub fn invitation_count(locale: Locale, count: usize) -> String {
    match count {
        1 => td_string!(locale, invitations.single).to_owned(),
        count => fill(td_string!(locale, invitations.many), &[("count", &count)]),
    }
}

/// `3 unread messages`, for those who do not see the badge.
pub fn unread_count(locale: Locale, count: u32) -> String {
    match count {
        1 => td_string!(locale, room.unread_single).to_owned(),
        count => fill(td_string!(locale, room.unread_many), &[("count", &badge(count))]),
    }
}

/// The number on an unread badge: `99+` from a hundred on.
pub fn badge(count: u32) -> String {
    if count > 99 { "99+".to_owned() } else { count.to_string() }
}

/// A document's title: `(3) general · Papo`.
pub fn title(unread: u32, page: &str) -> String {
    let page = if page.is_empty() { "Papo".to_owned() } else { format!("{} · Papo", isolated(page)) };
    if unread == 0 { page } else { format!("({}) {page}", badge(unread)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_carry_the_unread_count() {
        assert_eq!(title(0, "general"), "general · Papo");
        assert_eq!(title(3, "general"), "(3) general · Papo");
        assert_eq!(title(100, ""), "(99+) Papo");
    }
}
