//! Making groups. Who does not know the maker is invited instead of taken in.

use super::{caps, membership::add_member};
use crate::{
    error::{AppError, FieldErrors, Reason},
    model::{
        Me, MemberRole, Notice, RoomAccess, RoomId, RoomKind, UserRef, ability::Ability, command::Addressee,
        room::RoomName,
    },
    server::{
        chat::{Chat, abilities::require, invitations, messages::insert_notice, people::find_addressee},
        clock,
        store::{
            next_id,
            rooms::{self, NewRoom},
            users,
        },
        writer::Outcome,
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

/// Makes a group of the user, who owns it, and the others; those who do not know the user are invited. It has a name, or
/// is called after its members. Each of the others counts as a message.
///
/// # Errors
/// `Invalid` for `name`, or for `members`: `missing` without anybody else, `too_long` for more than fit, `unknown`
/// if one of them does not exist or is disabled; `Invalid` with `full` for the limit that is reached. `RateLimited`.
pub async fn create_group(
    chat: &Chat,
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
    chat.limits.messages(me.user.id, u32::try_from(others.len()).unwrap_or(u32::MAX))?;
    let others = find_others(chat, me, others).await?;
    let (id, maker, table) = (RoomId(next_id()), me.user.id, chat.limits.table().clone());
    chat.writers
        .run_in_turn(maker, id.0, move |tx| {
            Box::pin(async move {
                caps::check_new_room(tx, &table, maker).await?;
                let room = NewRoom {
                    id,
                    kind: RoomKind::Group,
                    access: RoomAccess::Private,
                    slug: None,
                    name: &name,
                    topic: "",
                    password_hash: None,
                    direct_key: None,
                    created_by: Some(maker),
                    at: clock::now(),
                };
                rooms::insert_room(tx, &room).await?;
                let mut effects = add_member(tx, id, maker, MemberRole::Owner).await?;
                let facts = require(tx, id, maker, Ability::Invite).await?;
                let (mut entered, mut invited) = (Vec::new(), Vec::new());
                for other in others {
                    if invitations::may_be_taken_in(tx, &table, facts, other.id, maker).await? {
                        effects.extend(add_member(tx, id, other.id, MemberRole::Member).await?);
                        entered.push(other);
                    } else {
                        invitations::invite(tx, &table, (id, facts), maker, other.id).await?;
                        invited.push(other);
                    }
                }
                effects.push(insert_notice(tx, id, maker, Notice::Created, None).await?);
                for other in &invited {
                    effects.extend(invitations::told(tx, id, other.id).await?);
                }
                Ok(Outcome::new(NewGroup { id, entered, invited }, effects))
            })
        })
        .await
}

/// Each once, without the user.
async fn find_others(chat: &Chat, me: &Me, named: &[Addressee]) -> Result<Vec<UserRef>, AppError> {
    let mut conn = chat.db.read().await?;
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
