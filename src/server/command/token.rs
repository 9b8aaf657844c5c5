//! `papo token …`: access tokens from the command line.

use anyhow::bail;

use super::{Database, find, on_database, refused, say};
use crate::{
    error::AppError,
    model::{Scope, Timestamp, TokenId, token::PersonalToken},
    server::{
        auth::tokens::{TokenRequest, make_token},
        clock,
        config::{Options, ScopeName, TokenCommand, TokenLine},
        store::{StoreError, tokens},
    },
};

/// Runs one of the `papo token` commands.
///
/// # Errors
/// One line for the terminal.
pub(in crate::server) async fn token(options: &Options, line: TokenLine) -> anyhow::Result<()> {
    on_database(options, async |database| match line.command {
        None => make(database, line).await,
        Some(TokenCommand::List { username }) => list(database, &username).await,
        Some(TokenCommand::Revoke { id }) => revoke(database, id).await,
    })
    .await
}

/// Prints the token and nothing else, so that a script can take it.
async fn make(database: &Database, line: TokenLine) -> anyhow::Result<()> {
    let owner = find(&mut database.read().await?, &line.username.unwrap_or_default()).await?;
    let scope = match line.scope {
        ScopeName::Read => Scope::Read,
        ScopeName::Write => Scope::Write,
        ScopeName::Admin => Scope::Admin,
    };
    let request =
        TokenRequest { name: line.name, scopes: vec![scope], expires_in_days: line.expires_in_days };
    let wish = request.parse(&owner).map_err(|error| match error {
        AppError::Forbidden => anyhow::anyhow!("{} is no administrator", owner.user.username),
        AppError::Invalid { fields } => fields.first().map_or_else(
            || anyhow::anyhow!("the token cannot be made"),
            |fault| refused(&fault.field.replace('_', " "), fault.reason),
        ),
        other => other.into(),
    })?;
    let user = owner.user.id;
    let make = database.write(move |tx| Box::pin(async move { Ok(make_token(tx, user, wish).await?) }));
    say(make.await?.token.reveal())
}

async fn list(database: &Database, username: &str) -> anyhow::Result<()> {
    let mut conn = database.read().await?;
    let owner = find(&mut conn, username).await?;
    for token in tokens::list_tokens(&mut conn, owner.user.id, clock::now()).await? {
        say(&describe(&token.about))?;
    }
    Ok(())
}

/// One line: number, name, scopes, end and last use.
fn describe(token: &PersonalToken) -> String {
    let scopes = token.scopes.iter().map(|scope| match scope {
        Scope::Read => "read",
        Scope::Write => "write",
        Scope::Admin => "admin",
    });
    let scopes = scopes.collect::<Vec<_>>().join(",");
    let moment = |at: Option<Timestamp>| at.map_or_else(|| "never".to_owned(), |at| at.to_rfc3339());
    let (end, used) = (moment(token.expires_at), moment(token.used_at));
    format!("{}\t{}\t{scopes}\tends {end}\tused {used}", token.id, token.name)
}

async fn revoke(database: &Database, token: TokenId) -> anyhow::Result<()> {
    let revoke = database.write(move |tx| {
        Box::pin(async move {
            match tokens::delete_token(tx, token, clock::now()).await {
                Err(StoreError::NotFound) => bail!("there is no token {token}"),
                other => Ok(other?),
            }
        })
    });
    revoke.await?;
    say("The token is revoked; its connections are closed.")
}
