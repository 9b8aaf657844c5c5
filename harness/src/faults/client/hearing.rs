//! What a client makes of the server's frames.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context as _, Result, ensure};
use tokio::time::{Instant, timeout};

use super::{Client, connection::Line, reading::read_room, rooms::Next};
use crate::faults::{
    log::What,
    wire::{Frame, Row, is_retryable, unknown_row},
};

const FETCH: Duration = Duration::from_secs(10);
const RESEND_AFTER: Duration = Duration::from_millis(60);

impl Client {
    pub(super) async fn hear(&mut self, line: &mut Line, text: &str) -> Result<()> {
        let conn = self.conn;
        let frame: Frame =
            serde_json::from_str(text).with_context(|| format!("not of the protocol: {text}"))?;
        let frame = if self.character.is_old { frame.as_old() } else { frame };
        if !matches!(frame, Frame::MoreRooms { .. }) {
            self.take_list(line).await?;
        }
        match frame {
            Frame::Hello { .. } | Frame::Bye { .. } => {}
            Frame::Rooms { rooms } => self.listed = Some(rooms),
            Frame::MoreRooms { rooms } => {
                self.listed.as_mut().context("`more_rooms` without `rooms`")?.extend(rooms);
            }
            Frame::Synced { room, head, messages, members } => {
                self.rooms.synced(room, head, &messages, &members);
                self.log.note(What::Synced { conn, room, head, messages, members });
            }
            Frame::Reload { room } => {
                self.log.note(What::Reload { conn, room });
                self.rooms.must_reload(room);
                self.fetch(line.http, room).await?;
            }
            Frame::Ready {} => {
                self.log.note(What::Ready { conn });
                (self.is_ready, line.is_resuming) = (true, false);
                if self.rooms.has_gap() {
                    self.ask(line).await?;
                }
                self.resend_all(line).await?;
            }
            Frame::Delivery { cid, room, id, seq } => {
                if let Some(sent) = self.sent_at.remove(&cid) {
                    let mut status = self.status.lock();
                    status.slowest_answer = status.slowest_answer.max(sent.elapsed());
                    status.acknowledged += 1;
                }
                self.outbox.acknowledged(&cid);
                self.log.note(What::Acknowledged { conn, cid, room, id, seq });
            }
            Frame::Done { r#ref } => self.marked(&r#ref),
            Frame::Error { cid, r#ref, code } => {
                let is_for_good = cid.is_none() && r#ref.is_none() && !is_retryable(&code);
                self.refused(cid, code.clone());
                // It can only be the `sync`: before its answer a client does nothing else.
                ensure!(!is_for_good || self.is_ready, "`sync` is refused: {code}");
            }
            Frame::Message(message) => self.told(line, Row::Message(message)).await?,
            Frame::Member(member) => self.told(line, Row::Member(member)).await?,
            Frame::Changed { room, seq, message } => {
                self.told(line, Row::Changed { room, seq, message }).await?;
            }
            Frame::Typing { room, users } => {
                self.log.note(What::Typing { conn, room, users });
            }
            Frame::Receipt { room, user, mark } => {
                self.rooms.marked(room, user, mark);
                self.log.note(What::Receipt { conn, room, user, mark });
            }
            Frame::Unknown => {
                if let Some(row) = unknown_row(text) {
                    self.told(line, row).await?;
                }
            }
        }
        Ok(())
    }

    async fn told(&mut self, line: &mut Line, row: Row) -> Result<()> {
        self.status.lock().delivered += 1;
        let room = row.room();
        self.log.note(What::Told { conn: self.conn, row: row.clone() });
        match self.rooms.told(row) {
            Next::Nothing => Ok(()),
            Next::Fetch => self.fetch(line.http, room).await,
            Next::Resume if line.is_resuming => Ok(()),
            Next::Resume => self.ask(line).await,
        }
    }

    fn refused(&mut self, cid: Option<String>, code: String) {
        if is_retryable(&code) {
            self.status.lock().refused += 1;
            self.resend.get_or_insert_with(|| Instant::now() + RESEND_AFTER);
        } else if let Some(cid) = &cid {
            self.outbox.refused(cid);
        }
        self.log.note(What::Refused { conn: self.conn, cid, code });
    }

    /// The list of rooms is complete, if one came.
    async fn take_list(&mut self, line: &Line) -> Result<()> {
        let Some(rooms) = self.listed.take() else { return Ok(()) };
        let heads = rooms.iter().map(|room| (room.id, room.head)).collect();
        self.log.note(What::Rooms { conn: self.conn, heads });
        for room in self.rooms.listed(&rooms) {
            self.fetch(line.http, room).await?;
        }
        Ok(())
    }

    /// Reads a whole room; what its events say meanwhile waits in the socket.
    pub(super) async fn fetch(&mut self, server: SocketAddr, room: i64) -> Result<()> {
        let reading = read_room(server, &self.character.person, room);
        let view = timeout(FETCH, reading).await.context("no room in time")?.context("reading a room")?;
        self.rooms.fetched(room, view.as_ref());
        if let Some(view) = view {
            let (cursor, messages, members) = (view.cursor, view.messages, view.members);
            self.log.note(What::Fetched { room, cursor, messages, members });
        }
        Ok(())
    }
}
