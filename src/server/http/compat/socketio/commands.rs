//! What a client asks: the events of the documents, in the forms that their clients use, as actions.

use std::net::IpAddr;

use serde_json::Value;

use super::rooms::{Known, Rooms};
use crate::{
    error::{AppError, Reason},
    model::{Cid, Me, Notice, RoomAccess, RoomId, RoomKind, RoomSummary, room::RoomName},
    server::{
        chat::{
            messages::{Posting, post_message},
            rooms::{create_room, find_id, join_room, leave_room, load_channel, load_summary},
        },
        http::App,
    },
};

/// An event, understood.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Command {
    Create { room: String, password: String },
    Join { room: String, password: String },
    Leave { room: Option<String> },
    Say { room: Option<String>, text: String },
}

/// What the client is told of it, beside what its rooms are told.
pub(super) enum Outcome {
    /// A status line about its user.
    Told {
        room: String,
        notice: Notice,
    },
    Nothing,
}

/// The names of a field: the documents' English ones, and those of their Portuguese clients.
const ROOM: [&str; 5] = ["room", "sala", "chat_id", "chat", "room_id"];
const PASSWORD: [&str; 2] = ["password", "senha"];
const TEXT: [&str; 4] = ["text", "msg", "message", "mensagem"];
/// How many characters of a client's own name for a room are kept, and repeated with each message.
const LONGEST_ROOM: usize = 100;

impl Command {
    /// Reads an event and its argument: an object, or only a room or a text. Other fields are passed over, a
    /// `username` too: nobody speaks for another.
    ///
    /// # Errors
    /// `Invalid`: `event` if there is no such one, or the field that is missing or no text; `room` if it is too long.
    pub(super) fn read(event: &str, argument: &Value) -> Result<Self, AppError> {
        let room = || match field(argument, &ROOM)? {
            Some(room) if room.chars().count() > LONGEST_ROOM => {
                Err(AppError::invalid("room", Reason::TooLong))
            }
            room => Ok(room),
        };
        let required = |room: Option<String>| room.ok_or_else(|| AppError::invalid("room", Reason::Missing));
        let password = || match argument {
            Value::Object(_) => Ok(field(argument, &PASSWORD)?.unwrap_or_default()),
            _ => Ok::<_, AppError>(String::new()),
        };
        Ok(match event {
            "create" => Self::Create { room: required(room()?)?, password: password()? },
            "join" => Self::Join { room: required(room()?)?, password: password()? },
            "leave" => Self::Leave { room: room()? },
            "text" | "message" => {
                let text = field(argument, &TEXT)?;
                let text = text.ok_or_else(|| AppError::invalid("text", Reason::Missing))?;
                // A bare text has no room beside it.
                let room = if argument.is_object() { room()? } else { None };
                Self::Say { room, text }
            }
            _ => return Err(AppError::invalid("event", Reason::Unknown)),
        })
    }

    /// Does it.
    ///
    /// # Errors
    /// Those of the actions; `Invalid` for `room` if none is named and the client does not hear of exactly one.
    pub(super) async fn run(
        self,
        app: &App,
        me: &Me,
        address: IpAddr,
        rooms: &mut Rooms,
    ) -> Result<Outcome, AppError> {
        match self {
            Self::Create { room, password } => {
                create_room(&app.chat, me, &room, "", &password).await?;
                Ok(Outcome::Told { room, notice: Notice::Created })
            }
            Self::Join { room, password } => join(app, me, address, rooms, room, &password).await,
            Self::Leave { room } => leave(app, me, rooms, room).await,
            Self::Say { room, text } => {
                let room = match rooms.known(room.as_deref())? {
                    Known::Id(id) => id,
                    Known::Name(name) => find(app, me, name).await?.0,
                };
                let posting = Posting { cid: Cid::new(), room: Some(room), to: None, text };
                post_message(&app.chat, &me.user, posting).await?;
                Ok(Outcome::Nothing)
            }
        }
    }
}

/// Enters the room if the user is not in it yet; from now on the client hears of it.
async fn join(
    app: &App,
    me: &Me,
    address: IpAddr,
    rooms: &mut Rooms,
    name: String,
    password: &str,
) -> Result<Outcome, AppError> {
    let (id, summary) = find(app, me, &name).await?;
    let is_member = summary.is_some();
    if !is_member {
        join_room(&app.chat, me, id, password, address).await?;
    }
    rooms.insert(id, name.clone())?;
    // Who enters is announced to the whole room.
    Ok(if is_member { Outcome::Told { room: name, notice: Notice::Joined } } else { Outcome::Nothing })
}

