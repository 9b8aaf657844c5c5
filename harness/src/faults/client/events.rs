//! A connection by server-sent events: it only listens, and resumes by opening another one.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context as _, Result, bail};
use tokio::{
    sync::watch,
    time::{Instant, sleep_until, timeout},
};

use super::{
    Client, Wish,
    connection::{CONNECT, Line},
    reading::read_heads,
};
use crate::{
    faults::{log::What, wire::Frame},
    stage::EventStream,
};

/// How long to believe in a stream when nobody says anything any more.
const QUIET: Duration = Duration::from_secs(60);

impl Client {
    /// Lives through one stream; gives the server's close code, if it ended with one.
    pub(super) async fn listen(&mut self, wish: &mut watch::Receiver<Wish>) -> Result<Option<u16>> {
        let doors = self.character.doors.clone();
        let door = self.habits.choose(&doors).context("no door")?;
        if self.rooms.cursors().is_empty() {
            self.fetch_all(door.http).await?;
        }
        let cursors = self.rooms.cursors();
        self.rooms.asked();
        let cookie = format!("Cookie: {}\r\n", self.character.person.cookie);
        let path = path_since(&cursors, self.epoch.as_deref());
        let opening = EventStream::open(door.socket, &path, &cookie);
        let mut events = timeout(CONNECT, opening).await.context("no answer")??;
        let patience = if *wish.borrow() == Wish::Talk { self.habits.patience() } else { QUIET };
        let hello = timeout(CONNECT, events.next()).await.context("no hello")??;
        self.greet(&hello)?;
        self.log.note(What::Asked { conn: self.conn, cursors });
        let mut line = Line::deaf(door.http, patience);
        line.is_resuming = true;
        line.deed_at = Instant::now() + 10 * self.habits.backoff();
        loop {
            self.publish();
            let may_leave = *wish.borrow() == Wish::Talk;
            tokio::select! {
                biased;
                // Whoever is to settle looks once more.
                _ = wish.changed() => return Ok(None),
                event = events.next() => {
                    line.silent_at = Instant::now() + line.patience;
                    let event = event?;
                    if let Ok(Frame::Bye { code }) = serde_json::from_str(&event) {
                        return Ok(Some(code));
                    }
                    self.hear(&mut line, &event).await?;
                }
                () = sleep_until(line.deed_at), if may_leave => return Ok(None),
                () = sleep_until(line.silent_at) => bail!("silent for {:?}", line.patience),
            }
        }
    }

    async fn fetch_all(&mut self, server: SocketAddr) -> Result<()> {
        let heads =
            timeout(CONNECT, read_heads(server, &self.character.person)).await.context("no rooms")??;
        for room in heads.into_keys() {
            self.fetch(server, room).await?;
        }
        Ok(())
    }
}

fn path_since(cursors: &std::collections::BTreeMap<i64, i64>, epoch: Option<&str>) -> String {
    let since: Vec<_> = cursors.iter().map(|(room, cursor)| format!("{room}:{cursor}")).collect();
    let epoch = epoch.map(|epoch| format!("&epoch={epoch}")).unwrap_or_default();
    format!("/api/events?since={}{epoch}", since.join(","))
}
