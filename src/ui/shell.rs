//! The HTML document around the app. Only the server calls it.

use std::sync::Arc;

use leptos::{nonce::use_nonce, prelude::*};
use leptos_i18n::Locale as _;
use leptos_meta::MetaTags;

use super::{App, language::provide_language, state::preferences::preferences};
use crate::{
    model::{
        form::{FormOutcome, PagePath},
        preferences::Theme,
    },
    words::td_string,
};

/// Where the built site's files are; the server provides it as context.
#[derive(Clone, Debug, Default)]
pub struct Assets {
    pub css: String,
    pub js: String,
    pub wasm: String,
    /// Whether the page reloads when `cargo leptos watch` has built anew.
    pub reload_script: bool,
}

/// Sets the HTTP status of the page; the server provides it as context.
#[derive(Clone)]
pub struct PageStatus(pub Arc<dyn Fn(u16) + Send + Sync>);

/// Answers with `status`, where there is an answer to give.
pub fn set_page_status(status: u16) {
    if let Some(PageStatus(set)) = use_context::<PageStatus>() {
        set(status);
    }
}

/// The document, with the app in its body.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let locale = provide_language();
    let theme = preferences().theme.as_deref().map(Theme::parse).unwrap_or_default();
    view! {
        <!DOCTYPE html>
        <html lang=locale.as_str() dir="ltr" data-theme=theme.as_str()>
            <head>
                <meta charset="utf-8" />
                <RoutingScript />
                <meta
                    name="viewport"
                    content="width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content"
                />
                <meta name="description" content=td_string!(locale, description) />
                <meta name="color-scheme" content="light dark" />
                <meta name="theme-color" media="(prefers-color-scheme: light)" content="#f8f6f3" />
                <meta name="theme-color" media="(prefers-color-scheme: dark)" content="#161411" />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <AssetTags options />
                <MetaTags />
            </head>
            <body>
                <App />
                <div hidden inner_html=include_str!("icons.svg")></div>
            </body>
        </html>
    }
}

/// After a refused form without JavaScript the address is the server function's. The page's own
/// address is put back before hydration routes by it.
#[component]
fn RoutingScript() -> impl IntoView {
    let page = use_context::<FormOutcome>().and_then(|_| use_context::<PagePath>());
    page.map(|PagePath(path)| {
        let path = script_string(&path);
        view! { <script nonce=use_nonce()>{format!("history.replaceState(null,\"\",{path})")}</script> }
    })
}

/// `text` as a JavaScript string that cannot end the script it stands in.
fn script_string(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('<', "\\u003c")
}

/// The style sheet, and the module that hydrates the page.
#[component]
fn AssetTags(options: LeptosOptions) -> impl IntoView {
    let Assets { css, js, wasm, reload_script } = use_context().unwrap_or_default();
    // Both files are on their way before the page is read; without JavaScript neither is asked for.
    let start = format!(
        "const wasm = fetch({}); const {{ default: init, hydrate }} = await import({}); \
         await init({{ module_or_path: wasm }}); \
         if (document.readyState === 'loading') \
         await new Promise((done) => document.addEventListener('DOMContentLoaded', done)); \
         await hydrate(location.pathname);",
        script_string(&wasm),
        script_string(&js),
    );
    view! {
        <link id="leptos" rel="stylesheet" href=css />
        <script type="module" async nonce=use_nonce()>
            {start}
        </script>
        {reload_script.then(|| view! { <AutoReload options /> })}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_cannot_end_its_script() {
        assert_eq!(script_string("/rooms/a\"</script>"), r#""/rooms/a\"\u003c/script>""#);
    }
}
