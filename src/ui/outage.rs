//! The document that stands in for a page while the database is away or its disk is full. Only the server draws it: it needs no
//! session, no database and no script, and tries again by itself.

use leptos::prelude::*;
use leptos_i18n::Locale as _;

use super::{
    components::{composer::textarea_content, icon::Mark},
    i18n::{Locale, td_string},
    state::preferences::Theme,
};

/// Seconds until the page loads itself anew.
const TRY_AGAIN_AFTER: u32 = 5;

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outage {
    Database,
    FullDisk,
}

/// A form that could not be taken: it is shown again with what was typed, and sent again by its reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnsentForm {
    /// Where it goes: path and query.
    pub action: String,
    pub fields: Vec<(String, String)>,
}

/// The whole document. `css` is the address of the style sheet.
pub fn outage_document(
    outage: Outage,
    (locale, theme): (Locale, Theme),
    css: String,
    form: Option<UnsentForm>,
) -> impl IntoView {
    let (title, lead) = match outage {
        Outage::Database => (td_string!(locale, outage.database), None),
        Outage::FullDisk => {
            (td_string!(locale, outage.full_disk), Some(td_string!(locale, outage.full_disk_lead)))
        }
    };
    let reload = form.is_none().then(|| view! { <meta http-equiv="refresh" content=TRY_AGAIN_AFTER /> });
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
                <title>{title}</title>
            </head>
            <body>
                <main id="main" class="auth">
                    <div class="auth-card">
                        <p class="brand"><Mark /> <span>{td_string!(locale, app)}</span></p>
                        <h1>{title}</h1>
                        {lead.map(|lead| view! { <p class="auth-lead">{lead}</p> })}
                        {match form {
                            Some(form) => view! { <SendAgain locale form /> }.into_any(),
                            None => view! { <TryAgain locale /> }.into_any(),
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
        let content = textarea_content(&value);
        return view! {
            <div class="field">
                <label for="field-text">{td_string!(locale, field.message)}</label>
                <textarea id="field-text" name=name rows="4" inner_html=content></textarea>
            </div>
        }
        .into_any();
    }
    view! { <input type="hidden" name=name value=value /> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(outage: Outage, locale: Locale, form: Option<UnsentForm>) -> String {
        let document =
            move || outage_document(outage, (locale, Theme::Auto), "/pkg/papo.css".to_owned(), form);
        Owner::new().with(|| document().into_view().to_html())
    }

    #[test]
    fn a_page_tries_again_by_itself_in_the_readers_language() {
        let page = html(Outage::Database, Locale::en, None);
        assert!(page.contains("Papo cannot reach its database right now"), "{page}");
        assert!(page.contains(r#"http-equiv="refresh" content="5""#) && !page.contains("<script"), "{page}");
        let page = html(Outage::FullDisk, Locale::pt_BR, None);
        assert!(page.contains(r#"lang="pt-BR""#) && page.contains("disco"), "{page}");
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
        let page = html(Outage::Database, Locale::en, Some(form));
        assert!(
            page.contains(r#"action="/fn/post_message""#) && page.contains("hello &lt;/textarea&gt;"),
            "{page}"
        );
        assert!(!page.contains("<script") && !page.contains("a long secret"), "{page}");
        assert!(page.contains(r#"type="password" name="password""#), "{page}");
        assert!(!page.contains("http-equiv"), "a form is not sent by itself: {page}");
    }
}
