//! How far a member has come. A mark only grows.

use crate::{
    error::AppError,
    model::{LiveEvent, Mark, Progress, RoomId, UserId},
    server::{chat::Change, live::Effect, state::App, store::members},
};

/// Moves the user's mark up, never beyond the room's last seq, and tells the user's other connections.
///
/// # Errors
/// `NotFound` if the user is not in the room.
pub async fn mark(app: &App, user: UserId, room: RoomId, progress: Progress) -> Result<(), AppError> {
    app.writers
        .run(room.0, move |conn| {
            Box::pin(async move {
                let (before, head) = members::find_mark(conn, room, user).await?.ok_or(AppError::NotFound)?;
                let mark = before.raised(progress, head);
                if mark != before {
                    members::update_mark(conn, room, mark).await?;
                }
                let unread = Some(members::count_unread(conn, room, user).await?);
                let Mark { delivered_seq, read_seq, .. } = mark;
                let event = LiveEvent::Receipt { room, user, delivered_seq, read_seq, unread };
                Ok(Change::new((), vec![Effect::TellUser { user, event }]))
            })
        })
        .await
}
