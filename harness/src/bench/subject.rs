//! What is measured: the Papo of this run with its people, and the bare broadcasters beside it.

use std::{
    collections::HashSet,
    fs,
    path::PathBuf,
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use tempfile::TempDir;
use tokio::{net::TcpStream, task::JoinSet};

use super::{
    Options, machine,
    seat::{Door, Seat},
};
use crate::stage::{
    Papo, Person, Postgres, Process, Room, Setting, create_room, find_room, free_address, join_room, sign_up,
};

const START: Duration = Duration::from_secs(5);
const STOP: Duration = Duration::from_secs(15);
/// Of PostgreSQL.
const DATABASE: &str = "bench";
/// How many rooms are made at once.
const AT_ONCE: usize = 8;

/// The server of this run, with the people in it.
#[derive(Debug)]
pub(super) struct House {
    pub papo: Papo,
    pub people: Vec<Person>,
    /// Whether Papo is measured without the bare programs.
    pub alone: bool,
    rooms: usize,
    postgres: Option<Postgres>,
    folder: TempDir,
}

/// A bare broadcaster.
#[derive(Debug)]
pub(super) struct Bare {
    pub process: Process,
    address: std::net::SocketAddr,
}

impl House {
    /// Starts Papo on an empty database, registers its people, and starts it again, since hashing their
    /// passwords has left its memory large.
    pub(super) async fn open(options: &Options) -> Result<Self> {
        let parent = options.data.clone().unwrap_or_else(std::env::temp_dir);
        fs::create_dir_all(&parent)?;
        machine::require_disk(&parent)?;
        let folder = tempfile::Builder::new().prefix("papo-bench-").tempdir_in(parent)?;
        let postgres = if options.postgres { Some(Postgres::start(true).await?) } else { None };
        let mut setting = Setting::new(&folder.path().join("papo"))?;
        setting.database_url = postgres.as_ref().map(|own| own.create_database(DATABASE)).transpose()?;
        let papo = Papo::start(setting).await?;
        eprintln!("  registering {} people", options.people);
        let people = sign_up(papo.address(), "bench", options.people).await?;
        ensure!(!people.is_empty(), "--people must be 1 at least");
        let mut house = Self { papo, people, alone: options.alone, rooms: 0, postgres, folder };
        house.refresh().await?;
        Ok(house)
    }

    pub(super) fn describe(&self) -> String {
        let binary = self.papo.setting.binary.metadata().map_or(0, |file| file.len());
        let engine = if self.papo.setting.database_url.is_some() { "PostgreSQL" } else { "SQLite" };
        let people = self.people.len();
        format!("papo of {} KiB on {engine} with {people} users; its log level is `warn`", binary / 1024)
    }

    /// Stops the server and starts it again.
    pub(super) async fn refresh(&mut self) -> Result<()> {
        self.stop().await;
        self.papo.restart().await
    }

    /// Stops the server.
    pub(super) async fn stop(&mut self) {
        // One that does not stop in time is killed by its restart.
        self.papo.terminate(STOP).await.ok();
    }

    /// Runs statements on the database of PostgreSQL.
    pub(super) fn execute(&self, sql: &str) -> Result<()> {
        self.postgres.as_ref().context("no PostgreSQL")?.execute(DATABASE, sql)
    }

    /// A folder on the same disk as the database.
    pub(super) fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// The first person's cookie, as a header line.
    pub(super) fn cookie(&self) -> String {
        format!("Cookie: {}\r\n", self.people[0].cookie)
    }

    pub(super) fn seat(&self, person: usize, room: i64) -> Seat {
        let cookie = self.people[person % self.people.len()].cookie.clone();
        Seat { server: self.papo.address(), door: Door::Papo { cookie, room } }
    }

    /// New rooms, each with new members as far as there are people, and a seat for each member: room by
    /// room. A room for everyone is `general`.
    pub(super) async fn seats(&mut self, rooms: usize, members: usize) -> Result<Vec<Seat>> {
        let everyone = rooms == 1 && members == self.people.len();
        let ids = if everyone {
            vec![find_room(self.papo.address(), &self.people[0], "general").await?.id]
        } else {
            self.make_rooms(rooms, members).await?
        };
        let seats = ids.iter().enumerate().flat_map(|(room, id)| {
            let house = &*self;
            (0..members).map(move |member| house.seat(room * members + member, *id))
        });
        Ok(seats.collect())
    }

    async fn make_rooms(&mut self, rooms: usize, members: usize) -> Result<Vec<i64>> {
        let address = self.papo.address();
        let (first, known) = (self.rooms, self.people.len());
        self.rooms += rooms;
        let mut ids = vec![0; rooms];
        let mut tasks = JoinSet::new();
        for room in 0..rooms {
            let mut names = HashSet::new();
            let people: Vec<Person> = (0..members)
                .map(|member| (room * members + member) % known)
                .filter(|person| names.insert(*person))
                .map(|person| self.people[person].clone())
                .collect();
            if tasks.len() == AT_ONCE {
                let (at, id) = tasks.join_next().await.context("a task")???;
                ids[at] = id;
            }
            tasks.spawn(async move {
                let name = format!("bench {}", first + room);
                let Room { id, .. } = create_room(address, &people[0], &name).await?;
                join_room(address, id, &people[1..]).await?;
                anyhow::Ok((room, id))
            });
        }
        while let Some(made) = tasks.join_next().await {
            let (at, id) = made??;
            ids[at] = id;
        }
        Ok(ids)
    }
}

impl Bare {
    /// Starts this program again, as a broadcaster.
    pub(super) async fn start(gathers: bool) -> Result<Self> {
        let address = free_address()?;
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("--broadcast").arg(address.to_string()).stdout(Stdio::null());
        if gathers {
            command.arg("--gather");
        }
        let mut process = Process::start("the bare broadcaster", &mut command)?;
        process.ready(START, || async move { TcpStream::connect(address).await.is_ok() }).await?;
        Ok(Self { process, address })
    }

    pub(super) fn seats(&self, rooms: usize, members: usize) -> Vec<Seat> {
        let seats = (0..rooms as i64).flat_map(|room| std::iter::repeat_n(Door::Bare { room }, members));
        seats.map(|door| Seat { server: self.address, door }).collect()
    }
}
