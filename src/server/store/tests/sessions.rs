use super::*;
use crate::{
    model::{Timestamp, UserId},
    server::store::sessions::*,
};

fn a_session(id: &str, user: Option<UserId>) -> StoredSession {
    StoredSession {
        id: id.to_owned(),
        user_id: user,
        data: r#"{"a":1}"#.to_owned(),
        expires_at: Timestamp(NOW.0 + 10),
        created_at: NOW,
    }
}

on_both_engines! {
    async fn a_session_comes_back_until_it_expires(test: &TestDb) {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        let session = a_session("s", Some(ana));
        insert_session(&mut conn, &session).await.unwrap();
        assert_eq!(find_session(&mut conn, "s", NOW).await.unwrap(), Some(session.clone()));
        assert_eq!(find_session(&mut conn, "s", session.expires_at).await.unwrap(), None);
        assert_eq!(find_session(&mut conn, "t", NOW).await.unwrap(), None);
    }

    async fn an_id_in_use_is_a_conflict(test: &TestDb) {
        let mut conn = test.writer().await;
        insert_session(&mut conn, &a_session("s", None)).await.unwrap();
        let refused = insert_session(&mut conn, &a_session("s", None)).await.unwrap_err();
        assert!(refused.is_conflict("sessions_pkey"), "{refused:?}");
    }

    async fn an_update_changes_a_session_and_wakes_none_that_ended(test: &TestDb) {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        insert_session(&mut conn, &a_session("s", None)).await.unwrap();
        let later = Timestamp(NOW.0 + 99);
        let signed_in =
            StoredSession { data: "{}".to_owned(), expires_at: later, ..a_session("s", Some(ana)) };
        update_session(&mut conn, &signed_in).await.unwrap();
        assert_eq!(find_session(&mut conn, "s", NOW).await.unwrap(), Some(signed_in.clone()));
        delete_session(&mut conn, "s", NOW).await.unwrap();
        update_session(&mut conn, &signed_in).await.unwrap();
        assert_eq!(find_session(&mut conn, "s", NOW).await.unwrap(), None);
    }

    async fn sessions_end_by_id_by_user_and_by_time(test: &TestDb) {
        let mut conn = test.writer().await;
        let (ana, bob) = (a_user(&mut conn, "ana").await, a_user(&mut conn, "bob").await);
        for (id, lifetime) in [("a", 10), ("b", 20), ("c", 30)] {
            let session = StoredSession { expires_at: Timestamp(NOW.0 + lifetime), ..a_session(id, Some(ana)) };
            insert_session(&mut conn, &session).await.unwrap();
        }
        for (id, user) in [("d", Some(bob)), ("e", Some(bob)), ("nobody's", None)] {
            let session = StoredSession { expires_at: Timestamp(NOW.0 + 99), ..a_session(id, user) };
            insert_session(&mut conn, &session).await.unwrap();
        }
        let later = Timestamp(NOW.0 + 10);
        delete_session(&mut conn, "b", NOW).await.unwrap();
        delete_session(&mut conn, "b", later).await.unwrap();
        delete_session(&mut conn, "never there", NOW).await.unwrap();
        assert_eq!(delete_expired_sessions(&mut conn, later).await.unwrap(), 1);
        delete_sessions_of(&mut conn, bob, later).await.unwrap();

        let mut left = Vec::new();
        for id in ["a", "b", "c", "d", "e", "nobody's"] {
            left.extend(find_session(&mut conn, id, NOW).await.unwrap().map(|session| session.id));
        }
        assert_eq!(left, ["c", "nobody's"]);
        let mut ended = list_sessions_ended_after(&mut conn, Timestamp(NOW.0 - 1)).await.unwrap();
        ended.sort();
        let ended: Vec<_> = ended.iter().map(|(id, at)| (id.as_str(), *at)).collect();
        assert_eq!(ended, [("a", later), ("b", NOW), ("d", later), ("e", later)]);
        delete_ended_sessions(&mut conn, NOW).await.unwrap();
        assert_eq!(list_sessions_ended_after(&mut conn, NOW).await.unwrap().len(), 3);
    }

    async fn others_of_a_user_end_at_once_and_the_oldest_beyond_a_number(test: &TestDb) {
        let mut conn = test.writer().await;
        let (ana, bob) = (a_user(&mut conn, "ana").await, a_user(&mut conn, "bob").await);
        let all = [("p:2", ana, 2), ("p:1", ana, 1), ("p:3", ana, 3), ("other", ana, 9), ("p:bob", bob, 9)];
        for (id, user, age) in all {
            let session = StoredSession { created_at: Timestamp(NOW.0 - age), ..a_session(id, Some(user)) };
            insert_session(&mut conn, &session).await.unwrap();
        }
        assert_eq!(delete_oldest_sessions(&mut conn, ana, "p:", true, 3, NOW).await.unwrap(), [""; 0]);
        assert_eq!(delete_oldest_sessions(&mut conn, ana, "p:", true, 1, NOW).await.unwrap(), ["p:2", "p:3"]);
        assert_eq!(delete_other_sessions(&mut conn, ana, "other", NOW).await.unwrap(), ["p:1"]);
        let left = list_sessions_of(&mut conn, ana, NOW).await.unwrap();
        assert_eq!(left.iter().map(|session| session.id.as_str()).collect::<Vec<_>>(), ["other"]);
        assert!(find_session(&mut conn, "p:bob", NOW).await.unwrap().is_some());
        let mut ended = list_sessions_ended_after(&mut conn, Timestamp(0)).await.unwrap();
        ended.sort();
        assert_eq!(ended, ["p:1", "p:2", "p:3"].map(|id| (id.to_owned(), NOW)));
    }

    async fn a_session_ends_after_ninety_days_however_much_it_is_used(test: &TestDb) {
        const DAY: i64 = 24 * 60 * 60 * 1_000_000;
        let mut conn = test.writer().await;
        insert_session(&mut conn, &a_session("s", None)).await.unwrap();
        for (day, expires_on) in [(14, 14), (89, 89), (103, 90)] {
            let renewed = StoredSession { expires_at: Timestamp(NOW.0 + day * DAY), ..a_session("s", None) };
            update_session(&mut conn, &renewed).await.unwrap();
            let found = find_session(&mut conn, "s", NOW).await.unwrap().unwrap();
            assert_eq!(found.expires_at, Timestamp(NOW.0 + expires_on * DAY));
        }
    }

    async fn a_session_gets_another_id_and_stays_what_it_was(test: &TestDb) {
        let mut conn = test.writer().await;
        for id in ["short", "already long enough"] {
            insert_session(&mut conn, &a_session(id, None)).await.unwrap();
        }
        assert_eq!(list_ids_shorter_than(&mut conn, 10).await.unwrap(), ["short"]);
        rename_session(&mut conn, "short", "long enough by now").await.unwrap();
        assert_eq!(list_ids_shorter_than(&mut conn, 10).await.unwrap(), [""; 0]);
        let found = find_session(&mut conn, "long enough by now", NOW).await.unwrap().unwrap();
        assert_eq!(found, StoredSession { id: found.id.clone(), ..a_session("short", None) });
    }

    async fn a_users_sessions_are_listed_latest_first(test: &TestDb) {
        let mut conn = test.writer().await;
        let (ana, bob) = (a_user(&mut conn, "ana").await, a_user(&mut conn, "bob").await);
        for (id, user, age) in [("old", ana, 2), ("new", ana, 1), ("other", bob, 0)] {
            let session =
                StoredSession { created_at: Timestamp(NOW.0 - age), ..a_session(id, Some(user)) };
            insert_session(&mut conn, &session).await.unwrap();
        }
        let ids = async |conn: &mut Tx, now| -> Vec<String> {
            let listed = list_sessions_of(conn, ana, now).await.unwrap();
            listed.into_iter().map(|session| session.id).collect()
        };
        assert_eq!(ids(&mut conn, NOW).await, ["new", "old"]);
        assert!(ids(&mut conn, Timestamp(NOW.0 + 10)).await.is_empty(), "they expired");
    }
}
