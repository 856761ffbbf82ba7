//! JSON bodies, checked.

use std::time::Duration;

use axum::body::to_bytes;
use axum::extract::{FromRequest, Request};
use axum::http::header;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::error::Category;

use super::error::Problem;

/// The largest body, in bytes.
pub(super) const LIMIT_BYTES: usize = 64 * 1024;
/// How long a body may take to arrive.
const ARRIVAL: Duration = Duration::from_secs(10);

/// A body that is JSON, of so many bytes at most, and has the fields of `T`. Others are ignored.
#[derive(Debug)]
pub(super) struct Body<T, const MOST_BYTES: usize = LIMIT_BYTES>(pub T);

impl<T: DeserializeOwned, S: Sync, const MOST_BYTES: usize> FromRequest<S> for Body<T, MOST_BYTES> {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let header = |name| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let given = header(header::CONTENT_TYPE).unwrap_or("");
        let essence = given.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
        if essence != "application/json" && !(essence.starts_with("application/") && essence.ends_with("+json")) {
            return Err(Problem::media_type(&given.chars().take(80).collect::<String>()));
        }
        let announced = header(header::CONTENT_LENGTH).and_then(|length| length.parse::<usize>().ok());
        if announced.is_some_and(|length| length > MOST_BYTES) {
            return Err(Problem::too_large(MOST_BYTES as u64));
        }
        let bytes = tokio::time::timeout(ARRIVAL, to_bytes(body, MOST_BYTES)).await;
        let bytes = bytes.map_err(|_| Problem::slow_body())?.map_err(|_| Problem::too_large(MOST_BYTES as u64))?;
        let refuse = |error: serde_json::Error| match error.classify() {
            Category::Data => Problem::field("", error.to_string()),
            Category::Syntax | Category::Eof | Category::Io => {
                Problem::malformed(format!("the body is not JSON: {error}"))
            }
        };
        serde_json::from_slice::<IgnoredAny>(&bytes).map_err(refuse)?;
        // serde would also read an array of the fields in their order: that is not the contract
        if bytes.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
            return Err(Problem::field("", "the body is JSON, but not an object with fields"));
        }
        serde_json::from_slice(&bytes).map(Self).map_err(refuse)
    }
}
