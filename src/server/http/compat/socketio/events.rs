//! What clients are told: `message`, `status` and `error`, with the fields that the documents' pages read.

use serde_json::{Value, json};

use super::{super::heard::Heard, rooms::Rooms};
use crate::{
    error::AppError,
    model::{Message, Notice, UserRef},
    words::{Locale, error_text, notice_text},
};

/// The name and the argument of an event for the client.
pub(super) type Emitted = (&'static str, Value);

/// What the client is told of something, if it hears of its room.
#[deny(clippy::wildcard_enum_match_arm)]
pub(super) fn of(heard: Heard<'_>, rooms: &Rooms, locale: Locale) -> Option<Emitted> {
    match heard {
        Heard::Said(message, author) => {
            Some(("message", text(rooms.name_of(message.room)?, message, author)))
        }
        Heard::Noticed { notice, room, user } => Some(status(locale, rooms.name_of(room)?, notice, user)),
        // Who enters and who leaves is told by the room's own lines.
        Heard::Opened
        | Heard::Entered(_)
        | Heard::Left(_)
        | Heard::Typing { .. }
        | Heard::Presence { .. } => None,
    }
}

/// A line about a user: who entered, left, or made the room.
pub(super) fn status(locale: Locale, room: &str, notice: Notice, user: &UserRef) -> Emitted {
    let line = notice_text(locale, notice, &user.name, None);
    (
        "status",
        json!({ "room": room, "username": user.username, "name": user.name, "msg": line, "message": line }),
    )
}

/// Why the client's event was refused, in words for people and with the code for programs.
pub(super) fn refusal(locale: Locale, error: &AppError) -> Emitted {
    let line = error_text(locale, error);
    let mut refusal = json!(error);
    refusal["msg"] = Value::from(line.as_str());
    refusal["message"] = Value::from(line);
    ("error", refusal)
}

fn text(room: &str, message: &Message, author: &UserRef) -> Value {
    json!({
        "room": room,
        "username": author.username,
        "name": author.name,
        "msg": message.text,
        "message": message.text,
        "id": message.id,
        "seq": message.seq,
        "at": message.at,
    })
}
