//! `WS /ws/chat/{conversation_id}/`: one conversation, as the original's consumer told it.
//!
//! The client sends `{"message": "…"}` or `{"text": "…"}`; everyone in the conversation is sent the message, its
//! writer too. Who has it open has read what it is told.

use axum::{
    extract::{FromRequestParts as _, Request, State},
    response::{IntoResponse as _, Response},
};
use serde_json::{Value, json};

use super::{
    Conversation, Refusal,
    shapes::{Frame, MessageJson, unmoved},
};
use crate::{
    error::{AppError, Reason},
    model::{Cid, Me, Member, Progress, RoomId, Scope, Seq, UserId, page::RECEIPTS_MAX},
    server::{
        auth::Caller,
        chat::{
            marks,
            messages::{self, Posting},
            rooms,
        },
        http::{
            App,
            compat::{
                heard::Heard,
                socket::{Dialect, speak},
                visitor::Visitor,
            },
        },
        limits::Address,
        live::Close,
    },
};

/// One more than have a status tells that there are too many.
const MEMBERS: usize = RECEIPTS_MAX + 1;

/// Refuses with 403 whoever is not in the conversation, like the original: before the upgrade.
pub(super) async fn connect(State(app): State<App>, request: Request) -> Response {
    match admit(app, request).await {
        Ok(response) => response,
        Err(AppError::Unauthenticated | AppError::NotFound) => {
            Refusal::from(AppError::Forbidden).into_response()
        }
        Err(error) => Refusal::from(error).into_response(),
    }
}

async fn admit(app: App, request: Request) -> Result<Response, AppError> {
    let (mut parts, body) = request.into_parts();
    let Visitor(caller) = Visitor::from_request_parts(&mut parts, &app).await?;
    let address = Address::of(&parts);
    let conversation = Conversation::from_request_parts(&mut parts, &app).await;
    let Conversation(room) = conversation.map_err(|_| AppError::NotFound)?;
    let members = members(&app, &caller.me, room).await?;
    let opener = (caller.me.user.clone(), caller.session.clone());
    let consumer = Consumer { app: app.clone(), caller, room, members };
    speak(app, opener, address, Request::from_parts(parts, body), consumer)
}

async fn members(app: &App, me: &Me, room: RoomId) -> Result<Vec<Member>, AppError> {
    Ok(rooms::list_members(&app.chat, me, room, UserId(0), MEMBERS).await?.members)
}

struct Consumer {
    app: App,
    caller: Caller,
    room: RoomId,
    members: Vec<Member>,
}

impl Dialect for Consumer {
    #[deny(clippy::wildcard_enum_match_arm)]
    async fn tell(&mut self, heard: Heard<'_>) -> Result<Vec<String>, Close> {
        match heard {
            // From here on nothing of the room is missed: what came before was read with the page.
            Heard::Opened => {
                self.members =
                    members(&self.app, &self.caller.me, self.room).await.map_err(|_| Close::Removed)?;
                self.note_read(Seq(i64::MAX)).await;
            }
            Heard::Entered(member) if member.room == self.room => self.enter(member),
            Heard::Left(member) if member.room == self.room => self.leave(member)?,
            Heard::Said(message, author) if message.room == self.room => {
                self.note_read(message.seq).await;
                let frame = Frame::of(MessageJson::of(message, author, &unmoved(&self.members)));
                return Ok(serde_json::to_string(&frame).into_iter().collect());
            }
            // Of other rooms it tells nothing, and of its own nothing but texts.
            Heard::Said(..) | Heard::Entered(_) | Heard::Left(_) => {}
            Heard::Noticed { .. } | Heard::Typing { .. } | Heard::Presence { .. } => {}
        }
        Ok(Vec::new())
    }

    async fn obey(&mut self, text: &str) -> Result<Vec<String>, AppError> {
        self.caller.require(Scope::Write)?;
        let text = said(text).ok_or_else(|| AppError::invalid("message", Reason::Malformed))?;
        let posting = Posting { cid: Cid::new(), room: Some(self.room), to: None, text };
        messages::post_message(&self.app.chat, &self.caller.me.user, posting).await?;
        // The writer hears of it as everyone does.
        Ok(Vec::new())
    }

    fn refuse(&self, error: &AppError) -> String {
        json!({ "type": "error", "error": Refusal::from(error.clone()).into_body() }).to_string()
    }
}

impl Consumer {
    async fn note_read(&self, seq: Seq) {
        if self.caller.require(Scope::Write).is_ok() {
            // What is not noted is made good by the next mark.
            drop(marks::mark(&self.app.chat, self.caller.me.user.id, self.room, Progress::Read(seq)).await);
        }
    }

    fn enter(&mut self, member: &Member) {
        self.forget(member.user);
        if self.members.len() < MEMBERS {
            self.members.push(member.clone());
        }
    }

    fn leave(&mut self, member: &Member) -> Result<(), Close> {
        if member.user == self.caller.me.user.id {
            return Err(Close::Removed);
        }
        self.forget(member.user);
        Ok(())
    }

    fn forget(&mut self, user: UserId) {
        self.members.retain(|known| known.user != user);
    }
}

/// The text of a frame: `{"message": "…"}`, `{"text": "…"}`, or one inside the other.
fn said(frame: &str) -> Option<String> {
    let frame: Value = serde_json::from_str(frame).ok()?;
    let named = |value: &Value| value.get("message").or_else(|| value.get("text")).cloned();
    let said = named(&frame)?;
    said.as_str().map(str::to_owned).or_else(|| named(&said)?.as_str().map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stands_under_either_name() {
        for frame in
            [r#"{"message":"x"}"#, r#"{"type":"chat_message","text":"x"}"#, r#"{"message":{"text":"x"}}"#]
        {
            assert_eq!(said(frame).as_deref(), Some("x"), "{frame}");
        }
        for frame in
            ["", "[]", "x", r#"{"message":1}"#, r#"{"type":"typing"}"#, r#"{"message":{"message":[]}}"#]
        {
            assert_eq!(said(frame), None, "{frame}");
        }
    }
}
