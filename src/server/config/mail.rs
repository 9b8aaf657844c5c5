//! How to send mail.

use clap::Args;
use lettre::{
    AsyncSmtpTransport, Tokio1Executor, message::Mailbox, transport::smtp::AsyncSmtpTransportBuilder,
};

#[derive(Clone, Debug, Default, Args)]
pub struct MailOptions {
    /// The mail server: `smtp://USER:PASSWORD@HOST` (port 587, with STARTTLS) or `smtps://…` (port 465); without user and password
    /// if it asks for none
    #[arg(
        id = "smtp-url",
        long = "smtp-url",
        env = "PAPO_SMTP_URL",
        hide_env_values = true,
        global = true,
        value_parser = smtp_url,
        requires = "mail-from"
    )]
    pub smtp_url: Option<SmtpUrl>,
    /// Whom mails come from, such as `Papo <papo@example.org>`
    #[arg(id = "mail-from", long = "mail-from", env = "PAPO_MAIL_FROM", global = true, value_parser = mail_from)]
    pub mail_from: Option<Mailbox>,
}

/// A mail server and how to sign in there.
#[derive(Clone)]
pub struct SmtpUrl(pub AsyncSmtpTransportBuilder);

impl std::fmt::Debug for SmtpUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SmtpUrl")
    }
}

/// A password never travels in the clear: without a word about TLS only a mail server on this machine is spoken to plainly.
fn smtp_url(text: &str) -> Result<SmtpUrl, String> {
    let hint = || {
        "give smtp://USER:PASSWORD@HOST or smtps://USER:PASSWORD@HOST, with :PORT if it is another one"
            .to_owned()
    };
    let uri: axum::http::Uri = text.parse().map_err(|_| hint())?;
    let (Some(scheme @ ("smtp" | "smtps")), Some(host)) = (uri.scheme_str(), uri.host()) else {
        return Err(hint());
    };
    let is_here = ["localhost", "127.0.0.1", "[::1]"].contains(&host);
    let url = match uri.query() {
        None if scheme == "smtp" && !is_here => format!("{text}?tls=required"),
        Some("tls=none") => text.trim_end_matches("?tls=none").to_owned(),
        _ => text.to_owned(),
    };
    AsyncSmtpTransport::<Tokio1Executor>::from_url(&url).map(SmtpUrl).map_err(|_| hint())
}

fn mail_from(text: &str) -> Result<Mailbox, String> {
    text.parse()
        .map_err(|_| "give an address, such as papo@example.org or Papo <papo@example.org>".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_server_has_a_scheme_and_a_host() {
        for good in [
            "smtp://127.0.0.1:2525",
            "smtp://ana:s%40cret@mail.example.org",
            "smtps://mail.example.org:4465",
            "smtp://mail.example.org?tls=none",
        ] {
            assert!(smtp_url(good).is_ok(), "{good}");
        }
        for bad in ["", "mail.example.org", "http://mail.example.org", "smtp://", "smtp://a?tls=maybe"] {
            assert!(smtp_url(bad).is_err(), "{bad}");
        }
        assert!(!format!("{:?}", smtp_url("smtp://ana:s3cret@a").unwrap()).contains("s3cret"));
    }

    #[test]
    fn a_sender_is_an_address() {
        assert_eq!(mail_from("Papo <papo@example.org>").unwrap().email.domain(), "example.org");
        assert!(mail_from("papo").is_err());
    }
}
