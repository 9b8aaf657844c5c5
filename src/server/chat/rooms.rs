//! Rooms: what their pages show, making, entering and leaving them.

use super::messages::{insert_notice, read_page, require_member};
use crate::{
    error::{AppError, FieldErrors, Reason},
    model::{
        LiveEvent, Me, Member, MemberRole, Notice, RoomAccess, RoomId, RoomKind, RoomSummary, Seq, UserId,
        UserRef,
        page::{ChannelCard, OpenRoom, Overview, RoomPage},
        room::{GENERAL, RoomName, Topic},
        user::Password,
    },
    server::{
        chat::Change,
        clock,
        live::Effect,
        state::App,
        store::{
            Conn, Db, StoreError, members,
            members::NewMember,
            next_id,
            rooms::{self, Channel, NewRoom, Room},
            summaries, users,
        },
    },
};

/// What stands around every page.
pub async fn load_overview(app: &App, me: &Me) -> Result<Overview, AppError> {
    let mut conn = app.db.read().await?;
    let rooms = summaries::list_summaries(&mut conn, me.user.id).await?;
    Ok(Overview { me: me.clone(), epoch: app.epoch.clone(), rooms, online: app.live.online() })
}

/// The room at `/rooms/{address}`: open to its members, a door to others.
///
/// # Errors
/// `NotFound` if there is none, or none that the reader may know of.
pub async fn load_room(app: &App, me: &Me, address: &str, before: Option<Seq>) -> Result<RoomPage, AppError> {
    let mut conn = app.db.read().await?;
    let room = match address.parse::<RoomId>() {
        Ok(id) => rooms::find_room(&mut conn, id).await?,
        Err(_) => rooms::find_room_by_slug(&mut conn, address).await?,
    };
    let room = room.ok_or(AppError::NotFound)?;
    if let Some(summary) = summaries::find_summary(&mut conn, me.user.id, room.id).await? {
        return open(&mut conn, summary, before).await;
    }
    if room.kind != RoomKind::Channel || room.access == RoomAccess::Private {
        return Err(AppError::NotFound);
    }
    let members = members::list_members(&mut conn, room.id).await?;
    let member_count = u32::try_from(members.len()).unwrap_or(u32::MAX);
    let card = card(Channel { room, member_count, joined: false }, online_of(app, &members));
    Ok(RoomPage::Door(card))
}

/// The direct room with a user, or that there is none yet.
///
/// # Errors
/// `NotFound` if there is no such user, or it is the reader.
pub async fn load_direct(
    app: &App,
    me: &Me,
    username: &str,
    before: Option<Seq>,
) -> Result<RoomPage, AppError> {
    let mut conn = app.db.read().await?;
    let other = users::find_user_by_username(&mut conn, username).await?;
    let other = other.filter(|other| other.id != me.user.id).ok_or(AppError::NotFound)?;
    let Some(room) = rooms::find_direct(&mut conn, me.user.id, other.id).await? else {
        return Ok(RoomPage::NewDirect(other));
    };
    let summary = summaries::find_summary(&mut conn, me.user.id, room).await?;
    open(&mut conn, summary.ok_or(AppError::NotFound)?, before).await
}

/// All channels that are not private, by name, with some of who is online in each.
pub async fn list_channels(app: &App, me: &Me) -> Result<Vec<ChannelCard>, AppError> {
    let mut conn = app.db.read().await?;
    let channels = rooms::list_channels(&mut conn, me.user.id).await?;
    let mut cards = Vec::with_capacity(channels.len());
    for channel in channels {
        let members = members::list_members(&mut conn, channel.room.id).await?;
        cards.push(card(channel, online_of(app, &members)));
    }
    Ok(cards)
}

