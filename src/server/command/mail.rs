//! `papo mail …`: whether mails go out.

use anyhow::{Context as _, bail};

use super::{on_database, say};
use crate::server::{
    config::{MailCommand, Options},
    outbox::{self, Job, Mail, Mailer},
};

/// Runs one of the `papo mail` commands.
///
/// # Errors
/// One line for the terminal.
pub(in crate::server) async fn mail(options: &Options, command: MailCommand) -> anyhow::Result<()> {
    let MailCommand::Test { address } = command;
    let mailer = Mailer::new(&options.mail);
    let mailer = mailer.context("no mail server is set: give --smtp-url and --mail-from")?;
    let mail = Mail {
        to: address.clone(),
        subject: "A test of Papo's mail".to_owned(),
        text: "Papo can send mail to this address.\n".to_owned(),
    };
    on_database(options, async |database| {
        // A running server must not take it first.
        let push = database.write(|tx| {
            Box::pin(async move { Ok(outbox::push(tx, &Job::Mail(mail), outbox::LEASE).await?) })
        });
        let id = push.await?;
        match outbox::work_on(&database.writers, Some(&mailer), id).await? {
            Ok(()) => say(&format!("The mail server took a mail to {address}.")),
            Err(trouble) => {
                bail!("the mail was not sent: {trouble}. It is number {id} of `papo outbox list`")
            }
        }
    })
    .await
}
