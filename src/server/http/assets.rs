//! The built site, inside the binary: style, script and WebAssembly under names with their hash, and
//! the files of `public/` under their own.
//!
//! A release carries `target/site`; a debug build reads it from disk, under plain names, so that
//! `cargo leptos watch` can swap files.

use std::{borrow::Cow, collections::HashMap, sync::Arc};

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use rust_embed::RustEmbed;
use sha2::{Digest as _, Sha256};

use super::App;
use crate::{error::AppError, ui::shell::Assets as ShellAssets};

#[derive(RustEmbed)]
#[folder = "target/site"]
#[allow_missing = true]
struct Site;

const FOR_EVER: &str = "public, max-age=31536000, immutable";
const ASK_FIRST: &str = "no-cache";

/// Which file each address names.
#[derive(Clone, Debug)]
pub struct Assets {
    /// Address below `/` → path in the site, for the names with a hash.
    hashed: Arc<HashMap<String, String>>,
    css: String,
    js: String,
    wasm: String,
}

impl Assets {
    /// Hashes the site's files, once.
    pub fn load() -> Self {
        let mut assets = Self {
            hashed: Arc::default(),
            css: "/pkg/papo.css".to_owned(),
            js: "/pkg/papo.js".to_owned(),
            wasm: "/pkg/papo.wasm".to_owned(),
        };
        if !cfg!(debug_assertions) {
            let mut hashed = HashMap::new();
            for address in [&mut assets.css, &mut assets.js, &mut assets.wasm] {
                let path = address.trim_start_matches('/').to_owned();
                if let Some(file) = Site::get(&path) {
                    *address = hashed_name(address, &file.data);
                    hashed.insert(address.trim_start_matches('/').to_owned(), path);
                }
            }
            assets.hashed = Arc::new(hashed);
        }
        assets
    }

    fn find(&self, address: &str, accept_encoding: &str) -> Option<Found> {
        let (path, cache) = match self.hashed.get(address) {
            Some(path) => (path.as_str(), FOR_EVER),
            None => (address, ASK_FIRST),
        };
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

/// `/pkg/papo.css` becomes `/pkg/papo.0123456789abcdef.css`.
fn hashed_name(address: &str, content: &[u8]) -> String {
    let digest = Sha256::digest(content);
    let hash: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    match address.rsplit_once('.') {
        Some((stem, ending)) => format!("{stem}.{hash}.{ending}"),
        None => format!("{address}.{hash}"),
    }
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
    fn a_name_changes_with_its_content() {
        let one = hashed_name("/pkg/papo.css", b"a");
        assert_ne!(one, hashed_name("/pkg/papo.css", b"b"));
        assert!(one.starts_with("/pkg/papo.") && one.ends_with(".css") && one.len() == 30, "{one}");
    }

    #[test]
    fn a_coding_may_be_refused() {
        assert!(accepts("gzip, deflate, br", "br"));
        assert!(!accepts("gzip, br;q=0", "br"));
        assert!(!accepts("", "gzip"));
    }
}
