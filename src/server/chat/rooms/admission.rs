//! Taking people into a closed room, and out of any. Who does not know the one who takes them in is invited instead.

use super::{
    GROUP_MAX,
    membership::{enter, exit, leave_room},
};
use crate::{
    error::{AppError, Reason},
    model::{
        Me, Member, People, RoomId, UserId, UserRef,
        ability::{Ability, Facts, RoomClass, Target},
        command::Addressee,
        page::INVITED_SHOWN,
    },
    server::{
        chat::{
            Chat, RoomCommand,
            abilities::{find_target, require},
            invitations::{self as asked, may_be_taken_in},
            people::find_addressee,
            room_command::change,
        },
        limits::LimitTable,
        store::{Conn, StoreError, Tx, invitations, members, people, users},
        writer::Outcome,
    },
};

/// What became of somebody whom a member takes in.
#[derive(Clone, Debug)]
pub enum Admitted {
    Entered(Member),
    /// The person is asked first.
    Invited(UserRef),
}

/// Takes somebody into a group or a private channel that the user is in, or invites them if they do not know the user;
/// being in it already is fine, and so is being invited.
///
/// # Errors
/// `NotFound` if the user is not in the room, or there is no such person; `Forbidden` in a direct room, and in a
/// channel that people enter by themselves; `Conflict` with `full` for a full group; `Invalid` with `full` for the limit
/// that is reached; `RateLimited`, as for a message.
pub async fn invite_member(chat: &Chat, me: &Me, id: RoomId, whom: &Addressee) -> Result<Admitted, AppError> {
    chat.limits.message(me.user.id)?;
    let mut conn = chat.db.read().await?;
    // To outsiders the room must seem missing, whomever they name.
    require(&mut conn, id, me.user.id, Ability::Read).await?;
    let other = find_addressee(&mut conn, whom).await?.ok_or(AppError::NotFound)?;
    if users::is_disabled(&mut conn, other.id).await? {
        return Err(AppError::NotFound);
    }
    drop(conn);
    let invite = RoomCommand::Invite { user: me.user.id, person: other.id };
    let member = change(chat, id, invite).await?;
    Ok(member.map_or(Admitted::Invited(other), Admitted::Entered))
}

/// See `RoomCommand::Invite`.
pub(in crate::server::chat) async fn write_admission(
    tx: &mut Tx,
    limits: &LimitTable,
    room: RoomId,
    user: UserId,
    person: UserId,
) -> Result<Outcome<Option<Member>>, AppError> {
    let facts = require(tx, room, user, Ability::Invite).await?;
    if let Some(member) = members::find_member(tx, room, person).await?.filter(|member| member.joined) {
        return Ok(Outcome::quiet(Some(member)));
    }
    check_room(tx, room, facts, person).await?;
    if may_be_taken_in(tx, limits, facts, person, user).await? {
        // Whoever is in the room has no invitation into it that could be withdrawn.
        let withdrawn = asked::withdraw(tx, room, person).await?;
        let mut effects = enter(tx, room, person, Some(user)).await?;
        effects.extend(withdrawn);
        return Ok(Outcome::new(members::find_member(tx, room, person).await?, effects));
    }
    let was_told = asked::find_open(tx, room, person).await?.is_some();
    asked::invite(tx, limits, (room, facts), user, person).await?;
    let told = asked::told(tx, room, person).await?.filter(|_| !was_told);
    Ok(Outcome::new(None, told.into_iter().collect()))
}

/// Refuses one more than fit into a group; whoever is invited has a place already.
///
/// # Errors
/// `Conflict` with `full`.
async fn check_room(conn: &mut Conn, id: RoomId, facts: Facts, entering: UserId) -> Result<(), AppError> {
    if facts.class == RoomClass::Group && invitations::find_inviter(conn, id, entering).await?.is_none() {
        let held = members::count_members(conn, id).await? + invitations::count_invited(conn, id).await?;
        if usize::try_from(held).is_ok_and(|held| held >= GROUP_MAX) {
            return Err(AppError::Conflict { reason: Reason::Full });
        }
    }
    Ok(())
}

/// Who was invited into the room and has not entered: at most `INVITED_SHOWN`.
///
/// # Errors
/// `NotFound` if the user is not in the room.
pub async fn list_invited(chat: &Chat, me: &Me, room: RoomId) -> Result<People, AppError> {
    let mut conn = chat.db.read().await?;
    require(&mut conn, room, me.user.id, Ability::Read).await?;
    let invited = read_invited(&mut conn, room).await?;
    Ok(people::find_people(&mut conn, invited).await?)
}

pub(super) async fn read_invited(conn: &mut Conn, room: RoomId) -> Result<Vec<UserId>, StoreError> {
    let most = i64::try_from(INVITED_SHOWN).unwrap_or(i64::MAX);
    invitations::list_invited(conn, room, most).await
}

/// Takes somebody out of the room, where the user's role allows it, or oneself, out of any; who is only invited is so no
/// more. The inviter may take that back, too.
///
/// # Errors
/// `NotFound` if one of the two is not in the room, nor invited; `Forbidden` if the user may not remove this person, and in a
/// direct room; `RateLimited`, as for a message.
pub async fn remove_member(chat: &Chat, me: &Me, id: RoomId, whom: &Addressee) -> Result<(), AppError> {
    let mut conn = chat.db.read().await?;
    require(&mut conn, id, me.user.id, Ability::Read).await?;
    let other = find_addressee(&mut conn, whom).await?.ok_or(AppError::NotFound)?;
    drop(conn);
    if other.id == me.user.id {
        return leave_room(chat, me, id).await;
    }
    chat.limits.message(me.user.id)?;
    let remove = RoomCommand::Remove { user: me.user.id, person: other.id };
    change(chat, id, remove).await.map(drop)
}

/// See `RoomCommand::Remove`.
pub(in crate::server::chat) async fn write_removal(
    tx: &mut Tx,
    room: RoomId,
    user: UserId,
    person: UserId,
) -> Result<Outcome<Option<Member>>, AppError> {
    let target = find_target(tx, room, user, person).await?;
    require(tx, room, user, Ability::Remove(target)).await?;
    if let Target::Invited { .. } = target {
        let told = asked::withdraw(tx, room, person).await?;
        return Ok(Outcome::new(None, told.into_iter().collect()));
    }
    let member = members::find_member(tx, room, person).await?.ok_or(AppError::NotFound)?;
    Ok(Outcome::new(None, exit(tx, member, Some(user)).await?))
}
