//! The cases: what is broken, on which servers, and what must hold besides the laws.

mod calm;
mod cluster;
mod crash;
mod network;
mod restore;
mod revoked;
mod storage;

use std::{future::Future, pin::Pin, time::Duration};

use anyhow::Result;
use tokio::time::Instant;

use super::{
    checker::Rules,
    liar::Lie,
    tmpfs::Tmpfs,
    world::{Engine, Plan, World},
};

const POLL: Duration = Duration::from_millis(20);

/// A way to make trouble.
#[derive(Clone, Copy)]
pub struct Case {
    pub name: &'static str,
    pub about: &'static str,
    pub plan: Plan,
    run: for<'a> fn(&'a mut World) -> Run<'a>,
}

type Run<'a> = Pin<Box<dyn Future<Output = Result<()>> + 'a>>;

impl Case {
    /// Makes the trouble, and ends it.
    ///
    /// # Errors
    /// If the trouble cannot be made.
    pub async fn run(&self, world: &mut World) -> Result<()> {
        (self.run)(world).await
    }

    /// Why this case cannot run here, if it cannot.
    pub fn obstacle(&self, help: &str) -> Option<&'static str> {
        if self.plan.disk_mib.is_some() && !Tmpfs::is_possible() {
            return Some("only root may mount the small disk");
        }
        if self.plan.nodes > 1 && !help.contains("--nats-url") {
            return Some("this server has no option --nats-url");
        }
        None
    }
}

/// A process that is stopped cannot tell that typing has ended, nor a line that is cut.
const LATE: Plan = Plan { rules: Rules { typing: false, ..CALM }, ..PLAIN };
/// A commit that fails may lose the first of two sends.
const LOSSY: Plan = Plan { rules: Rules { typing: false, pipeline: false, ..CALM }, ..PLAIN };
const RESTORED: Plan =
    Plan { rules: Rules { typing: false, pipeline: false, restored: true, marks: false }, ..PLAIN };
/// A killed process forgets marks that wait to be written.
const KILLED: Plan = Plan { rules: Rules { marks: false, ..CALM }, ..PLAIN };
const CALM: Rules = Rules { typing: true, pipeline: true, restored: false, marks: true };
const CLUSTER: Plan = Plan {
    engine: Engine::Postgres,
    nodes: 2,
    people: 6,
    settle: Duration::from_secs(6),
    rules: Rules { typing: false, pipeline: false, ..CALM },
    ..PLAIN
};
const PLAIN: Plan = Plan {
    engine: Engine::Sqlite,
    nodes: 1,
    people: 5,
    devices: 2,
    disk_mib: None,
    thin: None,
    lie: None,
    rules: CALM,
    settle: Duration::from_secs(2),
    pace: Duration::from_millis(12),
};

macro_rules! case {
    ($name:literal, $run:path, $plan:expr, $about:literal) => {
        Case { name: $name, about: $about, plan: $plan, run: |world| Box::pin($run(world)) }
    };
}

/// All cases, in the order in which they run.
pub const CASES: &[Case] = &[
    case!("calm", calm::calm, PLAIN, "nothing is broken; typing ends"),
    case!("kill9", crash::kill9, KILLED, "kill -9 under load, SQLite"),
    case!(
        "kill9-postgres",
        crash::kill9,
        Plan { engine: Engine::Postgres, ..KILLED },
        "kill -9 under load, PostgreSQL"
    ),
    case!("sigterm", crash::sigterm, PLAIN, "SIGTERM under load: exit 0 in time, closes with 1012"),
    case!("sigstop", crash::sigstop, LATE, "the server is stopped and goes on"),
    case!("cuts", network::cuts, LATE, "sockets are cut, paused, truncated, deaf and refused"),
    case!("absence", network::absence, LATE, "a member is away for longer than `synced` can tell"),
    case!("slow-reader", network::slow_reader, Plan { thin: Some(1024), ..LATE }, "one member reads 1 KB/s"),
    case!(
        "full-disk",
        storage::full_disk,
        Plan { disk_mib: Some(24), ..LOSSY },
        "no space is left for a while"
    ),
    case!("locked", storage::locked, LOSSY, "another process holds the database"),
    case!(
        "postgres-restart",
        storage::postgres_restart,
        Plan { engine: Engine::Postgres, ..LOSSY },
        "PostgreSQL stops at once"
    ),
    case!(
        "postgres-pause",
        storage::postgres_pause,
        Plan { engine: Engine::Postgres, ..LOSSY },
        "PostgreSQL hangs"
    ),
    case!("restore", restore::restore, RESTORED, "an earlier backup is restored while some are away, SQLite"),
    case!(
        "restore-postgres",
        restore::restore,
        Plan { engine: Engine::Postgres, ..RESTORED },
        "the same by pg_dump and pg_restore"
    ),
    case!("revoked", revoked::revoked, PLAIN, "sessions end in every way, SQLite"),
    case!("nodes-revoked", revoked::revoked, CLUSTER, "sessions end in every way, on two nodes"),
    case!("nodes", calm::nodes, CLUSTER, "two nodes, nothing is broken"),
    case!("nats-kill", cluster::nats_kill, CLUSTER, "the bus between two nodes is killed"),
    case!("nats-pause", cluster::nats_pause, CLUSTER, "the bus between two nodes hangs"),
    case!("rolling", cluster::rolling, CLUSTER, "two nodes restart in turn"),
    case!(
        "node-kill9",
        cluster::node_kill9,
        Plan { rules: Rules { typing: false, pipeline: false, ..KILLED.rules }, ..CLUSTER },
        "one of two nodes is killed"
    ),
];

/// Of the cases with several nodes, the one that belongs to a short run.
pub const SHORT_CLUSTER: &str = "nodes-revoked";

/// The case on which a lie is planted: one without trouble, unless the lie is about trouble.
pub fn case_for(lie: Lie) -> Case {
    let name = match lie {
        Lie::KeepEpoch => "restore",
        Lie::OutliveSession => "revoked",
        _ => "calm",
    };
    let mut case = CASES.iter().find(|case| case.name == name).copied().unwrap_or(CASES[0]);
    if lie == Lie::ForgetMarks {
        // Nobody else may mark for the user whose marks are forgotten.
        case.plan.devices = 1;
    }
    case
}

/// Whether something comes true within this many seconds.
async fn soon(seconds: u64, mut is_true: impl AsyncFnMut() -> bool) -> bool {
    let deadline = Instant::now() + Duration::from_secs(seconds);
    while Instant::now() < deadline {
        if is_true().await {
            return true;
        }
        tokio::time::sleep(POLL).await;
    }
    false
}
