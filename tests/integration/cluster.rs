//! Two real nodes, a real PostgreSQL, a real nats-server: what one node does is heard at the other, whatever
//! becomes of NATS.

use std::time::Duration;

use serde_json::{Value, json};
use sqlx::{Connection as _, Executor as _, PgConnection};

use crate::support::{Client, Cluster, LiveClient, TestApp, Wire, message, registration};

/// A user at a node who has heard of everything so far.
pub async fn at(client: &Client, node: &TestApp) -> LiveClient {
    let mut live = client.at(&node.origin).live().await;
    live.until("hello").await;
    // The answer comes after the connection hears of its rooms.
    live.so_far().await;
    live
}

/// Hears `count` texts of a room and asserts that nothing of it was lost, doubled or out of order.
async fn hear_texts(live: &mut LiveClient, room: i64, count: usize) -> Vec<String> {
    let (mut texts, mut last) = (Vec::new(), None);
    while texts.len() < count {
        let event = live.next().await;
        if event["room"] != room || event["seq"].is_null() || event["type"] == "delivery" {
            continue;
        }
        let seq = event["seq"].as_i64().unwrap();
        assert!(last.is_none_or(|last| seq == last + 1), "{seq} after {last:?}: {event}");
        last = Some(seq);
        if event["kind"] == "text" {
            texts.push(event["text"].as_str().unwrap().to_owned());
        }
    }
    texts
}

async fn hear_text(live: &mut LiveClient, text: &str) -> Value {
    loop {
        let event = live.until("message").await;
        if event["text"] == text {
            return event;
        }
    }
}

fn texts(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|n| format!("text {n}")).collect()
}

async fn say_all(client: &Client, room: i64, range: std::ops::Range<usize>) {
    for text in texts(range) {
        client.say(room, &text).await.expect(200);
    }
}

#[tokio::test]
async fn what_is_said_at_one_node_is_heard_at_the_other_in_order() {
    let (_cluster, one, other) = Cluster::with_two_nodes().await;
    let (ana, bea) = (one.user("ana").await, other.user("bea").await);
    let (mut ana_hears, mut bea_hears) = (at(&ana, &one).await, at(&bea, &other).await);
    let both = async {
        tokio::join!(say_all(&ana, one.general, 0..30), say_all(&bea, one.general, 30..60));
    };
    let (heard_by_ana, heard_by_bea, ()) = tokio::join!(
        hear_texts(&mut ana_hears, one.general, 60),
        hear_texts(&mut bea_hears, one.general, 60),
        both
    );
    assert_eq!(heard_by_ana, heard_by_bea);
}

#[tokio::test]
async fn without_nats_everything_is_heard_all_the_same() {
    let (mut cluster, one, other) = Cluster::with_two_nodes().await;
    let (ana, bea) = (one.user("ana").await, other.user("bea").await);
    let mut bea_hears = at(&bea, &other).await;
    say_all(&ana, one.general, 0..5).await;
    cluster.nats.kill();
    say_all(&ana, one.general, 5..20).await;
    assert_eq!(hear_texts(&mut bea_hears, one.general, 20).await, texts(0..20));
    bea.say(one.general, "and back").await.expect(200);
    let ready = one.anonymous().get("/ready").await.expect(200).json();
    assert_eq!(ready["bus"], "away");
    cluster.nats.restart();
    say_all(&ana, one.general, 20..25).await;
    hear_text(&mut bea_hears, "text 24").await;
}

#[tokio::test]
async fn a_paused_nats_delays_and_loses_nothing() {
    let (cluster, one, other) = Cluster::with_two_nodes().await;
    let (ana, bea) = (one.user("ana").await, other.user("bea").await);
    let mut bea_hears = at(&bea, &other).await;
    say_all(&ana, one.general, 0..5).await;
    cluster.nats.pause();
    say_all(&ana, one.general, 5..10).await;
    let heard = hear_texts(&mut bea_hears, one.general, 10).await;
    cluster.nats.resume();
    assert_eq!(heard, texts(0..10));
    say_all(&ana, one.general, 10..15).await;
    assert_eq!(hear_texts(&mut bea_hears, one.general, 5).await, texts(10..15));
}

#[tokio::test]
async fn a_node_that_is_cut_off_from_nats_hears_and_is_heard() {
    let cluster = Cluster::start().await;
    let wire = Wire::to(&cluster.nats).await;
    let (one, other) = (cluster.node_by(&wire).await, cluster.node().await);
    let (ana, bea) = (one.user("ana").await, other.user("bea").await);
    let (mut ana_hears, mut bea_hears) = (at(&ana, &one).await, at(&bea, &other).await);
    wire.cut();
    say_all(&ana, one.general, 0..5).await;
    assert_eq!(hear_texts(&mut bea_hears, one.general, 5).await, texts(0..5));
    say_all(&bea, one.general, 5..10).await;
    assert_eq!(hear_texts(&mut ana_hears, one.general, 10).await, texts(0..10));
}

