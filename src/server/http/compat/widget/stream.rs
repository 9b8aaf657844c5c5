//! `GET /chat/stream`: the messages of all of the reader's direct rooms, as server-sent events.

use std::{convert::Infallible, fmt::Write as _};

use axum::{Extension, body::Bytes, extract::State, http::HeaderMap, response::Response};
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
    model::UserId,
    server::{
        auth::Proof,
        http::{
            App,
            caller::Caller,
            compat::{heard::Heard, partners::Partners},
            event_stream::{KEEP_ALIVE, answer},
            listen::Cut,
            live::feed::Feed,
            middleware::require_own_page,
        },
        limits::Address,
    },
};

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
    let feed = Feed::open(&app, me.user.clone(), session, Some(place), cut).await;
    let listener = Listener { me: me.user.id, partners: Partners::new(&app.chat, &me), feed };
    Ok(answer(stream::unfold(listener, Listener::next)))
}

struct Listener {
    me: UserId,
    partners: Partners,
    feed: Feed,
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
                    for heard in events.iter().filter_map(|event| Heard::of(event)) {
                        // Browsers come again, and read what they missed.
                        self.tell(heard, &mut text).await.ok()?;
                    }
                }
            }
        }
        Some((Ok(text.into()), self))
    }

    /// Appends what the client is told of something.
    ///
    /// # Errors
    /// Those of the database.
    #[deny(clippy::wildcard_enum_match_arm)]
    async fn tell(&mut self, heard: Heard<'_>, text: &mut String) -> Result<(), AppError> {
        match heard {
            // Some browsers and proxies take a stream for open once it has said something.
            Heard::Opened => text.push_str(": oi\n\n"),
            Heard::Said(message, _) => {
                let Some(partner) = self.partners.of(message.room).await? else { return Ok(()) };
                let sala_id = SalaId::of(self.me, partner.id);
                let mensagem = Mensagem::of(message, sala_id.clone(), None);
                let evento = json!({ "tipo": "nova_mensagem", "sala_id": sala_id, "mensagem": mensagem });
                // JSON has no line breaks of its own.
                let _ = write!(text, "data: {evento}\n\n");
            }
            Heard::Noticed { .. } | Heard::Entered(_) | Heard::Left(_) => {}
            Heard::Typing { .. } | Heard::Presence { .. } => {}
        }
        Ok(())
    }
}
