//! Addresses to listen on that survive a restart.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use anyhow::{Context as _, Result};

/// An address on loopback that nobody listens on. Its port lies below those that the system gives to
/// outgoing connections, so none of them takes it while its server is down.
///
/// # Errors
/// If hundreds of ports in a row are taken.
pub fn free_address() -> Result<SocketAddr> {
    (0..500)
        .map(|_| SocketAddr::from((Ipv4Addr::LOCALHOST, rand::random_range(20_000..32_000))))
        .find(|address| TcpListener::bind(address).is_ok())
        .context("no free port between 20000 and 32000")
}
