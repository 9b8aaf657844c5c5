//! How far members have come, at several nodes.

use serde_json::{Value, json};

use crate::{
    cluster::at,
    support::{Client, Cluster, LiveClient},
};

/// The receipt that tells of `user` as having read up to `seq`; with what is left to read, if `own`.
async fn receipt(live: &mut LiveClient, user: &Value, seq: &Value, own: bool) -> Value {
    loop {
        let receipt = live.until("receipt").await;
        if receipt["user"] == *user && receipt["read_seq"] == *seq && receipt["unread"].is_null() != own {
            return receipt;
        }
    }
}

async fn id(client: &Client) -> Value {
    client.read("overview", &[]).await.expect(200).json()["me"]["id"].clone()
}

#[tokio::test]
async fn that_somebody_has_read_is_told_to_everyone_at_every_node() {
    let (_cluster, one, other) = Cluster::with_two_nodes().await;
    let (ana, bea, eve) = (one.user("ana").await, one.user("bea").await, other.user("eve").await);
    let (mut ana_hears, mut bea_hears, mut eve_hears) =
        (at(&ana, &one).await, at(&bea, &one).await, at(&eve, &other).await);
    let mut bea_elsewhere = at(&bea, &other).await;
    ana.say(one.general, "read me").await.expect(200);
    let seq = bea_hears.until("message").await["seq"].clone();
    bea_hears.tell(json!({"type": "read", "room": one.general, "seq": seq})).await;
    let bea = id(&bea).await;
    for live in [&mut ana_hears, &mut bea_hears, &mut eve_hears, &mut bea_elsewhere] {
        receipt(live, &bea, &seq, false).await;
    }
}

#[tokio::test]
async fn what_was_read_without_nats_is_told_once_it_is_back() {
    let (mut cluster, one, other) = Cluster::with_two_nodes().await;
    let (ana, bea) = (one.user("ana").await, other.user("bea").await);
    let (mut ana_hears, mut bea_hears) = (at(&ana, &one).await, at(&bea, &other).await);
    let mut bea_elsewhere = at(&bea, &one).await;
    cluster.nats.kill();
    ana.say(one.general, "read me").await.expect(200);
    let seq = bea_hears.until("message").await["seq"].clone();
    bea_hears.tell(json!({"type": "read", "room": one.general, "seq": seq})).await;
    let bea = id(&bea).await;
    receipt(&mut bea_hears, &bea, &seq, true).await;
    cluster.nats.restart();
    receipt(&mut ana_hears, &bea, &seq, false).await;
    let own = receipt(&mut bea_elsewhere, &bea, &seq, true).await;
    assert_eq!(own["unread"], 0);
}
