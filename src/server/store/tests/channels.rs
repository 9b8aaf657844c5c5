use super::{factory::a_room, *};
use crate::{
    model::{RoomAccess, RoomId},
    server::store::{channels::*, rooms::*},
};

on_both_engines! {
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

        let found = async |conn: &mut Tx, folded: &str, limit| {
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
