//! How much one account may hold. Asked inside the write transaction, so that many requests at once do not pass;
//! `--limits off` lifts all of it.

use crate::{
    error::{AppError, Reason},
    model::{Timestamp, UserId, ability::SiteAbility},
    server::{
        clock,
        limits::LimitTable,
        store::{Conn, Tx, facts::find_site_role, holdings},
    },
};

const DAY: i64 = 24 * 60 * 60 * 1_000_000;
/// No user enters this many rooms in one moment: who is further from the limit is counted without excluding others.
const AT_ONCE: i64 = 256;

/// Refuses a channel or group that its maker may not have.
///
/// # Errors
/// `Invalid` with `full` for `rooms_per_owner`, `rooms_per_day` or `rooms_per_user`; `Unavailable` while another
/// server adds to what the maker holds.
pub(super) async fn check_new_room(tx: &mut Tx, table: &LimitTable, maker: UserId) -> Result<(), AppError> {
    if !table.is_on {
        return Ok(());
    }
    hold(tx, maker).await?;
    let made = holdings::count_rooms_made(tx, maker).await?;
    let today = holdings::count_rooms_made_since(tx, maker, a_day_ago()).await?;
    check(tx, maker, "rooms_per_owner", made, table.rooms_per_owner).await?;
    check(tx, maker, "rooms_per_day", today, table.rooms_per_day).await?;
    check_entry(tx, table, maker).await
}

/// Refuses a direct room to somebody who has begun too many in vain.
///
/// # Errors
/// `Invalid` with `full` for `directs_per_day`; `Unavailable`, as above.
pub(super) async fn check_new_direct(tx: &mut Tx, table: &LimitTable, maker: UserId) -> Result<(), AppError> {
    if !table.is_on {
        return Ok(());
    }
    hold(tx, maker).await?;
    let since = a_day_ago();
    let mut begun = holdings::count_directs_begun(tx, maker, since).await?;
    if begun >= table.directs_per_day.into() {
        begun = holdings::count_directs_unanswered(tx, maker, since).await?;
    }
    check(tx, maker, "directs_per_day", begun, table.directs_per_day).await
}

/// Refuses a room to somebody who is in as many as there may be.
///
/// # Errors
/// `Invalid` with `full` for `rooms_per_user`; `Unavailable`, as above.
pub(in crate::server::chat) async fn check_entry(
    tx: &mut Tx,
    table: &LimitTable,
    user: UserId,
) -> Result<(), AppError> {
    if !table.is_on {
        return Ok(());
    }
    let most = i64::from(table.rooms_per_user);
    let entered = holdings::count_rooms_entered(tx, user).await?;
    if entered + AT_ONCE < most {
        return Ok(());
    }
    hold(tx, user).await?;
    if holdings::count_rooms_entered(tx, user).await? < most { Ok(()) } else { Err(full("rooms_per_user")) }
}

/// From here to the end of the transaction nobody else adds to what the user holds.
///
/// # Errors
/// `Unavailable` if somebody does so now.
pub(in crate::server::chat) async fn hold(tx: &mut Tx, user: UserId) -> Result<(), AppError> {
    if holdings::try_hold(tx, user).await? { Ok(()) } else { Err(AppError::UNAVAILABLE) }
}

/// Refuses one more than `most`, but to those whose site role gives more.
///
/// # Errors
/// `Invalid` with `full` for `name`.
pub(in crate::server::chat) async fn check(
    conn: &mut Conn,
    user: UserId,
    name: &str,
    count: i64,
    most: u32,
) -> Result<(), AppError> {
    if count < most.into() {
        return Ok(());
    }
    let role = find_site_role(conn, user).await?;
    if role.is_some_and(|role| role.may(SiteAbility::ExceedHoldings)) { Ok(()) } else { Err(full(name)) }
}

/// The limit `name` is reached.
pub(in crate::server::chat) fn full(name: &str) -> AppError {
    AppError::invalid(name, Reason::Full)
}

fn a_day_ago() -> Timestamp {
    Timestamp(clock::now().0 - DAY)
}
