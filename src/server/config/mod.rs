//! The command line and its environment, checked once at the start.
//!
//! A bad value stops the start with one line that names it; nothing reads the environment later.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, ValueEnum};
use ipnet::IpNet;

use self::values::{database_url, network, public_url};
pub use self::{
    commands::{Command, RoleName, ScopeName, TokenCommand, TokenLine, UserCommand},
    nats::{NatsLogin, NatsOptions, NatsUrl},
    protocol::Protocol,
    values::PublicUrl,
};
use super::{limits::LimitTable, store::DatabaseUrl};

mod commands;
mod nats;
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
    /// How many seconds the start waits for a PostgreSQL that cannot be reached yet; 0 for not at all
    #[arg(long, env = "PAPO_WAIT_FOR_DATABASE", default_value_t = 60, global = true)]
    pub wait_for_database: u32,
    #[command(flatten)]
    pub nats: NatsOptions,
    /// The address that people type, such as https://chat.example.org
    #[arg(long, env = "PAPO_PUBLIC_URL", global = true, value_parser = public_url)]
    pub public_url: Option<PublicUrl>,
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

    /// How to reach NATS, if this is one node of several.
    ///
    /// # Errors
    /// One line: the database is not one that nodes can share, or settings contradict each other.
    pub fn bus(&self) -> Result<Option<(&NatsUrl, &NatsOptions)>, String> {
        let Some(url) = &self.nats.url else {
            let NatsOptions { credentials, ca, certificate, .. } = &self.nats;
            let without_use = credentials.is_some() || ca.is_some() || certificate.is_some();
            return if without_use {
                Err("the settings of NATS have no NATS: give --nats-url (PAPO_NATS_URL) too".to_owned())
            } else {
                Ok(None)
            };
        };
        if matches!(self.database(), DatabaseUrl::Sqlite(_)) {
            return Err("--nats-url (PAPO_NATS_URL) is for several nodes, and these share a PostgreSQL: \
                        give --database-url postgres://… too, or leave NATS out"
                .to_owned());
        }
        if url.login.is_some() && self.nats.credentials.is_some() {
            return Err("NATS takes one proof: leave out --nats-credentials (PAPO_NATS_CREDENTIALS), \
                        or the user and password of --nats-url"
                .to_owned());
        }
        Ok(Some((url, &self.nats)))
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
