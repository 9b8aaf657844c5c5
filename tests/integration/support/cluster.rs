//! Nodes that share a PostgreSQL and a NATS server.

use super::{
    Process, TestApp,
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
    pub async fn process(&self) -> Process {
        Process::start(&["--database-url", &self.database, "--nats-url", &self.nats.url()]).await
    }
}
