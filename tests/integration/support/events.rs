//! A stream of server-sent events, read as a browser's EventSource reads it.

use std::time::Duration;

use reqwest::{RequestBuilder, Response};
use serde_json::Value;

/// How long an event may take before the test is given up.
const PATIENCE: Duration = Duration::from_secs(10);

pub struct Events {
    response: Response,
    text: String,
}

impl Events {
    /// Opens the stream and waits for its first word.
    pub async fn open(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert!(response.headers()["content-type"].to_str().unwrap().starts_with("text/event-stream"));
        let mut events = Self { response, text: String::new() };
        assert!(events.read().await, "the stream ended at once");
        events
    }

    /// The data of the next event; none at the end of the stream.
    pub async fn next(&mut self) -> Option<Value> {
        loop {
            while let Some((block, rest)) = self.text.split_once("\n\n") {
                let data: Vec<&str> = block.lines().filter_map(|line| line.strip_prefix("data: ")).collect();
                let event = (!data.is_empty()).then(|| serde_json::from_str(&data.join("\n")).unwrap());
                self.text = rest.to_owned();
                if event.is_some() {
                    return event;
                }
            }
            if !self.read().await {
                return None;
            }
        }
    }

    async fn read(&mut self) -> bool {
        let chunk = tokio::time::timeout(PATIENCE, self.response.chunk()).await;
        match chunk.expect("no event came").unwrap() {
            Some(bytes) => {
                self.text.push_str(std::str::from_utf8(&bytes).unwrap());
                true
            }
            None => false,
        }
    }
}
