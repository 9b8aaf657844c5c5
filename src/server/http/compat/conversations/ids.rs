//! The UUIDs of origin 2, made of our numbers and read back: clients may parse them, and store none of ours.
//!
//! Version 8 (RFC 9562): 60 bits hold the first number, 62 the second; ours have 53.

use uuid::Uuid;

use crate::model::{MessageId, RoomId, UserId};

pub(super) fn of_conversation(room: RoomId) -> Uuid {
    pack(0, room.0)
}

pub(super) fn of_participant(room: RoomId, user: UserId) -> Uuid {
    pack(room.0, user.0)
}

pub(super) fn of_message(message: MessageId) -> Uuid {
    pack(0, message.0)
}

pub(super) fn of_status(message: MessageId, user: UserId) -> Uuid {
    pack(message.0, user.0)
}

/// The room of a conversation's UUID; the room's own number stands for it too.
pub(super) fn room_of(text: &str) -> Option<RoomId> {
    if let Ok(room) = text.parse::<RoomId>() {
        return Some(room);
    }
    match unpack(text.parse().ok()?)? {
        (0, room) => Some(RoomId(room)),
        _ => None,
    }
}

fn pack(first: i64, second: i64) -> Uuid {
    let (first, second) = (u128::from(first.unsigned_abs()), u128::from(second.unsigned_abs()));
    let high = (first >> 12) << 16 | 8 << 12 | first & 0xfff;
    Uuid::from_u128(high << 64 | 0b10 << 62 | second & (u128::MAX >> 66))
}

fn unpack(uuid: Uuid) -> Option<(i64, i64)> {
    let (high, low) = uuid.as_u64_pair();
    let is_ours = high >> 12 & 0xf == 8 && low >> 62 == 0b10;
    let first = (high >> 16) << 12 | high & 0xfff;
    let second = low & (u64::MAX >> 2);
    is_ours.then(|| Some((i64::try_from(first).ok()?, i64::try_from(second).ok()?)))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_from_their_uuids() {
        let most = (1 << 53) - 1;
        for pair in [(0, 1), (0, most), (most, most), (0xfff, 1), (0x1000, 7), (most, 0)] {
            let uuid = pack(pair.0, pair.1);
            assert_eq!((uuid.get_version_num(), uuid.get_variant()), (8, uuid::Variant::RFC4122));
            assert_eq!(unpack(uuid), Some(pair));
        }
    }

    #[test]
    fn only_a_conversations_id_names_a_room() {
        let room = RoomId(373_104_123_456_789);
        assert_eq!(room_of(&of_conversation(room).to_string()), Some(room));
        assert_eq!(room_of("373104123456789"), Some(room));
        let others =
            [of_participant(room, UserId(7)).to_string(), Uuid::now_v7().to_string(), "x".to_owned()];
        assert!(others.iter().all(|other| room_of(other).is_none()));
    }
}
