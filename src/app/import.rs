//! A file becomes a dataset.

use std::ops::ControlFlow;

use serde::Serialize;

use super::nest::{Levels, levels, nest};
use super::repairs::MendingRecord;
use super::workspace::name_after;
use super::{AppError, Step, Watch};
use crate::atom::Dataset;
use crate::coverage::dissolve;
use crate::format::{
    AtomSource, ImportReport, RasterSource, content_hash, levels_of, read_atoms, read_population, unwatched,
};
use crate::geom::MultiPolygon;
use crate::plan::Attribute;
use crate::store::{Act, NewFinding, NewImport, Open, Store, open};
use crate::topology::{Built, FaceId, Mended, Mending, Repair, RepairKind, mend};
use crate::weigh::people_of_cells;

/// What to import, and how.
#[derive(Debug, Clone)]
pub struct ImportRequest {
    /// The file and its fields.
    pub source: AtomSource,
    /// How shapes that do not fit are brought together.
    pub mending: Mending,
    /// A raster of persons to sum over the areas, where no field counts them.
    pub raster: Option<RasterSource>,
    /// Who asks for it, and when.
    pub act: Act,
}

/// What was imported.
#[derive(Debug, Clone)]
pub struct Imported {
    /// The dataset's id in the store.
    pub dataset: i64,
    /// What was read.
    pub report: ImportReport,
    /// Whether the store held the same content already, so that nothing was written.
    pub already: bool,
    /// Whether it is the newest dataset of the store, which plans are made on unless told otherwise.
    pub newest: bool,
    /// What did not fit, and what was settled or left open.
    pub mended: Mended,
    /// The people of the raster, if there was one.
    pub raster: Option<RasterTotals>,
}

/// What a raster of persons holds, and where.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RasterTotals {
    /// Persons of the whole raster.
    pub total: f64,
    /// Persons within the areas.
    pub inside: f64,
    /// Persons outside all of them.
    pub outside: f64,
    /// Pixels without data, which hold nobody.
    pub nodata_pixels: u64,
}

/// A dataset ready to be kept.
pub(super) struct Ready {
    pub dataset: Dataset,
    pub boundaries: Vec<MultiPolygon>,
    pub findings: Vec<NewFinding>,
    pub mended: Mended,
}

/// Imports a file of atoms into the store called `store`, which is made if it is not there.
///
/// # Errors
/// [`AppError`]; nothing is changed then, and no store is left behind that was not there.
pub async fn import(store: &str, request: &ImportRequest, watch: &dyn Watch) -> Result<Imported, AppError> {
    // a store that cannot be used is said before the long work, one that is not there is made after it
    let existing = if std::path::Path::new(store).exists() { Some(open(store, Open::OrCreate).await?) } else { None };
    let levels = match &existing {
        Some(store) => levels(store.as_ref()).await?,
        None => Levels::new(),
    };
    let read = tokio::task::block_in_place(|| read(request, &levels, watch))?;
    let store = match existing {
        Some(store) => store,
        None => open(store, Open::OrCreate).await?,
    };
    let imported = write(store.as_ref(), request, read, watch).await?;
    store.close().await;
    Ok(imported)
}

/// As [`import`], into a store that is open and stays so.
///
/// # Errors
/// [`AppError`]; nothing is changed then.
pub async fn import_into(store: &dyn Store, request: &ImportRequest, watch: &dyn Watch) -> Result<Imported, AppError> {
    let levels = levels(store).await?;
    let read = tokio::task::block_in_place(|| read(request, &levels, watch))?;
    write(store, request, read, watch).await
}

/// A file that was read and made to fit.
pub(super) struct Read {
    pub ready: Ready,
    pub report: ImportReport,
    pub raster: Option<RasterTotals>,
}