#[tokio::test]
async fn the_directory_counts_who_is_online_at_all_nodes() {
    let (_cluster, one, other) = Cluster::with_two_nodes().await;
    let (ana, bea) = (one.user("ana").await, other.user("bea").await);
    let (mut ana_sees, _bea_lives) = (at(&ana, &one).await, at(&bea, &other).await);
    loop {
        ana_sees.tell(json!({"type": "who"})).await;
        if ana_sees.until("presence").await["online"].as_array().unwrap().len() == 2 {
            break;
        }
    }
    let directory = ana.read("directory", &[]).await.expect(200).json();
    assert_eq!(directory["channels"][0]["online_count"], 2, "{directory}");
}

#[tokio::test]
async fn nodes_begin_without_nats() {
    let mut cluster = Cluster::start().await;
    cluster.nats.kill();
    let (one, other) = tokio::join!(cluster.node(), cluster.node());
    let (ana, bea) = (one.user("ana").await, other.user("bea").await);
    let mut bea_hears = at(&bea, &other).await;
    ana.say(one.general, "through the database").await.expect(200);
    hear_text(&mut bea_hears, "through the database").await;
}

#[tokio::test]
async fn who_leaves_at_one_node_hears_nothing_more_at_the_other() {
    let (mut cluster, one, other) = Cluster::with_two_nodes().await;
    for is_cut in [false, true] {
        let name = if is_cut { "eva" } else { "bea" };
        let (ana, bea) = (one.user(&format!("ana-{name}")).await, one.user(name).await);
        let (mut bea_hears, mut ana_hears) = (at(&bea, &other).await, at(&ana, &other).await);
        if is_cut {
            cluster.nats.kill();
        }
        bea.post("leave_room", &[("room", one.general.to_string())]).await.expect(200);
        let gone = loop {
            let event = bea_hears.until("member").await;
            if bea_hears.who(&event["user"]) == name && event["joined"] == false {
                break event;
            }
        };
        ana.say(one.general, "behind her back").await.expect(200);
        hear_text(&mut ana_hears, "behind her back").await;
        let after = bea_hears.so_far().await;
        let after: Vec<_> = after.iter().filter(|event| event["room"] == one.general).collect();
        assert!(after.is_empty(), "after {gone}: {after:?}");
    }
}

#[tokio::test]
async fn a_new_room_is_heard_from_its_first_change_at_the_other_node() {
    let (mut cluster, one, other) = Cluster::with_two_nodes().await;
    for (is_cut, name) in [(false, "bea"), (true, "eva")] {
        let (ana, bea) = (one.user(&format!("ana-{name}")).await, one.user(name).await);
        let mut bea_hears = at(&bea, &other).await;
        if is_cut {
            cluster.nats.kill();
        }
        let mut form = message(0, "to you alone");
        form[1] = ("to", name.to_owned());
        ana.post("post_message", &form).await.expect(200);
        let mut seqs = Vec::new();
        loop {
            let event = bea_hears.next().await;
            if event["seq"].is_null() || event["room"] == one.general {
                continue;
            }
            seqs.push(event["seq"].as_i64().unwrap());
            if event["text"] == "to you alone" {
                break;
            }
        }
        assert_eq!(seqs.last(), Some(&3));
        assert!(seqs == [1, 2, 3] || seqs == [2, 3], "from her own entering on: {seqs:?}");
    }
}

#[tokio::test]
async fn who_joins_at_one_node_hears_and_is_heard_of_at_the_other() {
    let (_cluster, one, other) = Cluster::with_two_nodes().await;
    let (ana, bea) = (one.user("ana").await, one.user("bea").await);
    let general = [("room", one.general.to_string())];
    bea.post("leave_room", &general).await.expect(200);
    let (mut ana_hears, mut bea_hears) = (at(&ana, &other).await, at(&bea, &other).await);
    bea.post("join_room", &general).await.expect(200);
    let joined = ana_hears.until("member").await;
    assert_eq!((ana_hears.who(&joined["user"]), &joined["joined"]), ("bea", &true.into()));
    assert_eq!(bea_hears.until("member").await["seq"], joined["seq"]);
    ana.say(one.general, "welcome").await.expect(200);
    hear_text(&mut bea_hears, "welcome").await;
}

