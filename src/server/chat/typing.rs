//! Who is typing: told at once and never stored.

use crate::{
    error::AppError,
    model::{RoomId, UserRef, ability::Ability},
    server::chat::{Chat, abilities::require_present},
};

/// Tells the room that the user types, or has stopped to.
///
/// # Errors
/// `NotFound` if the user is not in the room; `RateLimited`.
pub async fn set_typing(chat: &Chat, user: &UserRef, room: RoomId, on: bool) -> Result<(), AppError> {
    chat.limits.typing(user.id)?;
    require_present(chat, room, user.id, Ability::Type).await?;
    chat.live.set_typing(room, user, on);
    Ok(())
}
