//! What `papo` can be told to do.

use clap::{Args, Subcommand, ValueEnum};

use crate::model::TokenId;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the chat (what `papo` alone does).
    Serve,
    /// Administer accounts.
    #[command(subcommand)]
    User(UserCommand),
    /// Make an access token for a user and print it, or list and revoke tokens.
    Token(TokenLine),
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct TokenLine {
    #[command(subcommand)]
    pub command: Option<TokenCommand>,
    /// The user who will act by the token; user name or e-mail.
    #[arg(required = true)]
    pub username: Option<String>,
    /// By what name its owner finds it in the settings.
    #[arg(long, default_value = "command line")]
    pub name: String,
    /// What it may: each scope includes those before it.
    #[arg(long, value_enum, default_value = "write")]
    pub scope: ScopeName,
    /// After how many days it ends; never if not given.
    #[arg(long)]
    pub expires_in_days: Option<u32>,
}

#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// List the tokens of a user: number, name, scope, end and last use.
    List { username: String },
    /// End a token for good, by its number.
    Revoke { id: TokenId },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ScopeName {
    Read,
    Write,
    Admin,
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
