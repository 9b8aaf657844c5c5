use super::*;
use crate::{
    model::{RoomAccess, RoomId, Seq, UserId},
    server::store::rooms::*,
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

    async fn the_directory_lists_channels_by_name_and_hides_private_ones(test: &TestDb) {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        let bob = a_user(&mut conn, "bob").await;
        let zoo = a_channel(&mut conn, "Zoo", ana).await;
        let general = a_channel(&mut conn, "general", ana).await;
        let tea = a_channel(&mut conn, "Água", ana).await;
        let secret = NewRoom { access: RoomAccess::Private, slug: Some("secret"), ..a_room(ana) };
        insert_room(&mut conn, &secret).await.unwrap();
        a_direct(&mut conn, ana, bob).await;
        for (room, user) in [(general, ana), (general, bob), (zoo, bob)] {
            enter(&mut conn, room, user).await;
        }
        let left = next_seq(&mut conn, zoo).await.unwrap();
        crate::server::store::members::leave(&mut conn, zoo, bob, left, NOW).await.unwrap();

        let channels = list_channels(&mut conn, bob, ("", RoomId(0)), 9).await.unwrap();
        let seen: Vec<_> = channels.iter().map(|c| (c.room.id, c.member_count, c.joined)).collect();
        assert_eq!(seen, [(general, 2, true), (zoo, 0, false), (tea, 0, false)]);
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

    async fn the_directory_comes_in_pages_without_a_hole_while_channels_are_made(test: &TestDb) {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        for name in ["Água", "beta", "Alpha", "ALPS", "gamma", "çedilha", "delta"] {
            a_channel(&mut conn, name, ana).await;
        }
        let (mut seen, mut after) = (Vec::new(), (String::new(), RoomId(0)));
        loop {
            let page = list_channels(&mut conn, ana, (&after.0, after.1), 2).await.unwrap();
            let Some(last) = page.last() else { break };
            after = (name_key(&last.room.name), last.room.id);
            seen.extend(page.iter().map(|channel| channel.room.name.clone()));
            // One before and one after the place where the reader is.
            a_channel(&mut conn, &format!("aa{}", seen.len()), ana).await;
            if seen.len() == 2 {
                a_channel(&mut conn, "epsilon", ana).await;
            }
        }
        assert_eq!(seen, ["Alpha", "ALPS", "beta", "delta", "epsilon", "gamma", "Água", "çedilha"]);
    }

    async fn channels_are_found_by_a_part_of_their_name(test: &TestDb) {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        let tea = a_channel(&mut conn, "Green Tea", ana).await;
        let steam = a_channel(&mut conn, "Steam", ana).await;
        let team = a_channel(&mut conn, "Team", ana).await;
        a_channel(&mut conn, "100% cotton", ana).await;
        let secret = NewRoom { access: RoomAccess::Private, name: "Tea party", ..a_room(ana) };
        insert_room(&mut conn, &secret).await.unwrap();
        index_channel(&mut conn, secret.id, "Tea party", "tea party").await.unwrap();
        enter(&mut conn, team, ana).await;

        let found = async |conn: &mut Conn, folded: &str, limit| {
            let channels = search_channels(conn, ana, folded, limit).await.unwrap();
            channels.into_iter().map(|channel| (channel.room.id, channel.joined)).collect::<Vec<_>>()
        };
        assert_eq!(found(&mut conn, "tea", 9).await, [(tea, false), (team, true), (steam, false)]);
        assert_eq!(found(&mut conn, "tea", 2).await, [(tea, false), (team, true)]);
        assert_eq!(found(&mut conn, "green t", 9).await, [(tea, false)]);
        assert_eq!(found(&mut conn, "0% c", 9).await.len(), 1);
        assert!(found(&mut conn, "_", 9).await.is_empty() && found(&mut conn, "party", 9).await.is_empty());
    }

    async fn channels_of_an_older_database_are_waiting_for_the_directory(test: &TestDb) {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        let old = NewRoom { slug: Some("old"), name: "Old", ..a_room(ana) };
        insert_room(&mut conn, &old).await.unwrap();
        a_channel(&mut conn, "new", ana).await;
        let waiting = list_unindexed_channels(&mut conn, 9).await.unwrap();
        assert_eq!(waiting, [(old.id, "Old".to_owned())]);
        index_channel(&mut conn, old.id, "Old", "old").await.unwrap();
        assert!(list_unindexed_channels(&mut conn, 9).await.unwrap().is_empty());
    }
}
