//! Proxies, and whom they speak for.

use std::{net::IpAddr, sync::Arc};

use axum::http::HeaderMap;
use ipnet::IpNet;

use super::Address;

/// The proxies that are believed: those on this machine, and those that the operator names.
#[derive(Clone, Debug)]
pub struct Proxies(Arc<[IpNet]>);

impl Proxies {
    pub fn new(named: &[IpNet]) -> Self {
        Self(named.into())
    }

    /// Whom a request comes from: going back from its `peer`, the first hop that is no proxy. What `X-Forwarded-For`
    /// tells of hops before that one is a claim of its own.
    pub fn client_of(&self, peer: IpAddr, headers: &HeaderMap) -> Address {
        let lines = headers.get_all("x-forwarded-for").into_iter().rev();
        let hops = lines.flat_map(|line| line.to_str().unwrap_or_default().rsplit(','));
        let mut client = peer;
        for hop in hops {
            let Some(hop) = hop.trim().parse().ok().filter(|_| self.holds(client)) else { break };
            client = hop;
        }
        Address(client)
    }

    /// Whether the address is that of a proxy.
    pub fn holds(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_loopback() || self.0.iter().any(|network| network.contains(&address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, forwarded: &[&str]) -> String {
        let proxies = Proxies::new(&["10.0.0.0/24".parse().unwrap(), "2001:db8::1/128".parse().unwrap()]);
        let headers =
            forwarded.iter().map(|line| ("x-forwarded-for".parse().unwrap(), line.parse().unwrap()));
        proxies.client_of(peer.parse().unwrap(), &headers.collect()).0.to_string()
    }

    #[test]
    fn only_proxies_are_believed() {
        assert_eq!(client("192.0.2.1", &["192.0.2.7"]), "192.0.2.1");
        assert_eq!(
            client("127.0.0.1", &["6.6.6.6, 192.0.2.7"]),
            "192.0.2.7",
            "the last hop is the proxy's word"
        );
        assert_eq!(client("::ffff:127.0.0.1", &["192.0.2.7"]), "192.0.2.7");
        assert_eq!(client("10.0.0.9", &["6.6.6.6", "192.0.2.7"]), "192.0.2.7");
        assert_eq!(client("2001:db8::1", &["192.0.2.7"]), "192.0.2.7");
        assert_eq!(client("2001:db8::2", &["192.0.2.7"]), "2001:db8::2");
    }

    #[test]
    fn a_chain_of_proxies_is_followed() {
        assert_eq!(client("127.0.0.1", &["6.6.6.6,192.0.2.7, 10.0.0.3"]), "192.0.2.7");
        assert_eq!(client("10.0.0.9", &["192.0.2.7", "10.0.0.3,10.0.0.4"]), "192.0.2.7");
    }

    #[test]
    fn nonsense_ends_the_way_back() {
        assert_eq!(client("127.0.0.1", &["nonsense"]), "127.0.0.1");
        assert_eq!(client("127.0.0.1", &["192.0.2.7, , 10.0.0.3"]), "10.0.0.3");
        assert_eq!(client("127.0.0.1", &[]), "127.0.0.1");
    }
}
