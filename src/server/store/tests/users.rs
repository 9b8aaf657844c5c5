use super::*;
use crate::{
    model::{
        SiteRole, UserId,
        user::{BirthDate, DisplayName, Email, Username},
    },
    server::store::{ids::next_id, users::*},
};

async fn insert(conn: &mut Tx, username: &str, email: &str, search_text: &str) -> Result<UserId, StoreError> {
    let id = UserId(next_id());
    let user = NewUser {
        id,
        username: &Username::parse(username).unwrap(),
        name: &DisplayName::parse(&format!("{username} Silva")).unwrap(),
        email: &Email::parse(email).unwrap(),
        birth_date: Some(BirthDate::parse("2000-02-29", time::macros::date!(2026 - 01 - 01)).unwrap()),
        password_hash: "hash",
        role: SiteRole::Administrator,
        search_text,
        at: NOW,
    };
    insert_user(conn, &user).await.map(|()| id)
}

async fn found(conn: &mut Tx, folded: &str) -> Vec<String> {
    let users = search_users(conn, folded, UserId(0), 10).await.unwrap();
    users.into_iter().map(|user| user.username).collect()
}

on_both_engines! {
    async fn an_account_comes_back_as_it_was_made(test: &TestDb) {
        let mut conn = test.writer().await;
        assert!(!has_administrator(&mut conn).await.unwrap());
        let id = insert(&mut conn, "Ana", "ana@x.org", "ana").await.unwrap();
        let account = find_account(&mut conn, id).await.unwrap().unwrap();
        assert_eq!((account.me.user.id, account.me.user.username.as_str()), (id, "Ana"));
        assert_eq!((account.me.user.name.as_str(), account.me.email.as_deref()), ("Ana Silva", Some("ana@x.org")));
        assert_eq!(account.me.role, SiteRole::Administrator);
        assert_eq!((account.password_hash.as_deref(), account.disabled, account.auth_epoch), (Some("hash"), false, 0));
        assert!(has_administrator(&mut conn).await.unwrap());
        assert_eq!(find_user(&mut conn, id).await.unwrap(), Some(account.me.user));
        assert_eq!(find_account(&mut conn, UserId(7)).await.unwrap(), None);
    }

    async fn username_and_email_are_unique_ignoring_case(test: &TestDb) {
        let mut conn = test.writer().await;
        insert(&mut conn, "Ana", "ana@x.org", "").await.unwrap();
        let username = insert(&mut conn, "aNA", "other@x.org", "").await.unwrap_err();
        assert!(username.is_conflict("users_username_key"), "{username:?}");
        let email = insert(&mut conn, "bob", "ANA@x.org", "").await.unwrap_err();
        assert!(email.is_conflict("users_email_key"), "{email:?}");
    }

    async fn people_sign_in_with_username_or_email_in_any_case(test: &TestDb) {
        let mut conn = test.writer().await;
        let id = insert(&mut conn, "Ana", "ana@x.org", "").await.unwrap();
        for login in ["Ana", "ANA", " ana ", "ana@x.org", "Ana@X.org"] {
            let account = find_account_by_login(&mut conn, login).await.unwrap();
            assert_eq!(account.map(|account| account.me.user.id), Some(id), "{login}");
        }
        assert_eq!(find_account_by_login(&mut conn, "x.org").await.unwrap(), None);
        assert_eq!(find_user_by_username(&mut conn, "aNa").await.unwrap().unwrap().id, id);
    }

    async fn disabled_users_are_not_found_by_others(test: &TestDb) {
        let mut conn = test.writer().await;
        let id = insert(&mut conn, "Ana", "ana@x.org", "ana").await.unwrap();
        update_disabled(&mut conn, id, true).await.unwrap();
        let account = find_account(&mut conn, id).await.unwrap().unwrap();
        assert_eq!((account.disabled, account.auth_epoch), (true, 1));
        assert!(is_disabled(&mut conn, id).await.unwrap() && !is_disabled(&mut conn, UserId(7)).await.unwrap());
        assert!(found(&mut conn, "ana").await.is_empty());
        assert!(!has_administrator(&mut conn).await.unwrap());
        assert!(find_user(&mut conn, id).await.unwrap().is_some());
    }

    async fn a_new_password_ends_sessions_and_a_new_role_does_not(test: &TestDb) {
        let mut conn = test.writer().await;
        let id = insert(&mut conn, "Ana", "ana@x.org", "").await.unwrap();
        update_password(&mut conn, id, "other").await.unwrap();
        update_role(&mut conn, id, SiteRole::Member).await.unwrap();
        let account = find_account(&mut conn, id).await.unwrap().unwrap();
        assert_eq!((account.password_hash.as_deref(), account.auth_epoch), (Some("other"), 1));
        assert_eq!(account.me.role, SiteRole::Member);
    }

    async fn updates_of_nobody_are_not_found(test: &TestDb) {
        let mut conn = test.writer().await;
        let nobody = UserId(7);
        let password = update_password(&mut conn, nobody, "x").await;
        let role = update_role(&mut conn, nobody, SiteRole::Member).await;
        let disabled = update_disabled(&mut conn, nobody, true).await;
        for refused in [password, role, disabled] {
            assert!(matches!(refused, Err(StoreError::NotFound)), "{refused:?}");
        }
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

    async fn accounts_are_listed_by_username(test: &TestDb) {
        let mut conn = test.writer().await;
        for username in ["bob", "Carol", "ana"] {
            a_user(&mut conn, username).await;
        }
        let accounts = list_accounts(&mut conn).await.unwrap();
        let names: Vec<_> = accounts.iter().map(|account| account.me.user.username.as_str()).collect();
        assert_eq!(names, ["ana", "bob", "Carol"]);
    }
}
