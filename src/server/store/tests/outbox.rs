use super::*;
use crate::{
    model::{OutboxId, Timestamp},
    server::store::outbox::{self, Leased},
};

async fn a_job(conn: &mut Tx, id: i64, due_at: i64) {
    outbox::insert(conn, OutboxId(id), ("mail", "{}"), NOW, at(due_at)).await.unwrap();
}

fn at(seconds: i64) -> Timestamp {
    Timestamp(NOW.0 + seconds * 1_000_000)
}

async fn lease(conn: &mut Tx, now: i64, until: i64) -> Vec<Leased> {
    let mut leased = outbox::lease(conn, at(now), at(until)).await.unwrap();
    leased.sort_by_key(|leased| leased.id);
    leased
}

fn ids(leased: &[Leased]) -> Vec<i64> {
    leased.iter().map(|leased| leased.id.0).collect()
}

on_both_engines! {
    async fn what_is_due_is_leased_by_one_worker_until_the_lease_ends(test: &TestDb) {
        let mut conn = test.writer().await;
        for (id, due_at) in [(1, 0), (2, 5), (3, 60)] {
            a_job(&mut conn, id, due_at).await;
        }
        assert!(outbox::is_due(&mut conn, at(0)).await.unwrap());
        assert_eq!(ids(&lease(&mut conn, 10, 30).await), [1, 2]);
        assert!(!outbox::is_due(&mut conn, at(10)).await.unwrap());
        assert_eq!(ids(&lease(&mut conn, 10, 30).await), [0; 0]);
        let again = lease(&mut conn, 30, 90).await;
        assert_eq!((ids(&again), again[0].attempts), (vec![1, 2], 2));
    }

    async fn what_a_worker_says_after_its_lease_changes_nothing(test: &TestDb) {
        let mut conn = test.writer().await;
        a_job(&mut conn, 1, 0).await;
        let late = lease(&mut conn, 0, 10).await.remove(0);
        let next = lease(&mut conn, 10, 20).await.remove(0);
        outbox::delete_done(&mut conn, &late).await.unwrap();
        outbox::update_failed(&mut conn, &late, "late", at(11), true).await.unwrap();
        let row = outbox::list(&mut conn).await.unwrap().remove(0);
        assert_eq!((row.attempts, row.error, row.is_given_up), (2, None, false));
        outbox::delete_done(&mut conn, &next).await.unwrap();
        assert_eq!(outbox::list(&mut conn).await.unwrap(), []);
    }

    async fn what_was_given_up_is_due_no_more_until_somebody_asks(test: &TestDb) {
        let mut conn = test.writer().await;
        a_job(&mut conn, 1, 0).await;
        let leased = lease(&mut conn, 0, 10).await.remove(0);
        outbox::update_failed(&mut conn, &leased, "no such address", at(1), true).await.unwrap();
        assert_eq!(ids(&lease(&mut conn, 100, 110).await), [0; 0]);
        let row = outbox::list(&mut conn).await.unwrap().remove(0);
        assert_eq!((row.error.as_deref(), row.is_given_up), (Some("no such address"), true));
        assert_eq!(outbox::lease_one(&mut conn, OutboxId(1), at(200)).await.unwrap().attempts, 2);
        assert_eq!(ids(&lease(&mut conn, 200, 210).await), [1]);
        outbox::delete(&mut conn, OutboxId(1)).await.unwrap();
        assert!(matches!(outbox::delete(&mut conn, OutboxId(1)).await, Err(StoreError::NotFound)));
    }
}
