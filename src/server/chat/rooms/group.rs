//! Groups: making one, and who is taken into a closed room or out of any. Who does not know the one who takes them in
//! is invited instead.

use super::{
    caps, find,
    membership::{add_member, enter, exit, leave_room},
};
use crate::{
    error::{AppError, FieldErrors, Reason},
    model::{
        Me, Member, MemberRole, Notice, RoomAccess, RoomId, RoomKind, UserRef, event::Addressee,
        page::INVITED_SHOWN, room::RoomName,
    },
    server::{
        chat::{
            Change,
            invitations::{self as asked, may_be_taken_in},
            messages::{insert_notice, require_member},
            people::find_addressee,
        },
        clock,
        state::App,
        store::{
            Conn, StoreError, invitations, members, next_id,
            rooms::{self, NewRoom},
            users,
        },
    },
};

/// A group has at most so many members: more are a channel.
pub const GROUP_MAX: usize = 50;

/// A group that was made, and what became of the others.
#[derive(Clone, Debug)]
pub struct NewGroup {
    pub id: RoomId,
    /// They are in it.
    pub entered: Vec<UserRef>,
    /// They are asked first.
    pub invited: Vec<UserRef>,
}

/// What became of somebody whom a member takes in.
#[derive(Clone, Debug)]
pub enum Admitted {
    Entered(Member),
    /// The person is asked first.
    Invited(UserRef),
}

/// Makes a group of the user, who owns it, and the others; those who do not know the user are invited. It has a name, or
/// is called after its members. Each of the others counts as a message.
///
/// # Errors
/// `Invalid` for `name`, or for `members`: `missing` without anybody else, `too_long` for more than fit, `unknown`
/// if one of them does not exist or is disabled; `Invalid` with `full` for the limit that is reached. `RateLimited`.
pub async fn create_group(
    app: &App,
    me: &Me,
    name: &str,
    others: &[Addressee],
) -> Result<NewGroup, AppError> {
    let mut errors = FieldErrors::default();
    let name = match name.trim() {
        "" => String::new(),
        name => errors
            .check("name", RoomName::parse(name))
            .map_or_else(String::new, |name| name.as_str().to_owned()),
    };
    let others = match others.len() {
        0 => Err(Reason::Missing),
        count if count >= GROUP_MAX => Err(Reason::TooLong),
        _ => Ok(others),
    };
    let others = errors.check("members", others);
    errors.finish()?;
    let others = others.unwrap_or_default();
    app.limits.messages(me.user.id, u32::try_from(others.len()).unwrap_or(u32::MAX))?;
    let others = find_others(app, me, others).await?;
    let (id, maker, table) = (RoomId(next_id()), me.user.clone(), app.limits.table().clone());
    app.writers
        .run_in_turn(maker.id, id.0, move |conn| {
            Box::pin(async move {
                caps::check_new_room(conn, &table, maker.id).await?;
                let room = NewRoom {
                    id,
                    kind: RoomKind::Group,
                    access: RoomAccess::Private,
                    slug: None,
                    name: &name,
                    topic: "",
                    password_hash: None,
                    direct_key: None,
                    created_by: Some(maker.id),
                    at: clock::now(),
                };
                rooms::insert_room(conn, &room).await?;
                let mut effects = add_member(conn, id, &maker, MemberRole::Owner).await?;
                let (mut entered, mut invited) = (Vec::new(), Vec::new());
                for other in others {
                    if may_be_taken_in(conn, &table, other.id, maker.id).await? {
                        effects.extend(add_member(conn, id, &other, MemberRole::Member).await?);
                        entered.push(other);
                    } else {
                        asked::invite(conn, &table, id, maker.id, other.id).await?;
                        invited.push(other);
                    }
                }
                effects.push(insert_notice(conn, id, &maker, Notice::Created).await?);
                for other in &invited {
                    effects.extend(asked::told(conn, id, other.id).await?);
                }
                Ok(Change::new(NewGroup { id, entered, invited }, effects))
            })
        })
        .await
}

/// Each once, without the user.
async fn find_others(app: &App, me: &Me, named: &[Addressee]) -> Result<Vec<UserRef>, AppError> {
    let mut conn = app.db.read().await?;
    let mut others: Vec<UserRef> = Vec::with_capacity(named.len());
    for name in named {
        let found = find_addressee(&mut conn, name).await?;
        let found = found.ok_or_else(|| AppError::invalid("members", Reason::Unknown))?;
        if users::is_disabled(&mut conn, found.id).await? {
            return Err(AppError::invalid("members", Reason::Unknown));
        }
        if found.id != me.user.id && !others.contains(&found) {
            others.push(found);
        }
    }
    if others.is_empty() { Err(AppError::invalid("members", Reason::Missing)) } else { Ok(others) }
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
