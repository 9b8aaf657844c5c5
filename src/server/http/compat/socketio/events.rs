//! What clients are told: `message`, `status` and `error`, with the fields that the documents' pages read.

use serde_json::{Value, json};

use super::rooms::Rooms;
use crate::{
    error::AppError,
    model::{Change, LiveEvent, Message, Notice, UserRef, What},
    ui::{
        i18n::Locale,
        words::{error_text, notice_text},
    },
};

/// An event's name and argument.
pub(super) type Said = (&'static str, Value);

/// What the client is told of a live event, if it hears of its room.
pub(super) fn of(event: LiveEvent, rooms: &Rooms, locale: Locale) -> Option<Said> {
    let LiveEvent::Durable(Change { what: What::Message(message), .. }) = event else { return None };
    let room = rooms.name_of(message.room)?;
    Some(match message.notice {
        Some(notice) => status(locale, room, notice, &message.from),
        None => ("message", text(room, &message)),
    })
}

/// A line about a user: who entered, left, or made the room.
pub(super) fn status(locale: Locale, room: &str, notice: Notice, user: &UserRef) -> Said {
    let line = notice_text(locale, notice, &user.name);
    (
        "status",
        json!({ "room": room, "username": user.username, "name": user.name, "msg": line, "message": line }),
    )
}

/// Why the client's event was refused, in words for people and with the code for programs.
pub(super) fn refusal(locale: Locale, error: &AppError) -> Said {
    let line = error_text(locale, error);
    let mut refusal = json!(error);
    refusal["msg"] = Value::from(line.as_str());
    refusal["message"] = Value::from(line);
    ("error", refusal)
}

fn text(room: &str, message: &Message) -> Value {
    json!({
        "room": room,
        "username": message.from.username,
        "name": message.from.name,
        "msg": message.text,
        "message": message.text,
        "id": message.id,
        "seq": message.seq,
        "at": message.at,
    })
}
