//! Rows with defaults for tests.

use super::{
    super::{
        channels::index_channel,
        ids::next_id,
        known::{Asked, list_known},
        marks::update_marks,
        members::{NewMember, count_own_texts, join},
        posts::{NewPost, insert_posts},
        rooms::{NewRoom, direct_key, insert_room, move_heads, next_seq},
        users::{NewUser, insert_user},
    },
    Tx,
};
use crate::model::{
    Cid, Mark, MemberRole, Message, MessageId, MessageKind, RoomAccess, RoomId, RoomKind, Seq, SiteRole,
    Timestamp, UserId,
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
    let asked = Asked { author, cid: Cid::new(), room };
    let head = list_known(tx, &[asked]).await.unwrap()[0].head.next_text();
    let message = Message { cid: Some(asked.cid), ..a_message(room, author, head.seq, text) };
    let post = NewPost { message, sent_hash: vec![7; 16], texts: head.texts };
    assert!(insert_posts(tx, &[&post]).await.unwrap());
    move_heads(tx, &[(room, head)].into()).await.unwrap();
    count_own_texts(tx, &[((room, author), 1)].into()).await.unwrap();
    head.seq
}

/// A text.
pub(in crate::server) fn a_message(room: RoomId, author: UserId, seq: Seq, text: &str) -> Message {
    Message {
        id: MessageId(next_id()),
        room,
        seq,
        from: author,
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
