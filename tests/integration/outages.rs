//! PostgreSQL goes away behind a wire that a test can cut: what each door answers meanwhile, and how all goes on.

use std::time::Duration;

use serde_json::json;
use tokio::time::timeout;

use crate::{
    matrix::{Row, World, rows},
    support::{Answer, Client, Forwarder, LiveClient, Process, TestApp, message, new_database, registration},
};

/// A request is answered within this, whatever becomes of the database.
const ANSWERED: Duration = Duration::from_secs(8);
/// Everything works again within this.
const RECOVERED: Duration = Duration::from_secs(15);

const HTML: (&str, &str) = ("accept", "text/html,application/xhtml+xml");

/// A server in a process of its own with ana in it, and the wire between it and its database.
async fn server() -> (Process, Forwarder, Client, i64) {
    let (wire, database) = Forwarder::to_database(&new_database().await).await;
    let server = Process::start(&["--database-url", &database]).await;
    let ana = Client::new(&server.origin);
    ana.post("register", &registration("ana")).await.expect(200);
    let general = ana.open("general").await["room"]["id"].as_i64().unwrap();
    (server, wire, ana, general)
}

/// Sends the same again and again until it is taken.
async fn until_taken(client: &Client, sent: &[(&str, String)]) {
    let taken = async {
        loop {
            let answer = timeout(ANSWERED, client.post("post_message", sent)).await.unwrap();
            match answer.status {
                200 => return,
                503 => tokio::task::yield_now().await,
                other => panic!("{other}: {}", answer.text),
            }
        }
    };
    timeout(RECOVERED, taken).await.expect("it does not recover");
}

async fn texts(client: &Client) -> Vec<String> {
    let page = client.open("general").await;
    let messages = page["history"]["messages"].as_array().unwrap().iter();
    messages.filter(|m| m["kind"] == "text").map(|m| m["text"].as_str().unwrap().to_owned()).collect()
}

/// The log tells of the outage once, by its cause, and of its end once, and warns of nothing else.
fn is_told_once(server: &Process, cause: &str) {
    let warnings = server.warnings();
    assert_eq!(warnings.len(), 1, "{}", server.log());
    assert!(warnings[0].contains("PostgreSQL is away") && warnings[0].contains(cause), "{warnings:?}");
    assert_eq!(server.log().matches("PostgreSQL is back").count(), 1, "{}", server.log());
}

#[tokio::test]
async fn a_database_that_falls_silent_holds_nobody_and_is_told_once() {
    let (server, wire, ana, general) = server().await;
    let mut live = ana.live().await;
    live.so_far().await;
    wire.fall_silent();
    let sent = message(general, "into the silence");
    // The first has to find out; then it is known.
    for _ in 0..3 {
        let refused = timeout(ANSWERED, ana.post("post_message", &sent)).await.unwrap();
        assert_eq!((refused.status, &refused.json()["code"]), (503, &json!("unavailable")));
        assert!(refused.headers.contains_key("retry-after"));
    }
    let cid = live.say(general, "by the socket").await;
    let refused = timeout(ANSWERED, live.until("error")).await.unwrap();
    assert_eq!((&refused["cid"], &refused["code"]), (&json!(cid), &json!("unavailable")));
    let ready = timeout(ANSWERED, ana.get("/ready")).await.unwrap().expect(503).json();
    assert_eq!((&ready["database"], &ready["ready"]), (&json!(false), &json!(false)));
    assert!(ready["failing"].as_array().unwrap().contains(&json!("database")), "{ready}");

    wire.restore();
    until_taken(&ana, &sent).await;
    assert_eq!(texts(&ana).await.iter().filter(|text| *text == "into the silence").count(), 1);
    is_told_once(&server, "no answer within");
}

#[tokio::test]
async fn a_database_that_is_stopped_is_told_by_its_true_cause() {
    let (server, wire, ana, general) = server().await;
    wire.refuse();
    let sent = message(general, "to nobody");
    for _ in 0..20 {
        timeout(ANSWERED, ana.post("post_message", &sent)).await.unwrap().expect(503);
        timeout(ANSWERED, ana.get("/rooms")).await.unwrap().expect(503);
    }
    wire.restore();
    until_taken(&ana, &sent).await;
    is_told_once(&server, "refused");
}

