//! Which address is this server's own: the one rule for hosts, forms, server functions and live connections.
//!
//! With a public URL it is exactly that address, and no other host is answered. Without one every host is answered, and
//! a page is our own if its origin has the host that its request names.

use std::{
    hash::{DefaultHasher, Hasher as _},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, Method, header},
    middleware::Next,
    response::Response,
};

use crate::{
    error::AppError,
    server::{
        config::PublicUrl,
        cookies,
        http::{App, middleware::session_cookie, refusal_page},
    },
};

/// An operator's own probes ask by whatever address they have.
const PROBES: [&str; 2] = ["/health", "/ready"];
/// How many refused hosts and origins are told in the log per `TOLD_WITHIN`.
const TOLD_MAX: usize = 20;
const TOLD_WITHIN: Duration = Duration::from_hours(1);

/// The rule, and which refusals the log has told.
#[derive(Debug)]
pub struct Origins {
    public: Option<PublicUrl>,
    told: Mutex<Told>,
}

/// Hashes of what was told since a moment: the names are strangers'.
#[derive(Debug, Default)]
struct Told {
    since: Option<Instant>,
    hashes: Vec<u64>,
}

impl Origins {
    pub fn new(public: Option<PublicUrl>) -> Self {
        Self { public, told: Mutex::default() }
    }

    /// Says in the log what is trusted.
    pub fn announce(&self) {
        match &self.public {
            Some(url) => tracing::info!("only {} is answered, and only its pages may write", url.origin()),
            None => tracing::info!(
                "every Host is answered, and a page of the same host may write; set --public-url (PAPO_PUBLIC_URL) to \
                 the address that people type"
            ),
        }
    }

    /// Whether a page of `origin` is one of ours, if its request names `host`.
    pub(in crate::server::http) fn is_own(&self, origin: &str, host: Option<&str>) -> bool {
        if let Some(url) = &self.public {
            return url.origin() == origin;
        }
        let own = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
        own.is_some_and(|own| !own.is_empty()) && own == host
    }

    /// Whether the request names this server, wherever it names one.
    fn is_asked(&self, request: &Request) -> bool {
        let Some(url) = &self.public else { return true };
        let line = request.uri().authority().map(|authority| authority.as_str().as_bytes());
        let mut hosts =
            request.headers().get_all(header::HOST).iter().map(|host| host.as_bytes()).chain(line).peekable();
        hosts.peek().is_some()
            && hosts.all(|host| std::str::from_utf8(host).is_ok_and(|host| url.is_host(host)))
    }

    /// The public URL, or nothing.
    fn address(&self) -> String {
        self.public.as_ref().map(|url| url.origin().to_owned()).unwrap_or_default()
    }

    fn wrong_host(&self, host: Option<&str>) -> AppError {
        let address = self.address();
        if self.is_news(("host", host)) {
            tracing::warn!(
                ?host,
                "a request for another host than {address} was refused; a proxy must pass the Host on that it is asked for"
            );
        }
        AppError::WrongHost { address }
    }

    fn wrong_origin(&self, headers: &HeaderMap) -> AppError {
        let (origin, host) = (text(headers, header::ORIGIN), text(headers, header::HOST));
        if origin.is_some() && self.is_news((origin, host)) {
            match &self.public {
                Some(url) => {
                    tracing::warn!(
                        ?origin,
                        "a page of another origin than the public URL {} was refused",
                        url.origin()
                    );
                }
                None => tracing::warn!(
                    ?origin,
                    ?host,
                    "a page was refused, as its origin differs from the Host; if people open this server there, set \
                     --public-url (PAPO_PUBLIC_URL) to it"
                ),
            }
        }
        AppError::WrongOrigin { address: self.address() }
    }

    /// Whether to tell of it: once, and not of many within a while.
    fn is_news(&self, what: impl std::hash::Hash) -> bool {
        let mut hasher = DefaultHasher::new();
        what.hash(&mut hasher);
        let hash = hasher.finish();
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.since.is_none_or(|since| since.elapsed() > TOLD_WITHIN) {
            *told = Told { since: Some(Instant::now()), hashes: Vec::new() };
        }
        let is_news = told.hashes.len() < TOLD_MAX && !told.hashes.contains(&hash);
        if is_news {
            told.hashes.push(hash);
        }
        is_news
    }
}

