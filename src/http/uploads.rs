//! `POST /v1/uploads`, `DELETE /v1/uploads/{id}`: files that are to be imported.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use serde::Serialize;
use tokio_stream::StreamExt;
use utoipa::ToSchema;

use crate::app::serve::{App, Upload};
use crate::format::LayerDescription;

use super::access::Asker;
use super::error::Problem;
use super::guard::Visit;
use super::params::{Params, Segments};

/// The route, which takes longer than others and takes more.
pub(super) const ROUTE: &str = "/v1/uploads";
/// How long a whole file may take.
pub(super) const ARRIVAL: Duration = Duration::from_hours(1);
/// How long its next piece may take.
const NEXT_PIECE: Duration = Duration::from_secs(30);

/// The largest file that is taken, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LargestUpload(pub u64);

impl Default for LargestUpload {
    fn default() -> Self {
        Self(512 << 20)
    }
}

/// A file that was sent.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct UploadView {
    /// Names it in `POST /v1/imports`.
    #[schema(example = "019e0b5c-7a3e-7d4f-9b1a-3f2f6f0c9a11")]
    id: String,
    /// Its name, as it is kept in records of imports.
    #[schema(example = "town.gpkg")]
    name: String,
    /// Its size.
    bytes: u64,
    /// What is in it.
    layers: Vec<LayerView>,
}

/// A layer of a file.
#[derive(Debug, Serialize, ToSchema)]
struct LayerView {
    /// Its name.
    #[schema(example = "buildings")]
    name: String,
    /// GDAL's name of its geometry type; null for a table without shapes.
    #[schema(example = "Polygon")]
    geometry: Option<String>,
    /// How many features it says it has.
    features: u64,
    /// Its fields, in order.
    fields: Vec<String>,
    /// The CRS it states; null when it states none, and one has to be chosen.
    #[schema(example = "EPSG:4490")]
    crs: Option<String>,
    /// Whether polygons may be in it.
    polygons: bool,
    /// Whether lines may be in it.
    lines: bool,
}

impl From<&LayerDescription> for LayerView {
    fn from(layer: &LayerDescription) -> Self {
        let LayerDescription { name, geometry_type, features, fields, crs, polygons, lines } = layer.clone();
        Self { name, geometry: geometry_type, features, fields, crs, polygons, lines }
    }
}

impl From<&Upload> for UploadView {
    fn from(upload: &Upload) -> Self {
        Self {
            id: upload.id.clone(),
            name: upload.name.clone(),
            bytes: upload.bytes,
            layers: upload.layers.iter().map(LayerView::from).collect(),
        }
    }
}

/// Takes a file to be imported: the bytes of it as the body. It is kept for an hour after it was last used, in a temporary
/// folder of this server.
#[utoipa::path(
    post, path = "/v1/uploads", tag = "imports",
    params(("name" = String, Query, description = "Its name with its extension: .gpkg, .geojson, .fgb, .csv, .xlsx, .kml, .zip (of a shapefile), or .zst of one", example = "town.gpkg")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "The file"),
    responses((status = 201, body = UploadView))
)]
pub(super) async fn create(
    State(app): State<Arc<App>>,
    Asker(caller): Asker,
    visit: Visit,
    params: Params,
    request: Request,
) -> Result<(StatusCode, Json<UploadView>), Problem> {
    let name = params.required("name", "the name of the file, such as town.gpkg")?;
    let largest_bytes = visit.largest_upload_bytes();
    let announced = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if announced.is_some_and(|bytes: u64| bytes > largest_bytes) {
        return Err(Problem::too_large(largest_bytes));
    }
    let mut incoming = app.begin_upload(&caller, name).await?;
    let mut pieces = request.into_body().into_data_stream();
    loop {
        let piece = tokio::time::timeout(NEXT_PIECE, pieces.next()).await.map_err(|_| Problem::slow_body())?;
        let Some(piece) = piece else { break };
        let piece = piece.map_err(|error| Problem::malformed(format!("the file broke off: {error}; send it again")))?;
        if incoming.bytes() + piece.len() as u64 > largest_bytes {
            return Err(Problem::too_large(largest_bytes));
        }
        incoming.write(&piece).await?;
    }
    let upload = app.finish_upload(incoming).await?;
    Ok((StatusCode::CREATED, Json(UploadView::from(&*upload))))
}

/// Removes a file; an import that reads it goes on.
#[utoipa::path(
    delete, path = "/v1/uploads/{id}", tag = "imports",
    params(("id" = String, Path, description = "Id of the upload")),
    responses((status = 204, description = "It is gone"))
)]
pub(super) async fn remove(
    State(app): State<Arc<App>>,
    Asker(caller): Asker,
    Segments(id): Segments<String>,
) -> Result<StatusCode, Problem> {
    app.remove_upload(&caller, &id)?;
    Ok(StatusCode::NO_CONTENT)
}
