//! How far a member has read. A mark only grows.

use crate::{
    error::AppError,
    model::{LiveEvent, RoomId, Seq, UserId},
    server::{chat::Change, live::Effect, state::App, store::members},
};

/// Marks everything up to `seq` as read and tells the user's other connections.
///
/// # Errors
/// `NotFound` if the user is not in the room.
pub async fn mark_read(app: &App, user: UserId, room: RoomId, seq: Seq) -> Result<(), AppError> {
    app.writers
        .run(room.0, move |conn| {
            Box::pin(async move {
                let marked = members::mark_read(conn, room, user, seq).await?;
                let read_seq = marked.ok_or(AppError::NotFound)?;
                let unread = Some(members::count_unread(conn, room, user).await?);
                let event = LiveEvent::Receipt { room, user, read_seq, unread };
                Ok(Change::new((), vec![Effect::TellUser { user, event }]))
            })
        })
        .await
}
