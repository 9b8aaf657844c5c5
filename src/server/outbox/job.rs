//! What can stand in the outbox. A new kind is a variant here, its fields, and who does it.

use std::fmt;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::Mailer;
use crate::{model::OutboxId, server::store::StoreError};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Job {
    Mail(Mail),
}

/// A mail in plain text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// One address, with a name or without.
    pub to: String,
    pub subject: String,
    pub text: String,
}

/// Why a job was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It may be done later.
    Passing(String),
    /// It can never be done as it is.
    Lasting(String),
}

impl Job {
    /// Its kind and its JSON.
    pub(super) fn encode(&self) -> Result<(&'static str, String), StoreError> {
        let (kind, body) = match self {
            Self::Mail(mail) => ("mail", serde_json::to_string(mail)),
        };
        Ok((kind, body.map_err(|error| StoreError::Other(error.into()))?))
    }

    /// A kind that this version does not know waits for a newer one: another node may have it.
    pub(super) fn decode(kind: &str, body: &str) -> Result<Self, Trouble> {
        match kind {
            "mail" => read(body).map(Self::Mail),
            _ => Err(Trouble::Passing(format!("this version does not know {kind:?}"))),
        }
    }

    pub(super) async fn run(&self, mailer: Option<&Mailer>, id: OutboxId) -> Result<(), Trouble> {
        match self {
            Self::Mail(mail) => match mailer {
                Some(mailer) => mailer.send(id, mail).await,
                None => {
                    Err(Trouble::Passing("no mail server is set: give --smtp-url (PAPO_SMTP_URL)".to_owned()))
                }
            },
        }
    }
}

fn read<T: DeserializeOwned>(body: &str) -> Result<T, Trouble> {
    serde_json::from_str(body).map_err(|error| Trouble::Lasting(format!("it cannot be read: {error}")))
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Passing(why) | Self::Lasting(why)) = self;
        f.write_str(why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_reads_as_it_was_written_and_an_unknown_kind_waits() {
        let mail =
            Job::Mail(Mail { to: "ana@example.org".into(), subject: "é".into(), text: "a\nb".into() });
        let (kind, body) = mail.encode().unwrap();
        assert_eq!(Job::decode(kind, &body), Ok(mail));
        assert!(matches!(Job::decode("push", "{}"), Err(Trouble::Passing(_))));
        assert!(matches!(Job::decode("mail", "{}"), Err(Trouble::Lasting(_))));
    }
}
