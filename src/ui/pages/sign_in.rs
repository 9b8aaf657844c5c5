//! `/login`.

use leptos::prelude::*;

use super::auth::{AuthFrame, query_value, with_redirect};
use crate::{
    api::accounts::SignIn,
    ui::{
        components::{
            field::{Field, FieldKind},
            form_error::FormError,
        },
        i18n::{t, t_string},
        state::form::FormState,
        words::language,
    },
};

#[component]
pub fn SignInPage() -> impl IntoView {
    let i18n = language();
    let form = FormState::<SignIn>::new();
    let redirect = query_value("redirect");
    let register = with_redirect("/register", &redirect);
    view! {
        <AuthFrame title=Signal::derive(move || t_string!(i18n, auth.sign_in_title))>
            <ActionForm action=form.action attr:class="form" attr:novalidate=true>
                <input type="hidden" name="redirect" value=redirect />
                <Fields form />
                <FormError error=form.error() fields=&["login", "password"] />
                <button class="button primary" disabled=form.pending()>{t!(i18n, auth.sign_in)}</button>
            </ActionForm>
            <p class="auth-other">
                {t!(i18n, auth.no_account)} " " <a href=register>{t!(i18n, auth.create_account)}</a>
            </p>
        </AuthFrame>
    }
}

#[component]
fn Fields(form: FormState<SignIn>) -> impl IntoView {
    let i18n = language();
    view! {
        <Field
            name="login"
            label=Signal::derive(move || t_string!(i18n, field.login))
            kind=FieldKind::required("text", "username")
            reason=form.reason("login")
            value=form.value("login")
        />
        <Field
            name="password"
            label=Signal::derive(move || t_string!(i18n, field.password))
            kind=FieldKind::required("password", "current-password")
            reason=form.reason("password")
        />
    }
}
