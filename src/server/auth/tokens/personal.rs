//! Personal access tokens: made by their owner, for as long and for as much as wanted.

use super::{find_user, secret};
use crate::{
    error::{AppError, FieldErrors, Reason},
    model::{
        Me, Scope, Timestamp, TokenId, UserId,
        ability::SiteAbility,
        token::{NewToken, PersonalToken, Secret, TokenName},
    },
    server::{
        auth::{Auth, Caller, Proof},
        clock,
        live::Effect,
        store::{
            StoreError, Tx, next_id,
            tokens::{self, TokenRecord},
        },
        writer::Outcome,
    },
};

/// How the text of a token begins, so that it is known for one wherever it is found.
pub(super) const PREFIX: &str = "papo_";
/// How a token's connections are named.
const SESSION: &str = "token:";
const DAY: i64 = 24 * 60 * 60 * 1_000_000;
const HOUR: i64 = 60 * 60 * 1_000_000;
/// A token ends after ten years at the latest, or never.
const MOST_DAYS: u32 = 3_650;

/// A wish for a token, as typed.
#[derive(Clone, Debug)]
pub struct TokenRequest {
    pub name: String,
    /// The highest counts; at least one.
    pub scopes: Vec<Scope>,
    /// None for a token without an end.
    pub expires_in_days: Option<u32>,
}

/// A wish that keeps the rules.
#[derive(Clone, Debug)]
pub struct NewPersonalToken {
    name: TokenName,
    scope: Scope,
    days: Option<u32>,
}

impl TokenRequest {
    /// # Errors
    /// `Invalid` for `name`, `scopes` or `expires_in_days`; `Forbidden` for `admin`, unless the owner is an
    /// administrator.
    pub fn parse(&self, owner: &Me) -> Result<NewPersonalToken, AppError> {
        let mut errors = FieldErrors::default();
        let name = errors.check("name", TokenName::parse(&self.name));
        let scope = errors.check("scopes", self.scopes.iter().max().copied().ok_or(Reason::Missing));
        if self.expires_in_days.is_some_and(|days| !(1..=MOST_DAYS).contains(&days)) {
            errors.refuse("expires_in_days", Reason::OutOfRange);
        }
        errors.finish()?;
        match (name, scope) {
            (_, Some(Scope::Admin)) if !owner.role.may(SiteAbility::MakeAdminTokens) => {
                Err(AppError::Forbidden)
            }
            (Some(name), Some(scope)) => Ok(NewPersonalToken { name, scope, days: self.expires_in_days }),
            _ => Err(AppError::invalid("", Reason::Malformed)),
        }
    }
}

/// Makes a token for its owner, who proved to be so by a password.
///
/// # Errors
/// Those of `parse`; `Invalid` with `full` for `token`; `RateLimited`.
pub async fn create_token(auth: &Auth, me: &Me, request: &TokenRequest) -> Result<NewToken, AppError> {
    let token = request.parse(me)?;
    auth.limits.posted(me.user.id, 1)?;
    let owner = me.user.id;
    let table = auth.limits.table();
    let most = if table.is_on { table.tokens_per_user } else { u32::MAX };
    auth.writers
        .run(owner.0, move |tx| {
            Box::pin(async move {
                if tokens::list_tokens(tx, owner, clock::now()).await?.len() >= most as usize {
                    return Err(AppError::invalid("token", Reason::Full));
                }
                Ok(Outcome::quiet(make_token(tx, owner, token).await?))
            })
        })
        .await
}

/// Stores a new token of `owner`; to be called in a transaction.
///
/// # Errors
/// Those of the database.
pub async fn make_token(tx: &mut Tx, owner: UserId, token: NewPersonalToken) -> Result<NewToken, StoreError> {
    let NewPersonalToken { name, scope, days } = token;
    let text = format!("{PREFIX}{}", secret::random::<32>());
    let created_at = clock::now();
    let expires_at = days.map(|days| Timestamp(created_at.0 + i64::from(days) * DAY));
    let id = TokenId(next_id());
    let hash = secret::hash(&text);
    let record = TokenRecord { id, user: owner, name: &name, hash: &hash, scope, created_at, expires_at };
    tokens::insert_token(tx, &record).await?;
    let (name, scopes) = (name.as_str().to_owned(), scope.included());
    let about = PersonalToken { id, name, scopes, created_at, expires_at, used_at: None };
    Ok(NewToken { token: Secret::new(text), about })
}

