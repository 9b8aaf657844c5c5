//! Ten people in a room, and others who come: what a server does for them is measured.
//!
//! They live on a thread of their own, so that an attacker of the same process does not delay them.

mod figures;
mod live;
mod visits;

use std::{net::Ipv4Addr, sync::Arc, thread, time::Duration};

use anyhow::{Context as _, Result};
use tokio::{
    sync::{oneshot, watch},
    task::JoinSet,
    time::{Interval, MissedTickBehavior, interval},
};

pub use figures::{Deed, Figures};

use super::template::People;

#[derive(Debug)]
pub struct Bystanders {
    wish: watch::Sender<Wish>,
    thread: thread::JoinHandle<Result<()>>,
}

/// What a run wants of them.
#[derive(Clone, Debug)]
enum Wish {
    /// Go on, and note it here.
    Measure(Arc<Figures>),
    Leave,
}

/// What they share.
#[derive(Clone, Debug)]
struct Here {
    server: std::net::SocketAddr,
    people: Arc<People>,
    wish: watch::Receiver<Wish>,
}

impl Bystanders {
    /// Comes back when everyone's live connection is open and those who come back have signed in once.
    pub async fn enter(server: std::net::SocketAddr, people: Arc<People>) -> Result<Self> {
        let (wish, wishes) = watch::channel(Wish::Measure(Arc::<Figures>::default()));
        let (entered, all_entered) = oneshot::channel();
        let here = Here { server, people, wish: wishes };
        let thread = thread::Builder::new().name("bystanders".to_owned()).spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(stay(here, entered))
        })?;
        match all_entered.await {
            Ok(()) => Ok(Self { wish, thread }),
            Err(_) => {
                thread.join().ok().context("the bystanders failed")??;
                anyhow::bail!("the bystanders left at once")
            }
        }
    }

    /// From now on everything is noted in these figures.
    pub fn measure(&self) -> Arc<Figures> {
        let figures = Arc::<Figures>::default();
        self.wish.send_replace(Wish::Measure(Arc::clone(&figures)));
        figures
    }

    /// Comes back when what was under way is done, and all their connections are closed.
    pub async fn leave(self) -> Result<()> {
        self.wish.send_replace(Wish::Leave);
        let thread = self.thread;
        tokio::task::spawn_blocking(move || thread.join()).await?.ok().context("the bystanders failed")?
    }
}

async fn stay(here: Here, entered: oneshot::Sender<()>) -> Result<()> {
    let mut tasks = JoinSet::new();
    for number in 0..here.people.crowd.len() {
        let socket = live::enter(&here, number).await?;
        tasks.spawn(live::talk(here.clone(), number, socket));
    }
    visits::sign_in_at_once(&here).await?;
    tasks.spawn(visits::load_pages(here.clone()));
    tasks.spawn(visits::sign_in_again(here.clone()));
    tasks.spawn(visits::ask_health(here));
    entered.send(()).ok();
    while let Some(ended) = tasks.join_next().await {
        ended?;
    }
    Ok(())
}

impl Here {
    /// Where to note what is done next; none once everybody leaves.
    fn figures(&self) -> Option<Arc<Figures>> {
        match &*self.wish.borrow() {
            Wish::Measure(figures) => Some(Arc::clone(figures)),
            Wish::Leave => None,
        }
    }
}

/// A documentation address for each of them.
fn address(number: usize) -> Ipv4Addr {
    Ipv4Addr::new(198, 51, 100, u8::try_from(number % 250).unwrap_or(0) + 1)
}

fn each(milliseconds: u64) -> Interval {
    let mut interval = interval(Duration::from_millis(milliseconds));
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}
