//! A connection begins: it hears of its user's rooms from now on.
//!
//! Whatever is told by other nodes is subscribed to first and the database read second, so nothing falls
//! between. The caller answers the client's first `sync` only after this.

use crate::{
    error::AppError,
    model::RoomId,
    server::{
        chat::Chat,
        live::{Connection, Watch},
        store::{StoreError, members, rooms},
    },
};

/// Lets the connection hear of the rooms that its user is in.
///
/// # Errors
/// Those of the database.
pub async fn attend(chat: &Chat, connection: &Connection) -> Result<(), AppError> {
    let user = connection.user_id();
    chat.live.follow(user).await;
    let rooms = {
        let mut conn = chat.db.read().await?;
        members::list_room_ids(&mut conn, user).await?
    };
    let _watch = watch(chat, &rooms).await?;
    connection.subscribe(rooms);
    Ok(())
}

/// Hears of these rooms while the answer lives, and longer if a connection does.
pub(super) async fn watch(chat: &Chat, rooms: &[RoomId]) -> Result<Watch, StoreError> {
    let watch = chat.live.watch(rooms).await;
    let unopened = watch.unopened();
    if !unopened.is_empty() {
        let mut conn = chat.db.read().await?;
        let heads = rooms::list_heads(&mut conn, &unopened).await?;
        chat.live.open(&watch, &heads);
    }
    Ok(watch)
}
