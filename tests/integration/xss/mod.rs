//! Nothing that people write becomes markup: every page with hostile texts has the elements, attributes and scripts of
//! the same page with harmless ones.

mod corpus;
mod tree;
mod world;

use std::collections::BTreeSet;

use self::{
    corpus::{HARMLESS, HOSTILE, joined},
    tree::{Shape, difference, shape, title},
    world::World,
};
use crate::support::{Answer, Client, message};

/// The pages and how they are asked for, `{}` being a text of the asker's. The first word is who asks.
const PAGES: &[(&str, &[&str])] = &[
    ("/login", &["stranger /login", "stranger /login?redirect=/{}"]),
    ("/register", &["stranger /register", "stranger /register?redirect=/{}&setup={}"]),
    ("/", &["victim /"]),
    ("/rooms", &["victim /rooms"]),
    ("/rooms/new", &["victim /rooms/new"]),
    ("/rooms/{address}", &["victim /rooms/room", "victim /rooms/door", "victim /rooms/{}"]),
    ("/dm/{username}", &["victim /dm/mallory", "victim /dm/{}"]),
    ("/search", &["victim /search?q={}", "victim /search?q=mallory"]),
    ("/settings", &["victim /settings"]),
];

/// Pages that are in no list.
const OTHERS: &[&str] = &[
    "stranger /no/{}",
    "victim /no/{}",
    "victim /fn/{}",
    "victim /fn/post_message?text={}",
    "victim /api/docs?{}",
    "victim /rooms/room?before={}",
];

/// The fields of a form, each with its value.
type Fields = &'static [(&'static str, &'static str)];

/// Server functions whose refused forms come back with what was typed: from which page, and with which fields. `{}` is
/// the text, made too long for its field.
const FORMS: &[(&str, &str, Fields)] = &[
    (
        "register",
        "/register?redirect=/x",
        &[
            ("username", "{}"),
            ("name", "{}"),
            ("email", "{}"),
            ("birth_date", "{}x"),
            ("password", "1234"),
            ("password_again", "12345"),
            ("redirect", "{}"),
            ("setup", ""),
        ],
    ),
    ("sign_in", "/login", &[("login", "{}"), ("password", "wrong password"), ("redirect", "{}")]),
    ("create_room", "/rooms/new", &[("name", "{}"), ("topic", "{}"), ("password", "")]),
    ("join_room", "/rooms/door", &[("room", "{door}"), ("password", "{}")]),
    ("post_message", "/rooms/room", &[("cid", "{cid}"), ("room", "{room}"), ("text", "{}")]),
    ("create_token", "/settings", &[("name", "{}"), ("scope", "write"), ("expires_in_days", "9")]),
    ("preferences", "/settings", &[("language", "{}"), ("theme", "{}")]),
];

/// What a form of any other function is sent: nothing that it takes.
const ANY_FIELDS: [&str; 8] = ["id", "room", "user", "username", "token", "name", "text", "code"];
/// These take a form without fields.
const WITHOUT_FIELDS: [&str; 2] = ["sign_out", "end_other_sessions"];

#[tokio::test]
async fn every_page_has_the_shape_of_its_harmless_self() {
    let mut world = World::make().await;
    let asked: Vec<&str> = PAGES.iter().flat_map(|(_, asked)| *asked).chain(OTHERS).copied().collect();
    let listed: BTreeSet<_> = papo::server::http::page_addresses().iter().map(String::as_str).collect();
    let covered: BTreeSet<_> = PAGES.iter().map(|(page, _)| *page).collect();
    assert_eq!(listed, covered, "PAGES lacks a page, or has one too many");

    world.call_all(HARMLESS).await;
    let mut expected = Vec::new();
    for line in &asked {
        expected.push(load(&world, line, HARMLESS).await);
    }
    let mut wrong = Vec::new();
    world.call_all(&joined()).await;
    for (line, expected) in asked.iter().zip(&expected) {
        for text in texts_of(line) {
            let found = load(&world, line, &text).await;
            if let Some(difference) = difference(&found, expected) {
                wrong.push(format!("{line}: {difference}"));
            }
        }
    }
    if wrong.is_empty() {
        return;
    }
    // Which text it was is worth a slower look.
    for text in HOSTILE {
        world.call_all(text).await;
        for (line, expected) in asked.iter().zip(&expected) {
            if let Some(difference) = difference(&load(&world, line, text).await, expected) {
                wrong.push(format!("{text:?} at {line}: {difference}"));
            }
        }
    }
    panic!("{}", wrong.join("\n"));
}

