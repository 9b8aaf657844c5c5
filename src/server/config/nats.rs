//! How to reach NATS, and how to sign in there.

use std::path::PathBuf;

use async_nats::ServerAddr;
use clap::Args;
use percent_encoding::percent_decode_str;

#[derive(Clone, Debug, Default, Args)]
pub struct NatsOptions {
    /// `nats://…` to be one of several nodes, each with the same PostgreSQL and NATS; with `USER:PASSWORD@` or `TOKEN@` before
    /// the host if NATS asks for it
    #[arg(id = "nats-url", long = "nats-url", env = "PAPO_NATS_URL", global = true, value_parser = nats_url)]
    pub url: Option<NatsUrl>,
    /// File with what NATS asks for: a `.creds` file, or the seed of an nkey
    #[arg(id = "nats-credentials", long = "nats-credentials", env = "PAPO_NATS_CREDENTIALS", global = true)]
    pub credentials: Option<PathBuf>,
    /// File (PEM) with the certificate authority of NATS's own certificate [default: those of the system]
    #[arg(id = "nats-ca", long = "nats-ca", env = "PAPO_NATS_CA", global = true)]
    pub ca: Option<PathBuf>,
    /// File (PEM) with the certificate that shows NATS who this node is, if it asks for one
    #[arg(
        id = "nats-certificate",
        long = "nats-certificate",
        env = "PAPO_NATS_CERTIFICATE",
        global = true,
        requires = "nats-key"
    )]
    pub certificate: Option<PathBuf>,
    /// File (PEM) with that certificate's private key
    #[arg(
        id = "nats-key",
        long = "nats-key",
        env = "PAPO_NATS_KEY",
        global = true,
        requires = "nats-certificate"
    )]
    pub key: Option<PathBuf>,
}

/// The NATS servers by which nodes hear of each other, and the name by which they let nodes in.
#[derive(Clone)]
pub struct NatsUrl {
    /// Without user names and passwords: the library logs them.
    pub servers: Vec<ServerAddr>,
    pub login: Option<NatsLogin>,
}

#[derive(Clone, PartialEq, Eq)]
pub enum NatsLogin {
    Token(String),
    Password { user: String, password: String },
}

impl std::fmt::Debug for NatsUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NatsUrl")
    }
}

fn nats_url(text: &str) -> Result<NatsUrl, String> {
    let (mut servers, mut login) = (Vec::new(), None);
    for part in text.split(',') {
        let (server, own) = read_server(part.trim())?;
        servers.push(server);
        match (&login, own) {
            (Some(known), Some(own)) if *known != own => {
                return Err("give the same user and password, or the same token, for all servers".to_owned());
            }
            (None, Some(own)) => login = Some(own),
            _ => {}
        }
    }
    Ok(NatsUrl { servers, login })
}

/// One server's address, and how to sign in there.
fn read_server(text: &str) -> Result<(ServerAddr, Option<NatsLogin>), String> {
    let hint = || "give nats://HOST:PORT or tls://HOST:PORT, several of them with commas between".to_owned();
    let is_known = ["nats://", "tls://"].iter().any(|scheme| text.starts_with(scheme));
    let server = text.parse::<ServerAddr>().ok().filter(|server| is_known && !server.host().is_empty());
    let server = server.ok_or_else(hint)?;
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let login = server.username().map(|user| match server.password() {
        Some(password) => NatsLogin::Password { user: decode(user), password: decode(password) },
        None => NatsLogin::Token(decode(user)),
    });
    let mut url = server.into_inner();
    // Neither fails for an address with a host.
    url.set_username("").map_err(|()| hint())?;
    url.set_password(None).map_err(|()| hint())?;
    Ok((ServerAddr::from_url(url).map_err(|_| hint())?, login))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nats_servers_are_told_with_their_scheme() {
        assert_eq!(nats_url("nats://127.0.0.1:4222").unwrap().servers.len(), 1);
        assert_eq!(nats_url("nats://papo:pass@a, tls://b:4333").unwrap().servers.len(), 2);
        for bad in ["", "127.0.0.1:4222", "http://a", "nats://a,", "nats://"] {
            assert!(nats_url(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_login_is_read_once_and_stays_in_no_address() {
        let login = |text: &str| nats_url(text).unwrap().login;
        let password = |user: &str, password: &str| {
            Some(NatsLogin::Password { user: user.to_owned(), password: password.to_owned() })
        };
        assert!(login("nats://a").is_none());
        assert!(login("nats://papo:s%40cret%2B@a") == password("papo", "s@cret+"));
        assert!(login("nats://t0ken@a:4222") == Some(NatsLogin::Token("t0ken".to_owned())));
        assert!(login("nats://papo:x@a,nats://b,nats://papo:x@c") == password("papo", "x"));
        assert!(nats_url("nats://papo:x@a,nats://papo:y@b").is_err());
        let url = nats_url("nats://papo:s3cret@a:4222,tls://b").unwrap();
        assert!(!format!("{:?}", url.servers).contains("s3cret"), "{:?}", url.servers);
    }
}
