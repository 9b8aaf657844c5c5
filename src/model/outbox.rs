//! Messages on their way: written, not yet acknowledged, in the order of their writing.

use serde::{Deserialize, Serialize};

use super::{Cid, ClientCommand, Message, RoomId, Timestamp, event::Addressee};
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

    /// Whether `cid` goes to a person rather than to a known room.
    pub(super) fn is_to_person(&self, cid: Cid) -> bool {
        self.sends.iter().any(|send| send.cid == cid && matches!(send.target, Target::Person(_)))
    }

    /// Forgets what is acknowledged, and what `shown` has.
    pub(super) fn forget_shown<'a>(&mut self, shown: impl IntoIterator<Item = &'a Message>) {
        let shown: Vec<Cid> = shown.into_iter().filter_map(|message| message.cid).collect();
        self.sends.retain(|send| send.state != SendState::Acknowledged && !shown.contains(&send.cid));
    }

    /// Puts what was kept of an earlier page before what this one has written since.
    pub(super) fn restore(&mut self, kept: Self) {
        let here = std::mem::take(&mut self.sends);
        self.sends = kept.sends;
        self.sends.retain(|send| here.iter().all(|known| known.cid != send.cid));
        self.sends.extend(here);
    }

    /// What to keep for later pages: `kept`, which other tabs change too, with what this tab changed
    /// between `before` and `self`.
    pub fn merge_into(&self, kept: Self, before: &Self) -> Self {
        let is_unsent = |send: &&Send| send.state != SendState::Acknowledged;
        let is_mine = |cid| before.sends.iter().chain(&self.sends).any(|send| send.cid == cid);
        let mut sends = kept.sends;
        sends.retain(|send| !is_mine(send.cid));
        sends.extend(self.sends.iter().filter(is_unsent).cloned());
        sends.sort_by_key(|send| (send.at, send.cid));
        Self { sends }
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
    pub(super) fn refuse(&mut self, cid: Cid, error: &AppError) {
        if !error.is_retryable() {
            self.set_state(cid, SendState::Failed(error.clone()));
        }
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
    use crate::{error::Reason, model::timeline::tests::ROOM};

    pub(crate) fn send(target: Target, at: i64) -> Send {
        Send { cid: Cid::new(), target, text: "hi".into(), at: Timestamp(at), state: SendState::Queued }
    }

    fn outbox(sends: &[&Send]) -> Outbox {
        Outbox { sends: sends.iter().copied().cloned().collect() }
    }

    #[test]
    fn what_waits_keeps_its_order_and_its_cids() {
        let (first, second) = (send(Target::Room(ROOM), 1), send(Target::Person("bob".into()), 2));
        let mut outbox = outbox(&[&first, &second]);
        assert_eq!(outbox.waiting(), [first.command(), second.command()]);
        assert!(outbox.acknowledge(first.cid) && !outbox.acknowledge(first.cid));
        assert_eq!(outbox.waiting(), [second.command()]);
    }

    #[test]
    fn a_refusal_waits_for_the_writer_unless_time_heals_it() {
        let refused = send(Target::Room(ROOM), 1);
        let mut outbox = outbox(&[&refused]);
        outbox.refuse(refused.cid, &AppError::RateLimited { retry_after_ms: 100 });
        assert_eq!(outbox.waiting().len(), 1);
        let error = AppError::invalid("text", Reason::TooLong);
        outbox.refuse(refused.cid, &error);
        assert_eq!(outbox.sends[0].state, SendState::Failed(error));
        outbox.retry(refused.cid);
        assert_eq!(outbox.waiting(), [refused.command()]);
    }

    #[test]
    fn tabs_do_not_undo_each_other() {
        let theirs = send(Target::Room(ROOM), 1);
        let (done, new) = (send(Target::Room(ROOM), 2), send(Target::Room(ROOM), 3));
        let (before, now) = (outbox(&[&done]), outbox(&[&new]));
        assert_eq!(now.merge_into(outbox(&[&theirs, &done]), &before), outbox(&[&theirs, &new]));
        assert_eq!(Outbox::default().merge_into(outbox(&[&theirs, &new]), &now), outbox(&[&theirs]));
    }

    #[test]
    fn what_is_acknowledged_is_not_kept() {
        let mut now = outbox(&[&send(Target::Room(ROOM), 1)]);
        let before = now.clone();
        now.acknowledge(before.sends[0].cid);
        assert_eq!(now.merge_into(before.clone(), &before), Outbox::default());
    }

    #[test]
    fn what_an_earlier_page_left_goes_first_and_once() {
        let (old, new) = (send(Target::Room(ROOM), 1), send(Target::Room(ROOM), 2));
        let mut here = outbox(&[&new]);
        here.restore(outbox(&[&old, &new]));
        assert_eq!(here, outbox(&[&old, &new]));
    }
}
