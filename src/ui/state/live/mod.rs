//! The tab's live state, from which every view derives, and the handle to it.
//!
//! Its own methods and the connection are the only writers. On the server it is a plain value for one
//! rendering; the browser connects it after hydration.

mod cell;
mod fetching;
mod seen;
mod visits;

use std::{pin::pin, time::Duration};

use futures::{
    FutureExt,
    channel::mpsc::{UnboundedSender, unbounded},
    future::abortable,
    select_biased,
};
use leptos::prelude::*;

pub(super) use self::cell::LiveCell;
use self::seen::Seen;
use super::{
    connection::{self, Connected, Order},
    drafts,
    sends::Sends,
    toasts::use_toasts,
};
pub use crate::model::live::Topic;
use crate::{
    browser,
    model::{
        Cid, LiveState, MessageText, RoomId, UserId,
        outbox::{Send as Sending, SendState, Target},
        page::{OpenRoom, Overview},
        window::Turn,
    },
    ui::language::language,
    words::td_string,
};

/// How long the browser may take to open what it keeps.
const PATIENCE: Duration = Duration::from_secs(3);

/// A handle to the tab's `LiveState`.
#[derive(Clone, Copy)]
pub struct LiveHandle {
    state: StoredValue<LiveCell>,
    reloads: RwSignal<u32>,
    sent: RwSignal<u32>,
    /// Where the reader goes to, while what is there is fetched.
    turning: RwSignal<Option<Turn>>,
    /// How many views of rooms have begun.
    visits: StoredValue<u32>,
    /// The room that is open, or will be when its page is here.
    wanted: StoredValue<Option<RoomId>>,
    /// The room whose page is being fetched, though it may not be open yet.
    fetching: StoredValue<Option<RoomId>>,
    /// The room whose page came last, and whether it is one that I am in.
    arrived: RwSignal<Option<(RoomId, bool)>>,
    /// None on the server and until hydration is over.
    orders: StoredValue<Option<UnboundedSender<Order>>>,
    seen: Seen,
}

/// Provides the live state for `use_live` and, in the browser, connects it for as long as the current
/// owner lives; once, in the body of the chat layout.
pub fn provide_live(overview: Overview) -> LiveHandle {
    let live = LiveHandle {
        state: StoredValue::new(LiveCell::new(LiveState::new(overview))),
        reloads: RwSignal::new(0),
        sent: RwSignal::new(0),
        turning: RwSignal::new(None),
        visits: StoredValue::new(0),
        wanted: StoredValue::new(None),
        fetching: StoredValue::new(None),
        arrived: RwSignal::new(None),
        orders: StoredValue::new(None),
        seen: Seen::default(),
    };
    provide_context(live);
    // An effect runs in the browser only, after hydration: what it adds is not in the server's HTML.
    Effect::new(move |_| live.connect());
    live
}

/// The chat layout's live state.
#[expect(clippy::expect_used, reason = "a view outside the chat layout is a mistake in the program")]
pub fn use_live() -> LiveHandle {
    use_context().expect("the chat layout provides it")
}

impl LiveHandle {
    /// A value derived from these topics of the state.
    pub fn memo<T>(
        self,
        topics: impl Into<Vec<Topic>>,
        f: impl Fn(&LiveState) -> T + Send + Sync + 'static,
    ) -> Memo<T>
    where
        T: PartialEq + Clone + Send + Sync + 'static,
    {
        // The state lives as long as the memo, which may be asked while its page is thrown away.
        memo_of(self.state.get_value(), topics.into(), Box::new(f))
    }

    pub fn with_untracked<T>(self, f: impl FnOnce(&LiveState) -> T) -> T {
        self.state.with_value(|state| state.with(f))
    }

    /// Writes to the state, unless the layout is gone.
    fn try_update<T>(self, f: impl FnOnce(&mut LiveState) -> T) -> Option<T> {
        // Nobody who is woken finds the place locked.
        let state = self.state.try_get_value()?;
        Some(state.update(f))
    }

    /// Shows a room; what came since the page was read is asked for.
    pub fn open(self, page: &OpenRoom) {
        self.try_update(|state| state.open(page));
        self.order(Order::CatchUp);
    }

