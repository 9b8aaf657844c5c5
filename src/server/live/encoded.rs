//! Events on their way to connections: encoded once, whoever hears them.
//!
//! A WebSocket takes bytes, and all of them take the same ones. A stream takes the event itself with its JSON, shared.
//! Each form is made only if somebody takes it.

use std::sync::Arc;

use bytes::Bytes;

use super::frame;
use crate::model::{Ephemeral, LiveEvent, People, UserRef, people::Introduced};

/// What one event's frame takes at first: most fit.
const FRAME_ROOM: usize = 256;

/// An event and its JSON, shared by all streams that hear it.
#[derive(Debug)]
pub struct EncodedEvent {
    pub event: LiveEvent,
    /// Whom it names.
    pub people: People,
    pub json: Box<str>,
}

impl EncodedEvent {
    /// None if the event has no JSON, which is a bug and logged.
    pub fn of(event: impl Into<Introduced>) -> Option<Self> {
        let Introduced { event, people } = event.into();
        let json = encode(&event)?.into_boxed_str();
        Some(Self { event, people, json })
    }

    /// How many bytes it counts in a queue. The event's strings beside the JSON do not count: they are no longer than it.
    pub(super) fn weight(&self) -> usize {
        let people =
            self.people.iter().map(|user| size_of::<UserRef>() + user.username.len() + user.name.len());
        size_of::<Self>() + self.json.len() + people.sum::<usize>()
    }
}

fn encode(event: &LiveEvent) -> Option<String> {
    let json = serde_json::to_string(event);
    json.inspect_err(|error| tracing::error!(%error, "an event could not be encoded")).ok()
}

/// Which kinds of connections are told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Audience {
    pub(super) sockets: bool,
    pub(super) streams: bool,
}

impl Audience {
    pub(super) const ALL: Self = Self { sockets: true, streams: true };
}

/// Events that gather until they are handed over.
#[derive(Debug, Default)]
pub(super) struct Batch {
    frames: Vec<u8>,
    events: Vec<Arc<EncodedEvent>>,
}

impl Batch {
    /// Adds who these are.
    pub(super) fn introduce(&mut self, people: People, audience: Audience) {
        if !people.is_empty() {
            self.add(&Ephemeral::People { people, seq: None }.into(), audience);
        }
    }

    /// Adds an event; whom it names must have been introduced.
    pub(super) fn add(&mut self, Introduced { event, people }: &Introduced, audience: Audience) {
        let Some(json) = encode(event) else { return };
        if audience.sockets {
            frame::append_json(&mut self.frames, json.as_bytes());
        }
        if audience.streams {
            let json = json.into_boxed_str();
            let (event, people) = (event.clone(), people.clone());
            self.events.push(Arc::new(EncodedEvent { event, people, json }));
        }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.frames.is_empty() && self.events.is_empty()
    }

    /// What has gathered; nothing is left.
    pub(super) fn take(&mut self) -> News {
        let Self { frames, events } = std::mem::take(self);
        let weight = events.iter().map(|event| event.weight()).sum();
        News { frames: frames.into(), events, weight }
    }
}

/// Events as they are handed over to each connection.
#[derive(Debug)]
pub(super) struct News {
    /// Whole frames.
    pub(super) frames: Bytes,
    pub(super) events: Vec<Arc<EncodedEvent>>,
    /// How many bytes the events count in a queue.
    pub(super) weight: usize,
}

impl News {
    pub(super) fn of(events: &[Introduced], audience: Audience) -> Self {
        let room = if audience.sockets { FRAME_ROOM } else { 0 };
        let mut batch = Batch { frames: Vec::with_capacity(room), events: Vec::new() };
        for event in events {
            batch.introduce(event.people.clone(), audience);
            batch.add(event, audience);
        }
        batch.take()
    }

    /// Frames that are no events, such as pongs.
    pub(super) const fn of_frames(frames: Bytes) -> Self {
        Self { frames, events: Vec::new(), weight: 0 }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.frames.is_empty() && self.events.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_is_made_only_for_those_who_take_it() {
        let events = [Ephemeral::Pong {}, Ephemeral::Ready {}].map(Introduced::from);
        let (sockets, streams) = (true, true);
        let for_sockets = News::of(&events, Audience { streams: false, ..Audience::ALL });
        assert!(for_sockets.frames.len() > 2 && for_sockets.events.is_empty());
        let for_streams = News::of(&events, Audience { sockets: false, streams });
        assert!(for_streams.frames.is_empty());
        let for_all = News::of(&events, Audience { sockets, streams });
        assert_eq!(for_all.frames, for_sockets.frames);
        for news in [for_streams, for_all] {
            let jsons: Vec<_> = news.events.iter().map(|event| &*event.json).collect();
            assert_eq!(jsons, [r#"{"type":"pong"}"#, r#"{"type":"ready"}"#]);
            assert!(news.events.iter().map(|event| &event.event).eq(events.iter().map(|event| &event.event)));
            assert!(news.weight > jsons.concat().len());
        }
    }
}
