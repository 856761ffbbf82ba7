//! The map: the files of `web-map/dist`, inside the binary.

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::app::serve::hex;

use super::error::Problem;
use super::params::Segments;

/// What the map's page may load: its own files, workers it makes itself, nothing from elsewhere. No other page may frame it,
/// so that nobody is made to press its buttons unseen.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; script-src 'self'; worker-src 'self' blob:; \
     style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; \
     frame-ancestors 'none'; form-action 'self'; base-uri 'none'";

/// What is shown by an address of its own, with its policy.
const PAGES: [&str; 2] = ["index.html", "preview.html"];

#[derive(RustEmbed)]
#[folder = "web-map/dist"]
#[exclude = "*.map"]
struct Dist;

/// The page.
pub(super) async fn page(headers: HeaderMap) -> Response {
    document("index.html", &headers)
}

/// The page that shows tiles.
pub(super) fn preview(headers: &HeaderMap) -> Response {
    document("preview.html", headers)
}

fn document(name: &str, headers: &HeaderMap) -> Response {
    let Some(file) = Dist::get(name) else { return Problem::no_map().into_response() };
    let policy =
        (HeaderName::from_static("content-security-policy"), HeaderValue::from_static(CONTENT_SECURITY_POLICY));
    // the page names its files by hash: it must be asked for again to see new ones
    ([policy], answer(name, file, "no-cache", headers)).into_response()
}

/// A file the page names. Names carry a hash, so the files may be kept for good.
pub(super) async fn file(Segments(path): Segments<String>, headers: HeaderMap) -> Response {
    let name = format!("assets/{path}");
    match Dist::get(&name) {
        Some(file) => answer(&name, file, "public, max-age=31536000, immutable", &headers),
        None => Problem::no_route(&format!("/{name}")).into_response(),
    }
}

/// A file that stands beside the page, such as its icon.
pub(super) fn beside(path: &str, headers: &HeaderMap) -> Option<Response> {
    let name = path.strip_prefix('/')?;
    // pages come with their policy, by their own addresses
    let plain = !name.is_empty() && !name.contains('/') && !PAGES.contains(&name);
    let file = Dist::get(name).filter(|_| plain)?;
    Some(answer(name, file, "public, max-age=3600", headers))
}

fn answer(name: &str, file: EmbeddedFile, keep: &'static str, headers: &HeaderMap) -> Response {
    let etag = format!("W/\"{}\"", hex(&file.metadata.sha256_hash()[..16]));
    let same = headers.get(header::IF_NONE_MATCH).is_some_and(|given| given.as_bytes() == etag.as_bytes());
    let kind = HeaderValue::from_str(file.metadata.mimetype());
    let kind = kind.unwrap_or(HeaderValue::from_static("application/octet-stream"));
    let mut response = if same { StatusCode::NOT_MODIFIED.into_response() } else { file.data.into_response() };
    let kind = match name.rsplit('.').next() {
        Some("html") => HeaderValue::from_static("text/html; charset=utf-8"),
        Some("js" | "mjs") => HeaderValue::from_static("text/javascript; charset=utf-8"),
        Some("css") => HeaderValue::from_static("text/css; charset=utf-8"),
        _ => kind,
    };
    let own = response.headers_mut();
    own.insert(header::CONTENT_TYPE, kind);
    own.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    own.insert(header::ETAG, HeaderValue::from_str(&etag).expect("hex digits are visible ASCII"));
    response
}
