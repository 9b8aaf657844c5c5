//! The ways to the server under one face: frames come out, commands go in.

use super::ladder::Way;
use crate::{
    api::rooms::load_overview,
    browser::{event_source::EventSource, inbox::Inbox, posts::Posts, socket::Socket},
    error::AppError,
    model::{
        ClientCommand, Ephemeral, LiveEvent, MessageText, UserId,
        event::Limits,
        stream::{Bye, Frame, read_frames},
    },
};

const LIVE: &str = "/api/live";
const EVENTS: &str = "/api/events";
/// What a WebSocket may carry; posts are as small.
const FRAME_BYTES: usize = 64 * 1024;

/// An open way.
pub(super) struct Transport {
    greeting: Option<Ephemeral>,
    inbox: Inbox,
    line: Line,
}

enum Line {
    Socket(Socket),
    Events { posts: Posts, _source: EventSource },
    Polling(Posts),
}

impl Transport {
    /// Begins to open `way` for `user`. Polling has no greeting of its own; the overview stands in for it.
    pub(super) async fn open(way: Way, user: UserId) -> Result<Self, Bye> {
        let inbox = Inbox::new();
        // The cookie may meanwhile be another user's, for whom nothing from here may be sent.
        let posts = || Posts::new(&format!("{LIVE}?user={user}"), &inbox);
        let greeting = if way == Way::Polling { Some(greeting().await?) } else { None };
        let line = match way {
            Way::Socket => Socket::open(LIVE, &inbox).map(Line::Socket),
            Way::Events => EventSource::open(EVENTS, &inbox)
                .map(|source| Line::Events { posts: posts(), _source: source }),
            Way::Polling => Some(Line::Polling(posts())),
        };
        let line = line.ok_or(Bye::default())?;
        Ok(Self { greeting, inbox, line })
    }

    /// The next events, of which those that arrive together come together. Cancel-safe.
    pub(super) async fn next(&mut self) -> Result<Vec<LiveEvent>, Bye> {
        if let Some(greeting) = self.greeting.take() {
            return Ok(vec![greeting.into()]);
        }
        let mut events = Vec::new();
        for frame in self.inbox.next().await? {
            match read_frames(&frame) {
                Ok(frames) => self.take(frames, &mut events),
                Err(error) => tracing::warn!(%error, "a frame is no event"),
            }
        }
        Ok(events)
    }

    pub(super) fn send(&self, command: &ClientCommand) {
        match (serde_json::to_string(command), &self.line) {
            (Ok(frame), Line::Socket(socket)) => socket.send(&frame),
            (Ok(frame), Line::Events { posts, .. } | Line::Polling(posts)) => posts.send(frame),
            (Err(error), _) => tracing::error!(%error, "a command has no JSON"),
        }
    }

    fn take(&self, frames: Vec<Frame>, events: &mut Vec<LiveEvent>) {
        for frame in frames {
            match frame {
                Frame::Event(event) => events.push(event),
                Frame::Bye(bye) => self.inbox.close(bye),
            }
        }
    }
}

async fn greeting() -> Result<Ephemeral, Bye> {
    let overview = load_overview(String::new()).await.map_err(|error| match error {
        AppError::Unauthenticated => Bye::SESSION_ENDED,
        _ => Bye::default(),
    })?;
    Ok(Ephemeral::Hello {
        epoch: overview.epoch,
        protocol: overview.protocol,
        user: overview.me.user,
        heartbeat_ms: 0,
        limits: Limits { message_chars: MessageText::MAX, frame_bytes: FRAME_BYTES },
    })
}
