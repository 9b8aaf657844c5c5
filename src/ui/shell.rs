//! stub
use leptos::prelude::*;
use std::sync::Arc;
#[derive(Clone)]
pub struct Assets {
    pub css: String,
    pub js: String,
    pub wasm: String,
    pub reload_script: bool,
}
#[derive(Clone)]
pub struct PageStatus(pub Arc<dyn Fn(u16) + Send + Sync>);
pub fn shell(_options: LeptosOptions) -> impl IntoView {
    view! { <!DOCTYPE html><html><body><super::App/></body></html> }
}
