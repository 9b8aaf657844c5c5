//! The draft in the textarea. The element holds the text, and this follows it: what was typed before
//! hydration counts.

use leptos::{html, prelude::*};

use super::text::refusal;
use crate::{
    browser,
    error::Reason,
    model::{MessageText, outbox::Target},
    ui::state::{drafts, live::LiveHandle},
};

#[derive(Clone, Copy)]
pub(super) struct Draft {
    pub node: NodeRef<html::Textarea>,
    /// What the element holds.
    pub text: RwSignal<String>,
    /// Whether it is another text than the page came with.
    changed: RwSignal<bool>,
    target: StoredValue<Target>,
}

impl Draft {
    pub(super) fn new(target: Target) -> Self {
        // After hydration a room is opened by its link: the keyboard goes where one writes. A page's first
        // view leaves it alone. This decides nothing about the HTML.
        let by_link = browser::html_attr("data-hydrated").is_some();
        let draft = Self {
            node: NodeRef::new(),
            text: RwSignal::new(String::new()),
            changed: RwSignal::new(false),
            target: StoredValue::new(target),
        };
        Effect::new(move |_| {
            draft.take_up();
            if by_link && !browser::is_touch() {
                browser::focus(draft.node);
            }
        });
        Effect::new(move |_| {
            draft.text.track();
            browser::autosize(draft.node);
        });
        draft
    }

    /// Takes what stands in the element, or else the kept draft.
    fn take_up(self) {
        let Some(element) = self.node.get() else { return };
        if element.value().is_empty()
            && let Some(kept) = self.target.with_value(drafts::load)
        {
            element.set_value(&kept);
        }
        self.text.set(element.value());
    }

    /// Why it cannot be sent: as far as is known here, or else why the server refused the `first` one.
    pub(super) fn refusal(self, first: Signal<Option<Reason>>) -> Option<Reason> {
        refusal(&self.text.read()).or_else(|| if self.changed.get() { None } else { first.get() })
    }

    /// The writer changed the text.
    pub(super) fn typed(self, live: LiveHandle) {
        let Some(element) = self.node.get_untracked() else { return };
        let text = element.value();
        self.target.with_value(|target| {
            drafts::save(target, &text);
            if let (Target::Room(room), false) = (target, text.trim().is_empty()) {
                live.typing(*room);
            }
        });
        self.changed.set(true);
        self.text.set(text);
    }

    /// Sends the draft and empties the element; keeps it if it cannot be sent.
    pub(super) fn send(self, live: LiveHandle) {
        let Some(element) = self.node.get_untracked() else { return };
        let Ok(text) = MessageText::parse(&element.value()) else {
            self.text.set(element.value());
            return browser::focus(self.node);
        };
        element.set_value("");
        self.text.set(String::new());
        let target = self.target.get_value();
        drafts::save(&target, "");
        live.send(target, text);
        browser::focus(self.node);
    }

    /// As a click on the form's button.
    pub(super) fn submit(self) {
        if let Some(form) = self.node.get_untracked().and_then(|element| element.form()) {
            let _ = form.request_submit();
        }
    }
}
