//! What one person owns makes nobody's page large: every list comes in pages, and what is not in the first is not lost.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, sqlite::SqliteConnectOptions};
use tempfile::TempDir;

use crate::support::{Client, LiveClient, TestApp};

const PAGE: usize = 200;

/// A server with `count` channels besides `general`, all of them of the user `bea`, each with a line of hers; the later
/// ones have the later lines. The user `ana` is in the first one, and has written what bea has not read into the second.
async fn crowded(count: i64) -> (TestApp, Client, Client, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let app = TestApp::start_in(folder.path().to_str().unwrap()).await;
    let (ana, bea) = (app.user("ana").await, app.user("bea").await);
    let id = async |client: &Client| client.read("overview", &[]).await.json()["me"]["id"].as_i64().unwrap();
    let (ana_id, bea_id) = (id(&ana).await, id(&bea).await);
    let options = SqliteConnectOptions::new().filename(folder.path().join("papo.db"));
    let mut conn = options.connect().await.unwrap();
    let numbers =
        format!("with recursive n(i) as (select 1 union all select i + 1 from n where i < {count}) ");
    for sql in [
        format!(
            "insert into rooms (id, kind, access, slug, name, topic, name_key, last_seq, texts, created_at) {numbers} \
             select 1000000 + i, 'channel', 'public', printf('room-%05d', i), printf('Room %05d', i), '', \
             printf('room %05d', i), 1, 1 + (i = 2), 0 from n"
        ),
        format!(
            "insert into name_parts (list, id, inside, part) {numbers} \
             select 1, 1000000 + i, 0, printf('room %05d', i) from n \
             union all select 1, 1000000 + i, 0, printf('%05d', i) from n"
        ),
        format!(
            "insert into members (room_id, user_id, role, joined, joined_at, changed_seq, read_seq, known_texts) {numbers} \
             select 1000000 + i, {bea_id}, 'owner', 1, 0, 0, 0, 1 from n"
        ),
        format!(
            "insert into members (room_id, user_id, role, joined, joined_at, changed_seq, read_seq) \
             values (1000001, {ana_id}, 'member', 1, 0, 0, 0)"
        ),
        format!(
            "insert into messages (id, room_id, seq, author_id, kind, text, html, at, changed_seq, texts) {numbers} \
             select 1000000 + i, 1000000 + i, 1, {bea_id}, 'text', 'first', 'first', i, 1, 1 from n"
        ),
        format!(
            "insert into messages (id, room_id, seq, author_id, kind, text, html, at, changed_seq, texts) \
             values (9000000, 1000002, 2, {ana_id}, 'text', 'second', 'second', 2, 2, 2)"
        ),
    ] {
        conn.execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
    }
    conn.close().await.unwrap();
    (app, ana, bea, folder)
}

/// All items of a list of REST, and how many pages it took.
async fn all(client: &Client, path: &str) -> (Vec<Value>, usize) {
    let (mut items, mut pages, mut next) = (Vec::new(), 0, Some(path.to_owned()));
    while let Some(path) = next {
        let page = client.fetch(&path).await;
        items.extend(page["items"].as_array().unwrap().clone());
        next = page["next"].as_str().map(str::to_owned);
        pages += 1;
    }
    (items, pages)
}

