use super::*;
use crate::{
    model::{Scope, Timestamp, TokenId, UserId, token::TokenName},
    server::store::{ids::next_id, sessions::list_sessions_ended_after, tickets::*, tokens::*},
};

/// A token whose text hashes to `hash`, for writing and without an end.
async fn a_token(conn: &mut Tx, user: UserId, hash: &str, expires_at: Option<Timestamp>) -> TokenId {
    let token = TokenRecord {
        id: TokenId(next_id()),
        user,
        name: &TokenName::parse(hash).unwrap(),
        hash,
        scope: Scope::Write,
        created_at: NOW,
        expires_at,
    };
    insert_token(conn, &token).await.unwrap();
    token.id
}

async fn ended(conn: &mut Tx) -> Vec<(String, Timestamp)> {
    let mut ended = list_sessions_ended_after(conn, Timestamp(0)).await.unwrap();
    ended.sort();
    ended
}

on_both_engines! {
    async fn a_token_is_found_by_its_hash_and_until_it_expires_by_its_id(test: &TestDb) {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        let end = Timestamp(NOW.0 + 10);
        let id = a_token(&mut conn, ana, "h", Some(end)).await;
        let found = find_token_by_hash(&mut conn, "h").await.unwrap().unwrap();
        assert_eq!((found.user, found.scope, found.about.id), (ana, Scope::Write, id));
        assert_eq!(found.about.scopes, [Scope::Read, Scope::Write]);
        assert_eq!(find_token(&mut conn, id, NOW).await.unwrap(), Some(found));
        assert_eq!(find_token(&mut conn, id, end).await.unwrap(), None);
        assert_eq!(find_token_by_hash(&mut conn, "H").await.unwrap(), None);
        assert_eq!(list_tokens(&mut conn, ana, end).await.unwrap(), []);
    }

    async fn the_same_hash_is_no_second_token(test: &TestDb) {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        a_token(&mut conn, ana, "h", None).await;
        let name = TokenName::parse("other").unwrap();
        let twin = TokenRecord {
            id: TokenId(next_id()),
            user: ana,
            name: &name,
            hash: "h",
            scope: Scope::Read,
            created_at: NOW,
            expires_at: None,
        };
        assert!(insert_token(&mut conn, &twin).await.unwrap_err().is_conflict("tokens_hash_key"));
    }

    async fn the_last_use_is_noted_once_in_a_while(test: &TestDb) {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        let id = a_token(&mut conn, ana, "h", None).await;
        let at = |time| Timestamp(NOW.0 + time);
        for (before, now, noted) in [(-60, 0, 0), (-30, 30, 0), (0, 60, 60)] {
            update_used(&mut conn, id, at(before), at(now)).await.unwrap();
            let found = find_token(&mut conn, id, NOW).await.unwrap().unwrap();
            assert_eq!(found.about.used_at, Some(at(noted)), "{now}");
        }
    }

    async fn an_ended_token_is_noted_among_the_ended_sessions(test: &TestDb) {
        let mut conn = test.writer().await;
        let (ana, bob) = (a_user(&mut conn, "ana").await, a_user(&mut conn, "bob").await);
        let gone = a_token(&mut conn, ana, "a", None).await;
        let old = a_token(&mut conn, ana, "b", Some(NOW)).await;
        let kept = a_token(&mut conn, bob, "c", None).await;
        delete_token(&mut conn, gone, NOW).await.unwrap();
        assert!(matches!(delete_token(&mut conn, gone, NOW).await, Err(StoreError::NotFound)));
        delete_expired_tokens(&mut conn, NOW).await.unwrap();
        let mut expected = vec![(format!("token:{gone}"), NOW), (format!("token:{old}"), NOW)];
        expected.sort();
        assert_eq!(ended(&mut conn).await, expected);
        assert!(find_token(&mut conn, kept, NOW).await.unwrap().is_some());
    }

    async fn connections_of_a_token_may_end_more_than_once(test: &TestDb) {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        let id = a_token(&mut conn, ana, "h", None).await;
        for at in [NOW, Timestamp(NOW.0 + 1)] {
            end_connections_of(&mut conn, ana, at).await.unwrap();
            assert_eq!(ended(&mut conn).await, [(format!("token:{id}"), at)]);
        }
        assert!(find_token(&mut conn, id, NOW).await.unwrap().is_some());
    }

    async fn a_ticket_is_taken_once(test: &TestDb) {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        let ticket =
            Ticket { user: ana, session: "s".to_owned(), scope: Scope::Read, expires_at: Timestamp(NOW.0 + 1) };
        for hash in ["h", "i"] {
            insert_ticket(&mut conn, hash, &ticket).await.unwrap();
        }
        assert!(is_ticket(&mut conn, "h").await.unwrap());
        assert_eq!(take_ticket(&mut conn, "h").await.unwrap(), Some(ticket.clone()));
        assert_eq!(take_ticket(&mut conn, "h").await.unwrap(), None);
        assert!(!is_ticket(&mut conn, "h").await.unwrap());
        delete_expired_tickets(&mut conn, NOW).await.unwrap();
        assert_eq!(take_ticket(&mut conn, "i").await.unwrap(), Some(ticket.clone()));
        insert_ticket(&mut conn, "j", &ticket).await.unwrap();
        delete_expired_tickets(&mut conn, ticket.expires_at).await.unwrap();
        assert_eq!(take_ticket(&mut conn, "j").await.unwrap(), None);
    }
}
