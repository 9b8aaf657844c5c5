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
    Conn,
};
use crate::model::{
    Cid, Mark, MemberRole, Message, MessageId, MessageKind, RoomAccess, RoomId, RoomKind, Seq, SiteRole,
    Timestamp, UserId, UserRef,
    user::{DisplayName, Email, Username},
};

pub(super) const NOW: Timestamp = Timestamp(1_767_225_600_000_000);

/// A user `ana` is called "ana", has ana@example.org and is found by "ana".
pub(super) async fn a_user(conn: &mut Conn, username: &str) -> UserId {
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
    insert_user(conn, &user).await.unwrap();
    id
}

/// A public channel whose slug is its name, without members.
pub(super) async fn a_channel(conn: &mut Conn, name: &str, by: UserId) -> RoomId {
    let room = NewRoom { slug: Some(name), name, ..a_room(by) };
    insert_room(conn, &room).await.unwrap();
    index_channel(conn, room.id, name, &name.to_lowercase()).await.unwrap();
    room.id
}

/// A group without members.
pub(super) async fn a_group(conn: &mut Conn, name: &str, by: UserId) -> RoomId {
    let room = NewRoom { kind: RoomKind::Group, access: RoomAccess::Private, name, ..a_room(by) };
    insert_room(conn, &room).await.unwrap();
    room.id
}

/// The direct room of two users, both in it.
pub(super) async fn a_direct(conn: &mut Conn, one: UserId, other: UserId) -> RoomId {
    let key = direct_key(one, other);
    let room = NewRoom {
        kind: RoomKind::Direct,
        access: RoomAccess::Private,
        direct_key: Some(&key),
        ..a_room(one)
    };
    insert_room(conn, &room).await.unwrap();
    enter(conn, room.id, one).await;
    enter(conn, room.id, other).await;
    room.id
}

/// A public channel without slug and name.
pub(super) fn a_room<'a>(by: UserId) -> NewRoom<'a> {
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
pub(super) async fn a_member(conn: &mut Conn, room: RoomId, username: &str) -> UserId {
    let user = a_user(conn, username).await;
    enter(conn, room, user).await;
    user
}

/// Lets the user into the room with its next seq.
pub(super) async fn enter(conn: &mut Conn, room: RoomId, user: UserId) -> Seq {
    let seq = next_seq(conn, room).await.unwrap();
    let member = NewMember { room, user, role: MemberRole::Member, seq, at: NOW };
    join(conn, &member).await.unwrap();
    seq
}

/// Stores a text with the room's next seq.
pub(super) async fn say(conn: &mut Conn, room: RoomId, author: UserId, text: &str) -> Seq {
    let seq = next_seq(conn, room).await.unwrap();
    insert_message(conn, &a_message(room, author, seq, text)).await.unwrap();
    seq
}

/// A text; of its author only the id is stored with it.
pub(super) fn a_message(room: RoomId, author: UserId, seq: Seq, text: &str) -> Message {
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
pub(super) async fn read_up_to(conn: &mut Conn, room: RoomId, user: UserId, seq: Seq) {
    let mark = Mark { user, delivered_seq: seq, read_seq: seq };
    update_marks(conn, &[(room, mark)]).await.unwrap();
}
