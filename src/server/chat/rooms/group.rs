use crate::{
    error::AppError,
    model::{Me, RoomId, event::Addressee},
    server::state::App,
};
pub async fn create_group(_: &App, _: &Me, _: &str, _: &[Addressee]) -> Result<RoomId, AppError> {
    Err(AppError::Forbidden)
}
