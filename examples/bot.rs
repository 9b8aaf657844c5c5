//! A bot that answers whoever mentions it, and answers each mention once, whatever happens in between.
//!
//! ```sh
//! PAPO_URL=http://127.0.0.1:3000 PAPO_TOKEN=papo_… cargo run --example bot -- cursors.json
//! ```
//!
//! What makes it dependable, and what every client needs (docs/protocol.md tells the protocol):
//!
//! - A cursor per room, kept in a file: everything up to it has been dealt with. It moves only after the answer to a
//!   message is stored on the server. So nothing is passed over, however the bot ends.
//! - The answer's `cid` is made from the message that is answered. If the bot does not know whether its answer
//!   arrived, it says the same again with the same cid, and the server keeps one.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    error::Error,
    fs::{self, File},
    io::Write as _,
    time::Duration,
};

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::{net::TcpStream, time::sleep};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{self, Message, client::IntoClientRequest as _},
};

type Outcome<T> = Result<T, Box<dyn Error>>;

const SESSION_ENDED: u16 = 4001;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome<()> {
    let (Some(path), Ok(token)) = (std::env::args().nth(1), std::env::var("PAPO_TOKEN")) else {
        return Err("PAPO_TOKEN=… bot FILE (and PAPO_URL, if it is not http://127.0.0.1:3000)".into());
    };
    let url = std::env::var("PAPO_URL").unwrap_or_else(|_| "http://127.0.0.1:3000".to_owned());
    let mut memory = Memory::load(path)?;
    // Connects again and again, each time after a longer while.
    let mut wait = 500;
    loop {
        match Bot::connect(&url, &token, &mut memory).await {
            Ok(mut bot) => {
                wait = 500;
                let Err(why) = bot.listen().await;
                eprintln!("{why}");
            }
            Err(why) => eprintln!("no connection: {why}"),
        }
        // A client that many people run waits at random: else they all come at once.
        sleep(Duration::from_millis(wait)).await;
        wait = (wait * 2).min(30_000);
    }
}

/// The cursors and the epoch that they belong to, in a small file.
struct Memory {
    path: String,
    epoch: String,
    cursors: BTreeMap<i64, i64>,
}

impl Memory {
    fn load(path: String) -> Outcome<Self> {
        let Ok(text) = fs::read_to_string(&path) else {
            return Ok(Self { path, epoch: String::new(), cursors: BTreeMap::new() });
        };
        let kept: Value = serde_json::from_str(&text)?;
        let epoch = kept["epoch"].as_str().unwrap_or_default().to_owned();
        Ok(Self { path, epoch, cursors: serde_json::from_value(kept["cursors"].clone())? })
    }

    /// Another epoch is another history, such as a restored backup: cursors of the old one mean nothing.
    fn begin(&mut self, epoch: &str) {
        if epoch != self.epoch {
            epoch.clone_into(&mut self.epoch);
            self.cursors.clear();
        }
    }

    fn advance(&mut self, room: i64, seq: i64) -> Outcome<()> {
        if self.cursors.get(&room).is_some_and(|cursor| *cursor >= seq) {
            return Ok(());
        }
        self.cursors.insert(room, seq);
        // Never half a file: the new one takes the old one's place when it is complete and on the disk.
        let new = format!("{}.new", self.path);
        let mut file = File::create(&new)?;
        write!(file, "{}", json!({ "epoch": self.epoch, "cursors": self.cursors }))?;
        file.sync_all()?;
        Ok(fs::rename(new, &self.path)?)
    }
}

struct Bot<'a> {
    url: &'a str,
    token: &'a str,
    memory: &'a mut Memory,
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    me: Value,
    /// User names by id.
    people: HashMap<i64, String>,
    /// What came while an answer was on its way.
    waiting: VecDeque<Value>,
}

/// Nothing: a connection ends with a reason only.
enum Never {}

impl<'a> Bot<'a> {
    async fn connect(url: &'a str, token: &'a str, memory: &'a mut Memory) -> Outcome<Self> {
        let address = format!("{}/api/live", url.trim_end_matches('/').replacen("http", "ws", 1));
        let mut request = address.into_client_request()?;
        request.headers_mut().insert("authorization", format!("Bearer {token}").parse()?);
        let (socket, _) = connect_async(request).await.map_err(|error| match error {
            tungstenite::Error::Http(answer) if [401, 403].contains(&answer.status().as_u16()) => {
                eprintln!("the token is not good, or may not write");
                std::process::exit(1);
            }
            other => other,
        })?;
        Ok(Self {
            url,
            token,
            memory,
            socket,
            me: Value::Null,
            people: HashMap::new(),
            waiting: VecDeque::new(),
        })
    }

    async fn listen(&mut self) -> Outcome<Never> {
        loop {
            let event = match self.waiting.pop_front() {
                Some(event) => event,
                None => self.receive().await?,
            };
            let (room, seq) = (event["room"].as_i64(), event["seq"].as_i64());
            match (event["type"].as_str().unwrap_or_default(), room, seq) {
                ("hello", ..) => {
                    self.me = event["user"].clone();
                    self.memory.begin(event["epoch"].as_str().unwrap_or_default());
                    self.sync().await?;
                }
                ("people", ..) => self.learn(&event["people"]),
                ("rooms" | "more_rooms", ..) => self.see_rooms(&event["rooms"]).await?,
                ("synced", Some(room), _) => {
                    for message in list(&event["messages"]) {
                        self.consider(message).await?;
                    }
                    self.memory.advance(room, event["head"].as_i64().unwrap_or_default())?;
                }
                ("reload", Some(room), _) => self.read_on(room).await?,
                ("error", ..) => eprintln!("refused: {event}"),
                ("delivery", ..) => {}
                (_, Some(room), Some(seq)) => self.take(&event, room, seq).await?,
                _ => {}
            }
        }
    }

