//! TEMP
use crate::{
    error::AppError,
    model::{Mark, Me, Member, RoomId, RoomSummary, UserId, page::RECEIPTS_MAX},
    server::{
        chat::messages::require_member,
        state::App,
        store::{marks, members, summaries},
    },
};
/// The rooms that the user is in, the latest line first.
pub async fn list_rooms(app: &App, me: &Me) -> Result<Vec<RoomSummary>, AppError> {
    let mut conn = app.db.read().await?;
    Ok(summaries::list_summaries(&mut conn, me.user.id).await?)
}

/// A room that the user is in.
///
/// # Errors
/// `NotFound` if the user is not in it.
pub async fn load_summary(app: &App, me: &Me, room: RoomId) -> Result<RoomSummary, AppError> {
    let mut conn = app.db.read().await?;
    summaries::find_summary(&mut conn, me.user.id, room).await?.ok_or(AppError::NotFound)
}

pub async fn list_members(
    app: &App,
    me: &Me,
    room: RoomId,
    after: UserId,
    limit: usize,
) -> Result<Vec<Member>, AppError> {
    let mut conn = app.db.read().await?;
    require_member(&mut conn, room, &me.user).await?;
    let all = members::list_members(&mut conn, room).await?;
    Ok(all.into_iter().filter(|m| m.user.id > after).take(limit).collect())
}
pub async fn list_marks(app: &App, me: &Me, room: RoomId) -> Result<Vec<Mark>, AppError> {
    let mut conn = app.db.read().await?;
    require_member(&mut conn, room, &me.user).await?;
    Ok(marks::list_marks(&mut conn, room, RECEIPTS_MAX).await?)
}
