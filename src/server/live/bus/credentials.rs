//! Signing in at NATS: what the settings name is read once, at the start, and checked as far as that goes without NATS.

use std::{
    io,
    path::{Path, PathBuf},
};

use async_nats::ConnectOptions;

use crate::server::config::{NatsLogin, NatsOptions, NatsUrl};

/// An nkey's seed: `S`, the kind (`U` for a user), and so many letters and digits in all.
const SEED_LENGTH: usize = 58;

/// Why NATS cannot be used as it is set up: cause and remedy in one line.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    #[error("cannot read {} ({setting}): {error}", path.display())]
    Unreadable { setting: &'static str, path: PathBuf, error: io::Error },
    #[error("{} ({setting}) has no {what}", path.display())]
    Without { setting: &'static str, path: PathBuf, what: &'static str },
    #[error("--nats-url cannot be used: {0}")]
    Connect(#[from] async_nats::ConnectError),
}

/// The options that prove to NATS who this node is, and to this node that it is NATS.
///
/// # Errors
/// A file that cannot be read, or does not have what it is for.
pub(super) fn options(url: &NatsUrl, nats: &NatsOptions) -> Result<ConnectOptions, BusError> {
    let mut options = match &url.login {
        Some(NatsLogin::Token(token)) => ConnectOptions::with_token(token.clone()),
        Some(NatsLogin::Password { user, password }) => {
            ConnectOptions::with_user_and_password(user.clone(), password.clone())
        }
        None => match &nats.credentials {
            Some(path) => with_credentials(path)?,
            None => ConnectOptions::new(),
        },
    };
    if let Some(path) = &nats.ca {
        expect(path, "--nats-ca", "CERTIFICATE-----", "certificate in PEM")?;
        options = options.add_root_certificates(path.clone());
    }
    if let (Some(certificate), Some(key)) = (&nats.certificate, &nats.key) {
        expect(certificate, "--nats-certificate", "CERTIFICATE-----", "certificate in PEM")?;
        expect(key, "--nats-key", "PRIVATE KEY-----", "private key in PEM")?;
        options = options.add_client_certificate(certificate.clone(), key.clone());
    }
    Ok(options)
}

fn with_credentials(path: &Path) -> Result<ConnectOptions, BusError> {
    const SETTING: &str = "--nats-credentials";
    let text = read(path, SETTING)?;
    if let Some(seed) = text.lines().map(str::trim).find(|line| is_seed(line))
        && !text.contains("JWT-----")
    {
        return Ok(ConnectOptions::with_nkey(seed.to_owned()));
    }
    ConnectOptions::with_credentials(&text).map_err(|_| BusError::Without {
        setting: SETTING,
        path: path.to_owned(),
        what: "user JWT with its seed, and no seed of an nkey (SU…)",
    })
}

fn is_seed(line: &str) -> bool {
    line.len() == SEED_LENGTH
        && line.starts_with("SU")
        && line.bytes().all(|byte| matches!(byte, b'A'..=b'Z' | b'2'..=b'7'))
}

fn expect(path: &Path, setting: &'static str, mark: &str, what: &'static str) -> Result<(), BusError> {
    if read(path, setting)?.contains(mark) {
        return Ok(());
    }
    Err(BusError::Without { setting, path: path.to_owned(), what })
}

fn read(path: &Path, setting: &'static str) -> Result<String, BusError> {
    let unreadable = |error| BusError::Unreadable { setting, path: path.to_owned(), error };
    std::fs::read_to_string(path).map_err(unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_what_it_is_for_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let url = NatsUrl { servers: Vec::new(), login: None };
        let refused = |nats: NatsOptions| options(&url, &nats).unwrap_err().to_string();
        let missing = Some(folder.path().join("missing"));
        let line = refused(NatsOptions { credentials: missing, ..NatsOptions::default() });
        assert!(line.contains("missing (--nats-credentials)"), "{line}");

        let wrong = folder.path().join("wrong");
        std::fs::write(&wrong, "SU is no seed\n").unwrap();
        let line = refused(NatsOptions { credentials: Some(wrong.clone()), ..NatsOptions::default() });
        assert!(line.contains("wrong (--nats-credentials)") && line.contains("seed"), "{line}");
        let line = refused(NatsOptions { ca: Some(wrong.clone()), ..NatsOptions::default() });
        assert!(line.contains("wrong (--nats-ca) has no certificate"), "{line}");
        let own =
            NatsOptions { certificate: Some(wrong.clone()), key: Some(wrong), ..NatsOptions::default() };
        assert!(refused(own).contains("--nats-certificate"));
    }
}
