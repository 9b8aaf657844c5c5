//! `papo user …`: accounts from the command line, also while a server runs.

use std::io::{BufRead as _, IsTerminal as _};

use anyhow::{Context as _, bail, ensure};

use super::{Database, find, on_database, refused, say};
use crate::{
    error::AppError,
    model::{
        Me, RoomKind, SiteRole, Timestamp,
        user::{DisplayName, Email, Password, Username},
    },
    server::{
        auth::Passwords,
        chat::{
            RoomCommand,
            accounts::{NewAccount, Registered},
            rooms,
        },
        clock,
        config::{Options, RoleName, UserCommand},
        store::{
            Conn,
            admin::{self, Overview},
            sessions, tokens, users,
        },
    },
};

/// Runs one of the `papo user` commands.
///
/// # Errors
/// One line for the terminal.
pub(in crate::server) async fn user(options: &Options, command: UserCommand) -> anyhow::Result<()> {
    on_database(options, async |database| match command {
        UserCommand::Add { username, email, name, administrator } => {
            add(database, &username, &email, name.as_deref(), administrator).await
        }
        UserCommand::List => list(database).await,
        UserCommand::Password { username } => set_password(database, &username).await,
        UserCommand::Show { username } => show(database, &username).await,
        UserCommand::Role { username, role, yes } => set_role(database, username, role, yes).await,
        UserCommand::Disable { username, yes } => set_disabled(database, username, true, yes).await,
        UserCommand::Enable { username } => set_disabled(database, username, false, true).await,
    })
    .await
}

async fn add(
    database: &Database,
    username: &str,
    email: &str,
    name: Option<&str>,
    administrator: bool,
) -> anyhow::Result<()> {
    let name = DisplayName::parse(name.unwrap_or(username)).map_err(|why| refused("name", why))?;
    let username = Username::parse(username).map_err(|why| refused("user name", why))?;
    let email = Email::parse(email).map_err(|why| refused("e-mail", why))?;
    let password = read_password()?;
    let password_hash = Passwords::default().hash(password.clone()).await?;
    let general = database.write(|tx| Box::pin(async move { Ok(rooms::ensure_general(tx).await?) })).await?;
    let done = format!("{} may sign in.", username.as_str());
    let role = if administrator { SiteRole::Administrator } else { SiteRole::Member };
    let account = NewAccount { username, name, email, birth_date: None, password };
    let register = Registered { account, role, password_hash, is_setup: false };
    let register = RoomCommand::Register(Box::new(register));
    match register.commit(&database.writers, &database.limits, general).await {
        Ok(_) => say(&done),
        Err(AppError::Invalid { .. }) => bail!("that user name or e-mail is taken"),
        Err(error) => Err(error.into()),
    }
}

async fn list(database: &Database) -> anyhow::Result<()> {
    for account in admin::list_overviews(&mut database.read().await?, None, clock::now()).await? {
        let Overview { username, name, disabled, created_at, .. } = &account;
        let email = account.email.as_deref().unwrap_or(NO_EMAIL);
        let (role, signed_in) = (role_of(&account), signed_in_on(&account));
        let state = if *disabled { "\tdisabled" } else { "" };
        say(&format!(
            "{username}\t{name}\t{email}\t{role}\tcreated {}\tsigned in {signed_in}{state}",
            day(*created_at)
        ))?;
    }
    Ok(())
}

async fn show(database: &Database, username: &str) -> anyhow::Result<()> {
    let conn = &mut database.read().await?;
    let id = find(conn, username).await?.user.id;
    let account = admin::list_overviews(conn, Some(id), clock::now()).await?.pop().context("it is gone")?;
    let rooms = admin::list_rooms_of(conn, id).await?;
    let state = if account.disabled { "disabled" } else { "may sign in" };
    for (what, value) in [
        ("id", account.id.to_string()),
        ("user name", account.username.clone()),
        ("name", account.name.clone()),
        ("e-mail", account.email.clone().unwrap_or_else(|| NO_EMAIL.to_owned())),
        ("role", role_of(&account).to_owned()),
        ("state", state.to_owned()),
        ("created", account.created_at.to_rfc3339()),
        ("signed in", account.signed_in_at.map_or_else(|| NOT_KNOWN.to_owned(), Timestamp::to_rfc3339)),
        ("sessions", account.sessions.to_string()),
        ("tokens", account.tokens.to_string()),
        ("rooms", describe_rooms(&rooms)),
    ] {
        say(&format!("{what:<10} {value}"))?;
    }
    Ok(())
}

