//! What every request goes through: an id, a log line, figures, a time limit.

use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::Instrument;

use super::error::Problem;
use super::uploads;

/// How long an answer may take; one to a file that is being sent may take longer.
const LIMIT: Duration = Duration::from_secs(30);
/// The header that carries the id of a request.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Gives the request an id (its own X-Request-Id, where that is 1 to 64 visible ASCII letters), runs it, logs it once and
/// counts it.
pub(super) async fn observe(mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let own = request
        .headers()
        .get(&REQUEST_ID)
        .filter(|id| (1..=64).contains(&id.len()) && id.as_bytes().iter().all(u8::is_ascii_graphic));
    let id = own
        .cloned()
        .unwrap_or_else(|| HeaderValue::from_str(&uuid::Uuid::now_v7().to_string()).expect("a UUID is visible ASCII"));
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
