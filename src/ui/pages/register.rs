//! `/register`. With `?setup=` of the one-time link, the account becomes the administrator's. Where nobody may make an
//! account there is no form.

use leptos::prelude::*;

use super::auth::{AuthFrame, admission, query_value, with_redirect};
use crate::{
    api::accounts::Register,
    model::paths,
    ui::{
        components::{
            field::{Field, FieldKind},
            form_error::FormError,
            post_form::PostForm,
        },
        language::language,
        state::form::FormState,
    },
    words::td_string,
};

const FIELDS: &[&str] = &["username", "name", "email", "birth_date", "password", "password_again"];

#[component]
pub fn RegisterPage() -> impl IntoView {
    let locale = language();
    let admission = admission();
    let redirect = query_value("redirect");
    let setup = query_value("setup");
    let sign_in = with_redirect(paths::SIGN_IN, &redirect);
    let refusal = match (setup.is_empty(), admission.is_setup, admission.is_open) {
        (false, false, _) => Some(td_string!(locale, auth.setup_spent)),
        (true, _, false) => Some(td_string!(locale, reason.registration_closed)),
        _ => None,
    };
    view! {
        <AuthFrame title=td_string!(locale, auth.register_title)>
            {match refusal {
                Some(why) => view! { <p class="auth-note">{why}</p> }.into_any(),
                None => view! { <RegisterForm redirect setup /> }.into_any(),
            }}
            <p class="auth-other">
                {td_string!(locale, auth.have_account)} " "
                <a href=sign_in rel="external">{td_string!(locale, auth.sign_in)}</a>
            </p>
        </AuthFrame>
    }
}

#[component]
fn RegisterForm(redirect: String, setup: String) -> impl IntoView {
    let locale = language();
    let form = FormState::of::<Register>();
    let is_setup = !setup.is_empty();
    view! {
        {is_setup.then(|| view! { <p class="auth-note">{td_string!(locale, auth.setup_note)}</p> })}
        <PostForm form=form class="form">
            <input type="hidden" name="redirect" value=redirect />
            <input type="hidden" name="setup" value=setup />
            <PersonFields form />
            <PasswordFields form />
            <FormError error=form.error() fields=FIELDS />
            <button class="button primary" disabled=form.pending()>{td_string!(locale, auth.create_account)}</button>
        </PostForm>
    }
}

#[component]
fn PersonFields(form: FormState) -> impl IntoView {
    let locale = language();
    view! {
        <Field
            name="username"
            label=td_string!(locale, field.username)
            kind=FieldKind::required("text", "username")
            reason=form.reason("username")
            value=form.value("username")
            hint=td_string!(locale, hint.username)
        />
        <Field
            name="name"
            label=td_string!(locale, field.display_name)
            kind=FieldKind::required("text", "name")
            reason=form.reason("name")
            value=form.value("name")
        />
        <Field
            name="email"
            label=td_string!(locale, field.email)
            kind=FieldKind::required("email", "email")
            reason=form.reason("email")
            value=form.value("email")
        />
        <Field
            name="birth_date"
            label=td_string!(locale, field.birth_date)
            kind=FieldKind::optional("date", "bday")
            reason=form.reason("birth_date")
            value=form.value("birth_date")
        />
    }
}

#[component]
fn PasswordFields(form: FormState) -> impl IntoView {
    let locale = language();
    view! {
        <Field
            name="password"
            label=td_string!(locale, field.password)
            kind=FieldKind::required("password", "new-password")
            reason=form.reason("password")
            hint=td_string!(locale, hint.password)
        />
        <Field
            name="password_again"
            label=td_string!(locale, field.password_again)
            kind=FieldKind::required("password", "new-password")
            reason=form.reason("password_again")
        />
    }
}
