//! The switches of theme and language: forms that work by their HTML, at once where there is JavaScript.

use leptos::{ev::SubmitEvent, prelude::*, server_fn::ServerFn};
use leptos_i18n::Locale as _;

use super::icon::Icon;
use crate::{
    api::preferences::ChoosePreferences,
    model::preferences::Theme,
    ui::{
        language::{choose_language, language, other},
        state::preferences::{choose_theme, use_theme},
    },
    words::{Locale, fill::fill, td_string},
};

/// A button that goes to the next theme.
#[component]
pub fn ThemeSwitch() -> impl IntoView {
    let locale = language();
    let theme = use_theme();
    let label =
        move || fill(td_string!(locale, settings.theme_next), &[("name", &theme_name(locale, theme.get()))]);
    view! {
        <PreferenceForm on_choose=move || set_theme(theme, next(theme.get_untracked()))>
            <button
                class="icon-button"
                name="theme"
                value=move || next(theme.get()).as_str()
                title=label
                aria-label=label
            >
                {move || view! { <Icon name=icon(theme.get()) /> }}
            </button>
        </PreferenceForm>
    }
}

/// A button that goes to the other language, named in that language.
#[component]
pub fn LanguageSwitch() -> impl IntoView {
    let locale = language();
    let offered = move || other(locale).as_str();
    view! {
        <PreferenceForm on_choose=move || choose_language(other(locale))>
            <button
                class="icon-button"
                name="language"
                value=offered
                lang=offered
                title=td_string!(locale, settings.language_next)
                aria-label=td_string!(locale, settings.language_next)
            >
                <Icon name="language" />
            </button>
        </PreferenceForm>
    }
}

/// All themes side by side.
#[component]
pub fn ThemeChoice() -> impl IntoView {
    let locale = language();
    let chosen = use_theme();
    let option = move |theme: Theme| {
        view! {
            <PreferenceForm on_choose=move || set_theme(chosen, theme)>
                <button
                    class="choice"
                    name="theme"
                    value=theme.as_str()
                    aria-pressed=move || pressed(chosen.get() == theme)
                >
                    <Icon name=icon(theme) />
                    {move || theme_name(locale, theme)}
                </button>
            </PreferenceForm>
        }
    };
    view! {
        <div class="choices" role="group" aria-labelledby="theme-title">
            {[Theme::Auto, Theme::Light, Theme::Dark].map(option).collect_view()}
        </div>
    }
}

/// All languages side by side, each in its own words.
#[component]
pub fn LanguageChoice() -> impl IntoView {
    let current = language();
    let option = move |(locale, name): (Locale, &'static str)| {
        view! {
            <PreferenceForm on_choose=move || choose_language(locale)>
                <button
                    class="choice"
                    name="language"
                    value=locale.as_str()
                    lang=locale.as_str()
                    aria-pressed=pressed(locale == current)
                >
                    {name}
                </button>
            </PreferenceForm>
        }
    };
    view! {
        <div class="choices" role="group" aria-labelledby="language-title">
            {[(Locale::en, "English"), (Locale::pt_BR, "Português (Brasil)")].map(option).collect_view()}
        </div>
    }
}

/// The form around one choice. Its button carries what the server is told.
#[component]
fn PreferenceForm(on_choose: impl Fn() + 'static, children: Children) -> impl IntoView {
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        on_choose();
    };
    view! {
        <form class="plain-form" action=ChoosePreferences::url() method="post" on:submit=submit>
            {children()}
        </form>
    }
}

fn set_theme(chosen: RwSignal<Theme>, theme: Theme) {
    chosen.set(theme);
    choose_theme(theme);
}

const fn next(theme: Theme) -> Theme {
    match theme {
        Theme::Auto => Theme::Light,
        Theme::Light => Theme::Dark,
        Theme::Dark => Theme::Auto,
    }
}

const fn icon(theme: Theme) -> &'static str {
    theme.as_str()
}

fn theme_name(locale: Locale, theme: Theme) -> &'static str {
    match theme {
        Theme::Auto => td_string!(locale, settings.theme_auto),
        Theme::Light => td_string!(locale, settings.theme_light),
        Theme::Dark => td_string!(locale, settings.theme_dark),
    }
}

const fn pressed(on: bool) -> &'static str {
    if on { "true" } else { "false" }
}
