//! The command line and its environment, checked once at the start.
//!
//! A bad value stops the start with one line that names it; nothing reads the environment later.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, ValueEnum, builder::BoolishValueParser};
use ipnet::IpNet;

use self::values::{database_url, listen_address, log_filter, network, public_url};
pub use self::{
    commands::{
        BackupLine, Command, EpochCommand, MailCommand, OutboxCommand, RestoreLine, RoleName, ScopeName,
        TokenCommand, TokenLine, UserCommand,
    },
    environment::warn_of_unknown,
    mail::{MailOptions, SmtpUrl},
    nats::{NatsLogin, NatsOptions, NatsUrl},
    protocol::Protocol,
    values::PublicUrl,
};
use super::{limits::LimitTable, store::DatabaseUrl};

mod commands;
mod environment;
mod mail;
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

/// What commands other than `serve` take too, and what those about mail take besides.
const COMMON: [&str; 3] = ["data", "database_url", "log"];
const FOR_MAIL: [&str; 2] = ["smtp-url", "mail-from"];

impl CommandLine {
    /// Reads the command line and the environment; ends the process with help or with what is wrong.
    pub fn read() -> Self {
        let read = Self::from_arg_matches(&Self::described().get_matches());
        read.unwrap_or_else(|error| error.exit())
    }

    /// The command line as it is read: an empty variable is as good as none, and each command's help shows what
    /// matters there.
    fn described() -> clap::Command {
        let command = Self::command().mut_args(|arg| {
            let is_empty = arg.get_env().and_then(std::env::var_os).is_some_and(|value| value.is_empty());
            if is_empty { arg.env(None::<&str>) } else { arg }
        });
        let hidden: Vec<clap::Arg> = command
            .get_arguments()
            .filter(|arg| arg.is_global_set() && !COMMON.contains(&arg.get_id().as_str()))
            .map(|arg| arg.clone().hide(true))
            .collect();
        let names: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
        names.iter().filter(|name| *name != "serve").fold(command, |command, name| {
            // Found there, a global argument is not added once more.
            let is_shown = |arg: &clap::Arg| {
                ["mail", "outbox"].contains(&name.as_str()) && FOR_MAIL.contains(&arg.get_id().as_str())
            };
            let hidden: Vec<_> = hidden.iter().filter(|arg| !is_shown(arg)).cloned().collect();
            command.mut_subcommand(name, |sub| sub.args(hidden))
        })
    }
}

#[derive(Clone, Debug, Args)]
pub struct Options {
    /// Address and port to listen on [default: LEPTOS_SITE_ADDR, else 127.0.0.1:3000]
    #[arg(long, env = "PAPO_LISTEN", global = true, value_parser = listen_address)]
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
    #[command(flatten)]
    pub mail: MailOptions,
    /// The address that people type, such as https://chat.example.org
    #[arg(long, env = "PAPO_PUBLIC_URL", global = true, value_parser = public_url)]
    pub public_url: Option<PublicUrl>,
    /// With an https public URL, also tell browsers to use https for all subdomains of its host (HSTS)
    #[arg(long, env = "PAPO_HSTS_SUBDOMAINS", global = true, value_parser = BoolishValueParser::new())]
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
    #[arg(long, env = "PAPO_DEMO", global = true, value_parser = BoolishValueParser::new())]
    pub demo: bool,
    /// Numbers other than the defaults, such as `messages_per_second=20,connections_per_address=500`; `off` lifts all
    /// limits, for load tests only
    #[arg(long, env = "PAPO_LIMITS", default_value = "on", global = true)]
    pub limits: LimitTable,
    /// Protocols of older chats that are spoken beside Papo's own, with commas between; `none` for none of them
    #[arg(long, env = "PAPO_PROTOCOLS", value_parser = protocol::parse, default_value = "all", global = true)]
    pub protocols: protocol::Protocols,
    /// Whether failed sign-ins, first refusals by a limit and registrations are logged, each with address and account
    #[arg(long, env = "PAPO_LOG_ADDRESSES", value_enum, default_value = "on", global = true)]
    pub log_addresses: Switch,
    /// What to log, such as `info` or `papo=debug,tower_http=debug`
    #[arg(long, env = "PAPO_LOG", default_value = "info", global = true, value_parser = log_filter)]
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
            Ok(text) if !text.is_empty() => {
                listen_address(&text).map_err(|why| format!("LEPTOS_SITE_ADDR is {text:?}: {why}"))
            }
            _ => Ok(SocketAddr::from(([127, 0, 0, 1], 3000))),
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

    fn line(words: &str) -> Result<CommandLine, clap::Error> {
        let matches = CommandLine::described().try_get_matches_from(words.split(' '))?;
        CommandLine::from_arg_matches(&matches)
    }

    #[test]
    fn the_command_line_is_consistent() {
        CommandLine::described().debug_assert();
    }

    #[test]
    fn a_token_is_made_by_a_name_alone() {
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

    #[test]
    fn settings_may_stand_before_or_after_the_command() {
        for words in ["papo --data d user list", "papo user list --data d", "papo user --data d list"] {
            assert_eq!(line(words).unwrap().options.data, PathBuf::from("d"), "{words}");
        }
        assert!(line("papo serve --demo").unwrap().options.demo);
        assert!(line("papo --demo serve").unwrap().options.demo);
        assert!(!line("papo serve").unwrap().options.demo);
    }

    #[test]
    fn help_shows_what_matters_at_a_command_and_everything_at_serve() {
        let help = |words: &str| line(words).unwrap_err().to_string();
        for words in
            ["papo user add --help", "papo backup --help", "papo token --help", "papo user list --help"]
        {
            let help = help(words);
            assert!(help.contains("--data") && !help.contains("--nats-url"), "{words}: {help}");
        }
        assert!(help("papo mail test --help").contains("--smtp-url"));
        for words in ["papo --help", "papo serve --help"] {
            assert!(help(words).contains("--nats-url"), "{words}");
        }
    }

    #[test]
    fn every_argument_has_words() {
        fn check(command: &clap::Command) {
            for arg in
                command.get_arguments().filter(|arg| !["help", "version"].contains(&arg.get_id().as_str()))
            {
                assert!(arg.get_help().is_some(), "{} {}", command.get_name(), arg.get_id());
            }
            command.get_subcommands().for_each(check);
        }
        check(&CommandLine::described());
    }
}
