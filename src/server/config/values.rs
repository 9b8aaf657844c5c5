//! Values of the command line: what they may be, and what is said of those that they may not.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::server::store::DatabaseUrl;

/// An origin: scheme and host with an optional port, nothing behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    origin: String,
}

impl PublicUrl {
    pub fn origin(&self) -> &str {
        &self.origin
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

pub(super) fn public_url(text: &str) -> Result<PublicUrl, String> {
    let url: axum::http::Uri = text.parse().map_err(|_| hint())?;
    let (Some("http" | "https"), Some(authority)) = (url.scheme_str(), url.authority()) else {
        return Err(hint());
    };
    if url.path() != "/" || url.query().is_some() || authority.as_str().contains('@') {
        return Err(hint());
    }
    let scheme = url.scheme_str().unwrap_or_default();
    return Ok(PublicUrl { origin: format!("{scheme}://{}", authority.as_str().to_lowercase()) });

    fn hint() -> String {
        "give scheme and host only, such as https://chat.example.org".to_owned()
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
        for bad in ["chat.example.org", "ftp://x.org", "https://x.org/chat", "https://u@x.org", ""] {
            assert!(public_url(bad).is_err(), "{bad}");
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
