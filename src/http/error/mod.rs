//! Problems: the only place where an error becomes an answer (RFC 9457).

mod from;

use std::any::Any;
use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::AppError;
use crate::app::serve::{PointError, ServeError, StoreError};
use crate::crs::CrsError;
use crate::geom::CoordinateError;

/// What went wrong, in the form of RFC 9457.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Problem {
    /// What kind of problem: `urn:wangge:problem:` and a word that does not change.
    #[serde(rename = "type")]
    #[schema(value_type = String, example = "urn:wangge:problem:parameter")]
    kind: Box<str>,
    /// The kind in words.
    #[schema(example = "A parameter is missing or wrong")]
    title: &'static str,
    /// The HTTP status.
    #[schema(example = 400)]
    status: u16,
    /// This case, and what to do about it.
    #[schema(example = "lat=95 is out of range: give degrees from -90 to 90")]
    detail: String,
    /// The parameter or body field concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    parameter: Option<Box<str>>,
    /// Addresses that may be meant, best first, where one was not sure enough.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Object>>)]
    candidates: Option<Box<serde_json::Value>>,
    /// What else belongs to this kind of problem.
    #[serde(skip)]
    more: Option<Box<serde_json::Map<String, serde_json::Value>>>,
    /// Seconds after which to try again: the Retry-After header.
    #[serde(skip)]
    retry_after_s: Option<u32>,
    /// What the route takes: the Allow header.
    #[serde(skip)]
    allow: Option<Box<str>>,
}

/// When to come back to a store that is not available.
const RETRY_AFTER_S: u32 = 5;

impl Problem {
    fn new(status: StatusCode, word: &str, title: &'static str, detail: impl Into<String>) -> Self {
        let kind = format!("urn:wangge:problem:{word}").into();
        let (detail, status) = (detail.into(), status.as_u16());
        let (parameter, candidates, more, retry_after_s, allow) = (None, None, None, None, None);
        Self { kind, title, status, detail, parameter, candidates, more, retry_after_s, allow }
    }

    /// A query parameter that is missing or wrong.
    pub(super) fn parameter(name: &str, detail: impl Into<String>) -> Self {
        let problem = Self::new(StatusCode::BAD_REQUEST, "parameter", "A parameter is missing or wrong", detail);
        Self { parameter: Some(name.into()), ..problem }
    }

    /// A client that takes no coding there is.
    pub(super) fn not_acceptable() -> Self {
        let detail = "Accept-Encoding allows none of gzip, br, zstd and identity: allow one of them";
        Self::new(StatusCode::NOT_ACCEPTABLE, "not-acceptable", "Nothing here is acceptable", detail)
    }

    /// A field of a body that is missing or wrong.
    pub(super) fn field(name: &str, detail: impl Into<String>) -> Self {
        let problem =
            Self::new(StatusCode::UNPROCESSABLE_ENTITY, "body", "A field of the body is missing or wrong", detail);
        Self { parameter: (!name.is_empty()).then(|| name.into()), ..problem }
    }

