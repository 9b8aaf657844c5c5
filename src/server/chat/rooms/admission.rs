//! Taking people into a closed room, and out of any. Who does not know the one who takes them in is invited instead.

use super::{
    GROUP_MAX, find,
    membership::{enter, exit, leave_room},
};
use crate::{
    error::{AppError, Reason},
    model::{
        Me, Member, RoomId, UserRef,
        ability::{Ability, Facts, RoomClass, Target},
        event::Addressee,
        page::INVITED_SHOWN,
    },
    server::{
        chat::{
            Outcome,
            abilities::{find_target, require},
            invitations::{self as asked, may_be_taken_in},
            people::find_addressee,
        },
        state::App,
        store::{Conn, StoreError, invitations, members, users},
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
pub async fn invite_member(app: &App, me: &Me, id: RoomId, whom: &Addressee) -> Result<Admitted, AppError> {
    app.limits.message(me.user.id)?;
    let mut conn = app.db.read().await?;
    // To outsiders the room must seem missing, whomever they name.
    require(&mut conn, id, me.user.id, Ability::Read).await?;
    let other = find_addressee(&mut conn, whom).await?.ok_or(AppError::NotFound)?;
    if users::is_disabled(&mut conn, other.id).await? {
        return Err(AppError::NotFound);
    }
    drop(conn);
    let (inviter, entering, table) = (me.user.clone(), other.clone(), app.limits.table().clone());
    let invite = app.writers.run_in_turn(inviter.id, id.0, move |tx| {
        Box::pin(async move {
            let facts = require(tx, id, inviter.id, Ability::Invite).await?;
            if members::find_member(tx, id, entering.id).await?.is_some_and(|member| member.joined) {
                return Ok(Outcome::quiet(true));
            }
            check_room(tx, id, facts, &entering).await?;
            if may_be_taken_in(tx, &table, facts, entering.id, inviter.id).await? {
                // Whoever is in the room has no invitation into it that could be withdrawn.
                let withdrawn = asked::withdraw(tx, id, entering.id).await?;
                let mut effects = enter(tx, id, &entering, Some(inviter)).await?;
                effects.extend(withdrawn);
                return Ok(Outcome::new(true, effects));
            }
            let was_told = asked::find_open(tx, id, entering.id).await?.is_some();
            asked::invite(tx, &table, (id, facts), inviter.id, entering.id).await?;
            let told = asked::told(tx, id, entering.id).await?.filter(|_| !was_told);
            Ok(Outcome::new(false, told.into_iter().collect()))
        })
    });
    if invite.await? {
        find::find_member(app, me, id, other.id).await.map(Admitted::Entered)
    } else {
        Ok(Admitted::Invited(other))
    }
}

/// Refuses one more than fit into a group; whoever is invited has a place already.
///
/// # Errors
/// `Conflict` with `full`.
async fn check_room(conn: &mut Conn, id: RoomId, facts: Facts, entering: &UserRef) -> Result<(), AppError> {
    if facts.class == RoomClass::Group && invitations::find_inviter(conn, id, entering.id).await?.is_none() {
        let held = members::count_members(conn, id).await? + invitations::count_invited(conn, id).await?;
        if usize::try_from(held).is_ok_and(|held| held >= GROUP_MAX) {
            return Err(AppError::Conflict { reason: Reason::Full });
        }
    }
    Ok(())
}

/// Who was invited into the room and has not entered, by id: at most `INVITED_SHOWN`.
///
/// # Errors
/// `NotFound` if the user is not in the room.
pub async fn list_invited(app: &App, me: &Me, room: RoomId) -> Result<Vec<UserRef>, AppError> {
    let mut conn = app.db.read().await?;
    require(&mut conn, room, me.user.id, Ability::Read).await?;
    Ok(read_invited(&mut conn, room).await?)
}

pub(super) async fn read_invited(conn: &mut Conn, room: RoomId) -> Result<Vec<UserRef>, StoreError> {
    let most = i64::try_from(INVITED_SHOWN).unwrap_or(i64::MAX);
    invitations::list_invited(conn, room, most).await
}

/// Takes somebody out of the room, where the user's role allows it, or oneself, out of any; who is only invited is so no
/// more. The inviter may take that back, too.
///
/// # Errors
/// `NotFound` if one of the two is not in the room, nor invited; `Forbidden` if the user may not remove this person, and in a
/// direct room; `RateLimited`, as for a message.
pub async fn remove_member(app: &App, me: &Me, id: RoomId, whom: &Addressee) -> Result<(), AppError> {
    let mut conn = app.db.read().await?;
    require(&mut conn, id, me.user.id, Ability::Read).await?;
    let other = find_addressee(&mut conn, whom).await?.ok_or(AppError::NotFound)?;
    drop(conn);
    if other.id == me.user.id {
        return leave_room(app, me, id).await;
    }
    app.limits.message(me.user.id)?;
    let remover = me.user.clone();
    app.writers
        .run(id.0, move |tx| {
            Box::pin(async move {
                let target = find_target(tx, id, remover.id, other.id).await?;
                require(tx, id, remover.id, Ability::Remove(target)).await?;
                if let Target::Invited { .. } = target {
                    let told = asked::withdraw(tx, id, other.id).await?;
                    return Ok(Outcome::new((), told.into_iter().collect()));
                }
                let member = members::find_member(tx, id, other.id).await?.ok_or(AppError::NotFound)?;
                Ok(Outcome::new((), exit(tx, member, Some(remover)).await?))
            })
        })
        .await
}
