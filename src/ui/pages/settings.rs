//! `/settings`: the account, and how Papo looks and speaks.

use leptos::prelude::*;

use crate::{
    api::accounts::SignOut,
    model::{Me, SiteRole},
    ui::{
        components::{
            avatar::Avatar,
            choices::{LanguageChoice, ThemeChoice},
            page_title::PageTitle,
            room_header::PaneHeader,
        },
        i18n::{t, t_string},
        state::live::use_live,
        words::language,
    },
};

#[component]
pub fn SettingsPage() -> impl IntoView {
    let i18n = language();
    let me = use_live().with_untracked(|state| state.me.clone());
    view! {
        <PageTitle text=Signal::derive(move || t_string!(i18n, settings.title).to_owned()) />
        <PaneHeader>
            <div class="pane-title"><h1>{t!(i18n, settings.title)}</h1></div>
        </PaneHeader>
        <div class="pane-body settings">
            <Account me />
            <section>
                <h2>{t!(i18n, settings.appearance)}</h2>
                <h3 id="theme-title">{t!(i18n, settings.theme)}</h3>
                <ThemeChoice />
                <h3 id="language-title">{t!(i18n, settings.language)}</h3>
                <LanguageChoice />
            </section>
        </div>
    }
}

#[component]
fn Account(me: Me) -> impl IntoView {
    let i18n = language();
    let Me { user, email, role } = me;
    let sign_out = ServerAction::<SignOut>::new();
    view! {
        <section>
            <h2>{t!(i18n, settings.account)}</h2>
            <div class="account">
                <Avatar user=user.clone() large=true />
                <div>
                    <p class="account-name" dir="auto">{user.name}</p>
                    <p class="account-fact">"@" {user.username}</p>
                    <p class="account-fact">{email}</p>
                    {(role == SiteRole::Administrator)
                        .then(|| view! { <p class="account-fact">{t!(i18n, settings.administrator)}</p> })}
                </div>
            </div>
            <ActionForm action=sign_out attr:class="plain-form phone-only">
                <button class="button">{t!(i18n, auth.sign_out)}</button>
            </ActionForm>
        </section>
    }
}
