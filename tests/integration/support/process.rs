//! A server in a process of its own, with its log.

use std::{
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Child, ChildStdout, Command, Stdio},
};

use tempfile::TempDir;

pub struct Process {
    child: Child,
    pub origin: String,
    folder: TempDir,
    /// A server that can tell nobody what it has to say ends.
    output: Option<BufReader<ChildStdout>>,
}

impl Process {
    /// Starts a server with these options, and waits until it listens.
    pub async fn start(options: &[&str]) -> Self {
        let mut process = Self::spawn(options);
        process.listens().await;
        process
    }

    /// Starts a server without waiting for anything.
    pub fn spawn(options: &[&str]) -> Self {
        Self::spawn_by(&mut Command::new(env!("CARGO_BIN_EXE_papo")), options)
    }

    /// Starts a server whose data folder is a file system of 4 MiB; none where the system does not let a test mount one.
    pub async fn start_on_small_disk() -> Option<Self> {
        let mut unshare = Command::new("unshare");
        let may_mount = unshare.args(["-rm", "mount", "-t", "tmpfs", "none", "/mnt"]).status();
        if !may_mount.is_ok_and(|status| status.success()) {
            return None;
        }
        let on_it = r#"mkdir "$4" && mount -t tmpfs -o size=4m none "$4" && exec "$0" "$@""#;
        let mut papo = Command::new("unshare");
        papo.args(["-rm", "sh", "-c", on_it, env!("CARGO_BIN_EXE_papo")]);
        let mut process = Self::spawn_by(&mut papo, &[]);
        process.listens().await;
        Some(process)
    }

    /// A file in the server's data folder, as the server sees it.
    pub fn file(&self, name: &str) -> PathBuf {
        let folder = self.folder.path().strip_prefix("/").unwrap();
        format!("/proc/{}/root", self.child.id())
            .parse::<PathBuf>()
            .unwrap()
            .join(folder)
            .join("data")
            .join(name)
    }

    fn spawn_by(papo: &mut Command, options: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log = std::fs::File::create(log_in(&folder)).unwrap();
        let mut child = papo
            .args(["--listen", "127.0.0.1:0", "--data", folder.path().join("data").to_str().unwrap()])
            .args(options)
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let output = Some(BufReader::new(child.stdout.take().unwrap()));
        Self { child, origin: String::new(), folder, output }
    }

    /// Waits until it tells where it is.
    pub async fn listens(&mut self) {
        let mut output = self.output.take().unwrap();
        // What the server needs to start may run in this very test.
        let found = tokio::task::spawn_blocking(move || {
            let mut line = String::new();
            while output.read_line(&mut line).unwrap() > 0 {
                if let Some(origin) = line.trim().strip_prefix("Papo is at ") {
                    return (Some(origin.to_owned()), output);
                }
                line.clear();
            }
            (None, output)
        });
        let (origin, output) = found.await.unwrap();
        self.output = Some(output);
        self.origin = origin.unwrap_or_else(|| panic!("it does not start: {}", self.log()));
    }

    /// Everything that it has logged so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(log_in(&self.folder)).unwrap()
    }

    /// The warnings and errors among it, but that the database was new.
    pub fn warnings(&self) -> Vec<String> {
        let log = self.log();
        let lines = log.lines().filter(|line| line.contains("WARN") || line.contains("ERROR"));
        let lines = lines.filter(|line| !line.contains("new, empty"));
        lines.map(str::to_owned).collect()
    }

    /// As kill -9 and a power cut do.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn log_in(folder: &TempDir) -> PathBuf {
    folder.path().join("log")
}
