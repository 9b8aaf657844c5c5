//! Taking people into a closed room, and out of any. Who does not know the one who takes them in is invited instead.

use super::{
    GROUP_MAX, find,
    membership::{enter, exit, leave_room},
};
use crate::{
    error::{AppError, Reason},
    model::{
        Me, Member, MemberRole, Notice, RoomAccess, RoomId, RoomKind, UserRef, event::Addressee,
        page::INVITED_SHOWN,
    },
    server::{
        chat::{
            Change,
            invitations::{self as asked, may_be_taken_in},
            messages::require_member,
            people::find_addressee,
        },
        state::App,
        store::{Conn, StoreError, invitations, members, rooms, users},
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
    require_member(&mut conn, id, &me.user).await?;
    let other = find_addressee(&mut conn, whom).await?.ok_or(AppError::NotFound)?;
    if users::is_disabled(&mut conn, other.id).await? {
        return Err(AppError::NotFound);
    }
    drop(conn);
    let (inviter, entering, table) = (me.user.clone(), other.clone(), app.limits.table().clone());
    let invite = app.writers.run_in_turn(inviter.id, id.0, move |conn| {
        Box::pin(async move {
            require_member(conn, id, &inviter).await?;
            if !check_invitation(conn, id, &entering).await? {
                return Ok(Change::quiet(true));
            }
            if may_be_taken_in(conn, &table, entering.id, inviter.id).await? {
                let mut effects = enter(conn, id, &entering, MemberRole::Member).await?;
                effects.extend(asked::withdraw(conn, id, entering.id).await?);
                return Ok(Change::new(true, effects));
            }
            let was_told = invitations::find_invitation(conn, id, entering.id).await?.is_some();
            asked::invite(conn, &table, id, inviter.id, entering.id).await?;
            let told = asked::told(conn, id, entering.id).await?.filter(|_| !was_told);
            Ok(Change::new(false, told.into_iter().collect()))
        })
    });
    if invite.await? {
        find::find_member(app, me, id, other.id).await.map(Admitted::Entered)
    } else {
        Ok(Admitted::Invited(other))
    }
}

/// Whether the person may be taken into the room and is not in it yet.
///
/// # Errors
/// `Forbidden` or `Conflict`, as of `invite_member`.
async fn check_invitation(conn: &mut Conn, id: RoomId, entering: &UserRef) -> Result<bool, AppError> {
    let room = rooms::find_room(conn, id).await?.ok_or(AppError::NotFound)?;
    let is_closed = room.kind == RoomKind::Channel && room.access == RoomAccess::Private;
    if room.kind != RoomKind::Group && !is_closed {
        return Err(AppError::Forbidden);
    }
    if members::find_member(conn, id, entering.id).await?.is_some_and(|member| member.joined) {
        return Ok(false);
    }
    if room.kind == RoomKind::Group && invitations::find_inviter(conn, id, entering.id).await?.is_none() {
        let held = members::count_members(conn, id).await? + invitations::count_invited(conn, id).await?;
        if usize::try_from(held).is_ok_and(|held| held >= GROUP_MAX) {
            return Err(AppError::Conflict { reason: Reason::Full });
        }
    }
    Ok(true)
}

/// Who was invited into the room and has not entered, by id: at most `INVITED_SHOWN`.
///
/// # Errors
/// `NotFound` if the user is not in the room.
pub async fn list_invited(app: &App, me: &Me, room: RoomId) -> Result<Vec<UserRef>, AppError> {
    let mut conn = app.db.read().await?;
    require_member(&mut conn, room, &me.user).await?;
    Ok(read_invited(&mut conn, room).await?)
}

pub(super) async fn read_invited(conn: &mut Conn, room: RoomId) -> Result<Vec<UserRef>, StoreError> {
    let most = i64::try_from(INVITED_SHOWN).unwrap_or(i64::MAX);
    invitations::list_invited(conn, room, most).await
}

/// Takes somebody out of a room that the user owns, or oneself, out of any; who is only invited is so no more. The
/// inviter may take that back, too.
///
/// # Errors
/// `NotFound` if one of the two is not in the room, nor invited; `Forbidden` if the user does not own it, or the other does, and
/// in a direct room; `RateLimited`, as for a message.
pub async fn remove_member(app: &App, me: &Me, id: RoomId, whom: &Addressee) -> Result<(), AppError> {
    let mut conn = app.db.read().await?;
    require_member(&mut conn, id, &me.user).await?;
    let other = find_addressee(&mut conn, whom).await?.ok_or(AppError::NotFound)?;
    drop(conn);
    if other.id == me.user.id {
        return leave_room(app, me, id).await;
    }
    app.limits.message(me.user.id)?;
    let owner = me.user.clone();
    app.writers
        .run(id.0, move |conn| {
            Box::pin(async move {
                let remover = require_member(conn, id, &owner).await?;
                if let Some(inviter) = invitations::find_inviter(conn, id, other.id).await? {
                    if remover.role != MemberRole::Owner && inviter != owner.id {
                        return Err(AppError::Forbidden);
                    }
                    let told = asked::withdraw(conn, id, other.id).await?;
                    return Ok(Change::new((), told.into_iter().collect()));
                }
                let member = require_member(conn, id, &other).await?;
                if remover.role != MemberRole::Owner || member.role == MemberRole::Owner {
                    return Err(AppError::Forbidden);
                }
                Ok(Change::new((), exit(conn, member, Notice::Removed).await?))
            })
        })
        .await
}
