use super::*;
use crate::server::store::{
    Db, OpenError, admin,
    history::{Mark, find_history, list_highest_heads, replace_epoch, replace_mark},
    settings::epoch,
};

on_both_engines! {
    async fn a_mark_gives_way_only_to_one_that_follows_it(test: &TestDb) {
        let mut conn = test.writer().await;
        let identity = test.db.identity(&mut conn).await;
        assert!(identity.is_some());
        assert_eq!(find_history(&mut conn).await.unwrap(), (None, None));
        let (first, other) = (Mark::after(0, identity.clone()), Mark::after(0, None));
        assert!(replace_mark(&mut conn, None, &first).await.unwrap());
        assert!(!replace_mark(&mut conn, None, &other).await.unwrap(), "another node was first");
        let second = Mark::after(first.number, identity);
        assert!(!replace_mark(&mut conn, Some(&other), &second).await.unwrap());
        assert!(replace_mark(&mut conn, Some(&first), &second).await.unwrap());
        assert_eq!(find_history(&mut conn).await.unwrap().1, Some(second));
    }

    async fn an_epoch_is_replaced_once(test: &TestDb) {
        let mut conn = test.writer().await;
        let old = epoch(&mut conn).await.unwrap();
        assert!(replace_epoch(&mut conn, &old, "new").await.unwrap());
        assert!(!replace_epoch(&mut conn, &old, "newer").await.unwrap());
        assert_eq!(epoch(&mut conn).await.unwrap(), "new");
    }

    async fn the_rooms_with_the_most_changes_are_listed(test: &TestDb) {
        let mut conn = test.writer().await;
        let ana = a_user(&mut conn, "ana").await;
        let (quiet, busy) = (a_channel(&mut conn, "quiet", ana).await, a_channel(&mut conn, "busy", ana).await);
        enter(&mut conn, busy, ana).await;
        let head = say(&mut conn, busy, ana, "hello").await;
        assert_eq!(list_highest_heads(&mut conn, 1).await.unwrap(), [(busy.0, head.0)]);
        assert_eq!(list_highest_heads(&mut conn, 9).await.unwrap()[1].0, quiet.0);
    }

    async fn an_operator_sees_an_account_with_what_it_has(test: &TestDb) {
        let mut conn = test.writer().await;
        let (ana, bea) = (a_user(&mut conn, "ana").await, a_user(&mut conn, "bea").await);
        let room = a_channel(&mut conn, "general", ana).await;
        enter(&mut conn, room, ana).await;
        let all = admin::list_overviews(&mut conn, None, NOW).await.unwrap();
        assert_eq!(all.iter().map(|account| account.id).collect::<Vec<_>>(), [ana, bea]);
        let one = admin::list_overviews(&mut conn, Some(bea), NOW).await.unwrap();
        assert_eq!((one.len(), one[0].sessions, one[0].signed_in_at), (1, 0, None));
        assert_eq!(admin::list_rooms_of(&mut conn, ana).await.unwrap().len(), 1);
        assert!(!admin::has_administrator_besides(&mut conn, ana).await.unwrap());
    }

    async fn a_database_of_an_older_papo_is_not_used_beside_its_server(test: &TestDb) {
        Db::open_existing(&test.url).await.unwrap().0.close().await;
        let sql = "delete from _sqlx_migrations where version = (select max(version) from _sqlx_migrations)";
        let mut conn = test.writer().await;
        crate::server::store::with_db!(&mut conn, query(sql).execute).unwrap();
        let refused = Db::open_existing(&test.url).await.unwrap_err();
        assert!(matches!(refused, OpenError::OlderThanBinary), "{refused:?}");
    }
}