    /// Asks for whatever this tab may have missed.
    pub fn catch_up(self) {
        self.order(Order::CatchUp);
    }

    /// Puts a message on its way.
    pub fn send(self, target: Target, text: MessageText) {
        let (cid, text) = (Cid::new(), text.as_str().to_owned());
        let send = Sending { cid, target, text, at: browser::now(), state: SendState::Queued };
        self.try_update(|state| state.outbox.push(send));
        self.sent.update(|sent| *sent += 1);
        self.order(Order::Flush);
    }

    /// How many messages were sent here.
    pub fn sent(self) -> Signal<u32> {
        self.sent.into()
    }

    /// Sends a refused message again.
    pub fn retry(self, cid: Cid) {
        self.try_update(|state| state.outbox.retry(cid));
        self.order(Order::Flush);
    }

    /// Gives up a refused message.
    pub fn discard(self, cid: Cid) {
        self.try_update(|state| state.outbox.remove(cid));
    }

    /// Tells the others that the reader types; to be called at each stroke.
    pub fn typing(self, room: RoomId) {
        self.order(Order::Typing(room));
    }

    /// Grows when the open page must be fetched anew.
    pub fn reloads(self) -> Signal<u32> {
        self.reloads.into()
    }

    fn order(self, order: Order) {
        let told = self.orders.try_with_value(|orders| {
            orders.as_ref().is_none_or(|orders| orders.unbounded_send(order).is_ok())
        });
        if told == Some(false) {
            tracing::debug!(?order, "the connection has ended for good");
        }
    }

    fn connect(self) {
        let me = self.with_untracked(|state| state.me.user.id);
        drafts::belong_to(me);
        let (sender, orders) = unbounded();
        self.orders.set_value(Some(sender));
        browser::on_visible(move || self.order(Order::Look));
        browser::on_attention(move || self.note_seen());
        browser::on_online(move || self.order(Order::Look));
        let sends = self.keep_sends();
        let connected = Connected { state: self.state.get_value(), reloads: self.reloads };
        let (task, stop) = abortable(async move {
            let kept = open_in_time(me).await;
            self.try_update(|state| state.restore(kept.kept()));
            sends.try_set(Some(kept));
            connection::run(connected, orders).await;
        });
        on_cleanup(move || stop.abort());
        browser::spawn(async move {
            // Aborted is what it ends with.
            let _ = task.await;
        });
    }

    /// Keeps the outbox beyond the page, as soon as the answered place for it is filled.
    fn keep_sends(self) -> RwSignal<Option<Sends>, LocalStorage> {
        let sends = RwSignal::new_local(None::<Sends>);
        let outbox = self.memo([Topic::Outbox], |state| (*state.outbox).clone());
        let (toasts, locale, warned) = (use_toasts(), language(), StoredValue::new(false));
        let warn = move || {
            if warned.try_get_value() == Some(false) {
                warned.set_value(true);
                toasts.show(td_string!(locale, composer.not_kept).to_owned());
            }
        };
        Effect::new(move |_| {
            let outbox = outbox.get();
            sends.track();
            sends.update_untracked(|sends| {
                if let Some(sends) = sends {
                    sends.keep(&outbox, warn);
                }
            });
        });
        sends
    }
}

/// Compiled once for each type of value, not for each question.
fn memo_of<T>(state: LiveCell, topics: Vec<Topic>, f: Box<dyn Fn(&LiveState) -> T + Send + Sync>) -> Memo<T>
where
    T: PartialEq + Clone + Send + Sync + 'static,
{
    Memo::new(move |_| {
        topics.iter().for_each(|topic| state.track(*topic));
        state.with(&f)
    })
}

/// The kept messages; a browser that does not answer in time keeps none.
async fn open_in_time(user: UserId) -> Sends {
    let mut sends = pin!(Sends::open(user).fuse());
    let mut late = pin!(browser::sleep(PATIENCE).fuse());
    select_biased! {
        sends = sends => sends,
        () = late => Sends::none(user),
    }
}
