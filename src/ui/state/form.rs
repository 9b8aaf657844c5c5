//! One form is one server function, with or without JavaScript.
//!
//! Without it, the server draws the page of a refused form again and tells by `FormOutcome` what was
//! wrong, or what the answer is where it must be seen; with it, the action's own answer counts.

use leptos::{prelude::*, server::SharedValue, server_fn::ServerFn};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::error::{AppError, Reason};

/// What became of a form sent without JavaScript; the server provides it as context when it draws
/// the form's page again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormOutcome {
    /// The server function's path.
    pub path: String,
    /// The answer as JSON, or why the form was refused.
    pub result: Result<String, AppError>,
    /// What was typed into a refused form, passwords apart.
    pub values: Vec<(String, String)>,
}

/// The address of the page that is drawn again, where the request's own is the server function's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PagePath(pub String);

/// The state of the form for the server function `S`.
pub struct FormState<S>
where
    S: ServerFn<Error = AppError> + 'static,
    S::Output: 'static,
{
    pub action: ServerAction<S>,
    outcome: StoredValue<Option<FormOutcome>>,
}

impl<S> Clone for FormState<S>
where
    S: ServerFn<Error = AppError> + 'static,
    S::Output: 'static,
{
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for FormState<S>
where
    S: ServerFn<Error = AppError> + 'static,
    S::Output: 'static,
{
}

impl<S> Default for FormState<S>
where
    S: ServerFn<Error = AppError> + Clone + Send + Sync + 'static,
    S::Output: Send + Sync + 'static,
{
    fn default() -> Self {
        Self::new()
    }
}

impl<S> FormState<S>
where
    S: ServerFn<Error = AppError> + Clone + Send + Sync + 'static,
    S::Output: Send + Sync + 'static,
{
    pub fn new() -> Self {
        let outcome = SharedValue::new(|| use_context::<FormOutcome>().filter(|told| told.path == S::PATH));
        Self { action: ServerAction::new(), outcome: StoredValue::new(outcome.into_inner()) }
    }

    /// Why the form was refused last.
    pub fn error(self) -> Signal<Option<AppError>> {
        let answer = self.action.value();
        Signal::derive(move || {
            let answered = answer.with(|answer| answer.as_ref().map(|result| result.as_ref().err().cloned()));
            answered.unwrap_or_else(|| self.told().and_then(|told| told.result.err()))
        })
    }

    /// What the form was answered last, if it was not refused.
    pub fn answer(self) -> Signal<Option<S::Output>>
    where
        S::Output: Clone + DeserializeOwned,
    {
        let answer = self.action.value();
        Signal::derive(move || match answer.get() {
            Some(answered) => answered.ok(),
            None => serde_json::from_str(&self.told()?.result.ok()?).ok(),
        })
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
        self.action.pending().into()
    }

    fn told(self) -> Option<FormOutcome> {
        self.outcome.get_value()
    }
}
