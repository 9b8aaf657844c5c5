//! What became of a message that was sent.

use crate::model::{Cid, Ephemeral, Message, MessageId, RoomId, Seq, Timestamp};

/// A durable send; a retry gets the same one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivery {
    pub cid: Cid,
    pub room: RoomId,
    pub id: MessageId,
    pub seq: Seq,
    pub at: Timestamp,
}

impl Delivery {
    pub(super) fn of(message: &Message, cid: Cid) -> Self {
        let Message { room, id, seq, at, .. } = *message;
        Self { cid, room, id, seq, at }
    }
}

impl From<Delivery> for Ephemeral {
    fn from(Delivery { cid, room, id, seq, at }: Delivery) -> Self {
        Self::Delivery { cid, room, id, seq, at }
    }
}
