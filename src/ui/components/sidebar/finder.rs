//! Finding people while typing: a search form, with results below the field where there is JavaScript.

use std::time::Duration;

use leptos::{
    ev::{FocusEvent, KeyboardEvent},
    html,
    leptos_dom::helpers::debounce,
    prelude::*,
};

use crate::{
    api::people::find_people,
    browser,
    model::{UserRef, paths},
    ui::{
        components::{avatar::Avatar, icon::Icon},
        language::language,
    },
    words::td_string,
};

const PAUSE: Duration = Duration::from_millis(300);
/// The server finds nobody for less.
const MIN_CHARS: usize = 2;

/// The field's text, and the people found for it.
#[derive(Clone, Copy)]
struct Finder {
    query: RwSignal<String>,
    found: RwSignal<Option<Vec<UserRef>>>,
    form: NodeRef<html::Form>,
    list: NodeRef<html::Ul>,
    field: NodeRef<html::Input>,
}

/// The search field `Find people`; without JavaScript it leads to `/search`.
#[component]
pub fn PeopleFinder(
    id: &'static str,
    /// What stands in the field at first.
    #[prop(optional)]
    value: String,
) -> impl IntoView {
    let locale = language();
    let finder = Finder::new();
    let mut search = debounce(PAUSE, move |()| finder.search());
    view! {
        <form
            class="finder"
            role="search"
            node_ref=finder.form
            action=paths::SEARCH
            on:focusout=move |event| finder.close_on_leave(&event)
            on:keydown=move |event| finder.key(&event)
        >
            <label class="finder-field">
                <Icon name="search" />
                <input
                    id=id
                    node_ref=finder.field
                    type="search"
                    name="q"
                    value=value
                    autocomplete="off"
                    aria-label=td_string!(locale, people.find)
                    placeholder=td_string!(locale, people.find)
                    on:input=move |event| {
                        finder.query.set(event_target_value(&event));
                        search(());
                    }
                />
            </label>
            <Found finder />
        </form>
    }
}

/// The people found, as links to the conversations with them.
#[component]
fn Found(finder: Finder) -> impl IntoView {
    let locale = language();
    move || {
        let people = finder.found.get()?;
        let none = people
            .is_empty()
            .then(|| view! { <li class="finder-none">{td_string!(locale, people.none)}</li> });
        Some(view! {
            <ul
                class="finder-list"
                node_ref=finder.list
                aria-label=td_string!(locale, people.results)
                // A press must not take the focus from the field, or the list would close before the click.
                on:mousedown=|event| event.prevent_default()
                on:click=move |_| finder.clear()
            >
                {people.into_iter().map(|user| view! { <li><PersonLink user /></li> }).collect_view()}
                {none}
            </ul>
        })
    }
}

/// A person, as a link to the conversation.
#[component]
pub fn PersonLink(user: UserRef) -> impl IntoView {
    let path = paths::direct(&user.username);
    view! {
        <a class="person" href=path>
            <Avatar user=user.clone() />
            <span class="person-name" dir="auto">{user.name.clone()}</span>
            <span class="person-username">"@" {user.username}</span>
        </a>
    }
}

impl Finder {
    fn new() -> Self {
        Self {
            query: RwSignal::new(String::new()),
            found: RwSignal::new(None),
            form: NodeRef::new(),
            list: NodeRef::new(),
            field: NodeRef::new(),
        }
    }

    /// Looks for what the field says now; an answer to an older question is dropped.
    fn search(self) {
        let Some(query) = self.query.try_get_untracked().map(|query| query.trim().to_owned()) else { return };
        if query.chars().count() < MIN_CHARS {
            return self.found.set(None);
        }
        browser::spawn(async move {
            let answer = find_people(query.clone()).await;
            if self.query.try_with_untracked(|now| now.trim() == query) == Some(true)
                && let Ok(people) = answer
            {
                self.found.set(Some(people));
            }
        });
    }

    fn clear(self) {
        self.found.set(None);
        self.query.set(String::new());
        if let Some(field) = self.field.get_untracked() {
            field.set_value("");
        }
    }

    /// The arrow keys go through field and results, Escape ends the search.
    fn key(self, event: &KeyboardEvent) {
        match event.key().as_str() {
            "Escape" => {
                event.prevent_default();
                self.clear();
                browser::focus(self.field);
            }
            "ArrowDown" if self.found.read_untracked().is_some() => {
                event.prevent_default();
                browser::focus_next_link(self.list, true);
            }
            "ArrowUp" if self.found.read_untracked().is_some() => {
                event.prevent_default();
                if !browser::focus_next_link(self.list, false) {
                    browser::focus(self.field);
                }
            }
            _ => {}
        }
    }

    /// Closes the list when the focus goes elsewhere; a click into the list keeps it.
    fn close_on_leave(self, event: &FocusEvent) {
        if !browser::focus_goes_into(event, self.form) {
            self.found.set(None);
        }
    }
}
