//! One form is one server function, with or without JavaScript.
//!
//! Without it, the server draws the page of a refused form again and tells by `FormOutcome` what was
//! wrong, or what the answer is where it must be seen; with it, the answer to what was sent from here counts.
//! The form's own fields are sent either way; so nothing here is compiled once more for each function.

use leptos::{
    ev::SubmitEvent,
    prelude::*,
    server_fn::{ServerFn, redirect::call_redirect_hook},
};
use serde::de::DeserializeOwned;

use crate::{
    browser::{self, forms},
    error::{AppError, Reason},
    json,
    model::form::FormOutcome,
    ui::page_data::shared,
};

/// The state of one form.
#[derive(Clone, Copy)]
pub struct FormState {
    path: &'static str,
    pending: RwSignal<bool>,
    /// How often it was answered.
    answers: RwSignal<usize>,
    /// The last answer, as JSON.
    answer: RwSignal<Option<Result<String, AppError>>>,
    outcome: StoredValue<Option<FormOutcome>>,
}

impl FormState {
    /// The form for the server function `S`.
    pub fn of<S: ServerFn<Error = AppError>>() -> Self {
        Self::at(S::PATH)
    }

    fn at(path: &'static str) -> Self {
        let outcome = shared(|| use_context::<FormOutcome>().filter(|told| told.path == path));
        Self {
            path,
            pending: RwSignal::new(false),
            answers: RwSignal::new(0),
            answer: RwSignal::new(None),
            outcome: StoredValue::new(outcome),
        }
    }

    /// Where it is sent to.
    pub const fn path(self) -> &'static str {
        self.path
    }

    /// Sends the form of `event`, in the browser's stead.
    pub fn submit(self, event: &SubmitEvent) {
        // Fields that cannot be read here are sent by the browser itself.
        let Some(fields) = forms::fields(event) else { return };
        event.prevent_default();
        self.pending.set(true);
        browser::spawn(async move {
            let result = self.send(fields).await;
            self.pending.try_set(false);
            self.answer.try_set(Some(result));
            self.answers.try_update(|answers| *answers += 1);
        });
    }

    /// Sends `fields`, and goes where the answer leads.
    async fn send(self, fields: String) -> Result<String, AppError> {
        let answer = forms::post(self.path, fields).await.ok_or(AppError::UNAVAILABLE)?;
        if answer.status >= 400 {
            return Err(json::read(&answer.text).unwrap_or(AppError::UNAVAILABLE));
        }
        if let Some(page) = answer.leads_to {
            call_redirect_hook(&page);
        }
        Ok(answer.text)
    }

    /// Why the form was refused last.
    pub fn error(self) -> Signal<Option<AppError>> {
        Signal::derive(move || match self.answer.get() {
            Some(result) => result.err(),
            None => self.told().and_then(|told| told.result.err()),
        })
    }

    /// What the form was answered last, if it was not refused.
    pub fn answer<T>(self) -> Signal<Option<T>>
    where
        T: DeserializeOwned + Send + Sync + 'static,
    {
        Signal::derive(move || {
            let result = self.answer.get().or_else(|| self.told().map(|told| told.result));
            json::read(&result?.ok()?).ok()
        })
    }

    /// How often the form was answered.
    pub fn answers(self) -> Signal<usize> {
        self.answers.into()
    }

    /// Whether the last answer was no refusal.
    pub fn succeeded(self) -> bool {
        self.answer.with(|answer| matches!(answer, Some(Ok(_))))
    }

    /// Why `field` was refused last.
    pub fn reason(self, field: &'static str) -> Signal<Option<Reason>> {
        let error = self.error();
        Signal::derive(move || error.with(|error| error.as_ref().and_then(|error| error.reason_for(field))))
    }

    /// What was typed into `field` before the page came back without JavaScript.
    pub fn value(self, field: &str) -> String {
        let values = self.told().map(|told| told.values).unwrap_or_default();
        values.into_iter().find(|(name, _)| name == field).map(|(_, value)| value).unwrap_or_default()
    }

    /// Whether an answer is awaited.
    pub fn pending(self) -> Signal<bool> {
        self.pending.into()
    }

    fn told(self) -> Option<FormOutcome> {
        self.outcome.get_value()
    }
}
