//! Groups: making one, and who is taken into a closed room or out of any.

use super::{
    find,
    membership::{add_member, enter, exit, leave_room},
};
use crate::{
    error::{AppError, FieldErrors, Reason},
    model::{
        Me, Member, MemberRole, Notice, RoomAccess, RoomId, RoomKind, UserRef, event::Addressee,
        room::RoomName,
    },
    server::{
        chat::{
            Change,
            messages::{insert_notice, require_member},
            people::find_addressee,
        },
        clock,
        state::App,
        store::{
            members, next_id,
            rooms::{self, NewRoom, Room},
            users,
        },
    },
};

/// A group has at most so many members: more are a channel.
pub const GROUP_MAX: usize = 50;

/// Makes a group of the user, who owns it, and the others. It has a name, or is called after its members. Each of
/// the others counts as a message.
///
/// # Errors
/// `Invalid` for `name`, or for `members`: `missing` without anybody else, `too_long` for more than fit, `unknown`
/// if one of them does not exist or is disabled. `RateLimited`.
pub async fn create_group(app: &App, me: &Me, name: &str, others: &[Addressee]) -> Result<RoomId, AppError> {
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
    let (id, maker) = (RoomId(next_id()), me.user.clone());
    app.writers
        .run(id.0, move |conn| {
            Box::pin(async move {
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
                for other in &others {
                    effects.extend(add_member(conn, id, other, MemberRole::Member).await?);
                }
                effects.push(insert_notice(conn, id, &maker, Notice::Created).await?);
                Ok(Change::new(id, effects))
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

/// Takes somebody into a group or a private channel that the user is in; being in it already is fine.
///
/// # Errors
/// `NotFound` if the user is not in the room, or there is no such person; `Forbidden` in a direct room, and in a
/// channel that people enter by themselves; `Conflict` with `full`; `RateLimited`, as for a message.
pub async fn invite_member(app: &App, me: &Me, id: RoomId, whom: &Addressee) -> Result<Member, AppError> {
    app.limits.message(me.user.id)?;
    let mut conn = app.db.read().await?;
    require_member(&mut conn, id, &me.user).await?;
    let other = find_addressee(&mut conn, whom).await?.ok_or(AppError::NotFound)?;
    if users::is_disabled(&mut conn, other.id).await? {
        return Err(AppError::NotFound);
    }
    drop(conn);
    let (inviter, entering) = (me.user.clone(), other.clone());
    let invite = app.writers.run(id.0, move |conn| {
        Box::pin(async move {
            require_member(conn, id, &inviter).await?;
            let room = rooms::find_room(conn, id).await?.ok_or(AppError::NotFound)?;
            let count = members::count_members(conn, id).await?;
            let is_in =
                members::find_member(conn, id, entering.id).await?.is_some_and(|member| member.joined);
            check_invitation(&room, usize::try_from(count).unwrap_or(usize::MAX), is_in)?;
            Ok(Change::new((), enter(conn, id, &entering, MemberRole::Member).await?))
        })
    });
    invite.await?;
    find::find_member(app, me, id, other.id).await
}

fn check_invitation(room: &Room, count: usize, is_in: bool) -> Result<(), AppError> {
    match (room.kind, room.access) {
        (RoomKind::Group, _) if count >= GROUP_MAX && !is_in => {
            Err(AppError::Conflict { reason: Reason::Full })
        }
        (RoomKind::Group, _) | (RoomKind::Channel, RoomAccess::Private) => Ok(()),
        _ => Err(AppError::Forbidden),
    }
}

/// Takes somebody out of a room that the user owns; or oneself, out of any.
///
/// # Errors
/// `NotFound` if one of the two is not in the room; `Forbidden` if the user does not own it, or the other does, and
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
                let member = require_member(conn, id, &other).await?;
                if remover.role != MemberRole::Owner || member.role == MemberRole::Owner {
                    return Err(AppError::Forbidden);
                }
                Ok(Change::new((), exit(conn, member, Notice::Removed).await?))
            })
        })
        .await
}
