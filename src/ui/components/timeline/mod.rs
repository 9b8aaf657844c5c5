//! The timeline of the open room: newest in sight before any script, older pages on scrolling up.
//!
//! The scroller runs from the bottom up in CSS, so nothing jumps when older messages arrive. What
//! changes the messages is `model::timeline`; this only draws it.

pub mod mark;
pub mod message_row;
pub mod notice_row;
pub mod pending;
pub mod rows;
pub mod scroller;

use leptos::prelude::*;

use crate::{
    model::{Seq, UserId, marks::Reached, outbox::Target},
    ui::{
        components::list::list,
        language::language,
        state::{live::use_live, zone::use_zone},
    },
};
use message_row::MessageRow;
use notice_row::{DayRow, NewRow, NoticeRow};
use pending::PendingRows;
use rows::{Row, rows};
pub use scroller::Scroller;

/// What a timeline shows besides the live state.
#[derive(Clone, Debug)]
pub struct TimelineOf {
    /// Where sends from here go; a person, too, while a first message opens the room.
    pub targets: Vec<Target>,
    /// Texts of others after it were unread when the page was opened.
    pub read_seq: Option<Seq>,
    /// The page's path, for links to other stretches of the history.
    pub path: String,
    /// Whom or what the empty timeline names.
    pub name: String,
    pub direct: bool,
}

/// All rows, with what is on its way below.
#[component]
fn Rows(of: TimelineOf) -> impl IntoView {
    let live = use_live();
    let zone = use_zone();
    // Each row asks for both; from here the way is short.
    provide_context(zone);
    provide_context(language());
    let me = live.with_untracked(|state| state.me.user.id);
    let messages = live
        .memo(|state| state.timeline.as_ref().map(|timeline| timeline.messages.clone()).unwrap_or_default());
    let reached = live.memo(move |state| {
        state.timeline.as_ref().map(|timeline| timeline.marks.reached(me)).unwrap_or_default()
    });
    let read_seq = of.read_seq;
    let shown = Memo::new(move |_| rows(&messages.read(), me, read_seq, |at| zone.local(at)));
    view! {
        {list(move || shown.get(), Row::key, move |row| row_view(row, me, reached))}
        <PendingRows targets=of.targets />
    }
}

fn row_view(row: Row, me: UserId, reached: Memo<Reached>) -> AnyView {
    match row {
        Row::Day(day) => view! { <DayRow day /> }.into_any(),
        Row::New => view! { <NewRow /> }.into_any(),
        Row::Notices(lines) => view! { <NoticeRow lines /> }.into_any(),
        Row::Message { message, continues } => {
            let reached = (message.from == me).then_some(reached);
            view! { <MessageRow message continues reached /> }.into_any()
        }
    }
}
