//! Invitations into groups and private channels: whoever does not know the inviter is asked first.
//!
//! Until somebody accepts, nothing of the room is theirs but what an `Invitation` says. A block drops invitations, and
//! nobody but the blocker can see that: the room's members see the person as invited.

use super::{
    RoomCommand,
    abilities::{may, require},
    rooms::{GROUP_MAX, check, check_entry, enter, full, hold},
};
use crate::{
    error::{AppError, Reason},
    model::{
        Ephemeral, Invitation, Me, Member, People, RoomId, UserId,
        ability::{Ability, Acquaintance, Facts, RoomClass, decide},
        people::Introduced,
    },
    server::{
        chat::{Chat, room_command::change},
        clock,
        limits::LimitTable,
        live::Effect,
        store::{
            Conn, StoreError, Tx,
            facts::find_ties,
            invitations::{self, NewInvitation},
            members,
            people::find_named,
        },
        writer::Outcome,
    },
};

/// The user's open invitations, the latest first, and who invites.
pub async fn list_invitations(chat: &Chat, me: &Me) -> Result<(Vec<Invitation>, People), AppError> {
    let mut conn = chat.db.read().await?;
    let open = read_invitations(&mut conn, chat, me.user.id).await?;
    let people = find_named(&mut conn, open.as_slice()).await?;
    Ok((open, people))
}

pub(super) async fn read_invitations(
    conn: &mut Conn,
    chat: &Chat,
    user: UserId,
) -> Result<Vec<Invitation>, StoreError> {
    let most = chat.limits.table().invitations_per_user;
    invitations::list_invitations(conn, user, most.into()).await
}

/// Enters the room of an invitation, and gives the user's place there.
///
/// # Errors
/// `NotFound` without an open invitation; `Conflict` with `full` for a full group; `Invalid` with `full` for
/// `rooms_per_user`; `RateLimited`, as for a message.
pub async fn accept_invitation(chat: &Chat, me: &Me, room: RoomId) -> Result<Member, AppError> {
    chat.limits.message(me.user.id)?;
    let accept = change(chat, room, RoomCommand::Accept { user: me.user.id });
    accept.await?.ok_or(AppError::NotFound)
}

/// See `RoomCommand::Accept`.
pub(super) async fn write_acceptance(
    tx: &mut Tx,
    limits: &LimitTable,
    room: RoomId,
    user: UserId,
) -> Result<Outcome<Option<Member>>, AppError> {
    let facts = require(tx, room, user, Ability::Answer).await?;
    if facts.class == RoomClass::Group {
        let count = members::count_members(tx, room).await?;
        if usize::try_from(count).is_ok_and(|count| count >= GROUP_MAX) {
            return Err(AppError::Conflict { reason: Reason::Full });
        }
    }
    check_entry(tx, limits, user).await?;
    invitations::delete_invitation(tx, room, user).await?;
    let mut effects = enter(tx, room, user, None).await?;
    effects.push(uninvited(user, room));
    Ok(Outcome::new(members::find_member(tx, room, user).await?, effects))
}

/// Turns an invitation down. The inviter may invite again.
///
/// # Errors
/// `NotFound` without an open invitation; `RateLimited`, as for a message.
pub async fn decline_invitation(chat: &Chat, me: &Me, room: RoomId) -> Result<(), AppError> {
    chat.limits.message(me.user.id)?;
    change(chat, room, RoomCommand::Decline { user: me.user.id }).await.map(drop)
}

/// See `RoomCommand::Decline`.
pub(super) async fn write_refusal(
    tx: &mut Tx,
    room: RoomId,
    user: UserId,
) -> Result<Outcome<Option<Member>>, AppError> {
    require(tx, room, user, Ability::Answer).await?;
    invitations::delete_invitation(tx, room, user).await?;
    Ok(Outcome::new(None, vec![uninvited(user, room)]))
}

/// Whether `user` may be taken into a room by `inviter`, whose facts of the room these are, without being asked.
pub(super) async fn may_be_taken_in(
    tx: &mut Tx,
    table: &LimitTable,
    facts: Facts,
    user: UserId,
    inviter: UserId,
) -> Result<bool, AppError> {
    let tie = Acquaintance::of(find_ties(tx, user, inviter).await?);
    Ok(decide(Ability::Admit(tie), facts).is_allowed() && check_entry(tx, table, user).await.is_ok())
}

/// The invitation into the room that the user may answer.
pub(super) async fn find_open(
    conn: &mut Conn,
    room: RoomId,
    user: UserId,
) -> Result<Option<Invitation>, AppError> {
    if !may(conn, room, user, Ability::Answer).await? {
        return Ok(None);
    }
    Ok(invitations::find_invitation(conn, room, user).await?)
}

/// Invites a person into the room, of which these are the inviter's facts. Whether it reaches them, the inviter cannot see.
///
/// # Errors
/// `Invalid` with `full` for the limit that is reached.
pub(super) async fn invite(
    tx: &mut Tx,
    table: &LimitTable,
    (room, facts): (RoomId, Facts),
    inviter: UserId,
    user: UserId,
) -> Result<(), AppError> {
    if may(tx, room, user, Ability::Answer).await? {
        return Ok(());
    }
    let tie = Acquaintance::of(find_ties(tx, user, inviter).await?);
    let mut dropped = !decide(Ability::Reach(tie), facts).is_allowed();
    if table.is_on {
        hold(tx, inviter).await?;
        if invitations::find_inviter(tx, room, user).await? != Some(inviter) {
            let (all, to_user) = invitations::count_by_inviter(tx, inviter, user).await?;
            check(tx, inviter, "invitations_per_inviter", all, table.invitations_per_inviter).await?;
            if to_user >= table.invitations_per_pair.into() {
                return Err(full("invitations_per_pair"));
            }
        }
        dropped |= invitations::count_open(tx, user).await? >= table.invitations_per_user.into();
    }
    let new = NewInvitation { room, user, inviter, dropped, at: clock::now() };
    Ok(invitations::put_invitation(tx, &new).await?)
}

/// What the person is told of an invitation into the room: nothing if it does not reach them.
pub(super) async fn told(conn: &mut Conn, room: RoomId, user: UserId) -> Result<Option<Effect>, AppError> {
    let Some(open) = find_open(conn, room, user).await? else { return Ok(None) };
    let people = find_named(conn, &open).await?;
    Ok(Some(Effect::TellUser { user, event: Introduced { event: Ephemeral::Invited(open), people } }))
}

/// Ends the person's invitation into the room, if there is one; who never saw it is told nothing.
pub(super) async fn withdraw(tx: &mut Tx, room: RoomId, user: UserId) -> Result<Option<Effect>, AppError> {
    let was_open = may(tx, room, user, Ability::Answer).await?;
    invitations::delete_invitation(tx, room, user).await?;
    Ok(was_open.then(|| uninvited(user, room)))
}

/// Ends all invitations into the room by somebody who leaves it.
pub(super) async fn withdraw_all(
    tx: &mut Tx,
    room: RoomId,
    inviter: UserId,
) -> Result<Vec<Effect>, AppError> {
    let users = invitations::delete_by_inviter(tx, room, inviter).await?;
    Ok(users.into_iter().map(|user| uninvited(user, room)).collect())
}

pub(super) fn uninvited(user: UserId, room: RoomId) -> Effect {
    Effect::TellUser { user, event: Introduced::alone(Ephemeral::Uninvited { room }) }
}