/// The client hears no more of the room. The user leaves it too, if there is a way back by this door.
async fn leave(app: &App, me: &Me, rooms: &mut Rooms, name: Option<String>) -> Result<Outcome, AppError> {
    let (id, summary) = match rooms.known(name.as_deref())? {
        Known::Id(id) => (id, find_own(app, me, id).await?),
        Known::Name(name) => find(app, me, name).await?,
    };
    rooms.remove(id);
    let room = summary.ok_or(AppError::NotFound)?;
    if room.kind == RoomKind::Channel && room.access != RoomAccess::Private {
        leave_room(&app.chat, me, id).await?;
    }
    Ok(Outcome::Nothing)
}

/// The room of this id, address or name; with what the user sees of it if it is one of theirs.
async fn find(app: &App, me: &Me, name: &str) -> Result<(RoomId, Option<RoomSummary>), AppError> {
    if let Ok(id) = name.parse() {
        if let Some(own) = find_own(app, me, id).await? {
            return Ok((id, Some(own)));
        }
        match load_channel(&app.chat, me, name).await {
            // Perhaps a number is its name.
            Err(AppError::NotFound) => {}
            channel => return Ok((channel?.id, None)),
        }
    }
    let name = RoomName::parse(name).map_err(|reason| AppError::invalid("room", reason))?;
    let id = find_id(&app.chat, &name.slug()).await?;
    Ok((id, find_own(app, me, id).await?))
}

async fn find_own(app: &App, me: &Me, room: RoomId) -> Result<Option<RoomSummary>, AppError> {
    match load_summary(&app.chat, me, room).await {
        Err(AppError::NotFound) => Ok(None),
        found => found.map(Some),
    }
}

/// The first of these fields, as text; or the argument itself if it is no object.
fn field(argument: &Value, names: &[&str]) -> Result<Option<String>, AppError> {
    let value = match argument {
        Value::Object(fields) => names.iter().find_map(|name| fields.get(*name)),
        other => Some(other),
    };
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(Value::Number(number)) => Ok(Some(number.to_string())),
        Some(_) => Err(AppError::invalid(names[0], Reason::Malformed)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn say(room: Option<&str>, text: &str) -> Command {
        Command::Say { room: room.map(str::to_owned), text: text.to_owned() }
    }

    #[test]
    fn the_usual_forms_are_understood() {
        for (event, argument, command) in [
            ("text", json!({"room": "jogos", "msg": "oi", "username": "x"}), say(Some("jogos"), "oi")),
            ("message", json!({"chat_id": 7, "message": "oi"}), say(Some("7"), "oi")),
            ("message", json!({"sala": "a", "mensagem": "oi"}), say(Some("a"), "oi")),
            ("text", json!({"msg": "oi"}), say(None, "oi")),
            ("message", json!("oi"), say(None, "oi")),
            ("leave", json!({}), Command::Leave { room: None }),
            ("leave", json!("jogos"), Command::Leave { room: Some("jogos".into()) }),
            (
                "join",
                json!({"room": "jogos", "username": "ana", "password": 123}),
                Command::Join { room: "jogos".into(), password: "123".into() },
            ),
            (
                "create",
                json!({"room": "jogos", "password": null}),
                Command::Create { room: "jogos".into(), password: String::new() },
            ),
        ] {
            assert_eq!(Command::read(event, &argument).unwrap(), command, "{event} {argument}");
        }
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        for (event, argument, field, reason) in [
            ("join", json!({}), "room", Reason::Missing),
            ("join", json!({"room": ["a"]}), "room", Reason::Malformed),
            ("join", json!({"room": format!("a{}", " ".repeat(100))}), "room", Reason::TooLong),
            ("create", json!("x".repeat(101)), "room", Reason::TooLong),
            ("create", json!(null), "room", Reason::Missing),
            ("text", json!({"room": "a"}), "text", Reason::Missing),
            ("text", json!({"room": "a", "msg": {}}), "text", Reason::Malformed),
            ("dance", json!({}), "event", Reason::Unknown),
        ] {
            let refusal = Command::read(event, &argument).unwrap_err();
            assert_eq!(refusal, AppError::invalid(field, reason), "{event} {argument}");
        }
    }
}
