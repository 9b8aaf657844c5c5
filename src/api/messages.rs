//! Messages: older pages, and sending where there is no live connection.

use leptos::{prelude::*, server_fn::codec::GetUrl};

use crate::{
    error::AppError,
    model::{Cid, RoomId, Seq, page::HistoryPage},
    wire::Json,
};

/// The page of history before `before`, after `after` or around `at`; without these, the newest.
///
/// # Errors
/// `NotFound` if I am not in the room.
#[server(prefix = "/fn", endpoint = "history", input = GetUrl, output = Json)]
pub async fn list_messages(
    room: RoomId,
    before: Option<Seq>,
    after: Option<Seq>,
    at: Option<Seq>,
) -> Result<HistoryPage, AppError> {
    use crate::{
        model::page::Stretch,
        server::{chat::history, context},
    };
    let (chat, me) = context::viewer().await?;
    history::list_seen(&chat, &me, room, Stretch::of(before, after, at)).await
}

/// Sends a message to `room`, or to the user `to`, and goes to the room. A repeated `cid` does nothing more.
///
/// # Errors
/// `Invalid` for `text`; `NotFound`; `Conflict` if the cid was used for another text; `RateLimited`.
#[server(name = PostMessage, prefix = "/fn", endpoint = "post_message", output = Json)]
pub async fn post_message(
    cid: Cid,
    room: Option<RoomId>,
    to: Option<String>,
    #[server(default)] text: String,
) -> Result<(), AppError> {
    use crate::{
        model::command::Addressee,
        server::{chat::messages, context},
    };
    let (chat, me) = context::viewer().await?;
    let path = messages::post_from_form(&chat, &me, cid, room, to.map(Addressee::Username), &text).await?;
    context::go_to(&path);
    Ok(())
}
