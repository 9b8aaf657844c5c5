//! What `papo` can be told to do.

use clap::{Subcommand, ValueEnum};

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
