//! A PostgreSQL of its own in a temporary folder, durable as a real one unless told otherwise.
//!
//! It refuses to run as root, so a root's run gives it to the user `postgres`.

use std::{
    net::SocketAddr,
    os::unix::{fs::chown, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use nix::{
    sys::signal::Signal,
    unistd::{Uid, User},
};
use tempfile::TempDir;

use super::{Process, free_address};

const START: Duration = Duration::from_secs(60);
const STOP: Duration = Duration::from_secs(20);

#[derive(Debug)]
pub struct Postgres {
    // Before its folder, so that it ends first.
    process: Process,
    address: SocketAddr,
    programs: Programs,
    folder: TempDir,
    is_durable: bool,
}

impl Postgres {
    /// Makes a cluster and starts its server; without `is_durable` it writes nothing through to the disk.
    ///
    /// # Errors
    /// If PostgreSQL is not installed or does not start.
    pub async fn start(is_durable: bool) -> Result<Self> {
        let programs = Programs::find()?;
        let folder = tempfile::Builder::new().prefix("papo-postgres-").tempdir()?;
        if let Some(owner) = &programs.owner {
            chown(folder.path(), Some(owner.uid.as_raw()), Some(owner.gid.as_raw()))?;
        }
        programs.run(
            "initdb",
            folder.path(),
            &["-D", "data", "-U", "papo", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C.UTF-8"],
        )?;
        let address = free_address()?;
        let process = spawn(&programs, folder.path(), address, is_durable)?;
        let mut postgres = Self { process, address, programs, folder, is_durable };
        postgres.wait().await?;
        Ok(postgres)
    }

    /// Ends what still runs, at once, and starts again on the same data and port.
    ///
    /// # Errors
    /// If it does not start.
    pub async fn restart(&mut self) -> Result<()> {
        if self.process.ended().is_none() {
            self.stop_immediately().await?;
        }
        self.process = spawn(&self.programs, self.folder.path(), self.address, self.is_durable)?;
        self.wait().await
    }

    async fn wait(&mut self) -> Result<()> {
        let (programs, folder) = (&self.programs, self.folder.path());
        let port = self.address.port().to_string();
        let is_ready = || {
            let asked = programs.run("pg_isready", folder, &["-q", "-h", "127.0.0.1", "-p", &port]);
            std::future::ready(asked.is_ok())
        };
        self.process.ready(START, is_ready).await
    }

    /// Drops every connection without a checkpoint, as a crash does.
    ///
    /// # Errors
    /// If it goes on.
    pub async fn stop_immediately(&mut self) -> Result<()> {
        self.process.signal(Signal::SIGQUIT)?;
        self.process.end(STOP).await.map(drop)
    }

    /// SIGSTOP, to the server and to every process of its connections.
    ///
    /// # Errors
    /// If it is gone.
    pub fn pause(&self) -> Result<()> {
        self.process.signal_family(Signal::SIGSTOP)
    }

    /// SIGCONT, likewise.
    ///
    /// # Errors
    /// If it is gone.
    pub fn resume(&self) -> Result<()> {
        self.process.signal_family(Signal::SIGCONT)
    }

    /// Makes an empty database and gives its address.
    ///
    /// # Errors
    /// If the name is taken.
    pub fn create_database(&self, name: &str) -> Result<String> {
        self.run("createdb", &[name])?;
        Ok(format!("postgres://papo@{}/{name}", self.address))
    }

    /// Notes the database as it is now, as an operator does.
    ///
    /// # Errors
    /// If pg_dump fails.
    pub fn dump(&self, name: &str) -> Result<()> {
        self.run("pg_dump", &["-Fc", "-f", "dump", name])
    }

    /// Makes the database anew from what `dump` noted last; nobody may be connected.
    ///
    /// # Errors
    /// If one of the programs fails.
    pub fn put_back(&self, name: &str) -> Result<()> {
        self.run("dropdb", &["--force", name])?;
        self.run("createdb", &[name])?;
        self.run("pg_restore", &["-d", name, "dump"])
    }

    /// Runs statements on a database.
    ///
    /// # Errors
    /// If one of them fails.
    pub fn execute(&self, name: &str, sql: &str) -> Result<()> {
        self.run("psql", &["-q", "-v", "ON_ERROR_STOP=1", "-d", name, "-c", sql])
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Result<()> {
        let port = self.address.port().to_string();
        let server = ["-h", "127.0.0.1", "-p", &port, "-U", "papo"];
        self.programs.run(program, self.folder.path(), &[&server, arguments].concat())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // Its children end with it only if it is asked; killed, it would leave them for a while.
        self.process.signal_family(Signal::SIGCONT).ok();
        self.process.signal(Signal::SIGQUIT).ok();
        for _ in 0..200 {
            if self.process.ended().is_some() {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

fn spawn(programs: &Programs, folder: &Path, address: SocketAddr, is_durable: bool) -> Result<Process> {
    let mut command = programs.command("postgres", folder);
    command.args(["-D", "data", "-p", &address.port().to_string(), "-k"]).arg(folder);
    command.args(["-c", "listen_addresses=127.0.0.1", "-c", "max_connections=300"]);
    if !is_durable {
        command.args(["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]);
    }
    Process::start("postgres", &mut command)
}

/// Where PostgreSQL's programs are, and as whom they run.
#[derive(Debug)]
struct Programs {
    folder: PathBuf,
    owner: Option<User>,
}

impl Programs {
    fn find() -> Result<Self> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/with-postgres");
        let found = Command::new(&script).arg("--find").output().context("scripts/with-postgres")?;
        ensure!(found.status.success(), "{}", String::from_utf8_lossy(&found.stderr).trim());
        let found = PathBuf::from(String::from_utf8(found.stdout)?.trim());
        // It may hold links to some of the programs only.
        let folder = found.join("initdb").canonicalize()?;
        let folder = folder.parent().context("initdb in no folder")?.to_owned();
        let owner = if Uid::effective().is_root() { User::from_name("postgres")? } else { None };
        Ok(Self { folder, owner })
    }

    fn command(&self, program: &str, folder: &Path) -> Command {
        let mut command = Command::new(self.folder.join(program));
        command.current_dir(folder).stdout(Stdio::null()).stderr(Stdio::null());
        if let Some(owner) = &self.owner {
            command.uid(owner.uid.as_raw()).gid(owner.gid.as_raw());
        }
        command
    }

    fn run(&self, program: &str, folder: &Path, arguments: &[&str]) -> Result<()> {
        let status = self.command(program, folder).args(arguments).status()?;
        ensure!(status.success(), "{program} failed: {status}");
        Ok(())
    }
}
