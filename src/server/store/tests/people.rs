use super::{users::insert, *};
use crate::{
    model::{Seq, UserId, UserRef, user::DisplayName},
    server::store::{people::*, users::update_disabled},
};

async fn found(conn: &mut Tx, folded: &str) -> Vec<String> {
    let users = search_users(conn, folded, UserId(0), 10).await.unwrap();
    users.into_iter().map(|user| user.username).collect()
}

async fn rename(conn: &mut Tx, user: UserId, name: &str) -> UserRef {
    update_name(conn, user, &DisplayName::parse(name).unwrap(), &name.to_lowercase()).await.unwrap()
}

on_both_engines! {
    async fn a_change_of_name_takes_the_next_seq_and_is_told_to_whom_it_is_new(test: &TestDb) {
        let mut conn = test.writer().await;
        let (ana, bob) = (a_user(&mut conn, "ana").await, a_user(&mut conn, "bob").await);
        assert_eq!(last_seq(&mut conn).await.unwrap(), Seq(0));
        let first = rename(&mut conn, ana, "Ana Souza").await;
        let second = rename(&mut conn, bob, "Bob").await;
        let third = rename(&mut conn, ana, "Anna").await;
        assert_eq!([first.seq, second.seq, third.seq], [Seq(1), Seq(2), Seq(3)]);
        assert_eq!(last_seq(&mut conn).await.unwrap(), Seq(3));
        assert_eq!(find_user(&mut conn, ana).await.unwrap(), Some(third.clone()));
        let mut changed = async |since| list_changed_since(&mut conn, Seq(since), 2).await.unwrap();
        assert_eq!(changed(0).await, (vec![second, third.clone()], Seq(3)));
        assert_eq!(changed(2).await, (vec![third], Seq(3)));
        assert_eq!(changed(3).await, (vec![], Seq(3)));
        update_disabled(&mut conn, ana, true).await.unwrap();
        assert_eq!(list_changed_since(&mut conn, Seq(2), 9).await.unwrap(), (vec![], Seq(3)), "passed over");
    }

    async fn who_has_another_name_is_found_by_it_alone(test: &TestDb) {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        rename(&mut conn, ana, "Zoe").await;
        assert_eq!(found(&mut conn, "zo").await, ["ana"]);
        assert!(found(&mut conn, "an").await.is_empty(), "the user name is part of what the caller gives");
        update_disabled(&mut conn, ana, true).await.unwrap();
        rename(&mut conn, ana, "Yara").await;
        assert!(found(&mut conn, "yar").await.is_empty());
        update_disabled(&mut conn, ana, false).await.unwrap();
        assert_eq!(found(&mut conn, "yar").await, ["ana"]);
        let nobody = update_name(&mut conn, UserId(1), &DisplayName::parse("x").unwrap(), "x").await;
        assert!(matches!(nobody, Err(StoreError::NotFound)), "{nobody:?}");
    }

    async fn search_finds_folded_text_anywhere_and_first_where_a_word_begins(test: &TestDb) {
        let mut conn = test.writer().await;
        insert(&mut conn, "joana", "1@x.org", "joana silva").await.unwrap();
        insert(&mut conn, "zeca", "2@x.org", "zeca ana").await.unwrap();
        insert(&mut conn, "ana", "3@x.org", "ana souza").await.unwrap();
        insert(&mut conn, "bob", "4@x.org", "joão bob").await.unwrap();
        assert_eq!(found(&mut conn, "ana").await, ["ana", "zeca", "joana"]);
        assert_eq!(found(&mut conn, "joão").await, ["bob"]);
        assert!(found(&mut conn, "xyz").await.is_empty());
    }

    async fn search_goes_on_over_words_and_finds_many_in_order(test: &TestDb) {
        let mut conn = test.writer().await;
        insert(&mut conn, "joana", "1@x.org", "joana silva costa").await.unwrap();
        insert(&mut conn, "bob", "2@x.org", "bob oana").await.unwrap();
        assert_eq!(found(&mut conn, "oana sil").await, ["joana"]);
        assert_eq!(found(&mut conn, "silva costa").await, ["joana"]);
        assert_eq!(found(&mut conn, "oana").await, ["bob", "joana"]);
        conn.begin_in_place().await.unwrap();
        for n in (0..400).rev() {
            insert(&mut conn, &format!("person{n:03}"), &format!("p{n}@x.org"), &format!("person{n:03}")).await.unwrap();
        }
        conn.commit_in_place().await.unwrap();
        assert_eq!(found(&mut conn, "person").await[..2], ["person000", "person001"]);
        assert_eq!(found(&mut conn, "erson399").await, ["person399"]);
        // Whoever is disabled takes no place among those who are looked at, and comes back.
        let eva = insert(&mut conn, "eva", "e@x.org", "eva").await.unwrap();
        update_disabled(&mut conn, eva, true).await.unwrap();
        assert!(found(&mut conn, "ev").await.is_empty());
        update_disabled(&mut conn, eva, false).await.unwrap();
        assert_eq!(found(&mut conn, "ev").await, ["eva"]);
    }

    async fn search_leaves_out_oneself_and_keeps_to_its_limit(test: &TestDb) {
        let mut conn = test.writer().await;
        let me = a_user(&mut conn, "ana1").await;
        for username in ["ana4", "ana3", "ana2"] {
            a_user(&mut conn, username).await;
        }
        let users = search_users(&mut conn, "ana", me, 2).await.unwrap();
        assert_eq!(users.iter().map(|user| user.username.as_str()).collect::<Vec<_>>(), ["ana2", "ana3"]);
    }

    async fn typed_wildcards_mean_themselves(test: &TestDb) {
        let mut conn = test.writer().await;
        insert(&mut conn, "plain", "1@x.org", "plain").await.unwrap();
        insert(&mut conn, "percent", "2@x.org", "100% cotton").await.unwrap();
        insert(&mut conn, "under", "3@x.org", r"a_b\c").await.unwrap();
        assert_eq!(found(&mut conn, "0%").await, ["percent"]);
        assert_eq!(found(&mut conn, "%").await, ["percent"]);
        assert_eq!(found(&mut conn, "_").await, ["under"]);
        assert_eq!(found(&mut conn, r"b\").await, ["under"]);
    }

    async fn people_are_listed_in_pages_without_the_disabled(test: &TestDb) {
        let mut conn = test.writer().await;
        for name in ["carol", "Bob", "ana", "dora"] {
            let user = a_user(&mut conn, name).await;
            update_disabled(&mut conn, user, name == "carol").await.unwrap();
        }
        let mut names = async |after: &str, limit| -> Vec<String> {
            let users = list_users(&mut conn, after, limit).await.unwrap();
            users.into_iter().map(|user| user.username).collect()
        };
        assert_eq!(names("", 2).await, ["ana", "Bob"]);
        assert_eq!(names("bob", 2).await, ["dora"]);
    }
}
