//! A way to a server that can vanish: without a word, with a refusal, or for old connections alone.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{JoinHandle, JoinSet},
};

pub struct Forwarder {
    port: u16,
    controls: watch::Sender<Controls>,
    forwarding: JoinHandle<()>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Controls {
    /// Bytes stay where they are; all connections stay open, and new ones are taken.
    is_silent: bool,
    /// Nobody listens, and no connection is left.
    is_gone: bool,
    /// Connections that began before this was last raised stay silent for good.
    stranded: u32,
}

impl Forwarder {
    /// A way to the port of this machine.
    pub async fn to(port: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let (controls, watched) = watch::channel(Controls::default());
        let own = listener.local_addr().unwrap();
        let forwarding = tokio::spawn(listen(listener, own, port, watched));
        Self { port: own.port(), controls, forwarding }
    }

    /// A way to the database at `url`, and its address by this way.
    pub async fn to_database(url: &str) -> (Self, String) {
        let (before, name) = url.rsplit_once('/').unwrap();
        let (user, port) = before.rsplit_once(':').unwrap();
        let forwarder = Self::to(port.parse().unwrap()).await;
        let by_it = format!("{user}:{}/{name}", forwarder.port);
        (forwarder, by_it)
    }

    /// Swallows everything, as a network does that drops packets.
    pub fn fall_silent(&self) {
        self.controls.send_modify(|controls| controls.is_silent = true);
    }

    /// Connections of now are dead without knowing; new ones work, as after a failover.
    pub fn strand(&self) {
        self.controls.send_modify(|controls| controls.stranded += 1);
    }

    /// Ends all connections and refuses new ones, as a stopped server does.
    pub fn refuse(&self) {
        self.controls.send_modify(|controls| controls.is_gone = true);
    }

    /// Everything works again; what was swallowed comes through.
    pub fn restore(&self) {
        self.controls.send_modify(|controls| (controls.is_silent, controls.is_gone) = (false, false));
    }
}

impl Drop for Forwarder {
    fn drop(&mut self) {
        self.forwarding.abort();
    }
}

async fn listen(listener: TcpListener, own: SocketAddr, to: u16, mut controls: watch::Receiver<Controls>) {
    let mut listener = Some(listener);
    let mut connections = JoinSet::new();
    loop {
        if controls.borrow_and_update().is_gone {
            listener = None;
            connections.shutdown().await;
            if controls.wait_for(|controls| !controls.is_gone).await.is_err() {
                return;
            }
        }
        if listener.is_none() {
            listener = Some(TcpListener::bind(own).await.unwrap());
        }
        let Some(taken) = &listener else { return };
        tokio::select! {
            near = taken.accept() => {
                let (near, _) = near.unwrap();
                connections.spawn(carry(near, to, controls.clone()));
            }
            changed = controls.changed() => if changed.is_err() { return },
        }
    }
}

async fn carry(near: TcpStream, to: u16, controls: watch::Receiver<Controls>) {
    let born = controls.borrow().stranded;
    let Ok(far) = TcpStream::connect((Ipv4Addr::LOCALHOST, to)).await else { return };
    let ((near_out, near_in), (far_out, far_in)) = (near.into_split(), far.into_split());
    tokio::select! {
        () = pass(near_out, far_in, controls.clone(), born) => {}
        () = pass(far_out, near_in, controls, born) => {}
    }
}

async fn pass(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut controls: watch::Receiver<Controls>,
    born: u32,
) {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let Ok(read) = from.read(&mut buffer).await else { return };
        // Also the end of a connection is swallowed.
        let passes = |controls: &Controls| !controls.is_silent && controls.stranded == born;
        let may_pass = controls.wait_for(passes).await.is_ok();
        if !may_pass || read == 0 || to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}
