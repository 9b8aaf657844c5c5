//! The document's title, with what is unread. The only user of `leptos_meta`'s `Title`, which writes its text into the
//! page unescaped.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    browser,
    model::LiveState,
    ui::state::live::{LiveHandle, Topic},
    words::title,
};

#[component]
pub fn PageTitle(#[prop(into)] text: Signal<String>) -> impl IntoView {
    let unread = use_context::<LiveHandle>()
        .map(|live| live.memo([Topic::Rooms, Topic::Reading, Topic::Rest], LiveState::unread));
    let words = move || {
        let unread = unread.map_or(Some(0), |unread| unread.try_get())?;
        Some(title(unread, &text.try_get()?))
    };
    // The server asks for the title when the page, and with it the signals, may be gone.
    let first = untrack(words).unwrap_or_default();
    view! { <Title text=move || browser::title_of(words().unwrap_or_else(|| first.clone())) /> }
}

#[cfg(test)]
mod tests {
    use crate::browser;

    #[test]
    fn a_title_ends_no_element_on_the_server() {
        assert_eq!(browser::title_of("</title><b>&lt;".to_owned()), "&lt;/title&gt;&lt;b&gt;&amp;lt;");
    }
}
