//! The timeline of the open room: newest in sight before any script, older pages on scrolling up.
//!
//! Which messages are at hand and which of them are drawn is `model::window`'s; here they are drawn. Each row keeps its elements as
//! long as it stands, and has a signal of its own for what changes in it.

pub mod ends;
pub mod mark;
pub mod message_row;
pub mod notice_row;
pub mod pending;
pub mod reading;
pub mod rows;
pub mod scroller;

use std::sync::{Arc, Mutex, PoisonError};

use leptos::prelude::*;

use crate::{
    model::{Message, Seq, UserId, outbox::Target, sorted::Sorted},
    ui::{
        components::list::list,
        language::language,
        state::{
            live::{Topic, use_live},
            zone::use_zone,
        },
    },
};
use ends::Unread;
use message_row::MessageRow;
use notice_row::{DayRow, NewRow, NoticeRow};
use rows::{LocalDay, Look, Row, RowKey, rows};
pub use scroller::Scroller;

/// What a timeline shows besides the live state.
#[derive(Clone, Debug)]
pub struct TimelineOf {
    /// Where sends from here go; a person, too, while a first message opens the room.
    pub targets: Vec<Target>,
    /// What was unread when the page was opened.
    pub unread: Option<Unread>,
    /// Whether it opens there.
    pub opens_at_new: bool,
    /// The page's path, for links to other stretches of the history.
    pub path: String,
    /// Whom or what the empty timeline names.
    pub name: String,
    pub direct: bool,
    /// Whether there is a room, whose messages may still be on their way.
    pub is_begun: bool,
}

/// The messages that are drawn, and what stands between them.
#[component]
fn Rows(read_seq: Option<Seq>) -> impl IntoView {
    let (live, zone) = (use_live(), use_zone());
    // Each row asks for both; from here the way is short.
    provide_context(zone);
    provide_context(language());
    let me = live.with_untracked(|state| state.me.user.id);
    let shown = live.memo([Topic::Timeline, Topic::Marks], move |state| {
        state.timeline.as_ref().map(|timeline| (timeline.window.shown().to_vec(), timeline.marks.reached(me)))
    });
    let looks = Looks::default();
    let each = move || {
        let shown = shown.read();
        let rows = shown
            .as_ref()
            .map(|(messages, reached)| rows(messages, me, read_seq, reached, |at| zone.local(at)));
        looks.of(rows.unwrap_or_default())
    };
    list(each, |row| row.0.clone(), move |(_, row)| row_view(row, me))
}

/// A row as it is drawn.
enum Drawn {
    Day(LocalDay),
    New,
    Message { look: ArcRwSignal<Look>, continues: bool },
    Notices(Vec<Arc<Message>>),
}

fn row_view(row: Drawn, me: UserId) -> AnyView {
    match row {
        Drawn::Day(day) => view! { <DayRow day /> }.into_any(),
        Drawn::New => view! { <NewRow /> }.into_any(),
        Drawn::Message { look, continues } => view! { <MessageRow look continues me /> }.into_any(),
        Drawn::Notices(lines) => view! { <NoticeRow lines /> }.into_any(),
    }
}

/// The signals of the rows that stand.
#[derive(Default)]
struct Looks(Mutex<Sorted<RowKey, ArcRwSignal<Look>>>);

impl Looks {
    /// The rows with their signals. Those of rows that stand already are told what is new.
    fn of(&self, rows: Vec<Row>) -> Vec<(RowKey, Drawn)> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut next = Sorted::new();
        let drawn = rows.into_iter().map(|row| {
            let key = row.key();
            let drawn = match row {
                Row::Day(day) => Drawn::Day(day),
                Row::New => Drawn::New,
                Row::Notices(lines) => Drawn::Notices(lines),
                Row::Message { continues, look } => {
                    let signal = match known.remove(&key) {
                        Some(signal) => {
                            if signal.with_untracked(|known| *known != look) {
                                signal.set(look);
                            }
                            signal
                        }
                        None => ArcRwSignal::new(look),
                    };
                    next.insert(key.clone(), signal.clone());
                    Drawn::Message { look: signal, continues }
                }
            };
            (key, drawn)
        });
        let drawn = drawn.collect();
        *known = next;
        drawn
    }
}
