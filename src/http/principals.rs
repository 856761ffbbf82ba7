//! `/v1/principals`: accounts, what they were granted, and their keys. For administrators, each within its own scope.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::access::{ApiKey, Grant, NewAccount, Principal, PrincipalChange, PrincipalKind};
use crate::app::serve::{App, Calendar};

use super::access::Asker;
use super::body::Body;
use super::error::Problem;
use super::guard::RequestId;
use super::params::Segments;
use super::session::GrantView;

/// Accounts.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Principals {
    /// Those the caller administers, by login.
    principals: Vec<PrincipalView>,
}

/// An account. Its password never leaves.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PrincipalView {
    /// Its id.
    id: String,
    /// What it signs in as.
    #[schema(example = "anna.li")]
    login: String,
    /// A name to show.
    name: String,
    /// `person` or `service`.
    #[schema(example = "person")]
    kind: &'static str,
    /// May not come in any more.
    disabled: bool,
    /// Whether it can sign in by password.
    has_password: bool,
    /// What it may do, and where.
    grants: Vec<GrantView>,
    /// When it was made, RFC 3339.
    created_at: String,
}

/// An account with its keys.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PrincipalDetail {
    #[serde(flatten)]
    summary: PrincipalView,
    /// Its keys, oldest first; without their secrets.
    keys: Vec<KeyView>,
}

/// A key, without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct KeyView {
    /// Its id.
    id: String,
    /// What it is for.
    name: String,
    /// The last four characters of its secret.
    last4: String,
    /// When it was made, RFC 3339.
    created_at: String,
    /// When it stops working; null = when it is revoked.
    expires_at: Option<String>,
    /// When it was revoked.
    revoked_at: Option<String>,
}

/// A key that was just made.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NewKeyView {
    #[serde(flatten)]
    key: KeyView,
    /// What its holder sends as `Authorization: Bearer …`. It is not kept: this is the only time it is shown.
    #[schema(example = "wgk_3f…")]
    secret: String,
}

/// An account to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewPrincipal {
    /// 1 to 64 of a-z, 0-9 and . _ @ -
    #[schema(min_length = 1, max_length = 64, example = "anna.li")]
    login: String,
    /// A name to show.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// `person` or `service`; a person when absent.
    #[schema(example = "person")]
    kind: Option<String>,
    /// 12 to 256 letters; without one it comes in by key only.
    #[schema(min_length = 12, max_length = 256)]
    password: Option<String>,
    /// What it may do, and where.
    #[serde(default)]
    grants: Vec<GrantView>,
}

/// What to change; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PrincipalPatch {
    /// A name to show.
    #[schema(min_length = 1, max_length = 100)]
    name: Option<String>,
    /// Whether it may not come in any more. Ends all its sessions.
    disabled: Option<bool>,
    /// A new password. Ends all its sessions.
    #[schema(min_length = 12, max_length = 256)]
    password: Option<String>,
    /// All it may do from now on.
    grants: Option<Vec<GrantView>>,
}

/// A key to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewKey {
    /// What it is for.
    #[schema(min_length = 1, max_length = 100, example = "dispatch")]
    name: String,
    /// A date (local midnight) or an RFC 3339 instant; when it is revoked, when absent.
    #[schema(example = "2027-01-01")]
    expires: Option<String>,
}

impl PrincipalView {
    fn new(principal: &Principal, calendar: &Calendar) -> Self {
        Self {
            id: principal.id.clone(),
            login: principal.login.clone(),
            name: principal.name.clone(),
            kind: principal.kind.as_str(),
            disabled: principal.disabled,
            has_password: principal.password_hash.is_some(),
            grants: principal.grants.iter().map(GrantView::from).collect(),
            created_at: calendar.rfc3339(principal.created_ms),
        }
    }
}

impl KeyView {
    fn new(key: &ApiKey, calendar: &Calendar) -> Self {
        Self {
            id: key.id.clone(),
            name: key.name.clone(),
            last4: key.last4.clone(),
            created_at: calendar.rfc3339(key.created_ms),
            expires_at: key.expires_ms.map(|ms| calendar.rfc3339(ms)),
            revoked_at: key.revoked_ms.map(|ms| calendar.rfc3339(ms)),
        }
    }
}

fn grants(given: Vec<GrantView>) -> Result<Vec<Grant>, Problem> {
    let grant = |view: GrantView| {
        let role = view.role.parse();
        let role = role.map_err(|error: crate::app::access::RoleError| Problem::field("grants", error.to_string()))?;
        if view.scope.as_deref().is_some_and(|scope| scope.trim().is_empty()) {
            return Err(Problem::field(
                "grants",
                "scope is empty: give the code of a jurisdiction, or null for everywhere",
            ));
        }
        Ok(Grant { role, scope: view.scope })
    };
    given.into_iter().map(grant).collect()
}

/// The accounts the caller administers.
#[utoipa::path(get, path = "/v1/principals", tag = "principals", responses((status = 200, body = Principals)))]
pub(super) async fn list(State(app): State<Arc<App>>, Asker(caller): Asker) -> Result<Json<Principals>, Problem> {
    let known = app.known();
    let found = app.principals(&caller).await?;
    Ok(Json(Principals { principals: found.iter().map(|one| PrincipalView::new(one, &known.calendar)).collect() }))
}

