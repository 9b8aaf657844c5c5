//! The node's number among the servers of one PostgreSQL: it is part of every id that is made here.
//!
//! A number is leased from the database and renewed. Should two nodes ever make the same id, because one was
//! cut from the database for longer than its lease, the primary keys refuse the second row.

use std::time::Duration;

use anyhow::{Context as _, bail};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    clock,
    store::{
        Db, StoreError,
        ids::{NODES, number_node},
        nodes,
    },
    writer::{Outcome, Writers},
};
use crate::{error::AppError, model::Timestamp};

/// Leases are written in one order.
const SHARD: i64 = 0;
const LIFE: Duration = Duration::from_secs(60);
const RENEW_EVERY: Duration = Duration::from_secs(15);

/// Takes a number for this start of the server.
///
/// # Errors
/// If as many servers run as there are numbers.
pub(super) async fn take(db: &Db, writers: &Writers, node: Uuid) -> anyhow::Result<i64> {
    let Db::Postgres(_) = db else {
        number_node(0);
        return Ok(0);
    };
    let Some(number) = take_number(writers, node).await.context("no number for this node")? else {
        bail!("{NODES} servers use this database already, or did a minute ago: stop one and try again");
    };
    Ok(number)
}

/// Whether other servers use the database too.
pub(super) async fn is_shared(db: &Db) -> Result<bool, StoreError> {
    let mut conn = db.read().await?;
    Ok(nodes::list_nodes(&mut conn, clock::now()).await?.len() > 1)
}

/// Renews the lease until `stop`. Only of a PostgreSQL.
pub(super) async fn keep(writers: Writers, node: Uuid, mut number: i64, stop: CancellationToken) {
    let mut tick = tokio::time::interval(RENEW_EVERY);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            () = stop.cancelled() => break,
        }
        match renew(&writers, node, number).await {
            Ok(Some(renewed)) => number = renewed,
            Ok(None) => tracing::error!("the number of this node is lost, and no other is free"),
            Err(error) => tracing::warn!(%error, "the number of this node is not renewed"),
        }
    }
}

/// Gives the number back. Only of a PostgreSQL.
pub(super) async fn free(writers: &Writers, node: Uuid) {
    let free = writers.run(SHARD, move |tx| {
        Box::pin(async move { Ok(Outcome::quiet(nodes::free_number(tx, node).await?)) })
    });
    if let Err(error) = free.await {
        tracing::warn!(%error, "the number of this node is free in a minute only");
    }
}

async fn renew(writers: &Writers, node: Uuid, number: i64) -> Result<Option<i64>, AppError> {
    let renew = writers.run(SHARD, move |tx| {
        Box::pin(async move { Ok(Outcome::quiet(nodes::renew_number(tx, number, node, end()).await?)) })
    });
    if renew.await? { Ok(Some(number)) } else { take_number(writers, node).await }
}

async fn take_number(writers: &Writers, node: Uuid) -> Result<Option<i64>, AppError> {
    let take = writers.run(SHARD, move |tx| {
        Box::pin(async move { Ok(Outcome::quiet(nodes::take_number(tx, node, clock::now(), end()).await?)) })
    });
    let number = take.await?;
    if let Some(number) = number {
        number_node(number);
    }
    Ok(number)
}

fn end() -> Timestamp {
    let life = i64::try_from(LIFE.as_micros()).unwrap_or(i64::MAX);
    Timestamp(clock::now().0.saturating_add(life))
}
