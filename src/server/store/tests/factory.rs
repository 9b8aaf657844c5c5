//! Rows with defaults for tests.

use super::{
    super::{
        channels::index_channel,
        ids::next_id,
        marks::update_marks,
        members::{NewMember, join},
        messages::insert_message,
        rooms::{NewRoom, direct_key, insert_room, next_seq},
        users::{NewUser, insert_user},
    },
    Tx,
};
use crate::model::{
    Cid, Mark, MemberRole, Message, MessageId, MessageKind, RoomAccess, RoomId, RoomKind, Seq, SiteRole,
    Timestamp, UserId, UserRef,
    user::{DisplayName, Email, Username},
};

pub(in crate::server) const NOW: Timestamp = Timestamp(1_767_225_600_000_000);

/// A user `ana` is called "ana", has ana@example.org and is found by "ana".
pub(in crate::server) async fn a_user(tx: &mut Tx, username: &str) -> UserId {
    let id = UserId(next_id());
    let user = NewUser {
        id,
        username: &Username::parse(username).unwrap(),
        name: &DisplayName::parse(username).unwrap(),
        email: &Email::parse(&format!("{username}@example.org")).unwrap(),
        birth_date: None,
        password_hash: "hash",
        role: SiteRole::Member,
        search_text: &username.to_lowercase(),
        at: NOW,
    };
    insert_user(tx, &user).await.unwrap();
    id
}

/// A public channel whose slug is its name, without members.
pub(in crate::server) async fn a_channel(tx: &mut Tx, name: &str, by: UserId) -> RoomId {
    let room = NewRoom { slug: Some(name), name, ..a_room(by) };
    insert_room(tx, &room).await.unwrap();
    index_channel(tx, room.id, name, &name.to_lowercase()).await.unwrap();
    room.id
}

/// A group without members.
pub(in crate::server) async fn a_group(tx: &mut Tx, name: &str, by: UserId) -> RoomId {
    let room = NewRoom { kind: RoomKind::Group, access: RoomAccess::Private, name, ..a_room(by) };
    insert_room(tx, &room).await.unwrap();
    room.id
}

/// The direct room of two users, both in it.
pub(in crate::server) async fn a_direct(tx: &mut Tx, one: UserId, other: UserId) -> RoomId {
    let key = direct_key(one, other);
    let room = NewRoom {
        kind: RoomKind::Direct,
        access: RoomAccess::Private,
        direct_key: Some(&key),
        ..a_room(one)
    };
    insert_room(tx, &room).await.unwrap();
    enter(tx, room.id, one).await;
    enter(tx, room.id, other).await;
    room.id
}

/// A public channel without slug and name.
pub(in crate::server) fn a_room<'a>(by: UserId) -> NewRoom<'a> {
    NewRoom {
        id: RoomId(next_id()),
        kind: RoomKind::Channel,
        access: RoomAccess::Public,
        slug: None,
        name: "",
        topic: "",
        password_hash: None,
        direct_key: None,
        created_by: Some(by),
        at: NOW,
    }
}

/// A new user who is in the room.
pub(in crate::server) async fn a_member(tx: &mut Tx, room: RoomId, username: &str) -> UserId {
    let user = a_user(tx, username).await;
    enter(tx, room, user).await;
    user
}

/// Lets the user into the room with its next seq.
pub(in crate::server) async fn enter(tx: &mut Tx, room: RoomId, user: UserId) -> Seq {
    let seq = next_seq(tx, room).await.unwrap();
    let member = NewMember { room, user, role: MemberRole::Member, seq, at: NOW };
    join(tx, &member).await.unwrap();
    seq
}

/// Stores a text with the room's next seq.
pub(in crate::server) async fn say(tx: &mut Tx, room: RoomId, author: UserId, text: &str) -> Seq {
    let seq = next_seq(tx, room).await.unwrap();
    insert_message(tx, &a_message(room, author, seq, text)).await.unwrap();
    seq
}

/// A text; of its author only the id is stored with it.
pub(in crate::server) fn a_message(room: RoomId, author: UserId, seq: Seq, text: &str) -> Message {
    Message {
        id: MessageId(next_id()),
        room,
        seq,
        from: UserRef { id: author, username: String::new(), name: String::new() },
        cid: Some(Cid::new()),
        kind: MessageKind::Text,
        notice: None,
        by: None,
        text: text.to_owned(),
        html: text.to_owned(),
        at: NOW,
        changed_seq: seq,
    }
}

/// The user has read everything up to `seq`.
pub(in crate::server) async fn read_up_to(tx: &mut Tx, room: RoomId, user: UserId, seq: Seq) {
    let mark = Mark { user, delivered_seq: seq, read_seq: seq };
    update_marks(tx, &[(room, mark)]).await.unwrap();
}
