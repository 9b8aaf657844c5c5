//! `GET /api/live`: the WebSocket.
//!
//! One task per connection reads commands. What goes out it leaves to the subscriber, which writes to
//! the socket by itself; answers go the same way, so they keep their place among the events.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use tokio::net::TcpStream;

use super::{
    begin, commands, hello,
    inbox::{Inbox, Received},
    read::{self, Named, read_command},
    upgrade::Upgrade,
};
use crate::{
    error::AppError,
    model::{ClientCommand, Scope, people::Introduced},
    server::{
        auth::Proof,
        chat::messages::{self, Posting},
        http::{
            App,
            caller::{Caller, Listener},
            listen::Seat,
            middleware::require_own_origin,
        },
        limits::{Address, Frames, Place},
        live::{Close, Connection, Transport},
    },
};

/// What a connection may say.
struct Speech {
    scope: Scope,
    frames: Frames,
}

/// Upgrades the request of a signed-in browser from our own pages, or of a program.
pub(in crate::server::http) async fn connect(
    State(app): State<App>,
    Listener(caller): Listener,
    address: Address,
    mut request: Request,
) -> Result<Response, AppError> {
    if caller.proof == Proof::Cookie {
        require_own_origin(&app, request.headers())?;
    }
    let Caller { me, session, scope, .. } = caller;
    let user = me.user;
    let upgrade = match Upgrade::take(&mut request) {
        Ok(upgrade) => upgrade,
        Err(refusal) => return Ok(refusal.into_response()),
    };
    let place = app.limits.connection(user.id, address)?;
    let answer = upgrade.answer();
    let tasks = app.tasks.clone();
    tasks.spawn(async move {
        let Some((socket, seat, received)) = upgrade.socket().await else { return };
        let hello = hello(&app, &user);
        let connection = app.chat.live.connect(user, session, Transport::Socket(socket), &hello);
        serve(app, connection, scope, (place, seat), received).await;
    });
    Ok(answer.into_response())
}

/// Begins the connection, reads until it is to end, and ends it.
async fn serve(app: App, connection: Connection, scope: Scope, _places: (Place, Seat), received: Bytes) {
    let subscriber = Arc::clone(connection.subscriber());
    // In boxes: what happens once or now and then takes no room in every idle connection.
    Box::pin(begin(&app, &connection)).await;
    let mut speech = Speech { scope, frames: app.limits.frames() };
    let mut inbox = Inbox::new(&received);
    let is_early = !received.is_empty();
    drop(received);
    if is_early && let Some(socket) = subscriber.socket() {
        // What came right behind the handshake makes no socket ready.
        while Box::pin(read(&app, &connection, &mut speech, &mut inbox, socket)).await {}
    }
    let why = loop {
        if let Some(why) = subscriber.closing() {
            break why;
        }
        match subscriber.ready().await {
            Ok(Some(socket)) => {
                Box::pin(read(&app, &connection, &mut speech, &mut inbox, socket)).await;
            }
            Ok(None) | Err(_) => subscriber.close(Close::Gone),
        }
    };
    Box::pin(subscriber.end(why)).await;
}

/// Reads and obeys what the socket has, or as much of it as is one turn: then there may be more.
async fn read(
    app: &App,
    connection: &Connection,
    speech: &mut Speech,
    inbox: &mut Inbox,
    socket: &TcpStream,
) -> bool {
    let subscriber = connection.subscriber();
    inbox.begin_turn();
    loop {
        let received = inbox.next(socket, subscriber);
        if !speech.frames.others(inbox.take_others()) {
            subscriber.close(Close::Flood);
            return false;
        }
        match received {
            Received::Text(text) => obey(app, connection, speech, &text).await,
            Received::Bytes => obey(app, connection, speech, "").await,
            Received::Control => {}
            Received::Nothing => break,
            Received::End(why) => {
                subscriber.close(why);
                return false;
            }
        }
        subscriber.hear();
    }
    inbox.take_turns().await
}

/// Does what the frame says, or answers why not.
async fn obey(app: &App, connection: &Connection, speech: &mut Speech, frame: &str) {
    let refusal = match read_command(frame) {
        Ok(request) => {
            let named = Named::of(&request);
            let error = run(app, connection, speech, request).await.err();
            error.map(|error| named.refused(error))
        }
        Err(refusal) => Some(*refusal),
    };
    match refusal {
        None => {}
        Some(refusal) if speech.frames.refusal() => connection.subscriber().tell(&refusal.into()),
        Some(_) => connection.subscriber().close(Close::Flood),
    }
}

async fn run(
    app: &App,
    connection: &Connection,
    speech: &mut Speech,
    request: read::Request,
) -> Result<(), AppError> {
    speech.frames.command(commands::cost(app, connection.user_id(), &request.command).await?)?;
    commands::permit(speech.scope, &request.command)?;
    if let ClientCommand::Message { cid, room, to, text } = request.command {
        // The next command need not wait until this one is durable.
        return messages::post_message_from(&app.chat, connection, Posting { cid, room, to, text }).await;
    }
    let answers = commands::answer(app, &connection.user, request).await?;
    let answers: Vec<_> = answers.into_iter().map(Introduced::from).collect();
    connection.subscriber().answer(&answers);
    Ok(())
}
