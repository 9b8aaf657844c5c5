//! Roles in a room: who is a moderator, and who owns it.

use crate::{
    error::AppError,
    model::{
        Me, Member, MemberRole, RoomId,
        ability::{Ability, Facts, decide},
        event::Addressee,
    },
    server::{
        chat::{Outcome, abilities::find_target, people::find_addressee},
        clock,
        live::Effect,
        state::App,
        store::{facts::find_facts, members, rooms},
    },
};

/// Gives a member of the room another role, and gives back their place there; the role that they have already changes
/// nothing. `me.role` is the highest site role that the request may use.
///
/// # Errors
/// `NotFound` if one of the two is not in the room, unless an administrator may know of it all the same; `Forbidden` for
/// a role that the user does not give to this person, and in a direct room; `RateLimited`, as for a message.
pub async fn change_role(
    app: &App,
    me: &Me,
    id: RoomId,
    whom: &Addressee,
    role: MemberRole,
) -> Result<Member, AppError> {
    app.limits.message(me.user.id)?;
    let mut conn = app.db.read().await?;
    let other = find_addressee(&mut conn, whom).await?.ok_or(AppError::NotFound)?;
    drop(conn);
    let me = me.clone();
    app.writers
        .run(id.0, move |tx| {
            Box::pin(async move {
                let facts = find_facts(tx, id, me.user.id).await?.ok_or(AppError::NotFound)?;
                let target = find_target(tx, id, me.user.id, other.id).await?;
                let facts = Facts { site: facts.site.at_most(me.role), ..facts };
                decide(Ability::Appoint(target, role), facts).require()?;
                let member = members::find_member(tx, id, other.id).await?.ok_or(AppError::NotFound)?;
                if member.role == role {
                    return Ok(Outcome::quiet(member));
                }
                let seq = rooms::next_seq(tx, id).await?;
                members::update_role(tx, id, other.id, role, (seq, clock::now())).await?;
                let member = Member { seq, role, ..member };
                let told = Effect::Tell(member.clone().into());
                Ok(Outcome::new(member, vec![told]))
            })
        })
        .await
}
