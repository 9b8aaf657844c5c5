//! The way out of a connection.

use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

/// What a connection is made of.
#[derive(Debug)]
pub enum Line {
    /// What waits is written straight to it.
    Socket(TcpStream),
    /// The connection's task takes what waits and writes it itself. The token cuts a line whose peer reads no
    /// more.
    Stream(CancellationToken),
}
