//! The app's pages, rendered by Leptos, and the gate before those that need a user.

use std::{
    num::NonZero,
    sync::{Arc, LazyLock},
    thread::available_parallelism,
};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderValue, Method, Uri, header, request::Parts},
    middleware::{Next, from_fn},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use leptos::{
    nonce::{Nonce, use_nonce},
    prelude::{IntoAny as _, provide_context, use_context},
};
use leptos_axum::{ResponseOptions, generate_route_list, render_app_async_with_context};
use tokio::sync::Semaphore;

use super::{App, extract::parameter, flash};
use crate::{
    model::{
        form::{FormOutcome, PagePath},
        paths,
    },
    server::{
        auth::AuthSession,
        config::Registration,
        context::{own_path, provide_server_context},
    },
    ui::{
        App as Ui,
        pages::auth::Admission,
        shell::{Assets as ShellAssets, PageStatus, shell},
    },
};

/// Pages that need no user.
const OPEN_PAGES: [&str; 2] = [paths::SIGN_IN, paths::REGISTER];

/// The addresses of all pages. Listed once, before any page is drawn: while Leptos lists them, no page of this
/// process loads anything, and one that is being drawn then would wait for ever.
static ADDRESSES: LazyLock<Vec<String>> =
    LazyLock::new(|| generate_route_list(Ui).iter().map(|page| page.path().to_owned()).collect());

/// The addresses of all pages, as axum writes them.
pub fn addresses() -> &'static [String] {
    &ADDRESSES
}

/// Turns at drawing pages. It keeps a processor for milliseconds, and everybody's events would wait behind a crowd of
/// pages; more turns than processors, since a page also waits for the database.
static TURNS: LazyLock<Semaphore> =
    LazyLock::new(|| Semaphore::new(4 * available_parallelism().map_or(1, NonZero::get)));

pub(super) fn routes() -> Router<App> {
    let page = async |State(app): State<App>, request: Request| draw(&app, page_context(&app), request).await;
    // Not `leptos_routes`: it would also route the server functions, past their wrapper.
    let router = ADDRESSES.iter().fold(Router::new(), |router, address| router.route(address, get(page)));
    router.route_layer(from_fn(require_user)).fallback(not_found)
}

/// Renders `page` as the answer to a form.
pub(super) async fn render_after(app: App, mut parts: Parts, page: String, outcome: FormOutcome) -> Response {
    parts.method = Method::GET;
    parts.uri = page.parse().unwrap_or(Uri::from_static(paths::HOME));
    let context = {
        let page_context = page_context(&app);
        move || {
            page_context();
            provide_context(outcome.clone());
            provide_context(PagePath(page.clone()));
        }
    };
    no_store(draw(&app, context, Request::from_parts(parts, Body::empty())).await)
}

/// Renders the page of a request, in its turn.
async fn draw(app: &App, context: impl Fn() + Clone + Send + Sync + 'static, request: Request) -> Response {
    let _turn = TURNS.acquire().await;
    let options = app.leptos.clone();
    let document = move || shell(options.clone()).into_any();
    render_app_async_with_context(context, document)(request).await
}

/// The own page that a form was on: path and query.
pub(super) fn referring_page(parts: &Parts) -> String {
    let referer = parts.headers.get(header::REFERER).and_then(|referer| referer.to_str().ok());
    let path = referer.and_then(|referer| {
        let uri: Uri = referer.parse().ok()?;
        Some(uri.path_and_query()?.as_str().to_owned())
    });
    own_path(path.as_deref().unwrap_or_default(), paths::HOME)
}

/// The sign-in page that comes back to `page`.
pub(super) fn sign_in_path(page: &str) -> String {
    let page: String = form_urlencoded::byte_serialize(page.as_bytes()).collect();
    paths::with_redirect(paths::SIGN_IN, &page)
}

