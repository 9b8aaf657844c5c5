//! Sends mails by SMTP.

use std::time::Duration;

use lettre::{
    AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor,
    message::{Mailbox, header::ContentType},
    transport::smtp::Error as SmtpError,
};

use super::{Mail, Trouble};
use crate::{
    model::OutboxId,
    server::config::{MailOptions, SmtpUrl},
};

/// How long the mail server may take for each of its answers.
const ANSWER: Duration = Duration::from_secs(20);
/// What a mail server answers to a wrong name or password: for the mail it says nothing.
const SIGN_IN_FAILED: [u16; 4] = [530, 534, 535, 538];

#[derive(Clone, Debug)]
pub struct Mailer {
    server: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Mailer {
    /// None if no mail server is set.
    pub fn new(options: &MailOptions) -> Option<Self> {
        let (SmtpUrl(server), from) = (options.smtp_url.as_ref()?, options.mail_from.as_ref()?);
        let server = server.clone().timeout(Some(ANSWER)).build();
        Some(Self { server, from: from.clone() })
    }

    /// Sends the mail; `id` is in its `Message-ID`, the same for each attempt.
    ///
    /// # Errors
    /// Why it was not sent, in the mail server's words.
    pub(super) async fn send(&self, id: OutboxId, mail: &Mail) -> Result<(), Trouble> {
        let lasting = |why: String| Trouble::Lasting(why);
        let to: Mailbox = mail.to.parse().map_err(|error| lasting(format!("{:?}: {error}", mail.to)))?;
        let message = Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(&mail.subject)
            .message_id(Some(format!("<papo.{id}@{}>", self.from.email.domain())))
            .header(ContentType::TEXT_PLAIN)
            .body(mail.text.clone())
            .map_err(|error| lasting(error.to_string()))?;
        self.server.send(message).await.map(drop).map_err(|error| trouble(&error))
    }
}

fn trouble(error: &SmtpError) -> Trouble {
    let is_sign_in = error.status().is_some_and(|code| SIGN_IN_FAILED.contains(&code.into()));
    let mut why = error.to_string();
    if is_sign_in {
        why.push_str(" (look at the user and password of --smtp-url)");
    }
    if error.is_permanent() && !is_sign_in { Trouble::Lasting(why) } else { Trouble::Passing(why) }
}
