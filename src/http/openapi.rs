//! `/openapi.json`: the description of this interface, made from the routes themselves.

use std::sync::Arc;

use axum::Json;
use axum::extract::Extension;
use axum::http::Method;
use utoipa::openapi::path::{Operation, Parameter, ParameterIn, PathItem};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{ContactBuilder, Content, InfoBuilder, LicenseBuilder, OpenApi, Ref, RefOr, ResponseBuilder};
use utoipa::{PartialSchema, ToSchema};

use super::access::{self, Who};
use super::error::Problem;
use super::router;

/// The document, as `/openapi.json` serves it.
pub fn document() -> OpenApi {
    router::documented().split_for_parts().1
}

/// Title, licence and tags; and for every operation the problems it can end in.
pub(super) fn complete(openapi: &mut OpenApi) {
    openapi.info = InfoBuilder::new()
        .title("Wangge (网格)")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Draws, publishes and serves the grids of neighbourhood governance, and routes every report to the one grid \
             that owns it. Coordinates are longitude and latitude in degrees; `crs` is mandatory wherever a point comes in. \
             Failures are application/problem+json (RFC 9457).",
        ))
        .license(Some(LicenseBuilder::new().name("MIT OR Apache-2.0").identifier(Some("MIT OR Apache-2.0")).build()))
        .contact(Some(ContactBuilder::new().name(Some("Wangge")).build()))
        .build();
    let tag = |name: &str, description: &str| TagBuilder::new().name(name).description(Some(description)).build();
    openapi.tags = Some(vec![
        tag("workspace", "What is here"),
        tag("locate", "Point to grid, address to point"),
        tag("grids", "Grids in force"),
        tag("officers", "Who looks after a grid"),
        tag("jurisdictions", "The administrative tree"),
        tag("plans", "Plans, drafts included"),
        tag("drafts", "Plans that are redrawn by hand"),
        tag("imports", "Files of streets, buildings and areas, brought in"),
        tag("coverage", "Gaps, overlaps, grids outside the band or without officer"),
        tag("reports", "What residents and officers send"),
        tag("audit", "Who changed what"),
        tag("events", "What happens, live"),
        tag("tiles", "Vector tiles"),
        tag("session", "Signing in and out"),
        tag("principals", "Accounts, roles and keys"),
        tag("operation", "For those who keep it running"),
    ]);
    let components = openapi.components.get_or_insert_default();
    components.schemas.insert(Problem::name().into_owned(), Problem::schema());
    components.security_schemes.insert(
        "key".to_owned(),
        RefOr::T(SecurityScheme::Http(
            HttpBuilder::new()
                .scheme(HttpAuthScheme::Bearer)
                .description(Some("A key of an account: `Authorization: Bearer wgk_…`"))
                .build(),
        )),
    );
    let cookie = ApiKeyValue::with_description(
        "__Host-wangge_session",
        "The cookie of POST /v1/session (wangge_session where there is no TLS). Requests that change something also carry \
         X-CSRF-Token.",
    );
    components.security_schemes.insert("session".to_owned(), RefOr::T(SecurityScheme::ApiKey(ApiKey::Cookie(cookie))));
    for (path, item) in &mut openapi.paths.paths {
        for (method, operation) in operations(item) {
            let who = access::who(&method, path).unwrap_or(Who::SignedIn);
            problems(operation, method != Method::GET && operation.request_body.is_some(), method != Method::GET, who);
            let none: [&str; 0] = [];
            let mut schemes = vec![SecurityRequirement::new("key", none), SecurityRequirement::new("session", none)];
            if who == Who::Public {
                schemes.push(SecurityRequirement::default());
            }
            operation.security = Some(schemes);
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (Method, &mut Operation)> {
    let methods = [
        (Method::GET, item.get.as_mut()),
        (Method::POST, item.post.as_mut()),
        (Method::PATCH, item.patch.as_mut()),
        (Method::DELETE, item.delete.as_mut()),
    ];
    methods.into_iter().filter_map(|(method, operation)| Some((method, operation?)))
}

fn problems(operation: &mut Operation, has_body: bool, changes: bool, who: Who) {
    let any = |test: &dyn Fn(&Parameter) -> bool| {
        operation.parameters.iter().flatten().any(|parameter| matches!(parameter, RefOr::T(own) if test(own)))
    };
    let has = |place: ParameterIn| any(&|parameter| parameter.parameter_in == place);
    let mut statuses =
        vec![("500", "Something failed here; the log has it"), ("503", "Not ready, or it took too long")];
    statuses.push(("429", "Too often: Retry-After says when again"));
    // a key that is none is refused everywhere
    statuses.push(("401", "Not signed in, or the key does not fit"));
    if who != Who::Public || changes {
        statuses.push(("403", "Not for this caller, or sent by another site's page"));
    }
    if has(ParameterIn::Query) || has_body {
        statuses.push(("400", "A parameter is missing or wrong, or the body is not JSON"));
    }
    if has(ParameterIn::Path) || any(&|parameter| parameter.name == "at") {
        statuses.push(("404", "There is no such thing, or nothing is in force at that time"));
    }
    if has_body {
        statuses.extend([
            ("408", "The body did not arrive in time"),
            ("413", "The body is larger than is taken"),
            ("415", "The body is not of the type that is taken"),
            ("422", "A field is missing or wrong, or the key was used for another body"),
        ]);
    }
    // a conflict is described where it can happen, and is a problem like the others
    let conflict = match operation.responses.responses.get("409") {
        Some(RefOr::T(response)) => Some(response.description.clone()),
        _ => None,
    };
    let conflict = conflict.iter().map(|description| ("409", description.as_str()));
    for (status, description) in statuses.into_iter().chain(conflict) {
        let content = Content::new(Some(Ref::from_schema_name("Problem")));
        let response =
            ResponseBuilder::new().description(description).content("application/problem+json", content).build();
        operation.responses.responses.insert(status.to_owned(), response.into());
    }
}

/// This description (OpenAPI 3.1).
#[utoipa::path(get, path = "/openapi.json", tag = "operation", responses((status = 200, description = "OpenAPI 3.1", body = serde_json::Value)))]
pub(super) async fn openapi(Extension(document): Extension<Arc<OpenApi>>) -> Json<OpenApi> {
    Json(OpenApi::clone(&document))
}
