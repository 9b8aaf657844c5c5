//! Connections that listen: each counts what it gets, and some look at how late it is.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use anyhow::Result;
use tokio::task::JoinSet;

use super::{
    machine,
    seat::{Kind, Seat, due},
};
use crate::{
    socket::{Frame, Reader, Socket, Writer, opcode},
    stage::Histogram,
};

/// How many enter at once.
const AT_ONCE: usize = 32;
/// Of this many connections, evenly spread, the latency is measured.
const SAMPLED: usize = 20;

/// Leaves when dropped.
#[derive(Debug)]
pub(super) struct Crowd {
    pub writers: Vec<Writer>,
    pub tally: Arc<Tally>,
    _listening: JoinSet<()>,
}

/// What all connections of a crowd got.
#[derive(Debug)]
pub(super) struct Tally {
    pub latency: Histogram,
    deliveries: Box<[Counter]>,
    pub errors: AtomicU64,
    pub closed: AtomicU64,
}

/// A cache line of its own.
#[derive(Debug, Default)]
#[repr(align(64))]
struct Counter(AtomicU64);

impl Tally {
    pub(super) fn deliveries(&self) -> u64 {
        self.deliveries.iter().map(|counter| counter.0.load(Relaxed)).sum()
    }
}

impl Crowd {
    /// Lets a connection enter for each seat.
    pub(super) async fn enter(seats: &[Seat]) -> Result<Self> {
        let sockets = enter_all(seats).await?;
        let tally = Arc::new(Tally {
            latency: Histogram::default(),
            deliveries: seats.iter().map(|_| Counter::default()).collect(),
            errors: AtomicU64::new(0),
            closed: AtomicU64::new(0),
        });
        let every = seats.len().div_ceil(SAMPLED);
        let mut listening = JoinSet::new();
        let mut writers = Vec::with_capacity(seats.len());
        for (number, socket) in sockets.into_iter().enumerate() {
            writers.push(socket.writer);
            listening.spawn(listen(socket.reader, Arc::clone(&tally), number, number % every == 0));
        }
        Ok(Self { writers, tally, _listening: listening })
    }
}

/// A connection for each seat, in their order.
pub(super) async fn enter_all(seats: &[Seat]) -> Result<Vec<Socket>> {
    let mut lanes = JoinSet::new();
    for lane in 0..AT_ONCE {
        let seats: Vec<Seat> = seats.iter().skip(lane).step_by(AT_ONCE).cloned().collect();
        lanes.spawn(async move {
            let mut sockets = Vec::with_capacity(seats.len());
            for seat in seats {
                sockets.push(seat.enter().await?);
            }
            anyhow::Ok((lane, sockets))
        });
    }
    let mut sockets: Vec<(usize, Socket)> = Vec::with_capacity(seats.len());
    while let Some(entered) = lanes.join_next().await {
        let (lane, entered) = entered??;
        sockets.extend(entered.into_iter().enumerate().map(|(at, socket)| (at * AT_ONCE + lane, socket)));
    }
    sockets.sort_unstable_by_key(|(number, _)| *number);
    Ok(sockets.into_iter().map(|(_, socket)| socket).collect())
}

async fn listen(mut reader: Reader, tally: Arc<Tally>, number: usize, is_sampled: bool) {
    let mut on_frame = |frame: Frame<'_>| match Kind::of(frame.payload) {
        Kind::Message => {
            tally.deliveries[number].0.fetch_add(1, Relaxed);
            if is_sampled && let Some(due) = due(frame.payload) {
                tally.latency.record_micros(machine::micros().saturating_sub(due));
            }
        }
        Kind::Error => {
            tally.errors.fetch_add(1, Relaxed);
        }
        _ if frame.opcode == opcode::CLOSE => {
            tally.closed.fetch_add(1, Relaxed);
        }
        _ => {}
    };
    while matches!(reader.read(&mut on_frame).await, Ok(true)) {}
}
