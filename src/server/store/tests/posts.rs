use sqlx::Row as _;

use super::*;
use crate::{
    model::{Cid, Message, Seq},
    server::store::{
        Failure,
        known::*,
        messages::*,
        posts::*,
        rooms::{find_room, next_seq},
        users::update_disabled,
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
        assert!(!is_member(&known[0]));
    }

    async fn what_is_allowed_and_new_is_stored_and_moves_its_room(test: &TestDb) {
        let mut conn = test.writer().await;
        let (ana, bob) = (a_user(&mut conn, "ana").await, a_user(&mut conn, "bob").await);
        let (one, other) = (a_channel(&mut conn, "one", ana).await, a_channel(&mut conn, "other", ana).await);
        for room in [one, other] {
            enter(&mut conn, room, ana).await;
        }
        // A head may be ahead of the last message.
        let head = next_seq(&mut conn, one).await.unwrap();
        let old = a_message(other, ana, Seq(7), "old");
        let mut poster = Poster::open(&test.db).await.unwrap();
        poster.commit(&[&old]).await.unwrap();
        let again = Message { cid: old.cid, ..a_message(one, ana, Seq(0), "again") };
        let foreign = a_message(one, bob, Seq(0), "foreign");
        let new = [one, other, one].map(|room| a_message(room, ana, Seq(0), "new"));
        let [first, second, third] = &new;
        let stored = poster.commit(&[first, &again, second, &foreign, third]).await.unwrap();
        let expected = [(first.id, head.0 + 1), (second.id, 3), (third.id, head.0 + 2)];
        assert_eq!(stored, expected.map(|(id, seq)| (id, Seq(seq))).into());
        for (room, expected) in [(one, head.0 + 2), (other, 3)] {
            assert_eq!(find_room(&mut conn, room).await.unwrap().unwrap().last_seq, Seq(expected));
        }
        let kept = find_message(&mut conn, one, third.id).await.unwrap().unwrap();
        let seq = Seq(head.0 + 2);
        assert_eq!(kept, Message { seq, changed_seq: seq, from: kept.from.clone(), ..third.clone() });
    }

    async fn to_a_direct_room_with_a_disabled_user_nothing_is_added(test: &TestDb) {
        let mut conn = test.writer().await;
        let (ana, bob) = (a_user(&mut conn, "ana").await, a_user(&mut conn, "bob").await);
        let room = a_direct(&mut conn, ana, bob).await;
        let mut poster = Poster::open(&test.db).await.unwrap();
        assert_eq!(poster.commit(&[&a_message(room, ana, Seq(0), "hi")]).await.unwrap().len(), 1);
        update_disabled(&mut conn, bob, true).await.unwrap();
        assert!(poster.commit(&[&a_message(room, ana, Seq(0), "hi")]).await.unwrap().is_empty());
    }

    async fn any_number_of_messages_is_stored(test: &TestDb) {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        let room = a_channel(&mut conn, "general", ana).await;
        let joined = enter(&mut conn, room, ana).await;
        let new: Vec<_> = (0..300).map(|_| a_message(room, ana, Seq(0), "hi")).collect();
        let mut poster = Poster::open(&test.db).await.unwrap();
        let stored = poster.commit(&new.iter().collect::<Vec<_>>()).await.unwrap();
        let seqs: Vec<_> = new.iter().map(|message| stored[&message.id].0).collect();
        assert!(seqs.into_iter().eq(joined.0 + 1..=joined.0 + 300));
        assert!(list_messages_before(&mut conn, room, None, 1_000).await.unwrap().len() >= 300);
    }
}

#[tokio::test]
async fn a_full_disk_takes_no_post_and_harms_no_later_one() {
    engines::on_sqlite(async |test: &TestDb| {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        let room = a_channel(&mut conn, "general", ana).await;
        let joined = enter(&mut conn, room, ana).await;
        let long = "x".repeat(100_000);
        let new = [(); 2].map(|()| a_message(room, ana, Seq(0), &long));
        for posts in [&[&new[0]][..], &[&new[0], &new[1]]] {
            let mut poster = Poster::open(&test.db).await.unwrap();
            let Poster::Sqlite(sqlite) = &poster else { panic!("not SQLite") };
            sqlite.limit_pages(1);
            let refused = poster.commit(posts).await.unwrap_err();
            assert!(matches!(refused, Failure::Undone(StoreError::Full)), "{refused:?}");
        }
        let mut poster = Poster::open(&test.db).await.unwrap();
        let stored = poster.commit(&[&new[0], &new[1]]).await.unwrap();
        let seqs = [(new[0].id, Seq(joined.0 + 1)), (new[1].id, Seq(joined.0 + 2))];
        assert_eq!(stored, seqs.into());
    })
    .await;
}

/// Two connections that write must not differ in what they promise.
#[tokio::test]
async fn posts_are_as_durable_as_all_else_on_sqlite() {
    engines::on_sqlite(async |test: &TestDb| {
        let Poster::Sqlite(sqlite) = Poster::open(&test.db).await.unwrap() else { panic!("not SQLite") };
        let mut conn = test.writer().await;
        let Conn::Sqlite(held) = &mut conn else { panic!("not SQLite") };
        for name in [
            "synchronous",
            "foreign_keys",
            "journal_mode",
            "temp_store",
            "mmap_size",
            "busy_timeout",
            "wal_autocheckpoint",
        ] {
            let sql = sqlx::AssertSqlSafe(format!("pragma {name}"));
            let row = sqlx::query(sql).fetch_one(held.pooled()).await.unwrap();
            let value = row.try_get_unchecked::<String, _>(0).unwrap();
            assert_eq!(sqlite.pragma(name), value, "{name}");
        }
    })
    .await;
}

/// The cid is seen in no table yet when the batch begins, so the constraint alone refuses it.
#[tokio::test]
async fn a_cid_that_another_node_stores_at_the_same_moment_leaves_the_rest_of_the_batch_alone() {
    engines::on_postgres(async |test: &TestDb| {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        let (one, other) = (a_channel(&mut conn, "one", ana).await, a_channel(&mut conn, "other", ana).await);
        for room in [one, other] {
            enter(&mut conn, room, ana).await;
        }
        let [first, twice, last] = [(); 3].map(|()| a_message(one, ana, Seq(0), "hi"));
        let elsewhere = Message { cid: twice.cid, ..a_message(other, ana, Seq(9), "hi") };
        conn.begin().await.unwrap();
        insert_message(&mut conn, &elsewhere).await.unwrap();
        let mut poster = Poster::open(&test.db).await.unwrap();
        let posts = [&first, &twice, &last];
        let release = async {
            engines::until_someone_waits(test).await;
            conn.commit().await.unwrap();
        };
        let (stored, ()) = futures::join!(poster.commit(&posts), release);
        let stored = stored.unwrap();
        assert!(stored.contains_key(&first.id) && stored.contains_key(&last.id), "{stored:?}");
        assert_eq!(stored[&last.id].0, stored[&first.id].0 + 1);
        assert_eq!(stored.len(), 2);
    })
    .await;
}
