//! `GET /chat/stream`: the messages of all of the reader's direct rooms, as server-sent events.

use std::{collections::HashMap, convert::Infallible, fmt::Write as _, time::Duration};

use axum::{
    Extension,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use futures::stream;
use serde_json::json;
use tokio::time::{Instant, timeout_at};

use super::{
    Member,
    refusal::Refusal,
    shapes::{Mensagem, SalaId},
};
use crate::{
    error::AppError,
    model::{Change, Ephemeral, LiveEvent, Me, MessageKind, RoomId, What},
    server::{
        auth::Proof,
        chat::rooms,
        http::{caller::Caller, compat::feed::Feed, listen::Cut, middleware::require_own_page},
        limits::Address,
        state::App,
    },
};

/// A stream that is silent for longer is cut by some proxies.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

pub(super) async fn listen(
    State(app): State<App>,
    Member(Caller { me, session, proof, .. }): Member,
    address: Address,
    Extension(Cut(cut)): Extension<Cut>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    if proof == Proof::Cookie {
        require_own_page(&app, &headers)?;
    }
    let place = app.limits.connection(me.user.id, address)?;
    let feed = Feed::open(&app, me.user.clone(), session, place, cut).await;
    let listener = Listener { app, me, feed, salas: HashMap::new() };
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream; charset=utf-8"),
        (header::CACHE_CONTROL, "no-cache"),
        // Asks nginx not to gather.
        (header::HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    Ok((StatusCode::OK, headers, Body::from_stream(stream::unfold(listener, Listener::next))).into_response())
}

struct Listener {
    app: App,
    me: Me,
    feed: Feed,
    /// The names of rooms by now; none for those that are not direct.
    salas: HashMap<RoomId, Option<SalaId>>,
}

impl Listener {
    /// What waits, or a sign of life; nothing after the end. Browsers then connect again.
    async fn next(mut self) -> Option<(Result<Bytes, Infallible>, Self)> {
        let mut text = String::new();
        // Not every event is told.
        let deadline = Instant::now() + KEEP_ALIVE;
        while text.is_empty() {
            match timeout_at(deadline, self.feed.next()).await {
                Err(_) => text.push_str(": ainda aqui\n\n"),
                Ok(Err(_)) => return None,
                Ok(Ok(events)) => {
                    for event in events {
                        // Browsers come again, and read what they missed.
                        self.tell(event, &mut text).await.ok()?;
                    }
                }
            }
        }
        Some((Ok(text.into()), self))
    }

    /// Appends what the client is told of an event.
    ///
    /// # Errors
    /// Those of the database: the client must not miss a message unawares.
    async fn tell(&mut self, event: LiveEvent, text: &mut String) -> Result<(), AppError> {
        match event {
            // Some browsers and proxies take a stream for open once it has said something.
            LiveEvent::Ephemeral(Ephemeral::Hello { .. }) => text.push_str(": oi\n\n"),
            LiveEvent::Durable(Change { what: What::Message(message), .. })
                if message.kind == MessageKind::Text =>
            {
                let Some(sala_id) = self.sala(message.room).await? else { return Ok(()) };
                let mensagem = Mensagem::of(message, sala_id.clone(), None);
                let evento = json!({ "tipo": "nova_mensagem", "sala_id": sala_id, "mensagem": mensagem });
                // JSON has no line breaks of its own.
                let _ = write!(text, "data: {evento}\n\n");
            }
            _ => {}
        }
        Ok(())
    }

    async fn sala(&mut self, room: RoomId) -> Result<Option<SalaId>, AppError> {
        if let Some(known) = self.salas.get(&room) {
            return Ok(known.clone());
        }
        let found = match rooms::load_summary(&self.app, &self.me, room).await {
            // Left since.
            Err(AppError::NotFound) => return Ok(None),
            found => found?,
        };
        let sala = found.partner.map(|partner| SalaId::of(self.me.user.id, partner.id));
        self.salas.insert(room, sala.clone());
        Ok(sala)
    }
}
