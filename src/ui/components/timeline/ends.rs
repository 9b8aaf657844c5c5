//! What stands above and below the rows: the ways to older and newer messages, and words for a room without any.

use leptos::{ev, prelude::*};

use super::{TimelineOf, reading::Reading};
use crate::{
    browser,
    model::{LiveState, RoomSummary, Seq, Timestamp, window::Turn},
    ui::{
        components::{icon::Icon, skeleton::RoomSkeleton},
        language::language,
        state::{
            live::{LiveHandle, Topic, use_live},
            zone::use_zone,
        },
    },
    words::{badge, fill::fill, isolated, td_string, unread_count},
};

/// How the rows that are drawn end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ends {
    goes_on_above: bool,
    goes_on_below: bool,
    first: Option<Seq>,
    last: Option<Seq>,
}

/// None while no room is open.
fn ends(live: LiveHandle) -> Memo<Option<Ends>> {
    live.memo([Topic::Timeline], |state| {
        let window = &state.timeline.as_ref()?.window;
        Some(Ends {
            goes_on_above: window.goes_on_above(),
            goes_on_below: window.goes_on_below(),
            first: window.shown().first().map(|message| message.seq),
            last: window.shown().last().map(|message| message.seq),
        })
    })
}

/// What stands above the first row: the way to older ones, or a word about the beginning.
#[component]
pub fn Beginning(of: TimelineOf) -> impl IntoView {
    let locale = language();
    let ends = ends(use_live());
    // Another row above is no reason to draw the link again.
    let goes_on = Memo::new(move |_| ends.get().map(|ends| ends.goes_on_above));
    let TimelineOf { name, path, direct, is_begun, .. } = of;
    move || {
        match goes_on.get() {
            Some(true) => return view! { <Further path=path.clone() turn=Turn::Older ends /> }.into_any(),
            None if is_begun => return view! { <RoomSkeleton /> }.into_any(),
            _ => {}
        }
        let name = name.clone();
        let words = move || {
            let name = name.clone();
            if direct {
                fill(td_string!(locale, timeline.empty_direct), &[("name", &isolated(&name))])
            } else {
                fill(td_string!(locale, timeline.empty_room), &[("name", &isolated(&name))])
            }
        };
        view! { <p class="beginning" dir="auto">{words}</p> }.into_any()
    }
}

/// What stands below the last row, while newer ones are not drawn.
#[component]
pub fn Ending(path: String) -> impl IntoView {
    let ends = ends(use_live());
    let goes_on = move || ends.read().is_some_and(|ends| ends.goes_on_below);
    view! {
        <Show when=goes_on>
            <Further path=path.clone() turn=Turn::Newer ends />
        </Show>
    }
}

/// A link to the page before or after; where there is JavaScript, that page comes as the reader comes near it.
#[component]
fn Further(path: String, turn: Turn, ends: Memo<Option<Ends>>) -> impl IntoView {
    let locale = language();
    let live = use_live();
    let is_older = turn == Turn::Older;
    let href = move || {
        let ends = ends.get()?;
        let (name, seq) = if is_older { ("before", ends.first?) } else { ("after", ends.last?) };
        Some(format!("{path}?{name}={seq}"))
    };
    let label = move || match (is_older, live.turning().get() == Some(turn)) {
        (true, true) => td_string!(locale, timeline.loading_older),
        (true, false) => td_string!(locale, timeline.older),
        (false, true) => td_string!(locale, timeline.loading_newer),
        (false, false) => td_string!(locale, timeline.newer),
    };
    let load = move |event: ev::MouseEvent| {
        event.prevent_default();
        browser::spawn(async move {
            live.turn(turn).await;
        });
    };
    view! {
        <a class="further" class:older=is_older class:newer=!is_older href=href on:click=load>
            {label}
        </a>
    }
}

/// The way back to the newest message, with what is unread, for a reader who is not there.
#[component]
pub fn ToTheEnd(reading: Reading, path: String) -> impl IntoView {
    let locale = language();
    let live = use_live();
    let ends = ends(live);
    let unread = live.memo([Topic::Rooms, Topic::Reading, Topic::Timeline], LiveState::open_unread);
    let show = move || ends.get().is_some_and(|ends| ends.goes_on_below) || !reading.is_at_end();
    let label = move || match unread.get() {
        0 => td_string!(locale, timeline.latest).to_owned(),
        count => format!("{}: {}", td_string!(locale, timeline.latest), unread_count(locale, count)),
    };
    let press = move |event: ev::MouseEvent| {
        event.prevent_default();
        browser::spawn(reading.to_the_end());
    };
    view! {
        <Show when=show>
            <a class="to-end" href=path.clone() title=label aria-label=label on:click=press>
                {move || (unread.get() > 0).then(|| view! { <span class="badge">{badge(unread.get())}</span> })}
                <Icon name="down" />
            </a>
        </Show>
    }
}

/// What was unread when the room was opened, and its first message, if that is at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unread {
    pub count: u32,
    /// Everything of others after it is new.
    pub after: Seq,
}

impl Unread {
    /// None if nothing is.
    pub fn of(room: &RoomSummary) -> Option<Self> {
        (room.unread > 0).then_some(Self { count: room.unread, after: room.read_seq })
    }
}

/// The way up to what is new, for a reader who has left it out.
#[component]
pub fn NewAbove(unread: Unread, reading: Reading) -> impl IntoView {
    let left_out = reading.left_out(unread);
    let go = move |_| {
        if let Some(after) = left_out.get_untracked() {
            browser::spawn(reading.to_the_new(after));
        }
    };
    let locale = language();
    let zone = use_zone();
    // It is at hand when the room is opened there, and may be let go of later.
    let since = StoredValue::new(None);
    let live = use_live();
    Effect::new(move |_| {
        left_out.track();
        if since.get_value().is_none() {
            since.set_value(live.with_untracked(|state| first_new(state, unread.after)));
        }
    });
    let words = move || {
        let count = badge(unread.count);
        match since.get_value() {
            Some(at) => {
                let clock = zone.local(at).clock();
                fill(td_string!(locale, timeline.new_since), &[("count", &count), ("time", &clock)])
            }
            None => fill(td_string!(locale, timeline.new_count), &[("count", &count)]),
        }
    };
    view! {
        <Show when=move || left_out.get().is_some()>
            <button type="button" class="new-above" on:click=go>
                {words()} " " <Icon name="up" />
            </button>
        </Show>
    }
}

/// When the first message of others after `after` was written, if it is at hand.
fn first_new(state: &LiveState, after: Seq) -> Option<Timestamp> {
    let window = &state.timeline.as_ref()?.window;
    // Where the stretch begins later, an earlier one may be the first.
    if window.has_older && window.oldest().is_some_and(|oldest| oldest > after) {
        return None;
    }
    let me = state.me.user.id;
    let mut new = window.messages().iter().filter(|message| message.seq > after && message.from != me);
    new.next().map(|message| message.at)
}
