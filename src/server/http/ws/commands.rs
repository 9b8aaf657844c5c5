//! What each command of the live protocol does: it calls one action and queues the answer.

use crate::{
    error::AppError,
    model::{ClientCommand, LiveEvent, Progress, frame::read_command},
    server::{
        chat::{
            marks,
            messages::{self, Posting},
            sync, typing,
        },
        limits::Frames,
        live::{Close, Connection},
        state::App,
    },
};

/// What `sync` takes out of a connection's allowance, in ordinary frames.
const SYNC_COST: u32 = 10;

/// Does what the frame says, or answers why not.
pub(super) async fn obey(app: &App, connection: &Connection, frames: &mut Frames, frame: &str) {
    let refusal = match read_command(frame) {
        Ok(command) => {
            let cid = command.cid();
            let error = run(app, connection, frames, command).await.err();
            error.map(|error| LiveEvent::Error { cid, error })
        }
        Err(refusal) => Some(*refusal),
    };
    match refusal {
        None => {}
        Some(refusal) if frames.refusal() => connection.subscriber().tell(&refusal),
        Some(_) => connection.subscriber().close(Close::Flood),
    }
}

async fn run(
    app: &App,
    connection: &Connection,
    frames: &mut Frames,
    command: ClientCommand,
) -> Result<(), AppError> {
    frames.command(if matches!(command, ClientCommand::Sync { .. }) { SYNC_COST } else { 1 })?;
    let subscriber = connection.subscriber();
    match command {
        ClientCommand::Sync { epoch, rooms } => {
            let answers = sync::sync(app, connection.user_id(), &epoch, &rooms).await?;
            answers.iter().for_each(|event| subscriber.tell(event));
        }
        ClientCommand::Message { cid, room, to, text } => {
            messages::post_message_from(app, connection, Posting { cid, room, to, text }).await?;
        }
        ClientCommand::Typing { room, on } => {
            typing::set_typing(app, &connection.user, room, on).await?;
        }
        ClientCommand::Delivered { room, seq } => {
            marks::mark(app, connection.user_id(), room, Progress::Delivered(seq)).await?;
        }
        ClientCommand::Read { room, seq } => {
            marks::mark(app, connection.user_id(), room, Progress::Read(seq)).await?;
        }
        ClientCommand::Who {} => subscriber.tell(&LiveEvent::Presence { online: app.live.online() }),
        ClientCommand::Ping {} => subscriber.tell(&LiveEvent::Pong {}),
    }
    Ok(())
}
