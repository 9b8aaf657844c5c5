//! What a problem says to programmers, in English: its kind, and what to do.

use crate::error::{AppError, FieldError, Reason};

/// The kind of error in a few words; the same for each of its kind.
pub(super) const fn title(error: &AppError) -> &'static str {
    match error {
        AppError::Malformed { .. } => "Malformed request",
        AppError::Unauthenticated => "Not signed in",
        AppError::Forbidden => "Not allowed",
        AppError::WrongOrigin { .. } => "Foreign page",
        AppError::WrongHost { .. } => "Wrong host",
        AppError::NotFound => "Not found",
        AppError::MethodNotAllowed => "Method not allowed",
        AppError::TooSlow => "Body not received",
        AppError::Conflict { .. } => "Conflict",
        AppError::TooLarge { .. } => "Too large",
        AppError::UnsupportedMediaType => "Unsupported media type",
        AppError::Invalid { .. } => "Invalid values",
        AppError::RateLimited { .. } => "Too many requests",
        AppError::Internal { .. } => "Server error",
        AppError::Unavailable { .. } => "Unavailable",
        AppError::StorageFull { .. } => "Storage full",
    }
}

/// What went wrong this time, and what to do about it.
pub(super) fn detail(error: &AppError) -> String {
    match error {
        AppError::Malformed { fields } | AppError::Invalid { fields } => {
            let refused: Vec<String> = fields.iter().map(refusal).collect();
            format!("{}. Mend this and send it again.", refused.join("; "))
        }
        AppError::Conflict { reason } => format!("It {}.", says(*reason)),
        AppError::TooLarge { max } => format!("At most {max} are taken. Send less."),
        AppError::RateLimited { retry_after_ms } => {
            format!("Send it again in {} s, and less often.", retry_after_ms.div_ceil(1_000))
        }
        AppError::Unavailable { retry_after_ms } | AppError::StorageFull { retry_after_ms } => {
            format!(
                "Nothing was changed, or it is not known. Send it again, unchanged, in {} s.",
                retry_after_ms.div_ceil(1_000)
            )
        }
        AppError::WrongOrigin { address } | AppError::WrongHost { address } if !address.is_empty() => {
            format!("{} It is at {address}.", about(error))
        }
        other => about(other).to_owned(),
    }
}

/// What an error of this kind means and asks for, whichever it is.
pub(super) const fn about(error: &AppError) -> &'static str {
    match error {
        AppError::Malformed { .. } => {
            "The request has another shape than the one that is taken here. `fields` names what is unknown, missing or of \
             another type; an empty name stands for the body or the address as a whole."
        }
        AppError::Unauthenticated => "Sign in, or send a token that is valid, and ask again.",
        AppError::Forbidden => "You are known, and may not do this; a token may lack the scope for it.",
        AppError::WrongOrigin { .. } => {
            "Only pages of this server's own origin may send this. Its operator sets that with `--public-url`; programs send \
             a token and no cookie."
        }
        AppError::WrongHost { .. } => "The request names another host than this server's public URL.",
        AppError::NotFound => "There is no such thing, or none that you may know of.",
        AppError::MethodNotAllowed => "The address takes the methods that `Allow` lists.",
        AppError::TooSlow => "The body did not come in time. Send it again.",
        AppError::Conflict { .. } => "Something else stands in the way; `reason` tells what.",
        AppError::TooLarge { .. } => "The request has more than `max` bytes or pieces.",
        AppError::UnsupportedMediaType => "Send JSON, with `Content-Type: application/json`.",
        AppError::Invalid { .. } => "The values in `fields` break a rule each.",
        AppError::RateLimited { .. } => "Send it again after `retry_after_ms`, and less often.",
        AppError::Internal { .. } => "The server failed, and has noted it under `request_id`.",
        AppError::Unavailable { .. } => "Send it again, unchanged, after `retry_after_ms`.",
        AppError::StorageFull { .. } => {
            "The server's disk is full: nothing is written until its operator makes room."
        }
    }
}

fn refusal(FieldError { field, reason }: &FieldError) -> String {
    let says = says(*reason);
    if field.is_empty() { format!("The request {says}") } else { format!("`{field}` {says}") }
}

const fn says(reason: Reason) -> &'static str {
    match reason {
        Reason::Missing => "is missing",
        Reason::TooShort => "is too short",
        Reason::TooLong => "is too long",
        Reason::Malformed => "does not have the form that is taken here",
        Reason::Invisible => "has a control character, or one that cannot be seen",
        Reason::Taken => "is taken",
        Reason::Mismatch => "differs from what it repeats",
        Reason::OutOfRange => "is out of range",
        Reason::WrongCredentials => "does not go together with the password",
        Reason::WrongPassword => "is not the room's password",
        Reason::RegistrationClosed => "is refused: this server takes no new accounts",
        Reason::LinkSpent => "was used before, or never was a link of this server",
        Reason::CidReused => "was already sent with other content under this id; take a new id",
        Reason::Unknown => "is unknown",
        Reason::Full => "is full: no more have room",
    }
}