async fn not_found(State(app): State<App>, request: Request) -> Response {
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return crate::error::AppError::NotFound.into_response();
    }
    nothing_here(app, request).await
}

/// The page that says that there is nothing at this address.
pub(super) async fn nothing_here(app: App, request: Request) -> Response {
    no_store(draw(&app, page_context(&app), request).await)
}

async fn require_user(auth: AuthSession, request: Request, next: Next) -> Response {
    let is_open = OPEN_PAGES.contains(&request.uri().path());
    match (auth.user.is_some(), is_open) {
        (false, false) => {
            let page = request.uri().path_and_query().map_or(paths::HOME, |page| page.as_str());
            Redirect::to(&sign_in_path(page)).into_response()
        }
        (true, true) => {
            Redirect::to(&own_path(&parameter(request.uri(), "redirect").unwrap_or_default(), paths::HOME))
                .into_response()
        }
        _ => no_store(next.run(request).await),
    }
}

pub(super) fn no_store(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn page_context(app: &App) -> impl Fn() + Clone + Send + Sync + use<> {
    let app = app.clone();
    move || provide_page_context(&app)
}

fn provide_page_context(app: &App) {
    provide_server_context(&app.chat);
    provide_context(ShellAssets::from(&app.assets));
    if let Some(parts) = use_context::<Parts>() {
        provide_context(admission(app, &parts.uri));
    }
    if let Some(options) = use_context::<ResponseOptions>() {
        if let Some(policy) = use_nonce().and_then(|nonce| content_security_policy(&nonce)) {
            options.insert_header(header::CONTENT_SECURITY_POLICY, policy);
        }
        if let Some(outcome) = use_context::<Parts>().and_then(|parts| refused_before(&parts)) {
            if let Some(line) = flash::forget() {
                options.append_header(header::SET_COOKIE, line);
            }
            provide_context(outcome);
        }
        let set = move |status: u16| {
            if let Ok(status) = axum::http::StatusCode::from_u16(status) {
                options.set_status(status);
            }
        };
        provide_context(PageStatus(Arc::new(set)));
    }
}

/// Who may make an account at this address.
fn admission(app: &App, uri: &Uri) -> Admission {
    let setup = parameter(uri, "setup").unwrap_or_default();
    Admission {
        is_open: app.options.registration == Registration::Open,
        is_setup: app.auth.setup.fits(&setup),
    }
}

/// What a form on somebody else's page was refused for, which sent its reader here.
fn refused_before(parts: &Parts) -> Option<FormOutcome> {
    OPEN_PAGES.contains(&parts.uri.path()).then(|| flash::read(&parts.headers))?
}

/// What a page may load: our own files, and the scripts of this very answer.
fn content_security_policy(nonce: &Nonce) -> Option<HeaderValue> {
    // `cargo leptos watch` tells of new builds over a socket of its own.
    let watch = if cfg!(debug_assertions) { " ws:" } else { "" };
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; \
         style-src 'self' 'nonce-{nonce}'; img-src 'self' blob:; font-src 'self'; connect-src 'self'{watch}; \
         manifest-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
    );
    HeaderValue::from_str(&policy).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_paths_that_are_built_are_routed() {
        let routes = [
            paths::HOME,
            paths::SIGN_IN,
            paths::REGISTER,
            paths::ROOMS,
            paths::NEW_ROOM,
            paths::SEARCH,
            paths::SETTINGS,
            &paths::room("{address}"),
            &paths::direct("{username}"),
        ];
        let mut routed: Vec<_> = addresses().iter().map(String::as_str).collect();
        routed.sort_unstable();
        routed.dedup();
        let mut built = routes.to_vec();
        built.sort_unstable();
        assert_eq!(routed, built);
    }

    #[test]
    fn the_sign_in_page_comes_back() {
        assert_eq!(sign_in_path("/search?q=a b&c"), "/login?redirect=%2Fsearch%3Fq%3Da+b%26c");
    }
}
