//! `/v1/session`: signing in and out, and who one is.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::access::{self, Caller, CallerKind, SESSION_LIFE_MS};
use crate::app::serve::App;

use super::access::{Asker, may};
use super::body::Body;
use super::error::Problem;
use super::guard::{RequestId, Visit, proxy_word};

/// Who signs in.
#[derive(Deserialize, ToSchema)]
pub(super) struct Credentials {
    /// In any case.
    #[schema(min_length = 1, max_length = 64, example = "anna.li")]
    login: String,
    /// The password.
    #[schema(max_length = 256, example = "correct horse battery staple")]
    password: String,
}

/// Who asks, and what it may do.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Session {
    /// `none`: nobody signs in here, everybody at this machine may do everything. `required`: what is not public needs a
    /// sign-in.
    #[schema(example = "required")]
    login: &'static str,
    /// The principal; null for a stranger, and where nobody signs in.
    principal: Option<Me>,
    /// What has to stand in X-CSRF-Token of a request that changes something; null when none is needed.
    csrf_token: Option<String>,
    /// All that may be asked for, as `METHOD /route`.
    #[schema(example = json!(["GET /v1/locate"]))]
    may: Vec<String>,
}

/// The principal that asks.
#[derive(Debug, Serialize, ToSchema)]
struct Me {
    /// Its id.
    id: String,
    /// What it signs in as.
    login: String,
    /// A name to show.
    name: String,
    /// What it may do, and where.
    grants: Vec<GrantView>,
}

/// A role, and where it holds.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GrantView {
    /// `viewer`, `reporter`, `officer`, `grid_leader`, `planner`, `publisher`, `auditor` or `administrator`.
    #[schema(example = "officer")]
    pub role: String,
    /// Code of the jurisdiction with all below it; null = the whole workspace.
    #[schema(example = "310101001")]
    pub scope: Option<String>,
}

impl From<&access::Grant> for GrantView {
    fn from(grant: &access::Grant) -> Self {
        Self { role: grant.role.to_string(), scope: grant.scope.clone() }
    }
}

/// The word for whether callers sign in.
pub(super) fn login_word(app: &App) -> &'static str {
    if app.login_required() { "required" } else { "none" }
}

fn describe(app: &App, caller: &Caller) -> Session {
    let principal = match caller {
        Caller::Signed(signed) => Some(Me {
            id: signed.id.clone(),
            login: signed.login.clone(),
            name: signed.name.clone(),
            grants: signed.grants.iter().map(GrantView::from).collect(),
        }),
        Caller::Anonymous | Caller::Local => None,
    };
    let csrf_token = match caller {
        Caller::Signed(signed) => match &signed.by {
            CallerKind::Session { csrf, .. } => Some(csrf.clone()),
            CallerKind::Proxy => Some(proxy_word(signed)),
            CallerKind::Key { .. } => None,
        },
        Caller::Anonymous | Caller::Local => None,
    };
    Session { login: login_word(app), principal, csrf_token, may: may(caller) }
}

fn answer(session: Session, cookie: Option<String>) -> Response {
    let mut response = ([(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], Json(session)).into_response();
    if let Some(cookie) = cookie {
        let cookie = HeaderValue::try_from(cookie).expect("hexadecimal digits and fixed words");
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

/// Who asks, and what it may do.
#[utoipa::path(get, path = "/v1/session", tag = "session", responses((status = 200, body = Session)))]
pub(super) async fn read(State(app): State<Arc<App>>, Asker(caller): Asker) -> Response {
    answer(describe(&app, &caller), None)
}

/// Signs in: the answer sets the session's cookie, and the session before is over.
#[utoipa::path(
    post, path = "/v1/session", tag = "session", request_body = Credentials,
    responses(
        (status = 200, body = Session, headers(("Set-Cookie" = String, description = "The session, for the browser alone"))),
        (status = 409, description = "Nobody signs in here"),
    )
)]
pub(super) async fn create(
    State(app): State<Arc<App>>,
    visit: Visit,
    RequestId(request): RequestId,
    headers: HeaderMap,
    Body(given): Body<Credentials>,
) -> Result<Response, Problem> {
    if !app.login_required() {
        return Err(Problem::conflict(
            "nobody signs in here: this service has no account, or was started with --no-login",
        ));
    }
    visit.sign_in(&given.login)?;
    let signed_in = app.sign_in(&given.login, given.password, visit.token(&headers), request).await?;
    let (name, attributes) = visit.cookie();
    let seconds = SESSION_LIFE_MS / 1000;
    let cookie = format!("{name}={}{attributes}; Max-Age={seconds}", signed_in.token);
    Ok(answer(describe(&app, &Caller::Signed(signed_in.signed)), Some(cookie)))
}

/// Signs out: the session is over.
#[utoipa::path(delete, path = "/v1/session", tag = "session", responses((status = 204, description = "Signed out")))]
pub(super) async fn end(
    State(app): State<Arc<App>>,
    Asker(caller): Asker,
    visit: Visit,
    RequestId(request): RequestId,
) -> Result<Response, Problem> {
    if let Caller::Signed(signed) = &*caller {
        app.sign_out(signed, request).await?;
    }
    let (name, attributes) = visit.cookie();
    let cookie = HeaderValue::try_from(format!("{name}={attributes}; Max-Age=0")).expect("fixed words");
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}