/// Reads a file of atoms and makes its shapes fit together. Where it says nothing of jurisdictions, `levels` are those it lies in.
pub(super) fn read(request: &ImportRequest, levels: &Levels, watch: &dyn Watch) -> Result<Read, AppError> {
    let (mut dataset, mut report) = read_atoms(&request.source, &|done, total| {
        watch.at(Step::Read, done, total);
        if watch.cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    let mut straddling = Vec::new();
    if request.source.jurisdiction.is_empty() && !levels.is_empty() {
        straddling = nest(&mut dataset, levels, &mut report.warnings)?;
        report.levels = levels_of(&dataset);
        report.content_hash = content_hash(&dataset);
    }
    let mut ready = ready(dataset, request.mending, watch)?;
    ready.findings.extend(straddling);
    let mut raster = None;
    if let Some(source) = &request.raster {
        let (totals, warnings) = count_by_raster(&mut ready.dataset, source)?;
        report.warnings.extend(warnings);
        report.population = ready.dataset.atoms.iter().filter_map(|atom| atom.population).map(u64::from).sum();
        report.content_hash = content_hash(&ready.dataset);
        raster = Some(totals);
    }
    Ok(Read { ready, report, raster })
}

async fn write(
    store: &dyn Store,
    request: &ImportRequest,
    read: Read,
    watch: &dyn Watch,
) -> Result<Imported, AppError> {
    let Read { ready, report, raster } = read;
    let attributes =
        attributes(request.source.households.is_some(), request.source.population.is_some() || raster.is_some());
    let before = store.datasets().await?;
    let dataset = keep(store, &ready, &request.source, &report, attributes, &request.act, watch).await?;
    name_after(store, &ready.dataset, &request.source.path, &request.act).await?;
    let already = before.iter().any(|record| record.id == dataset);
    let kept = store.datasets().await?;
    let newest = kept.last().is_some_and(|record| record.id == dataset);
    Ok(Imported { dataset, report, already, newest, mended: ready.mended, raster })
}

pub(super) fn attributes(households: bool, population: bool) -> Vec<Attribute> {
    let given = [(households, Attribute::Households), (population, Attribute::Population)];
    given.into_iter().filter(|(given, _)| *given).map(|(_, attribute)| attribute).collect()
}

/// Makes the shapes fit together: borders are noded, what is within the tolerance is settled, boundaries dissolved.
pub(super) fn ready(mut dataset: Dataset, mending: Mending, watch: &dyn Watch) -> Result<Ready, AppError> {
    dataset.check()?;
    let total = dataset.atoms.len() as u64;
    watch.at(Step::Build, 0, total);
    let shapes: Vec<&MultiPolygon> = dataset.atoms.iter().map(|atom| &atom.shape).collect();
    let code = |face: FaceId| format!("atom {}", dataset.atoms[face.0 as usize].code);
    let mended = mend(&shapes, &code, mending)?;
    let Built { topology, repairs } = &mended.built;
    if watch.cancelled() {
        return Err(AppError::Cancelled);
    }
    let findings =
        repairs.iter().map(|repair| finding(repair, &|face| dataset.atoms[face.0 as usize].code.clone())).collect();
    let own: Vec<Option<u32>> = (0..topology.faces).map(Some).collect();
    let faces = dissolve(topology, &own, own.len());
    let boundaries = boundaries(&dataset, topology);
    for (atom, shape) in dataset.atoms.iter_mut().zip(faces) {
        atom.shape = shape;
    }
    watch.at(Step::Build, total, total);
    Ok(Ready { dataset, boundaries, findings, mended })
}

/// The boundary of each jurisdiction, level by level.
fn boundaries(dataset: &Dataset, topology: &crate::topology::Topology) -> Vec<MultiPolygon> {
    let units = &dataset.jurisdictions;
    let position: std::collections::HashMap<&str, u32> =
        units.iter().enumerate().map(|(i, unit)| (unit.code.as_str(), i as u32)).collect();
    let parent = |unit: u32| units[unit as usize].parent.as_deref().map(|code| position[code]);
    let mut boundaries = vec![MultiPolygon::default(); units.len()];
    let mut labels: Vec<Option<u32>> = dataset.atoms.iter().map(|atom| Some(atom.unit.0)).collect();
    for level in (1..=dataset.lowest_level()).rev() {
        let shapes = dissolve(topology, &labels, units.len());
        for (i, shape) in shapes.into_iter().enumerate() {
            if units[i].level == level {
                boundaries[i] = shape;
            }
        }
        for label in &mut labels {
            *label = label.and_then(parent);
        }
    }
    boundaries
}

/// A repair in words.
pub(super) fn finding(repair: &Repair, code: &dyn Fn(FaceId) -> String) -> NewFinding {
    let parties: Vec<String> = repair.parties.iter().map(|&face| code(face)).collect();
    let owner = repair.owner.map(code).unwrap_or_default();
    let (area, width, moved) = (repair.area_m2, repair.width_m, repair.moved_m);
    let listed = parties.join(", ");
    let (kind, en, zh) = match repair.kind {
        RepairKind::Gap => (
            "gap",
            format!("a gap of {area:.1} m², {width:.2} m wide on average, between {listed}: nobody owns it"),
            format!("{listed} 之间有 {area:.1} 平方米空白（平均宽 {width:.2} 米），无人负责"),
        ),
        RepairKind::GapClosed => (
            "gap_closed",
            format!(
                "a gap of {area:.2} m², {width:.3} m wide on average, {moved:.2} m at most, was closed: it went to {owner}, with the longest shared border"
            ),
            format!("{area:.2} 平方米的缝隙（平均宽 {width:.3} 米，最深 {moved:.2} 米）已合拢，归共界最长的 {owner}"),
        ),
        RepairKind::GapSplit => (
            "gap_split",
            format!(
                "a piece of a larger gap between {listed}, {area:.2} m², {width:.3} m wide on average, {moved:.2} m at most, was closed: it went to {owner}, with the longer border on it"
            ),
            format!(
                "{listed} 之间较大空白的一段（{area:.2} 平方米，平均宽 {width:.3} 米，最深 {moved:.2} 米）已合拢，归共界较长的 {owner}"
            ),
        ),
        RepairKind::OverlapSettled if parties.iter().min() != Some(&owner) => (
            "overlap_settled",
            format!(
                "{listed} overlapped by {area:.2} m², {width:.3} m wide on average: it went to {owner}, so that the border of the other moved by no more than {moved:.2} m"
            ),
            format!(
                "{listed} 重叠 {area:.2} 平方米（平均宽 {width:.3} 米），归 {owner}，使另一方边界移动不超过 {moved:.2} 米"
            ),
        ),
        RepairKind::OverlapSettled => (
            "overlap_settled",
            format!(
                "{listed} overlapped by {area:.2} m², {width:.3} m wide on average, {moved:.2} m at most: it went to {owner}, the smaller code"
            ),
            format!("{listed} 重叠 {area:.2} 平方米（平均宽 {width:.3} 米，最深 {moved:.2} 米），归编码较小的 {owner}"),
        ),
        RepairKind::OverlapHalved => (
            "overlap_halved",
            format!(
                "{listed} overlapped deeper than the tolerance and were parted along the middle: {area:.2} m² went to {owner}, the border of the other moved by {moved:.2} m at most"
            ),
            format!("{listed} 重叠过深，沿中线划分：{area:.2} 平方米归 {owner}，另一方边界最多移动 {moved:.2} 米"),
        ),
        RepairKind::FoldSettled => (
            "fold_settled",
            format!("a fold of {area:.2} m² in {listed} was smoothed: it went to {owner}"),
            format!("{listed} 中 {area:.2} 平方米的折叠已理平，归 {owner}"),
        ),
    };
    NewFinding {
        kind: kind.to_owned(),
        point: repair.at,
        shape: Some(repair.shape.clone()),
        area_m2: area,
        moved_m: (repair.kind != RepairKind::Gap).then_some(moved),
        parties,
        en,
        zh,
    }
}

/// Gives each atom the persons of a raster within it.
pub(super) fn count_by_raster(
    dataset: &mut Dataset,
    raster: &RasterSource,
) -> Result<(RasterTotals, Vec<String>), AppError> {
    let cells: Vec<&MultiPolygon> = dataset.atoms.iter().map(|atom| &atom.shape).collect();
    let people = read_population(raster, &cells, &unwatched)?;
    let name = raster.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    for (atom, (persons, origin)) in dataset.atoms.iter_mut().zip(people_of_cells(&people.zoned, &name)) {
        (atom.population, atom.population_origin) = (Some(persons), origin);
    }
    let zoned = &people.zoned;
    let totals = RasterTotals {
        total: zoned.total,
        inside: zoned.inside,
        outside: zoned.outside,
        nodata_pixels: zoned.nodata_pixels,
    };
    Ok((totals, people.warnings))
}

/// What a dataset is kept under.
pub(super) struct Naming {
    pub source: String,
    pub content_hash: String,
    pub crs: String,
    pub attributes: Vec<Attribute>,
}

pub(super) async fn keep(
    store: &dyn Store,
    ready: &Ready,
    source: &AtomSource,
    report: &ImportReport,
    attributes: Vec<Attribute>,
    act: &Act,
    watch: &dyn Watch,
) -> Result<i64, AppError> {
    let naming = Naming {
        source: source.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
        content_hash: report.content_hash.clone(),
        crs: report.crs.clone(),
        attributes,
    };
    keep_named(store, ready, naming, act, watch).await
}

/// Keeps a dataset in the store.
pub(super) async fn keep_named(
    store: &dyn Store,
    ready: &Ready,
    naming: Naming,
    act: &Act,
    watch: &dyn Watch,
) -> Result<i64, AppError> {
    if watch.cancelled() {
        return Err(AppError::Cancelled);
    }
    let import = NewImport {
        source: naming.source,
        content_hash: naming.content_hash,
        crs: naming.crs,
        recorded_ms: act.at_ms,
        attributes: naming.attributes,
        dataset: &ready.dataset,
        boundaries: &ready.boundaries,
        findings: ready.findings.clone(),
        mending: Some(MendingRecord::of(&ready.mended).to_json()),
    };
    Ok(store.import(&import, &|done, total| watch.at(Step::Keep, done, total), act).await?)
}
