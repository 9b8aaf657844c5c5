//! Words for what `AppError` and `Reason` tell, and other lines that several views share.

use super::{
    fill::fill,
    i18n::{t_string, use_i18n},
    language::I18n,
};
use crate::{
    error::{AppError, Reason},
    model::Notice,
};

/// The handle that `t!` takes, from the context.
pub fn language() -> I18n {
    use_i18n()
}

/// What went wrong, for the reader.
pub fn error_text(i18n: I18n, error: &AppError) -> String {
    match error {
        AppError::Unauthenticated => t_string!(i18n, error.unauthenticated).to_owned(),
        AppError::Forbidden => t_string!(i18n, error.forbidden).to_owned(),
        AppError::NotFound => t_string!(i18n, error.not_found).to_owned(),
        AppError::Invalid { fields } => match fields.as_slice() {
            [one] => reason_text(i18n, &one.field, one.reason).to_owned(),
            _ => t_string!(i18n, error.invalid).to_owned(),
        },
        AppError::Conflict { reason } => reason_text(i18n, "", *reason).to_owned(),
        AppError::RateLimited { retry_after_ms } => {
            fill(t_string!(i18n, error.rate_limited), &[("seconds", &retry_after_ms.div_ceil(1000).max(1))])
        }
        AppError::TooLarge { .. } => t_string!(i18n, error.too_large).to_owned(),
        AppError::Unavailable => t_string!(i18n, error.unavailable).to_owned(),
        AppError::Internal { request_id } if request_id.is_empty() => {
            t_string!(i18n, error.internal).to_owned()
        }
        AppError::Internal { request_id } => fill(t_string!(i18n, error.internal_id), &[("id", &request_id)]),
    }
}

/// Why the value of `field` was refused, for the reader.
pub fn reason_text(i18n: I18n, field: &str, reason: Reason) -> &'static str {
    match (field, reason) {
        ("username", Reason::Taken) => t_string!(i18n, reason.username_taken),
        ("username", Reason::Malformed) => t_string!(i18n, reason.username_malformed),
        ("username", Reason::TooShort) => t_string!(i18n, reason.username_too_short),
        ("username", Reason::TooLong) => t_string!(i18n, reason.username_too_long),
        ("email", Reason::Taken) => t_string!(i18n, reason.email_taken),
        ("email", Reason::Malformed) => t_string!(i18n, reason.email_malformed),
        ("password", Reason::TooShort) => t_string!(i18n, reason.password_too_short),
        ("password", Reason::TooLong) => t_string!(i18n, reason.password_too_long),
        ("name", Reason::Taken) => t_string!(i18n, reason.room_taken),
        ("name", Reason::Malformed) => t_string!(i18n, reason.room_malformed),
        ("text", Reason::Missing) => t_string!(i18n, reason.text_missing),
        ("text", Reason::TooLong) => t_string!(i18n, reason.text_too_long),
        (_, reason) => any_reason_text(i18n, reason),
    }
}

fn any_reason_text(i18n: I18n, reason: Reason) -> &'static str {
    match reason {
        Reason::Missing => t_string!(i18n, reason.missing),
        Reason::TooShort => t_string!(i18n, reason.too_short),
        Reason::TooLong => t_string!(i18n, reason.too_long),
        Reason::Malformed => t_string!(i18n, reason.malformed),
        Reason::Taken => t_string!(i18n, reason.taken),
        Reason::Mismatch => t_string!(i18n, reason.mismatch),
        Reason::OutOfRange => t_string!(i18n, reason.out_of_range),
        Reason::WrongCredentials => t_string!(i18n, reason.wrong_credentials),
        Reason::WrongPassword => t_string!(i18n, reason.wrong_password),
        Reason::RegistrationClosed => t_string!(i18n, reason.registration_closed),
        Reason::CidReused => t_string!(i18n, reason.cid_reused),
        Reason::Unknown => t_string!(i18n, reason.unknown),
    }
}

/// A system line about `name`.
pub fn notice_text(i18n: I18n, notice: Notice, name: &str) -> String {
    match notice {
        Notice::Created => fill(t_string!(i18n, timeline.created), &[("name", &name)]),
        Notice::Joined => fill(t_string!(i18n, timeline.joined), &[("name", &name)]),
        Notice::Left => fill(t_string!(i18n, timeline.left), &[("name", &name)]),
    }
}

/// `3 members`.
pub fn member_count(i18n: I18n, count: usize) -> String {
    match count {
        1 => t_string!(i18n, room.member_single).to_owned(),
        count => fill(t_string!(i18n, room.member_many), &[("count", &count)]),
    }
}

/// `3 unread messages`, for those who do not see the badge.
pub fn unread_count(i18n: I18n, count: u32) -> String {
    match count {
        1 => t_string!(i18n, room.unread_single).to_owned(),
        count => fill(t_string!(i18n, room.unread_many), &[("count", &badge(count))]),
    }
}

/// The number on an unread badge: `99+` from a hundred on.
pub fn badge(count: u32) -> String {
    if count > 99 { "99+".to_owned() } else { count.to_string() }
}

/// A document's title: `(3) general · Papo`.
pub fn title(unread: u32, page: &str) -> String {
    let page = if page.is_empty() { "Papo".to_owned() } else { format!("{page} · Papo") };
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
