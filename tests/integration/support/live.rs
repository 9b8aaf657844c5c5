//! A client of the live protocol, written from its description.

use std::{collections::HashMap, time::Duration};

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{self, Message, client::IntoClientRequest as _},
};

/// How long an event may take before the test is given up.
const PATIENCE: Duration = Duration::from_secs(10);

pub struct LiveClient {
    patience: Duration,
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// Of whom it has been told: the user name by the id.
    people: HashMap<i64, String>,
}

impl LiveClient {
    pub async fn connect(
        server: &str,
        cookies: &str,
        origin: Option<&str>,
    ) -> Result<Self, Box<tungstenite::Error>> {
        let origin = origin.map(|origin| ("origin", origin));
        let headers: Vec<_> = [("cookie", cookies)].into_iter().chain(origin).collect();
        Self::connect_with(server, &headers).await
    }

    pub async fn connect_with(
        server: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Self, Box<tungstenite::Error>> {
        Self::connect_at(server, "/api/live", headers).await
    }

    /// Connects at an address with a query of the test's own choosing.
    pub async fn connect_at(
        server: &str,
        path: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Self, Box<tungstenite::Error>> {
        let url = format!("{}{path}", server.replacen("http", "ws", 1));
        let mut request = url.into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        let (socket, _) = connect_async(request).await.map_err(Box::new)?;
        Ok(Self { patience: PATIENCE, socket, people: HashMap::new() })
    }

    /// Waits longer for what takes long.
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    pub async fn tell(&mut self, command: Value) {
        self.socket.send(Message::text(command.to_string())).await.unwrap();
    }

    pub async fn tell_text(&mut self, text: &str) {
        self.socket.send(Message::text(text)).await.unwrap();
    }

    /// Sends what the server may not read any more.
    pub async fn try_tell_text(&mut self, text: &str) {
        drop(self.socket.send(Message::text(text)).await);
    }

    /// Sends a frame of the test's own choosing, which the server may not read any more.
    pub async fn try_frame(&mut self, frame: impl Into<Message>) {
        drop(self.socket.send(frame.into()).await);
    }

    /// Ends the connection.
    pub async fn leave(&mut self) {
        self.socket.close(None).await.unwrap();
    }

    /// Sends a text and gives its cid.
    pub async fn say(&mut self, room: i64, text: &str) -> String {
        let cid = uuid::Uuid::now_v7().to_string();
        self.tell(json!({"type": "message", "cid": cid, "room": room, "text": text})).await;
        cid
    }

    /// The next event.
    pub async fn next(&mut self) -> Value {
        self.next_or_code().await.unwrap_or_else(|code| panic!("closed: {code}"))
    }

    /// The next event, or the code with which the server closes.
    pub async fn next_or_code(&mut self) -> Result<Value, u16> {
        loop {
            match self.frame().await {
                Message::Text(text) => {
                    let event = serde_json::from_str(&text).unwrap();
                    self.learn(&event);
                    return Ok(event);
                }
                Message::Close(frame) => return Err(frame.map_or(1005, |frame| frame.code.into())),
                _ => {}
            }
        }
    }

    /// The user name of somebody whom an event named by this id.
    pub fn who(&self, id: &Value) -> &str {
        id.as_i64().and_then(|id| self.people.get(&id)).map_or("", String::as_str)
    }

    /// Keeps who people are. Nobody may be named of whom nothing was told.
    fn learn(&mut self, event: &Value) {
        let told = match event["type"].as_str() {
            Some("hello" | "user") => vec![if event["user"].is_object() { &event["user"] } else { event }],
            Some("people") => event["people"].as_array().unwrap().iter().collect(),
            _ => Vec::new(),
        };
        for user in told {
            self.people.insert(user["id"].as_i64().unwrap(), user["username"].as_str().unwrap().to_owned());
        }
        for id in named(event) {
            assert!(self.people.contains_key(&id), "{event} names somebody who was not introduced");
        }
    }

    /// The next event of this type; those before it are passed over.
    pub async fn until(&mut self, kind: &str) -> Value {
        loop {
            let event = self.next().await;
            if event["type"] == kind {
                return event;
            }
        }
    }

    /// All events up to the answer to a `ping` sent now: what the server had to say so far.
    pub async fn so_far(&mut self) -> Vec<Value> {
        self.tell(json!({"type": "ping"})).await;
        let mut events = Vec::new();
        loop {
            match self.next().await {
                pong if pong["type"] == "pong" => return events,
                event => events.push(event),
            }
        }
    }

    /// Sends `sync` and gives all events up to `ready`.
    pub async fn sync(&mut self, epoch: &str, cursors: Value) -> Vec<Value> {
        self.tell(json!({"type": "sync", "epoch": epoch, "rooms": cursors})).await;
        let mut events = Vec::new();
        loop {
            match self.next().await {
                ready if ready["type"] == "ready" => return events,
                event => events.push(event),
            }
        }
    }

    /// Reads until the server closes, and gives its code.
    pub async fn closed(&mut self) -> u16 {
        loop {
            if let Message::Close(Some(frame)) = self.frame().await {
                return frame.code.into();
            }
        }
    }

    async fn frame(&mut self) -> Message {
        let frame = tokio::time::timeout(self.patience, self.socket.next()).await;
        frame.expect("no event came").expect("the connection ended").unwrap()
    }
}

/// Whom an event of a room names, or a row of one.
fn named(event: &Value) -> Vec<i64> {
    match event["type"].as_str() {
        Some("message" | "member" | "invited") => row_names(event),
        Some("changed") => row_names(&event["message"]),
        Some("typing") => event["users"].as_array().into_iter().flatten().filter_map(Value::as_i64).collect(),
        Some("synced") => rows(event, &["messages", "members"]),
        Some("rooms" | "more_rooms") => rows(event, &["rooms"]),
        Some("invitations") => rows(event, &["invitations"]),
        _ => Vec::new(),
    }
}

fn rows(event: &Value, lists: &[&str]) -> Vec<i64> {
    lists.iter().flat_map(|list| event[list].as_array().into_iter().flatten()).flat_map(row_names).collect()
}

fn row_names(row: &Value) -> Vec<i64> {
    let fields =
        [&row["from"], &row["by"], &row["user"], &row["inviter"], &row["partner"], &row["last"]["from"]];
    let others = row["others"].as_array().into_iter().flatten();
    fields.into_iter().chain(others).filter_map(Value::as_i64).collect()
}
