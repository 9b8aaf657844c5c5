//! Who is typing: told at once and never stored.

use crate::{
    error::AppError,
    model::{RoomId, UserRef, ability::Ability},
    server::{chat::abilities::require_present, state::App},
};

/// Tells the room that the user types, or has stopped to.
///
/// # Errors
/// `NotFound` if the user is not in the room; `RateLimited`.
pub async fn set_typing(app: &App, user: &UserRef, room: RoomId, on: bool) -> Result<(), AppError> {
    app.limits.typing(user.id)?;
    require_present(app, room, user.id, Ability::Type).await?;
    app.live.set_typing(room, user, on);
    Ok(())
}
