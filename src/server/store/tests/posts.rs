use std::collections::BTreeMap;

use super::*;
use crate::{
    model::{Cid, RoomId, Seq, UserId},
    server::store::{
        known::*,
        messages::*,
        posts::*,
        rooms::{Head, list_heads, move_heads},
    },
};
use factory::a_message;

fn is_member(known: &Known) -> bool {
    known.facts.unwrap().standing.is_inside()
}

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
        assert_eq!(known.iter().map(is_member).collect::<Vec<_>>(), [true, false, true]);
        assert!(known[0].earlier.is_none() && known[1].earlier.is_none());
        let (id, at) = (stored.id, stored.at);
        let earlier = Earlier { room, id, seq: Seq(2), at, text: "hi".into(), sent_hash: None };
        assert_eq!(known[2].earlier, Some(earlier));
    }

    async fn who_left_is_no_member(test: &TestDb) {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        let room = a_channel(&mut conn, "general", ana).await;
        let seq = enter(&mut conn, room, ana).await;
        crate::server::store::members::leave(&mut conn, room, ana, Seq(seq.0 + 1), NOW).await.unwrap();
        let known = list_known(&mut conn, &[Asked { author: ana, cid: Cid::new(), room }]).await.unwrap();
        assert!(!is_member(&known[0]));
    }

    async fn posts_and_heads_of_several_rooms_are_stored_together(test: &TestDb) {
        let mut conn = test.begin().await;
        let ana = a_user(&mut conn, "ana").await;
        let (one, other) = (a_channel(&mut conn, "one", ana).await, a_channel(&mut conn, "other", ana).await);
        let new = [(one, 1), (other, 1), (one, 2)].map(|(room, seq)| a_post(room, ana, Seq(seq)));
        assert!(insert_posts(&mut conn, &new.each_ref()).await.unwrap());
        move_heads(&mut conn, &[(one, head(2)), (other, head(1))].into()).await.unwrap();
        conn.commit().await.unwrap();
        let mut conn = test.db.read().await.unwrap();
        let heads = list_heads(&mut conn, &[one, other]).await.unwrap();
        assert_eq!(BTreeMap::from_iter(heads), [(one, Seq(2)), (other, Seq(1))].into());
        for NewPost { message, sent_hash, .. } in &new {
            let kept = find_message(&mut conn, message.room, message.id).await.unwrap().unwrap();
            assert_eq!(kept, *message);
            let asked = Asked { author: ana, cid: message.cid.unwrap(), room: other };
            let known = list_known(&mut conn, &[asked]).await.unwrap().remove(0);
            let earlier = known.earlier.unwrap();
            assert_eq!((earlier.room, earlier.id), (message.room, message.id));
            assert_eq!((earlier.sent_hash.as_ref(), known.head), (Some(sent_hash), head(1)));
        }
    }

    async fn any_number_of_posts_is_stored(test: &TestDb) {
        let mut conn = test.begin().await;
        let ana = a_user(&mut conn, "ana").await;
        let room = a_channel(&mut conn, "general", ana).await;
        let new: Vec<_> = (1..=300).map(|seq| a_post(room, ana, Seq(seq))).collect();
        assert!(insert_posts(&mut conn, &new.iter().collect::<Vec<_>>()).await.unwrap());
        assert_eq!(list_messages_before(&mut conn, room, None, 1_000).await.unwrap().len(), 300);
    }

    async fn of_posts_one_of_whose_cids_is_taken_none_is_stored(test: &TestDb) {
        let mut conn = test.begin().await;
        let ana = a_user(&mut conn, "ana").await;
        let (one, other) = (a_channel(&mut conn, "one", ana).await, a_channel(&mut conn, "other", ana).await);
        let [first, mut twin] = [(); 2].map(|()| a_post(one, ana, Seq(1)));
        assert!(insert_posts(&mut conn, &[&first]).await.unwrap());
        twin.message.cid = first.message.cid;
        twin.message.room = other;
        let new = a_post(other, ana, Seq(2));
        assert!(!insert_posts(&mut conn, &[&new, &twin]).await.unwrap());
        assert!(list_messages_before(&mut conn, other, None, 9).await.unwrap().is_empty());
        assert_eq!(list_messages_before(&mut conn, one, None, 9).await.unwrap().len(), 1);
    }
}

/// Where a room stands that has nothing but texts.
fn head(texts: i64) -> Head {
    Head { seq: Seq(texts), texts }
}

fn a_post(room: RoomId, author: UserId, seq: Seq) -> NewPost {
    NewPost { message: a_message(room, author, seq, "hi"), sent_hash: vec![7; 16], texts: 1 }
}