/// Makes a channel, owned by its maker, and gives its address.
///
/// # Errors
/// `Invalid` for `name` (also `taken`), `topic` or `password`.
pub async fn create_room(
    app: &App,
    me: &Me,
    name: &str,
    topic: &str,
    password: &str,
) -> Result<String, AppError> {
    let mut errors = FieldErrors::default();
    let name = errors.check("name", RoomName::parse(name));
    let topic = errors.check("topic", Topic::parse(topic));
    let wanted = (!password.is_empty()).then(|| Password::parse(password));
    let password = wanted.and_then(|parsed| errors.check("password", parsed));
    errors.finish()?;
    let (Some(name), Some(topic)) = (name, topic) else {
        return Err(AppError::invalid("", Reason::Malformed));
    };
    let password_hash = match password {
        Some(password) => Some(app.passwords.hash(password).await?),
        None => None,
    };
    let (id, maker) = (RoomId(next_id()), me.user.clone());
    let slug = name.slug();
    let address = slug.clone();
    let create = app.writers.run(id.0, move |conn| {
        Box::pin(async move {
            let access = if password_hash.is_some() { RoomAccess::Password } else { RoomAccess::Public };
            let room = NewRoom {
                id,
                kind: RoomKind::Channel,
                access,
                slug: Some(&slug),
                name: name.as_str(),
                topic: topic.as_str(),
                password_hash: password_hash.as_deref(),
                direct_key: None,
                created_by: Some(maker.id),
                at: clock::now(),
            };
            rooms::insert_room(conn, &room).await.map_err(|error| match error {
                StoreError::Conflict(_) => AppError::invalid("name", Reason::Taken),
                other => other.into(),
            })?;
            let mut effects = add_member(conn, id, &maker, MemberRole::Owner).await?;
            effects.push(insert_notice(conn, id, &maker, Notice::Created).await?);
            Ok(Change::new((), effects))
        })
    });
    create.await?;
    Ok(address)
}

/// Enters a channel and names its page; being in it already is fine.
///
/// # Errors
/// `NotFound` if there is none that the user may enter; `Invalid` with `wrong_password` for
/// `password`; `RateLimited` after too many wrong ones.
pub async fn join_room(app: &App, me: &Me, id: RoomId, password: &str) -> Result<String, AppError> {
    let mut conn = app.db.read().await?;
    let room = rooms::find_room(&mut conn, id).await?.filter(|room| room.kind == RoomKind::Channel);
    let room = room.ok_or(AppError::NotFound)?;
    let member = members::find_member(&mut conn, id, me.user.id).await?;
    drop(conn);
    if !member.is_some_and(|member| member.joined) {
        check_door(app, me, &room, password).await?;
        let user = me.user.clone();
        let join = app.writers.run(id.0, move |conn| {
            Box::pin(async move { Ok(Change::new((), enter(conn, id, &user, MemberRole::Member).await?)) })
        });
        join.await?;
    }
    Ok(format!("/rooms/{}", room.slug.unwrap_or_else(|| id.to_string())))
}

/// Leaves a room.
///
/// # Errors
/// `NotFound` if the user is not in it; `Forbidden` for a direct room.
pub async fn leave_room(app: &App, me: &Me, id: RoomId) -> Result<(), AppError> {
    let user = me.user.clone();
    app.writers
        .run(id.0, move |conn| {
            Box::pin(async move {
                let member = require_member(conn, id, &user).await?;
                let room = rooms::find_room(conn, id).await?.ok_or(AppError::NotFound)?;
                if room.kind == RoomKind::Direct {
                    return Err(AppError::Forbidden);
                }
                let seq = rooms::next_seq(conn, id).await?;
                members::leave(conn, id, user.id, seq).await?;
                let gone = Member { seq, joined: false, ..member };
                let notice = insert_notice(conn, id, &user, Notice::Left).await?;
                Ok(Change::new(
                    (),
                    vec![
                        Effect::Tell { room: id, event: LiveEvent::Member(gone) },
                        Effect::Leave { room: id, user: user.id },
                        notice,
                    ],
                ))
            })
        })
        .await
}

/// The page of a room that the user is in.
///
/// # Errors
/// `NotFound` if the user is not in it.
pub async fn path_of(app: &App, me: &Me, id: RoomId) -> Result<String, AppError> {
    let mut conn = app.db.read().await?;
    let summary = summaries::find_summary(&mut conn, me.user.id, id).await?;
    summary.map(|summary| summary.path()).ok_or(AppError::NotFound)
}

