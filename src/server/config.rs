//! The command line and its environment, checked once at the start.
//!
//! A bad value stops the start with one line that names it; nothing reads the environment later.

use std::{net::SocketAddr, path::PathBuf};

use async_nats::ServerAddr;
use clap::{Args, Parser, Subcommand, ValueEnum};

use super::store::DatabaseUrl;

/// A self-hosted real-time chat.
#[derive(Debug, Parser)]
#[command(name = "papo", version, about)]
pub struct CommandLine {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub options: Options,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the chat (what `papo` alone does).
    Serve,
    /// Administer accounts.
    #[command(subcommand)]
    User(UserCommand),
}

#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Make an account; the password is read from standard input.
    Add {
        username: String,
        #[arg(long)]
        email: String,
        /// The display name; the user name if not given.
        #[arg(long)]
        name: Option<String>,
        #[arg(long)]
        administrator: bool,
    },
    /// List all accounts.
    List,
    /// Set a new password, read from standard input, and end all sessions of the account.
    Password { username: String },
    /// Make an account an administrator or a member.
    Role { username: String, role: RoleName },
    /// Keep an account from signing in, and end its sessions.
    Disable {
        username: String,
        /// Let it sign in again.
        #[arg(long)]
        undo: bool,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum RoleName {
    Administrator,
    Member,
}

#[derive(Clone, Debug, Args)]
pub struct Options {
    /// Address and port to listen on [default: LEPTOS_SITE_ADDR, else 127.0.0.1:3000]
    #[arg(long, env = "PAPO_LISTEN", global = true)]
    pub listen: Option<SocketAddr>,
    /// Folder of the database and of everything else that Papo keeps; made on the first start
    #[arg(long, env = "PAPO_DATA", default_value = "data", global = true)]
    pub data: PathBuf,
    /// `postgres://…` to use PostgreSQL [default: SQLite in the data folder]
    #[arg(long, env = "PAPO_DATABASE_URL", global = true, value_parser = database_url)]
    pub database_url: Option<DatabaseUrl>,
    /// `nats://…` to be one of several nodes, each with the same PostgreSQL and NATS
    #[arg(long, env = "PAPO_NATS_URL", global = true, value_parser = nats_url)]
    pub nats_url: Option<NatsUrl>,
    /// The address that people type, such as https://chat.example.org
    #[arg(long, env = "PAPO_PUBLIC_URL", global = true, value_parser = public_url)]
    pub public_url: Option<PublicUrl>,
    /// Who may make an account
    #[arg(long, env = "PAPO_REGISTRATION", value_enum, default_value = "open", global = true)]
    pub registration: Registration,
    /// Make the users alice, bob and carol, each with the password NAME@123
    #[arg(long, env = "PAPO_DEMO", global = true)]
    pub demo: bool,
    /// `off` lifts the limits on attempts, connections, messages and frames; for load tests only
    #[arg(long, env = "PAPO_LIMITS", value_enum, default_value = "on", global = true)]
    pub limits: Switch,
    /// What to log, such as `info` or `papo=debug,tower_http=debug`
    #[arg(long, env = "PAPO_LOG", default_value = "info", global = true)]
    pub log: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Registration {
    Open,
    Invite,
    Closed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    On,
    Off,
}

/// The NATS servers by which nodes hear of each other, with their passwords.
#[derive(Clone)]
pub struct NatsUrl(pub Vec<ServerAddr>);

impl std::fmt::Debug for NatsUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NatsUrl")
    }
}

/// An origin: scheme and host with an optional port, nothing behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    origin: String,
}

impl PublicUrl {
    pub fn origin(&self) -> &str {
        &self.origin
    }

    pub fn is_https(&self) -> bool {
        self.origin.starts_with("https://")
    }
}

impl Options {
    /// Where to listen.
    ///
    /// # Errors
    /// Names `LEPTOS_SITE_ADDR` if that is what is malformed.
    pub fn listen_address(&self) -> Result<SocketAddr, String> {
        if let Some(address) = self.listen {
            return Ok(address);
        }
        match std::env::var("LEPTOS_SITE_ADDR") {
            Ok(text) => text.parse().map_err(|_| {
                format!("LEPTOS_SITE_ADDR is {text:?}; give an address and a port, such as 127.0.0.1:3000")
            }),
            Err(_) => Ok(SocketAddr::from(([127, 0, 0, 1], 3000))),
        }
    }

