//! PostgreSQL's deadlines. What becomes of a server that does not answer is in `tests/integration/outages.rs`.

use futures::FutureExt as _;

use super::{engines::on_postgres, *};
use crate::server::store::{conn::Engine, settings::epoch, with_db};

async fn is_alive(conn: &mut Tx) -> bool {
    let Engine::Postgres(held) = conn.engine() else { panic!("not PostgreSQL") };
    held.lease().is_alive().await
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_given_up_and_its_connection_used_on() {
    on_postgres(async |test: &TestDb| {
        let mut conn = test.writer().await;
        let refused = with_db!(&mut conn, query("select pg_sleep(60)").execute).unwrap_err();
        assert!(matches!(refused, StoreError::Busy), "{refused:?}");
        assert!(is_alive(&mut conn).await);
        a_user(&mut conn, "ana").await;
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_nobody_waits_for_reaches_nobody_else() {
    on_postgres(async |test: &TestDb| {
        let mut conn = test.writer().await;
        let first = epoch(&mut conn).await.unwrap();
        let asking = async { with_db!(&mut conn, query("select pg_sleep(60)").execute) };
        assert!(asking.now_or_never().is_none());
        assert!(!is_alive(&mut conn).await);
        drop(conn);
        let mut conn = test.writer().await;
        assert_eq!(epoch(&mut conn).await.unwrap(), first);
    })
    .await;
}
