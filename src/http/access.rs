//! Who may ask for what: one line for each route and method. What does not stand here is refused.
//!
//! Where a line names roles, rows are cut to the caller's scopes by the handler; [`REPORT_READERS`] and its neighbours are
//! the same lists.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::Method;
use axum::http::request::Parts;

use crate::app::access::{Caller, Role};

use super::error::Problem;

/// Who may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    /// Everybody.
    Public,
    /// Whoever runs the service: administrators of the whole workspace, and programs on the same machine.
    Operator,
    /// Every principal; each sees what its own roles allow.
    SignedIn,
    /// Principals with one of these roles, in some scope. Administrators have every role.
    Roles(&'static [Role]),
}

/// Those who read reports.
pub(super) const REPORT_READERS: &[Role] = &[Role::Officer, Role::GridLeader, Role::Auditor];
/// Those who answer and close reports.
pub(super) const REPORT_HANDLERS: &[Role] = &[Role::Officer, Role::GridLeader];
/// Those who read coverage and findings.
pub(super) const COVERAGE_READERS: &[Role] =
    &[Role::Viewer, Role::GridLeader, Role::Planner, Role::Publisher, Role::Auditor];
/// Those who read plans.
pub(super) const PLAN_READERS: &[Role] = &[Role::Planner, Role::Publisher, Role::Auditor];
/// Those who read the list of officers, with their private numbers.
pub(super) const OFFICER_READERS: &[Role] = &[Role::GridLeader, Role::Auditor];
/// Those who read the audit log; it knows no scopes.
pub(super) const AUDITORS: &[Role] = &[Role::Auditor];
/// Those who bring in files; it takes the role for the whole workspace.
const IMPORTERS: &[Role] = &[Role::Planner];
/// Those who redraw plans and ask for proposals.
pub(super) const PLANNERS: &[Role] = &[Role::Planner];
const PUBLISHERS: &[Role] = &[Role::Publisher];
const ADMINISTRATORS: &[Role] = &[Role::Administrator];

/// Method, route, who. `HEAD` goes with `GET`.
pub(super) const TABLE: &[(&str, &str, Who)] = &[
    ("GET", "/", Who::Public),
    ("GET", "/assets/{*path}", Who::Public),
    ("GET", "/healthz", Who::Public),
    ("GET", "/readyz", Who::Public),
    ("GET", "/openapi.json", Who::Public),
    ("GET", "/metrics", Who::Operator),
    ("GET", "/tiles", Who::Public),
    ("GET", "/tiles/{layer}", Who::Public),
    ("GET", "/tiles/{layer}/{z}/{x}/{y}", Who::Public),
    ("GET", "/styles", Who::Public),
    ("GET", "/styles/{name}", Who::Public),
    ("GET", "/v1/workspace", Who::Public),
    ("PATCH", "/v1/workspace", Who::Roles(ADMINISTRATORS)),
    ("GET", "/v1/locate", Who::Public),
    ("POST", "/v1/locate:batch", Who::SignedIn),
    ("POST", "/v1/locate:stream", Who::SignedIn),
    ("POST", "/v1/locate:shape", Who::SignedIn),
    ("GET", "/v1/geocode", Who::Public),
    ("GET", "/v1/geocode/reverse", Who::Public),
    ("GET", "/v1/grids", Who::Public),
    ("GET", "/v1/grids/{code}", Who::Public),
    ("GET", "/v1/grids/{code}/officers", Who::Public),
    ("GET", "/v1/officers", Who::Roles(OFFICER_READERS)),
    ("GET", "/v1/jurisdictions", Who::Public),
    ("GET", "/v1/jurisdictions/{code}", Who::Public),
    ("GET", "/v1/plans", Who::Roles(PLAN_READERS)),
    ("GET", "/v1/plans/{id}", Who::Roles(PLAN_READERS)),
    ("POST", "/v1/plans/{id}/publish", Who::Roles(PUBLISHERS)),
    ("POST", "/v1/plans/{id}/state", Who::Roles(PLANNERS)),
    ("POST", "/v1/plans/{id}/suggest", Who::Roles(PLANNERS)),
    ("GET", "/v1/plans/{id}/draft", Who::Roles(PLAN_READERS)),
    ("GET", "/v1/plans/{id}/assignment", Who::Roles(PLAN_READERS)),
    ("GET", "/v1/plans/{id}/impact", Who::Roles(PLAN_READERS)),
    ("GET", "/v1/plans/{id}/export", Who::Roles(PLAN_READERS)),
    ("POST", "/v1/plans/{id}/table", Who::Roles(PLANNERS)),
    ("GET", "/v1/plans/{id}/ops", Who::Roles(PLAN_READERS)),
    ("POST", "/v1/plans/{id}/ops", Who::Roles(PLANNERS)),
    ("GET", "/v1/plans/{id}/events", Who::Roles(PLAN_READERS)),
    ("POST", "/v1/plans/{id}/presence", Who::Roles(PLAN_READERS)),
    ("GET", "/v1/topologies/{hash}", Who::Roles(PLAN_READERS)),
    ("POST", "/v1/uploads", Who::Roles(IMPORTERS)),
    ("DELETE", "/v1/uploads/{id}", Who::Roles(IMPORTERS)),
    ("POST", "/v1/imports", Who::Roles(IMPORTERS)),
    ("POST", "/v1/tessellations", Who::Roles(IMPORTERS)),
    ("GET", "/v1/jobs/{id}", Who::Roles(IMPORTERS)),
    ("DELETE", "/v1/jobs/{id}", Who::Roles(IMPORTERS)),
    ("GET", "/v1/coverage", Who::Roles(COVERAGE_READERS)),
    ("POST", "/v1/reports", Who::Public),
    ("GET", "/v1/reports", Who::Roles(REPORT_READERS)),
    ("GET", "/v1/reports/{id}", Who::Roles(REPORT_READERS)),
    ("POST", "/v1/reports/{id}/state", Who::Roles(REPORT_HANDLERS)),
    ("GET", "/v1/reports/{id}/trail", Who::Public),
    ("GET", "/v1/audit", Who::Roles(AUDITORS)),
    ("GET", "/v1/audit/verify", Who::Roles(AUDITORS)),
    ("GET", "/v1/events", Who::SignedIn),
    ("GET", "/v1/session", Who::Public),
    ("POST", "/v1/session", Who::Public),
    ("DELETE", "/v1/session", Who::SignedIn),
    ("GET", "/v1/principals", Who::Roles(ADMINISTRATORS)),
    ("POST", "/v1/principals", Who::Roles(ADMINISTRATORS)),
    ("GET", "/v1/principals/{id}", Who::Roles(ADMINISTRATORS)),
    ("PATCH", "/v1/principals/{id}", Who::Roles(ADMINISTRATORS)),
    ("POST", "/v1/principals/{id}/keys", Who::Roles(ADMINISTRATORS)),
    ("DELETE", "/v1/principals/{id}/keys/{key}", Who::Roles(ADMINISTRATORS)),
];

