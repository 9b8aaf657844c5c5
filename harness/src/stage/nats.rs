//! A nats-server of its own.

use std::{
    net::SocketAddr,
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::Result;
use nix::sys::signal::Signal;
use tokio::{io::AsyncReadExt as _, net::TcpStream};

use super::{Process, free_address};

const START: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub struct Nats {
    address: SocketAddr,
    process: Process,
}

impl Nats {
    /// Starts the `nats-server` of the search path on a free port.
    ///
    /// # Errors
    /// If there is none, or it does not start.
    pub async fn start() -> Result<Self> {
        let address = free_address()?;
        let mut nats = Self { address, process: spawn(address)? };
        nats.wait().await?;
        Ok(nats)
    }

    /// Ends what still runs and starts again on the same port.
    ///
    /// # Errors
    /// As `start`.
    pub async fn restart(&mut self) -> Result<()> {
        self.process.kill();
        self.process = spawn(self.address)?;
        self.wait().await
    }

    async fn wait(&mut self) -> Result<()> {
        let address = self.address;
        self.process.ready(START, || greets(address)).await
    }

    pub fn url(&self) -> String {
        format!("nats://{}", self.address)
    }

    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// SIGSTOP.
    ///
    /// # Errors
    /// If it is gone.
    pub fn pause(&self) -> Result<()> {
        self.process.signal(Signal::SIGSTOP)
    }

    /// SIGCONT.
    ///
    /// # Errors
    /// If it is gone.
    pub fn resume(&self) -> Result<()> {
        self.process.signal(Signal::SIGCONT)
    }
}

fn spawn(address: SocketAddr) -> Result<Process> {
    let mut command = Command::new("nats-server");
    command.arg("-a").arg(address.ip().to_string()).arg("-p").arg(address.port().to_string());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    Process::start("nats-server", &mut command)
}

async fn greets(address: SocketAddr) -> bool {
    let Ok(mut stream) = TcpStream::connect(address).await else { return false };
    stream.read_u8().await.is_ok()
}
