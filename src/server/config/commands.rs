//! What `papo` can be told to do.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::model::{OutboxId, TokenId};

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the chat (what `papo` alone does); makes the database if there is none
    Serve,
    /// Administer accounts, also while the server runs
    #[command(subcommand)]
    User(UserCommand),
    /// Make an access token for a user and print it, or list and revoke tokens
    Token(TokenLine),
    /// Copy the SQLite database into a new file, also while the server runs
    ///
    /// Messages, rooms, accounts and personal tokens are copied. Sessions and the server's own secrets are not, so after
    /// a restore everyone signs in again. PostgreSQL has pg_dump.
    Backup(BackupLine),
    /// Put a backup in the place of the SQLite database; the server must not run
    ///
    /// The database that was there is kept beside it, under a name with the date. Every client loads its rooms anew. For
    /// PostgreSQL use pg_restore and then `papo epoch new`.
    Restore(RestoreLine),
    /// The epoch of the database's history, by which clients know whether what they hold still counts
    #[command(subcommand)]
    Epoch(EpochCommand),
    /// Try the mail server
    #[command(subcommand)]
    Mail(MailCommand),
    /// What waits to be done elsewhere, such as mails to be sent, and what was given up
    #[command(subcommand)]
    Outbox(OutboxCommand),
}

#[derive(Debug, Subcommand)]
pub enum MailCommand {
    /// Send a mail to an address, and say what the mail server answered
    Test {
        /// The address
        address: String,
    },
}

#[derive(Debug, Subcommand)]
pub enum OutboxCommand {
    /// List the newest hundred: number, kind, attempts, when it is tried next or `given up`, and why it failed
    List,
    /// Try one now, also one that was given up
    Retry {
        /// Its number, as `papo outbox list` shows it
        id: OutboxId,
    },
    /// Throw one away
    Delete {
        /// Its number, as `papo outbox list` shows it
        id: OutboxId,
    },
}

#[derive(Debug, Args)]
pub struct BackupLine {
    /// The file to make; it must not exist
    pub file: PathBuf,
    /// Copy sessions and the server's secrets too: whoever reads the file can act as anyone who is signed in
    #[arg(long)]
    pub with_secrets: bool,
}

#[derive(Debug, Args)]
pub struct RestoreLine {
    /// The backup
    pub file: PathBuf,
}

#[derive(Debug, Subcommand)]
pub enum EpochCommand {
    /// Begin a new epoch: every client loads its rooms anew. Needed after a restore that Papo did not make itself
    New,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct TokenLine {
    #[command(subcommand)]
    pub command: Option<TokenCommand>,
    /// The user who will act by the token: user name or e-mail
    #[arg(required = true)]
    pub username: Option<String>,
    /// The name by which its owner finds it in the settings
    #[arg(long, default_value = "command line")]
    pub name: String,
    /// What it may do; each scope includes those before it
    #[arg(long, value_enum, default_value = "write")]
    pub scope: ScopeName,
    /// The number of days after which it expires; never if not given
    #[arg(long)]
    pub expires_in_days: Option<u32>,
}

#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// List the tokens of a user: number, name, scope, end and last use
    List {
        /// The user: user name or e-mail
        username: String,
    },
    /// End a token for good
    Revoke {
        /// The token's number, as `papo token list` shows it
        id: TokenId,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ScopeName {
    Read,
    Write,
    Admin,
}

#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Make an account; asks for the password, or reads it from a pipe
    Add {
        /// The name to sign in with
        username: String,
        /// The e-mail address, which works for signing in too
        #[arg(long)]
        email: String,
        /// The display name; the user name if not given
        #[arg(long)]
        name: Option<String>,
        /// Make it an administrator's
        #[arg(long)]
        administrator: bool,
    },
    /// List all accounts: user name, name, e-mail, role, day of creation, last sign-in, and `disabled`
    List,
    /// Show one account
    Show {
        /// The user: user name or e-mail
        username: String,
    },
    /// Set a new password and end all sessions of the account; asks for it, or reads it from a pipe
    Password {
        /// The user: user name or e-mail
        username: String,
    },
    /// Make an account an administrator or a member
    Role {
        /// The user: user name or e-mail
        username: String,
        /// The new role
        role: RoleName,
        /// Do it even if no administrator is left
        #[arg(long)]
        yes: bool,
    },
    /// Keep an account from signing in, and end its sessions
    Disable {
        /// The user: user name or e-mail
        username: String,
        /// Do it even if no administrator is left
        #[arg(long)]
        yes: bool,
    },
    /// Let a disabled account sign in again
    Enable {
        /// The user: user name or e-mail
        username: String,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum RoleName {
    Administrator,
    Member,
}
