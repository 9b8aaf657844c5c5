//! What a client does of its own accord.

use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::json;
use tokio::time::{Instant, timeout};

use super::{Client, connection::Line, habits::Deed, outbox::Send};
use crate::{faults::log::What, stage::Http};

/// A client with so many unanswered sends waits.
const MOST_UNANSWERED: usize = 64;
pub(super) const HTTP: Duration = Duration::from_secs(5);

impl Client {
    /// Does something; false if that was to leave.
    pub(super) async fn act(&mut self, line: &mut Line) -> Result<bool> {
        match self.habits.deed() {
            _ if self.character.is_patient => {}
            Deed::Send => self.send_some(line, 1).await?,
            Deed::Burst(count) => self.send_some(line, count).await?,
            Deed::Repeat => self.repeat(line).await?,
            Deed::Type(on) => self.start_typing(line, on).await?,
            Deed::Mark => self.mark(line).await?,
            Deed::Wander => self.wander(line).await?,
            Deed::Ping => self.say(line, r#"{"type":"who"}"#).await?,
            Deed::Vanish => {
                line.writer()?.reset_at_end()?;
                return Ok(false);
            }
            Deed::Depart => {
                line.writer()?.close(1000).await.ok();
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn send_some(&mut self, line: &Line, count: usize) -> Result<()> {
        let is_waiting = self.resend.is_some() || self.outbox.waiting().len() >= MOST_UNANSWERED;
        let Some(room) = self.some_room().filter(|_| !is_waiting) else { return Ok(()) };
        for _ in 0..count {
            let text = self.habits.text(&self.character.person.username);
            let send = Send { cid: self.habits.cid(), room, text };
            self.sent_at.insert(send.cid.clone(), Instant::now());
            self.outbox.add(send.clone());
            self.send(line, &send).await?;
        }
        Ok(())
    }

    async fn send(&mut self, line: &Line, send: &Send) -> Result<()> {
        let Send { cid, room, text } = send.clone();
        let frame = json!({ "type": "message", "cid": cid, "room": room, "text": text });
        self.log.note(What::Invoked { conn: self.conn, cid, room, text });
        self.say(line, &frame.to_string()).await
    }

    /// Sends what was never answered, with its old cid, in its order.
    pub(super) async fn resend_all(&mut self, line: &Line) -> Result<()> {
        self.resend = None;
        for send in self.outbox.waiting().to_vec() {
            self.send(line, &send).await?;
        }
        Ok(())
    }

    /// Sends something again although it was answered.
    async fn repeat(&mut self, line: &Line) -> Result<()> {
        let cursors = self.rooms.cursors();
        let sends = self.outbox.repeatable(|room| cursors.contains_key(&room));
        let Some(send) = self.habits.choose(&sends).cloned() else { return Ok(()) };
        self.send(line, &send).await
    }

    async fn start_typing(&mut self, line: &Line, on: bool) -> Result<()> {
        let Some(room) = self.some_room() else { return Ok(()) };
        self.log.note(What::Typed { conn: self.conn, room, on });
        self.say(line, &json!({ "type": "typing", "room": room, "on": on }).to_string()).await
    }

    /// Leaves the room that people enter and leave, or enters it. Nobody leaves before all is said.
    async fn wander(&mut self, line: &Line) -> Result<()> {
        let Some(room) = self.character.wander else { return Ok(()) };
        let is_in = self.rooms.cursors().contains_key(&room);
        if self.outbox.has_room(room) {
            return Ok(());
        }
        let path = if is_in { "/fn/leave_room" } else { "/fn/join_room" };
        let cookie = self.character.person.cookie.clone();
        let asking = async {
            let mut http = Http::connect(line.http).await?;
            http.post(path, &cookie, &[("room", &room.to_string())]).await
        };
        let answer = timeout(HTTP, asking).await.context("no answer in time")??;
        if answer.status == 200 || answer.status == 303 {
            self.log.note(if is_in { What::Left { room } } else { What::Joined { room } });
        }
        Ok(())
    }

    pub(super) fn some_room(&mut self) -> Option<i64> {
        let rooms: Vec<i64> = self.rooms.cursors().into_keys().collect();
        self.habits.choose(&rooms)
    }
}
