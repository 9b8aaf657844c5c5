//! What people are called where their names stand.

use std::{borrow::Cow, collections::BTreeSet};

use leptos::prelude::*;

use super::state::live::Live;
use crate::model::{LiveState, UserId, UserRef, alike::alike};

/// Who in view has a name that looks like somebody else's.
#[derive(Clone, Copy)]
struct Alike(Memo<BTreeSet<UserId>>);

/// Provides who is to be told apart by user name; once, in the chat layout.
pub fn provide_alike(live: Live) {
    let people = live.memo(people);
    let names = Memo::new(move |_| {
        // Ids alone tell whether anybody is new. Read, since a memo that nobody reads follows nothing.
        people.with(|_| ());
        live.with_untracked(|state| alike(in_view(state)))
    });
    provide_context(Alike(names));
}

/// The person's name; with the user name, where somebody else in view has a name that looks alike.
pub fn called(user: &UserRef) -> impl Fn() -> String + Clone + Send + Sync + use<> {
    let (call, user) = (caller(), user.clone());
    move || call(&user)
}

/// Tells what people are called, within whatever reacts.
pub fn caller() -> impl Fn(&UserRef) -> String + Copy + Send + Sync + 'static {
    let names = use_context::<Alike>().map(|Alike(names)| names);
    move |user| {
        let is_alike =
            names.is_some_and(|names| names.try_with(|names| names.contains(&user.id)) == Some(true));
        if is_alike { format!("{} (@{})", isolated(&user.name), user.username) } else { user.name.clone() }
    }
}

/// A name within a line of other words: it turns the direction of nothing around it.
pub fn isolated(name: &str) -> Cow<'_, str> {
    if !name.chars().any(|c| is_turning(c) || is_right_to_left(c)) {
        return Cow::Borrowed(name);
    }
    // Older names may have characters that end an isolate.
    let plain = name.chars().filter(|c| !is_turning(*c));
    Cow::Owned(['\u{2068}'].into_iter().chain(plain).chain(['\u{2069}']).collect())
}

/// Embeddings, overrides, isolates, and their ends.
const fn is_turning(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The blocks of the scripts that are written from right to left, and marks of that direction.
const fn is_right_to_left(c: char) -> bool {
    matches!(
        c,
        '\u{590}'..='\u{8ff}' | '\u{200f}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefe}'
            | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}'
    )
}

fn in_view(state: &LiveState) -> impl Iterator<Item = &UserRef> {
    let timeline = state.timeline.iter();
    let members = timeline.clone().flat_map(|timeline| timeline.members.known()).map(|member| &member.user);
    let authors = timeline.flat_map(|timeline| &timeline.messages).map(|message| &message.from);
    let partners = state.rooms.iter().filter_map(|room| room.partner.as_ref());
    std::iter::once(&state.me.user).chain(partners).chain(members).chain(authors)
}

fn people(state: &LiveState) -> Vec<UserId> {
    let mut ids: Vec<_> = in_view(state).map(|user| user.id).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_turns_nothing_around_it() {
        assert_eq!(isolated("Zoë 李"), "Zoë 李");
        assert_eq!(isolated("דני"), "\u{2068}דני\u{2069}");
        assert_eq!(isolated("Mallory\u{202e}"), "\u{2068}Mallory\u{2069}");
        assert_eq!(isolated("a\u{2069}\u{202e}b"), "\u{2068}ab\u{2069}");
    }
}
