//! Making rooms: channels, direct rooms, and the general room of a new server.

use super::{caps, membership::add_member};
use crate::{
    error::{AppError, FieldErrors, Reason},
    model::{
        Me, MemberRole, Notice, RoomAccess, RoomId, RoomKind, UserId,
        room::{GENERAL, RoomName, Topic},
        user::Password,
    },
    server::{
        auth::Asker,
        chat::{Chat, messages::insert_notice},
        clock,
        content::fold,
        store::{
            StoreError, Tx, channels, next_id,
            rooms::{self, NewRoom},
        },
        writer::Outcome,
    },
};

/// A channel as wished.
#[derive(Clone, Debug, Default)]
pub struct NewChannel {
    pub name: String,
    pub topic: String,
    /// Empty for none.
    pub password: String,
    /// Only those whom a member takes in know of it.
    pub private: bool,
}

/// Makes a channel that is not private, owned by its maker, and gives its address.
///
/// # Errors
/// Those of `create_channel`.
pub async fn create_room(
    chat: &Chat,
    me: &Me,
    name: &str,
    topic: &str,
    password: &str,
) -> Result<String, AppError> {
    let (name, topic, password) = (name.to_owned(), topic.to_owned(), password.to_owned());
    let id = create_channel(chat, me, NewChannel { name, topic, password, private: false }).await?;
    let mut conn = chat.db.read().await?;
    let room = rooms::find_room(&mut conn, id).await?.ok_or(AppError::UNAVAILABLE)?;
    Ok(room.slug.unwrap_or_else(|| id.to_string()))
}

/// Makes a channel, owned by its maker. A private one has no name in addresses: that would tell of it.
///
/// # Errors
/// `Invalid` for `name` (also `taken`), `topic` or `password`; a private one has no password. `Invalid` with `full` for
/// the limit that is reached. `RateLimited`, as for a message.
pub async fn create_channel(chat: &Chat, me: &Me, wished: NewChannel) -> Result<RoomId, AppError> {
    chat.limits.message(me.user.id)?;
    let NewChannel { name, topic, password, private } = wished;
    let mut errors = FieldErrors::default();
    let name = errors.check("name", RoomName::parse(&name));
    let topic = errors.check("topic", Topic::parse(&topic));
    let wanted = (!password.is_empty()).then(|| Password::shared(&password));
    let password = wanted.and_then(|parsed| errors.check("password", parsed));
    if private && password.is_some() {
        errors.refuse("password", Reason::Unknown);
    }
    errors.finish()?;
    let (Some(name), Some(topic)) = (name, topic) else {
        return Err(AppError::invalid("", Reason::Malformed));
    };
    let password_hash = match password {
        Some(password) => Some(chat.auth.passwords.hash_for(Asker::User(me.user.id), password).await?),
        None => None,
    };
    let (id, maker) = (RoomId(next_id()), me.user.id);
    let slug = (!private).then(|| name.slug());
    let access = match &password_hash {
        _ if private => RoomAccess::Private,
        Some(_) => RoomAccess::Password,
        None => RoomAccess::Public,
    };
    let table = chat.limits.table().clone();
    let create = chat.writers.run_in_turn(maker, id.0, move |tx| {
        Box::pin(async move {
            caps::check_new_room(tx, &table, maker).await?;
            let room = NewRoom {
                id,
                kind: RoomKind::Channel,
                access,
                slug: slug.as_deref(),
                name: name.as_str(),
                topic: topic.as_str(),
                password_hash: password_hash.as_deref(),
                direct_key: None,
                created_by: Some(maker),
                at: clock::now(),
            };
            rooms::insert_room(tx, &room).await.map_err(|error| match error {
                StoreError::Conflict(_) => AppError::invalid("name", Reason::Taken),
                other => other.into(),
            })?;
            if !private {
                channels::index_channel(tx, id, name.as_str(), &fold(name.as_str())).await?;
            }
            let mut effects = add_member(tx, id, maker, MemberRole::Owner).await?;
            effects.push(insert_notice(tx, id, maker, Notice::Created, None).await?);
            Ok(Outcome::new(id, effects))
        })
    });
    create.await
}

/// The general room, made on the first start.
///
/// # Errors
/// Those of the database.
pub async fn ensure_general(tx: &mut Tx) -> Result<RoomId, StoreError> {
    if let Some(room) = rooms::find_room_by_slug(tx, GENERAL).await? {
        return Ok(room.id);
    }
    let room = NewRoom {
        id: RoomId(next_id()),
        kind: RoomKind::Channel,
        access: RoomAccess::Public,
        slug: Some(GENERAL),
        name: GENERAL,
        topic: "",
        password_hash: None,
        direct_key: None,
        created_by: None,
        at: clock::now(),
    };
    if rooms::insert_room_if_absent(tx, &room).await? {
        return Ok(room.id);
    }
    // Another node was quicker.
    let room = rooms::find_room_by_slug(tx, GENERAL).await?;
    room.map(|room| room.id).ok_or(StoreError::NotFound)
}

/// Makes the direct room of two users.
///
/// # Errors
/// `Conflict` if there is one already; `Invalid` with `full` for `directs_per_day`.
pub(super) async fn create_direct(chat: &Chat, maker: UserId, other: UserId) -> Result<RoomId, AppError> {
    let id = RoomId(next_id());
    let table = chat.limits.table().clone();
    chat.writers
        .run_in_turn(maker, id.0, move |tx| {
            Box::pin(async move {
                caps::check_new_direct(tx, &table, maker).await?;
                let key = rooms::direct_key(maker, other);
                let room = NewRoom {
                    id,
                    kind: RoomKind::Direct,
                    access: RoomAccess::Private,
                    slug: None,
                    name: "",
                    topic: "",
                    password_hash: None,
                    direct_key: Some(&key),
                    created_by: Some(maker),
                    at: clock::now(),
                };
                rooms::insert_room(tx, &room).await.map_err(|error| match error {
                    StoreError::Conflict(_) => AppError::Conflict { reason: Reason::Taken },
                    other => other.into(),
                })?;
                let mut effects = add_member(tx, id, maker, MemberRole::Member).await?;
                effects.extend(add_member(tx, id, other, MemberRole::Member).await?);
                Ok(Outcome::new(id, effects))
            })
        })
        .await
}
