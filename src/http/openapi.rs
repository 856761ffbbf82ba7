//! `/openapi.json`: the description of this interface, made from the routes themselves.

use std::sync::Arc;

use axum::Json;
use axum::extract::Extension;
use utoipa::openapi::path::{Operation, Parameter, ParameterIn, PathItem};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{ContactBuilder, Content, InfoBuilder, LicenseBuilder, OpenApi, Ref, RefOr, ResponseBuilder};
use utoipa::{PartialSchema, ToSchema};

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
        tag("locate", "Point to grid"),
        tag("grids", "Grids in force"),
        tag("officers", "Who looks after a grid"),
        tag("jurisdictions", "The administrative tree"),
        tag("plans", "Plans, drafts included"),
        tag("coverage", "Gaps, overlaps, grids outside the band or without officer"),
        tag("reports", "What residents and officers send"),
        tag("events", "What happens, live"),
        tag("tiles", "Vector tiles"),
        tag("operation", "For those who keep it running"),
    ]);
    let components = openapi.components.get_or_insert_default();
    components.schemas.insert(Problem::name().into_owned(), Problem::schema());
    for item in openapi.paths.paths.values_mut() {
        for (is_post, operation) in operations(item) {
            problems(operation, is_post);
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (bool, &mut Operation)> {
    let get = item.get.as_mut().map(|operation| (false, operation));
    let post = item.post.as_mut().map(|operation| (true, operation));
    get.into_iter().chain(post)
}

fn problems(operation: &mut Operation, is_post: bool) {
    let any = |test: &dyn Fn(&Parameter) -> bool| {
        operation.parameters.iter().flatten().any(|parameter| matches!(parameter, RefOr::T(own) if test(own)))
    };
    let has = |place: ParameterIn| any(&|parameter| parameter.parameter_in == place);
    let mut statuses =
        vec![("500", "Something failed here; the log has it"), ("503", "Not ready, or it took too long")];
    if has(ParameterIn::Query) || is_post {
        statuses.push(("400", "A parameter is missing or wrong, or the body is not JSON"));
    }
    if has(ParameterIn::Path) || any(&|parameter| parameter.name == "at") {
        statuses.push(("404", "There is no such thing, or nothing is in force at that time"));
    }
    if is_post {
        statuses.extend([
            ("408", "The body did not arrive in time"),
            ("413", "The body is larger than 64 KiB"),
            ("415", "The body is not JSON"),
            ("422", "A field is missing or wrong, or the key was used for another body"),
        ]);
    }
    for (status, description) in statuses {
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