    /// An address of a body that is not sure enough, with what it may mean.
    pub(super) fn address(detail: impl Into<String>, candidates: serde_json::Value) -> Self {
        let title = "The address is not sure enough";
        let problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "address", title, detail);
        Self { parameter: Some("address".into()), candidates: Some(Box::new(candidates)), ..problem }
    }

    /// Operations on a draft to which others have come: the newest revision and what was missed.
    pub(super) fn behind(rev: i64, missed: serde_json::Value, more: Option<bool>) -> Self {
        let detail = format!(
            "the draft is at revision {rev}, and operations have come that this page has not: do them first, then send again"
        );
        let problem = Self::new(StatusCode::CONFLICT, "behind", "The draft went on", detail);
        let mut members = serde_json::Map::from_iter([("rev".to_owned(), rev.into()), ("missed".to_owned(), missed)]);
        members.extend(more.map(|more| ("more".to_owned(), more.into())));
        Self { more: Some(Box::new(members)), ..problem }
    }

    /// An operation that does not fit its draft.
    fn operation(op: String, detail: String) -> Self {
        let title = "The operation does not fit the draft";
        let problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "operation", title, detail);
        Self { more: Some(Box::new(serde_json::Map::from_iter([("op".to_owned(), op.into())]))), ..problem }
    }

    /// A draft that is one no more.
    fn published(detail: String) -> Self {
        Self::new(StatusCode::CONFLICT, "published", "The plan is a draft no more", detail)
    }

    /// A body that cannot be read at all.
    pub(super) fn malformed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed", "The request cannot be read", detail)
    }

    /// A body of another type than JSON.
    pub(super) fn media_type(given: &str) -> Self {
        let detail = format!("the body is {given:?}: send Content-Type: application/json");
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media-type", "The body must be JSON", detail)
    }

    /// A body of a type that the route does not take.
    pub(super) fn media_types(given: &str, taken: &str) -> Self {
        let detail = format!("the body is {given:?}: send Content-Type: {taken}");
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media-type", "The body is of another type", detail)
    }

    /// A snapshot was asked for another time than now.
    pub(super) fn only_now() -> Self {
        Self::parameter(
            "at",
            "this node answers from a snapshot, which holds one generation: leave at out, or ask a service with a store",
        )
    }

    /// A thread that was lost.
    pub(super) fn lost(error: &tokio::task::JoinError) -> Self {
        Self::internal(error)
    }

    /// An answer that could not be written.
    pub(super) fn unwritable(error: &serde_json::Error) -> Self {
        Self::internal(error)
    }

    /// A file of tiles that is damaged.
    pub(super) fn unreadable_tiles(error: &crate::format::FormatError) -> Self {
        Self::internal(error)
    }

    /// What is wrong, in words.
    pub(super) fn words(&self) -> &str {
        &self.detail
    }

    /// A body that is too large.
    pub(super) fn too_large(limit_bytes: u64) -> Self {
        let detail = format!("the body is larger than {limit_bytes} bytes");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "The body is too large", detail)
    }

    /// A body that did not arrive in time.
    pub(super) fn slow_body() -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "slow", "The body did not arrive in time", "send it again")
    }

    /// Something that is not there.
    pub(super) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "There is no such thing", detail)
    }

    /// Nothing was published by then.
    pub(super) fn nothing_in_force(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "nothing-in-force", "Nothing is in force at that time", detail)
    }

    /// A path that is no route.
    pub(super) fn no_route(path: &str) -> Self {
        let path: String = path.chars().take(100).collect();
        Self::not_found(format!("there is nothing at {path}: /openapi.json lists what there is"))
    }

    /// A route that does not take this method.
    pub(super) fn method(method: &str, path: &str) -> Self {
        let path: String = path.chars().take(100).collect();
        let detail = format!("{path} does not take {method}: the Allow header names what it takes");
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method", "The method is not allowed here", detail)
    }

    /// With the methods a route does take.
    pub(super) fn allowing(self, methods: String) -> Self {
        Self { allow: Some(methods.into()), ..self }
    }

    /// Nobody we know asks for what is not for everybody.
    pub(super) fn sign_in(who: &str) -> Self {
        let detail = format!("this is for {who}: sign in (POST /v1/session), or send Authorization: Bearer and a key");
        Self::new(StatusCode::UNAUTHORIZED, "sign-in", "Who are you?", detail)
    }

    /// A key that is none, or no longer.
    pub(super) fn credentials() -> Self {
        let detail = "the key in Authorization is unknown, revoked or expired, or its account is disabled: send \
                      Authorization: Bearer wgk_… with one that holds";
        Self::new(StatusCode::UNAUTHORIZED, "credentials", "The key does not fit", detail)
    }

    /// A proxy names somebody without an account.
    pub(super) fn no_account() -> Self {
        let detail = "you have signed in at the proxy, but there is no account under that login, or it is disabled: ask an \
                      administrator for one";
        Self::new(StatusCode::FORBIDDEN, "no-account", "There is no account for you", detail)
    }

    /// Somebody known asks for what is not theirs.
    pub(super) fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "This is not for you", detail)
    }

    /// A service without a login was asked by another name than one of this machine.
    pub(super) fn elsewhere() -> Self {
        let detail = "nobody signs in here, so only this machine is let in: ask by http://127.0.0.1 or http://localhost, or \
                      make an account with `wangge principal add`";
        Self::new(StatusCode::FORBIDDEN, "elsewhere", "Only this machine is let in", detail)
    }

    /// A change that another site's page made a browser send.
    pub(super) fn cross_site() -> Self {
        let detail = "the request comes from a page of another site: Origin or Sec-Fetch-Site say so";
        Self::new(StatusCode::FORBIDDEN, "cross-site", "The request comes from another site", detail)
    }

    /// A change without the session's word.
    pub(super) fn csrf() -> Self {
        let detail = "X-CSRF-Token is missing or is not this session's: send csrf_token of GET /v1/session";
        Self::new(StatusCode::FORBIDDEN, "csrf", "The session's word is missing", detail)
    }

    /// What is there already, or has changed meanwhile.
    pub(super) fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "conflict", "It does not fit what is there", detail)
    }

    /// Too many requests.
    pub(super) fn too_often(what: &str, wait: Duration) -> Self {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        let detail = format!("too many {what}: try again in {seconds} s");
        let problem = Self::new(StatusCode::TOO_MANY_REQUESTS, "too-often", "Too often", detail);
        Self { retry_after_s: u32::try_from(seconds).ok(), ..problem }
    }

    /// An address that is too long.
    pub(super) fn long_uri(limit_bytes: usize) -> Self {
        let detail = format!("path and query are longer than {limit_bytes} bytes");
        Self::new(StatusCode::URI_TOO_LONG, "too-large", "The address is too long", detail)
    }

    /// Headers that are too large.
    pub(super) fn large_headers(limit_bytes: usize) -> Self {
        let detail = format!("the headers are larger than {limit_bytes} bytes together");
        Self::new(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "too-large", "The headers are too large", detail)
    }

    /// A route the guard does not stand before.
    pub(super) fn unguarded() -> Self {
        Self::internal(&"a route without the guard before it")
    }

    /// The map is not in this binary.
    pub(super) fn no_map() -> Self {
        let detail = "this program was built without the map: run `npm ci && npm run build` in web-map, then build again; \
                      the API is all here, see /openapi.json";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "no-map", "The map was not built", detail)
    }

    /// Too long under way.
    pub(super) fn timeout() -> Self {
        let detail = "the answer took too long and was given up: try again later";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "timeout", "The answer took too long", detail)
    }

    /// Not ready to serve.
    pub(super) fn not_ready(error: &ServeError) -> Self {
        tracing::error!(%error, "not ready");
        let problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, "not-ready", "Not ready", "the store does not answer");
        Self { retry_after_s: Some(RETRY_AFTER_S), ..problem }
    }

    /// The store cannot be asked just now. The log has why; the answer does not.
    fn unavailable(error: &StoreError) -> Self {
        tracing::error!(%error, "a request could not be served");
        let detail = match error {
            StoreError::Uncertain { .. } => {
                "the database was lost while this was being kept, and whether it was is not known: send it again with the \
                 same Idempotency-Key, or look first"
            }
            StoreError::Full { .. } => "there is no room to keep it; nothing was changed: try again later",
            _ => "the database does not answer; nothing was changed: try again",
        };
        // a client that waits with work in hand can say what it waits for
        let (kind, title) = match error {
            StoreError::Full { .. } => ("full", "The disk under the store is full"),
            _ => ("unavailable", "The store is not available"),
        };
        let problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, kind, title, detail);
        Self { retry_after_s: Some(RETRY_AFTER_S), ..problem }
    }

    /// A fault of ours. The log has it; the answer does not.
    fn internal(error: &dyn std::fmt::Display) -> Self {
        tracing::error!(%error, "a request failed");
        let detail = "the fault is on this side and in its log, under the id in the X-Request-Id header";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something failed here", detail)
    }

    /// A panic, caught.
    pub(super) fn of_panic(panic: &(dyn Any + Send)) -> Self {
        let words = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("a panic without words");
        Self::internal(&format_args!("panic: {words}"))
    }

    /// Why a file was not imported; `shown` takes folders of this machine out of the words.
    pub(super) fn of_import(error: &AppError, shown: &dyn Fn(&str) -> String) -> Self {
        match error {
            AppError::Format(_)
            | AppError::Dataset(_)
            | AppError::Topology(_)
            | AppError::NoCount { .. }
            | AppError::Tessellate(_)
            | AppError::NoInputs
            | AppError::NoDataset
            | AppError::Jurisdictions(_)
            | AppError::Rows(_) => Self::unfit(shown(&error.to_string())),
            AppError::Store(
                error @ (StoreError::Unavailable { .. } | StoreError::Uncertain { .. } | StoreError::Full { .. }),
            ) => Self::unavailable(error),
            other => Self::internal(other),
        }
    }

    /// Why a plan was not divided, or not put in force.
    pub(super) fn of_division(error: &AppError) -> Self {
        match error {
            AppError::Partition(_)
            | AppError::NoCount { .. }
            | AppError::TwoBands
            | AppError::UnknownLevel { .. }
            | AppError::UnknownLock { .. }
            | AppError::UnknownJurisdiction { .. }
            | AppError::Code(_)
            | AppError::Terms(_) => {
                let title = "The plan cannot be divided like this";
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "division", title, error.to_string())
            }
            AppError::Micro { .. }
            | AppError::MicroKept
            | AppError::Area { .. }
            | AppError::AreaKept
            | AppError::CrossesUnits { .. }
            | AppError::CrossesNests { .. }
            | AppError::Unassigned { .. } => Self::conflict(error.to_string()),
            AppError::DraftOver { .. } => Self::published(error.to_string()),
            AppError::Store(
                error @ (StoreError::Unavailable { .. } | StoreError::Uncertain { .. } | StoreError::Full { .. }),
            ) => Self::unavailable(error),
            other => Self::internal(other),
        }
    }

    /// A file that cannot be imported as it is.
    pub(super) fn unfit(detail: String) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "file", "The file cannot be imported like this", detail)
    }

    /// A point in a body: the same words, with the status of a body.
    pub(super) fn point_in_body(error: &PointError) -> Self {
        let problem = Self::from_point(error);
        Self::field(problem.parameter.as_deref().unwrap_or("lon"), problem.detail)
    }

    fn from_point(error: &PointError) -> Self {
        let name = match error {
            PointError::Crs(CrsError::Conversion { .. } | CrsError::Zone { .. }) => "lon",
            PointError::Crs(_) => "crs",
            PointError::Coordinate(CoordinateError::OutOfRange { lon_deg, .. }) if lon_deg.abs() <= 180.0 => "lat",
            PointError::Coordinate(_) => "lon",
        };
        Self::parameter(name, error.to_string())
    }
}

