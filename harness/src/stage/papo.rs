//! A `papo` process: started from its release binary, asked whether it is ready, ended in every way.

use std::{
    fs::File,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Command, ExitStatus},
    time::Duration,
};

use anyhow::{Context as _, Result};
use nix::sys::signal::Signal;

use super::{Http, Process, free_address};

const START: Duration = Duration::from_secs(30);

/// How a server is started, each time.
#[derive(Clone, Debug)]
pub struct Setting {
    pub binary: PathBuf,
    pub data: PathBuf,
    pub listen: SocketAddr,
    pub database_url: Option<String>,
    pub nats_url: Option<String>,
    /// The value of `--limits`.
    pub limits: &'static str,
    /// How many descriptors the system lets it have; as many as this process, if nothing is said.
    pub descriptors: Option<u32>,
    /// More of the command line.
    pub options: Vec<String>,
    /// More of the environment.
    pub environment: Vec<(String, String)>,
}

impl Setting {
    /// The binary that `PAPO_BINARY` names, or the release build, with SQLite in `data`, on a free port.
    ///
    /// # Errors
    /// If there is no such binary.
    pub fn new(data: &Path) -> Result<Self> {
        let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/release/papo");
        let binary = std::env::var_os("PAPO_BINARY").map_or(built, PathBuf::from);
        let binary = binary
            .canonicalize()
            .with_context(|| format!("no server at {}; `make build` makes it", binary.display()))?;
        Ok(Self {
            binary,
            data: data.to_owned(),
            listen: free_address()?,
            database_url: None,
            nats_url: None,
            limits: "off",
            descriptors: None,
            options: Vec::new(),
            environment: Vec::new(),
        })
    }
}

/// A server, without limits unless its setting has them; dropping it kills it. Its log stands beside its data folder: `NAME.log`.
#[derive(Debug)]
pub struct Papo {
    pub setting: Setting,
    pub process: Process,
}

impl Papo {
    /// Starts a server and waits until it is ready.
    ///
    /// # Errors
    /// If it ends, or is not ready within half a minute.
    pub async fn start(setting: Setting) -> Result<Self> {
        let process = spawn(&setting)?;
        let mut papo = Self { setting, process };
        papo.wait().await?;
        Ok(papo)
    }

    /// Ends what still runs and starts again on the same data and port.
    ///
    /// # Errors
    /// As `start`.
    pub async fn restart(&mut self) -> Result<()> {
        self.respawn()?;
        self.wait().await
    }

    /// As `restart`, without waiting until it is ready.
    ///
    /// # Errors
    /// If the binary cannot be started.
    pub fn respawn(&mut self) -> Result<()> {
        self.process.kill();
        self.process = spawn(&self.setting)?;
        Ok(())
    }

    async fn wait(&mut self) -> Result<()> {
        let address = self.setting.listen;
        self.process
            .ready(START, || is_ready(address))
            .await
            .with_context(|| format!("its log: {}", log_path(&self.setting.data).display()))
    }

    pub fn address(&self) -> SocketAddr {
        self.setting.listen
    }

    /// What browsers send as `Origin`.
    pub fn origin(&self) -> String {
        format!("http://{}", self.setting.listen)
    }

    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// SIGTERM, and waits for the end.
    ///
    /// # Errors
    /// If it goes on after `patience`.
    pub async fn terminate(&mut self, patience: Duration) -> Result<ExitStatus> {
        self.process.signal(Signal::SIGTERM)?;
        self.process.end(patience).await
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

/// Whether a server says that it can serve.
pub async fn is_ready(address: SocketAddr) -> bool {
    let asking = async { Http::connect(address).await?.get("/ready", "").await };
    matches!(asking.await, Ok(answer) if answer.status == 200)
}

fn spawn(setting: &Setting) -> Result<Process> {
    let log = File::options().create(true).append(true).open(log_path(&setting.data))?;
    let mut command = match setting.descriptors {
        None => Command::new(&setting.binary),
        Some(most) => {
            let mut shell = Command::new("sh");
            shell.args(["-c", "ulimit -n \"$0\" && exec \"$@\"", &most.to_string()]).arg(&setting.binary);
            shell
        }
    };
    command.arg("--listen").arg(setting.listen.to_string()).arg("--data").arg(&setting.data);
    command.args(["--limits", setting.limits, "--log", "warn"]);
    if let Some(url) = &setting.database_url {
        command.args(["--database-url", url]);
    }
    if let Some(url) = &setting.nats_url {
        command.args(["--nats-url", url]);
    }
    // Ours, and no setting of the server.
    command.env_remove("PAPO_BINARY");
    command.args(&setting.options).envs(setting.environment.iter().cloned());
    command.stdout(log.try_clone()?).stderr(log);
    Process::start("papo", &mut command)
}

fn log_path(data: &Path) -> PathBuf {
    data.with_extension("log")
}
