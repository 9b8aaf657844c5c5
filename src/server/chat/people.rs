//! Finding people, and what they are called.

use crate::{
    error::{AppError, Reason},
    model::{
        Change, Me, UserId, UserRef, command::Addressee, people::Introduced, text::MAX_NAME_BYTES,
        user::DisplayName,
    },
    server::{
        chat::Chat,
        content::fold,
        live::Effect,
        store::{Conn, StoreError, Tx, people, users},
        writer::Outcome,
    },
};

const SHORTEST_QUERY: usize = 2;
/// Names have at most so many characters.
const LONGEST_QUERY: usize = 100;
const MOST_FOUND: i64 = 10;
/// As many messages: everyone on the server is told.
const RENAMING_COST: u32 = 10;

/// At most ten other users with `query` in their user name or display name, accents and case
/// ignored; none for fewer than two characters.
///
/// # Errors
/// `Invalid` for `query` of more than a hundred characters.
pub async fn find_people(chat: &Chat, me: &Me, query: &str) -> Result<Vec<UserRef>, AppError> {
    if query.chars().count() > LONGEST_QUERY {
        return Err(AppError::invalid("query", Reason::TooLong));
    }
    let folded = fold(query.trim());
    if folded.chars().count() < SHORTEST_QUERY {
        return Ok(Vec::new());
    }
    let mut conn = chat.db.read().await?;
    Ok(people::search_users(&mut conn, &folded, me.user.id, MOST_FOUND).await?)
}

/// At most `limit` people who may sign in, by user name, after the user name `after`.
///
/// # Errors
/// `Invalid` for an `after` that is longer than any name.
pub async fn list_people(chat: &Chat, after: &str, limit: usize) -> Result<Vec<UserRef>, AppError> {
    if after.len() > MAX_NAME_BYTES {
        return Err(AppError::invalid("after", Reason::TooLong));
    }
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut conn = chat.db.read().await?;
    Ok(people::list_users(&mut conn, &after.to_ascii_lowercase(), limit).await?)
}

/// At most `limit` people who are online, by id, whose id comes after `after`.
pub fn list_online(chat: &Chat, after: UserId, limit: usize) -> Vec<UserRef> {
    let mut online = chat.live.online();
    online.retain(|user| user.id > after);
    online.truncate(limit);
    online
}

/// Somebody who may sign in.
///
/// # Errors
/// `NotFound`.
pub async fn find_person(chat: &Chat, whom: &Addressee) -> Result<UserRef, AppError> {
    let mut conn = chat.db.read().await?;
    let user = find_addressee(&mut conn, whom).await?.ok_or(AppError::NotFound)?;
    if users::is_disabled(&mut conn, user.id).await? { Err(AppError::NotFound) } else { Ok(user) }
}

/// Gives the user another name, which everyone sees, also beside what the user said before.
///
/// # Errors
/// `Invalid` for `name`; `RateLimited`, as for ten messages.
pub async fn rename(chat: &Chat, me: &Me, name: &str) -> Result<UserRef, AppError> {
    let name = DisplayName::parse(name).map_err(|reason| AppError::invalid("name", reason))?;
    chat.limits.messages(me.user.id, RENAMING_COST)?;
    let (id, search_text) = (me.user.id, search_text(&me.user.username, name.as_str()));
    let rename = chat.writers.run(id.0, move |tx| {
        Box::pin(async move {
            let before = people::find_user(tx, id).await?.ok_or(AppError::NotFound)?;
            if before.name == name.as_str() {
                return Ok(Outcome::quiet(before));
            }
            let user = people::update_name(tx, id, &name, &search_text).await?;
            Ok(Outcome::new(user.clone(), vec![Effect::TellName(user)]))
        })
    });
    rename.await
}

/// What a person is found by.
pub(super) fn search_text(username: &str, name: &str) -> String {
    fold(&format!("{username} {name}"))
}

/// What tells of a change, with those whom it names as they are now.
pub(super) async fn telling(tx: &mut Tx, change: Change) -> Result<Effect, StoreError> {
    let people = people::find_named(tx, &change).await?;
    Ok(Effect::Tell(Introduced { event: change, people }))
}

/// Whoever is named, disabled or not.
pub(super) async fn find_addressee(conn: &mut Conn, whom: &Addressee) -> Result<Option<UserRef>, AppError> {
    Ok(match whom {
        Addressee::Id(id) => people::find_user(conn, *id).await?,
        Addressee::Username(name) => people::find_user_by_username(conn, name).await?,
    })
}