/// The general room, made on the first start.
///
/// # Errors
/// Those of the database.
pub async fn ensure_general(db: &Db) -> Result<RoomId, StoreError> {
    let mut conn = db.writer().await?;
    if let Some(room) = rooms::find_room_by_slug(&mut conn, GENERAL).await? {
        return Ok(room.id);
    }
    let id = RoomId(next_id());
    let room = NewRoom {
        id,
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
    match rooms::insert_room(&mut conn, &room).await {
        Ok(()) => Ok(id),
        // Another node was quicker.
        Err(StoreError::Conflict(_)) => {
            let room = rooms::find_room_by_slug(&mut conn, GENERAL).await?;
            room.map(|room| room.id).ok_or(StoreError::NotFound)
        }
        Err(error) => Err(error),
    }
}

/// Makes the direct room of two users.
///
/// # Errors
/// `Conflict` if there is one already.
pub(super) async fn create_direct(app: &App, maker: &UserRef, other: &UserRef) -> Result<RoomId, AppError> {
    let id = RoomId(next_id());
    let (maker, other) = (maker.clone(), other.clone());
    app.writers
        .run(id.0, move |conn| {
            Box::pin(async move {
                let key = rooms::direct_key(maker.id, other.id);
                let room = NewRoom {
                    id,
                    kind: RoomKind::Direct,
                    access: RoomAccess::Private,
                    slug: None,
                    name: "",
                    topic: "",
                    password_hash: None,
                    direct_key: Some(&key),
                    created_by: Some(maker.id),
                    at: clock::now(),
                };
                rooms::insert_room(conn, &room).await.map_err(|error| match error {
                    StoreError::Conflict(_) => AppError::Conflict { reason: Reason::Taken },
                    other => other.into(),
                })?;
                let mut effects = add_member(conn, id, &maker, MemberRole::Member).await?;
                effects.extend(add_member(conn, id, &other, MemberRole::Member).await?);
                Ok(Change::new(id, effects))
            })
        })
        .await
}

/// Makes the user a member and says so in the timeline; nothing if the user is one already.
pub(super) async fn enter(
    conn: &mut Conn,
    room: RoomId,
    user: &UserRef,
    role: MemberRole,
) -> Result<Vec<Effect>, AppError> {
    let member = members::find_member(conn, room, user.id).await?;
    if member.is_some_and(|member| member.joined) {
        return Ok(Vec::new());
    }
    let mut effects = add_member(conn, room, user, role).await?;
    effects.push(insert_notice(conn, room, user, Notice::Joined).await?);
    Ok(effects)
}

async fn add_member(
    conn: &mut Conn,
    room: RoomId,
    user: &UserRef,
    role: MemberRole,
) -> Result<Vec<Effect>, AppError> {
    let seq = rooms::next_seq(conn, room).await?;
    members::join(conn, &NewMember { room, user: user.id, role, seq, at: clock::now() }).await?;
    let event = LiveEvent::Member(Member { room, seq, user: user.clone(), role, joined: true });
    Ok(vec![Effect::Enter { room, user: user.id }, Effect::Tell { room, event }])
}

async fn check_door(app: &App, me: &Me, room: &Room, password: &str) -> Result<(), AppError> {
    match room.access {
        RoomAccess::Public => Ok(()),
        RoomAccess::Private => Err(AppError::NotFound),
        RoomAccess::Password => {
            let attempt = app.throttle.attempt_at_room(room.id, me.user.id)?;
            if app.passwords.verify(password, room.password_hash.clone()).await? {
                attempt.succeeded();
                return Ok(());
            }
            attempt.failed();
            let reason = if password.is_empty() { Reason::Missing } else { Reason::WrongPassword };
            Err(AppError::invalid("password", reason))
        }
    }
}

async fn open(conn: &mut Conn, room: RoomSummary, before: Option<Seq>) -> Result<RoomPage, AppError> {
    let mut history = read_page(conn, room.id, before).await?;
    // The head was read first: what has come since is asked for by cursor, and known rows are no harm.
    history.has_newer = before.is_some_and(|before| before <= room.head);
    let members = members::list_members(conn, room.id).await?;
    Ok(RoomPage::Open(Box::new(OpenRoom { cursor: room.head, room, history, members })))
}

fn card(Channel { room, member_count, joined }: Channel, online: Vec<UserRef>) -> ChannelCard {
    ChannelCard {
        id: room.id,
        slug: room.slug.unwrap_or_else(|| room.id.to_string()),
        name: room.name,
        topic: room.topic,
        access: room.access,
        member_count,
        online_count: u32::try_from(online.len()).unwrap_or(u32::MAX),
        online: online.into_iter().take(ChannelCard::ONLINE_SHOWN).collect(),
        joined,
    }
}

fn online_of(app: &App, members: &[Member]) -> Vec<UserRef> {
    let online: std::collections::HashSet<UserId> =
        app.live.online().into_iter().map(|user| user.id).collect();
    members.iter().map(|member| &member.user).filter(|user| online.contains(&user.id)).cloned().collect()
}
