//! Forms.

use leptos::ev::SubmitEvent;

use crate::browser::FormAnswer;

pub fn fields(_event: &SubmitEvent) -> Option<String> {
    None
}

pub async fn post(_path: &str, _fields: String) -> Option<FormAnswer> {
    None
}