/// A problem with the members of its kind.
#[derive(Serialize)]
struct WithMore<'a> {
    #[serde(flatten)]
    problem: &'a Problem,
    #[serde(flatten)]
    more: &'a serde_json::Map<String, serde_json::Value>,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let (retry_after_s, allow) = (self.retry_after_s, self.allow.clone());
        let body = match &self.more {
            None => serde_json::to_vec(&self),
            Some(more) => serde_json::to_vec(&WithMore { problem: &self, more }),
        };
        let body = body.expect("a problem is text and numbers");
        let kind = HeaderValue::from_static("application/problem+json");
        let mut response = (status, body).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"wangge\""));
        }
        if let Some(seconds) = retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(methods) = allow.and_then(|methods| HeaderValue::from_str(&methods).ok()) {
            headers.insert(header::ALLOW, methods);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_500_that_keeps_its_words_to_the_log() {
        let problem = Problem::of_panic(&"secret".to_owned());
        assert_eq!(problem.status, 500);
        assert!(!serde_json::to_string(&problem).unwrap().contains("secret"));
    }

    #[test]
    fn a_problem_has_the_members_of_the_rfc() {
        let problem = serde_json::to_value(Problem::parameter("lon", "lon is missing")).unwrap();
        assert_eq!(
            problem,
            serde_json::json!({
                "type": "urn:wangge:problem:parameter", "title": "A parameter is missing or wrong", "status": 400,
                "detail": "lon is missing", "parameter": "lon"
            })
        );
    }
}
