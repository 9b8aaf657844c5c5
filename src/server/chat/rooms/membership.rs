//! Entering and leaving rooms.

use std::net::IpAddr;

use super::caps;
use crate::{
    error::{AppError, Reason},
    model::{
        Me, Member, MemberRole, Notice, RoomAccess, RoomId, UserId,
        ability::{Ability, decide},
        paths,
    },
    server::{
        auth::{Asker, Line, deadline},
        chat::{
            Chat, RoomCommand, abilities::require, invitations, messages::insert_notice, people::telling,
            room_command::change,
        },
        clock,
        limits::LimitTable,
        live::Effect,
        store::{
            Tx,
            facts::find_facts,
            ids::made_at,
            members::{self, NewMember},
            rooms::{self, Room},
        },
        writer::Outcome,
    },
};

/// Enters a channel, from `address`, and names its page; being in the room already is fine, whatever its kind.
///
/// # Errors
/// `NotFound` if there is none that the user may enter; `Invalid` with `wrong_password` for
/// `password`, or with `full` for `rooms_per_user`; `RateLimited` after too many wrong ones, and as for a message.
pub async fn join_room(
    chat: &Chat,
    me: &Me,
    id: RoomId,
    password: &str,
    address: IpAddr,
) -> Result<String, AppError> {
    let mut conn = chat.db.read().await?;
    let facts = find_facts(&mut conn, id, me.user.id).await?;
    let is_in = facts.is_some_and(|facts| facts.standing.is_inside());
    if !is_in {
        // Before anything is told of the room: a refusal must not tell whether there is one.
        chat.limits.message(me.user.id)?;
    }
    decide(Ability::Enter, facts.ok_or(AppError::NotFound)?).require()?;
    let room = rooms::find_room(&mut conn, id).await?.ok_or(AppError::NotFound)?;
    drop(conn);
    if !is_in {
        check_password(chat, me, &room, password, address).await?;
        change(chat, id, RoomCommand::Enter { user: me.user.id }).await?;
    }
    Ok(paths::room(&room.slug.unwrap_or_else(|| id.to_string())))
}

/// Leaves a room.
///
/// # Errors
/// `NotFound` if the user is not in it; `Forbidden` for a direct room; `RateLimited`, as for a message.
pub async fn leave_room(chat: &Chat, me: &Me, id: RoomId) -> Result<(), AppError> {
    chat.limits.message(me.user.id)?;
    change(chat, id, RoomCommand::Leave { user: me.user.id }).await.map(drop)
}

/// See `RoomCommand::Enter`.
pub(in crate::server::chat) async fn write_entry(
    tx: &mut Tx,
    limits: &LimitTable,
    room: RoomId,
    user: UserId,
) -> Result<Outcome<Option<Member>>, AppError> {
    require(tx, room, user, Ability::Enter).await?;
    caps::check_entry(tx, limits, user).await?;
    let effects = enter(tx, room, user, None).await?;
    Ok(Outcome::new(members::find_member(tx, room, user).await?, effects))
}

/// See `RoomCommand::Leave`.
pub(in crate::server::chat) async fn write_leaving(
    tx: &mut Tx,
    room: RoomId,
    user: UserId,
) -> Result<Outcome<Option<Member>>, AppError> {
    require(tx, room, user, Ability::Leave).await?;
    let member = members::find_member(tx, room, user).await?.ok_or(AppError::NotFound)?;
    Ok(Outcome::new(None, exit(tx, member, None).await?))
}

/// Makes the user a member and says so in the timeline, with who took them in if somebody did; nothing if the user is a
/// member already.
pub(in crate::server::chat) async fn enter(
    tx: &mut Tx,
    room: RoomId,
    user: UserId,
    by: Option<UserId>,
) -> Result<Vec<Effect>, AppError> {
    let member = members::find_member(tx, room, user).await?;
    if member.is_some_and(|member| member.joined) {
        return Ok(Vec::new());
    }
    let mut effects = add_member(tx, room, user, MemberRole::Member).await?;
    effects.push(insert_notice(tx, room, user, Notice::Joined, by).await?);
    Ok(effects)
}

/// Makes the user a member, without a word in the timeline.
pub(super) async fn add_member(
    tx: &mut Tx,
    room: RoomId,
    user: UserId,
    role: MemberRole,
) -> Result<Vec<Effect>, AppError> {
    let seq = rooms::next_seq(tx, room).await?;
    members::join(tx, &NewMember { room, user, role, seq, at: clock::now() }).await?;
    let member = Member { room, seq, user, role, joined: true };
    Ok(vec![telling(tx, member.into()).await?])
}

/// Takes a member out of the room and says so in the timeline, with who did it if it was somebody else; whom the member
/// invited is invited no more.
pub(super) async fn exit(tx: &mut Tx, member: Member, by: Option<UserId>) -> Result<Vec<Effect>, AppError> {
    let room = member.room;
    let seq = rooms::next_seq(tx, room).await?;
    members::leave(tx, room, member.user, seq, clock::now()).await?;
    let notice = if by.is_some() { Notice::Removed } else { Notice::Left };
    let notice = insert_notice(tx, room, member.user, notice, by).await?;
    let uninvited = invitations::withdraw_all(tx, room, member.user).await?;
    let gone = Member { seq, joined: false, ..member };
    let effects = [telling(tx, gone.into()).await?, notice];
    Ok(effects.into_iter().chain(uninvited).collect())
}

/// Whether the user may enter the channel with this password.
async fn check_password(
    chat: &Chat,
    me: &Me,
    room: &Room,
    password: &str,
    address: IpAddr,
) -> Result<(), AppError> {
    match room.access {
        RoomAccess::Public => return Ok(()),
        RoomAccess::Private => return Err(AppError::NotFound),
        RoomAccess::Password if password.is_empty() => {
            return Err(AppError::invalid("password", Reason::Missing));
        }
        RoomAccess::Password => {}
    }
    let user = me.user.id;
    let guesser = (user, made_at(user.0));
    let until = deadline();
    let attempt = chat.auth.throttle.attempt_at_room(&chat.limits, room.id, guesser, address, until).await?;
    let hash = room.password_hash.clone();
    if chat.auth.passwords.verify(Line::Other, Asker::User(user), until, password, hash).await? {
        attempt.succeeded();
        Ok(())
    } else {
        attempt.failed();
        Err(AppError::invalid("password", Reason::WrongPassword))
    }
}