/// The last sign-in is known by its session, and a session ends.
const NOT_KNOWN: &str = "not known";
const NO_EMAIL: &str = "none";

fn role_of(account: &Overview) -> &'static str {
    match account.role {
        SiteRole::Administrator => "administrator",
        SiteRole::Member => "member",
    }
}

fn signed_in_on(account: &Overview) -> String {
    account.signed_in_at.map_or_else(|| NOT_KNOWN.to_owned(), day)
}

fn day(at: Timestamp) -> String {
    at.to_rfc3339().chars().take(10).collect()
}

/// Channels by name; of other rooms how many.
fn describe_rooms(rooms: &[(RoomKind, String)]) -> String {
    let of = |wanted: RoomKind| rooms.iter().filter(move |(kind, _)| *kind == wanted);
    let channels: Vec<&str> = of(RoomKind::Channel).map(|(_, name)| name.as_str()).collect();
    let (groups, directs) = (of(RoomKind::Group).count(), of(RoomKind::Direct).count());
    format!("{} channels ({}), {groups} groups, {directs} direct rooms", channels.len(), channels.join(", "))
}

async fn set_password(database: &Database, username: &str) -> anyhow::Result<()> {
    let id = find(&mut database.read().await?, username).await?.user.id;
    let hash = Passwords::default().hash(read_password()?).await?;
    let set = database.write(move |tx| {
        Box::pin(async move {
            users::update_password(tx, id, &hash).await?;
            Ok(sessions::delete_sessions_of(tx, id, clock::now()).await?)
        })
    });
    set.await?;
    say("The password is set; all sessions have ended.")
}

async fn set_role(database: &Database, username: String, role: RoleName, yes: bool) -> anyhow::Result<()> {
    let set = database.write(move |tx| {
        Box::pin(async move {
            let me = find(tx, &username).await?;
            let role = match role {
                RoleName::Administrator => SiteRole::Administrator,
                RoleName::Member => {
                    spare_last_administrator(tx, &me, yes).await?;
                    SiteRole::Member
                }
            };
            Ok(users::update_role(tx, me.user.id, role).await?)
        })
    });
    set.await?;
    say("The role is set.")
}

/// Refuses to leave nobody who may administer, unless that is wanted.
async fn spare_last_administrator(conn: &mut Conn, me: &Me, yes: bool) -> anyhow::Result<()> {
    let is_last = me.role == SiteRole::Administrator
        && !users::is_disabled(conn, me.user.id).await?
        && !admin::has_administrator_besides(conn, me.user.id).await?;
    ensure!(
        yes || !is_last,
        "{} is the last administrator who may sign in: nobody could administer the site; add --yes to do it all the same",
        me.user.username
    );
    Ok(())
}

async fn set_disabled(
    database: &Database,
    username: String,
    disabled: bool,
    yes: bool,
) -> anyhow::Result<()> {
    let set = database.write(move |tx| {
        Box::pin(async move {
            let me = find(tx, &username).await?;
            if disabled {
                spare_last_administrator(tx, &me, yes).await?;
            }
            users::update_disabled(tx, me.user.id, disabled).await?;
            sessions::delete_sessions_of(tx, me.user.id, clock::now()).await?;
            Ok(tokens::end_connections_of(tx, me.user.id, clock::now()).await?)
        })
    });
    set.await?;
    say(if disabled {
        "The account is disabled; all sessions have ended."
    } else {
        "The account may sign in."
    })
}

/// Asks twice at a terminal, which does not show what is typed; reads a line from a pipe or a file.
fn read_password() -> anyhow::Result<Password> {
    let typed = if std::io::stdin().is_terminal() {
        let typed = rpassword::prompt_password("Password: ").context("the terminal cannot be read")?;
        let again = rpassword::prompt_password("The same again: ").context("the terminal cannot be read")?;
        ensure!(typed == again, "the two passwords differ");
        typed
    } else {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line)?;
        let typed = line.strip_suffix('\n').unwrap_or(&line);
        typed.strip_suffix('\r').unwrap_or(typed).to_owned()
    };
    Password::parse(&typed).map_err(|why| refused("password", why))
}
