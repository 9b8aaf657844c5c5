//! The command line and its environment, checked once at the start.
//!
//! A bad value stops the start with one line that names it; nothing reads the environment later.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, ValueEnum};
use ipnet::IpNet;

use self::values::{database_url, nats_url, network, public_url};
pub use self::{
    commands::{Command, RoleName, ScopeName, TokenCommand, TokenLine, UserCommand},
    protocol::Protocol,
    values::{NatsUrl, PublicUrl},
};
use super::{limits::LimitTable, store::DatabaseUrl};

mod commands;
mod protocol;
mod values;

/// A self-hosted real-time chat.
#[derive(Debug, Parser)]
#[command(name = "papo", version, about)]
pub struct CommandLine {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub options: Options,
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
    /// With an https public URL, also tell browsers to use https for all subdomains of its host (HSTS)
    #[arg(long, env = "PAPO_HSTS_SUBDOMAINS", global = true)]
    pub hsts_subdomains: bool,
    /// Origins whose pages may call `/api` with tokens, such as https://app.example.org, with commas between
    #[arg(long, env = "PAPO_CORS_ORIGINS", global = true, value_parser = public_url, value_delimiter = ',')]
    pub cors_origins: Vec<PublicUrl>,
    /// Proxies on other machines, such as 10.0.0.1 or 10.0.0.0/24, whose X-Forwarded-For is believed, with commas between
    #[arg(long, env = "PAPO_TRUSTED_PROXIES", global = true, value_parser = network, value_delimiter = ',')]
    pub trusted_proxies: Vec<IpNet>,
    /// Who may make an account
    #[arg(long, env = "PAPO_REGISTRATION", value_enum, default_value = "open", global = true)]
    pub registration: Registration,
    /// Make the users alice, bob and carol, each with the password NAME@123
    #[arg(long, env = "PAPO_DEMO", global = true)]
    pub demo: bool,
    /// Numbers other than the defaults, such as `messages_per_second=20,connections_per_address=500`; `off` lifts all
    /// limits, for load tests only
    #[arg(long, env = "PAPO_LIMITS", default_value = "on", global = true)]
    pub limits: LimitTable,
    /// Protocols of older chats that are spoken beside Papo's own, with commas between; `none` for none of them
    #[arg(long, env = "PAPO_PROTOCOLS", value_parser = protocol::parse, default_value = "all", global = true)]
    pub protocols: protocol::Protocols,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory as _;
        CommandLine::command().debug_assert();
    }

    #[test]
    fn a_token_is_made_by_a_name_alone() {
        let line = |words: &str| CommandLine::try_parse_from(words.split(' '));
        let token = |words: &str| match line(words).unwrap().command {
            Some(Command::Token(token)) => token,
            other => panic!("{other:?}"),
        };
        let made = token("papo token ana --scope read --expires-in-days 7 --data d");
        assert_eq!((made.username.as_deref(), made.expires_in_days), (Some("ana"), Some(7)));
        assert!(matches!(token("papo token list ana").command, Some(TokenCommand::List { .. })));
        assert!(matches!(token("papo token revoke 7").command, Some(TokenCommand::Revoke { .. })));
        assert!(line("papo token").is_err() && line("papo token revoke seven").is_err());
    }
}