/// As after a failover: the old connections are dead without a sign, new ones work.
#[tokio::test]
async fn dead_connections_are_thrown_away_for_new_ones() {
    let (_server, wire, ana, general) = server().await;
    // Several connections are at hand.
    let pages = (0..12).map(|_| ana.get("/api/rooms"));
    assert!(futures::future::join_all(pages).await.iter().all(|answer| answer.status == 200));
    wire.strand();
    let sent = message(general, "after the failover");
    until_taken(&ana, &sent).await;
    for _ in 0..12 {
        timeout(ANSWERED, ana.get("/api/rooms")).await.unwrap().expect(200);
    }
    assert_eq!(texts(&ana).await, ["after the failover"]);
}

#[tokio::test]
async fn the_start_waits_for_the_database_and_says_so() {
    let (wire, database) = Forwarder::to_database(&new_database().await).await;
    wire.refuse();
    let mut server = Process::spawn(&["--database-url", &database]);
    let told = async {
        while !server.log().contains("waiting for it") {
            tokio::task::yield_now().await;
        }
    };
    timeout(RECOVERED, told).await.unwrap();
    assert!(server.log().contains("refused"), "{}", server.log());
    wire.restore();
    timeout(RECOVERED, server.listens()).await.unwrap();
    assert_eq!(server.warnings().len(), 1, "{}", server.log());
}

#[tokio::test]
async fn the_start_waits_for_nothing_that_a_setting_must_mend() {
    let database = new_database().await;
    let start = async |database: &str, seconds: &str| {
        let folder = tempfile::tempdir().unwrap();
        let mut papo = tokio::process::Command::new(env!("CARGO_BIN_EXE_papo"));
        papo.args(["--listen", "127.0.0.1:0", "--data", folder.path().to_str().unwrap()]);
        papo.args(["--database-url", database, "--wait-for-database", seconds]);
        let ended = timeout(ANSWERED, papo.kill_on_drop(true).output()).await.expect("it waits").unwrap();
        assert!(!ended.status.success());
        String::from_utf8(ended.stderr).unwrap()
    };
    let missing = format!("{database}_that_is_not_there");
    let line = start(&missing, "600").await;
    assert!(line.contains("does not exist"), "{line}");
    // Whose patience is over ends with the cause.
    let nobody = "postgres://papo@127.0.0.1:1/papo";
    let line = start(nobody, "1").await;
    assert!(line.lines().last().unwrap().contains("refused"), "{line}");
}