/// Answers no request for another host than the public URL's.
pub(in crate::server::http) async fn refuse_other_hosts(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Response {
    if PROBES.contains(&request.uri().path()) || app.origins.is_asked(&request) {
        return next.run(request).await;
    }
    let error = app.origins.wrong_host(text(request.headers(), header::HOST));
    refusal_page::refuse(&app, &request, &error)
}

/// Refuses a write that another page than our own may have let a browser send.
pub(in crate::server::http) async fn refuse_foreign_writes(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Response {
    let is_safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if is_safe || may_write(&app, request.headers()) {
        return next.run(request).await;
    }
    let error = app.origins.wrong_origin(request.headers());
    refusal_page::refuse(&app, &request, &error)
}

/// Browsers name the origin or the site of each write. What names neither is a program's, unless it has a session.
fn may_write(app: &App, headers: &HeaderMap) -> bool {
    if headers.contains_key(header::ORIGIN) {
        return is_of_own_site(headers) && has_own_origin(app, headers);
    }
    let is_sourced = headers.contains_key(SITE);
    is_of_own_site(headers)
        && (is_sourced || cookies::read(headers, session_cookie(app.options.is_https())).is_none())
}

/// Requires that a WebSocket that is opened by a cookie is opened by one of our own pages.
///
/// # Errors
/// `WrongOrigin`.
pub(in crate::server::http) fn require_own_origin(app: &App, headers: &HeaderMap) -> Result<(), AppError> {
    if has_own_origin(app, headers) { Ok(()) } else { Err(app.origins.wrong_origin(headers)) }
}

/// Requires that a live connection of any kind that is opened by a cookie is opened by one of our own pages. Browsers
/// name the origin of every WebSocket; of other requests only from elsewhere, and without CORS not even then: there they
/// tell the site.
///
/// # Errors
/// `WrongOrigin`.
pub(in crate::server::http) fn require_own_page(app: &App, headers: &HeaderMap) -> Result<(), AppError> {
    let needs_origin = headers.contains_key(header::UPGRADE) || headers.contains_key(header::ORIGIN);
    if !is_of_own_site(headers) || (needs_origin && !has_own_origin(app, headers)) {
        return Err(app.origins.wrong_origin(headers));
    }
    Ok(())
}

/// Whether there is one `Origin`, and it is our own.
fn has_own_origin(app: &App, headers: &HeaderMap) -> bool {
    let origin = text(headers, header::ORIGIN);
    origin.is_some_and(|origin| app.origins.is_own(origin, text(headers, header::HOST)))
}

const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Whether `Sec-Fetch-Site`, if it is there, names a page of exactly this origin, or none.
fn is_of_own_site(headers: &HeaderMap) -> bool {
    headers.get_all(SITE).iter().all(|site| site == "same-origin" || site == "none")
}

/// The header's value; none if there are several.
fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next().filter(|_| values.next().is_none())?;
    value.to_str().ok()
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn origins(public: &str) -> Origins {
        Origins::new(Some(public).filter(|url| !url.is_empty()).map(|url| url.parse().unwrap()))
    }

    #[test]
    fn with_a_public_url_only_its_origin_is_our_own() {
        let origins = origins("https://chat.example.org");
        assert!(origins.is_own("https://chat.example.org", Some("127.0.0.1:3000")));
        for other in [
            "http://chat.example.org",
            "https://chat.example.org:8443",
            "https://chat.example.org.evil.example",
            "https://evil.example",
            "null",
            "",
        ] {
            assert!(!origins.is_own(other, Some(other.trim_start_matches("https://"))), "{other}");
        }
    }

    #[test]
    fn without_one_it_is_the_host_that_is_asked() {
        let origins = origins("");
        for origin in ["http://a:3000", "https://a:3000"] {
            assert!(origins.is_own(origin, Some("a:3000")));
        }
        for (origin, host) in
            [("http://a", Some("a:3000")), ("http://a", None), ("null", Some("null")), ("http://", Some(""))]
        {
            assert!(!origins.is_own(origin, host), "{origin}");
        }
    }

    #[test]
    fn a_request_names_the_host_of_the_public_url() {
        let asks = |public: &str, uri: &str, hosts: &[&str]| {
            let request =
                hosts.iter().fold(Request::get(uri), |request, host| request.header(header::HOST, *host));
            origins(public).is_asked(&request.body(Body::empty()).unwrap())
        };
        const URL: &str = "https://chat.example.org";
        for host in ["chat.example.org", "Chat.Example.ORG", "chat.example.org:443"] {
            assert!(asks(URL, "/", &[host]), "{host}");
        }
        for host in [
            "chat.example.org:80",
            "chat.example.org:8443",
            "evil.example",
            "127.0.0.1",
            "",
            "chat.example.org.",
        ] {
            assert!(!asks(URL, "/", &[host]), "{host}");
        }
        assert!(!asks(URL, "/", &[]), "a host is named");
        assert!(!asks(URL, "/", &["chat.example.org", "evil.example"]), "and one only");
        assert!(!asks(URL, "http://evil.example/", &["chat.example.org"]));
        assert!(asks("http://a:3000", "/", &["a:3000"]) && !asks("http://a:3000", "/", &["a"]));
        assert!(asks("", "/", &["whatever"]) && asks("", "/", &[]));
    }

    #[test]
    fn a_refusal_is_told_once_and_many_are_not_told() {
        let origins = origins("");
        assert!(origins.is_news("a") && !origins.is_news("a"));
        let told = (0..1_000).filter(|number| origins.is_news(number)).count();
        assert_eq!(told, TOLD_MAX - 1);
        assert_eq!(origins.told.lock().unwrap().hashes.len(), TOLD_MAX);
    }
}
