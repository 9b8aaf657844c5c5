//! The tab's live state, from which every view derives, and the handle to it.
//!
//! Its own methods and the connection are the only writers. On the server it is a plain value for one
//! rendering; the browser connects it after hydration.

mod fetching;

use std::{pin::pin, time::Duration};

use futures::{
    FutureExt,
    channel::mpsc::{UnboundedSender, unbounded},
    future::abortable,
    select_biased,
};
use leptos::prelude::*;

use super::{
    connection::{self, Connected, Order},
    drafts,
    sends::Sends,
    toasts::use_toasts,
};
use crate::{
    browser,
    model::{
        Cid, ClientCommand, LiveState, MessageText, RoomId, UserId,
        outbox::{Send as Sending, SendState, Target},
        page::{OpenRoom, Overview},
    },
    ui::language::language,
    words::td_string,
};

/// How long the browser may take to open what it keeps.
const PATIENCE: Duration = Duration::from_secs(3);

/// A handle to the tab's `LiveState`.
#[derive(Clone, Copy)]
pub struct LiveHandle {
    state: RwSignal<LiveState>,
    reloads: RwSignal<u32>,
    loading_older: RwSignal<bool>,
    /// None on the server and until hydration is over.
    orders: StoredValue<Option<UnboundedSender<Order>>>,
    /// What came to the end of the timeline while the page was out of sight is read on return.
    reads_on_return: StoredValue<bool>,
}

/// Provides the live state for `use_live` and, in the browser, connects it for as long as the current
/// owner lives; once, in the body of the chat layout.
pub fn provide_live(overview: Overview) -> LiveHandle {
    let live = LiveHandle {
        state: RwSignal::new(LiveState::new(overview)),
        reloads: RwSignal::new(0),
        loading_older: RwSignal::new(false),
        orders: StoredValue::new(None),
        reads_on_return: StoredValue::new(false),
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
    /// A value derived from the state.
    pub fn memo<T>(self, f: impl Fn(&LiveState) -> T + Send + Sync + 'static) -> Memo<T>
    where
        T: PartialEq + Clone + Send + Sync + 'static,
    {
        // Lives as long as the memo, which may be asked while its page is thrown away.
        let state = ArcRwSignal::from(self.state);
        memo_of(state, Box::new(f))
    }

    pub fn with_untracked<T>(self, f: impl FnOnce(&LiveState) -> T) -> T {
        self.state.with_untracked(f)
    }

    /// Shows a room; what came since the page was read is asked for.
    pub fn open(self, page: &OpenRoom) {
        self.state.update(|state| {
            state.open(page);
        });
        self.order(Order::CatchUp);
    }

    /// Asks for whatever this tab may have missed.
    pub fn catch_up(self) {
        self.order(Order::CatchUp);
    }

    /// Shows no room.
    pub fn close(self) {
        self.reads_on_return.try_set_value(false);
        self.state.try_update(LiveState::close);
    }

    pub fn is_loading_older(self) -> Signal<bool> {
        self.loading_older.into()
    }

    /// Puts a message on its way.
    pub fn send(self, target: Target, text: MessageText) {
        let (cid, text) = (Cid::new(), text.as_str().to_owned());
        let send = Sending { cid, target, text, at: browser::now(), state: SendState::Queued };
        self.state.update(|state| state.outbox.push(send));
        self.order(Order::Flush);
    }

    /// Sends a refused message again.
    pub fn retry(self, cid: Cid) {
        self.state.update(|state| state.outbox.retry(cid));
        self.order(Order::Flush);
    }

    /// Gives up a refused message.
    pub fn discard(self, cid: Cid) {
        self.state.update(|state| state.outbox.remove(cid));
    }

    /// Tells the others that the reader types; to be called at each stroke.
    pub fn typing(self, room: RoomId) {
        self.order(Order::Typing(room));
    }

    /// Marks the open room as read, now or when the page comes into sight; for a reader at the end of
    /// the timeline.
    pub fn mark_read(self) {
        let is_visible = browser::visible();
        self.reads_on_return.try_set_value(!is_visible);
        let unread = self.state.try_with_untracked(LiveState::read).flatten();
        if let Some(ClientCommand::Read { room, seq }) = unread.filter(|_| is_visible) {
            self.order(Order::Read(room, seq));
        }
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
        browser::on_visible(move || {
            self.order(Order::Look);
            if self.reads_on_return.try_get_value() == Some(true) {
                self.mark_read();
            }
        });
        browser::on_online(move || self.order(Order::Look));
        let sends = self.keep_sends();
        let connected = Connected { state: self.state, reloads: self.reloads };
        let (task, stop) = abortable(async move {
            let kept = open_in_time(me).await;
            self.state.try_update(|state| state.restore(kept.kept()));
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
        let outbox = self.memo(|state| state.outbox.clone());
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
fn memo_of<T>(state: ArcRwSignal<LiveState>, f: Box<dyn Fn(&LiveState) -> T + Send + Sync>) -> Memo<T>
where
    T: PartialEq + Clone + Send + Sync + 'static,
{
    Memo::new(move |_| state.with(&f))
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
