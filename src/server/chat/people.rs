//! Finding people.

use crate::{
    error::{AppError, Reason},
    model::{Me, UserId, UserRef, command::Addressee, text::MAX_NAME_BYTES},
    server::{
        chat::Chat,
        content::fold,
        store::{Conn, users},
    },
};

const SHORTEST_QUERY: usize = 2;
/// Names have at most so many characters.
const LONGEST_QUERY: usize = 100;
const MOST_FOUND: i64 = 10;

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
    Ok(users::search_users(&mut conn, &folded, me.user.id, MOST_FOUND).await?)
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
    Ok(users::list_users(&mut conn, &after.to_ascii_lowercase(), limit).await?)
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

/// Whoever is named, disabled or not.
pub(super) async fn find_addressee(conn: &mut Conn, whom: &Addressee) -> Result<Option<UserRef>, AppError> {
    Ok(match whom {
        Addressee::Id(id) => users::find_user(conn, *id).await?,
        Addressee::Username(name) => users::find_user_by_username(conn, name).await?,
    })
}
