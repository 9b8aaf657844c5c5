//! The connection to NATS: made now or whenever NATS answers, made again after each loss, and what the library tells
//! of it on the way.
//!
//! It says when the database is to be asked and why NATS is away; no word of a node passes here.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use async_nats::{Client, Event};
use tokio::sync::Notify;

use super::{
    credentials::{BusError, options},
    trouble::Troubles,
};
use crate::server::config::{NatsOptions, NatsUrl};

const RECONNECT_MAX: Duration = Duration::from_secs(2);
/// What the server complains of is logged no more often than this: it may be each word of ours.
const COMPLAIN_EVERY: Duration = Duration::from_secs(60);

/// Connects to NATS, now or whenever it answers. `doubt` hears that something may have been lost.
///
/// # Errors
/// If the settings themselves are wrong.
pub(super) async fn connect(
    (url, nats): (&NatsUrl, &NatsOptions),
    doubt: Arc<Notify>,
    troubles: &Troubles,
) -> Result<Client, BusError> {
    let notes = Notes { doubt, complained: Mutex::default() };
    let (noting, clearing) = (troubles.clone(), troubles.clone());
    let options = options(url, nats)?
        .name("papo")
        .retry_on_initial_connect()
        .max_reconnects(None)
        .ping_interval(Duration::from_secs(2))
        .connection_timeout(Duration::from_secs(2))
        .reconnect_delay_callback(backoff)
        .reconnect_to_server_callback(move |servers, _| {
            noting.note(&servers);
            // The library chooses the server.
            std::future::ready(None)
        })
        .event_callback(move |event| {
            if event == Event::Connected {
                clearing.clear();
            }
            notes.note(&event);
            std::future::ready(())
        });
    Ok(options.connect(url.servers.clone()).await?)
}

/// What the library tells of the connection.
struct Notes {
    doubt: Arc<Notify>,
    complained: Mutex<Option<Instant>>,
}

impl Notes {
    fn note(&self, event: &Event) {
        match event {
            Event::Connected => {
                tracing::debug!("connected to NATS");
                self.doubt.notify_one();
            }
            Event::SlowConsumer(_) => {
                tracing::warn!("other nodes tell more than this one takes: the database is asked");
                self.doubt.notify_one();
            }
            // Each attempt to come back; that NATS is away, and why, is told once.
            Event::Disconnected | Event::ClientError(_) => tracing::debug!("NATS: {event}"),
            event => self.complain(event),
        }
    }

    fn complain(&self, event: &Event) {
        let mut complained = self.complained.lock().unwrap_or_else(PoisonError::into_inner);
        if complained.is_none_or(|at| at.elapsed() >= COMPLAIN_EVERY) {
            *complained = Some(Instant::now());
            tracing::warn!("NATS: {event}");
        } else {
            tracing::debug!("NATS: {event}");
        }
    }
}

/// 100 ms, doubled each time, to 2 s; with a part left to chance, so that nodes do not come all at once.
fn backoff(attempts: usize) -> Duration {
    let wait = Duration::from_millis(100 << attempts.min(6)).min(RECONNECT_MAX);
    wait.mul_f64(rand::random_range(0.5..1.0))
}
