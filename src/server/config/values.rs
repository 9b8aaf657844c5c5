//! Values of the command line: what they may be, and what is said of those that they may not.

use std::{net::IpAddr, str::FromStr};

use async_nats::ServerAddr;
use ipnet::IpNet;

use crate::server::store::DatabaseUrl;

/// The NATS servers by which nodes hear of each other, with their passwords.
#[derive(Clone)]
pub struct NatsUrl(pub Vec<ServerAddr>);

impl std::fmt::Debug for NatsUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NatsUrl")
    }
}

/// An origin: scheme and host with an optional port, nothing behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    origin: String,
}

impl PublicUrl {
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Whether `host`, as a request names it, is this one.
    pub fn is_host(&self, host: &str) -> bool {
        let (scheme, own) = self.origin.split_once("://").unwrap_or_default();
        let host = host.strip_suffix(default_port(scheme)).unwrap_or(host);
        host.eq_ignore_ascii_case(own)
    }

    pub fn is_https(&self) -> bool {
        self.origin.starts_with("https://")
    }
}

pub(super) fn database_url(text: &str) -> Result<DatabaseUrl, String> {
    if text.starts_with("postgres://") || text.starts_with("postgresql://") {
        return Ok(DatabaseUrl::Postgres(text.to_owned()));
    }
    match text.strip_prefix("sqlite:") {
        Some(path) if !path.trim_start_matches("//").is_empty() => {
            Ok(DatabaseUrl::Sqlite(path.trim_start_matches("//").into()))
        }
        _ => Err("give postgres://USER:PASSWORD@HOST/DATABASE or sqlite:PATH".to_owned()),
    }
}

pub(super) fn nats_url(text: &str) -> Result<NatsUrl, String> {
    let hint = || "give nats://HOST:PORT or tls://HOST:PORT, several of them with commas between".to_owned();
    let parse = |part: &str| {
        let part = part.trim();
        let is_known = ["nats://", "tls://"].iter().any(|scheme| part.starts_with(scheme));
        let server = part.parse::<ServerAddr>().ok().filter(|server| is_known && !server.host().is_empty());
        server.ok_or_else(hint)
    };
    text.split(',').map(parse).collect::<Result<_, _>>().map(NatsUrl)
}

pub(super) fn public_url(text: &str) -> Result<PublicUrl, String> {
    let url: axum::http::Uri = text.parse().map_err(|_| hint())?;
    let (Some("http" | "https"), Some(authority)) = (url.scheme_str(), url.authority()) else {
        return Err(hint());
    };
    if url.path() != "/" || url.query().is_some() || authority.as_str().contains('@') {
        return Err(hint());
    }
    let scheme = url.scheme_str().unwrap_or_default();
    let host = authority.as_str().to_lowercase();
    // As browsers write an origin.
    let host = host.strip_suffix(default_port(scheme)).unwrap_or(&host);
    return Ok(PublicUrl { origin: format!("{scheme}://{host}") });

    fn hint() -> String {
        "give scheme and host only, such as https://chat.example.org".to_owned()
    }
}

fn default_port(scheme: &str) -> &'static str {
    if scheme == "https" { ":443" } else { ":80" }
}

impl FromStr for PublicUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        public_url(text)
    }
}

/// A network, or one address.
pub(super) fn network(text: &str) -> Result<IpNet, String> {
    let text = text.trim();
    let parsed = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    parsed.map_err(|_| "give an address or a network, such as 10.0.0.1 or 10.0.0.0/24".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_is_an_origin() {
        assert_eq!(public_url("https://Chat.Example.org/").unwrap().origin(), "https://chat.example.org");
        assert_eq!(public_url("https://x.org:443").unwrap().origin(), "https://x.org");
        assert_eq!(public_url("http://x.org:443").unwrap().origin(), "http://x.org:443");
        for bad in ["chat.example.org", "ftp://x.org", "https://x.org/chat", "https://u@x.org", ""] {
            assert!(public_url(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn nats_servers_are_told_with_their_scheme() {
        assert_eq!(nats_url("nats://127.0.0.1:4222").unwrap().0.len(), 1);
        assert_eq!(nats_url("nats://papo:pass@a, tls://b:4333").unwrap().0.len(), 2);
        for bad in ["", "127.0.0.1:4222", "http://a", "nats://a,", "nats://"] {
            assert!(nats_url(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_network_may_be_one_address() {
        assert!(network("10.0.0.0/24").unwrap().contains(&IpAddr::from([10, 0, 0, 9])));
        assert_eq!(network(" 2001:db8::1").unwrap().to_string(), "2001:db8::1/128");
        for bad in ["", "10.0.0", "10.0.0.0/33", "proxy.internal"] {
            assert!(network(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_database_url_names_its_engine() {
        assert!(matches!(database_url("postgres://u@h/d"), Ok(DatabaseUrl::Postgres(_))));
        assert!(matches!(database_url("sqlite:x.db"), Ok(DatabaseUrl::Sqlite(_))));
        assert!(database_url("mysql://x").is_err());
        assert!(database_url("sqlite:").is_err());
    }
}
