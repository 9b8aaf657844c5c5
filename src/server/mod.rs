//! What only the server does.
//!
//! Arrows point down: `http` and `api` call the actions in `chat`; `chat` uses `store`, `live` and
//! `content`. `store` never publishes, `live` never queries.

pub mod store;