/// The user's tokens, the latest first.
///
/// # Errors
/// Those of the database.
pub async fn list_tokens(auth: &Auth, user: UserId) -> Result<Vec<PersonalToken>, AppError> {
    let mut conn = auth.db.read().await?;
    let tokens = tokens::list_tokens(&mut conn, user, clock::now()).await?;
    Ok(tokens.into_iter().map(|token| token.about).collect())
}

/// Ends a token of the user for good, with its connections.
///
/// # Errors
/// `NotFound`, also for a token of somebody else.
pub async fn delete_token(auth: &Auth, user: UserId, token: TokenId) -> Result<(), AppError> {
    auth.writers
        .run(user.0, move |tx| {
            Box::pin(async move {
                let now = clock::now();
                let found = tokens::find_token(tx, token, now).await?;
                found.filter(|found| found.user == user).ok_or(AppError::NotFound)?;
                tokens::delete_token(tx, token, now).await?;
                Ok(Outcome::new((), vec![Effect::EndSession { session: session_of(token) }]))
            })
        })
        .await
}

/// Whose the token is; none if it is none of ours, or none any more.
///
/// # Errors
/// `Unauthenticated` if it has expired or its owner is disabled.
pub(super) async fn identify(auth: &Auth, token: &str) -> Result<Option<Caller>, AppError> {
    let now = clock::now();
    let mut conn = auth.db.read().await?;
    let Some(found) = tokens::find_token_by_hash(&mut conn, &secret::hash(token)).await? else {
        return Ok(None);
    };
    if found.about.expires_at.is_some_and(|expires_at| expires_at <= now) {
        return Err(AppError::Unauthenticated);
    }
    let account = find_user(&mut conn, found.user).await?.ok_or(AppError::Unauthenticated)?;
    drop(conn);
    let (id, hour_ago) = (found.about.id, Timestamp(now.0 - HOUR));
    if found.about.used_at.is_none_or(|used_at| used_at <= hour_ago) {
        note_use(auth, id, hour_ago, now).await;
    }
    let session = session_of(id);
    Ok(Some(Caller { me: account.me, session, scope: found.scope, proof: Proof::PersonalToken }))
}

/// A request is not refused because this could not be written.
async fn note_use(auth: &Auth, token: TokenId, before: Timestamp, now: Timestamp) {
    let noted = auth.writers.run(token.0, move |tx| {
        Box::pin(async move {
            tokens::update_used(tx, token, before, now).await?;
            Ok(Outcome::quiet(()))
        })
    });
    if let Err(error) = noted.await {
        tracing::debug!(%error, "the use of a token was not noted");
    }
}

fn session_of(token: TokenId) -> String {
    format!("{SESSION}{token}")
}

/// The token whose connections have this name.
pub(super) fn id_of(session: &str) -> Option<TokenId> {
    session.strip_prefix(SESSION)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Seq, SiteRole, UserRef};

    fn owner(role: SiteRole) -> Me {
        let user = UserRef { id: UserId(1), username: "ana".to_owned(), name: "Ana".to_owned(), seq: Seq(0) };
        Me { user, email: None, role }
    }

    #[test]
    fn every_broken_rule_is_told_at_once() {
        let request = TokenRequest { name: " ".to_owned(), scopes: vec![], expires_in_days: Some(0) };
        let error = request.parse(&owner(SiteRole::Member)).unwrap_err();
        for (field, reason) in
            [("name", Reason::Missing), ("scopes", Reason::Missing), ("expires_in_days", Reason::OutOfRange)]
        {
            assert_eq!(error.reason_for(field), Some(reason), "{field}");
        }
    }

    #[test]
    fn the_highest_scope_counts() {
        let scopes = vec![Scope::Write, Scope::Read];
        let request = TokenRequest { name: "bot".to_owned(), scopes, expires_in_days: None };
        assert_eq!(request.parse(&owner(SiteRole::Member)).unwrap().scope, Scope::Write);
    }

    #[test]
    fn only_an_administrator_gives_the_rights_of_one() {
        let request =
            TokenRequest { name: "bot".to_owned(), scopes: vec![Scope::Admin], expires_in_days: None };
        assert_eq!(request.parse(&owner(SiteRole::Member)).unwrap_err(), AppError::Forbidden);
        assert_eq!(request.parse(&owner(SiteRole::Administrator)).unwrap().scope, Scope::Admin);
    }

    #[test]
    fn connections_are_named_by_their_token() {
        assert_eq!(id_of(&session_of(TokenId(7))), Some(TokenId(7)));
        assert_eq!(id_of("login:x"), None);
    }
}
