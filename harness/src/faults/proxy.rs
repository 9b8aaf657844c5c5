//! A small TCP proxy that can be as bad as a network: it pauses, cuts, thins, loses and truncates.
//!
//! Controls change at any time and hold for connections old and new. Bytes are passed on as they are;
//! `liar` is the proxy that understands frames.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use anyhow::Result;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpSocket, TcpStream, tcp},
    sync::watch,
    task::{AbortHandle, JoinSet},
};

/// What happens to the bytes of one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Flow {
    #[default]
    Open,
    /// They wait, and so does the sender in the end.
    Paused,
    /// So many bytes pass each second.
    Thin(u32),
    /// They are read and lost.
    Lost,
    /// Half of what comes next passes; then the connection is reset.
    Truncated,
}

#[derive(Clone, Copy, Debug, Default)]
struct Controls {
    to_server: Flow,
    to_client: Flow,
    is_refusing: bool,
    /// Connections that began before this number's last change are reset.
    cuts: u32,
}

/// A listening proxy; dropping it ends it and its connections.
#[derive(Debug)]
pub struct Proxy {
    pub address: SocketAddr,
    controls: Arc<watch::Sender<Controls>>,
    task: AbortHandle,
}

const PIECE: usize = 16 * 1024;
const TICK: Duration = Duration::from_millis(50);

impl Proxy {
    /// Listens on a free port and passes on to `server`.
    ///
    /// # Errors
    /// If there is no free port.
    pub async fn start(server: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let controls = Arc::new(watch::Sender::new(Controls::default()));
        let task = tokio::spawn(accept(listener, server, Arc::clone(&controls))).abort_handle();
        Ok(Self { address, controls, task })
    }

    pub fn to_server(&self, flow: Flow) {
        self.controls.send_modify(|controls| controls.to_server = flow);
    }

    pub fn to_client(&self, flow: Flow) {
        self.controls.send_modify(|controls| controls.to_client = flow);
    }

    /// Resets new connections at once.
    pub fn refuse_new(&self, is_refusing: bool) {
        self.controls.send_modify(|controls| controls.is_refusing = is_refusing);
    }

    /// Resets every connection that there is.
    pub fn cut(&self) {
        self.controls.send_modify(|controls| controls.cuts += 1);
    }

    /// Everything passes again.
    pub fn heal(&self) {
        self.controls.send_modify(|controls| {
            *controls = Controls { cuts: controls.cuts, ..Controls::default() };
        });
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, server: SocketAddr, controls: Arc<watch::Sender<Controls>>) {
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        while connections.try_join_next().is_some() {}
        let controls = controls.subscribe();
        if controls.borrow().is_refusing {
            client.set_zero_linger().ok();
            continue;
        }
        // What breaks is the connection, and its ends see that for themselves.
        connections.spawn(async move { carry(client, server, controls).await.ok() });
    }
}

async fn carry(client: TcpStream, server: SocketAddr, controls: watch::Receiver<Controls>) -> Result<()> {
    let thin = matches!(controls.borrow().to_client, Flow::Thin(_));
    let socket = TcpSocket::new_v4()?;
    if thin {
        // So that it is the server that waits, and not this proxy's buffers.
        socket.set_recv_buffer_size(4 * 1024)?;
    }
    let server = socket.connect(server).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    // Whatever way a proxied connection ends, no farewell is made up for it.
    let born = controls.borrow().cuts;
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let mut watched = controls.clone();
    let is_over = async {
        watched.wait_for(|controls| controls.cuts != born).await.ok();
        true
    };
    let is_cut = tokio::select! {
        cut = is_over => cut,
        cut = pass(&mut from_client, &mut to_server, controls.clone(), |c| c.to_server) => cut,
        cut = pass(&mut from_server, &mut to_client, controls.clone(), |c| c.to_client) => cut,
    };
    if is_cut {
        from_client.as_ref().set_zero_linger()?;
        from_server.as_ref().set_zero_linger()?;
        // Dropped, they would say farewell first.
        to_client.forget();
        to_server.forget();
    }
    Ok(())
}

/// Carries bytes until either end is gone; true if the connection shall end with a reset.
async fn pass(
    from: &mut tcp::OwnedReadHalf,
    to: &mut tcp::OwnedWriteHalf,
    mut controls: watch::Receiver<Controls>,
    flow: fn(&Controls) -> Flow,
) -> bool {
    let mut buffer = vec![0; PIECE];
    let mut has_lost = false;
    loop {
        if controls.wait_for(|controls| flow(controls) != Flow::Paused).await.is_err() {
            return true;
        }
        let most = match flow(&controls.borrow()) {
            Flow::Thin(rate) => (rate / (1_000 / TICK.as_millis() as u32)).max(1) as usize,
            _ => PIECE,
        };
        let read = tokio::select! {
            read = from.read(&mut buffer[..most.min(PIECE)]) => read,
            // A new rule for what comes next.
            changed = controls.changed() => if changed.is_ok() { continue } else { return true },
        };
        let length = match read {
            Ok(0) => return false,
            Ok(length) => length,
            Err(_) => return true,
        };
        // A rule that came while the bytes were awaited holds for them too.
        let now = flow(&controls.borrow_and_update());
        match now {
            Flow::Lost => {
                has_lost = true;
                continue;
            }
            // No line goes on after a hole.
            _ if has_lost => return true,
            Flow::Truncated => {
                to.write_all(&buffer[..length / 2]).await.ok();
                return true;
            }
            Flow::Paused => {
                if controls.wait_for(|controls| flow(controls) != Flow::Paused).await.is_err() {
                    return true;
                }
            }
            Flow::Thin(_) => tokio::time::sleep(TICK).await,
            Flow::Open => {}
        }
        if to.write_all(&buffer[..length]).await.is_err() {
            return true;
        }
    }
}

#[cfg(test)]
#[path = "proxy_tests.rs"]
mod tests;