/// One account, with its keys.
#[utoipa::path(
    get, path = "/v1/principals/{id}", tag = "principals",
    params(("id" = String, Path, description = "Id of the account")),
    responses((status = 200, body = PrincipalDetail))
)]
pub(super) async fn one(
    State(app): State<Arc<App>>,
    Asker(caller): Asker,
    Segments(id): Segments<String>,
) -> Result<Json<PrincipalDetail>, Problem> {
    let (principal, keys) = app.principal(&caller, plain(&id)?).await?;
    let known = app.known();
    let keys = keys.iter().map(|key| KeyView::new(key, &known.calendar)).collect();
    Ok(Json(PrincipalDetail { summary: PrincipalView::new(&principal, &known.calendar), keys }))
}

/// Makes an account. From the first one on, everybody has to sign in.
#[utoipa::path(
    post, path = "/v1/principals", tag = "principals", request_body = NewPrincipal,
    responses(
        (status = 201, body = PrincipalView, headers(("Location" = String, description = "Its address"))),
        (status = 409, description = "The login is taken"),
    )
)]
pub(super) async fn create(
    State(app): State<Arc<App>>,
    Asker(caller): Asker,
    RequestId(request): RequestId,
    Body(body): Body<NewPrincipal>,
) -> Result<Response, Problem> {
    let kind = match body.kind.as_deref() {
        None | Some("person") => PrincipalKind::Person,
        Some("service") => PrincipalKind::Service,
        Some(_) => return Err(Problem::field("kind", "kind is person or service")),
    };
    let grants = grants(body.grants)?;
    let new = NewAccount { login: body.login, name: body.name, kind, password: body.password, grants };
    let made = app.add_account(&caller, new, request).await?;
    let location = format!("/v1/principals/{}", made.id);
    let view = PrincipalView::new(&made, &app.known().calendar);
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(view)).into_response())
}

/// Changes an account.
#[utoipa::path(
    patch, path = "/v1/principals/{id}", tag = "principals", request_body = PrincipalPatch,
    params(("id" = String, Path, description = "Id of the account")),
    responses(
        (status = 200, body = PrincipalView),
        (status = 409, description = "Nobody would be left who administers the whole workspace"),
    )
)]
pub(super) async fn change(
    State(app): State<Arc<App>>,
    Asker(caller): Asker,
    RequestId(request): RequestId,
    Segments(id): Segments<String>,
    Body(body): Body<PrincipalPatch>,
) -> Result<Json<PrincipalView>, Problem> {
    let grants = body.grants.map(grants).transpose()?;
    let change = PrincipalChange { name: body.name, disabled: body.disabled, password_hash: None, grants };
    let changed = app.change_account(&caller, plain(&id)?, change, body.password, request).await?;
    Ok(Json(PrincipalView::new(&changed, &app.known().calendar)))
}

/// Makes a key of an account. Its secret is in the answer and nowhere else.
#[utoipa::path(
    post, path = "/v1/principals/{id}/keys", tag = "principals", request_body = NewKey,
    params(("id" = String, Path, description = "Id of the account")),
    responses((status = 201, body = NewKeyView))
)]
pub(super) async fn add_key(
    State(app): State<Arc<App>>,
    Asker(caller): Asker,
    RequestId(request): RequestId,
    Segments(id): Segments<String>,
    Body(body): Body<NewKey>,
) -> Result<Response, Problem> {
    let known = app.known();
    let expires = body.expires.as_deref().map(|date| known.calendar.parse_ms(date));
    let expires_ms = expires.transpose().map_err(|error| Problem::field("expires", error.to_string()))?;
    let made = app.make_key(&caller, plain(&id)?, &body.name, expires_ms, request).await?;
    let view = NewKeyView { key: KeyView::new(&made.key, &known.calendar), secret: made.secret };
    let never_kept = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    Ok((StatusCode::CREATED, never_kept, Json(view)).into_response())
}

/// Revokes a key of an account.
#[utoipa::path(
    delete, path = "/v1/principals/{id}/keys/{key}", tag = "principals",
    params(
        ("id" = String, Path, description = "Id of the account"),
        ("key" = String, Path, description = "Id of the key"),
    ),
    responses((status = 200, body = KeyView))
)]
pub(super) async fn revoke_key(
    State(app): State<Arc<App>>,
    Asker(caller): Asker,
    RequestId(request): RequestId,
    Segments((id, key)): Segments<(String, String)>,
) -> Result<Json<KeyView>, Problem> {
    let revoked = app.revoke_key(&caller, plain(&id)?, plain(&key)?, request).await?;
    Ok(Json(KeyView::new(&revoked, &app.known().calendar)))
}

/// An id is a UUID; anything else is nobody's, and never reaches the store.
fn plain(id: &str) -> Result<&str, Problem> {
    let lawful = id.len() == 36 && id.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    lawful.then_some(id).ok_or_else(|| {
        let shown: String = id.chars().take(40).collect();
        Problem::not_found(format!("there is no account or key {shown:?}"))
    })
}
