//! The way out of a connection.

use std::{io::ErrorKind, net::Shutdown, time::Duration};

use socket2::SockRef;
use tokio::{net::TcpStream, time::timeout};
use tokio_util::sync::CancellationToken;

/// How long a peer may take to hang up once it has been told to.
const FAREWELL: Duration = Duration::from_secs(1);

/// What a connection is made of.
#[derive(Debug)]
pub enum Line {
    /// What waits is written straight to it.
    Socket(TcpStream),
    /// The connection's task takes what waits and writes it itself. The token cuts a line whose peer reads no
    /// more.
    Stream(CancellationToken),
}

/// Says that nothing more comes, and reads what the peer still sends until it hangs up too. A socket that is
/// closed with bytes unread is reset, and the peer may lose what was sent to it last.
pub async fn hang_up(socket: &TcpStream) {
    if SockRef::from(socket).shutdown(Shutdown::Write).is_err() {
        return;
    }
    let mut buffer = [0; 1024];
    let hearing = async {
        while socket.readable().await.is_ok() {
            match socket.try_read(&mut buffer) {
                Ok(read) if read > 0 => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                _ => return,
            }
        }
    };
    drop(timeout(FAREWELL, hearing).await);
}
