//! `WS /ws?token=`: everyone hears everyone in the general room, and each their own direct rooms.

use std::collections::{BTreeMap, BTreeSet};

use axum::{
    extract::{Request, State},
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Refusal, people::usernames};
use crate::{
    error::{AppError, Reason},
    model::{Cid, Message, Notice, RoomId, Scope, UserRef, command::Addressee},
    server::{
        auth::Caller,
        chat::{
            messages::{Posting, post_message},
            people::find_person,
            rooms::find_direct,
            typing::set_typing,
        },
        context::Language,
        http::{
            App,
            compat::{
                heard::Heard,
                partners::Partners,
                socket::{Dialect, speak},
                visitor::Visitor,
            },
            live::LONG_COST,
        },
        limits::Address,
        live::Close,
    },
    words::{Locale, error_text, notice_text},
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
            partners: Partners::new(&app.chat, &caller.me),
            caller,
            locale,
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

/// Whom a message in a room is for.
enum Recipient {
    Everyone,
    /// The direct room with this user.
    With(String),
}

struct Talk {
    app: App,
    caller: Caller,
    locale: Locale,
    partners: Partners,
    /// Who types, room by room.
    typing: BTreeMap<RoomId, BTreeSet<String>>,
    /// Whether somebody came or went since the client was told who is online.
    is_presence_due: bool,
}

impl Dialect for Talk {
    #[deny(clippy::wildcard_enum_match_arm)]
    async fn tell(&mut self, heard: Heard<'_>) -> Result<Vec<String>, Close> {
        Ok(match heard {
            Heard::Opened => vec![self.presence()],
            Heard::Said(message, author) => self.tell_message(message, author).await?,
            Heard::Noticed { notice, room, user } => {
                let told = self.recipient(room).await?.map(|_| self.system(notice, user));
                told.into_iter().collect()
            }
            Heard::Presence { user, online } => {
                let notice = if online { Notice::Joined } else { Notice::Left };
                self.is_presence_due = true;
                vec![self.system(notice, user)]
            }
            Heard::Typing { room, users } => {
                if self.recipient(room).await?.is_none() {
                    return Ok(Vec::new());
                }
                let others = users.iter().filter(|user| user.id != self.caller.me.user.id);
                self.typing.insert(room, others.map(|user| user.username.clone()).collect());
                vec![self.typists()]
            }
            Heard::Left(member) if member.user == self.caller.me.user.id => {
                // Nothing more is heard from there.
                self.partners.forget(member.room);
                let typed = self.typing.remove(&member.room).is_some_and(|users| !users.is_empty());
                typed.then(|| self.typists()).into_iter().collect()
            }
            // Others' coming and going is told by the room's own lines.
            Heard::Entered(_) | Heard::Left(_) => Vec::new(),
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
                let room = to.is_none().then_some(self.app.chat.general);
                let address = to.clone().map(Addressee::Username);
                let posting = Posting { cid: cid.unwrap_or_else(Cid::new), room, to: address, text };
                let sent = post_message(&self.app.chat, &me.user, posting).await?;
                let delivery = json!({
                    "type": "delivery", "status": "sent", "to": to, "id": sent.id, "cid": sent.cid, "at": sent.at,
                });
                return Ok(vec![delivery.to_string()]);
            }
            Word::Typing { on, to } => {
                let room = match named(to) {
                    None => Some(self.app.chat.general),
                    Some(to) => {
                        let other = find_person(&self.app.chat, &Addressee::Username(to)).await?;
                        match find_direct(&self.app.chat, me.user.id, other.id).await {
                            // Nobody is told before the first message.
                            Err(AppError::NotFound) => None,
                            found => Some(found?),
                        }
                    }
                };
                if let Some(room) = room {
                    set_typing(&self.app.chat, &me.user, room, on).await?;
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
    async fn tell_message(&mut self, message: &Message, author: &UserRef) -> Result<Vec<String>, Close> {
        let Some(recipient) = self.recipient(message.room).await? else { return Ok(Vec::new()) };
        let Message { room, id, cid, text, at, .. } = message;
        // Whoever has written it has stopped to.
        let stopped = self.typing.get_mut(room).is_some_and(|typing| typing.remove(&author.username));
        // A direct message is to the one of the two who has not written it.
        let me = &self.caller.me.user;
        let to = match recipient {
            Recipient::Everyone => None,
            Recipient::With(partner) if author.id == me.id => Some(partner),
            Recipient::With(_) => Some(me.username.clone()),
        };
        let said = json!({
            "type": "message", "from": author.username, "name": author.name, "to": to, "text": text,
            "id": id, "cid": cid, "at": at,
        });
        let typists = stopped.then(|| self.typists());
        Ok([said.to_string()].into_iter().chain(typists).collect())
    }

    /// Whom a message in the room is for; none in rooms that this protocol does not know.
    ///
    /// # Errors
    /// That the client had better come again, if it cannot be known: it must not miss a message unawares.
    async fn recipient(&mut self, room: RoomId) -> Result<Option<Recipient>, Close> {
        if room == self.app.chat.general {
            return Ok(Some(Recipient::Everyone));
        }
        let partner = self.partners.of(room).await.map_err(|_| Close::Restart)?;
        Ok(partner.map(|partner| Recipient::With(partner.username)))
    }

    fn presence(&self) -> String {
        json!({ "type": "presence", "online": usernames(&self.app.chat.live.online()) }).to_string()
    }

    fn system(&self, notice: Notice, user: &UserRef) -> String {
        let text = notice_text(self.locale, notice, &user.name, None);
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
