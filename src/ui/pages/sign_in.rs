//! `/login`.

use leptos::prelude::*;

use super::auth::{AuthFrame, admission, query_value, with_redirect};
use crate::{
    api::accounts::SignIn,
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

#[component]
pub fn SignInPage() -> impl IntoView {
    let locale = language();
    let form = FormState::of::<SignIn>();
    let redirect = query_value("redirect");
    let register = with_redirect(paths::REGISTER, &redirect);
    let is_open = admission().is_open;
    view! {
        <AuthFrame title=td_string!(locale, auth.sign_in_title)>
            <PostForm form=form class="form">
                <input type="hidden" name="redirect" value=redirect />
                <Fields form />
                <FormError error=form.error() fields=&["login", "password"] />
                <button class="button primary" disabled=form.pending()>{td_string!(locale, auth.sign_in)}</button>
            </PostForm>
            {is_open.then(|| view! {
                <p class="auth-other">
                    {td_string!(locale, auth.no_account)} " "
                    <a href=register rel="external">{td_string!(locale, auth.create_account)}</a>
                </p>
            })}
        </AuthFrame>
    }
}

#[component]
fn Fields(form: FormState) -> impl IntoView {
    let locale = language();
    view! {
        <Field
            name="login"
            label=td_string!(locale, field.login)
            kind=FieldKind::required("text", "username")
            reason=form.reason("login")
            value=form.value("login")
        />
        <Field
            name="password"
            label=td_string!(locale, field.password)
            kind=FieldKind::required("password", "current-password")
            reason=form.reason("password")
        />
    }
}
