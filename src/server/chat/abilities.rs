//! Asks the ability table. The facts are read in the caller's transaction, so that what was decided is what is written.

use crate::{
    error::AppError,
    model::{
        MemberRole, RoomId, UserId,
        ability::{Ability, Facts, Target, decide},
    },
    server::{
        chat::Chat,
        store::{Conn, StoreError, facts, invitations, members},
    },
};

/// How the user stands to the room, if the table gives them the ability there.
///
/// # Errors
/// `Forbidden` or `NotFound`, as the table says; `NotFound` if there is no such room.
pub(super) async fn require(
    conn: &mut Conn,
    room: RoomId,
    user: UserId,
    ability: Ability,
) -> Result<Facts, AppError> {
    let facts = facts::find_facts(conn, room, user).await?.ok_or(AppError::NotFound)?;
    decide(ability, facts).require()?;
    Ok(facts)
}

/// Whether the table gives the user the ability in the room.
pub(super) async fn may(
    conn: &mut Conn,
    room: RoomId,
    user: UserId,
    ability: Ability,
) -> Result<bool, StoreError> {
    let facts = facts::find_facts(conn, room, user).await?;
    Ok(facts.is_some_and(|facts| decide(ability, facts).is_allowed()))
}

/// Refuses whoever is not in the room, which is all that reading and typing ask for: a test holds the table to that. The
/// fan-out knows it of the connected, the database of all.
///
/// # Errors
/// `NotFound` if the user is not in the room.
pub(super) async fn require_present(
    chat: &Chat,
    room: RoomId,
    user: UserId,
    ability: Ability,
) -> Result<(), AppError> {
    if chat.live.hub.hears(user, room) {
        return Ok(());
    }
    let mut conn = chat.db.read().await?;
    require(&mut conn, room, user, ability).await.map(drop)
}

/// How `user` stands to the room and to `me`.
pub(super) async fn find_target(
    conn: &mut Conn,
    room: RoomId,
    me: UserId,
    user: UserId,
) -> Result<Target, StoreError> {
    if let Some(member) = members::find_member(conn, room, user).await?.filter(|member| member.joined) {
        let is_last_owner = member.role == MemberRole::Owner && facts::count_owners(conn, room).await? == 1;
        return Ok(match (user == me, is_last_owner) {
            (true, last_owner) => Target::Myself { last_owner },
            (false, true) => Target::LastOwner,
            (false, false) => Target::Inside(member.role),
        });
    }
    let inviter = invitations::find_inviter(conn, room, user).await?;
    Ok(inviter.map_or(Target::Outside, |inviter| Target::Invited { by_me: inviter == me }))
}
