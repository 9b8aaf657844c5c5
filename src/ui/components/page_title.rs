//! The document's title, with what is unread. The only user of `leptos_meta`'s `Title`, which writes its text into the
//! page unescaped.

use leptos::{leptos_dom::helpers::is_server, prelude::*};
use leptos_meta::Title;

use crate::ui::{escape::escape_text, state::live::Live, words::title};

#[component]
pub fn PageTitle(#[prop(into)] text: Signal<String>) -> impl IntoView {
    let unread = use_context::<Live>().map(|live| live.memo(|state| state.unread()));
    let words = move || {
        let unread = unread.map_or(Some(0), |unread| unread.try_get())?;
        Some(title(unread, &text.try_get()?))
    };
    // The server asks for the title when the page, and with it the signals, may be gone.
    let first = untrack(words).unwrap_or_default();
    view! { <Title text=move || in_document(words().unwrap_or_else(|| first.clone())) /> }
}

/// The server writes markup, the browser sets `document.title`, which is text.
fn in_document(title: String) -> String {
    if is_server() { escape_text(&title) } else { title }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_ends_no_element_on_the_server() {
        assert_eq!(in_document("</title><b>&lt;".to_owned()), "&lt;/title&gt;&lt;b&gt;&amp;lt;");
    }
}
