//! A proxy that understands frames and changes what they say: it tells one lie, to show that the checker would
//! notice a server with that bug, or it speaks as a server of a later version would.

mod frames;
mod mind;
mod newer;

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use anyhow::{Result, ensure};
use clap::ValueEnum;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::AbortHandle,
};

use super::checker::Law;
use frames::Raw;
use mind::Mind;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Lie {
    /// Acknowledges a send and never stores it.
    AcknowledgeBeforeCommit,
    /// Loses one event.
    DropEvent,
    /// Stores a retry once more.
    SkipCidCheck,
    /// Tells two events in the wrong order.
    SwapEvents,
    /// Tells an event twice.
    RepeatEvent,
    /// Tells one member other words than the rest.
    ChangeText,
    /// Acknowledges marks and forgets them.
    ForgetMarks,
    /// Tells one member nothing of how far the others have come.
    HideReceipts,
    /// Tells a mark lower than before.
    LowerMark,
    /// Leaves a connection open whose session has ended.
    OutliveSession,
    /// Tells an old client of a change as if it were a new message.
    ChangeAsMessage,
    /// Leaves out what an old client does not know.
    SkipUnknown,
    /// Refuses an old client's commands, which have no `ref`.
    DemandRef,
    /// Serves a restored database under its old epoch. The case does it to the database itself.
    KeepEpoch,
}

impl Lie {
    /// The law that this bug breaks.
    pub const fn breaks(self) -> Law {
        match self {
            Self::AcknowledgeBeforeCommit => Law::AcknowledgedIsKept,
            Self::DropEvent | Self::SwapEvents | Self::SkipUnknown => Law::StreamHasNoHole,
            Self::SkipCidCheck => Law::AnswersAgree,
            Self::RepeatEvent => Law::StreamNeverStepsBack,
            Self::ChangeText => Law::MembersAgree,
            Self::ForgetMarks | Self::HideReceipts => Law::MarksConverge,
            Self::LowerMark => Law::MarksOnlyGrow,
            Self::OutliveSession => Law::RevokedHearNothing,
            Self::ChangeAsMessage | Self::DemandRef => Law::OldClientIsWhole,
            Self::KeepEpoch => Law::EventsEqualFetch,
        }
    }

    /// Whether the old client is lied to.
    pub const fn is_about_old(self) -> bool {
        matches!(self, Self::ChangeAsMessage | Self::SkipUnknown | Self::DemandRef)
    }

    /// Whether one of the other clients is lied to.
    pub const fn is_about_talkers(self) -> bool {
        !self.is_about_old() && !matches!(self, Self::OutliveSession | Self::KeepEpoch)
    }
}

/// A listening liar; dropping it ends it.
#[derive(Debug)]
pub struct Liar {
    pub address: SocketAddr,
    mind: Arc<Mutex<Mind>>,
    task: AbortHandle,
}

impl Liar {
    /// Stands before `server` and tells a lie.
    ///
    /// # Errors
    /// If there is no free port.
    pub async fn start(server: SocketAddr, lie: Lie) -> Result<Self> {
        Self::listen(server, Mind::new(Some(lie), false)).await
    }

    /// Makes `server` look like one of a later version, which perhaps has a bug.
    ///
    /// # Errors
    /// If there is no free port.
    pub async fn newer(server: SocketAddr, lie: Option<Lie>) -> Result<Self> {
        Self::listen(server, Mind::new(lie, true)).await
    }

    async fn listen(server: SocketAddr, mind: Mind) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let mind = Arc::new(Mutex::new(mind));
        let shared = Arc::clone(&mind);
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                // A connection that breaks is seen by its ends.
                let mind = Arc::clone(&shared);
                tokio::spawn(async move { carry(client, server, &mind).await.ok() });
            }
        });
        Ok(Self { address, mind, task: task.abort_handle() })
    }

    /// Whether the lie has been told.
    pub fn has_lied(&self) -> bool {
        lock(&self.mind).has_lied
    }
}

impl Drop for Liar {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn lock(mind: &Mutex<Mind>) -> MutexGuard<'_, Mind> {
    mind.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn carry(mut client: TcpStream, server: SocketAddr, mind: &Mutex<Mind>) -> Result<()> {
    let mut server = TcpStream::connect(server).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let outlives = lock(mind).lie == Some(Lie::OutliveSession);
    let (mut asked, mut told) = (Vec::new(), Vec::new());
    pass_head(&mut client, &mut server, &mut asked).await?;
    pass_head(&mut server, &mut client, &mut told).await?;
    loop {
        let (mut to_server, mut to_client) = (Vec::new(), Vec::new());
        while let Some(frame) = Raw::take(&mut asked) {
            match frame.json() {
                Some(value) => lock(mind).client_says(value).append(&mut to_server, &mut to_client),
                None => to_server.extend(frame.bytes),
            }
        }
        while let Some(frame) = Raw::take(&mut told) {
            match frame.json() {
                Some(value) => lock(mind).server_says(value).append(&mut to_server, &mut to_client),
                None if outlives && frame.is_close() => {}
                None => to_client.extend(frame.bytes),
            }
        }
        server.write_all(&to_server).await?;
        client.write_all(&to_client).await?;
        let read = tokio::select! {
            read = client.read_buf(&mut asked) => read?,
            read = server.read_buf(&mut told) => match read? {
                0 if outlives => return hold(client).await,
                read => read,
            },
        };
        ensure!(read > 0, "the connection ended");
    }
}

/// Keeps a connection whose server is gone until its client ends it.
async fn hold(mut client: TcpStream) -> Result<()> {
    tokio::io::copy(&mut client, &mut tokio::io::sink()).await?;
    Ok(())
}

async fn pass_head(from: &mut TcpStream, to: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<()> {
    let end = loop {
        if let Some(at) = memchr::memmem::find(buffer, b"\r\n\r\n") {
            break at + 4;
        }
        ensure!(from.read_buf(buffer).await? > 0, "the connection ended in its head");
    };
    to.write_all(&buffer[..end]).await?;
    buffer.drain(..end);
    Ok(())
}
