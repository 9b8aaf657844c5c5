//! Where a message is written. Without JavaScript it is a form; with it, a send goes through the live
//! connection and stands in the timeline at once.

mod draft;
mod text;

use leptos::{
    ev::{KeyboardEvent, SubmitEvent},
    prelude::*,
    server_fn::ServerFn,
};

use crate::{
    api::messages::PostMessage,
    error::Reason,
    model::{Cid, outbox::Target},
    ui::{
        components::icon::Icon,
        language::language,
        page_data::shared,
        state::{form::FormState, live::use_live},
    },
    words::{escape::textarea_content, fill::fill, isolated, reason_text, td_string},
};
use draft::Draft;
use text::{CharactersLeft, characters_left};

/// The form at the foot of a room.
#[component]
pub fn Composer(
    target: Target,
    /// The room's or person's name.
    name: String,
) -> impl IntoView {
    let locale = language();
    let form = FormState::of::<PostMessage>();
    let draft = Draft::new(target.clone());
    let live = use_live();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        draft.send(live);
    };
    let first = form.reason("text");
    let reason = Signal::derive(move || draft.refusal(first));
    let placeholder = move || fill(td_string!(locale, composer.placeholder), &[("name", &isolated(&name))]);
    view! {
        <form class="composer" action=PostMessage::url() method="post" on:submit=submit>
            <Addressee target />
            <div class="composer-box">
                <textarea
                    name="text"
                    rows="1"
                    dir="auto"
                    node_ref=draft.node
                    enterkeyhint="send"
                    autocomplete="off"
                    aria-label=td_string!(locale, field.message)
                    placeholder=placeholder
                    aria-invalid=move || reason.get().map(|_| "true")
                    aria-describedby="composer-note"
                    on:input=move |_| draft.typed(live)
                    on:keydown=move |event| send_on_enter(&event, draft)
                    inner_html=textarea_content(&form.value("text"))
                ></textarea>
                <button class="send" aria-label=td_string!(locale, composer.send) title=td_string!(locale, composer.send)>
                    <Icon name="send" />
                </button>
            </div>
            <Note draft reason />
        </form>
    }
}

/// Where the form goes to without JavaScript, and the id that makes a double click harmless.
#[component]
fn Addressee(target: Target) -> impl IntoView {
    let cid = shared(Cid::new);
    let (name, value) = match target {
        Target::Room(room) => ("room", room.to_string()),
        Target::Person(username) => ("to", username),
    };
    view! {
        <input type="hidden" name="cid" value=cid.to_string() />
        <input type="hidden" name=name value=value />
    }
}

/// How much room is left, or why the draft cannot be sent.
#[component]
fn Note(draft: Draft, reason: Signal<Option<Reason>>) -> impl IntoView {
    let locale = language();
    let words = move || match (characters_left(&draft.text.read()), reason.get()) {
        (CharactersLeft::Over(count), _) => {
            Some((true, fill(td_string!(locale, composer.too_long), &[("count", &count)])))
        }
        (_, Some(reason)) => Some((true, reason_text(locale, "text", reason).to_owned())),
        (CharactersLeft::Left(count), None) => {
            Some((false, fill(td_string!(locale, composer.left), &[("count", &count)])))
        }
        (CharactersLeft::Enough, None) => None,
    };
    view! {
        <p id="composer-note" class="composer-note" aria-live="polite">
            {move || words().map(|(wrong, text)| view! { <span class:field-error=wrong>{text}</span> })}
        </p>
    }
}

/// Enter sends, Shift+Enter breaks the line; Enter that ends a composition of an input method does neither.
fn send_on_enter(event: &KeyboardEvent, draft: Draft) {
    if event.key() == "Enter" && !event.shift_key() && !event.is_composing() {
        event.prevent_default();
        draft.submit();
    }
}
