//! Nodes that share a PostgreSQL and a NATS server.

use std::{
    io::{BufRead as _, BufReader, Lines},
    process::{Child, ChildStdout, Command, Stdio},
};

use tempfile::TempDir;

use super::{
    TestApp,
    nats::{Nats, Wire},
    new_database,
};

pub struct Cluster {
    pub nats: Nats,
    pub database: String,
}

impl Cluster {
    pub async fn start() -> Self {
        Self { nats: Nats::start(), database: new_database().await }
    }

    /// Two nodes in this process.
    pub async fn with_two_nodes() -> (Self, TestApp, TestApp) {
        let cluster = Self::start().await;
        let (one, other) = (cluster.node().await, cluster.node().await);
        (cluster, one, other)
    }

    /// A node in this process.
    pub async fn node(&self) -> TestApp {
        self.node_with(&self.nats.url()).await
    }

    /// A node in this process that reaches NATS by another way.
    pub async fn node_by(&self, wire: &Wire) -> TestApp {
        self.node_with(&wire.url()).await
    }

    async fn node_with(&self, nats: &str) -> TestApp {
        TestApp::start_with(&["--database-url", &self.database, "--nats-url", nats]).await
    }

    /// A node in a process of its own.
    pub fn process(&self) -> Process {
        let data = tempfile::tempdir().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_papo"))
            .args(["--listen", "127.0.0.1:0", "--data", data.path().to_str().unwrap()])
            .args(["--database-url", &self.database, "--nats-url", &self.nats.url()])
            .env("PAPO_LOG", "off")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut lines = output.by_ref().map_while(Result::ok);
        let origin = lines.find_map(|line| Some(line.strip_prefix("Papo is at ")?.to_owned()));
        Process { child, origin: origin.expect("the node does not start"), _output: output, _data: data }
    }
}

pub struct Process {
    child: Child,
    pub origin: String,
    /// A node that can tell nobody what it has to say ends.
    _output: Lines<BufReader<ChildStdout>>,
    _data: TempDir,
}

impl Process {
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
