//! What each command of the live protocol does: it calls one action and queues the answer.

use crate::{
    error::AppError,
    model::{Cid, ClientCommand, LiveEvent, Progress, RoomId},
    server::{
        chat::{
            marks,
            messages::{self, Posting},
            sync::{self, MOST_ROOMS},
        },
        live::Connection,
        state::App,
        store::members,
    },
};

pub(super) async fn obey(app: &App, connection: &Connection, command: ClientCommand) {
    let cid = match &command {
        ClientCommand::Message { cid, .. } => Some(*cid),
        _ => None,
    };
    if let Err(error) = run(app, connection, command).await {
        refuse(connection, cid, error);
    }
}

async fn run(app: &App, connection: &Connection, command: ClientCommand) -> Result<(), AppError> {
    let subscriber = connection.subscriber();
    match command {
        ClientCommand::Sync { epoch, rooms } => {
            if rooms.len() > MOST_ROOMS {
                return Err(AppError::TooLarge { max: MOST_ROOMS as u64 });
            }
            let answers = sync::sync(app, connection.user_id(), &epoch, &rooms).await?;
            answers.iter().for_each(|event| subscriber.tell(event));
        }
        ClientCommand::Message { cid, room, to, text } => {
            messages::post_message_from(app, connection, Posting { cid, room, to, text }).await?;
        }
        ClientCommand::Typing { room, on } => {
            require_member(app, connection, room).await?;
            app.live.set_typing(room, &connection.user, on);
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

async fn require_member(app: &App, connection: &Connection, room: RoomId) -> Result<(), AppError> {
    let mut conn = app.db.read().await?;
    let member = members::find_member(&mut conn, room, connection.user_id()).await?;
    member.filter(|member| member.joined).map(|_| ()).ok_or(AppError::NotFound)
}

fn refuse(connection: &Connection, cid: Option<Cid>, error: AppError) {
    connection.subscriber().tell(&LiveEvent::Error { cid, error });
}
