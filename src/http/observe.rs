//! What every request goes through: an id, a log line, figures, a time limit.

use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use metrics::{Counter, Histogram};
use tracing::Instrument;

use super::error::Problem;
use super::uploads;

/// How long an answer may take; one to a file that is being sent may take longer.
const LIMIT: Duration = Duration::from_secs(30);
/// The header that carries the id of a request.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Gives the request an id ([`request_id`]), runs it, logs it once and
/// counts it.
pub(super) async fn observe(mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = request_id(request.headers());
    request.headers_mut().insert(REQUEST_ID, id.clone());
    let method = known_method(request.method());
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let span = tracing::info_span!(
        "request",
        request.id = id.to_str().unwrap_or(""),
        http.method = method,
        http.route = route.as_str()
    );
    let limit = if route == uploads::ROUTE { uploads::ARRIVAL } else { LIMIT };
    let answered = tokio::time::timeout(limit, next.run(request)).instrument(span.clone()).await;
    let mut response = answered.unwrap_or_else(|_| Problem::timeout().into_response());
    let took = started.elapsed();
    let status = response.status();
    span.in_scope(|| tracing::info!(http.status = status.as_u16(), took_ms = took.as_secs_f64() * 1e3, "answered"));
    metrics::counter!("wangge_http_requests_total", "method" => method, "route" => route.clone(), "status" => status.as_u16().to_string()).increment(1);
    metrics::histogram!("wangge_http_request_seconds", "method" => method, "route" => route).record(took.as_secs_f64());
    response.headers_mut().insert(REQUEST_ID, id);
    response.headers_mut().insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    response
}

/// The id of a request: its own X-Request-Id, where that is 1 to 64 visible ASCII letters; else a new one, by time and number,
/// with bits that no two processes share.
pub(super) fn request_id(headers: &HeaderMap) -> HeaderValue {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    static OWN: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    let own = headers
        .get(&REQUEST_ID)
        .filter(|id| (1..=64).contains(&id.len()) && id.as_bytes().iter().all(u8::is_ascii_graphic));
    if let Some(own) = own {
        return own.clone();
    }
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let mut bits = [0; 10];
    bits[..8].copy_from_slice(&OWN.hash_one(number).to_be_bytes());
    bits[8..].copy_from_slice(&OWN.hash_one(!number).to_be_bytes()[..2]);
    let id = uuid::Builder::from_unix_timestamp_millis(since.as_millis() as u64, &bits).into_uuid();
    let mut text = [0; uuid::fmt::Hyphenated::LENGTH];
    HeaderValue::from_str(id.hyphenated().encode_lower(&mut text)).expect("a UUID is visible ASCII")
}

/// The figures of one route and method, found once.
pub(super) struct Meter {
    method: &'static str,
    route: &'static str,
    answered: Counter,
    unchanged: Counter,
    took: Histogram,
    found: [(&'static str, Counter); 4],
}

impl Meter {
    pub fn new(method: &'static str, route: &'static str) -> Self {
        let counter = |status: &'static str| metrics::counter!("wangge_http_requests_total", "method" => method, "route" => route, "status" => status);
        let found = ["interior", "edge_tie", "gap_fill", "outside"];
        Self {
            method,
            route,
            answered: counter("200"),
            unchanged: counter("304"),
            took: metrics::histogram!("wangge_http_request_seconds", "method" => method, "route" => route),
            found: found.map(|word| (word, metrics::counter!("wangge_locate_total", "resolution" => word))),
        }
    }

    /// Counts a look-up by how its owner was found.
    pub fn found(&self, resolution: &str) {
        if let Some((_, counter)) = self.found.iter().find(|(word, _)| *word == resolution) {
            counter.increment(1);
        }
    }

    /// Logs and counts an answer.
    pub fn answered(&self, status: StatusCode, took: Duration, id: &HeaderValue) {
        let (method, route) = (self.method, self.route);
        match status {
            StatusCode::OK => self.answered.increment(1),
            StatusCode::NOT_MODIFIED => self.unchanged.increment(1),
            other => metrics::counter!("wangge_http_requests_total", "method" => method, "route" => route, "status" => other.as_u16().to_string()).increment(1),
        }
        self.took.record(took.as_secs_f64());
        tracing::info!(
            request.id = id.to_str().unwrap_or(""),
            http.method = method,
            http.route = route,
            http.status = status.as_u16(),
            took_ms = took.as_secs_f64() * 1e3,
            "answered"
        );
    }
}

/// The method's name; one word for all that nobody has heard of, so that figures stay few.
fn known_method(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}
