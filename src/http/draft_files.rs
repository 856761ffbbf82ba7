//! `GET /v1/plans/{id}/export`, `POST /v1/plans/{id}/table`: drafts to and from other programs.

use std::path::Path;
use std::sync::Arc;

use axum::Json;
use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::serve::{App, DraftFileError, DraftLayer};
use crate::format::{OutFormat, Table};

use super::access::{Asker, PLAN_READERS};
use super::draft::revision;
use super::error::Problem;
use super::params::{Params, Segments};
use super::plans::plan_number;

/// The largest file of a table, in bytes.
const LARGEST_BYTES: usize = 64 << 20;
/// Rows that are answered: more than any plan has atoms.
const MOST_ROWS: usize = 2_000_000;

impl From<DraftFileError> for Problem {
    fn from(error: DraftFileError) -> Self {
        match error {
            DraftFileError::Draft(error) => error.into(),
            DraftFileError::Name(error) => error.into(),
            DraftFileError::Content(words) => Self::unfit(words),
        }
    }
}

fn layer(params: &Params) -> Result<DraftLayer, Problem> {
    let allowed = "atoms (with the grid each is in) or grids";
    match params.optional("layer", allowed)? {
        None | Some("atoms") => Ok(DraftLayer::Atoms),
        Some("grids") => Ok(DraftLayer::Grids),
        Some(other) => {
            let shown: String = other.chars().take(40).collect();
            Err(Problem::parameter("layer", format!("layer={shown}: give {allowed}")))
        }
    }
}

/// The format, its extension and its media type.
fn format(params: &Params) -> Result<(OutFormat, &'static str, &'static str), Problem> {
    const FORMATS: [(&str, &str, &str); 5] = [
        ("csv", "csv", "text/csv; charset=utf-8; header=present"),
        ("geojson", "geojson", "application/geo+json"),
        ("gpkg", "gpkg", "application/geopackage+sqlite3"),
        ("fgb", "fgb", "application/octet-stream"),
        ("shp", "shp.zip", "application/zip"),
    ];
    let allowed = "csv, geojson, gpkg, fgb or shp (a shapefile in a zip)";
    let asked = params.optional("format", allowed)?.unwrap_or("csv");
    let known = FORMATS.into_iter().find(|(word, ..)| *word == asked);
    let (_, extension, media) = known.ok_or_else(|| {
        let shown: String = asked.chars().take(40).collect();
        Problem::parameter("format", format!("format={shown}: give {allowed}"))
    })?;
    let format =
        OutFormat::of(Path::new(&format!("x.{extension}"))).map_err(|error| Problem::unfit(error.to_string()))?;
    Ok((format, extension, media))
}

/// A draft as a file for other programs: its atoms with the grid each is in, or its grids with the codes they would be put in force
/// with, in WGS 84.
#[utoipa::path(
    get, path = "/v1/plans/{id}/export", tag = "plans",
    params(
        ("id" = i64, Path, description = "Number of the plan", example = 1),
        ("rev" = Option<i64>, Query, description = "At this revision; the newest when absent"),
        ("layer" = Option<String>, Query, description = "atoms (when absent) or grids", example = "atoms"),
        ("format" = Option<String>, Query, description = "csv (when absent), geojson, gpkg, fgb or shp (a shapefile in a zip)", example = "gpkg"),
    ),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream", description = "The file"))
)]
pub(super) async fn export(
    State(app): State<Arc<App>>,
    Asker(caller): Asker,
    Segments(id): Segments<String>,
    params: Params,
) -> Result<Response, Problem> {
    let id = plan_number(&id)?;
    let ((format, extension, media), layer) = (format(&params)?, layer(&params)?);
    let rev = revision(&params, "rev")?;
    let (rev, bytes) = app.draft_file(&caller, id, PLAN_READERS, rev, layer, format).await?;
    let name = format!("attachment; filename=\"plan-{id}-rev-{rev}-{}.{extension}\"", layer.as_str());
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::CONTENT_DISPOSITION, HeaderValue::try_from(name).expect("digits and letters")),
    ];
    Ok((headers, bytes).into_response())
}

/// A table out of a file.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TableView {
    /// The layer or sheet it was read from; empty for text, which has none.
    layer: String,
    /// The names of its columns.
    #[schema(example = json!(["atom", "grid"]))]
    fields: Vec<String>,
    /// Where in the file each row stands, as a person counts: the line, the row of a sheet, the feature.
    numbers: Vec<u64>,
    /// Its rows, a text or null for each field.
    rows: Vec<Vec<Option<String>>>,
}

impl From<Table> for TableView {
    fn from(table: Table) -> Self {
        let (numbers, rows) = table.rows.into_iter().map(|row| (row.row, row.cells)).unzip();
        Self { layer: table.layer, fields: table.fields, numbers, rows }
    }
}

/// Reads the table in a file of any kind that is taken for imports, shapes left aside, so that the page can make an operation of it.
/// Nothing is kept, and the draft stays as it is.
#[utoipa::path(
    post, path = "/v1/plans/{id}/table", tag = "plans",
    params(
        ("id" = i64, Path, description = "Number of the plan", example = 1),
        ("name" = String, Query, description = "The name of the file with its extension: .gpkg, .geojson, .fgb, .csv, .xlsx, .ods, .kml or .zip (of a shapefile)", example = "plan.gpkg"),
        ("layer" = Option<String>, Query, description = "The layer or sheet, where there are several"),
    ),
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "The file, 64 MiB at most"),
    responses((status = 200, body = TableView))
)]
pub(super) async fn table(
    State(app): State<Arc<App>>,
    Asker(caller): Asker,
    Segments(id): Segments<String>,
    params: Params,
    request: Request,
) -> Result<Json<TableView>, Problem> {
    let id = plan_number(&id)?;
    let name = params.required("name", "the name of the file, such as plan.gpkg")?;
    let layer = params.optional("layer", "the name of a layer or sheet")?.map(str::to_owned);
    let bytes: Bytes =
        to_bytes(request.into_body(), LARGEST_BYTES).await.map_err(|_| Problem::too_large(LARGEST_BYTES as u64))?;
    let table = app.draft_table(&caller, id, name, layer, bytes).await?;
    if table.rows.len() > MOST_ROWS {
        return Err(Problem::unfit(format!("the table has {} rows: {MOST_ROWS} at most", table.rows.len())));
    }
    Ok(Json(TableView::from(table)))
}
