//! A connection that says nothing: it notes what it hears, and when and how it ends.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use anyhow::Result;
use tokio::task::AbortHandle;

use super::{checker::Line, log::Clock, wire::Frame};
use crate::{
    socket::{Message, Socket},
    stage::{EventStream, enter_live},
};

/// Leaves when dropped.
#[derive(Debug)]
pub(super) struct Onlooker {
    line: Arc<Mutex<Line>>,
    task: AbortHandle,
}

impl Onlooker {
    /// A WebSocket. `proof` is a header line that says who listens.
    ///
    /// # Errors
    /// If the server does not let it in.
    pub(super) async fn by_socket(
        server: SocketAddr,
        proof: &str,
        name: String,
        clock: &Clock,
    ) -> Result<Self> {
        let Socket { mut reader, writer } = enter_live(server, proof).await?;
        let (line, clock) = (note(name), clock.clone());
        let own = Arc::clone(&line);
        let task = tokio::spawn(async move {
            // Without it the connection would end.
            let _writer = writer;
            loop {
                match reader.next().await {
                    Ok(Message::Text(text)) => hear(&own, &text),
                    Ok(Message::Close(code)) => return close(&own, &clock, Some(code)),
                    Err(_) => return close(&own, &clock, None),
                }
            }
        });
        Ok(Self { line, task: task.abort_handle() })
    }

    /// A stream of server-sent events.
    ///
    /// # Errors
    /// As `by_socket`.
    pub(super) async fn by_stream(
        server: SocketAddr,
        proof: &str,
        name: String,
        clock: &Clock,
    ) -> Result<Self> {
        let mut events = EventStream::open(server, "/api/events", proof).await?;
        let (line, clock) = (note(name), clock.clone());
        let own = Arc::clone(&line);
        let task = tokio::spawn(async move {
            loop {
                match events.next().await {
                    Ok(text) => hear(&own, &text),
                    Err(_) => return close(&own, &clock, None),
                }
            }
        });
        Ok(Self { line, task: task.abort_handle() })
    }

    /// What is known of it now.
    pub(super) fn line(&self) -> Line {
        lock(&self.line).clone()
    }
}

impl Drop for Onlooker {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn note(name: String) -> Arc<Mutex<Line>> {
    Arc::new(Mutex::new(Line { name, ..Line::default() }))
}

fn hear(line: &Mutex<Line>, text: &str) {
    match serde_json::from_str(text) {
        Ok(Frame::Message(_)) => lock(line).heard += 1,
        // The end of the stream follows.
        Ok(Frame::Bye { code }) => lock(line).code = Some(code),
        _ => {}
    }
}

fn close(line: &Mutex<Line>, clock: &Clock, code: Option<u16>) {
    let mut line = lock(line);
    line.closed_ms = Some(clock.ms());
    line.code = code.or(line.code);
}

fn lock(line: &Mutex<Line>) -> MutexGuard<'_, Line> {
    line.lock().unwrap_or_else(PoisonError::into_inner)
}
