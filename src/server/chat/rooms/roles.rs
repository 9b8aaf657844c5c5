//! Roles in a room: who is a moderator, and who owns it.

use crate::{
    error::AppError,
    model::{
        Me, Member, MemberRole, RoomId, UserId,
        ability::{Ability, Facts, decide},
        command::Addressee,
    },
    server::{
        chat::{
            Chat, RoomCommand,
            abilities::find_target,
            people::{find_addressee, telling},
            room_command::change,
        },
        clock,
        store::{Tx, facts::find_facts, members, rooms},
        writer::Outcome,
    },
};

/// Gives a member of the room another role, and gives back their place there; the role that they have already changes
/// nothing. `me.role` is the highest site role that the request may use.
///
/// # Errors
/// `NotFound` if one of the two is not in the room, unless an administrator may know of it all the same; `Forbidden` for
/// a role that the user does not give to this person, and in a direct room; `RateLimited`, as for a message.
pub async fn change_role(
    chat: &Chat,
    me: &Me,
    id: RoomId,
    whom: &Addressee,
    role: MemberRole,
) -> Result<Member, AppError> {
    chat.limits.message(me.user.id)?;
    let mut conn = chat.db.read().await?;
    let other = find_addressee(&mut conn, whom).await?.ok_or(AppError::NotFound)?;
    drop(conn);
    let appointed = change(chat, id, RoomCommand::Appoint { user: me.clone(), member: other.id, role });
    appointed.await?.ok_or(AppError::NotFound)
}

/// See `RoomCommand::Appoint`.
pub(in crate::server::chat) async fn write_role(
    tx: &mut Tx,
    room: RoomId,
    user: &Me,
    member: UserId,
    role: MemberRole,
) -> Result<Outcome<Option<Member>>, AppError> {
    let facts = find_facts(tx, room, user.user.id).await?.ok_or(AppError::NotFound)?;
    let target = find_target(tx, room, user.user.id, member).await?;
    let facts = Facts { site: facts.site.at_most(user.role), ..facts };
    decide(Ability::Appoint(target, role), facts).require()?;
    let member = members::find_member(tx, room, member).await?.ok_or(AppError::NotFound)?;
    if member.role == role {
        return Ok(Outcome::quiet(Some(member)));
    }
    let seq = rooms::next_seq(tx, room).await?;
    members::update_role(tx, room, member.user, role, (seq, clock::now())).await?;
    let member = Member { seq, role, ..member };
    let told = telling(tx, member.clone().into()).await?;
    Ok(Outcome::new(Some(member), vec![told]))
}
