//! What each command of the live protocol does: it calls one action and gives the answer.

use super::read::Request;
use crate::{
    error::AppError,
    model::{ClientCommand, Ephemeral, Progress, Scope, UserId, UserRef, overview::ROOMS_PAGE},
    server::{
        chat::{
            marks,
            messages::{self, Posting},
            rooms,
            sync::{self, Wish},
            typing,
        },
        http::App,
    },
};

/// What a command with a long answer takes out of an allowance, in ordinary commands.
pub(in crate::server::http) const LONG_COST: u32 = 10;
/// So many rooms in a `sync` or in its answer cost as much as an ordinary command.
const ROOMS_PER_COST: usize = 10;
/// So many rooms that are only put into order cost as much as an ordinary command.
const COUNTED_PER_COST: usize = 100;

/// How much of an allowance a command takes.
///
/// # Errors
/// Those of the database.
pub(super) async fn cost(app: &App, user: UserId, command: &ClientCommand) -> Result<u32, AppError> {
    match command {
        ClientCommand::Sync { rooms, newest, .. } => sync_cost(app, user, rooms.len(), *newest).await,
        ClientCommand::Who {} => Ok(LONG_COST),
        _ => Ok(1),
    }
}

/// What a `sync` takes that names so many rooms: it grows with these and with the rooms that the user is in, up to a full
/// allowance.
///
/// # Errors
/// Those of the database.
pub(super) async fn sync_cost(app: &App, user: UserId, named: usize, newest: bool) -> Result<u32, AppError> {
    let owned = rooms::count_rooms(&app.chat, user).await?;
    let listed = if newest { owned.min(ROOMS_PAGE) } else { owned };
    let cost = (named + listed) / ROOMS_PER_COST + owned / COUNTED_PER_COST;
    let cost = u32::try_from(cost).unwrap_or(u32::MAX).saturating_add(LONG_COST);
    Ok(cost.min(app.limits.table().requests_burst))
}

/// Whether a proof of this scope is good for the command.
///
/// # Errors
/// `Forbidden`.
pub(super) fn permit(scope: Scope, command: &ClientCommand) -> Result<(), AppError> {
    use ClientCommand as C;
    let needed = match command {
        C::Sync { .. } | C::Who {} | C::Ping {} => Scope::Read,
        C::Message { .. } | C::Typing { .. } | C::Delivered { .. } | C::Read { .. } => Scope::Write,
    };
    if scope >= needed { Ok(()) } else { Err(AppError::Forbidden) }
}

/// Does what the user asks. The answer may be empty, unless the client calls the command something: then `done` ends it.
pub(super) async fn answer(app: &App, user: &UserRef, request: Request) -> Result<Vec<Ephemeral>, AppError> {
    let mut answers = run(app, user, request.command).await?;
    answers.extend(request.r#ref.map(|r#ref| Ephemeral::Done { r#ref }));
    Ok(answers)
}

async fn run(app: &App, user: &UserRef, command: ClientCommand) -> Result<Vec<Ephemeral>, AppError> {
    match command {
        ClientCommand::Sync { epoch, rooms, newest, people } => {
            let wish = Wish { epoch: &epoch, cursors: &rooms, newest, people };
            return sync::sync(&app.chat, user.id, wish).await;
        }
        ClientCommand::Message { cid, room, to, text } => {
            let posting = Posting { cid, room, to, text };
            return Ok(vec![messages::post_message(&app.chat, user, posting).await?.into()]);
        }
        ClientCommand::Typing { room, on } => typing::set_typing(&app.chat, user, room, on).await?,
        ClientCommand::Delivered { room, seq } => {
            marks::mark(&app.chat, user.id, room, Progress::Delivered(seq)).await?;
        }
        ClientCommand::Read { room, seq } => {
            marks::mark(&app.chat, user.id, room, Progress::Read(seq)).await?
        }
        ClientCommand::Who {} => {
            let online = app.chat.live.online().into_iter().map(|user| user.id).collect();
            return Ok(vec![Ephemeral::Presence { online }]);
        }
        ClientCommand::Ping {} => return Ok(vec![Ephemeral::Pong {}]),
    }
    Ok(Vec::new())
}