#[tokio::test]
async fn the_link_that_makes_the_administrator_works_once_at_any_node() {
    let (_cluster, one, other) = Cluster::with_two_nodes().await;
    let secret = one.setup.as_ref().unwrap().rsplit_once('=').unwrap().1;
    let with_link = |name| {
        let mut form = registration(name);
        form.push(("setup", secret.to_owned()));
        form
    };
    other.anonymous().post("register", &with_link("ana")).await.expect(200);
    one.anonymous().post("register", &with_link("bea")).await.expect(422);
}

#[tokio::test]
async fn a_retry_at_the_other_node_is_answered_alike() {
    let (_cluster, one, other) = Cluster::with_two_nodes().await;
    let ana = one.user("ana").await;
    let (mut here, mut there) = (at(&ana, &one).await, at(&ana, &other).await);
    let cid = uuid::Uuid::now_v7().to_string();
    let send = json!({"type": "message", "cid": cid, "room": one.general, "text": "once"});
    here.tell(send.clone()).await;
    let first = here.until("delivery").await;
    there.tell(send).await;
    assert_eq!(there.until("delivery").await, first);
}

#[tokio::test]
async fn my_reading_is_known_to_my_connection_at_the_other_node() {
    let (_cluster, one, other) = Cluster::with_two_nodes().await;
    let ana = one.user("ana").await;
    let (mut here, mut there) = (at(&ana, &one).await, at(&ana, &other).await);
    let head = ana.open("general").await["cursor"].clone();
    here.tell(json!({"type": "read", "room": one.general, "seq": head})).await;
    assert_eq!(there.until("receipt").await["read_seq"], head);
}

#[tokio::test]
async fn typing_is_seen_at_the_other_node_until_it_is_void() {
    let (_cluster, one, other) = Cluster::with_two_nodes().await;
    let (ana, bea) = (one.user("ana").await, other.user("bea").await);
    let (mut ana_types, mut bea_sees) = (at(&ana, &one).await, at(&bea, &other).await);
    ana_types.tell(json!({"type": "typing", "room": one.general, "on": true})).await;
    assert_eq!(bea_sees.until("typing").await["users"], json!([ana.id().await]));
    assert_eq!(bea_sees.until("typing").await["users"], json!([]));
}

#[tokio::test]
async fn who_is_online_counts_all_nodes_and_a_killed_one_goes() {
    let cluster = Cluster::start().await;
    let one = cluster.node().await;
    let mut other = cluster.process().await;
    let (ana, bea) = (one.user("ana").await, one.user("bea").await);
    let mut ana_sees = at(&ana, &one).await.with_patience(Duration::from_secs(45));
    let _bea_lives = bea.at(&other.origin).live().await;
    // She hears of herself, too.
    let (ana_id, bea_id) = (ana.id().await, bea.id().await);
    let mut came = ana_sees.until("presence_changed").await;
    while came["user"] == ana_id {
        came = ana_sees.until("presence_changed").await;
    }
    assert_eq!((&came["user"], &came["online"]), (&bea_id, &true.into()));
    ana_sees.tell(json!({"type": "who"})).await;
    assert_eq!(ana_sees.until("presence").await["online"].as_array().unwrap().len(), 2);

    // A node that comes later learns it too.
    let third = cluster.node().await;
    let mut cara_sees = at(&third.user("cara").await, &third).await;
    loop {
        cara_sees.tell(json!({"type": "who"})).await;
        if cara_sees.until("presence").await["online"].as_array().unwrap().len() == 3 {
            break;
        }
    }

    other.kill();
    loop {
        let event = ana_sees.until("presence_changed").await;
        if event["user"] == bea_id {
            assert_eq!(event["online"], false);
            break;
        }
    }
}

#[tokio::test]
async fn a_restarted_postgres_needs_no_restart_of_papo() {
    let (cluster, one, other) = Cluster::with_two_nodes().await;
    let (ana, bea) = (one.user("ana").await, other.user("bea").await);
    at(&bea, &other).await;
    let mut admin = PgConnection::connect(&cluster.database).await.unwrap();
    let end = "select pg_terminate_backend(pid) from pg_stat_activity \
               where datname = current_database() and pid <> pg_backend_pid()";
    admin.execute(end).await.unwrap();
    let text = message(one.general, "still here");
    while ana.post("post_message", &text).await.status != 200 {
        tokio::task::yield_now().await;
    }
    // The other node may meet its dead connections only now.
    while bea.read("room", &[("address", "general")]).await.status != 200 {
        tokio::task::yield_now().await;
    }
    let page = bea.open("general").await;
    let said = page["history"]["messages"].as_array().unwrap().iter().filter(|m| m["text"] == "still here");
    assert_eq!(said.count(), 1);
    let mut bea_hears = at(&bea, &other).await;
    ana.say(one.general, "and live").await.expect(200);
    hear_text(&mut bea_hears, "and live").await;
}
