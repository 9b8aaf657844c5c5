//! Where the client of a stream says it stopped: in `?since=`, and in the `Last-Event-ID` of a browser that connects
//! again by itself.

use std::collections::BTreeMap;

use axum::http::HeaderMap;

use crate::{
    error::{AppError, Reason},
    model::{Ephemeral, RoomId, Seq, UserId},
    server::{
        chat::sync::{self, Wish},
        http::App,
    },
};

const LAST_EVENT_ID: &str = "last-event-id";

/// What a client holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Resume {
    cursors: BTreeMap<RoomId, Seq>,
    /// The history of all cursors, if the client says so.
    epoch: Option<String>,
    /// What single cursors say of it, one for each.
    tags: Vec<Option<String>>,
    /// Whether the client may hold more rooms than are named: an event's id names only its own.
    is_partial: bool,
}

impl Resume {
    /// None if the client asks for nothing.
    ///
    /// # Errors
    /// `Invalid` for `since` or `last-event-id`.
    pub(super) fn read(query: Option<&str>, headers: &HeaderMap) -> Result<Option<Self>, AppError> {
        let fields: BTreeMap<String, String> =
            serde_urlencoded::from_str(query.unwrap_or_default()).unwrap_or_default();
        let since = fields.get("since").map(|since| read_cursors("since", since)).transpose()?;
        let last = headers.get(LAST_EVENT_ID).map(|id| id.to_str().unwrap_or("?"));
        let last = last.filter(|id| !id.is_empty()).map(|id| read_cursors(LAST_EVENT_ID, id)).transpose()?;
        if since.is_none() && last.is_none() {
            return Ok(None);
        }
        let is_partial = last.is_some();
        let (mut cursors, mut tags) = (BTreeMap::new(), Vec::new());
        for Cursor { room, seq, tag } in since.into_iter().chain(last).flatten() {
            let cursor = cursors.entry(room).or_insert(seq);
            *cursor = seq.max(*cursor);
            tags.push(tag);
        }
        Ok(Some(Self { cursors, epoch: fields.get("epoch").cloned(), tags, is_partial }))
    }

    /// How many rooms are named.
    pub(super) fn named(&self) -> usize {
        self.cursors.len()
    }

    /// What the user missed: the answer to a `sync` with these cursors. A room of which nothing is known is to be
    /// fetched anew.
    ///
    /// # Errors
    /// Those of `sync`.
    pub(super) async fn missed(&self, app: &App, user: UserId) -> Result<Vec<Ephemeral>, AppError> {
        let epoch = if self.is_of(&app.chat.epoch) { &*app.chat.epoch } else { "" };
        let wish = Wish { epoch, cursors: &self.cursors, newest: false, people: None };
        let mut events = sync::sync(&app.chat, user, wish).await?;
        let unknown = self.unknown(&events);
        // Before `ready`, which is the last one.
        let end = events.len().saturating_sub(1);
        events.splice(end..end, unknown.into_iter().map(|room| Ephemeral::Reload { room }));
        Ok(events)
    }

    /// Whether the cursors are of this history: each has its tag, or the client names the epoch for all. A cursor that
    /// says nothing may be from before a restore.
    fn is_of(&self, epoch: &str) -> bool {
        let is_named = self.epoch.as_deref() == Some(epoch);
        let tag = tag_of(epoch);
        self.epoch.as_deref().is_none_or(|named| named == epoch)
            && self.tags.iter().all(|found| found.as_deref().map_or(is_named, |found| found == tag))
    }

    /// The user's rooms of which nothing is known.
    fn unknown(&self, events: &[Ephemeral]) -> Vec<RoomId> {
        let rooms = events.iter().filter(|_| self.is_partial).flat_map(sync::rooms_in);
        rooms.map(|room| room.id).filter(|room| !self.cursors.contains_key(room)).collect()
    }
}

/// Up to where a client holds everything of a room.
#[derive(Debug, PartialEq, Eq)]
struct Cursor {
    room: RoomId,
    seq: Seq,
    tag: Option<String>,
}

