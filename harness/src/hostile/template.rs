//! The data folder that each attack starts with: who is registered, and which rooms there are.
//!
//! It is made once, by a server without limits, and copied for each attack.

use std::{fs, path::Path, sync::Arc, time::Duration};

use anyhow::{Context as _, Result, ensure};
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::stage::{Http, Papo, Person, Room, Setting, create_room, find_room, sign_up};

const STOP: Duration = Duration::from_secs(15);
/// How many rooms are made at once.
const AT_ONCE: usize = 16;

/// Everyone who is registered before an attack. All are in `general`.
#[derive(Debug)]
pub struct People {
    /// Bystanders with a live connection.
    pub crowd: Vec<Person>,
    /// Bystanders who sign in again and again.
    pub returning: Vec<Person>,
    /// Accounts of attackers. The first made all rooms but `general`.
    pub attackers: Vec<Person>,
    /// Whom attacks aim at.
    pub victim: Person,
    pub room: Room,
}

#[derive(Debug)]
pub struct Template {
    pub people: Arc<People>,
    /// The largest file of the site, as the sign-in page names it.
    pub asset: Arc<str>,
    folder: TempDir,
}

impl Template {
    /// With so many channels besides `general`.
    ///
    /// # Errors
    /// If the server does not start, or refuses somebody.
    pub async fn make(channels: usize) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("papo-hostile-").tempdir()?;
        let mut papo = Papo::start(Setting::new(&folder.path().join("data"))?).await?;
        let server = papo.address();
        let mut victim = sign_up(server, "victim", 1).await?;
        let people = People {
            victim: victim.pop().context("nobody")?,
            crowd: sign_up(server, "crowd", 10).await?,
            returning: sign_up(server, "returning", 6).await?,
            attackers: sign_up(server, "attacker", 6).await?,
            room: Room { id: 0, slug: String::new() },
        };
        let room = find_room(server, &people.victim, "general").await?;
        make_channels(&papo, &people.attackers[0], channels).await?;
        let asset = find_asset(&papo).await?.into();
        let ended = papo.terminate(STOP).await?;
        ensure!(ended.success(), "the server that made the template ended with {ended}");
        Ok(Self { people: Arc::new(People { room, ..people }), asset, folder })
    }

    /// Copies the data folder to `folder`.
    pub fn copy_to(&self, folder: &Path) -> Result<()> {
        copy(&self.folder.path().join("data"), folder)
    }
}

async fn make_channels(papo: &Papo, maker: &Person, count: usize) -> Result<()> {
    let mut lanes = JoinSet::new();
    for lane in 0..AT_ONCE {
        let (server, maker) = (papo.address(), maker.clone());
        lanes.spawn(async move {
            for number in (lane..count).step_by(AT_ONCE) {
                create_room(server, &maker, &format!("Channel {number}")).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(lane) = lanes.join_next().await {
        lane??;
    }
    Ok(())
}

/// The WebAssembly file; without one, what the page names first.
async fn find_asset(papo: &Papo) -> Result<String> {
    let page = Http::connect(papo.address()).await?.get("/login", "").await?.expect(200)?.text();
    let mut found = page.split(['"', '\'']).filter(|text| text.starts_with("/pkg/"));
    let wasm = found.clone().find(|path| path.ends_with(".wasm"));
    wasm.or_else(|| found.next()).map(str::to_owned).context("the sign-in page names no file of the site")
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