/// What follows one text may mend what it broke, and a title has but one name.
#[tokio::test]
async fn a_title_is_text_whatever_the_name() {
    let mut world = World::make().await;
    world.call_all(HARMLESS).await;
    let places = ["/dm/mallory", "/rooms/room"];
    let mut expected = Vec::new();
    for path in places {
        expected.push(shape(&world.page(&world.victim, path).await.text).sorted());
    }
    for text in HOSTILE {
        world.call_all(text).await;
        for (path, expected) in places.iter().zip(&expected) {
            let page = world.page(&world.victim, path).await.expect(200);
            let difference = difference(&shape(&page.text).sorted(), expected);
            assert_eq!(difference, None, "{text:?} at {path}");
            let shown = title(&page.text);
            assert!(shown.contains(text), "{shown:?} is not called {text:?}");
        }
    }
}

#[tokio::test]
async fn every_message_is_text() {
    let world = World::make().await;
    let texts: Vec<_> = HOSTILE.iter().filter(|text| !text.contains("http")).collect();
    let mut shapes = Vec::new();
    for is_hostile in [false, true] {
        let wish = serde_json::json!({ "name": "messages", "members": ["mallory"] });
        let room =
            world.victim.rest("POST", "/api/groups", wish).await.expect(201).json()["id"].as_i64().unwrap();
        for text in &texts {
            let text = if is_hostile { text } else { HARMLESS };
            let wish = serde_json::json!({ "text": text });
            world.victim.rest("POST", &format!("/api/rooms/{room}/messages"), wish).await.expect(201);
        }
        let page = world.page(&world.victim, &format!("/rooms/{room}")).await.expect(200);
        let main = main_of(&page.text);
        assert!(main.matches("message-text").count() >= 40, "the messages are there");
        shapes.push(shape(main));
    }
    assert_eq!(difference(&shapes[1], &shapes[0]), None);
}

#[tokio::test]
async fn every_refused_form_has_the_shape_of_its_harmless_self() {
    let world = World::make().await;
    let functions = leptos::server_fn::axum::server_fn_paths().filter(|(_, method)| *method == "POST");
    let names: Vec<_> = functions.map(|(path, _)| path.trim_start_matches("/fn/").to_owned()).collect();
    assert!(names.len() > 10, "{names:?}");
    for name in names.iter().filter(|name| !WITHOUT_FIELDS.contains(&name.as_str())) {
        let harmless = refused_form(&world, name, HARMLESS).await;
        let hostile = refused_form(&world, name, &joined()).await;
        assert_eq!(hostile.status, harmless.status, "{name}");
        assert_eq!(difference(&shape(&hostile.text), &shape(&harmless.text)), None, "{name}");
    }
}

#[tokio::test]
async fn what_an_older_form_was_refused_for_is_text() {
    let world = World::make().await;
    let stranger = &world.stranger;
    let mut shapes = Vec::new();
    for texts in std::iter::once(&[HARMLESS][..]).chain(HOSTILE.chunks(4)) {
        let text = texts.join(" ");
        let form =
            [("nome", &*text), ("email", &text), ("senha", "long enough"), ("confirmar_senha", "other")];
        let answer = stranger.ask(stranger.request("POST", "/cadastrar").form(&form)).await.expect(303);
        assert!(answer.headers.contains_key("set-cookie"), "{text}");
        let page = world.page(stranger, "/register").await.expect(200);
        assert!(page.text.contains("field-error"), "{text}");
        shapes.push(shape(&page.text));
    }
    for (shape, texts) in shapes.iter().skip(1).zip(HOSTILE.chunks(2)) {
        let news: Vec<_> = shape.names().difference(&shapes[0].names()).cloned().collect();
        assert!(news.is_empty(), "{texts:?}: {news:?}");
    }
}

