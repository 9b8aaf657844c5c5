//! The node's number among the servers of one PostgreSQL: it is part of every id that is made here.
//!
//! A number is leased from the database and renewed. Should two nodes ever make the same id, because one was
//! cut from the database for longer than its lease, the primary keys refuse the second row.

use std::time::Duration;

use anyhow::{Context as _, bail};
use uuid::Uuid;

use super::{
    clock,
    state::App,
    store::{
        Db, StoreError,
        ids::{NODES, number_node},
        nodes,
    },
};
use crate::model::Timestamp;

const LIFE: Duration = Duration::from_secs(60);
const RENEW_EVERY: Duration = Duration::from_secs(15);

/// Takes a number for this start of the server.
///
/// # Errors
/// If as many servers run as there are numbers.
pub(super) async fn take(db: &Db, node: Uuid) -> anyhow::Result<i64> {
    let Db::Postgres(_) = db else {
        number_node(0);
        return Ok(0);
    };
    let Some(number) = take_number(db, node).await.context("no number for this node")? else {
        bail!("{NODES} servers use this database already, or did a minute ago: stop one and try again");
    };
    Ok(number)
}

/// Whether other servers use the database too.
pub(super) async fn is_shared(db: &Db) -> Result<bool, StoreError> {
    let mut conn = db.read().await?;
    Ok(nodes::list_nodes(&mut conn, clock::now()).await?.len() > 1)
}

/// Renews the lease until the server stops, then gives it back.
pub(super) async fn keep(app: App, mut number: i64) {
    let Db::Postgres(_) = app.db else { return };
    let mut tick = tokio::time::interval(RENEW_EVERY);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            () = app.stop.cancelled() => break,
        }
        match renew(&app.db, app.node, number).await {
            Ok(Some(renewed)) => number = renewed,
            Ok(None) => tracing::error!("the number of this node is lost, and no other is free"),
            Err(error) => error.log("the number of this node is not renewed"),
        }
    }
}

/// Gives the number back.
pub(super) async fn free(db: &Db, node: Uuid) {
    if let (Db::Postgres(_), Ok(mut conn)) = (db, db.writer().await)
        && let Err(error) = nodes::free_number(&mut conn, node).await
    {
        error.log("the number of this node is free in a minute only");
    }
}

async fn renew(db: &Db, node: Uuid, number: i64) -> Result<Option<i64>, StoreError> {
    let mut conn = db.writer().await?;
    if nodes::renew_number(&mut conn, number, node, end()).await? {
        return Ok(Some(number));
    }
    drop(conn);
    take_number(db, node).await
}

async fn take_number(db: &Db, node: Uuid) -> Result<Option<i64>, StoreError> {
    let mut conn = db.writer().await?;
    let number = nodes::take_number(&mut conn, node, clock::now(), end()).await?;
    if let Some(number) = number {
        number_node(number);
    }
    Ok(number)
}

fn end() -> Timestamp {
    let life = i64::try_from(LIFE.as_micros()).unwrap_or(i64::MAX);
    Timestamp(clock::now().0.saturating_add(life))
}