    /// Events and pages name people by id.
    fn learn(&mut self, people: &Value) {
        for user in list(people) {
            let username = user["username"].as_str().unwrap_or_default().to_owned();
            self.people.insert(user["id"].as_i64().unwrap_or_default(), username);
        }
    }

    async fn receive(&mut self) -> Outcome<Value> {
        loop {
            match self.socket.next().await.ok_or("the connection broke")?? {
                Message::Text(text) => return Ok(serde_json::from_str(&text)?),
                Message::Close(Some(why)) if u16::from(why.code) == SESSION_ENDED => {
                    eprintln!("the token has been revoked");
                    std::process::exit(1);
                }
                Message::Close(why) => return Err(format!("closed: {why:?}").into()),
                _ => {}
            }
        }
    }

    async fn say(&mut self, command: Value) -> Outcome<()> {
        Ok(self.socket.send(Message::text(command.to_string())).await?)
    }

    /// Asks for what was missed in the rooms that have a cursor.
    async fn sync(&mut self) -> Outcome<()> {
        self.say(json!({ "type": "sync", "epoch": self.memory.epoch, "rooms": self.memory.cursors })).await
    }

    /// Begins with new rooms where their reading ended: what was said since is for the bot too.
    async fn see_rooms(&mut self, rooms: &Value) -> Outcome<()> {
        let mut is_any_new = false;
        for room in list(rooms) {
            let (id, read) = (room["id"].as_i64().unwrap_or_default(), room["read_seq"].as_i64());
            if !self.memory.cursors.contains_key(&id) {
                self.memory.advance(id, read.unwrap_or_default())?;
                is_any_new = true;
            }
        }
        if is_any_new { self.sync().await } else { Ok(()) }
    }

    /// A durable event. Seqs have no gaps: if one is left out, so is an event.
    async fn take(&mut self, event: &Value, room: i64, seq: i64) -> Outcome<()> {
        match self.memory.cursors.get(&room) {
            Some(cursor) if seq <= *cursor => Ok(()),
            Some(cursor) if seq == cursor + 1 => {
                if event["type"] == "message" {
                    self.consider(event).await?;
                }
                self.memory.advance(room, seq)
            }
            _ => self.sync().await,
        }
    }

    /// Too much was missed for one `synced`: reads the room's history from the cursor on.
    async fn read_on(&mut self, room: i64) -> Outcome<()> {
        let cursor = self.memory.cursors.get(&room).copied().unwrap_or_default();
        let mut page = Some(format!("/api/rooms/{room}/messages?after={cursor}&limit=100"));
        while let Some(path) = page {
            let address = format!("{}{path}", self.url.trim_end_matches('/'));
            let request = reqwest::Client::new().get(address).bearer_auth(self.token);
            let found: Value = request.send().await?.error_for_status()?.json().await?;
            self.learn(&found["people"]);
            for message in list(&found["items"]) {
                self.consider(message).await?;
                self.memory.advance(room, message["seq"].as_i64().unwrap_or_default())?;
            }
            page = found["next"].as_str().map(str::to_owned);
        }
        Ok(())
    }

    async fn consider(&mut self, message: &Value) -> Outcome<()> {
        let text = message["text"].as_str().unwrap_or_default();
        let me = self.me["username"].as_str().unwrap_or_default();
        if message["kind"] != "text" || message["from"] == self.me["id"] || !mentions(text, me) {
            return Ok(());
        }
        // Without an "@": bots that mention each other would never end.
        let whom = message["from"].as_i64().and_then(|id| self.people.get(&id)).map_or("you", String::as_str);
        let answer = format!("Hello {whom}, I have read your {} words.", text.split_whitespace().count());
        self.answer(message, &answer).await
    }

    /// Sends until the server has it; other events wait meanwhile.
    async fn answer(&mut self, message: &Value, text: &str) -> Outcome<()> {
        let cid = cid_of_answer(message);
        let command = json!({ "type": "message", "cid": cid, "room": message["room"], "text": text });
        loop {
            self.say(command.clone()).await?;
            let answer = loop {
                let event = self.receive().await?;
                if event["cid"] == json!(cid)
                    && ["delivery", "error"].map(Value::from).contains(&event["type"])
                {
                    break event;
                }
                self.waiting.push_back(event);
            };
            if answer["type"] == "delivery" {
                return Ok(());
            }
            let Some(wait) = answer["retry_after_ms"].as_u64() else {
                // For good: the bot has left the room, say, or answered already in other words.
                eprintln!("not answered: {answer}");
                return Ok(());
            };
            sleep(Duration::from_millis(wait)).await;
        }
    }
}

/// A UUIDv7 that is always the same for the same message: its moment, and its id as the random part.
fn cid_of_answer(message: &Value) -> String {
    let at = message["at"].as_u64().unwrap_or_default() / 1_000;
    let mut random = [0; 10];
    random[2..].copy_from_slice(&message["id"].as_u64().unwrap_or_default().to_be_bytes());
    uuid::Builder::from_unix_timestamp_millis(at, &random).into_uuid().to_string()
}

/// Whether `@name` stands in the text as a word of its own.
fn mentions(text: &str, name: &str) -> bool {
    let (text, mention) = (text.to_lowercase(), format!("@{}", name.to_lowercase()));
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    text.match_indices(&mention).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + mention.len()..]);
        !before.ends_with(is_part) && !after.starts_with(is_part)
    })
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}
