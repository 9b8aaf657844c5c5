//! Marks: a client tells how far it has come, and keeps what was acknowledged.

use anyhow::{Context as _, Result};
use serde_json::json;
use tokio::time::timeout;

use super::{Client, connection::Line, deeds::HTTP};
use crate::{
    faults::{log::What, marks::Mark},
    stage::Http,
};

impl Client {
    /// Marks a room up to its cursor as read or as delivered.
    pub(super) async fn mark(&mut self, line: &Line) -> Result<()> {
        let Some(room) = self.some_room() else { return Ok(()) };
        let seq = self.rooms.cursors()[&room];
        let name = self.habits.choose(&["read", "delivered"]).unwrap_or("read");
        let mark = Mark::of(seq, name == "read");
        self.log.note(What::Marks { conn: self.conn, room, mark });
        if self.character.stores_marks {
            return self.store_mark(line, room, name, mark).await;
        }
        let mut frame = json!({ "type": name, "room": room, "seq": seq });
        if !self.character.is_old {
            let called = format!("{}/{}", self.conn, self.marking.len());
            frame["ref"] = json!(called);
            self.marking.insert(called, (room, mark));
        }
        self.say(line, &frame.to_string()).await
    }

    /// By REST, which answers once the mark is stored.
    async fn store_mark(&mut self, line: &Line, room: i64, name: &str, mark: Mark) -> Result<()> {
        let (path, cookie) = (format!("/api/rooms/{room}/marks"), self.character.person.cookie.clone());
        let body = json!({ format!("{name}_seq"): mark.delivered_seq });
        let asking = async { Http::connect(line.http).await?.send_json("PUT", &path, &cookie, &body).await };
        let answer = timeout(HTTP, asking).await.context("no answer in time")??;
        if answer.status == 204 {
            self.acknowledged(room, mark, true);
        }
        Ok(())
    }

    /// A command of this name is done.
    pub(super) fn marked(&mut self, called: &str) {
        if let Some((room, mark)) = self.marking.get(called).copied() {
            self.acknowledged(room, mark, false);
        }
    }

    fn acknowledged(&mut self, room: i64, mark: Mark, is_stored: bool) {
        self.log.note(What::Marked { room, mark, is_stored });
        let furthest = self.acknowledged.entry(room).or_default();
        *furthest = furthest.raised(mark);
    }
}
