//! What an event means for the connection that it came by, besides what it does to the state.

use super::{ANSWERS_PER_WHO, Phase, Session, Way};
use crate::{
    error::AppError,
    model::{Change, Cid, ClientCommand, Ephemeral, LiveEvent, LiveState, Timestamp, What},
};

impl Session {
    /// True if the open room may be held further than by my own messages.
    pub(super) fn note(&mut self, state: &LiveState, event: &LiveEvent, now: Timestamp) -> bool {
        match event {
            LiveEvent::Durable(change) => self.note_change(state, change),
            LiveEvent::Ephemeral(event) => self.note_ephemeral(state, event, now),
            LiveEvent::Unknown => false,
        }
    }

    fn note_change(&mut self, state: &LiveState, change: &Change) -> bool {
        match &change.what {
            What::Message(message) if message.from != state.me.user.id => {
                self.hold(state, change.room, change.seq);
                true
            }
            // Held with the next message: a mark for each would be much to tell.
            What::Message(_) | What::Changed(_) | What::Member(_) | What::Unknown(_) => false,
        }
    }

    fn note_ephemeral(&mut self, state: &LiveState, event: &Ephemeral, now: Timestamp) -> bool {
        match event {
            Ephemeral::Hello { .. } => self.phase = Phase::Greeted,
            Ephemeral::Ready {} => {
                self.note_ready(state);
                return true;
            }
            Ephemeral::Error { cid, error, .. } => self.note_error(*cid, error, now),
            Ephemeral::Typing { room, users } => self.typing.hear(*room, !users.is_empty(), now),
            _ => {}
        }
        false
    }

    fn note_ready(&mut self, state: &LiveState) {
        if self.asking.answered() {
            self.catch_up(state);
        }
        self.answers += 1;
        if std::mem::replace(&mut self.phase, Phase::Ready) == Phase::Ready {
            if self.way == Way::Polling && self.answers.is_multiple_of(ANSWERS_PER_WHO) {
                self.tell(ClientCommand::Who {});
            }
            return;
        }
        self.tell(ClientCommand::Who {});
        if let Some((room, seq)) = self.read_told
            && state.room(room).is_some_and(|room| room.unread > 0 && room.read_seq < seq)
        {
            // The mark may have gone down with the last connection.
            self.tell(ClientCommand::Read { room, seq });
        }
    }

    fn note_error(&mut self, cid: Option<Cid>, error: &AppError, now: Timestamp) {
        if cid.is_some() {
            self.told.take_if(|told| Some(*told) == cid);
        } else if error.is_retryable() {
            self.asking.refused();
        }
        let Some(wait_ms) = error.retry_after_ms() else { return };
        let wait = i64::try_from(wait_ms).unwrap_or(i64::MAX).saturating_mul(1_000);
        self.hold_until = self.hold_until.max(Some(Timestamp(now.0.saturating_add(wait))));
    }
}
