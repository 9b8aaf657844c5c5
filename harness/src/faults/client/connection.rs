//! One connection from its first frame to its last.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context as _, Result, bail, ensure};
use tokio::{
    sync::watch,
    time::{Instant, sleep_until, timeout},
};

use super::{Client, Wish};
use crate::{
    faults::{log::What, wire::Frame},
    socket::{Message, Socket, Writer},
};

pub(super) const CONNECT: Duration = Duration::from_secs(3);
const WRITE: Duration = Duration::from_secs(2);
/// A server that is alive says something within this time, since it is asked.
const PING: Duration = Duration::from_millis(700);
/// What a client with a thin line waits for.
const LONG_PATIENCE: Duration = Duration::from_secs(60);

/// What keeps a connection's loop going.
pub(super) struct Line {
    /// None where nothing can be said.
    writer: Option<Writer>,
    pub http: SocketAddr,
    /// When to give the connection up if nothing is heard.
    pub silent_at: Instant,
    pub patience: Duration,
    pub ping_at: Instant,
    pub deed_at: Instant,
    /// Whether the answer to a `sync` is still coming.
    pub is_resuming: bool,
}

impl Line {
    fn new(writer: Option<Writer>, http: SocketAddr, patience: Duration) -> Self {
        let now = Instant::now();
        Self {
            writer,
            http,
            silent_at: now + patience,
            patience,
            ping_at: now + PING,
            deed_at: now,
            is_resuming: false,
        }
    }

    /// # Errors
    /// If nothing can be said here.
    pub(super) fn writer(&self) -> Result<&Writer> {
        self.writer.as_ref().context("nothing can be said here")
    }

    /// One on which nothing can be said.
    pub(super) fn deaf(http: SocketAddr, patience: Duration) -> Self {
        Self::new(None, http, patience)
    }
}

impl Client {
    /// Lives through one connection; gives the server's close code, if it ended with one.
    pub(super) async fn connect(&mut self, wish: &mut watch::Receiver<Wish>) -> Result<Option<u16>> {
        let doors = self.character.doors.clone();
        let door = self.habits.choose(&doors).context("no door")?;
        let opening = Socket::connect(door.socket, "/api/live", &self.character.person.cookie);
        let mut socket = timeout(CONNECT, opening).await.context("no answer")??;
        let patience = if self.character.is_patient { LONG_PATIENCE } else { self.habits.patience() };
        match timeout(patience, socket.reader.next()).await.context("no hello")?? {
            Message::Text(text) => self.greet(&text)?,
            Message::Close(code) => return Ok(Some(code)),
        }
        let mut line = Line::new(Some(socket.writer.clone()), door.http, patience);
        self.ask(&mut line).await?;
        loop {
            self.publish();
            let may_act = self.is_ready && *wish.borrow() == Wish::Talk;
            let resend_at = self.resend.unwrap_or(line.silent_at);
            tokio::select! {
                biased;
                changed = wish.changed() => {
                    if changed.is_err() || *wish.borrow_and_update() == Wish::End {
                        socket.writer.close(1000).await.ok();
                        return Ok(None);
                    }
                }
                message = socket.reader.next() => match message? {
                    Message::Text(text) => {
                        line.silent_at = Instant::now() + line.patience;
                        self.hear(&mut line, &text).await?;
                    }
                    Message::Close(code) => return Ok(Some(code)),
                },
                () = sleep_until(line.silent_at) => bail!("silent for {:?}", line.patience),
                () = sleep_until(line.ping_at) => {
                    line.ping_at = Instant::now() + PING;
                    self.say(&line, r#"{"type":"ping"}"#).await?;
                }
                () = sleep_until(resend_at), if self.resend.is_some() => {
                    // It may have been the `sync` that was refused.
                    if self.is_ready { self.resend_all(&line).await? } else { self.ask(&mut line).await? }
                }
                () = sleep_until(line.deed_at), if may_act => {
                    line.deed_at = Instant::now() + self.habits.pause();
                    if !self.act(&mut line).await? {
                        return Ok(None);
                    }
                }
            }
        }
    }

    pub(super) fn greet(&mut self, text: &str) -> Result<()> {
        let Frame::Hello { epoch, user } = serde_json::from_str(text).with_context(|| text.to_owned())?
        else {
            bail!("not a hello: {text}");
        };
        ensure!(user.id == self.character.user, "the hello is for {user:?}");
        if self.epoch.as_ref() != Some(&epoch) {
            self.rooms.forget_all();
        }
        self.epoch = Some(epoch.clone());
        self.log.note(What::Connected { conn: self.conn, epoch });
        Ok(())
    }

    /// Asks for what was missed.
    pub(super) async fn ask(&mut self, line: &mut Line) -> Result<()> {
        ensure!(line.writer.is_some(), "another stream must tell what is missing");
        let cursors = self.rooms.cursors();
        let named: std::collections::BTreeMap<_, _> =
            cursors.iter().map(|(room, cursor)| (room.to_string(), cursor)).collect();
        let frame = serde_json::json!({ "type": "sync", "epoch": self.epoch, "rooms": named });
        self.log.note(What::Asked { conn: self.conn, cursors });
        self.rooms.asked();
        self.is_ready = false;
        self.resend = None;
        line.is_resuming = true;
        self.say(line, &frame.to_string()).await
    }

    pub(super) async fn say(&self, line: &Line, frame: &str) -> Result<()> {
        Ok(timeout(WRITE, line.writer()?.text(frame)).await.context("the server does not read")??)
    }
}
