use std::collections::BTreeMap;

use super::*;
use crate::{
    model::{Cid, RoomId, Seq},
    server::store::{messages::*, posts::*},
};
use factory::a_message;

on_both_engines! {
    async fn what_is_known_of_posts_comes_in_their_order(test: &TestDb) {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        let room = a_channel(&mut conn, "general", ana).await;
        enter(&mut conn, room, ana).await;
        let bob = a_user(&mut conn, "bob").await;
        let stored = a_message(room, ana, Seq(2), "hi");
        insert_message(&mut conn, &stored).await.unwrap();

        let cid = stored.cid.unwrap();
        let ask = |author, cid| Asked { author, cid, room };
        let asked = [ask(ana, Cid::new()), ask(bob, cid), ask(ana, cid)];
        let known = list_known(&mut conn, &asked).await.unwrap();
        assert_eq!(known.iter().map(|known| known.is_member).collect::<Vec<_>>(), [true, false, true]);
        assert!(known[0].earlier.is_none() && known[1].earlier.is_none());
        let earlier =
            Earlier { room, id: stored.id, seq: Seq(2), at: stored.at, text: "hi".into() };
        assert_eq!(known[2].earlier, Some(earlier));
    }

    async fn who_left_is_no_member(test: &TestDb) {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        let room = a_channel(&mut conn, "general", ana).await;
        let seq = enter(&mut conn, room, ana).await;
        crate::server::store::members::leave(&mut conn, room, ana, Seq(seq.0 + 1), NOW).await.unwrap();
        let known = list_known(&mut conn, &[Asked { author: ana, cid: Cid::new(), room }]).await.unwrap();
        assert!(!known[0].is_member);
    }

    async fn rooms_give_as_many_seqs_as_were_asked(test: &TestDb) {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        let (one, other) = (a_channel(&mut conn, "one", ana).await, a_channel(&mut conn, "other", ana).await);
        enter(&mut conn, one, ana).await;
        conn.begin().await.unwrap();
        let asked = BTreeMap::from([(one, 3), (other, 1)]);
        lock_rooms(&mut conn, &asked).await.unwrap();
        let taken = take_seqs(&mut conn, &asked).await.unwrap();
        assert_eq!(taken, BTreeMap::from([(one, Seq(4)), (other, Seq(1))]));
        conn.commit().await.unwrap();
        assert!(take_seqs(&mut conn, &BTreeMap::from([(RoomId(7), 1)])).await.unwrap().is_empty());
    }

    async fn any_number_of_messages_is_stored(test: &TestDb) {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        let room = a_channel(&mut conn, "general", ana).await;
        let new: Vec<_> = (1..=300).map(|seq| a_message(room, ana, Seq(seq), "hi")).collect();
        insert_messages(&mut conn, &new).await.unwrap();
        let stored = list_messages_before(&mut conn, room, None, 1_000).await.unwrap();
        assert!(stored.iter().map(|message| (message.id, message.seq)).eq(new.iter().map(|m| (m.id, m.seq))));
    }
}
