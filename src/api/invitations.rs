//! Invitations to rooms: answering them, and blocking who sends them.

use leptos::{prelude::*, server_fn::codec::GetUrl};

use crate::{
    error::AppError,
    model::{RoomId, UserId, UserRef},
    wire::Json,
};

/// Accepts an invitation and goes to the room.
///
/// # Errors
/// `NotFound` if I am not invited, or not any more; `Conflict` for a full group; `Invalid` with `full` for
/// `rooms_per_user`; `RateLimited`.
#[server(name = AcceptInvitation, prefix = "/fn", endpoint = "accept_invitation", output = Json)]
pub async fn accept_invitation(room: RoomId) -> Result<(), AppError> {
    use crate::{
        model::paths,
        server::{chat::invitations, context},
    };
    let (chat, me) = context::viewer().await?;
    invitations::accept_invitation(&chat, &me, room).await?;
    context::go_to(&paths::room(&room.to_string()));
    Ok(())
}

/// Declines an invitation.
///
/// # Errors
/// `NotFound` if I am not invited, or not any more; `RateLimited`.
#[server(name = DeclineInvitation, prefix = "/fn", endpoint = "decline_invitation", output = Json)]
pub async fn decline_invitation(room: RoomId) -> Result<(), AppError> {
    use crate::server::{chat::invitations, context};
    let (chat, me) = context::viewer().await?;
    invitations::decline_invitation(&chat, &me, room).await
}

/// Blocks a person: no invitation of theirs reaches me.
///
/// # Errors
/// `NotFound` if there is no such person; `Invalid` with `full` for `blocks_per_user`; `RateLimited`.
#[server(name = BlockPerson, prefix = "/fn", endpoint = "block_person", output = Json)]
pub async fn block_person(user: UserId) -> Result<(), AppError> {
    use crate::{
        model::command::Addressee,
        server::{chat::blocks, context},
    };
    let (chat, me) = context::viewer().await?;
    blocks::block_person(&chat, &me, &Addressee::Id(user)).await
}

/// Lets a person invite me again.
///
/// # Errors
/// `NotFound` if the person is not blocked; `RateLimited`.
#[server(name = UnblockPerson, prefix = "/fn", endpoint = "unblock_person", output = Json)]
pub async fn unblock_person(user: UserId) -> Result<(), AppError> {
    use crate::{
        model::command::Addressee,
        server::{chat::blocks, context},
    };
    let (chat, me) = context::viewer().await?;
    blocks::unblock_person(&chat, &me, &Addressee::Id(user)).await
}

/// Whom I have blocked: at most `MEMBERS_PAGE`, by id, whose id comes after `after`.
///
/// # Errors
/// `Unauthenticated`.
#[server(prefix = "/fn", endpoint = "blocked", input = GetUrl, output = Json)]
pub async fn list_blocked(after: UserId) -> Result<Vec<UserRef>, AppError> {
    use crate::{
        model::page::MEMBERS_PAGE,
        server::{chat::blocks, context},
    };
    let (chat, me) = context::viewer().await?;
    blocks::list_blocked(&chat, &me, after, MEMBERS_PAGE).await
}
