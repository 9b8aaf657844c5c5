//! Where a client's events are taken: in their order, as many and as heavy as its allowance has room for.
//!
//! It obeys none of them and waits for nothing: what is too much is refused at once, and a flood ends the client.

use std::sync::Arc;

use serde_json::Value;
use socketioxide::extract::{AckSender, SocketRef};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio_util::sync::CancellationToken;

use super::{
    events::{self, Emitted},
    meter::{Meter, length},
    visit::Visit,
    weight::{Scales, Weight},
};
use crate::error::AppError;

/// How many events of a client wait to be obeyed.
const WAITING: usize = 32;

/// What a client sent.
pub(super) struct Frame {
    pub(super) event: String,
    pub(super) argument: Value,
    pub(super) answer: AckSender,
    _weight: Weight,
}

/// Takes events in the order in which they come, as many as are allowed.
pub(super) struct Desk {
    waiting: Sender<Frame>,
    scales: Scales,
    meter: Arc<Meter>,
    flooded: CancellationToken,
}

impl Desk {
    pub(super) fn open(meter: Arc<Meter>, flooded: CancellationToken) -> (Self, Receiver<Frame>) {
        let (waiting, inbox) = mpsc::channel(WAITING);
        (Self { waiting, scales: Scales::default(), meter, flooded }, inbox)
    }

    pub(super) fn take(&self, socket: &SocketRef, event: String, argument: Value, answer: AckSender) {
        let busy = AppError::RateLimited { retry_after_ms: 1_000 };
        let admitted = self.meter.command().and_then(|()| {
            let weight = self.scales.weigh(&argument).ok_or_else(|| busy.clone())?;
            let frame = Frame { event, argument, answer, _weight: weight };
            self.waiting.try_send(frame).map_err(|_| busy)
        });
        let Err(error) = admitted else { return };
        if !self.meter.refusal() {
            return self.flooded.cancel();
        }
        let visit = socket.req_parts().extensions.get::<Arc<Visit>>();
        let locale = visit.map(|visit| visit.locale).unwrap_or_default();
        say(socket, &self.meter, events::refusal(locale, &error));
    }
}

/// Tells a client what it may miss if it does not read.
pub(super) fn say(socket: &SocketRef, meter: &Meter, (event, argument): Emitted) {
    let bytes = length(&argument);
    if meter.hold(bytes) && socket.emit(event, &argument).is_err() {
        meter.left(bytes);
    }
}
