//! Blocking people, whose invitations then do not reach the user.

use super::{
    invitations::uninvited,
    people::find_addressee,
    rooms::{full, hold},
};
use crate::{
    error::AppError,
    model::{Me, UserId, UserRef, command::Addressee},
    server::{
        chat::Chat,
        clock,
        store::{blocks, invitations},
        writer::Outcome,
    },
};

/// Blocks a person: their invitations, those that wait and later ones, do not reach the user.
///
/// # Errors
/// `NotFound` if there is no such person, or it is the user; `Invalid` with `full` for `blocks_per_user`;
/// `RateLimited`, as for a message.
pub async fn block_person(chat: &Chat, me: &Me, whom: &Addressee) -> Result<(), AppError> {
    chat.limits.message(me.user.id)?;
    let blocked = find_other(chat, me, whom).await?.id;
    let (user, table) = (me.user.id, chat.limits.table().clone());
    chat.writers
        .run_in_turn(user, user.0, move |tx| {
            Box::pin(async move {
                if table.is_on && !blocks::is_blocked(tx, user, blocked).await? {
                    hold(tx, user).await?;
                    if blocks::count_blocks(tx, user).await? >= table.blocks_per_user.into() {
                        return Err(full("blocks_per_user"));
                    }
                }
                blocks::insert_block(tx, user, blocked, clock::now()).await?;
                let rooms = invitations::drop_by_inviter(tx, user, blocked).await?;
                Ok(Outcome::new((), rooms.into_iter().map(|room| uninvited(user, room)).collect()))
            })
        })
        .await
}

/// Lets a person invite the user again; what they sent meanwhile stays dropped.
///
/// # Errors
/// `NotFound` if the person is not blocked; `RateLimited`, as for a message.
pub async fn unblock_person(chat: &Chat, me: &Me, whom: &Addressee) -> Result<(), AppError> {
    chat.limits.message(me.user.id)?;
    let blocked = find_other(chat, me, whom).await?.id;
    let user = me.user.id;
    chat.writers
        .run(user.0, move |tx| {
            Box::pin(async move { Ok(Outcome::quiet(blocks::delete_block(tx, user, blocked).await?)) })
        })
        .await
}

/// Whom the user has blocked: at most `limit`, by id, whose id comes after `after`.
pub async fn list_blocked(
    chat: &Chat,
    me: &Me,
    after: UserId,
    limit: usize,
) -> Result<Vec<UserRef>, AppError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut conn = chat.db.read().await?;
    Ok(blocks::list_blocks(&mut conn, me.user.id, after, limit).await?)
}

async fn find_other(chat: &Chat, me: &Me, whom: &Addressee) -> Result<UserRef, AppError> {
    let mut conn = chat.db.read().await?;
    let other = find_addressee(&mut conn, whom).await?;
    other.filter(|other| other.id != me.user.id).ok_or(AppError::NotFound)
}
