//! The built site, inside the binary: style, script and WebAssembly, and the files of `public/`.
//!
//! A release carries `target/site`, where names have hashes; a debug build reads it from disk, where `cargo leptos watch` keeps
//! plain names and swaps files.

use std::borrow::Cow;

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use rust_embed::RustEmbed;

use super::App;
use crate::{error::AppError, ui::shell::Assets as ShellAssets};

#[derive(RustEmbed)]
#[folder = "target/site"]
#[allow_missing = true]
struct Site;

const FOR_EVER: &str = "public, max-age=31536000, immutable";
const ASK_FIRST: &str = "no-cache";

/// Where the site's files are.
#[derive(Clone, Debug)]
pub struct Assets {
    css: String,
    js: String,
    wasm: String,
    /// The names under `pkg/` have hashes of their content: what is there stays as it is.
    is_hashed: bool,
}

impl Assets {
    /// Looks for the site's files: `papo.css`, or in a release `papo.{hash}.css`.
    pub fn load() -> Self {
        let names: Vec<_> = Site::iter().collect();
        let hashed = |ending: &str| {
            names.iter().filter_map(|name| name.strip_prefix("pkg/")).find(|name| {
                name.strip_prefix("papo.").and_then(|rest| rest.strip_suffix(ending)).is_some_and(is_hash)
            })
        };
        // A development build beside a release's files is the newer one.
        let is_hashed = Site::get("pkg/papo.js").is_none() && hashed(".js").is_some();
        let address = |ending: &str| match hashed(ending).filter(|_| is_hashed) {
            Some(name) => format!("/pkg/{name}"),
            None => format!("/pkg/papo{ending}"),
        };
        Self { css: address(".css"), js: address(".js"), wasm: address(".wasm"), is_hashed }
    }

    fn find(&self, path: &str, accept_encoding: &str) -> Option<Found> {
        let cache = if self.is_hashed && path.starts_with("pkg/") { FOR_EVER } else { ASK_FIRST };
        let variants = [("br", ".br"), ("gzip", ".gz")];
        let accepted = variants.iter().filter(|(coding, _)| accepts(accept_encoding, coding));
        let compressed = accepted
            .filter_map(|(coding, ending)| Some((Site::get(&format!("{path}{ending}"))?, Some(*coding))))
            .next();
        let (file, coding) = match compressed {
            Some(found) => found,
            None => (Site::get(path)?, None),
        };
        let kind = mime_guess::from_path(path).first_or_octet_stream();
        let kind = HeaderValue::from_str(kind.as_ref()).ok()?;
        Some(Found { body: file.data, kind, coding, cache })
    }
}

impl From<&Assets> for ShellAssets {
    fn from(assets: &Assets) -> Self {
        Self {
            css: assets.css.clone(),
            js: assets.js.clone(),
            wasm: assets.wasm.clone(),
            reload_script: cfg!(debug_assertions),
        }
    }
}

struct Found {
    body: Cow<'static, [u8]>,
    kind: HeaderValue,
    coding: Option<&'static str>,
    cache: &'static str,
}

impl IntoResponse for Found {
    fn into_response(self) -> Response {
        let body = match self.body {
            Cow::Borrowed(bytes) => Bytes::from_static(bytes),
            Cow::Owned(bytes) => Bytes::from(bytes),
        };
        let mut response = (StatusCode::OK, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, self.kind);
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(self.cache));
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        if let Some(coding) = self.coding {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
        }
        response
    }
}

/// `/pkg/…`, and the files that `public/` puts beside it.
pub(super) fn routes(_: &App) -> Router<App> {
    let mut router = Router::new().route("/pkg/{*path}", get(package));
    let public = Site::iter().filter(|path| !path.starts_with("pkg/"));
    for path in public.filter(|path| !path.ends_with(".br") && !path.ends_with(".gz")) {
        let path = path.into_owned();
        router = router.route(
            &format!("/{path}"),
            get(move |State(app): State<App>, headers: HeaderMap| serve(app, path.clone(), headers)),
        );
    }
    router
}

async fn package(State(app): State<App>, Path(path): Path<String>, headers: HeaderMap) -> Response {
    serve(app, format!("pkg/{path}"), headers).await
}

async fn serve(app: App, address: String, headers: HeaderMap) -> Response {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    match app.assets.find(&address, accepted.unwrap_or_default()) {
        Some(found) => found.into_response(),
        None => AppError::NotFound.into_response(),
    }
}

/// Whether it is the hash that `cargo leptos` puts into a name: Base64 for URLs, without dots.
fn is_hash(text: &str) -> bool {
    text.len() == 22 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// Whether a coding is listed and not switched off by `q=0`.
fn accepts(accept_encoding: &str, coding: &str) -> bool {
    accept_encoding.split(',').any(|entry| {
        let mut parts = entry.split(';').map(str::trim);
        parts.next() == Some(coding) && !parts.any(|q| matches!(q, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_told_from_a_part_of_a_name() {
        assert!(is_hash("ABCDEFGHIJKLMN-PQRST_1"));
        assert!(!is_hash("d"));
        assert!(!is_hash("ABCDEFGHIJKLMN.PQRST_1"));
    }

    #[test]
    fn a_coding_may_be_refused() {
        assert!(accepts("gzip, deflate, br", "br"));
        assert!(!accepts("gzip, br;q=0", "br"));
        assert!(!accepts("", "gzip"));
    }
}
