//! `WS /ws?token=`: everyone hears everyone in the general room, and each their own direct rooms.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use axum::{
    extract::{Request, State},
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Refusal, people::usernames};
use crate::{
    error::{AppError, Reason},
    model::{
        Change, Cid, Ephemeral, LiveEvent, Message, Notice, RoomId, Scope, UserRef, What, event::Addressee,
    },
    server::{
        auth::Caller,
        chat::{
            messages::{Posting, post_message},
            people::find_person,
            rooms::{find_direct, load_summary},
            typing::set_typing,
        },
        context::Language,
        http::{
            compat::{
                socket::{Dialect, speak},
                visitor::Visitor,
            },
            live::LONG_COST,
        },
        limits::Address,
        live::Close,
        state::App,
    },
    ui::{
        i18n::Locale,
        words::{error_text, notice_text},
    },
};

/// Opens the WebSocket, for the owner of a token whatever page it comes from.
pub(super) async fn connect(
    State(app): State<App>,
    visitor: Result<Visitor, AppError>,
    Language(locale): Language,
    address: Address,
    request: Request,
) -> Response {
    let speaking = visitor.and_then(|Visitor(caller)| {
        let who = (caller.me.user.clone(), caller.session.clone());
        let talk = Talk {
            app: app.clone(),
            caller,
            locale,
            places: HashMap::new(),
            typing: BTreeMap::new(),
            is_presence_due: false,
        };
        speak(app, who, address, request, talk)
    });
    speaking.unwrap_or_else(|error| Refusal { locale, error }.into_response())
}

/// What a client says.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Word {
    Message {
        text: String,
        #[serde(default)]
        to: Option<String>,
        /// The client's own id, if it wants to repeat what was not answered.
        #[serde(default)]
        cid: Option<Cid>,
    },
    Who {},
    Typing {
        #[serde(default = "yes")]
        on: bool,
        #[serde(default)]
        to: Option<String>,
    },
}

const fn yes() -> bool {
    true
}

/// What a room is to this protocol.
#[derive(Clone)]
enum Place {
    Everyone,
    /// The direct room with this user.
    With(String),
    Elsewhere,
}

struct Talk {
    app: App,
    caller: Caller,
    locale: Locale,
    places: HashMap<RoomId, Place>,
    /// Who types, room by room.
    typing: BTreeMap<RoomId, BTreeSet<String>>,
    /// Whether somebody came or went since the client was told who is online.
    is_presence_due: bool,
}

impl Dialect for Talk {
    async fn tell(&mut self, event: LiveEvent) -> Result<Vec<String>, Close> {
        Ok(match event {
            LiveEvent::Ephemeral(Ephemeral::Hello { .. }) => vec![self.presence()],
            LiveEvent::Durable(Change { what: What::Message(message), .. }) => {
                self.tell_message(message).await?
            }
            LiveEvent::Ephemeral(Ephemeral::PresenceChanged { user, online }) => {
                let notice = if online { Notice::Joined } else { Notice::Left };
                self.is_presence_due = true;
                vec![self.system(notice, &user)]
            }
            LiveEvent::Ephemeral(Ephemeral::Typing { room, users }) => {
                if matches!(self.place(room).await?, Place::Elsewhere) {
                    return Ok(Vec::new());
                }
                let others = users.into_iter().filter(|user| user.id != self.caller.me.user.id);
                self.typing.insert(room, others.map(|user| user.username).collect());
                vec![self.typists()]
            }
            LiveEvent::Durable(Change { what: What::Member(member), .. })
                if !member.joined && member.user.id == self.caller.me.user.id =>
            {
                // Nothing more is heard from there.
                self.places.remove(&member.room);
                let typed = self.typing.remove(&member.room).is_some_and(|users| !users.is_empty());
                typed.then(|| self.typists()).into_iter().collect()
            }
            _ => Vec::new(),
        })
    }

    /// The list is long where people come and go in crowds.
    fn sum_up(&mut self) -> Vec<String> {
        if std::mem::take(&mut self.is_presence_due) { vec![self.presence()] } else { Vec::new() }
    }

    fn cost(&self, text: &str) -> u32 {
        if let Ok(Word::Who {}) = serde_json::from_str(text) { LONG_COST } else { 1 }
    }

