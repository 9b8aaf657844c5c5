//! A connection's socket: what its own task does with it, and how bytes leave.

use std::io;

use tokio::{io::Interest, net::TcpStream};

use super::{Outlet, Subscriber, WRITE_DEADLINE, byte_queue::ByteQueue, lock, transport::hang_up};
use crate::server::live::Close;

impl Subscriber {
    /// Waits until the peer has sent something, or `closing` is to be looked at. Meanwhile writes what
    /// the socket had no room for. None for a stream.
    ///
    /// # Errors
    /// Those of the socket.
    pub async fn ready(&self) -> io::Result<Option<&TcpStream>> {
        let Outlet::Socket { socket, queue } = &self.outlet else { return Ok(None) };
        loop {
            let is_blocked = lock(queue).blocked.is_some();
            let interest =
                if is_blocked { Interest::READABLE | Interest::WRITABLE } else { Interest::READABLE };
            let ready = tokio::select! {
                ready = socket.ready(interest) => ready?,
                () = self.wake.notified() => {
                    if self.closing().is_some() { return Ok(Some(socket)) }
                    continue;
                }
            };
            if ready.is_writable() && is_blocked {
                self.write(socket, &mut lock(queue));
            }
            if ready.is_readable() || ready.is_read_closed() {
                return Ok(Some(socket));
            }
        }
    }

    /// Sends what waits and the close frame, and nothing after it; gives up on a socket that takes nothing.
    pub async fn end(&self, why: Close) {
        let Outlet::Socket { socket, queue } = &self.outlet else { return };
        if why == Close::Gone {
            return;
        }
        lock(queue).end(why);
        let sending = async {
            loop {
                {
                    let mut queue = lock(queue);
                    self.write(socket, &mut queue);
                    if queue.blocked.is_none() {
                        return;
                    }
                }
                if socket.writable().await.is_err() {
                    return;
                }
            }
        };
        if tokio::time::timeout(WRITE_DEADLINE, sending).await.is_ok() {
            hang_up(socket).await;
        }
    }

    pub(super) fn write(&self, socket: &TcpStream, queue: &mut ByteQueue) {
        match queue.write(socket) {
            Err(_) => self.close(Close::Gone),
            Ok(()) if queue.blocked.is_some() => self.wake.notify_one(),
            Ok(()) => {}
        }
    }
}
