//! Forms, sent as the browser itself would send them.

use gloo_net::{Error, http::Request};
use leptos::{ev::SubmitEvent, server_fn::redirect::REDIRECT_HEADER};
use wasm_bindgen::JsCast;
use web_sys::{FormData, HtmlFormElement, UrlSearchParams};

use crate::browser::FormAnswer;

/// What the fields of the form hold, ready to be sent.
pub fn fields(event: &SubmitEvent) -> Option<String> {
    let form = event.target()?.dyn_into::<HtmlFormElement>().ok()?;
    let data = FormData::new_with_form(&form).ok()?;
    let fields = UrlSearchParams::new_with_str_sequence_sequence(&data).ok()?;
    fields.to_string().as_string()
}

/// Posts `fields` to `path` of this site; nothing if no answer came.
pub async fn post(path: &str, fields: String) -> Option<FormAnswer> {
    send(path, fields).await.ok()
}

async fn send(path: &str, fields: String) -> Result<FormAnswer, Error> {
    let request = Request::post(path)
        .header("accept", "application/json")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(fields)?;
    let response = request.send().await?;
    let headers = response.headers();
    let leads_to = headers.get(REDIRECT_HEADER).and_then(|_| headers.get("location"));
    Ok(FormAnswer { status: response.status(), text: response.text().await?, leads_to })
}
