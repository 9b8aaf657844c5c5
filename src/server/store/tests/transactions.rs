use super::*;
use crate::{
    model::{Seq, UserId},
    server::store::{
        messages::insert_message,
        people::find_user,
        rooms::{NewRoom, find_room, insert_room},
    },
};
use factory::{a_message, a_room};

on_both_engines! {
    async fn a_savepoint_undoes_its_command_and_keeps_the_earlier_one(test: &TestDb) {
        let mut conn = test.writer().await;
        conn.begin_in_place().await.unwrap();
        conn.savepoint().await.unwrap();
        let ana = a_user(&mut conn, "ana").await;
        conn.release_savepoint().await.unwrap();

        conn.savepoint().await.unwrap();
        let room = a_channel(&mut conn, "general", ana).await;
        let twin = NewRoom { slug: Some("general"), ..a_room(ana) };
        let refused = insert_room(&mut conn, &twin).await.unwrap_err();
        assert!(refused.is_conflict("rooms_slug_key"), "{refused:?}");
        conn.rollback_to_savepoint().await.unwrap();

        conn.savepoint().await.unwrap();
        let bob = a_user(&mut conn, "bob").await;
        conn.release_savepoint().await.unwrap();
        conn.commit_in_place().await.unwrap();
        drop(conn);

        let mut reader = test.db.read().await.unwrap();
        assert!(find_user(&mut reader, ana).await.unwrap().is_some());
        assert!(find_user(&mut reader, bob).await.unwrap().is_some());
        assert_eq!(find_room(&mut reader, room).await.unwrap(), None);
    }

    async fn what_is_rolled_back_or_not_committed_is_seen_by_nobody(test: &TestDb) {
        let mut conn = test.writer().await;
        conn.begin_in_place().await.unwrap();
        let ana = a_user(&mut conn, "ana").await;
        let mut reader = test.db.read().await.unwrap();
        assert_eq!(find_user(&mut reader, ana).await.unwrap(), None);
        conn.rollback_in_place().await.unwrap();
        assert_eq!(find_user(&mut conn, ana).await.unwrap(), None);
        a_user(&mut conn, "ana").await;
    }

    async fn a_connection_dropped_inside_a_transaction_leaves_nothing_behind(test: &TestDb) {
        let mut conn = test.writer().await;
        conn.begin_in_place().await.unwrap();
        let ana = a_user(&mut conn, "ana").await;
        drop(conn);

        let mut conn = test.writer().await;
        conn.begin_in_place().await.unwrap();
        assert_eq!(find_user(&mut conn, ana).await.unwrap(), None);
        let ana = a_user(&mut conn, "ana").await;
        conn.commit_in_place().await.unwrap();
        assert!(find_user(&mut conn, ana).await.unwrap().is_some());
    }

    async fn a_snapshot_sees_one_state_throughout(test: &TestDb) {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        let room = a_channel(&mut conn, "general", ana).await;
        let mut reader = test.db.read().await.unwrap();
        reader.begin_snapshot().await.unwrap();
        let before = find_room(&mut reader, room).await.unwrap().unwrap().last_seq;
        say(&mut conn, room, ana, "hello").await;
        assert_eq!(find_room(&mut reader, room).await.unwrap().unwrap().last_seq, before);
        reader.end_snapshot().await.unwrap();
        let mut reader = test.db.read().await.unwrap();
        assert_eq!(find_room(&mut reader, room).await.unwrap().unwrap().last_seq, before.next());
        drop(reader);

        for _ in 0..20 {
            let mut reader = test.db.read_snapshot().await.unwrap();
            let before = find_room(&mut reader, room).await.unwrap().unwrap().last_seq;
            let seen = say(&mut conn, room, ana, "hello").await;
            assert_eq!((find_room(&mut reader, room).await.unwrap().unwrap().last_seq, seen), (before, before.next()));
            reader.end_snapshot().await.unwrap();
        }
    }

    async fn a_snapshot_that_is_not_ended_holds_nobody_back(test: &TestDb) {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        let room = a_channel(&mut conn, "general", ana).await;
        // More often than there are connections.
        for _ in 0..20 {
            let mut reader = test.db.read_snapshot().await.unwrap();
            let seen = find_room(&mut reader, room).await.unwrap().unwrap().last_seq;
            assert_eq!(say(&mut conn, room, ana, "hello").await, seen.next());
        }
    }

    async fn readers_wait_for_each_other(test: &TestDb) {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        let read = async || find_user(&mut test.db.read().await.unwrap(), ana).await.unwrap();
        let found = futures::future::join_all((0..50).map(|_| read())).await;
        assert!(found.iter().all(Option::is_some));
    }

    async fn a_row_that_refers_to_nothing_is_not_found(test: &TestDb) {
        let mut conn = test.writer().await;
        let refused = insert_room(&mut conn, &a_room(UserId(1))).await.unwrap_err();
        assert!(matches!(refused, StoreError::NotFound), "{refused:?}");
    }
}

/// What SQLite itself makes of the transaction depends on the statement, so it is given up in any case.
#[tokio::test]
async fn a_full_disk_is_noted_and_the_transaction_that_met_it_can_be_given_up_whole() {
    super::engines::on_sqlite(async |test: &TestDb| {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        let room = a_channel(&mut conn, "general", ana).await;
        engines::limit_pages(&mut conn, 1);
        conn.begin_in_place().await.unwrap();
        let bob = a_user(&mut conn, "bob").await;
        conn.savepoint().await.unwrap();
        let text = "x".repeat(100_000);
        let refused = insert_message(&mut conn, &a_message(room, ana, Seq(1), &text)).await.unwrap_err();
        assert!(matches!(refused, StoreError::Full), "{refused:?}");
        assert!(matches!(conn.take_fault(), Some(StoreError::Full)) && conn.take_fault().is_none());
        drop(conn);

        let mut conn = test.writer().await;
        assert_eq!(find_user(&mut conn, bob).await.unwrap(), None);
        say(&mut conn, room, ana, &text).await;
    })
    .await;
}

/// PostgreSQL would answer such a commit with success, and acknowledge what it threw away.
#[tokio::test]
async fn postgres_refuses_to_commit_a_failed_transaction() {
    super::engines::on_postgres(async |test: &TestDb| {
        let mut conn = test.writer().await;
        conn.begin_in_place().await.unwrap();
        let ana = a_user(&mut conn, "ana").await;
        insert_room(&mut conn, &a_room(UserId(1))).await.unwrap_err();
        conn.commit_in_place().await.unwrap_err();
        conn.rollback_in_place().await.unwrap();
        assert_eq!(find_user(&mut conn, ana).await.unwrap(), None);
    })
    .await;
}
