use super::*;
use crate::{
    model::{RoomAccess, RoomId, Seq, UserId},
    server::store::{
        members::{find_member, leave},
        rooms::*,
    },
};
use factory::a_room;

on_both_engines! {
    async fn a_room_comes_back_by_id_and_by_slug(test: &TestDb) {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        let new = NewRoom {
            access: RoomAccess::Password,
            slug: Some("chá"),
            name: "Chá",
            topic: "of tea",
            password_hash: Some("hash"),
            ..a_room(ana)
        };
        insert_room(&mut conn, &new).await.unwrap();
        let room = find_room(&mut conn, new.id).await.unwrap().unwrap();
        assert_eq!((room.kind, room.access, room.slug.as_deref()), (new.kind, new.access, Some("chá")));
        assert_eq!((room.name.as_str(), room.topic.as_str()), ("Chá", "of tea"));
        assert_eq!((room.password_hash.as_deref(), room.last_seq), (Some("hash"), Seq(0)));
        assert_eq!(find_room_by_slug(&mut conn, "chá").await.unwrap(), Some(room));
        assert_eq!(find_room_by_slug(&mut conn, "tea").await.unwrap(), None);
        assert_eq!(find_room(&mut conn, RoomId(7)).await.unwrap(), None);
    }

    async fn a_slug_names_one_room(test: &TestDb) {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        a_channel(&mut conn, "general", ana).await;
        let twin = NewRoom { slug: Some("general"), ..a_room(ana) };
        let refused = insert_room(&mut conn, &twin).await.unwrap_err();
        assert!(refused.is_conflict("rooms_slug_key"), "{refused:?}");
        // Rooms without an address do not collide.
        insert_room(&mut conn, &a_room(ana)).await.unwrap();
        insert_room(&mut conn, &a_room(ana)).await.unwrap();
    }

    async fn the_server_itself_may_make_a_room(test: &TestDb) {
        let mut conn = test.writer().await;
        let room = NewRoom { created_by: None, slug: Some("general"), ..a_room(UserId(1)) };
        insert_room(&mut conn, &room).await.unwrap();
        assert!(find_room(&mut conn, room.id).await.unwrap().is_some());
    }

    async fn a_pair_has_one_direct_room(test: &TestDb) {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        let bob = a_user(&mut conn, "bob").await;
        let room = a_direct(&mut conn, bob, ana).await;
        assert_eq!(find_direct(&mut conn, ana, bob).await.unwrap(), Some(room));
        assert_eq!(find_direct(&mut conn, bob, ana).await.unwrap(), Some(room));
        assert_eq!(find_direct(&mut conn, ana, ana).await.unwrap(), None);
        let key = direct_key(ana, bob);
        let twin = NewRoom { direct_key: Some(&key), ..a_room(ana) };
        let refused = insert_room(&mut conn, &twin).await.unwrap_err();
        assert!(refused.is_conflict("rooms_direct_key"), "{refused:?}");
    }

    async fn seqs_are_dense_and_per_room(test: &TestDb) {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        let general = a_channel(&mut conn, "general", ana).await;
        let other = a_channel(&mut conn, "other", ana).await;
        for expected in 1..=3 {
            assert_eq!(next_seq(&mut conn, general).await.unwrap(), Seq(expected));
        }
        assert_eq!(next_seq(&mut conn, other).await.unwrap(), Seq(1));
        assert_eq!(find_room(&mut conn, general).await.unwrap().unwrap().last_seq, Seq(3));
        let refused = next_seq(&mut conn, RoomId(7)).await.unwrap_err();
        assert!(matches!(refused, StoreError::NotFound), "{refused:?}");
    }

    async fn the_heads_of_many_rooms_come_at_once(test: &TestDb) {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        let (one, two) = (a_channel(&mut conn, "one", ana).await, a_channel(&mut conn, "two", ana).await);
        enter(&mut conn, two, ana).await;
        let mut heads = list_heads(&mut conn, &[one, two, RoomId(7)]).await.unwrap();
        heads.sort_unstable();
        assert_eq!(heads, [(one, Seq(0)), (two, Seq(1))]);
        assert_eq!(list_heads(&mut conn, &[]).await.unwrap(), []);
    }
}

/// Two nodes decide about one room, one after the other.
#[tokio::test]
async fn a_locked_room_waits_for_its_transaction() {
    engines::on_postgres(async |test: &TestDb| {
        let (mut one, mut other) = (test.writer().await, test.writer().await);
        let ana = a_user(&mut one, "ana").await;
        let room = a_channel(&mut one, "general", ana).await;
        enter(&mut one, room, ana).await;
        one.begin_in_place().await.unwrap();
        lock_rooms(&mut one, [room.0]).await.unwrap();
        other.begin_in_place().await.unwrap();
        let change = async {
            engines::until_someone_waits(test).await;
            leave(&mut one, room, ana, Seq(2), NOW).await.unwrap();
            one.commit_in_place().await.unwrap();
        };
        let (locked, ()) = futures::join!(lock_rooms(&mut other, [room.0]), change);
        locked.unwrap();
        assert!(!find_member(&mut other, room, ana).await.unwrap().unwrap().joined);
        other.commit_in_place().await.unwrap();
    })
    .await;
}
