//! A client of the stream of events, as browsers' `EventSource` reads it.

use std::time::Duration;

use reqwest::{RequestBuilder, Response, header::HeaderMap};
use serde_json::Value;

/// How long an event may take before the test is given up.
const PATIENCE: Duration = Duration::from_secs(10);

pub struct EventStream {
    response: Response,
    unread: String,
    /// The id of the last event that had one.
    pub last_id: String,
}

impl EventStream {
    pub fn new(response: Response) -> Self {
        Self { response, unread: String::new(), last_id: String::new() }
    }

    /// Opens a stream and waits for its first word.
    pub async fn open(request: RequestBuilder) -> Self {
        let mut stream = Self::new(request.send().await.unwrap());
        assert_eq!(stream.status(), 200);
        assert!(stream.headers()["content-type"].to_str().unwrap().starts_with("text/event-stream"));
        assert!(stream.read().await, "the stream ended at once");
        stream
    }

    pub fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    pub fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// The next block of lines, without the empty line that ends it; none at the end.
    pub async fn block(&mut self) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.unread.split_once("\n\n") {
                let block = block.to_owned();
                self.unread = rest.to_owned();
                return Some(block);
            }
            if !self.read().await {
                return None;
            }
        }
    }

    /// Takes in what comes next; false at the end.
    async fn read(&mut self) -> bool {
        let chunk = tokio::time::timeout(PATIENCE, self.response.chunk()).await;
        let chunk = chunk.expect("no event came").unwrap();
        let text = chunk.as_deref().map(|chunk| std::str::from_utf8(chunk).unwrap());
        self.unread.push_str(text.unwrap_or_default());
        text.is_some()
    }

    /// The next event; none at the end.
    pub async fn next(&mut self) -> Option<Value> {
        loop {
            let block = self.block().await?;
            let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name));
            if let Some(id) = field("id: ") {
                id.clone_into(&mut self.last_id);
            }
            if let Some(data) = field("data: ") {
                return Some(serde_json::from_str(data).unwrap());
            }
        }
    }

    /// The next event of this type, and those before it.
    pub async fn until(&mut self, kind: &str) -> Vec<Value> {
        let mut events = Vec::new();
        loop {
            events.push(self.next().await.expect("the stream ended"));
            if events.last().unwrap()["type"] == kind {
                return events;
            }
        }
    }
}
