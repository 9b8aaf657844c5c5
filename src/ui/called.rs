//! What people are called where their names stand.

use std::{collections::BTreeSet, sync::Arc};

use leptos::prelude::*;

use super::state::live::{LiveHandle, Topic};
use crate::{
    model::{People, UserId, UserRef, alike::alike},
    words::isolated,
};

/// What this tab knows of people.
#[derive(Clone, Copy)]
struct Known {
    people: Memo<Arc<People>>,
    /// Whose names look like somebody else's.
    alike: Memo<BTreeSet<UserId>>,
}

/// Provides what people are called, and who is to be told apart by user name; once, in the chat layout.
pub fn provide_names(live: LiveHandle) {
    let people = live.memo([Topic::People], |state| Arc::clone(&state.people));
    let alike = Memo::new(move |_| alike(people.read().iter()));
    provide_context(Known { people, alike });
}

/// The person's name as it is now; with the user name, where somebody else has a name that looks alike.
pub fn called(user: &UserRef) -> impl Fn() -> String + Clone + Send + Sync + use<> {
    let (call, user) = (caller(), user.clone());
    move || call(&user)
}

/// Tells what people are called, within whatever reacts.
pub fn caller() -> impl Fn(&UserRef) -> String + Copy + Send + Sync + 'static {
    let known = use_context::<Known>();
    move |user| {
        let name = name_of(known, user);
        let is_alike =
            known.is_some_and(|known| known.alike.try_with(|alike| alike.contains(&user.id)) == Some(true));
        if is_alike { format!("{} (@{})", isolated(&name), user.username) } else { name }
    }
}

/// The person's name as it is now, and nothing else.
pub fn plain_name(user: UserRef) -> impl Fn() -> String + Clone + Send + Sync {
    let known = use_context::<Known>();
    move || name_of(known, &user)
}

fn name_of(known: Option<Known>, user: &UserRef) -> String {
    let now = known
        .and_then(|known| known.people.try_with(|people| people.get(user.id).map(|user| user.name.clone())));
    now.flatten().unwrap_or_else(|| user.name.clone())
}