    async fn obey(&mut self, text: &str) -> Result<Vec<String>, AppError> {
        let word = serde_json::from_str(text).map_err(|_| AppError::invalid("type", Reason::Malformed))?;
        if let Word::Who {} = word {
            return Ok(vec![self.presence()]);
        }
        self.caller.require(Scope::Write)?;
        let me = &self.caller.me;
        match word {
            Word::Who {} => {}
            Word::Message { text, to, cid } => {
                let to = named(to);
                let room = to.is_none().then_some(self.app.general);
                let address = to.clone().map(Addressee::Username);
                let posting = Posting { cid: cid.unwrap_or_else(Cid::new), room, to: address, text };
                let sent = post_message(&self.app, &me.user, posting).await?;
                let delivery = json!({
                    "type": "delivery", "status": "sent", "to": to, "id": sent.id, "cid": sent.cid, "at": sent.at,
                });
                return Ok(vec![delivery.to_string()]);
            }
            Word::Typing { on, to } => {
                let room = match named(to) {
                    None => Some(self.app.general),
                    Some(to) => {
                        let other = find_person(&self.app, &Addressee::Username(to)).await?;
                        match find_direct(&self.app, me.user.id, other.id).await {
                            // Nobody is told before the first message.
                            Err(AppError::NotFound) => None,
                            found => Some(found?),
                        }
                    }
                };
                if let Some(room) = room {
                    set_typing(&self.app, &me.user, room, on).await?;
                }
            }
        }
        Ok(Vec::new())
    }

    fn refuse(&self, error: &AppError) -> String {
        let mut refusal = json!(error);
        refusal["type"] = Value::from("error");
        refusal["text"] = Value::from(error_text(self.locale, error));
        refusal.to_string()
    }
}

impl Talk {
    async fn tell_message(&mut self, message: Message) -> Result<Vec<String>, Close> {
        let partner = match self.place(message.room).await? {
            Place::Everyone => None,
            Place::With(partner) => Some(partner),
            Place::Elsewhere => return Ok(Vec::new()),
        };
        let Message { room, id, cid, notice, from, text, at, .. } = message;
        if let Some(notice) = notice {
            return Ok(vec![self.system(notice, &from)]);
        }
        // Whoever has written it has stopped to.
        let stopped = self.typing.get_mut(&room).is_some_and(|typing| typing.remove(&from.username));
        // A direct message is to the one of the two who has not written it.
        let is_mine = from.id == self.caller.me.user.id;
        let to = partner.map(|partner| if is_mine { partner } else { self.caller.me.user.username.clone() });
        let said = json!({
            "type": "message", "from": from.username, "name": from.name, "to": to, "text": text,
            "id": id, "cid": cid, "at": at,
        });
        let typists = stopped.then(|| self.typists());
        Ok([said.to_string()].into_iter().chain(typists).collect())
    }

    /// What the room is; asked once.
    ///
    /// # Errors
    /// That the client had better come again, if it cannot be known: it must not miss a message unawares.
    async fn place(&mut self, room: RoomId) -> Result<Place, Close> {
        if room == self.app.general {
            return Ok(Place::Everyone);
        }
        if let Some(known) = self.places.get(&room) {
            return Ok(known.clone());
        }
        let place = match load_summary(&self.app, &self.caller.me, room).await {
            Ok(summary) => summary.partner.map_or(Place::Elsewhere, |partner| Place::With(partner.username)),
            // Left since.
            Err(AppError::NotFound) => return Ok(Place::Elsewhere),
            Err(_) => return Err(Close::Restart),
        };
        self.places.insert(room, place.clone());
        Ok(place)
    }

    fn presence(&self) -> String {
        json!({ "type": "presence", "online": usernames(&self.app.live.online()) }).to_string()
    }

    fn system(&self, notice: Notice, user: &UserRef) -> String {
        let text = notice_text(self.locale, notice, &user.name);
        json!({ "type": "system", "text": text, "user": user.username }).to_string()
    }

    /// Everyone but the user who types in the general room, or to the user.
    fn typists(&self) -> String {
        let users: BTreeSet<&String> = self.typing.values().flatten().collect();
        json!({ "type": "typing", "users": users }).to_string()
    }
}

/// Nobody is named by an empty name.
fn named(to: Option<String>) -> Option<String> {
    to.map(|to| to.trim().to_owned()).filter(|to| !to.is_empty())
}
