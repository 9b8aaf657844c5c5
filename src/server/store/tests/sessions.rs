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

    async fn an_id_in_use_is_a_conflict_and_an_ended_session_stays_ended(test: &TestDb) {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        insert_session(&mut conn, &a_session("s", None)).await.unwrap();
        let refused = insert_session(&mut conn, &a_session("s", None)).await.unwrap_err();
        assert!(refused.is_conflict("sessions_pkey"), "{refused:?}");

        let signed_in = StoredSession { data: "{}".to_owned(), ..a_session("s", Some(ana)) };
        update_session(&mut conn, &signed_in).await.unwrap();
        update_session(&mut conn, &a_session("gone", None)).await.unwrap();
        assert_eq!(find_session(&mut conn, "s", NOW).await.unwrap(), Some(signed_in));
        assert_eq!(find_session(&mut conn, "gone", NOW).await.unwrap(), None);
    }

    async fn sessions_end_by_id_and_by_time(test: &TestDb) {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        for (id, lifetime) in [("a", 10), ("b", 20), ("c", 30)] {
            let session = StoredSession { expires_at: Timestamp(NOW.0 + lifetime), ..a_session(id, Some(ana)) };
            insert_session(&mut conn, &session).await.unwrap();
        }
        insert_session(&mut conn, &a_session("other", None)).await.unwrap();
        delete_session(&mut conn, "b").await.unwrap();
        delete_session(&mut conn, "b").await.unwrap();
        assert_eq!(list_session_ids(&mut conn, ana).await.unwrap(), ["a", "c"]);
        assert_eq!(delete_expired_sessions(&mut conn, Timestamp(NOW.0 + 10)).await.unwrap(), 2);
        assert_eq!(list_session_ids(&mut conn, ana).await.unwrap(), ["c"]);
    }
}
