//! My access tokens, for programs that act for me.

use leptos::{prelude::*, tachys::reactive_graph::OwnedView};

use super::{day, issued::Issued};
use crate::{
    api::tokens::{CreateToken, RevokeToken, list_tokens},
    error::AppError,
    model::{Scope, TokenId, token::PersonalToken},
    ui::{
        components::{
            field::{Field, FieldKind},
            form_error::FormError,
            notice_page::Failure,
            post_form::PostForm,
            select::Select,
            toasts::toast_failures,
        },
        language::language,
        page_data::load,
        state::form::FormState,
    },
    words::{Locale, fill::fill, td_string},
};

/// How long a token may last, in days; 0 has no end.
const LIVES: [u32; 4] = [30, 90, 365, 0];

#[component]
pub fn Tokens(
    /// Whether the reader may make tokens of an administrator's scope.
    makes_admin: bool,
) -> impl IntoView {
    let locale = language();
    let (create, revoke) = (FormState::of::<CreateToken>(), FormState::of::<RevokeToken>());
    toast_failures(revoke);
    let changed = (create.answers(), revoke.answers());
    let tokens = load(move || (changed.0.get(), changed.1.get()), |_| list_tokens());
    view! {
        <section aria-labelledby="tokens-title">
            <h2 id="tokens-title">{td_string!(locale, tokens.title)}</h2>
            <p class="section-lead">{td_string!(locale, tokens.lead)}</p>
            <Issued issued=create.answer() />
            {move || Suspend::new(async move { OwnedView::new(list(tokens.await, revoke)) })}
            <PostForm form=create class="form narrow">
                <Fields form=create makes_admin />
                <FormError error=create.error() fields=&["name"] />
                <button class="button primary" disabled=create.pending()>{td_string!(locale, tokens.create)}</button>
            </PostForm>
        </section>
    }
}

#[component]
fn Fields(form: FormState, makes_admin: bool) -> impl IntoView {
    let locale = language();
    let scopes = [Scope::Read, Scope::Write, Scope::Admin];
    let scopes = scopes.into_iter().filter(|scope| makes_admin || *scope != Scope::Admin);
    let scopes = scopes.map(|scope| (scope_value(scope).to_owned(), scope_name(locale, scope).to_owned()));
    let lives = LIVES.map(|days| (days.to_string(), life(locale, days)));
    let or = |value: String, otherwise: &str| if value.is_empty() { otherwise.to_owned() } else { value };
    view! {
        <Field
            name="name"
            label=td_string!(locale, tokens.name)
            kind=FieldKind::required("text", "off")
            reason=form.reason("name")
            value=form.value("name")
            hint=td_string!(locale, tokens.name_hint)
        />
        <Select
            name="scope"
            label=td_string!(locale, tokens.scope)
            choices=scopes.collect()
            chosen=or(form.value("scope"), "write")
        />
        <Select
            name="expires_in_days"
            label=td_string!(locale, tokens.life)
            choices=lives.into()
            chosen=or(form.value("expires_in_days"), "90")
        />
    }
}

fn list(tokens: Result<Vec<PersonalToken>, AppError>, revoke: FormState) -> AnyView {
    match tokens {
        Ok(tokens) if tokens.is_empty() => {
            view! { <p class="section-empty">{td_string!(language(), tokens.empty)}</p> }.into_any()
        }
        Ok(tokens) => {
            let rows = tokens.into_iter().map(|token| view! { <Row token revoke /> }).collect_view();
            view! { <ul class="grants">{rows}</ul> }.into_any()
        }
        Err(error) => view! { <Failure error /> }.into_any(),
    }
}

#[component]
fn Row(token: PersonalToken, revoke: FormState) -> impl IntoView {
    let locale = language();
    let PersonalToken { id, name, scopes, expires_at, used_at, .. } = token;
    let title_id = format!("token-{id}");
    let scope = scopes.last().map(|scope| scope_name(locale, *scope));
    let end = move || match expires_at {
        Some(at) => fill(td_string!(locale, tokens.ends), &[("day", &day(locale, at))]),
        None => td_string!(locale, tokens.endless).to_owned(),
    };
    let used = move || match used_at {
        Some(at) => fill(td_string!(locale, tokens.used), &[("day", &day(locale, at))]),
        None => td_string!(locale, tokens.unused).to_owned(),
    };
    view! {
        <li class="grant">
            <div class="grant-text">
                <p class="grant-name" id=title_id.clone() dir="auto">{name}</p>
                <p class="grant-facts"><span>{scope}</span><span>{end}</span><span>{used}</span></p>
            </div>
            <RevokeButton id revoke title_id />
        </li>
    }
}

#[component]
fn RevokeButton(id: TokenId, revoke: FormState, title_id: String) -> impl IntoView {
    view! {
        <PostForm form=revoke class="plain-form">
            <input type="hidden" name="id" value=id.to_string() />
            <button class="button" aria-describedby=title_id>{td_string!(language(), tokens.revoke)}</button>
        </PostForm>
    }
}

const fn scope_value(scope: Scope) -> &'static str {
    match scope {
        Scope::Read => "read",
        Scope::Write => "write",
        Scope::Admin => "admin",
    }
}

fn scope_name(locale: Locale, scope: Scope) -> &'static str {
    match scope {
        Scope::Read => td_string!(locale, tokens.read),
        Scope::Write => td_string!(locale, tokens.write),
        Scope::Admin => td_string!(locale, tokens.admin),
    }
}

fn life(locale: Locale, days: u32) -> String {
    match days {
        0 => td_string!(locale, tokens.life_endless).to_owned(),
        days => fill(td_string!(locale, tokens.life_days), &[("days", &days)]),
    }
}
