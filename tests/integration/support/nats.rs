//! A nats-server of a test's own, which can be killed, paused and started again.

use std::{
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;

pub struct Nats {
    child: Child,
    port: u16,
    folder: TempDir,
}

impl Nats {
    /// A server on a free port.
    pub fn start() -> Self {
        Self::start_with("", tempfile::tempdir().unwrap())
    }

    /// A server on a free port with these lines of configuration, which may name files in the folder.
    pub fn start_with(configuration: &str, folder: TempDir) -> Self {
        let ports = folder.path().to_str().unwrap();
        let (file, log) = (format!("{ports}/nats.conf"), format!("{ports}/nats.log"));
        std::fs::write(&file, configuration).unwrap();
        let child = spawn(&["-c", &file, "-l", &log, "-p", "-1", "--ports_file_dir", ports]);
        let file = folder.path().join(format!("{}_{}.ports", name(), child.id()));
        let port = wait_for(|| {
            let ports: serde_json::Value =
                serde_json::from_str(&std::fs::read_to_string(&file).ok()?).ok()?;
            ports["nats"][0].as_str()?.rsplit_once(':')?.1.parse().ok()
        });
        Self { child, port, folder }
    }

    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("nats.log")).unwrap_or_default()
    }

    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts again, on the same port.
    pub fn restart(&mut self) {
        self.child = spawn(&["-p", &self.port.to_string()]);
        wait_for(|| std::net::TcpStream::connect(("127.0.0.1", self.port)).ok());
    }

    /// Stops answering, with all connections open.
    pub fn pause(&self) {
        self.signal("-STOP");
    }

    pub fn resume(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let done = Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap();
        assert!(done.success());
    }
}

/// A way to the server that can be cut, with all connections on it.
pub struct Wire {
    port: u16,
    forwarding: tokio::task::JoinHandle<()>,
}

impl Wire {
    pub async fn to(nats: &Nats) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (port, to) = (listener.local_addr().unwrap().port(), nats.port);
        let forwarding = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((mut near, _)) = listener.accept().await {
                connections.spawn(async move {
                    let mut far = tokio::net::TcpStream::connect(("127.0.0.1", to)).await.unwrap();
                    drop(tokio::io::copy_bidirectional(&mut near, &mut far).await);
                });
            }
        });
        Self { port, forwarding }
    }

    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    pub fn cut(&self) {
        self.forwarding.abort();
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn spawn(arguments: &[&str]) -> Child {
    Command::new(program())
        .args(["-a", "127.0.0.1"])
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("nats-server does not start: run the tests with `make test`, or set PAPO_NATS_SERVER")
}

fn program() -> PathBuf {
    if let Ok(program) = std::env::var("PAPO_NATS_SERVER") {
        return program.into();
    }
    // Debian keeps it from users' paths.
    let debian = PathBuf::from("/usr/sbin/nats-server");
    if debian.exists() { debian } else { "nats-server".into() }
}

fn name() -> String {
    program().file_name().unwrap().to_str().unwrap().to_owned()
}

fn wait_for<T>(mut found: impl FnMut() -> Option<T>) -> T {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(std::time::Instant::now() < deadline, "nats-server does not come up");
        std::thread::yield_now();
    }
}
