//! The node's link to NATS: publishing without waiting, subscriptions, and whether it works.
//!
//! What cannot be sent at once is dropped: every word is a hint, and the database has the truth. A beat
//! each half second that does not come back tells that NATS is away, whatever the socket says.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use async_nats::{Client, Subscriber, connection::State};
use bytes::Bytes;
use futures::StreamExt as _;
use serde::Serialize;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use uuid::Uuid;

use super::{
    connect::connect,
    credentials::BusError,
    packets::{Subjects, pack, teller},
    trouble::{Trouble, Troubles},
};
use crate::server::config::{NatsOptions, NatsUrl};

const BEAT: Duration = Duration::from_millis(500);
/// A node whose beats do not come for so long is not heard.
const SILENCE_MAX: Duration = Duration::from_millis(1_200);
/// How long a new subscription is waited for.
const SETTLE_MAX: Duration = Duration::from_secs(1);
const QUEUE: usize = 8_192;

#[derive(Debug)]
pub(in crate::server::live) struct Link {
    pub(in crate::server::live) node: Uuid,
    pub(in crate::server::live) subjects: Subjects,
    client: Client,
    outgoing: mpsc::Sender<(String, Bytes)>,
    /// When each node's beat was heard last.
    heard: Mutex<HashMap<Uuid, Instant>>,
    echoes: Mutex<HashMap<u64, oneshot::Sender<()>>>,
    next_echo: AtomicU64,
    /// Something may have been lost: the database is to be asked.
    pub(super) doubt: Arc<Notify>,
    troubles: Troubles,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Link {
    /// Connects to NATS, now or whenever it answers.
    ///
    /// # Errors
    /// If the settings themselves are wrong.
    pub(super) async fn open(
        nats: (&NatsUrl, &NatsOptions),
        node: Uuid,
        epoch: &str,
    ) -> Result<Arc<Self>, BusError> {
        let (doubt, troubles) = (Arc::new(Notify::new()), Troubles::default());
        let client = connect(nats, Arc::clone(&doubt), &troubles).await?;
        let (outgoing, waiting) = mpsc::channel(QUEUE);
        let link = Arc::new(Self {
            node,
            subjects: Subjects::new(epoch),
            client,
            outgoing,
            heard: Mutex::default(),
            echoes: Mutex::default(),
            next_echo: AtomicU64::new(1),
            doubt,
            troubles,
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        });
        link.spawn(Arc::clone(&link).send(waiting));
        link.spawn(Arc::clone(&link).beat());
        link.spawn(Arc::clone(&link).hear_beats());
        link.spawn(Arc::clone(&link).hear_echoes());
        Ok(link)
    }

    /// Runs `task` until the link is closed.
    pub(in crate::server::live) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let stop = self.stop.clone();
        self.tasks.spawn(async move {
            tokio::select! {
                () = task => {}
                () = stop.cancelled() => {}
            }
        });
    }

    /// Sends what is queued and leaves.
    pub(super) async fn close(&self) {
        let sent = tokio::time::timeout(SETTLE_MAX, async {
            while self.outgoing.capacity() < QUEUE && self.is_up() {
                tokio::task::yield_now().await;
            }
            drop(self.client.flush().await);
        });
        drop(sent.await);
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        drop(tokio::time::timeout(SETTLE_MAX, self.client.drain()).await);
    }

    /// Tells other nodes, if NATS is there and keeps up.
    pub(super) fn publish(&self, subject: String, word: &impl Serialize) {
        if let Some(packet) = pack(self.node, word)
            && self.outgoing.try_send((subject, packet)).is_err()
        {
            tracing::debug!("NATS does not keep up: a hint is dropped");
        }
    }

    pub(in crate::server::live) async fn subscribe(&self, subject: String) -> Option<Subscriber> {
        match self.client.subscribe(subject).await {
            Ok(subscriber) => Some(subscriber),
            Err(error) => {
                tracing::warn!(%error, "no subscription");
                None
            }
        }
    }

    /// Whether words come back from NATS.
    pub(super) fn is_up(&self) -> bool {
        self.client.connection_state() == State::Connected && self.hears(self.node)
    }

    /// Why words do not come back, while they do not.
    pub(super) fn trouble(&self) -> Trouble {
        self.troubles.last()
    }

    /// Whether the node's beats arrive.
    pub(super) fn hears(&self, node: Uuid) -> bool {
        self.heard().get(&node).is_some_and(|at| at.elapsed() < SILENCE_MAX)
    }

    /// Waits until the subscriptions made before are in force at the NATS server: it obeys a connection's
    /// commands in their order, so a word to ourselves comes back after them. Gives up after a second:
    /// then the comparison with the database finds what falls between.
    pub(in crate::server::live) async fn settle(&self) {
        if !self.is_up() {
            return;
        }
        let id = self.next_echo.fetch_add(1, Ordering::Relaxed);
        let (tell, told) = oneshot::channel();
        self.echoes().insert(id, tell);
        let echo = async {
            let packet = Bytes::copy_from_slice(&id.to_be_bytes());
            if self.client.publish(self.subjects.echo(self.node), packet).await.is_ok() {
                drop(told.await);
            }
        };
        if tokio::time::timeout(SETTLE_MAX, echo).await.is_err() {
            self.doubt.notify_one();
        }
        self.echoes().remove(&id);
    }

    /// Waits for the first beat to come back, for two seconds at most.
    pub(super) async fn wait_until_up(&self) {
        let up = async {
            while !self.is_up() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        drop(tokio::time::timeout(Duration::from_secs(2), up).await);
    }

    async fn send(self: Arc<Self>, mut waiting: mpsc::Receiver<(String, Bytes)>) {
        while let Some((subject, packet)) = waiting.recv().await {
            // While NATS is away the client would keep everything and tell it late.
            if self.client.connection_state() == State::Connected
                && let Err(error) = self.client.publish(subject, packet).await
            {
                tracing::debug!(%error, "a hint is not sent");
            }
        }
    }

    async fn beat(self: Arc<Self>) {
        let mut tick = tokio::time::interval(BEAT);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            self.publish(self.subjects.beat(), &());
            self.heard().retain(|_, at| at.elapsed() < Duration::from_secs(60));
        }
    }

    async fn hear_beats(self: Arc<Self>) {
        let Some(mut beats) = self.subscribe(self.subjects.beat()).await else { return };
        while let Some(message) = beats.next().await {
            if let Some(node) = teller(&message.payload) {
                self.heard().insert(node, Instant::now());
            }
        }
    }

    async fn hear_echoes(self: Arc<Self>) {
        let Some(mut echoes) = self.subscribe(self.subjects.echo(self.node)).await else { return };
        while let Some(message) = echoes.next().await {
            if let Ok(id) = <[u8; 8]>::try_from(&*message.payload)
                && let Some(tell) = self.echoes().remove(&u64::from_be_bytes(id))
            {
                // Who asked may have given up.
                tell.send(()).unwrap_or_default();
            }
        }
    }

    fn heard(&self) -> MutexGuard<'_, HashMap<Uuid, Instant>> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn echoes(&self) -> MutexGuard<'_, HashMap<u64, oneshot::Sender<()>>> {
        self.echoes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
