//! Proxies, and whom they speak for.

use std::{
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
};

use axum::http::HeaderMap;
use ipnet::IpNet;

use super::{
    Address,
    capped::{Capped, Size},
};

/// How many proxies that name no client are remembered, so that each is logged once.
const REMEMBERED: usize = 1_000;

/// The proxies that are believed: those on this machine, and those that the operator names.
#[derive(Clone, Debug)]
pub struct Proxies(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    named: Box<[IpNet]>,
    /// Proxies that named no client, and were logged for it.
    silent: Mutex<Capped<IpAddr, ()>>,
}

impl Proxies {
    pub fn new(named: &[IpNet]) -> Self {
        Self(Arc::new(Shared { named: named.into(), silent: Mutex::new(Capped::new(REMEMBERED)) }))
    }

    /// Whom a request comes from: going back from its `peer`, the first hop that is no proxy. What `X-Forwarded-For`
    /// tells of hops before that one is a claim of its own.
    pub fn client_of(&self, peer: IpAddr, headers: &HeaderMap) -> Address {
        let lines = headers.get_all("x-forwarded-for").into_iter().rev();
        let hops = lines.flat_map(|line| line.to_str().unwrap_or("?").rsplit(','));
        let (mut client, mut unread) = (peer, None);
        for hop in hops {
            if !self.holds(client) {
                break;
            }
            let Some(address) = address_of(hop) else {
                unread = Some(hop);
                break;
            };
            client = address;
        }
        if client == peer {
            self.note_silent(peer, unread);
        }
        Address(client)
    }

    /// Logs once for each proxy that a request named no client. A request from this machine without the header is its
    /// own; a proxy's own health check has none either, so the line does not claim that something is wrong.
    fn note_silent(&self, peer: IpAddr, unread: Option<&str>) {
        let is_named = self.is_named(peer);
        if !is_named && (unread.is_none() || !self.holds(peer)) {
            return;
        }
        let mut silent = self.0.silent.lock().unwrap_or_else(PoisonError::into_inner);
        if silent.get(&peer).is_some() {
            return;
        }
        silent.entry(peer, || ());
        drop(silent);
        let header = unread.map_or("none", |hop| hop.get(..64).unwrap_or(hop));
        tracing::warn!(
            proxy = %peer, x_forwarded_for = ?header,
            "a trusted proxy named no client: unless this was its own health check, all people behind it count as one \
             address; let it send X-Forwarded-For"
        );
    }

    /// Whether the address is that of a proxy.
    pub fn holds(&self, address: IpAddr) -> bool {
        address.to_canonical().is_loopback() || self.is_named(address)
    }

    fn is_named(&self, address: IpAddr) -> bool {
        self.0.named.iter().any(|network| network.contains(&address.to_canonical()))
    }

    /// How many proxies are remembered as silent, and the cap.
    pub fn size(&self) -> Size {
        self.0.silent.lock().unwrap_or_else(PoisonError::into_inner).size("silent proxies")
    }
}

/// The address of a hop, which may stand in brackets and have a port behind it.
fn address_of(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim();
    let bare = || hop.strip_prefix('[')?.strip_suffix(']')?.parse().ok().map(IpAddr::V6);
    let with_port = || hop.parse::<SocketAddr>().ok().map(|address| address.ip());
    hop.parse().ok().or_else(with_port).or_else(bare)
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
    fn a_hop_may_have_a_port_and_brackets() {
        for (hop, address) in [
            ("192.0.2.7:4711", "192.0.2.7"),
            ("[2001:db8::7]:4711", "2001:db8::7"),
            ("[2001:db8::7]", "2001:db8::7"),
            ("2001:db8::7", "2001:db8::7"),
            (" 6.6.6.6:1, 192.0.2.7:4711 ", "192.0.2.7"),
            ("192.0.2.7:4711, 10.0.0.3:80", "192.0.2.7"),
        ] {
            assert_eq!(client("127.0.0.1", &[hop]), address, "{hop}");
        }
        for nonsense in ["192.0.2.7:", "192.0.2.7:99999", "[192.0.2.7]", "[2001:db8::7", "[::1]:x", "unknown"]
        {
            assert_eq!(client("127.0.0.1", &[nonsense]), "127.0.0.1", "{nonsense}");
        }
    }

    #[test]
    fn a_proxy_that_names_nobody_is_noted_once() {
        let proxies = Proxies::new(&["10.0.0.0/24".parse().unwrap()]);
        let ask = |peer: &str, forwarded: Option<&str>| {
            let header = forwarded.map(|line| ("x-forwarded-for".parse().unwrap(), line.parse().unwrap()));
            proxies.client_of(peer.parse().unwrap(), &header.into_iter().collect());
            proxies.size().entries
        };
        assert_eq!(ask("10.0.0.1", Some("192.0.2.7")), 0);
        assert_eq!(ask("192.0.2.9", None), 0, "no proxy");
        assert_eq!(ask("192.0.2.9", Some("nonsense")), 0, "no proxy");
        assert_eq!(ask("127.0.0.1", None), 0, "a request of this machine");
        assert_eq!(ask("127.0.0.1", Some("nonsense")), 1);
        assert_eq!(ask("10.0.0.1", None), 2);
        assert_eq!(ask("10.0.0.1", Some("unknown")), 2);
    }

    #[test]
    fn nonsense_ends_the_way_back() {
        assert_eq!(client("127.0.0.1", &["nonsense"]), "127.0.0.1");
        assert_eq!(client("127.0.0.1", &["192.0.2.7, , 10.0.0.3"]), "10.0.0.3");
        assert_eq!(client("127.0.0.1", &[]), "127.0.0.1");
    }
}
