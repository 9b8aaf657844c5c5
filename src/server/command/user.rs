//! `papo user …`: accounts from the command line, also while a server runs.

use std::io::{BufRead as _, Write as _};

use anyhow::bail;

use super::{find, on_database, refused, say};
use crate::{
    model::{
        SiteRole, UserId,
        user::{DisplayName, Email, Password, Username},
    },
    server::{
        auth::Passwords,
        clock,
        config::{Options, RoleName, UserCommand},
        content::fold,
        store::{
            Conn, StoreError, next_id, sessions, tokens,
            users::{self, Account, NewUser},
        },
    },
};

/// Runs one of the `papo user` commands.
///
/// # Errors
/// One line for the terminal.
pub(in crate::server) async fn user(options: &Options, command: UserCommand) -> anyhow::Result<()> {
    on_database(options, async |conn| match command {
        UserCommand::Add { username, email, name, administrator } => {
            add(conn, &username, &email, name.as_deref(), administrator).await
        }
        UserCommand::List => list(conn).await,
        UserCommand::Password { username } => set_password(conn, &username).await,
        UserCommand::Role { username, role } => set_role(conn, &username, role).await,
        UserCommand::Disable { username, undo } => set_disabled(conn, &username, !undo).await,
    })
    .await
}

async fn add(
    conn: &mut Conn,
    username: &str,
    email: &str,
    name: Option<&str>,
    administrator: bool,
) -> anyhow::Result<()> {
    let name = DisplayName::parse(name.unwrap_or(username)).map_err(|why| refused("name", why))?;
    let username = Username::parse(username).map_err(|why| refused("user name", why))?;
    let email = Email::parse(email).map_err(|why| refused("e-mail", why))?;
    let hash = Passwords::default().hash(read_password()?).await?;
    let user = NewUser {
        id: UserId(next_id()),
        username: &username,
        name: &name,
        email: &email,
        birth_date: None,
        password_hash: &hash,
        role: if administrator { SiteRole::Administrator } else { SiteRole::Member },
        search_text: &fold(&format!("{} {}", username.as_str(), name.as_str())),
        at: clock::now(),
    };
    match users::insert_user(conn, &user).await {
        Err(StoreError::Conflict(_)) => bail!("that user name or e-mail is taken"),
        other => other?,
    }
    say(&format!("{} may sign in.", username.as_str()))
}

async fn list(conn: &mut Conn) -> anyhow::Result<()> {
    for Account { me, disabled, .. } in users::list_accounts(conn).await? {
        let role = match me.role {
            SiteRole::Administrator => "administrator",
            SiteRole::Member => "member",
        };
        let state = if disabled { "\tdisabled" } else { "" };
        say(&format!("{}\t{}\t{}\t{role}{state}", me.user.username, me.user.name, me.email))?;
    }
    Ok(())
}

async fn set_password(conn: &mut Conn, username: &str) -> anyhow::Result<()> {
    let id = find(conn, username).await?.user.id;
    let hash = Passwords::default().hash(read_password()?).await?;
    conn.begin().await?;
    users::update_password(conn, id, &hash).await?;
    sessions::delete_sessions_of(conn, id, clock::now()).await?;
    conn.commit().await?;
    say("The password is set; all sessions have ended.")
}

async fn set_role(conn: &mut Conn, username: &str, role: RoleName) -> anyhow::Result<()> {
    let role = match role {
        RoleName::Administrator => SiteRole::Administrator,
        RoleName::Member => SiteRole::Member,
    };
    let id = find(conn, username).await?.user.id;
    users::update_role(conn, id, role).await?;
    say("The role is set.")
}

async fn set_disabled(conn: &mut Conn, username: &str, disabled: bool) -> anyhow::Result<()> {
    let id = find(conn, username).await?.user.id;
    conn.begin().await?;
    users::update_disabled(conn, id, disabled).await?;
    sessions::delete_sessions_of(conn, id, clock::now()).await?;
    tokens::end_connections_of(conn, id, clock::now()).await?;
    conn.commit().await?;
    say(if disabled {
        "The account is disabled; all sessions have ended."
    } else {
        "The account may sign in."
    })
}

fn read_password() -> anyhow::Result<Password> {
    eprint!("Password: ");
    std::io::stderr().flush()?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    let typed = line.strip_suffix('\n').unwrap_or(&line);
    Password::parse(typed.strip_suffix('\r').unwrap_or(typed)).map_err(|why| refused("password", why))
}
