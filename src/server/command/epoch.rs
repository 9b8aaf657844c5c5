//! `papo epoch new`: says that the database was put back by other means than `papo restore`.

use super::{on_database, say};
use crate::server::{config::Options, history};

/// Begins a new epoch.
///
/// # Errors
/// One line for the terminal.
pub(in crate::server) async fn new_epoch(options: &Options) -> anyhow::Result<()> {
    on_database(options, async |database| {
        database.write(|tx| Box::pin(async move { Ok(history::begin_anew(tx).await?) })).await?;
        say("A new epoch begins: every client loads its rooms anew.")?;
        say("Servers that run now end within seconds with exit code 75; start them again if nothing else does.")
    })
    .await
}
