//! Messages on their way: written, not yet acknowledged, in the order of their writing.
//!
//! The cid of each makes its repetition harmless, so pages and connections may come and go.

use serde::{Deserialize, Serialize};

use super::{Cid, ClientCommand, Message, RoomId, Timestamp, command::Addressee};
use crate::error::AppError;

/// A user's unsent messages over all rooms.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outbox {
    pub sends: Vec<Send>,
}

/// One message on its way. Of a record with more in it, which a newer version kept, this one would send a part: it is not
/// read, and stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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
    /// Refused for a while; it goes again by itself.
    Delayed(AppError),
    /// Acknowledged; the message itself is about to arrive.
    Acknowledged,
    /// Refused for good; the writer decides.
    Failed(AppError),
}

impl Send {
    /// Whether the server is still to be told, or told again.
    pub const fn is_waiting(&self) -> bool {
        matches!(self.state, SendState::Queued | SendState::Delayed(_))
    }

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
    /// The oldest message that waits.
    pub fn first_waiting(&self) -> Option<&Send> {
        self.sends.iter().find(|send| send.is_waiting())
    }

    pub fn push(&mut self, mut send: Send) {
        // Whoever sets the clock back does not turn the outbox round.
        if let Some(last) = self.sends.last() {
            send.at = send.at.max(Timestamp(last.at.0 + 1));
        }
        self.sends.push(send);
    }

    /// Puts a refused message back in line.
    pub fn retry(&mut self, cid: Cid) {
        self.set_state(cid, SendState::Queued);
    }

    pub fn remove(&mut self, cid: Cid) {
        self.sends.retain(|send| send.cid != cid);
    }

    /// Whether `cid` goes to a person rather than to a known room.
    pub(super) fn is_to_person(&self, cid: Cid) -> bool {
        self.sends.iter().any(|send| send.cid == cid && matches!(send.target, Target::Person(_)))
    }

    /// Forgets what is acknowledged, and what `shown` has.
    pub(super) fn forget_shown<'a>(&mut self, shown: impl IntoIterator<Item = &'a Message>) {
        let shown: Vec<Cid> = shown.into_iter().filter_map(|message| message.cid).collect();
        self.sends.retain(|send| send.state != SendState::Acknowledged && !shown.contains(&send.cid));
    }

    /// Puts what was kept by an earlier page before what this one has written since.
    pub(super) fn restore(&mut self, kept: Self) {
        let here = std::mem::take(&mut self.sends);
        self.sends = kept.sends;
        self.sends.retain(|send| here.iter().all(|known| known.cid != send.cid));
        self.sends.extend(here);
    }

    /// Notes that the server has it, and keeps its place until the message is shown. False if that was
    /// known, or is no send of this tab.
    pub(super) fn acknowledge(&mut self, cid: Cid) -> bool {
        let is_waiting =
            self.sends.iter().any(|send| send.cid == cid && send.state != SendState::Acknowledged);
        self.set_state(cid, SendState::Acknowledged);
        is_waiting
    }

    /// Notes that the server refused it. What may succeed later goes on waiting.
    pub(super) fn refuse(&mut self, cid: Cid, error: AppError) {
        let state = if error.is_retryable() { SendState::Delayed(error) } else { SendState::Failed(error) };
        self.set_state(cid, state);
    }

    fn set_state(&mut self, cid: Cid, state: SendState) {
        if let Some(send) = self.sends.iter_mut().find(|send| send.cid == cid) {
            send.state = state;
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::{error::Reason, json, model::timeline::tests::ROOM};

    pub(crate) fn send(target: Target, at: i64) -> Send {
        Send { cid: Cid::new(), target, text: "hi".into(), at: Timestamp(at), state: SendState::Queued }
    }

    fn outbox(sends: &[&Send]) -> Outbox {
        Outbox { sends: sends.iter().copied().cloned().collect() }
    }

    #[test]
    fn a_record_is_read_whole_or_not_at_all() {
        let waiting = send(Target::Room(ROOM), 1);
        let record = serde_json::to_string(&waiting).unwrap();
        assert_eq!(json::read::<Send>(&record), Ok(waiting));
        let newer = record.replacen('{', r#"{"attachments":[7],"#, 1);
        assert!(json::read::<Send>(&newer).is_err());
    }

    #[test]
    fn what_waits_goes_in_the_order_of_writing() {
        let (first, second) = (send(Target::Room(ROOM), 1), send(Target::Person("bob".into()), 2));
        let mut outbox = outbox(&[&first, &second]);
        assert_eq!(outbox.first_waiting(), Some(&first));
        assert!(outbox.acknowledge(first.cid) && !outbox.acknowledge(first.cid));
        assert_eq!(outbox.first_waiting(), Some(&second));
    }

    #[test]
    fn a_refusal_waits_for_the_writer_unless_time_heals_it() {
        let refused = send(Target::Room(ROOM), 1);
        let mut outbox = outbox(&[&refused]);
        outbox.refuse(refused.cid, AppError::STORAGE_FULL);
        assert_eq!(outbox.sends[0].state, SendState::Delayed(AppError::STORAGE_FULL));
        assert!(outbox.first_waiting().is_some());
        let error = AppError::invalid("text", Reason::TooLong);
        outbox.refuse(refused.cid, error.clone());
        assert_eq!(outbox.sends[0].state, SendState::Failed(error));
        assert_eq!(outbox.first_waiting(), None);
        outbox.retry(refused.cid);
        assert_eq!(outbox.first_waiting(), Some(&refused));
    }

    #[test]
    fn what_an_earlier_page_left_goes_first_and_once() {
        let (old, new) = (send(Target::Room(ROOM), 1), send(Target::Room(ROOM), 2));
        let mut here = outbox(&[&new]);
        here.restore(outbox(&[&old, &new]));
        assert_eq!(here, outbox(&[&old, &new]));
    }
}
