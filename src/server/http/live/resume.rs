//! Where the client of a stream says it stopped: in `?since=`, and in the `Last-Event-ID` of a browser that connects
//! again by itself.

use std::collections::BTreeMap;

use axum::http::HeaderMap;

use crate::{
    error::{AppError, Reason},
    model::{LiveEvent, RoomId, Seq, UserId},
    server::{
        chat::sync::{self, Wish},
        state::App,
    },
};

const LAST_EVENT_ID: &str = "last-event-id";

/// What a client holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Resume {
    cursors: BTreeMap<RoomId, Seq>,
    /// The history of the cursors, if the client says so.
    epoch: Option<String>,
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
        let mut cursors = since.unwrap_or_default();
        for (room, seq) in last.unwrap_or_default() {
            let cursor = cursors.entry(room).or_insert(seq);
            *cursor = seq.max(*cursor);
        }
        Ok(Some(Self { cursors, epoch: fields.get("epoch").cloned(), is_partial }))
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
    pub(super) async fn missed(&self, app: &App, user: UserId) -> Result<Vec<LiveEvent>, AppError> {
        let epoch = self.epoch.as_deref().unwrap_or(&app.epoch);
        let wish = Wish { epoch, cursors: &self.cursors, newest: false };
        let mut events = sync::sync(app, user, wish).await?;
        let unknown = self.unknown(&events);
        // Before `ready`, which is the last one.
        let end = events.len().saturating_sub(1);
        events.splice(end..end, unknown.into_iter().map(|room| LiveEvent::Reload { room }));
        Ok(events)
    }

    /// The user's rooms of which nothing is known.
    fn unknown(&self, events: &[LiveEvent]) -> Vec<RoomId> {
        let rooms = events.iter().filter(|_| self.is_partial).flat_map(sync::rooms_in);
        rooms.map(|room| room.id).filter(|room| !self.cursors.contains_key(room)).collect()
    }
}

/// `17:42,18:9`: rooms, each with the highest seq up to which the client holds everything.
fn read_cursors(field: &str, text: &str) -> Result<BTreeMap<RoomId, Seq>, AppError> {
    let read = |part: &str| {
        let (room, seq) = part.trim().split_once(':')?;
        Some((room.parse().ok()?, seq.parse().ok()?))
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
