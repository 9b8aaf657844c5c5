//! Pages of other origins that may call `/api`: by tokens, never by a cookie.

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderName, HeaderValue, Method, header},
    middleware::{Next, from_fn_with_state},
    response::Response,
};
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::bearer::forget_browser;
use crate::server::{config::PublicUrl, http::App};

/// Opens the routes to pages of the allowed origins, if there are any.
pub(in crate::server::http) fn open_to_origins(app: &App, routes: Router<App>) -> Router<App> {
    let origins = origins(app).filter_map(|origin| HeaderValue::from_str(origin).ok());
    let origins: Vec<HeaderValue> = origins.collect();
    if origins.is_empty() {
        return routes;
    }
    let name = HeaderName::from_static;
    let layer = CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::IF_NONE_MATCH,
            name("idempotency-key"),
            name("last-event-id"),
        ])
        .expose_headers([
            header::ETAG,
            header::LINK,
            header::LOCATION,
            header::RETRY_AFTER,
            name("ratelimit-limit"),
            name("ratelimit-remaining"),
            name("ratelimit-reset"),
            name("x-request-id"),
        ]);
    routes.layer(from_fn_with_state(app.clone(), forget_foreign_browser)).layer(layer)
}

/// A page of an allowed origin is a program like any other: its browser's cookie does not count.
async fn forget_foreign_browser(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let origin = request.headers().get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
    if origin.is_some_and(|origin| origins(&app).any(|allowed| allowed == origin)) {
        forget_browser(request.headers_mut());
    }
    next.run(request).await
}

fn origins(app: &App) -> impl Iterator<Item = &str> {
    app.options.cors_origins.iter().map(PublicUrl::origin)
}
