//! Every route, grouped by who calls it, and the layers around them.

use axum::{
    Router, middleware as layer,
    routing::{any, get},
};
use axum_login::AuthManagerLayerBuilder;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{CompressionLayer, CompressionLevel},
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer},
    trace::TraceLayer,
};
use tower_sessions::{Expiry, SessionManagerLayer, cookie::SameSite};

use super::{App, assets, compat, health, live, middleware as own, outage, pages, rest, server_fns};
use crate::{
    model::SiteRole,
    server::auth::{Backend, SessionStore, idle_time},
};

/// The whole server as a service.
pub fn router(app: App) -> Router {
    let pages = Router::new()
        // Pages.
        .merge(pages::routes())
        // Server functions.
        .route("/fn/{name}", any(server_fns::handle))
        .layer(layer::from_fn_with_state(app.clone(), own::count_visits));
    let live = Router::new()
        .route("/api/live", get(live::connect).post(live::post))
        .route("/api/events", get(live::listen));
    let others = Router::new()
        .route("/health", get(health::health))
        .route("/ready", get(health::ready))
        .merge(assets::routes(&app));

    Router::new()
        .merge(with_callers(&app, pages).layer(compression()))
        .merge(with_callers(&app, compat::routes(&app)))
        .merge(own::open_to_origins(&app, with_callers(&app, rest::routes(&app)).layer(compression())))
        .merge(own::open_to_origins(&app, with_callers(&app, live)))
        .merge(completed(others))
        .layer(layer::from_fn_with_state(app.clone(), own::refuse_bad_addresses))
        .layer(layer::from_fn_with_state(app.clone(), own::refuse_other_hosts))
        .layer(layer::from_fn(own::require_host))
        .layer(layer::from_fn_with_state(app.clone(), own::security_headers))
        // Why a request failed is logged where it failed.
        .layer(TraceLayer::new_for_http().make_span_with(own::span).on_failure(()))
        .layer(PropagateRequestIdLayer::x_request_id())
        .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
        .layer(layer::map_request(own::drop_odd_request_id))
        .with_state(app)
}

fn compression() -> CompressionLayer {
    CompressionLayer::new().quality(CompressionLevel::Fastest)
}

/// Finds out who asks, and refuses what foreign pages let browsers ask.
fn with_callers(app: &App, routes: Router<App>) -> Router<App> {
    let routes = routes
        .layer(layer::from_fn(own::keep_session))
        .layer(AuthManagerLayerBuilder::new(Backend::new(app.chat.db.clone()), sessions(app)).build())
        .layer(layer::map_response_with_state(app.clone(), own::order_cookies))
        .layer(layer::from_fn_with_state(app.clone(), outage::explain))
        .layer(layer::from_fn_with_state(app.clone(), own::refuse_foreign_writes))
        .layer(layer::from_fn(own::let_bearer_speak_alone))
        .layer(layer::map_request(own::drop_encoded_cookies));
    completed(routes)
}

/// Lets no answer about a failure go without its words. What compresses or adds headers for others stands outside.
fn completed<S: Clone + Send + Sync + 'static>(routes: Router<S>) -> Router<S> {
    routes
        .layer(CatchPanicLayer::custom(super::problem::after_panic))
        .layer(layer::from_fn(super::problem::complete))
}

fn sessions(app: &App) -> SessionManagerLayer<SessionStore> {
    let https = app.options.is_https();
    SessionManagerLayer::new(SessionStore::new(&app.auth))
        .with_name(own::session_cookie(https))
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_secure(https)
        .with_path("/")
        .with_expiry(Expiry::OnInactivity(idle_time(SiteRole::Member)))
}

#[cfg(test)]
mod tests {
    use axum::{
        body::{Body, to_bytes},
        extract::Request,
        http::{HeaderValue, StatusCode, header},
    };
    use tower::ServiceExt as _;

    use super::*;
    use crate::error::AppError;

    /// The words of a late failure are written before they are compressed.
    #[tokio::test]
    async fn a_late_failure_is_compressed_as_it_says() {
        let routes: Router<()> = Router::new()
            .route("/internal", get(async || AppError::Internal { request_id: String::new() }))
            .route("/empty", get(async || StatusCode::INTERNAL_SERVER_ERROR))
            .route("/forbidden", get(async || StatusCode::FORBIDDEN))
            .route("/panic", get(panics));
        let routes = completed(routes).layer(compression());
        for path in ["/internal", "/empty", "/forbidden", "/panic"] {
            let asked =
                Request::get(path).header(header::ACCEPT_ENCODING, "gzip").body(Body::empty()).unwrap();
            let answer = routes.clone().oneshot(asked).await.unwrap();
            let gzip = HeaderValue::from_static("gzip");
            assert_eq!(answer.headers().get(header::CONTENT_ENCODING), Some(&gzip), "{path}");
            let body = to_bytes(answer.into_body(), 10_000).await.unwrap();
            assert!(body.starts_with(&[0x1f, 0x8b]), "{path}: {body:?}");
        }
    }

    #[expect(clippy::panic, reason = "what is tested")]
    async fn panics() -> &'static str {
        panic!("a handler fails")
    }
}
