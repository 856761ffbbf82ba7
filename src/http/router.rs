//! Every route, one line each.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{OriginalUri, Request};
use axum::http::{HeaderMap, Method, Response};
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Extension, Router, middleware};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::serve::App;

use super::error::Problem;
use super::events::{self, Stopping};
use super::guard::{self, Guard};
use super::{
    assets, audit, batch, coverage, draft, draft_events, draft_files, draft_ops, geocode, grids, health, impact,
    imports, jurisdictions, locate, observe, officers, openapi, plans, principals, reports, session, shape, stream,
    styles, suggest, tiles, trail, unread, uploads, workspace,
};

/// The routes that stand in `/openapi.json`.
pub(super) fn documented() -> OpenApiRouter<Arc<App>> {
    let mut router = OpenApiRouter::default()
        .routes(routes!(workspace::workspace, workspace::change))
        .routes(routes!(locate::locate))
        .routes(routes!(batch::batch))
        .routes(routes!(stream::stream))
        .routes(routes!(shape::shape))
        .routes(routes!(geocode::geocode))
        .routes(routes!(geocode::reverse))
        .routes(routes!(grids::list))
        .routes(routes!(grids::one))
        .routes(routes!(officers::of_grid))
        .routes(routes!(officers::list))
        .routes(routes!(jurisdictions::list))
        .routes(routes!(jurisdictions::one))
        .routes(routes!(plans::list))
        .routes(routes!(plans::one))
        .routes(routes!(plans::publish))
        .routes(routes!(plans::state))
        .routes(routes!(suggest::suggest))
        .routes(routes!(draft::draft))
        .routes(routes!(draft::assignment))
        .routes(routes!(impact::impact))
        .routes(routes!(draft_files::export))
        .routes(routes!(draft_files::table))
        .routes(routes!(draft::topology))
        .routes(routes!(draft_ops::list, draft_ops::add))
        .routes(routes!(draft_events::events))
        .routes(routes!(draft_events::presence))
        .routes(routes!(uploads::create))
        .routes(routes!(uploads::remove))
        .routes(routes!(imports::create))
        .routes(routes!(imports::tessellate))
        .routes(routes!(imports::job, imports::cancel))
        .routes(routes!(coverage::coverage))
        .routes(routes!(reports::create, reports::list))
        .routes(routes!(reports::one))
        .routes(routes!(reports::step))
        .routes(routes!(trail::trail))
        .routes(routes!(audit::log))
        .routes(routes!(audit::verify))
        .routes(routes!(events::events))
        .routes(routes!(session::read, session::create, session::end))
        .routes(routes!(principals::list, principals::create))
        .routes(routes!(principals::one, principals::change))
        .routes(routes!(principals::add_key))
        .routes(routes!(principals::revoke_key))
        .routes(routes!(tiles::list))
        .routes(routes!(tiles::tilejson))
        .routes(routes!(tiles::tile))
        .routes(routes!(styles::list))
        .routes(routes!(styles::style))
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(health::metrics))
        .routes(routes!(openapi::openapi));
    openapi::complete(router.get_openapi_mut());
    router
}

/// All routes, with what every request goes through around them.
pub(super) fn router(app: Arc<App>, guard: Arc<Guard>, stopping: Stopping) -> Router {
    let (documented, document) = documented().split_for_parts();
    documented
        .route("/", get(assets::page))
        .route("/assets/{*path}", get(assets::file))
        .fallback(unknown)
        .method_not_allowed_fallback(not_allowed)
        .layer(Extension(Arc::new(document)))
        .layer(Extension(stopping))
        .layer(middleware::from_fn_with_state(guard, guard::guard))
        .layer(middleware::from_fn(unread::finish))
        .layer(CompressionLayer::new())
        .layer(CatchPanicLayer::custom(caught))
        .layer(middleware::from_fn(observe::observe))
        .with_state(app)
}

async fn unknown(OriginalUri(uri): OriginalUri, headers: HeaderMap, request: Request) -> impl IntoResponse {
    let readable = matches!(*request.method(), Method::GET | Method::HEAD);
    match assets::beside(uri.path(), &headers).filter(|_| readable) {
        Some(file) => file,
        None => Problem::no_route(uri.path()).into_response(),
    }
}

async fn not_allowed(method: Method, OriginalUri(uri): OriginalUri) -> Problem {
    Problem::method(method.as_str(), uri.path())
}

#[expect(clippy::needless_pass_by_value, reason = "the form CatchPanicLayer asks for")]
fn caught(panic: Box<dyn std::any::Any + Send>) -> Response<Body> {
    Problem::of_panic(&*panic).into_response()
}
