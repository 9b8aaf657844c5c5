//! The way out of a connection.

use std::{io::ErrorKind, net::Shutdown, time::Duration};

use socket2::SockRef;
use tokio::{net::TcpStream, task::yield_now, time::timeout};
use tokio_util::sync::CancellationToken;

/// How long a peer may take to hang up once it has been told to.
const FAREWELL: Duration = Duration::from_secs(1);
/// And how much it may still send meanwhile.
const FAREWELL_BYTES: usize = 256 * 1024;
const READ_BYTES: usize = 8 * 1024;

/// What a connection is made of.
#[derive(Debug)]
pub enum Transport {
    /// What waits is written straight to it.
    Socket(TcpStream),
    /// The connection's task takes the typed events that wait and writes them itself. The token cuts a line whose
    /// peer reads no more.
    Stream(CancellationToken),
}

/// Says that nothing more comes, and reads what the peer still sends until it hangs up too, up to 256 KiB. A socket that
/// is closed with bytes unread is reset, and the peer may lose what was sent to it last.
pub async fn hang_up(socket: &TcpStream) {
    if SockRef::from(socket).shutdown(Shutdown::Write).is_err() {
        return;
    }
    let mut buffer = vec![0; READ_BYTES];
    let hearing = async {
        let mut left = FAREWELL_BYTES;
        while left > 0 && socket.readable().await.is_ok() {
            match socket.try_read(&mut buffer) {
                Ok(read) if read > 0 => left = left.saturating_sub(read),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                _ => return,
            }
            // A peer that sends on makes its socket ready at once, always.
            yield_now().await;
        }
    };
    drop(timeout(FAREWELL, hearing).await);
}

#[cfg(test)]
mod tests {
    use tokio::{io::AsyncWriteExt as _, net::TcpListener};

    use super::*;

    #[tokio::test]
    async fn a_farewell_reads_no_more_than_its_share() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (server, _) = listener.accept().await.unwrap();
        let flood = tokio::spawn(async move {
            let mut sent = 0;
            while client.write_all(&[0; 4_096]).await.is_ok() {
                sent += 4_096;
            }
            sent
        });
        hang_up(&server).await;
        let mut buffer = [0; 1_024];
        server.readable().await.unwrap();
        assert!(server.try_read(&mut buffer).unwrap() > 0, "the flood is read to its end");
        drop(server);
        assert!(flood.await.unwrap() >= FAREWELL_BYTES);
    }
}