/// The older protocols answer with JSON, redirects and streams; what says that it is no page is none.
#[tokio::test]
async fn nothing_else_is_a_page() {
    let mut world = World::make().await;
    world.call_all(&joined()).await;
    let text = encoded(&joined());
    for (method, path) in papo::server::http::compat_addresses() {
        if method != "GET" || path.contains("stream") || path.contains("socket.io") {
            continue;
        }
        let path: Vec<_> =
            path.split('/').map(|part| if part.starts_with('{') { &text } else { part }).collect();
        let path = format!("{}?q={text}&page={text}", path.join("/"));
        let request = world.victim.request("GET", &path).header("accept", "text/html");
        let answer = world.victim.ask(request).await;
        let kind = answer.headers.get("content-type").map(|kind| kind.to_str().unwrap()).unwrap_or_default();
        assert!(!kind.contains("html"), "{path} is {kind}");
        assert_eq!(answer.headers["x-content-type-options"], "nosniff");
    }
}

/// What a page is asked for with: all texts at once, where no limit stands against it.
fn texts_of(line: &str) -> Vec<String> {
    if line.contains("/search?q={}") {
        return HOSTILE.iter().map(|text| text.chars().take(100).collect()).collect();
    }
    vec![joined()]
}

async fn load(world: &World, line: &str, text: &str) -> Shape {
    let (who, path) = line.split_once(' ').unwrap();
    let client = if who == "victim" { &world.victim } else { &world.stranger };
    let page = world.page(client, &path.replace("{}", &encoded(text))).await;
    shape(&page.text)
}

async fn refused_form(world: &World, name: &str, text: &str) -> Answer {
    let any: Vec<_> = ANY_FIELDS.iter().map(|field| (*field, "{}")).collect();
    let row = FORMS.iter().find(|(known, ..)| *known == name);
    let (page, fields) = row.map_or(("/", &*any), |(_, page, fields)| (*page, *fields));
    let too_many = if name == "post_message" { 5_001 } else { 300 };
    let long = format!("{text}{}", "x".repeat(too_many));
    let cid = message(0, "").remove(0).1;
    let fill = |value: &str| {
        let value =
            value.replace("{door}", &world.door.to_string()).replace("{room}", &world.room.to_string());
        value.replace("{cid}", &cid).replace("{}", &long)
    };
    let form: Vec<_> = fields.iter().map(|(field, value)| (*field, fill(value))).collect();
    let client: &Client =
        if matches!(name, "register" | "sign_in") { &world.stranger } else { &world.victim };
    let answer = client.submit(page, name, &form).await;
    assert!((400..500).contains(&answer.status), "{name} is {}: give it a row in FORMS", answer.status);
    let kind = answer.headers["content-type"].to_str().unwrap();
    assert!(kind.starts_with("text/html"), "{name}: {kind}");
    answer
}

/// The pane without the side list, whose rooms differ.
fn main_of(html: &str) -> &str {
    let (_, main) = html.split_once("<main").unwrap();
    main.split_once("</main>").unwrap().0
}

fn encoded(text: &str) -> String {
    // In a path a slash would be a part more, and a dot's part would go.
    let text = text.replace('/', "\u{2044}").replace('\t', " ");
    text.bytes()
        .map(
            |byte| {
                if byte.is_ascii_alphanumeric() {
                    char::from(byte).to_string()
                } else {
                    format!("%{byte:02X}")
                }
            },
        )
        .collect()
}
