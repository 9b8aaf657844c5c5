//! What each command of the live protocol does: it calls one action and gives the answer.

use crate::{
    error::AppError,
    model::{ClientCommand, LiveEvent, Progress, Scope, UserRef},
    server::{
        chat::{
            marks,
            messages::{self, Posting},
            sync, typing,
        },
        state::App,
    },
};

/// What a command with a long answer takes out of an allowance, in ordinary commands.
pub(in crate::server::http) const LONG_COST: u32 = 10;

/// How much of an allowance a command takes.
pub(super) fn cost(command: &ClientCommand) -> u32 {
    if matches!(command, ClientCommand::Sync { .. } | ClientCommand::Who {}) { LONG_COST } else { 1 }
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

/// Does what the user asks; the answer may be empty.
pub(super) async fn answer(
    app: &App,
    user: &UserRef,
    command: ClientCommand,
) -> Result<Vec<LiveEvent>, AppError> {
    match command {
        ClientCommand::Sync { epoch, rooms } => return sync::sync(app, user.id, &epoch, &rooms).await,
        ClientCommand::Message { cid, room, to, text } => {
            let posting = Posting { cid, room, to, text };
            return Ok(vec![messages::post_message(app, user, posting).await?.into()]);
        }
        ClientCommand::Typing { room, on } => typing::set_typing(app, user, room, on).await?,
        ClientCommand::Delivered { room, seq } => {
            marks::mark(app, user.id, room, Progress::Delivered(seq)).await?;
        }
        ClientCommand::Read { room, seq } => marks::mark(app, user.id, room, Progress::Read(seq)).await?,
        ClientCommand::Who {} => return Ok(vec![LiveEvent::Presence { online: app.live.online() }]),
        ClientCommand::Ping {} => return Ok(vec![LiveEvent::Pong {}]),
    }
    Ok(Vec::new())
}