/// Who may ask for a route by a method; `None` when nobody may.
pub(super) fn who(method: &Method, route: &str) -> Option<Who> {
    let method = if *method == Method::HEAD { "GET" } else { method.as_str() };
    TABLE.iter().find(|(listed, path, _)| *listed == method && *path == route).map(|(_, _, who)| *who)
}

/// The methods a route takes, for the Allow header.
pub(super) fn allowed(route: &str) -> String {
    let mut methods = Vec::new();
    for (method, _, _) in TABLE.iter().filter(|(_, path, _)| *path == route) {
        methods.push(*method);
        if *method == "GET" {
            methods.push("HEAD");
        }
    }
    methods.join(",")
}

impl Who {
    /// Whether the caller is among them. Whether it asks from the same machine is for the guard to say.
    pub fn admits(self, caller: &Caller) -> bool {
        match self {
            Self::Public => true,
            Self::SignedIn => !matches!(caller, Caller::Anonymous),
            Self::Roles(roles) => !caller.reach(roles).is_nothing(),
            Self::Operator => caller.reach(ADMINISTRATORS).is_everything(),
        }
    }

    /// In words, for a refusal.
    pub fn words(self) -> String {
        match self {
            Self::Public => "everybody".to_owned(),
            Self::SignedIn => "those who have signed in".to_owned(),
            Self::Operator => "administrators of the whole workspace".to_owned(),
            Self::Roles(roles) if roles.contains(&Role::Administrator) => "administrators".to_owned(),
            Self::Roles(roles) => {
                let roles: Vec<&str> = roles.iter().map(|role| role.as_str()).collect();
                format!("the roles {} and administrator", roles.join(", "))
            }
        }
    }
}

/// Everything the caller may ask for, as `METHOD /route`.
pub(super) fn may(caller: &Caller) -> Vec<String> {
    let admitted = TABLE.iter().filter(|(_, path, who)| path.starts_with("/v1/") && who.admits(caller));
    admitted.map(|(method, path, _)| format!("{method} {path}")).collect()
}

/// Who sends this request, as the guard found out.
#[derive(Debug, Clone)]
pub(super) struct Asker(pub Arc<Caller>);

impl<S: Sync> FromRequestParts<S> for Asker {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        // a route that the guard does not stand before is answered as to a stranger
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_else(|| Self(Arc::new(Caller::Anonymous))))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_route_of_the_description_stands_in_the_table_and_no_other() {
        let mut described: BTreeSet<(String, String)> =
            [("GET", "/"), ("GET", "/assets/{*path}")].map(|(m, p)| (m.to_owned(), p.to_owned())).into();
        let document = serde_json::to_value(crate::http::document()).unwrap();
        for (path, item) in document["paths"].as_object().unwrap() {
            for method in item.as_object().unwrap().keys() {
                described.insert((method.to_uppercase(), path.clone()));
            }
        }
        let listed: BTreeSet<_> = TABLE.iter().map(|(m, p, _)| ((*m).to_owned(), (*p).to_owned())).collect();
        assert_eq!(listed, described);
        assert_eq!(listed.len(), TABLE.len(), "no line stands twice");
    }

    #[test]
    fn what_does_not_stand_in_the_table_is_nobodys() {
        assert_eq!(who(&Method::DELETE, "/v1/grids"), None);
        assert_eq!(who(&Method::GET, "/v1/secrets"), None);
        assert_eq!(who(&Method::HEAD, "/v1/grids"), Some(Who::Public));
        assert_eq!(allowed("/v1/reports"), "POST,GET,HEAD");
    }
}
