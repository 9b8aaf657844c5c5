//! `GET /api/events`: the live protocol's events as server-sent events.
//!
//! `data` is one event as JSON; durable ones have the id `room:seq@epoch`, with the epoch's first characters. A `bye` says why the stream ends. Who names
//! cursors is first told what was missed; only then do live events follow, so that an id never leaves a hole behind it.

use std::{convert::Infallible, fmt::Write as _, sync::Arc};

use axum::{
    Extension,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Uri},
    response::Response,
};
use futures::stream;
use serde_json::json;
use tokio::time::timeout;

use super::{
    commands::sync_cost,
    feed::Feed,
    resume::{Resume, tag_of},
};
use crate::{
    error::AppError,
    model::{Ephemeral, LiveEvent, RoomId, Seq},
    server::{
        auth::Proof,
        http::{
            App,
            caller::{Caller, Listener},
            event_stream::{KEEP_ALIVE, answer},
            listen::Cut,
            middleware::require_own_page,
        },
        limits::Address,
        live::{Close, EncodedEvent},
    },
};

/// Proxies that gather let go of what is larger than their buffer; the beginning must not wait for it.
const PADDING: usize = 2_048;

/// Room for what stands around one event.
const ID_ROOM: usize = 64;

/// Streams what the user's connections hear.
pub(in crate::server::http) async fn listen(
    State(app): State<App>,
    Listener(caller): Listener,
    address: Address,
    Extension(Cut(cut)): Extension<Cut>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, AppError> {
    if caller.proof == Proof::Cookie {
        require_own_page(&app, &headers)?;
    }
    let Caller { me, session, .. } = caller;
    let user = me.user;
    let resume = Resume::read(uri.query(), &headers)?;
    if let Some(resume) = &resume {
        app.limits.posted(user.id, sync_cost(&app, user.id, resume.named(), false).await?)?;
    }
    let place = app.limits.connection(user.id, address)?;
    let tag = tag_of(&app.chat.epoch).to_owned();
    let mut feed = Feed::connect(&app, user.clone(), session, Some(place), cut);
    let mut opening = format!(":{}\n\n", " ".repeat(PADDING));
    let greeting = feed.next().await.unwrap_or_default();
    append(&mut opening, &greeting, &tag);
    feed.begin(&app).await;
    if let Some(resume) = resume {
        let missed = resume.missed(&app, user.id).await?;
        let missed = missed.into_iter().filter_map(EncodedEvent::of);
        missed.for_each(|event| append_event(&mut opening, &event, &tag));
    }
    let stream = Stream { feed, tag, opening, ended: false };
    Ok(answer(stream::unfold(stream, Stream::next)))
}

/// One stream of events.
struct Stream {
    feed: Feed,
    /// Of the history, for the ids.
    tag: String,
    /// What comes first.
    opening: String,
    ended: bool,
}

impl Stream {
    /// What waits, or a sign of life; nothing after the end.
    async fn next(mut self) -> Option<(Result<Bytes, Infallible>, Self)> {
        if self.ended {
            return None;
        }
        let mut text = std::mem::take(&mut self.opening);
        if text.is_empty() {
            match timeout(KEEP_ALIVE, self.feed.next()).await {
                Ok(Ok(events)) => append(&mut text, &events, &self.tag),
                Ok(Err(why)) => {
                    append_bye(&mut text, why);
                    self.ended = true;
                }
                Err(_) => text.push_str(": still here\n\n"),
            }
        }
        Some((Ok(text.into()), self))
    }
}

fn append(text: &mut String, events: &[Arc<EncodedEvent>], tag: &str) {
    // Grown by and by it would be half empty, and hyper keeps several for a reader that takes nothing.
    text.reserve_exact(events.iter().map(|event| event.json.len() + ID_ROOM).sum());
    events.iter().for_each(|event| append_event(text, event, tag));
}

fn append_event(text: &mut String, EncodedEvent { event, json, .. }: &EncodedEvent, tag: &str) {
    if let Some((room, seq)) = cursor_after(event) {
        let _ = writeln!(text, "id: {room}:{seq}@{tag}");
    }
    // JSON has no line breaks of its own.
    let _ = write!(text, "data: {json}\n\n");
}

/// Up to where a client holds everything of a room that has heard the event.
#[deny(clippy::wildcard_enum_match_arm)]
fn cursor_after(event: &LiveEvent) -> Option<(RoomId, Seq)> {
    match event {
        LiveEvent::Durable(change) => Some((change.room, change.seq)),
        LiveEvent::Ephemeral(Ephemeral::Synced { room, head, .. }) => Some((*room, *head)),
        LiveEvent::Ephemeral(_) | LiveEvent::Unknown => None,
    }
}

fn append_bye(text: &mut String, why: Close) {
    let mut bye = json!({ "type": "bye", "code": why as u16 });
    if let Some(wait) = why.retry_after_ms() {
        bye["retry_after_ms"] = wait.into();
    }
    let _ = write!(text, "data: {bye}\n\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        Change, Cid, Member, MemberRole, Message, MessageId, MessageKind, Timestamp, UserId, UserRef, What,
        people::Introduced,
    };

    fn ana() -> UserRef {
        UserRef { id: UserId(1), username: "ana".into(), name: "Ana".into(), seq: Seq(0) }
    }

    fn text_of(event: impl Into<Introduced>) -> String {
        let mut text = String::new();
        append(&mut text, &[Arc::new(EncodedEvent::of(event).unwrap())], "5f0c93d1");
        text
    }

    #[test]
    fn what_moves_a_cursor_has_an_id_and_its_own_json_beside_it() {
        let message = Message {
            room: RoomId(17),
            seq: Seq(42),
            id: MessageId(7),
            cid: None,
            kind: MessageKind::Text,
            notice: None,
            from: ana().id,
            by: None,
            text: "one\ntwo".into(),
            html: String::new(),
            at: Timestamp(0),
            changed_seq: Seq(42),
        };
        let member =
            Member { room: RoomId(17), seq: Seq(43), user: ana().id, role: MemberRole::Member, joined: true };
        let edited = Message { changed_seq: Seq(44), ..message.clone() };
        let newer = r#"{"room":17,"seq":45,"type":"pinned"}"#.to_owned();
        let newer = Change { room: RoomId(17), seq: Seq(45), what: What::Unknown(newer) };
        let synced = Ephemeral::Synced { room: RoomId(17), head: Seq(46), messages: vec![], members: vec![] };
        let events: [(LiveEvent, i64); 5] = [
            (Change::new_message(message).into(), 42),
            (Change::from(member).into(), 43),
            (Change::changed_message(edited).into(), 44),
            (newer.into(), 45),
            (synced.into(), 46),
        ];
        for (event, seq) in events {
            let json = serde_json::to_string(&event).unwrap();
            assert_eq!(text_of(event), format!("id: 17:{seq}@5f0c93d1\ndata: {json}\n\n"));
        }
    }

    #[test]
    fn what_names_a_room_and_moves_no_cursor_has_no_id() {
        let room = RoomId(17);
        let delivery =
            Ephemeral::Delivery { cid: Cid::new(), room, id: MessageId(7), seq: Seq(45), at: Timestamp(0) };
        let (delivered_seq, read_seq) = (Seq(9), Seq(9));
        let receipt = Ephemeral::Receipt { room, user: UserId(1), delivered_seq, read_seq, unread: None };
        for event in
            [delivery, receipt, Ephemeral::Typing { room, users: vec![ana().id] }, Ephemeral::Pong {}]
        {
            let text = text_of(event);
            assert!(text.starts_with("data: {") && text.ends_with("}\n\n"), "{text}");
        }
    }
}
