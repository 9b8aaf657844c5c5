//! The direct room of two users: found, or made.

use super::create::create_direct;
use crate::{
    error::AppError,
    model::{RoomId, UserId, UserRef, command::Addressee},
    server::{
        chat::{Chat, people::find_addressee},
        store::{rooms, users},
    },
};

/// The direct room with a person, made if there is none, and who the person is. Counts as a message.
///
/// # Errors
/// `NotFound` if there is no such user, it is the asker, or a disabled one without a room; `RateLimited`.
pub async fn open_direct(chat: &Chat, me: &UserRef, to: &Addressee) -> Result<(RoomId, UserRef), AppError> {
    chat.limits.message(me.id)?;
    find_or_make_direct(chat, me, to).await
}

/// The direct room with a person.
///
/// # Errors
/// `NotFound` if there is none.
pub async fn find_direct(chat: &Chat, me: UserId, other: UserId) -> Result<RoomId, AppError> {
    let mut conn = chat.db.read().await?;
    rooms::find_direct(&mut conn, me, other).await?.ok_or(AppError::NotFound)
}

/// Like `open_direct`, for those who have counted the message already.
pub(in crate::server::chat) async fn find_or_make_direct(
    chat: &Chat,
    me: &UserRef,
    to: &Addressee,
) -> Result<(RoomId, UserRef), AppError> {
    let mut conn = chat.db.read().await?;
    let other = find_addressee(&mut conn, to).await?;
    let other = other.filter(|other| other.id != me.id).ok_or(AppError::NotFound)?;
    if let Some(room) = rooms::find_direct(&mut conn, me.id, other.id).await? {
        return Ok((room, other));
    }
    if users::is_disabled(&mut conn, other.id).await? {
        return Err(AppError::NotFound);
    }
    drop(conn);
    let room = match create_direct(chat, me.id, other.id).await {
        // The other person was quicker.
        Err(AppError::Conflict { .. }) => find_direct(chat, me.id, other.id).await?,
        made => made?,
    };
    Ok((room, other))
}
