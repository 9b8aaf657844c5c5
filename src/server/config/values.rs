//! Values of the command line: what they may be, and what is said of those that they may not.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    str::FromStr,
};

use ipnet::IpNet;
use tracing_subscriber::{EnvFilter, filter::LevelFilter};

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

/// An address and a port; `localhost` is 127.0.0.1.
pub(super) fn listen_address(text: &str) -> Result<SocketAddr, String> {
    let text = text.trim();
    if let Some(port) = text.strip_prefix("localhost:").and_then(|port| port.parse().ok()) {
        return Ok((Ipv4Addr::LOCALHOST, port).into());
    }
    text.parse().map_err(|_| match text.strip_prefix(':').unwrap_or(text).parse::<u16>() {
        Ok(port) => format!(
            "give the address too: 127.0.0.1:{port} for this machine alone, 0.0.0.0:{port} or [::]:{port} for all"
        ),
        Err(_) if text.starts_with("unix:") || text.starts_with('/') => {
            "Papo listens on TCP only: give an address and a port, such as 127.0.0.1:3000".to_owned()
        }
        Err(_) => "give an IP address and a port, such as 127.0.0.1:3000 or [::1]:3000".to_owned(),
    })
}

/// Levels, and targets with a level each; a word that is neither would silence everything.
pub(super) fn log_filter(text: &str) -> Result<String, String> {
    let hint = "give error, warn, info, debug or trace, or some of TARGET=LEVEL with commas between, such as papo=debug";
    let is_plain = |part: &&str| !part.contains(['=', '[']) && !part.is_empty();
    if let Some(word) =
        text.split(',').map(str::trim).filter(is_plain).find(|word| word.parse::<LevelFilter>().is_err())
    {
        return Err(format!("{word:?} is no level; {hint}"));
    }
    EnvFilter::try_new(text).map_err(|error| format!("{error}; {hint}"))?;
    Ok(text.to_owned())
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
    fn an_address_to_listen_on_has_a_port_and_no_name_but_localhost() {
        for (text, address) in [
            ("127.0.0.1:5101", "127.0.0.1:5101"),
            ("localhost:5101", "127.0.0.1:5101"),
            ("[::]:80", "[::]:80"),
        ] {
            assert_eq!(listen_address(text).unwrap().to_string(), address);
        }
        for (text, hint) in [
            (":5101", "0.0.0.0:5101"),
            ("5101", "127.0.0.1:5101"),
            ("chat.example.org:80", "127.0.0.1:3000"),
            ("unix:/run/papo", "TCP only"),
            ("", "127.0.0.1:3000"),
        ] {
            let refused = listen_address(text).unwrap_err();
            assert!(refused.contains(hint), "{text}: {refused}");
        }
    }

    #[test]
    fn log_words_are_levels() {
        for good in ["info", "WARN", "off", "papo=debug,tower_http=trace", "warn,papo=debug", "papo[x]=debug"]
        {
            assert!(log_filter(good).is_ok(), "{good}");
        }
        for (bad, word) in
            [("verbose", "verbose"), ("info,papo", "papo"), ("papo=loud", "loud"), ("all", "all")]
        {
            let refused = log_filter(bad).unwrap_err();
            assert!(refused.contains(word) || bad.contains(word) && !refused.is_empty(), "{bad}: {refused}");
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