/// A member whose room is not there: what is asked does not matter, for nobody can tell who asks.
#[tokio::test]
async fn every_door_says_that_the_database_is_away() {
    let (wire, database) = Forwarder::to_database(&new_database().await).await;
    let app = TestApp::start_with(&["--limits", "off", "--database-url", &database]).await;
    let bearer = app.program_of("program").await;
    let mut world = World::of(app).await;
    wire.refuse();
    let mut wrong = Vec::new();
    for row in rows().iter().filter(|row| row.method != "LIVE") {
        let answer = timeout(ANSWERED, world.ask_as_member(row, &[])).await.unwrap();
        wrong.extend(fault_of(row, "by cookie", &answer, true));
        let answer = timeout(ANSWERED, world.ask_by(&bearer, row)).await.unwrap();
        wrong.extend(fault_of(row, "by token", &answer, false));
        let nobody = world.anonymous();
        let answer = timeout(ANSWERED, world.ask_by(&nobody, row)).await.unwrap();
        wrong.extend(fault_of(row, "by nobody", &answer, false));
        if row.method == "GET" && !row.path.starts_with("/api/") {
            let page = timeout(ANSWERED, world.ask_as_member(row, &[HTML])).await.unwrap();
            let is_page = page.status == 503 && page.text.contains(r#"http-equiv="refresh""#);
            wrong.extend((!is_page).then(|| format!("no page: {} {}: {}", row.method, row.path, page.text)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    wire.restore();
}

/// What is wrong with an answer without a database.
fn fault_of(row: &Row, by: &str, answer: &Answer, must_be_away: bool) -> Option<String> {
    let kind = answer.headers.get("content-type").map(|kind| kind.to_str().unwrap()).unwrap_or_default();
    let is_honest = answer.status == 503
        && answer.headers.contains_key("retry-after")
        && !answer.text.is_empty()
        && (!must_be_away || kind.starts_with("application/problem+json"));
    let is_fine = if must_be_away { is_honest } else { is_honest || answer.status < 500 };
    (!is_fine)
        .then(|| format!("{by}: {} {}: {} {kind} {:?}", row.method, row.path, answer.status, answer.text))
}

#[tokio::test]
async fn people_are_shown_a_page_that_tries_again_and_keeps_what_they_typed() {
    let (wire, database) = Forwarder::to_database(&new_database().await).await;
    let app = TestApp::start_with(&["--database-url", &database]).await;
    let (ana, general) = (app.user("ana").await, app.general);
    wire.refuse();
    for address in papo::server::http::page_addresses() {
        let path = address.split('/').map(|part| if part.starts_with(':') { "general" } else { part });
        let path = path.collect::<Vec<_>>().join("/");
        let headers = [HTML, ("accept-language", "pt-BR")];
        let page = ana.rest_with("GET", &path, &headers, "").await.expect(503);
        assert!(
            page.text.contains(r#"<html lang="pt-BR""#) && page.text.contains("tenta de novo"),
            "{path}: {page:?}"
        );
        assert!(
            page.headers.contains_key("retry-after") && page.headers["cache-control"] == "no-store",
            "{page:?}"
        );
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("style-src 'self'") && !policy.contains("script-src"), "{policy}");
        assert!(!page.headers.contains_key("set-cookie"), "nobody is signed out: {page:?}");
    }

    let typed = message(general, "half a \"novel\" </textarea>");
    let page = ana.submit("/rooms/general", "post_message", &typed).await.expect(503);
    assert!(
        page.text.contains(r#"action="/fn/post_message""#) && page.text.contains(&typed[0].1),
        "{}",
        page.text
    );
    assert!(page.text.contains("novel") && page.text.contains("&lt;/textarea&gt;"), "{}", page.text);
    assert!(!page.text.contains("http-equiv"), "{}", page.text);

    let form = [("login", "ana".to_owned()), ("password", "a long password".to_owned())];
    let page = app.anonymous().submit("/login", "sign_in", &form).await.expect(503);
    assert!(page.text.contains(r#"value="ana""#) && !page.text.contains("a long password"), "{}", page.text);

    let refused = LiveClient::connect(&app.origin, &ana.cookies(), Some(&app.origin)).await.err().unwrap();
    match *refused {
        tokio_tungstenite::tungstenite::Error::Http(answer) => assert_eq!(answer.status(), 503),
        other => panic!("{other}"),
    }

    wire.restore();
    until_taken(&ana, &typed).await;
    ana.rest_with("GET", "/rooms/general", &[HTML], "").await.expect(200);
}

#[tokio::test]
async fn a_full_disk_at_sign_in_is_a_page_with_words() {
    let Some(server) = Process::start_on_small_disk().await else {
        eprintln!("no small disk can be mounted here: nothing is tested");
        return;
    };
    Client::new(&server.origin).post("register", &registration("ana")).await.expect(200);
    let filler = server.file("filler");
    let mut file = std::fs::File::create(&filler).unwrap();
    while std::io::Write::write_all(&mut file, &[0; 4096]).is_ok() {}

    let form = [("login", "ana".to_owned()), ("password", "a long password".to_owned())];
    let refused = async {
        loop {
            // What fits into the pages that are there already is still written.
            let answer = Client::new(&server.origin).submit("/login", "sign_in", &form).await;
            if answer.status != 303 {
                return answer.expect(507);
            }
        }
    };
    let page = timeout(RECOVERED, refused).await.unwrap();
    assert!(page.text.contains("no space left") && page.text.contains(r#"value="ana""#), "{page:?}");
    assert!(!page.text.contains("a long password") && page.headers.contains_key("retry-after"), "{page:?}");

    std::fs::remove_file(filler).unwrap();
    drop(file);
    let signed_in =
        async { while Client::new(&server.origin).submit("/login", "sign_in", &form).await.status != 303 {} };
    timeout(RECOVERED, signed_in).await.unwrap();
}
