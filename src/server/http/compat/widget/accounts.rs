//! Coming in and going out by the original's forms and links. Refused forms lead back to the app's own pages,
//! which say why.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Redirect, Response},
};

use leptos::server_fn::ServerFn as _;

use super::refusal::Refusal;
use crate::{
    api::accounts::{Register, SignIn},
    error::AppError,
    model::{form::FormOutcome, paths},
    server::{
        auth::{self, Door},
        chat::{
            Chat,
            accounts::{self, RegistrationForm},
            usernames,
        },
        context::own_path,
        http::{App, compat::form::Fields, flash, pages::sign_in_path},
    },
};

const HOME: &str = "/home";
const REGISTRATION: &str = "/cadastrar";

/// `GET /home`: the page that the original's forms lead to.
pub(super) async fn home() -> Redirect {
    Redirect::to(paths::HOME)
}

/// `GET /cadastrar`.
pub(super) async fn show_registration() -> Redirect {
    Redirect::to(paths::REGISTER)
}

/// `POST /login` with `email`, `senha` and perhaps `redirect`.
pub(in crate::server::http::compat) async fn log_in(app: &App, mut door: Door, fields: &Fields) -> Response {
    let (email, senha) = (text(fields, "email"), text(fields, "senha"));
    let page = own_path(fields.get("redirect").unwrap_or(HOME), HOME);
    match auth::sign_in(&mut door, &email, &senha).await {
        Ok(()) => Redirect::to(&page).into_response(),
        Err(error) => {
            let values = vec![("login".to_owned(), email)];
            refuse(
                app,
                &sign_in_path(&page),
                FormOutcome { path: SignIn::PATH.to_owned(), result: Err(error), values },
            )
        }
    }
}

/// `POST /cadastrar` with `nome`, `email`, `senha` and `confirmar_senha`. The user name is made of the name.
pub(super) async fn register(State(app): State<App>, mut door: Door, fields: Fields) -> Response {
    let (nome, email) = (text(&fields, "nome"), text(&fields, "email"));
    match try_register(&app.chat, &mut door, &fields).await {
        Ok(()) => Redirect::to(HOME).into_response(),
        Err(error) => {
            let values = vec![("name".to_owned(), nome), ("email".to_owned(), email)];
            refuse(
                &app,
                REGISTRATION,
                FormOutcome { path: Register::PATH.to_owned(), result: Err(error), values },
            )
        }
    }
}

async fn try_register(chat: &Chat, door: &mut Door, fields: &Fields) -> Result<(), AppError> {
    let name = text(fields, "nome");
    let form = RegistrationForm {
        username: usernames::propose(chat, &name).await?,
        name,
        email: text(fields, "email"),
        birth_date: String::new(),
        password: text(fields, "senha"),
        password_again: text(fields, "confirmar_senha"),
        setup: String::new(),
    };
    let account = accounts::register(chat, form, door.address).await?;
    auth::start_session(door, account).await
}

/// `GET /logout`: a link of one of our own pages, or typed. A link elsewhere signs nobody out, nor does a browser
/// that fetches links before they are followed.
pub(super) async fn log_out(
    State(app): State<App>,
    mut door: Door,
    headers: HeaderMap,
) -> Result<Redirect, Refusal> {
    if door.session.user.is_some() {
        if !is_meant(&app, &headers) {
            let detail = "Para sair, abra /logout a partir de uma página deste site.";
            return Err(Refusal::new(StatusCode::FORBIDDEN, detail));
        }
        auth::sign_out(&mut door).await?;
    }
    Ok(Redirect::to(paths::SIGN_IN))
}

/// Whether the user asked for it: browsers tell by `Sec-Fetch-Site`, and tell the page that the link was on unless
/// somebody posted it in a message.
fn is_meant(app: &App, headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if text("sec-purpose").or(text("purpose")).is_some_and(|purpose| purpose.contains("prefetch")) {
        return false;
    }
    match text("sec-fetch-site") {
        Some("none") => true,
        Some("same-origin") | None => text("referer").is_some_and(|page| is_own_page(app, headers, page)),
        Some(_) => false,
    }
}

fn is_own_page(app: &App, headers: &HeaderMap, page: &str) -> bool {
    let end = page.match_indices('/').nth(2).map_or(page.len(), |(end, _)| end);
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    app.origins.is_own(&page[..end], host)
}

/// Back to the form's page, with the reason.
fn refuse(app: &App, page: &str, outcome: FormOutcome) -> Response {
    let mut response = Redirect::to(page).into_response();
    if let Some(line) = flash::keep(&outcome, app.options.is_https()) {
        response.headers_mut().append(header::SET_COOKIE, line);
    }
    response
}

fn text(fields: &Fields, name: &str) -> String {
    fields.get(name).unwrap_or_default().to_owned()
}
