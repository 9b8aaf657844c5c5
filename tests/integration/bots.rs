//! The bots under `examples/`, as their readers run them: killed, away, and back again.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Client, LiveClient, TestApp};

const PASSWORD: &str = "a long password";

/// A bot as a process.
struct Bot {
    child: Child,
}

impl Bot {
    fn start(mut command: Command, app: &TestApp, token: &str, cursors: &Path) -> Self {
        command.arg(cursors).env("PAPO_URL", &app.origin).env("PAPO_TOKEN", token).stdout(Stdio::null());
        Self { child: command.spawn().unwrap() }
    }

    /// As kill -9 and a power cut do.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Bot {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn in_python() -> Command {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = root.join("target/python/bin/python");
    assert!(python.exists(), "{} is missing: run scripts/setup python", python.display());
    let mut command = Command::new(python);
    command.arg(root.join("examples/bot.py"));
    command
}

/// Cargo builds the examples together with the tests, beside them.
fn in_rust() -> Command {
    let tests = std::env::current_exe().unwrap();
    let bot: PathBuf = tests.ancestors().nth(2).unwrap().join("examples/bot");
    assert!(bot.exists(), "{} is missing: run cargo build --features ssr --example bot", bot.display());
    Command::new(bot)
}

/// Waits for the bot's next answer and gives its text.
async fn answer(live: &mut LiveClient) -> String {
    loop {
        let message = live.until("message").await;
        if live.who(&message["from"]) == "robot" && message["kind"] == "text" {
            return message["text"].as_str().unwrap().to_owned();
        }
    }
}

/// The bot's words in the general room, in their order.
async fn answers(ana: &Client) -> Vec<String> {
    let page = ana.open("general").await;
    let robot = page["people"].as_array().unwrap().iter().find(|user| user["username"] == "robot").unwrap();
    let messages = page["history"]["messages"].as_array().unwrap().iter();
    let said = messages.filter(|message| message["from"] == robot["id"] && message["kind"] == "text");
    said.map(|message| message["text"].as_str().unwrap().to_owned()).collect()
}

fn reply(words: usize) -> String {
    format!("Hello ana, I have read your {words} words.")
}

/// The token of a new account.
async fn token_of_robot(app: &TestApp) -> String {
    app.user("robot").await;
    let form = [("username", "robot"), ("password", PASSWORD)];
    let answer = app.program(None).form("/login", &form).await.expect(200).json();
    answer["access_token"].as_str().unwrap().to_owned()
}

async fn is_dependable(command: fn() -> Command) {
    let app = TestApp::start().await;
    let (ana, token) = (app.user("ana").await, &*token_of_robot(&app).await);
    let (folder, mut live) = (TempDir::new().unwrap(), ana.live().await);
    let cursors = folder.path().join("cursors.json");
    live.until("hello").await;
    // Said before it runs for the first time, and not to it.
    ana.say(app.general, "robot and @robotic are others").await.expect(200);
    ana.say(app.general, "one: are you there, @robot?").await.expect(200);
    let bot = Bot::start(command(), &app, token, &cursors);
    assert_eq!(answer(&mut live).await, reply(5));
    ana.say(app.general, "@Robot two").await.expect(200);
    assert_eq!(answer(&mut live).await, reply(2));
    bot.kill();
    for text in ["@robot is away three", "nobody is meant", "four and you, @robot!"] {
        ana.say(app.general, text).await.expect(200);
    }
    let bot = Bot::start(command(), &app, token, &cursors);
    assert_eq!(answer(&mut live).await, reply(4));
    assert_eq!(answer(&mut live).await, reply(4));
    bot.kill();
    // As if it had been killed before it could note anything: it says all of it again, and nothing is added.
    let kept: Value = serde_json::from_str(&std::fs::read_to_string(&cursors).unwrap()).unwrap();
    assert!(kept["cursors"][app.general.to_string()].as_i64().is_some(), "{kept}");
    std::fs::remove_file(&cursors).unwrap();
    ana.say(app.general, "five at last for you, @robot").await.expect(200);
    let _bot = Bot::start(command(), &app, token, &cursors);
    assert_eq!(answer(&mut live).await, reply(6));
    assert_eq!(answers(&ana).await, [reply(5), reply(2), reply(4), reply(4), reply(6)]);
}

/// So much is said while it is away that the server does not tell it all at once.
async fn reads_on(command: fn() -> Command) {
    let app = TestApp::start_with(&["--limits", "off"]).await;
    let (ana, token) = (app.user("ana").await, &*token_of_robot(&app).await);
    let (folder, mut live) = (TempDir::new().unwrap(), ana.live().await);
    let cursors = folder.path().join("cursors.json");
    live.until("hello").await;
    let bot = Bot::start(command(), &app, token, &cursors);
    ana.say(app.general, "@robot one").await.expect(200);
    assert_eq!(answer(&mut live).await, reply(2));
    bot.kill();
    ana.say(app.general, "@robot two words").await.expect(200);
    for _ in 0..40 {
        ana.say(app.general, &"talk ".repeat(900)).await.expect(200);
    }
    ana.say(app.general, "@robot that was a lot").await.expect(200);
    let _bot = Bot::start(command(), &app, token, &cursors);
    assert_eq!(answer(&mut live).await, reply(3));
    assert_eq!(answer(&mut live).await, reply(5));
}

#[tokio::test]
async fn the_bot_in_python_answers_each_mention_once() {
    is_dependable(in_python).await;
}

#[tokio::test]
async fn the_bot_in_rust_answers_each_mention_once() {
    is_dependable(in_rust).await;
}

#[tokio::test]
async fn the_bot_in_python_reads_what_it_missed_however_much() {
    reads_on(in_python).await;
}

#[tokio::test]
async fn the_bot_in_rust_reads_what_it_missed_however_much() {
    reads_on(in_rust).await;
}
