//! Every route, grouped by who calls it, and the layers around them.

use axum::{Router, middleware as layer, routing::get};
use axum_login::AuthManagerLayerBuilder;
use time::Duration;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{CompressionLayer, CompressionLevel},
    csrf::CsrfLayer,
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer},
    trace::TraceLayer,
};
use tower_sessions::{Expiry, SessionManagerLayer, cookie::SameSite};

use super::{assets, compat, health, live, middleware as own, pages, rest, server_fns};
use crate::server::{
    auth::{Backend, SessionStore},
    state::App,
};

/// A session ends after so many days without a request.
pub(super) const IDLE_DAYS: i64 = 14;

/// The whole server as a service.
pub fn router(app: App) -> Router {
    let people = Router::new()
        // Pages.
        .merge(pages::routes(&app))
        // Server functions.
        .route("/fn/{name}", get(server_fns::handle).post(server_fns::handle))
        .layer(layer::from_fn_with_state(app.clone(), own::count_visits))
        .layer(compression())
        .merge(compat::routes(&app));
    let programs = Router::new()
        // REST.
        .merge(rest::routes(&app))
        .layer(compression())
        // Live.
        .route("/api/live", get(live::connect).post(live::post))
        .route("/api/events", get(live::listen));

    Router::new()
        .merge(with_callers(&app, people))
        .merge(own::open_to_origins(&app, with_callers(&app, programs)))
        .route("/health", get(health::health))
        .route("/ready", get(health::ready))
        .merge(assets::routes(&app))
        .layer(layer::from_fn_with_state(app.clone(), own::security_headers))
        .layer(CatchPanicLayer::custom(super::problem::after_panic))
        .layer(layer::from_fn(super::problem::complete))
        .layer(TraceLayer::new_for_http().make_span_with(own::span))
        .layer(PropagateRequestIdLayer::x_request_id())
        .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
        .with_state(app)
}

fn compression() -> CompressionLayer {
    CompressionLayer::new().quality(CompressionLevel::Fastest)
}

/// Finds out who asks, and refuses what foreign pages let browsers ask.
fn with_callers(app: &App, routes: Router<App>) -> Router<App> {
    routes
        .layer(layer::from_fn(own::keep_session))
        .layer(AuthManagerLayerBuilder::new(Backend::new(app.db.clone()), sessions(app)).build())
        .layer(layer::from_fn_with_state(app.clone(), own::refuse_unsourced_writes))
        .layer(csrf(app))
        .layer(layer::from_fn(own::let_bearer_speak_alone))
}

fn sessions(app: &App) -> SessionManagerLayer<SessionStore> {
    let https = app.options.is_https();
    SessionManagerLayer::new(SessionStore::new(app.db.clone(), app.writers.clone()))
        .with_name(own::session_cookie(https))
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_secure(https)
        .with_path("/")
        .with_expiry(Expiry::OnInactivity(Duration::days(IDLE_DAYS)))
}

fn csrf(app: &App) -> CsrfLayer {
    let layer = CsrfLayer::new();
    let Some(url) = &app.options.public_url else { return layer };
    layer.clone().add_trusted_origin(url.origin()).unwrap_or_else(|error| {
        tracing::warn!(%error, "the public URL is no origin that browsers send");
        layer
    })
}
