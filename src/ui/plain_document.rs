//! The document that stands in for a page which cannot be drawn now or is refused. Only the server draws it: it needs no session,
//! no database and no script, and where waiting helps it tries again by itself.

use leptos::prelude::*;
use leptos_i18n::Locale as _;

use super::components::icon::Mark;
use crate::{
    model::preferences::Theme,
    words::{
        Locale,
        escape::{escape_text, textarea_content},
        td_string,
    },
};

/// What the document says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlainDocument {
    pub title: String,
    pub lead: Option<String>,
    pub next: Next,
}

/// What the reader can do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Next {
    #[default]
    Nothing,
    /// Wait: the document loads itself anew after so many seconds.
    Wait(u64),
    Send(UnsentForm),
}

/// A form that could not be taken: it is shown again with what was typed, and sent again by its reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnsentForm {
    /// Where it goes: path and query.
    pub action: String,
    pub fields: Vec<(String, String)>,
}

/// The whole document. `css` is the address of the style sheet.
pub fn plain_document(
    document: PlainDocument,
    (locale, theme): (Locale, Theme),
    css: String,
) -> impl IntoView {
    let PlainDocument { title, lead, next } = document;
    let reload = match next {
        Next::Wait(seconds) => Some(view! { <meta http-equiv="refresh" content=seconds /> }),
        _ => None,
    };
    view! {
        <!DOCTYPE html>
        <html lang=locale.as_str() dir="ltr" data-theme=theme.as_str()>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
                <meta name="color-scheme" content="light dark" />
                {reload}
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="stylesheet" href=css />
                <title inner_html=escape_text(&title)></title>
            </head>
            <body>
                <main id="main" class="auth">
                    <div class="auth-card">
                        <p class="brand"><Mark /> <span>{td_string!(locale, app)}</span></p>
                        <h1>{title}</h1>
                        {lead.map(|lead| view! { <p class="auth-lead">{lead}</p> })}
                        {match next {
                            Next::Nothing => ().into_any(),
                            Next::Wait(_) => view! { <TryAgain locale /> }.into_any(),
                            Next::Send(form) => view! { <SendAgain locale form /> }.into_any(),
                        }}
                    </div>
                </main>
            </body>
        </html>
    }
}

#[component]
fn TryAgain(locale: Locale) -> impl IntoView {
    view! {
        <p class="auth-lead">{td_string!(locale, outage.by_itself)}</p>
        <p><a class="button" href="">{td_string!(locale, page.again)}</a></p>
    }
}

#[component]
fn SendAgain(locale: Locale, form: UnsentForm) -> impl IntoView {
    let UnsentForm { action, fields } = form;
    let fields = fields.into_iter().map(|(name, value)| view! { <UnsentField locale name value /> });
    view! {
        <p class="auth-lead">{td_string!(locale, outage.kept)}</p>
        <form class="form" method="post" action=action>
            {fields.collect_view()}
            <button class="button primary" type="submit">{td_string!(locale, outage.send_again)}</button>
        </form>
    }
}

/// Shown if it is the reader's text, asked for once more if it is a password, else kept out of sight.
#[component]
fn UnsentField(locale: Locale, name: String, value: String) -> impl IntoView {
    if name.contains("password") {
        let label = match name.as_str() {
            "password_again" => td_string!(locale, field.password_again),
            _ => td_string!(locale, field.password),
        };
        let id = format!("field-{name}");
        return view! {
            <div class="field">
                <label for=id.clone()>{label}</label>
                <input id=id type="password" name=name autocomplete="off" />
            </div>
        }
        .into_any();
    }
    if name == "text" {
        return view! {
            <div class="field">
                <label for="field-text">{td_string!(locale, field.message)}</label>
                <textarea id="field-text" name=name rows="4" inner_html=textarea_content(&value)></textarea>
            </div>
        }
        .into_any();
    }
    view! { <input type="hidden" name=name value=value /> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(document: PlainDocument, locale: Locale) -> String {
        let document = move || plain_document(document, (locale, Theme::Auto), "/pkg/papo.css".to_owned());
        Owner::new().with(|| document().into_view().to_html())
    }

    #[test]
    fn where_waiting_helps_it_tries_again_in_the_readers_language() {
        let wait = PlainDocument { title: "Away".to_owned(), lead: None, next: Next::Wait(5) };
        let page = html(wait.clone(), Locale::en);
        assert!(page.contains("This page tries again automatically."), "{page}");
        assert!(page.contains(r#"http-equiv="refresh" content="5""#) && !page.contains("<script"), "{page}");
        let page = html(wait, Locale::pt_BR);
        assert!(page.contains(r#"lang="pt-BR""#) && page.contains("Tentar de novo"), "{page}");
        let refused = PlainDocument { title: "No".to_owned(), ..PlainDocument::default() };
        assert!(
            !html(refused, Locale::en).contains("http-equiv"),
            "what is refused for good is not asked again"
        );
    }

    #[test]
    fn what_was_typed_is_kept_and_harmless_and_a_password_is_not() {
        let typed = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let fields = vec![
            typed("text", "\nhello </textarea><script>alert(1)</script>"),
            typed("room", "7\"><script>"),
            typed("password", "a long secret"),
        ];
        let form = UnsentForm { action: "/fn/post_message".to_owned(), fields };
        let page = html(PlainDocument { next: Next::Send(form), ..PlainDocument::default() }, Locale::en);
        assert!(
            page.contains(r#"action="/fn/post_message""#) && page.contains("hello &lt;/textarea&gt;"),
            "{page}"
        );
        assert!(!page.contains("<script") && !page.contains("a long secret"), "{page}");
        assert!(page.contains(r#"type="password" name="password""#), "{page}");
        assert!(!page.contains("http-equiv"), "a form is not sent by itself: {page}");
    }
}
