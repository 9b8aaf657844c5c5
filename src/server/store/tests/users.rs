use super::*;
use crate::{
    model::{
        SiteRole, UserId,
        user::{BirthDate, DisplayName, Email, Username},
    },
    server::store::{
        ids::next_id,
        people::{find_user, find_user_by_username, search_users},
        users::*,
    },
};

pub(super) async fn insert(
    conn: &mut Tx,
    username: &str,
    email: &str,
    search_text: &str,
) -> Result<UserId, StoreError> {
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
        assert_eq!(search_users(&mut conn, "ana", UserId(0), 9).await.unwrap(), []);
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
