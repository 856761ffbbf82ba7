//! Streets, buildings and the other inputs atoms are made from: a file becomes an input of the store.

use std::ops::ControlFlow;

use super::{AppError, Step, Watch};
use crate::atom::{InputKind, Line};
use crate::format::{Input, InputReport, InputSource, read_input};
use crate::store::{Act, NewInput, Open, Store, open};

/// What to import, and how.
#[derive(Debug, Clone)]
pub struct InputRequest {
    /// What the file holds.
    pub kind: InputKind,
    /// The file and its fields.
    pub source: InputSource,
    /// For jurisdictions: what their level is called.
    pub level: Option<String>,
    /// Who asks for it, and when.
    pub act: Act,
}

/// What was imported.
#[derive(Debug, Clone)]
pub struct InputImported {
    /// The input's id in the store.
    pub input: i64,
    /// How many polygons.
    pub features: u64,
    /// How many lines.
    pub lines: u64,
    /// What was read.
    pub report: InputReport,
    /// Whether the store held the same already, so that nothing was written.
    pub already: bool,
}

/// Opens or makes the store called `store`, reads with `read`, and writes what was read with `write`. Nothing is made before it is
/// read: no store is left behind by a file that cannot be.
pub(super) async fn into_store<R, T>(
    store: &str,
    read: impl FnOnce() -> Result<R, AppError>,
    write: impl AsyncFnOnce(&dyn Store, R) -> Result<T, AppError>,
) -> Result<T, AppError> {
    let existing = if std::path::Path::new(store).exists() { Some(open(store, Open::OrCreate).await?) } else { None };
    let read = tokio::task::block_in_place(read)?;
    let store = match existing {
        Some(store) => store,
        None => open(store, Open::OrCreate).await?,
    };
    let result = write(store.as_ref(), read).await;
    store.close().await;
    result
}

/// Imports a file of streets, buildings, jurisdictions, open ground or totals into the store called `store`, which is made if it is
/// not there. A file and layer imported before is replaced: the newest counts.
///
/// # Errors
/// [`AppError`]; nothing is changed then, and no store is left behind that was not there.
pub async fn import_input(store: &str, request: &InputRequest, watch: &dyn Watch) -> Result<InputImported, AppError> {
    into_store(store, || read(request, watch), async |store, read| write(store, request, read, watch).await).await
}

/// As [`import_input`], into a store that is open and stays so.
///
/// # Errors
/// [`AppError`]; nothing is changed then.
pub async fn import_input_into(
    store: &dyn Store,
    request: &InputRequest,
    watch: &dyn Watch,
) -> Result<InputImported, AppError> {
    let read = tokio::task::block_in_place(|| read(request, watch))?;
    write(store, request, read, watch).await
}

/// Reads a file of an input.
pub(super) fn read(request: &InputRequest, watch: &dyn Watch) -> Result<Input, AppError> {
    let mut read = read_input(request.kind, &request.source, &|done, total| {
        watch.at(Step::Read, done, total);
        if watch.cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    if request.kind == InputKind::Jurisdictions {
        for feature in &mut read.features {
            let level = request.level.clone().or_else(|| feature.class.take());
            // a number says which level it is, but is no name of one
            let level = level.map(|level| if level.parse::<u8>().is_ok() { format!("level {level}") } else { level });
            feature.class = Some(level.unwrap_or_else(|| "community".to_owned()));
        }
    }
    Ok(read)
}

async fn write(
    store: &dyn Store,
    request: &InputRequest,
    read: Input,
    watch: &dyn Watch,
) -> Result<InputImported, AppError> {
    if watch.cancelled() {
        return Err(AppError::Cancelled);
    }
    let (features, lines) = (read.features.len() as u64, read.lines.len() as u64);
    watch.at(Step::Keep, 0, features + lines);
    let (input, already) = keep(store, request, &read.features, &read.lines, &read.report).await?;
    watch.at(Step::Keep, features + lines, features + lines);
    Ok(InputImported { input, features, lines, report: read.report, already })
}

async fn keep(
    store: &dyn Store,
    request: &InputRequest,
    features: &[crate::atom::Feature],
    lines: &[Line],
    report: &InputReport,
) -> Result<(i64, bool), AppError> {
    let file = request.source.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let level = request.level.as_deref().map(|level| format!(" {level}")).unwrap_or_default();
    let input = NewInput {
        kind: request.kind,
        source: format!("{file}: {}", report.layer),
        content_hash: format!("{}{level}", report.content_hash),
        crs: report.crs.clone(),
        recorded_ms: request.act.at_ms,
        features,
        lines,
    };
    let id = store.add_input(&input, &request.act).await?;
    let already = store.inputs().await?.iter().any(|kept| kept.id == id && kept.recorded_ms != request.act.at_ms);
    Ok((id, already))
}
