//! Tickets: where a program can send no header, one stands in the address, for one live connection.

use std::net::IpAddr;

use super::{find_user, secret, user_of};
use crate::{
    error::AppError,
    model::{Timestamp, token::Secret},
    server::{
        auth::{Auth, Caller, Proof},
        clock,
        store::tickets::{self, Ticket},
        writer::Outcome,
    },
};

/// How long a ticket can be used, in seconds.
pub const TICKET_LIFE: u32 = 30;

/// Makes a ticket that stands once for the session that asks.
///
/// # Errors
/// `RateLimited`.
pub async fn issue_ticket(auth: &Auth, caller: &Caller) -> Result<Secret, AppError> {
    let user = caller.me.user.id;
    auth.limits.posted(user, 1)?;
    let text = secret::random::<32>();
    let expires_at = Timestamp(clock::now().0 + i64::from(TICKET_LIFE) * 1_000_000);
    let ticket = Ticket { user, session: caller.session.clone(), scope: caller.scope, expires_at };
    let hash = secret::hash(&text);
    auth.writers
        .run(user.0, move |tx| {
            Box::pin(async move {
                tickets::insert_ticket(tx, &hash, &ticket).await?;
                Ok(Outcome::quiet(()))
            })
        })
        .await?;
    Ok(Secret::new(text))
}

/// Uses a ticket up, and tells for whom it stood.
///
/// # Errors
/// `Unauthenticated` if it was used, has expired or never was one, or if its session has ended; `RateLimited`
/// for a guess after too many from the address.
pub async fn redeem_ticket(auth: &Auth, text: &str, address: IpAddr) -> Result<Caller, AppError> {
    let hash = secret::hash(text);
    // A guess costs no write.
    let mut conn = auth.db.read().await?;
    if !tickets::is_ticket(&mut conn, &hash).await? {
        return Err(auth.throttle.refuse_guess(&auth.limits, address));
    }
    drop(conn);
    let shard = i64::from(hash.as_bytes()[0]);
    let taken = auth.writers.run(shard, move |tx| {
        Box::pin(async move { Ok(Outcome::quiet(tickets::take_ticket(tx, &hash).await?)) })
    });
    let ticket = taken.await?.filter(|ticket| ticket.expires_at > clock::now());
    let Ticket { user, session, scope, .. } = ticket.ok_or(AppError::Unauthenticated)?;
    let mut conn = auth.db.read().await?;
    user_of(&mut conn, &session).await?.filter(|owner| *owner == user).ok_or(AppError::Unauthenticated)?;
    let account = find_user(&mut conn, user).await?.ok_or(AppError::Unauthenticated)?;
    Ok(Caller { me: account.me, session, scope, proof: Proof::Ticket })
}
