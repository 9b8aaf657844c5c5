//! A client of Socket.IO over its WebSocket, written from the protocol's description.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{self, Message, client::IntoClientRequest as _},
};

const PATIENCE: Duration = Duration::from_secs(10);

pub struct SocketIoClient {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    asked: u32,
}

impl SocketIoClient {
    /// Opens the connection; nobody has said hello yet.
    pub async fn connect(
        server: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Self, Box<tungstenite::Error>> {
        Self::connect_at(server, "EIO=4&transport=websocket", headers).await
    }

    pub async fn connect_at(
        server: &str,
        query: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Self, Box<tungstenite::Error>> {
        let url = format!("{}/socket.io/?{query}", server.replacen("http", "ws", 1));
        let mut request = url.into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        let (socket, _) = connect_async(request).await.map_err(Box::new)?;
        Ok(Self { socket, asked: 0 })
    }

    /// Joins the namespace.
    pub async fn greet(&mut self, auth: Value) {
        self.send(&format!("40{auth}")).await;
        while !self.packet().await.unwrap().starts_with("40") {}
    }

    /// Emits an event and gives the answer to it; events before it are passed over.
    pub async fn ask(&mut self, event: &str, argument: Value) -> Value {
        self.so_far(event, argument).await.1
    }

    /// Emits an event. Gives what was told until it was answered, and the answer.
    pub async fn so_far(&mut self, event: &str, argument: Value) -> (Vec<(String, Value)>, Value) {
        self.asked += 1;
        let (asked, events) = (self.asked, &mut Vec::new());
        self.send(&format!("42{asked}{}", json!([event, argument]))).await;
        let answer = format!("43{asked}");
        loop {
            let packet = self.packet().await.unwrap();
            match packet.strip_prefix(&answer) {
                Some(json) => return (std::mem::take(events), read(json)[0].clone()),
                None => events.extend(event_in(&packet)),
            }
        }
    }

    /// The argument of the next event of this name; those before it are passed over.
    pub async fn until(&mut self, name: &str) -> Value {
        loop {
            match event_in(&self.packet().await.unwrap()) {
                Some((event, argument)) if event == name => return argument,
                _ => {}
            }
        }
    }

    /// All packets until the server ends the connection.
    pub async fn until_the_end(&mut self) -> Vec<String> {
        let mut packets = Vec::new();
        while let Some(packet) = self.packet().await {
            packets.push(packet);
        }
        packets
    }

    pub async fn send(&mut self, packet: &str) {
        self.socket.send(Message::text(packet)).await.unwrap();
    }

    /// Sends what may end the connection before it has left wholly.
    pub async fn send_badly(&mut self, packet: &str) {
        drop(self.socket.send(Message::text(packet)).await);
    }

    /// Sends a frame of the test's own choosing, which the server may not read any more.
    pub async fn try_frame(&mut self, frame: impl Into<Message>) {
        drop(self.socket.send(frame.into()).await);
    }

    /// The next packet that is no ping, or none if the connection has ended.
    pub async fn packet(&mut self) -> Option<String> {
        loop {
            let next = tokio::time::timeout(PATIENCE, self.socket.next()).await;
            match next.expect("no packet came") {
                // Nobody may be there any more to hear it.
                Some(Ok(Message::Text(text))) if text == "2" => self.send_badly("3").await,
                Some(Ok(Message::Text(text))) => return Some(text.to_string()),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return None,
            }
        }
    }
}

fn event_in(packet: &str) -> Option<(String, Value)> {
    let event = read(packet.strip_prefix("42")?);
    Some((event[0].as_str()?.to_owned(), event[1].clone()))
}

fn read(json: &str) -> Value {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {json}"))
}