/// What an event's id says of its history: the epoch's first characters.
pub(super) fn tag_of(epoch: &str) -> &str {
    epoch.get(..8).unwrap_or(epoch)
}

/// `17:42,18:9` or `17:42@5f0c93d1,…`, as event ids are.
fn read_cursors(field: &str, text: &str) -> Result<Vec<Cursor>, AppError> {
    let read = |part: &str| {
        let (room, rest) = part.trim().split_once(':')?;
        let (seq, tag) = rest.split_once('@').map_or((rest, None), |(seq, tag)| (seq, Some(tag.to_owned())));
        Some(Cursor { room: room.parse().ok()?, seq: seq.parse().ok()?, tag })
    };
    let parts = text.split(',').filter(|part| !part.trim().is_empty());
    parts.map(read).collect::<Option<_>>().ok_or_else(|| AppError::invalid(field, Reason::Malformed))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str, last: Option<&str>) -> Result<Option<Resume>, AppError> {
        let headers = last.map(|id| (LAST_EVENT_ID.parse().unwrap(), id.parse().unwrap()));
        Resume::read(Some(query), &headers.into_iter().collect())
    }

    fn cursors(pairs: &[(i64, i64)]) -> BTreeMap<RoomId, Seq> {
        pairs.iter().map(|(room, seq)| (RoomId(*room), Seq(*seq))).collect()
    }

    #[test]
    fn cursors_come_from_both_and_the_greater_counts() {
        let resume = read("since=17:42,18:9&epoch=e", Some("17:50")).unwrap().unwrap();
        assert_eq!(resume.cursors, cursors(&[(17, 50), (18, 9)]));
        assert_eq!((resume.epoch.as_deref(), resume.is_partial), (Some("e"), true));
        let resume = read("since=17%3A42", None).unwrap().unwrap();
        assert_eq!((resume.cursors, resume.is_partial), (cursors(&[(17, 42)]), false));
        assert_eq!(read("since=", None).unwrap().unwrap().cursors, cursors(&[]));
    }

    #[test]
    fn only_cursors_of_the_same_history_are_believed() {
        let epoch = "5f0c93d1-0000-4000-8000-000000000000";
        let is_of = |query: &str, last: Option<&str>| read(query, last).unwrap().unwrap().is_of(epoch);
        let named = format!("since=17:42&epoch={epoch}");
        assert!(is_of(&named, None) && is_of(&named, Some("17:50@5f0c93d1")) && is_of(&named, Some("17:50")));
        assert!(is_of("", Some("17:42@5f0c93d1")) && is_of("since=17:42@5f0c93d1,18:9@5f0c93d1", None));
        for (query, last) in [
            ("since=17:42", None),
            ("since=17:42&epoch=another", None),
            ("", Some("17:42")),
            ("", Some("17:42@00000000")),
            ("since=17:42@5f0c93d1,18:9", None),
            (named.as_str(), Some("17:50@00000000")),
            ("since=17:42&epoch=another", Some("17:42@5f0c93d1")),
        ] {
            assert!(!is_of(query, last), "{query} {last:?}");
        }
    }

    #[test]
    fn who_asks_for_nothing_gets_nothing() {
        assert_eq!(read("", None).unwrap(), None);
        assert_eq!(read("ticket=x", Some("")).unwrap(), None);
    }

    #[test]
    fn a_malformed_cursor_is_refused_where_it_stands() {
        for since in ["17", "17:", ":42", "a:b", "17:42;18:9", "17:42:1", "17:99999999999999999999"] {
            let refused = read(&format!("since={since}"), None).unwrap_err();
            assert_eq!(refused.reason_for("since"), Some(Reason::Malformed), "{since}");
        }
        let refused = read("", Some("mine")).unwrap_err();
        assert_eq!(refused.reason_for(LAST_EVENT_ID), Some(Reason::Malformed));
    }
}
