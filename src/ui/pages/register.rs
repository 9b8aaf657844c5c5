//! `/register`. With `?setup=` of the one-time link, the account becomes the administrator's.

use leptos::prelude::*;

use super::auth::{AuthFrame, query_value, with_redirect};
use crate::{
    api::accounts::Register,
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

const FIELDS: &[&str] = &["username", "name", "email", "birth_date", "password", "password_again"];

#[component]
pub fn RegisterPage() -> impl IntoView {
    let i18n = language();
    let form = FormState::<Register>::new();
    let redirect = query_value("redirect");
    let setup = query_value("setup");
    let sign_in = with_redirect("/login", &redirect);
    let is_setup = !setup.is_empty();
    view! {
        <AuthFrame title=Signal::derive(move || t_string!(i18n, auth.register_title))>
            {is_setup.then(|| view! { <p class="auth-note">{t!(i18n, auth.setup_note)}</p> })}
            <ActionForm action=form.action attr:class="form" attr:novalidate=true>
                <input type="hidden" name="redirect" value=redirect />
                <input type="hidden" name="setup" value=setup />
                <PersonFields form />
                <PasswordFields form />
                <FormError error=form.error() fields=FIELDS />
                <button class="button primary" disabled=form.pending()>{t!(i18n, auth.create_account)}</button>
            </ActionForm>
            <p class="auth-other">
                {t!(i18n, auth.have_account)} " " <a href=sign_in>{t!(i18n, auth.sign_in)}</a>
            </p>
        </AuthFrame>
    }
}

#[component]
fn PersonFields(form: FormState<Register>) -> impl IntoView {
    let i18n = language();
    view! {
        <Field
            name="username"
            label=Signal::derive(move || t_string!(i18n, field.username))
            kind=FieldKind::required("text", "username")
            reason=form.reason("username")
            value=form.value("username")
            hint=Signal::derive(move || t_string!(i18n, hint.username))
        />
        <Field
            name="name"
            label=Signal::derive(move || t_string!(i18n, field.display_name))
            kind=FieldKind::required("text", "name")
            reason=form.reason("name")
            value=form.value("name")
        />
        <Field
            name="email"
            label=Signal::derive(move || t_string!(i18n, field.email))
            kind=FieldKind::required("email", "email")
            reason=form.reason("email")
            value=form.value("email")
        />
        <Field
            name="birth_date"
            label=Signal::derive(move || t_string!(i18n, field.birth_date))
            kind=FieldKind::optional("date", "bday")
            reason=form.reason("birth_date")
            value=form.value("birth_date")
        />
    }
}

#[component]
fn PasswordFields(form: FormState<Register>) -> impl IntoView {
    let i18n = language();
    view! {
        <Field
            name="password"
            label=Signal::derive(move || t_string!(i18n, field.password))
            kind=FieldKind::required("password", "new-password")
            reason=form.reason("password")
            hint=Signal::derive(move || t_string!(i18n, hint.password))
        />
        <Field
            name="password_again"
            label=Signal::derive(move || t_string!(i18n, field.password_again))
            kind=FieldKind::required("password", "new-password")
            reason=form.reason("password_again")
        />
    }
}