fn ids(rooms: &Value) -> Vec<i64> {
    rooms.as_array().unwrap().iter().map(|room| room["id"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn five_thousand_channels_make_no_page_large() {
    let (_app, ana, bea, _folder) = crowded(5_000).await;
    for (who, client, path, most) in [
        ("a stranger to them", &ana, "/", 20_000),
        ("a stranger to them", &ana, "/rooms", 120_000),
        ("their owner", &bea, "/", 350_000),
        ("their owner", &bea, "/rooms", 450_000),
        ("their owner", &bea, "/fn/overview", 120_000),
        ("their owner", &bea, "/fn/directory", 30_000),
    ] {
        let size = client.get(path).await.expect(200).text.len();
        assert!(size <= most, "{path} for {who}: {size} bytes");
        assert!(size > most / 10, "{path} for {who} is nearly empty: {size} bytes");
    }
}

#[tokio::test]
async fn every_room_and_channel_is_on_one_page() {
    let (_app, _ana, bea, _folder) = crowded(250).await;
    let (channels, pages) = all(&bea, "/api/channels?limit=100").await;
    let names: Vec<_> = channels.iter().map(|channel| channel["slug"].as_str().unwrap()).collect();
    assert_eq!((names.len(), pages), (251, 3));
    assert!(names.is_sorted() && names.iter().collect::<BTreeSet<_>>().len() == 251, "{names:?}");
    let (rooms, pages) = all(&bea, "/api/rooms").await;
    let found: BTreeSet<_> = rooms.iter().map(|room| room["id"].as_i64().unwrap()).collect();
    assert_eq!((rooms.len(), found.len(), pages), (251, 251, 6));
    let overview = bea.read("overview", &[]).await.json();
    let after = &overview["rest"]["after"];
    let place = format!("{}:{}", after["at"], after["room"]);
    let rest = bea.read("my_rooms", &[("after", &place)]).await.expect(200).json();
    let both = [ids(&overview["rooms"]), ids(&rest["rooms"])].concat();
    assert_eq!(both, ids(&Value::from(rooms)), "the side list has the same ones");
    assert_eq!((overview["rest"]["rooms"].as_u64(), rest["rest"]["after"].clone()), (Some(51), Value::Null));
    for (path, status) in [
        ("/api/rooms?after=here", 422),
        ("/api/rooms?limit=101", 422),
        ("/api/channels?after=nowhere", 422),
        ("/api/channels?query=room&after=general", 422),
        ("/api/users/online?limit=0", 422),
        ("/api/sessions?after=1", 422),
        ("/api/tokens?limit=0", 422),
    ] {
        bea.get(path).await.expect(status);
    }
}

#[tokio::test]
async fn the_directory_and_the_side_list_go_on_without_javascript() {
    let (_app, ana, bea, _folder) = crowded(250).await;
    let page = ana.get("/rooms").await.expect(200).text;
    let link = link_in(&page, "/rooms?after=");
    assert!(page.contains("Room 00049") && !page.contains("Room 00099"));
    assert!(ana.get(&link).await.expect(200).text.contains("Room 00099"));
    let found = ana.get("/rooms?q=00123").await.expect(200).text;
    assert!(found.contains("Room 00123") && !found.contains("Room 00124"));
    assert!(ana.get("/rooms?q=nothing+like+it").await.expect(200).text.contains("No rooms found"));
    ana.get(&format!("/rooms?q={}", "x".repeat(101))).await.expect(422);

    let page = bea.get("/").await.expect(200).text;
    let link = link_in(&page, "/?rooms=");
    assert!(page.contains("51 more rooms") && !page.contains(">Room 00007<"));
    let older = bea.get(&link).await.expect(200).text;
    assert!(
        older.contains("Room 00007")
            && !older.contains(">Room 00200<")
            && older.contains("Back to the newest")
    );
}

/// The address in the page that begins so.
fn link_in(page: &str, start: &str) -> String {
    let at = page.find(&format!("href=\"{start}")).unwrap_or_else(|| panic!("no {start} in {page}"));
    page[at + 6..].split('"').next().unwrap().replace("&amp;", "&")
}

/// Sends a `sync` for the newest rooms and gives its list.
async fn newest(live: &mut LiveClient, cursors: Value) -> Value {
    live.tell(json!({"type": "sync", "epoch": "", "rooms": cursors, "newest": true})).await;
    let rooms = live.until("rooms").await;
    live.until("ready").await;
    rooms
}

#[tokio::test]
async fn a_member_of_six_hundred_rooms_is_told_of_all_and_misses_nothing() {
    let (_app, ana, bea, _folder) = crowded(599).await;
    let mut live = bea.live().await;
    let hello = live.until("hello").await;

    let events = live.sync(hello["epoch"].as_str().unwrap(), json!({})).await;
    let lists: Vec<_> = events.iter().filter(|event| !event["rooms"].is_null()).collect();
    let kinds: Vec<_> = lists.iter().map(|list| list["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["rooms", "more_rooms", "more_rooms"]);
    let told: Vec<_> = lists.iter().flat_map(|list| ids(&list["rooms"])).collect();
    assert_eq!((told.len(), told.iter().collect::<BTreeSet<_>>().len()), (600, 600));
    assert!(lists.iter().all(|list| ids(&list["rooms"]).len() == PAGE));

    let far = 1_000_001;
    let first = newest(&mut live, json!({})).await;
    assert_eq!(first["rest"]["rooms"], 400);
    assert_eq!(first["rest"]["unread"], 1, "{}", first["rest"]);
    assert_eq!(ids(&first["rooms"]), told[..PAGE]);
    // A named room is told of wherever it stands.
    let named = newest(&mut live, json!({ "1000001": 1 })).await;
    assert_eq!((ids(&named["rooms"]).last(), &named["rest"]["rooms"]), (Some(&far), &json!(399)));

    ana.say(far, "from far below").await.expect(200);
    let heard = live.until("message").await;
    assert_eq!((&heard["room"], &heard["text"]), (&json!(far), &json!("from far below")));
    let after = newest(&mut live, json!({})).await;
    let room = &after["rooms"][0];
    assert_eq!(
        (&room["id"], &room["unread"], &room["last"]["text"]),
        (&json!(far), &json!(1), &json!("from far below"))
    );
}

#[tokio::test]
async fn a_sync_is_priced_by_its_size() {
    let (_app, _ana, bea, _folder) = crowded(599).await;
    let mut live = bea.live().await;
    let all: serde_json::Map<_, _> = (1..=500).map(|n| ((1_000_000 + n).to_string(), json!(1))).collect();
    for _ in 0..4 {
        live.tell(json!({"type": "sync", "epoch": "", "rooms": all.clone()})).await;
    }
    live.until("ready").await;
    let refused = live.until("error").await;
    assert_eq!(refused["code"], "rate_limited");
    assert!(refused["retry_after_ms"].as_u64().is_some_and(|wait| wait > 0 && wait < 4_000), "{refused}");
}

#[tokio::test]
async fn pages_and_server_functions_take_from_a_users_allowance() {
    let app = TestApp::start().await;
    let (ana, bea) = (app.user("ana").await, app.user("bea").await);
    for path in
        ["/fn/find_people?query=be", "/fn/room?address=general", "/fn/overview", "/rooms", "/nothing/here"]
    {
        let refused = hammer(&ana, path, "*/*").await;
        assert_eq!(refused.json()["code"], "rate_limited", "{path}");
        let page = hammer(&ana, path, "text/html").await;
        assert!(page.headers["content-type"].to_str().unwrap().starts_with("text/html"), "{path}");
        assert!(
            page.text.contains("Too many requests") && page.text.contains("http-equiv=\"refresh\""),
            "{}",
            page.text
        );
        assert!(page.headers["retry-after"].to_str().unwrap().parse::<u64>().unwrap() >= 1);
        assert!(page.text.len() < 1_000 && page.headers["cache-control"] == "no-store");
    }
    assert_eq!(hammer(&ana, "/api/me", "*/*").await.json()["code"], "rate_limited", "REST counts with them");
    bea.get("/").await.expect(200);
    for _ in 0..100 {
        ana.get("/health").await.expect(200);
    }
}

/// Asks until it is refused, and gives the refusal.
async fn hammer(client: &Client, path: &str, accept: &str) -> crate::support::Answer {
    for _ in 0..50 {
        let asked = (0..40).map(|_| client.ask(client.request("GET", path).header("accept", accept)));
        let answers = futures_util::future::join_all(asked).await;
        if let Some(refused) = answers.into_iter().find(|answer| answer.status == 429) {
            return refused;
        }
    }
    panic!("{path} is not counted");
}

#[tokio::test]
async fn strangers_are_counted_by_address() {
    let app = TestApp::start().await;
    let stranger = app.anonymous();
    let ask = async |address: &str| {
        let request = stranger.request("GET", "/login").header("x-forwarded-for", address);
        stranger.ask(request).await.status
    };
    let mut statuses = Vec::new();
    while !statuses.contains(&429) && statuses.len() < 2_000 {
        statuses.extend(futures_util::future::join_all((0..40).map(|_| ask("192.0.2.1"))).await);
    }
    let let_in = statuses.iter().filter(|status| **status == 200).count();
    assert!(statuses.contains(&429) && let_in > 100, "a class of pupils signs in at once: {let_in}");
    assert_eq!(ask("192.0.2.2").await, 200);
}

#[tokio::test]
async fn an_older_database_gets_its_directory_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let app = TestApp::start_in(path).await;
    let ana = app.user("ana").await;
    ana.post("create_room", &[("name", "Água".to_owned())]).await.expect(200);
    app.stopped().await;
    let mut conn =
        SqliteConnectOptions::new().filename(folder.path().join("papo.db")).connect().await.unwrap();
    for sql in ["update rooms set name_key = ''", "delete from name_parts where list = 1"] {
        conn.execute(sql).await.unwrap();
    }
    conn.close().await.unwrap();

    let app = TestApp::start_in(path).await;
    let bea = app.user("bea").await;
    assert_eq!(bea.fetch("/api/channels?query=agu").await["items"][0]["name"], "Água");
    let (channels, _) = all(&bea, "/api/channels?limit=1").await;
    assert_eq!(channels.len(), 2);
}
