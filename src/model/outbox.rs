//! Messages on their way: written, not yet acknowledged, in the order of their writing.

use serde::{Deserialize, Serialize};

use super::{Cid, ClientCommand, LiveEvent, RoomId, Timestamp, event::Addressee};
use crate::error::AppError;

/// A user's unsent messages over all rooms.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outbox {
    pub sends: Vec<Send>,
}

/// One message on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Send {
    pub cid: Cid,
    pub target: Target,
    pub text: String,
    /// When it was written, by the writer's clock.
    pub at: Timestamp,
    pub state: SendState,
}

/// Where a message goes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    Room(RoomId),
    /// A person by user name, with whom there may be no room yet.
    Person(String),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SendState {
    /// Waits for a connection or for its acknowledgement.
    Queued,
    /// Acknowledged; the message itself is about to arrive.
    Acknowledged,
    /// Refused for good; the writer decides.
    Failed(AppError),
}

impl Send {
    /// The command that carries it; the same each time, so a retry is harmless.
    pub fn command(&self) -> ClientCommand {
        let (room, to) = match &self.target {
            Target::Room(room) => (Some(*room), None),
            Target::Person(username) => (None, Some(Addressee::Username(username.clone()))),
        };
        ClientCommand::Message { cid: self.cid, room, to, text: self.text.clone() }
    }
}

impl Outbox {
    /// The commands of everything that waits, oldest first.
    pub fn waiting(&self) -> Vec<ClientCommand> {
        self.sends.iter().filter(|send| send.state == SendState::Queued).map(Send::command).collect()
    }

    /// The messages on their way to `target`.
    pub fn to<'a>(&'a self, target: &'a Target) -> impl Iterator<Item = &'a Send> {
        self.sends.iter().filter(move |send| send.target == *target)
    }

    pub fn push(&mut self, send: Send) {
        self.sends.push(send);
    }

    /// Puts a refused message back in line.
    pub fn retry(&mut self, cid: Cid) {
        self.set_state(cid, SendState::Queued);
    }

    pub fn remove(&mut self, cid: Cid) {
        self.sends.retain(|send| send.cid != cid);
    }

    /// Takes in what became of a send. The message's own arrival ends it; `shown` tells whether an
    /// acknowledged message is, or will not be, in an open timeline.
    pub(super) fn apply(&mut self, event: &LiveEvent, shown: bool) {
        match event {
            LiveEvent::Delivery { cid, .. } if shown => self.remove(*cid),
            LiveEvent::Delivery { cid, .. } => self.set_state(*cid, SendState::Acknowledged),
            LiveEvent::Error { cid: Some(cid), error } if !error.is_retryable() => {
                self.set_state(*cid, SendState::Failed(error.clone()));
            }
            LiveEvent::Message(message) => {
                if let Some(cid) = message.cid {
                    self.remove(cid);
                }
            }
            LiveEvent::Synced { messages, .. } => {
                messages.iter().filter_map(|message| message.cid).for_each(|cid| self.remove(cid));
            }
            _ => {}
        }
    }

    fn set_state(&mut self, cid: Cid, state: SendState) {
        if let Some(send) = self.sends.iter_mut().find(|send| send.cid == cid) {
            send.state = state;
        }
    }
}
