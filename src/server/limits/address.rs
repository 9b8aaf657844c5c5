//! Whom a request comes from: the address that limits and failed attempts are counted for.

use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr, SocketAddr},
};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::request::Parts,
};

/// The address of a request's client, behind a proxy on this machine too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address(pub IpAddr);

impl Address {
    pub fn of(parts: &Parts) -> Self {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.ip());
        if !peer.to_canonical().is_loopback() {
            return Self(peer);
        }
        // A proxy on this machine tells whom it speaks for; from anywhere else the header is a claim.
        let hops = parts.headers.get_all("x-forwarded-for").into_iter().next_back();
        let last = hops.and_then(|hops| hops.to_str().ok()?.rsplit(',').next()?.trim().parse().ok());
        Self(last.unwrap_or(peer))
    }
}

impl<S: Sync> FromRequestParts<S> for Address {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(parts))
    }
}

/// What counts as one address: one IPv6 customer has a whole /64.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6((v6.to_bits() & (u128::MAX << 64)).into()),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(peer: &str, forwarded: &str) -> IpAddr {
        let request = axum::http::Request::builder().header("x-forwarded-for", forwarded);
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        parts.extensions.insert(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 1)));
        Address::of(&parts).0
    }

    #[test]
    fn only_a_proxy_on_this_machine_is_believed() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        assert_eq!(
            address("127.0.0.1", "6.6.6.6, 192.0.2.7"),
            ip("192.0.2.7"),
            "the last hop is the proxy's own word"
        );
        assert_eq!(address("::ffff:127.0.0.1", "192.0.2.7"), ip("192.0.2.7"));
        assert_eq!(address("192.0.2.1", "192.0.2.7"), ip("192.0.2.1"));
        assert_eq!(address("127.0.0.1", "nonsense"), ip("127.0.0.1"));
    }

    #[test]
    fn an_ipv6_network_counts_as_one_address() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        assert_eq!(network(ip("2001:db8::1")), network(ip("2001:db8::ffff:2")));
        assert_ne!(network(ip("2001:db8:0:1::1")), network(ip("2001:db8::1")));
        assert_eq!(network(ip("::ffff:10.0.0.1")), ip("10.0.0.1"));
    }
}
