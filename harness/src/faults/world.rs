//! The world of one run: servers, proxies, people and their clients, all new and all seeded.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, Result};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use tempfile::TempDir;
use tokio::{sync::watch, task::JoinSet};

use super::{
    cast::Cast,
    checker::{Law, Revocation, Rules, Violation, Witness},
    client::{Client, Shared, Status, Wish, read_user},
    liar::{Liar, Lie},
    log::Clock,
    proxy::Proxy,
    tmpfs::Tmpfs,
};
use crate::stage::{Nats, Papo, Person, Postgres, Setting, create_room, find_room, join_room, sign_up};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// What a case needs.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub engine: Engine,
    /// Several nodes share a PostgreSQL and a nats-server.
    pub nodes: usize,
    pub people: usize,
    /// The first person is connected so many times.
    pub devices: usize,
    /// The data folder is a file system of so many MiB.
    pub disk_mib: Option<u32>,
    /// The last of the people reads only so many bytes per second.
    pub thin: Option<u32>,
    pub lie: Option<Lie>,
    pub rules: Rules,
    /// How soon everyone must hold everything after the faults.
    pub settle: Duration,
    pub pace: Duration,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            engine: Engine::Sqlite,
            nodes: 1,
            people: 5,
            devices: 2,
            disk_mib: None,
            thin: None,
            lie: None,
            rules: Rules::default(),
            settle: Duration::from_secs(2),
            pace: Duration::from_millis(12),
        }
    }
}

pub struct World {
    pub rng: StdRng,
    pub is_short: bool,
    pub plan: Plan,
    // Clients first, so that nobody talks to servers that end.
    pub(super) tasks: JoinSet<Witness>,
    pub(super) wish: watch::Sender<Wish>,
    pub(super) statuses: Vec<Shared>,
    pub people: Vec<Person>,
    /// Their user ids.
    pub(super) users: Vec<i64>,
    /// Whose client each is.
    pub(super) owners: Vec<usize>,
    /// One per client and node, though a liar may stand in its place.
    pub proxies: Vec<Proxy>,
    pub liars: Vec<Liar>,
    pub clock: Clock,
    pub nodes: Vec<Papo>,
    pub nats: Option<Nats>,
    pub postgres: Option<Postgres>,
    pub disk: Option<Tmpfs>,
    pub folder: TempDir,
    /// What the case itself saw go wrong.
    pub findings: Vec<Violation>,
    /// The sessions that the case has ended.
    pub revocations: Vec<Revocation>,
    /// What the case wants to be read beside its figures.
    pub notes: Vec<String>,
}

impl World {
    /// Starts servers, registers people and lets their clients loose. `postgres` is used if it is needed.
    ///
    /// # Errors
    /// If something does not start.
    pub async fn open(plan: Plan, seed: u64, is_short: bool, postgres: Option<Postgres>) -> Result<Self> {
        let mut rng = StdRng::seed_from_u64(seed);
        let folder = tempfile::Builder::new().prefix("papo-faults-").tempdir()?;
        let data = folder.path().join("data");
        std::fs::create_dir(&data)?;
        let disk = plan.disk_mib.map(|mib| Tmpfs::mount(&data, mib)).transpose()?;
        let postgres = match plan.engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(match postgres {
                Some(postgres) => postgres,
                None => Postgres::start(true).await?,
            }),
        };
        let name = format!("papo_{}", uuid::Uuid::now_v7().simple());
        let database = postgres.as_ref().map(|postgres| postgres.create_database(&name)).transpose()?;
        let nats = if plan.nodes > 1 { Some(Nats::start().await?) } else { None };
        let mut nodes = Vec::new();
        for number in 0..plan.nodes {
            let own = if number == 0 { data.clone() } else { folder.path().join(format!("data{number}")) };
            let mut setting = Setting::new(&own)?;
            setting.database_url.clone_from(&database);
            setting.nats_url = nats.as_ref().map(Nats::url);
            nodes.push(Papo::start(setting).await?);
        }
        let server = nodes[0].address();
        let people = sign_up(server, "user", plan.people).await?;
        let wander = furnish(server, &people).await?;

        let mut users = Vec::new();
        for person in &people {
            users.push(read_user(server, person).await?);
        }
        let addresses: Vec<_> = nodes.iter().map(Papo::address).collect();
        let Cast { characters, owners, proxies, liars } =
            Cast::gather(&plan, &addresses, &people, &users, wander, &mut rng).await?;
        let clock = Clock::default();
        let wish = watch::Sender::new(Wish::Talk);
        let (mut tasks, mut statuses) = (JoinSet::new(), Vec::new());
        for character in characters {
            let client = Client::new(character, &clock);
            statuses.push(client.status());
            tasks.spawn(client.live(wish.subscribe()));
        }
        Ok(Self {
            rng,
            is_short,
            plan,
            tasks,
            wish,
            statuses,
            people,
            users,
            owners,
            proxies,
            liars,
            clock,
            nodes,
            nats,
            postgres,
            disk,
            folder,
            findings: Vec::new(),
            revocations: Vec::new(),
            notes: Vec::new(),
        })
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Lets the clients go on for a while, chosen between two numbers of milliseconds.
    pub async fn go_on(&mut self, from: u64, to: u64) {
        let wait = Duration::from_millis(self.rng.random_range(from..=to));
        tokio::time::sleep(wait).await;
    }

    pub fn status(&self, client: usize) -> Status {
        self.statuses[client].lock().clone()
    }

    /// How far all clients are.
    pub fn status_of_all(&self) -> Vec<Status> {
        self.statuses.iter().map(|status| status.lock().clone()).collect()
    }

    /// Something that the case demands.
    pub fn expect(&mut self, holds: bool, what: impl Into<String>) {
        if !holds {
            self.findings.push(Violation { law: Law::Case, what: what.into() });
        }
    }

    /// The file of the SQLite database.
    ///
    /// # Errors
    /// If there is none in the data folder.
    pub fn database_file(&self) -> Result<PathBuf> {
        let is_database = |path: &Path| {
            let start = std::fs::read(path).unwrap_or_default();
            start.starts_with(b"SQLite format 3\0")
        };
        let entries = std::fs::read_dir(self.data())?.filter_map(|entry| Some(entry.ok()?.path()));
        entries.into_iter().find(|path| is_database(path)).context("no SQLite database in the data folder")
    }
}

/// Everyone is in `general` and in `hall`; the first half is in `den`. Gives the room to wander in and out of.
async fn furnish(server: std::net::SocketAddr, people: &[Person]) -> Result<i64> {
    find_room(server, &people[0], "general").await?;
    let hall = create_room(server, &people[0], "hall").await?;
    join_room(server, hall.id, &people[1..]).await?;
    let den = create_room(server, &people[0], "den").await?;
    join_room(server, den.id, &people[1..people.len().div_ceil(2)]).await?;
    Ok(den.id)
}
