//! Rooms by what names them, and one at a time.

use crate::{
    error::AppError,
    model::{Me, RoomId, RoomSummary},
    server::{state::App, store::summaries},
};

/// A room that the user is in.
///
/// # Errors
/// `NotFound` if the user is not in it.
pub async fn load_summary(app: &App, me: &Me, room: RoomId) -> Result<RoomSummary, AppError> {
    let mut conn = app.db.read().await?;
    summaries::find_summary(&mut conn, me.user.id, room).await?.ok_or(AppError::NotFound)
}
