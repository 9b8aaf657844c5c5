use super::*;
use crate::{
    model::UserId,
    server::store::{
        rooms::{NewRoom, find_room, insert_room},
        users::find_user,
    },
};
use factory::a_room;

on_both_engines! {
    async fn a_savepoint_undoes_its_command_and_keeps_the_earlier_one(test: &TestDb) {
        let mut conn = test.writer().await;
        conn.begin().await.unwrap();
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
        conn.commit().await.unwrap();
        drop(conn);

        let mut reader = test.db.read().await.unwrap();
        assert!(find_user(&mut reader, ana).await.unwrap().is_some());
        assert!(find_user(&mut reader, bob).await.unwrap().is_some());
        assert_eq!(find_room(&mut reader, room).await.unwrap(), None);
    }

    async fn what_is_rolled_back_or_not_committed_is_seen_by_nobody(test: &TestDb) {
        let mut conn = test.writer().await;
        conn.begin().await.unwrap();
        let ana = a_user(&mut conn, "ana").await;
        let mut reader = test.db.read().await.unwrap();
        assert_eq!(find_user(&mut reader, ana).await.unwrap(), None);
        conn.rollback().await.unwrap();
        assert_eq!(find_user(&mut conn, ana).await.unwrap(), None);
        a_user(&mut conn, "ana").await;
    }

    async fn a_connection_dropped_inside_a_transaction_leaves_nothing_behind(test: &TestDb) {
        let mut conn = test.writer().await;
        conn.begin().await.unwrap();
        let ana = a_user(&mut conn, "ana").await;
        drop(conn);

        let mut conn = test.writer().await;
        conn.begin().await.unwrap();
        assert_eq!(find_user(&mut conn, ana).await.unwrap(), None);
        let ana = a_user(&mut conn, "ana").await;
        conn.commit().await.unwrap();
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
        reader.commit().await.unwrap();
        assert_eq!(find_room(&mut reader, room).await.unwrap().unwrap().last_seq, before.next());
    }

    async fn a_row_that_refers_to_nothing_is_not_found(test: &TestDb) {
        let mut conn = test.writer().await;
        let refused = insert_room(&mut conn, &a_room(UserId(1))).await.unwrap_err();
        assert!(matches!(refused, StoreError::NotFound), "{refused:?}");
    }
}

/// PostgreSQL would answer such a commit with success, and acknowledge what it threw away.
#[tokio::test]
async fn postgres_refuses_to_commit_a_failed_transaction() {
    super::engines::on_postgres(async |test: &TestDb| {
        let mut conn = test.writer().await;
        conn.begin().await.unwrap();
        let ana = a_user(&mut conn, "ana").await;
        insert_room(&mut conn, &a_room(UserId(1))).await.unwrap_err();
        conn.commit().await.unwrap_err();
        conn.rollback().await.unwrap();
        assert_eq!(find_user(&mut conn, ana).await.unwrap(), None);
    })
    .await;
}
