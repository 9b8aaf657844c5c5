//! One client from its greeting to its end: its events become commands, and what it hears becomes its events.
//!
//! One task per client obeys and tells. The library's own queue is short; what it has no room for waits where
//! every connection's events wait, and who falls behind there is ended like everybody else.

use std::{
    future::{Future, ready},
    net::IpAddr,
    sync::Arc,
    time::Duration,
};

use serde_json::Value;
use socketioxide::{
    SendError, SocketError,
    extract::{AckSender, Event, SocketRef, TryData},
};
use tokio::{sync::mpsc::Receiver, time::sleep};
use tokio_util::sync::CancellationToken;

use super::{
    SocketService,
    commands::{Command, Outcome},
    desk::{Desk, Frame, say},
    events::{self, Emitted},
    meter::{Meter, length},
    rooms::Rooms,
    visit::Visit,
};
use crate::{
    error::AppError,
    model::Me,
    server::{
        http::{App, caller::Caller, compat::heard::Heard, live::feed::Feed},
        live::{Close, EncodedEvent},
    },
};

/// While the library's queue is full.
const PAUSE: Duration = Duration::from_millis(20);
/// How long the last words may take to leave.
const GOODBYE: Duration = Duration::from_secs(1);

/// A client joins the namespace. Its events are taken from the moment of the call, and obeyed by the future.
pub(super) fn greet(
    app: App,
    sockets: SocketService,
    socket: SocketRef,
    auth: Value,
) -> impl Future<Output = ()> + Send + 'static {
    let visit = socket.req_parts().extensions.get::<Arc<Visit>>().cloned();
    let visit = visit.filter(|visit| {
        let first = visit.greets_first();
        if !first {
            sockets.end(socket.id.as_str(), &visit.client.cut);
        }
        first
    });
    let (gone, flooded) = (CancellationToken::new(), CancellationToken::new());
    let meter = visit.as_ref().map(|visit| visit.client.meter.clone());
    let meter = meter.unwrap_or_else(|| Arc::new(Meter::new(|| app.limits.frames())));
    let (desk, inbox) = Desk::open(meter, flooded.clone());
    let desk = Arc::new(desk);
    socket.on_fallback(
        move |socket: SocketRef,
              Event(event): Event,
              TryData(argument): TryData<Value>,
              answer: AckSender| {
            desk.take(&socket, event, argument.unwrap_or_default(), answer);
            ready(())
        },
    );
    let leave = gone.clone();
    socket.on_disconnect(move || {
        leave.cancel();
        ready(())
    });
    if !socket.connected() {
        gone.cancel();
    }
    async move {
        let Some(visit) = visit else { return drop(socket.disconnect()) };
        let ending = sockets.clone();
        let (sid, cut) = (socket.id.to_string(), visit.client.cut.clone());
        let token = ["token", "access_token"].iter().find_map(|name| auth[*name].as_str());
        let why = match visit.caller(&app, token).await {
            Ok(caller) => {
                let mut session = Session::begin(app, socket.clone(), &visit, caller).await;
                tokio::select! {
                    why = session.go_on(inbox) => why,
                    () = gone.cancelled() => Close::Gone,
                    () = flooded.cancelled() => Close::Flood,
                }
            }
            Err(error) => {
                say(&socket, &visit.client.meter, events::refusal(visit.locale, &error));
                drop(socket.clone().disconnect());
                Close::Gone
            }
        };
        end(&socket, &visit, why);
        // Without a reference to it the library can forget the client.
        drop((socket, visit));
        if why != Close::Restart {
            sleep(GOODBYE).await;
            ending.end(&sid, &cut);
        }
    }
}

struct Session {
    app: App,
    socket: SocketRef,
    meter: Arc<Meter>,
    locale: crate::words::Locale,
    address: IpAddr,
    me: Me,
    feed: Feed,
    rooms: Rooms,
}

impl Session {
    async fn begin(app: App, socket: SocketRef, visit: &Visit, caller: Caller) -> Self {
        let session = caller.session.clone();
        let me = caller.acting();
        let feed = Feed::open(&app, me.user.clone(), session, None, visit.client.cut.clone()).await;
        Self {
            app,
            socket,
            meter: visit.client.meter.clone(),
            locale: visit.locale,
            address: visit.address.0,
            me,
            feed,
            rooms: Rooms::default(),
        }
    }

    /// Tells and obeys until there is a reason to end it.
    async fn go_on(&mut self, mut inbox: Receiver<Frame>) -> Close {
        loop {
            let done = tokio::select! {
                events = self.feed.next() => match events {
                    Ok(events) => self.hear(events).await,
                    Err(why) => Err(why),
                },
                Some(frame) = inbox.recv() => self.obey(frame).await,
            };
            if let Err(why) = done {
                return why;
            }
        }
    }

    async fn hear(&mut self, events: Vec<Arc<EncodedEvent>>) -> Result<(), Close> {
        for heard in events.iter().filter_map(|event| Heard::of(event)) {
            if let Heard::Left(member) = heard
                && member.user == self.me.user.id
            {
                self.rooms.remove(member.room);
            }
            if let Some(emitted) = events::of(heard, &self.rooms, self.locale) {
                self.tell(emitted).await?;
            }
        }
        Ok(())
    }

    async fn obey(&mut self, frame: Frame) -> Result<(), Close> {
        if let Some(why) = self.feed.ended() {
            return Err(why);
        }
        let Frame { event, argument, .. } = &frame;
        let done = match Command::read(event, argument) {
            Ok(command) => command.run(&self.app, &self.me, self.address, &mut self.rooms).await,
            Err(error) => Err(error),
        };
        self.acknowledge(frame.answer, done.as_ref().err());
        match done {
            Ok(Outcome::Nothing) => Ok(()),
            Ok(Outcome::Told { room, notice }) => {
                self.tell(events::status(self.locale, &room, notice, &self.me.user)).await
            }
            Err(error) => self.tell(events::refusal(self.locale, &error)).await,
        }
    }

    /// Answers whoever asked for it; a client that does not read loses it.
    fn acknowledge(&self, answer: AckSender, error: Option<&AppError>) {
        let told = error.map_or_else(|| serde_json::json!({ "ok": true }), |error| serde_json::json!(error));
        let bytes = length(&told);
        if self.meter.hold(bytes) && answer.send(&told).is_err() {
            self.meter.left(bytes);
        }
    }

    /// Waits for room in the library's queue.
    async fn tell(&self, (event, argument): Emitted) -> Result<(), Close> {
        let bytes = length(&argument);
        loop {
            if !self.meter.hold(bytes) {
                tokio::select! {
                    () = self.meter.changed() => continue,
                    why = self.feed.closing() => return Err(why),
                }
            }
            let sent = self.socket.emit(event, &argument);
            if sent.is_ok() {
                return Ok(());
            }
            self.meter.left(bytes);
            if !matches!(sent, Err(SendError::Socket(SocketError::InternalChannelFull))) {
                return Err(Close::Gone);
            }
            tokio::select! {
                () = sleep(PAUSE) => {}
                why = self.feed.closing() => return Err(why),
            }
        }
    }
}

/// Says why, to those who should not simply come back. A stopping server says goodbye to all at once.
fn end(socket: &SocketRef, visit: &Visit, why: Close) {
    let error = match why {
        Close::SessionEnded => AppError::Unauthenticated,
        Close::Flood => AppError::RateLimited { retry_after_ms: 30_000 },
        _ => return,
    };
    say(socket, &visit.client.meter, events::refusal(visit.locale, &error));
    drop(socket.clone().disconnect());
}