    pub fn database(&self) -> DatabaseUrl {
        self.database_url.clone().unwrap_or_else(|| DatabaseUrl::Sqlite(self.data.join("papo.db")))
    }

    /// The NATS servers, if this is one node of several.
    ///
    /// # Errors
    /// One line, if the database is not one that nodes can share.
    pub fn bus(&self) -> Result<Option<&NatsUrl>, String> {
        match (&self.nats_url, self.database()) {
            (Some(_), DatabaseUrl::Sqlite(_)) => {
                Err("--nats-url (PAPO_NATS_URL) is for several nodes, and these share a PostgreSQL: \
                     give --database-url postgres://… too, or leave NATS out"
                    .to_owned())
            }
            (url, _) => Ok(url.as_ref()),
        }
    }

    /// Whether cookies may only travel over https.
    pub fn is_https(&self) -> bool {
        self.public_url.as_ref().is_some_and(PublicUrl::is_https)
    }
}

fn database_url(text: &str) -> Result<DatabaseUrl, String> {
    if text.starts_with("postgres://") || text.starts_with("postgresql://") {
        return Ok(DatabaseUrl::Postgres(text.to_owned()));
    }
    match text.strip_prefix("sqlite:") {
        Some(path) if !path.trim_start_matches("//").is_empty() => {
            Ok(DatabaseUrl::Sqlite(path.trim_start_matches("//").into()))
        }
        _ => Err("give postgres://USER:PASSWORD@HOST/DATABASE or sqlite:PATH".to_owned()),
    }
}

fn nats_url(text: &str) -> Result<NatsUrl, String> {
    let hint = || "give nats://HOST:PORT or tls://HOST:PORT, several of them with commas between".to_owned();
    let parse = |part: &str| {
        let part = part.trim();
        let is_known = ["nats://", "tls://"].iter().any(|scheme| part.starts_with(scheme));
        let server = part.parse::<ServerAddr>().ok().filter(|server| is_known && !server.host().is_empty());
        server.ok_or_else(hint)
    };
    text.split(',').map(parse).collect::<Result<_, _>>().map(NatsUrl)
}

fn public_url(text: &str) -> Result<PublicUrl, String> {
    let url: axum::http::Uri = text.parse().map_err(|_| hint())?;
    let (Some("http" | "https"), Some(authority)) = (url.scheme_str(), url.authority()) else {
        return Err(hint());
    };
    if url.path() != "/" || url.query().is_some() || authority.as_str().contains('@') {
        return Err(hint());
    }
    let scheme = url.scheme_str().unwrap_or_default();
    return Ok(PublicUrl { origin: format!("{scheme}://{}", authority.as_str().to_lowercase()) });

    fn hint() -> String {
        "give scheme and host only, such as https://chat.example.org".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_is_an_origin() {
        assert_eq!(public_url("https://Chat.Example.org/").unwrap().origin(), "https://chat.example.org");
        for bad in ["chat.example.org", "ftp://x.org", "https://x.org/chat", "https://u@x.org", ""] {
            assert!(public_url(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn nats_servers_are_told_with_their_scheme() {
        assert_eq!(nats_url("nats://127.0.0.1:4222").unwrap().0.len(), 1);
        assert_eq!(nats_url("nats://papo:pass@a, tls://b:4333").unwrap().0.len(), 2);
        for bad in ["", "127.0.0.1:4222", "http://a", "nats://a,", "nats://"] {
            assert!(nats_url(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory as _;
        CommandLine::command().debug_assert();
    }

    #[test]
    fn a_database_url_names_its_engine() {
        assert!(matches!(database_url("postgres://u@h/d"), Ok(DatabaseUrl::Postgres(_))));
        assert!(matches!(database_url("sqlite:x.db"), Ok(DatabaseUrl::Sqlite(_))));
        assert!(database_url("mysql://x").is_err());
        assert!(database_url("sqlite:").is_err());
    }
}
