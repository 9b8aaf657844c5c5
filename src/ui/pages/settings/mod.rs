//! `/settings`: the account, how Papo looks and speaks, and what else acts for the account.

pub mod blocks;
pub mod issued;
pub mod sessions;
pub mod tokens;

use leptos::prelude::*;

use self::{blocks::Blocks, sessions::Sessions, tokens::Tokens};
use crate::{
    api::accounts::SignOut,
    model::{Me, SiteRole, Timestamp, ability::SiteAbility},
    ui::{
        components::{
            avatar::Avatar,
            choices::{LanguageChoice, ThemeChoice},
            page_title::PageTitle,
            post_form::PostForm,
            room_header::PaneHeader,
        },
        language::language,
        state::{form::FormState, live::use_live, zone::use_zone},
    },
    words::{Locale, dates::day_label, td_string},
};

#[component]
pub fn SettingsPage() -> impl IntoView {
    let locale = language();
    let me = use_live().with_untracked(|state| state.me.clone());
    let makes_admin = me.role.may(SiteAbility::MakeAdminTokens);
    view! {
        <PageTitle text=Signal::derive(move || td_string!(locale, settings.title).to_owned()) />
        <PaneHeader>
            <div class="pane-title"><h1>{td_string!(locale, settings.title)}</h1></div>
        </PaneHeader>
        <div class="pane-body settings">
            <Account me />
            <section>
                <h2>{td_string!(locale, settings.appearance)}</h2>
                <h3 id="theme-title">{td_string!(locale, settings.theme)}</h3>
                <ThemeChoice />
                <h3 id="language-title">{td_string!(locale, settings.language)}</h3>
                <LanguageChoice />
            </section>
            <Sessions />
            <Tokens makes_admin />
            <Blocks />
        </div>
    }
}

#[component]
fn Account(me: Me) -> impl IntoView {
    let locale = language();
    let Me { user, email, role } = me;
    let sign_out = FormState::of::<SignOut>();
    view! {
        <section>
            <h2>{td_string!(locale, settings.account)}</h2>
            <div class="account">
                <Avatar user=user.clone() large=true />
                <div>
                    <p class="account-name" dir="auto">{user.name}</p>
                    <p class="account-fact">"@" {user.username}</p>
                    {email.map(|email| view! { <p class="account-fact">{email}</p> })}
                    {(role == SiteRole::Administrator)
                        .then(|| view! { <p class="account-fact">{td_string!(locale, settings.administrator)}</p> })}
                </div>
            </div>
            <PostForm form=sign_out class="plain-form phone-only">
                <button class="button">{td_string!(locale, auth.sign_out)}</button>
            </PostForm>
        </section>
    }
}

/// The day of a moment, in the reader's words and zone.
fn day(locale: Locale, at: Timestamp) -> String {
    let zone = use_zone();
    day_label(locale, &zone.local(at), zone.today())
}
