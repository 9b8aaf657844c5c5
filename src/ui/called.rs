//! What people are called where their names stand.

use std::collections::BTreeSet;

use leptos::prelude::*;

use super::state::live::LiveHandle;
use crate::{
    model::{LiveState, UserId, UserRef, alike::alike},
    words::isolated,
};

/// Who in view has a name that looks like somebody else's.
#[derive(Clone, Copy)]
struct Alike(Memo<BTreeSet<UserId>>);

/// Provides who is to be told apart by user name; once, in the chat layout.
pub fn provide_alike(live: LiveHandle) {
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
