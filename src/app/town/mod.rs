//! Streets, buildings and jurisdictions of the store become atoms: cells that tile the jurisdictions, with their people.
//!
//! 1. Every building where people live, or may, is in exactly one cell; the cells tile the jurisdictions exactly.
//! 2. No household of a source is lost or made up: what a source counts is kept, what it totals is shared out to the last one, and
//!    what could not be placed is a finding.
//! 3. Each number says where it comes from.
//!
//! Steps, one file each: `gather` (inputs of the store), `ground` (jurisdictions, or a hull where there are none), `people` (buildings,
//! their use and households), `cells` (the tessellation as a dataset).

mod cells;
mod gather;
mod ground;
mod people;

pub(super) use ground::tree;

use std::collections::BTreeMap;

use serde::Serialize;

use super::import::{Naming, RasterTotals, Ready, count_by_raster, keep_named, ready};
use super::workspace::name_after;
use super::{AppError, Step, Watch};
use crate::atom::AtomKind;
use crate::format::{RasterSource, content_hash};
use crate::geom::{Envelope, metres_per_unit};
use crate::plan::{Attribute, Band};
use crate::store::{Act, NewFinding, Store};
use crate::tessellate::{Settings, tessellate as cut};
use crate::topology::Mending;

/// How to make atoms from what the store holds.
#[derive(Debug, Clone)]
pub struct TessellateRequest {
    /// The measures of the tessellation.
    pub settings: Settings,
    /// Households of the whole, shared out by floor area, where no input counts or totals any.
    pub total_households: Option<u32>,
    /// Persons of the whole, likewise.
    pub total_population: Option<u32>,
    /// Floor area of one household in m², where nothing is known at all.
    pub m2_per_household: Option<f64>,
    /// A raster of persons, summed over the cells, where nothing else counts or totals them.
    pub raster: Option<RasterSource>,
    /// A building with more households than this is divided into its units.
    pub split_over: u32,
    /// Who asks for it, and when.
    pub act: Act,
}

impl TessellateRequest {
    /// As the defaults are.
    pub fn new(act: Act) -> Self {
        Self {
            settings: Settings::default(),
            total_households: None,
            total_population: None,
            m2_per_household: None,
            raster: None,
            split_over: Band::HOUSEHOLDS.upper,
            act,
        }
    }
}

/// What was made.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Tessellated {
    /// The dataset's id in the store.
    pub dataset: i64,
    /// Whether the store held the same already.
    pub already: bool,
    /// Atoms in all.
    pub cells: u64,
    /// Atoms of each kind.
    pub kinds: BTreeMap<&'static str, u64>,
    /// Buildings read, and those of them that have a cell (or share one with a building they repeat).
    pub buildings: u64,
    /// Buildings where people live, or may.
    pub inhabited: u64,
    /// Of these, those in exactly one cell.
    pub inhabited_in_one_cell: u64,
    /// Jurisdictions of the lowest level.
    pub units: u64,
    /// Households in all atoms, and how many of them were counted.
    pub households: u64,
    /// Of these, counted by the source.
    pub households_counted: u64,
    /// Persons in all atoms.
    pub population: u64,
    /// Of these, counted by the source.
    pub population_counted: u64,
    /// People of the sources that are in no atom; each is in a finding.
    pub households_unplaced: u64,
    /// Twice the area of all cells in lattice units², and of the jurisdictions as they came.
    pub area_2: [String; 2],
    /// Area of the cells minus that of the jurisdictions, in m².
    pub area_difference_m2: f64,
    /// Metres of lines along borders of cells, by class.
    pub lines_m: BTreeMap<&'static str, u64>,
    /// The people of the raster, if one was used.
    pub raster: Option<RasterTotals>,
    /// Gaps and overlaps between the cells: none.
    pub repairs: u64,
    /// How many findings of each kind.
    pub findings: BTreeMap<String, u64>,
    /// What a person should know though nothing failed.
    pub notes: Vec<String>,
}

/// Makes atoms from the newest inputs of each kind and source, and keeps them as a dataset.
///
/// # Errors
/// [`AppError`]; nothing is kept then.
pub async fn tessellate(
    store: &dyn Store,
    request: &TessellateRequest,
    watch: &dyn Watch,
) -> Result<Tessellated, AppError> {
    let inputs = gather::gather(store).await?;
    let source = inputs.source();
    let (made, ready) = tokio::task::block_in_place(|| make(&inputs, request, watch))?;
    let naming = Naming {
        source,
        content_hash: content_hash(&ready.dataset),
        crs: "EPSG:4326".to_owned(),
        attributes: made.attributes.clone(),
    };
    let before = store.datasets().await?;
    let dataset = keep_named(store, &ready, naming, &request.act, watch).await?;
    name_after(store, &ready.dataset, std::path::Path::new(&inputs.first_file()), &request.act).await?;
    let already = before.iter().any(|record| record.id == dataset);
    let mut report = made.report;
    report.dataset = dataset;
    report.already = already;
    Ok(report)
}

/// What was made, before it is kept.
struct Made {
    report: Tessellated,
    attributes: Vec<Attribute>,
}

fn make(inputs: &gather::Inputs, request: &TessellateRequest, watch: &dyn Watch) -> Result<(Made, Ready), AppError> {
    let mut notes = Vec::new();
    let ground = ground::ground(inputs, &mut notes)?;
    let people = people::people(inputs, &ground, request, &mut notes);
    let town = cells::town(inputs, &ground, &people, &mut notes);
    let progress = |done: u64, all: u64| {
        watch.at(Step::Cut, done, all);
        if watch.cancelled() { std::ops::ControlFlow::Break(()) } else { std::ops::ControlFlow::Continue(()) }
    };
    let tessellation = match cut(&town, &request.settings, &progress) {
        Err(crate::tessellate::TessellateError::Cancelled) => return Err(AppError::Cancelled),
        other => other?,
    };
    let (mut dataset, more) = cells::dataset(&ground, &people, &tessellation);
    let in_one_cell = cells::in_one_cell(&people, &tessellation);
    let inhabited = people.footprints.iter().filter(|footprint| footprint.inhabited).count() as u64;
    let people = if inputs.buildings.is_empty() {
        people::over_cells(&mut dataset.atoms, inputs, &ground, request, &mut notes)
    } else {
        people
    };
    let mut attributes = people.attributes.clone();
    let mut raster = None;
    if let Some(source) = &request.raster {
        if attributes.contains(&Attribute::Population) {
            notes.push("persons are counted or totalled already: the raster was not used".to_owned());
        } else {
            let (totals, warnings) = count_by_raster(&mut dataset, source)?;
            notes.extend(warnings);
            attributes.push(Attribute::Population);
            raster = Some(totals);
        }
    }
    let mut findings: Vec<NewFinding> = people.findings.clone();
    findings.extend(more);
    // cells fit as they are: anything to mend here would be a fault, and is reported
    let mut ready = ready(dataset, Mending { width_m: Some(0.0), area_m2: 0.0, ..Mending::default() }, watch)?;
    let repairs = ready.mended.built.repairs.len() as u64;
    ready.findings.extend(findings);
    let mut by_kind: BTreeMap<String, u64> = BTreeMap::new();
    for finding in &ready.findings {
        *by_kind.entry(finding.kind.clone()).or_default() += 1;
    }
    let atoms = &ready.dataset.atoms;
    let mut kinds = BTreeMap::new();
    for atom in atoms {
        *kinds.entry(atom.kind.name()).or_default() += 1;
    }
    let area_2: i128 = atoms.iter().map(|atom| atom.shape.area_2()).sum();
    let units_2: i128 = ground.units.iter().map(|unit| unit.shape.area_2().abs()).sum();
    // a difference of sums is in whole units; metres are those of the middle of the town
    let middle =
        ground.units.iter().filter_map(|unit| unit.shape.envelope()).reduce(Envelope::union).map(|all| all.centre());
    let (x_m, y_m) = metres_per_unit(middle.unwrap_or_default().y_e7);
    let mut lines_m: BTreeMap<&'static str, u64> = BTreeMap::new();
    for line in &ready.dataset.lines {
        let mm: u64 = line.points.windows(2).map(|w| crate::geom::length_mm((w[0], w[1]))).sum();
        *lines_m.entry(line.class.name()).or_default() += mm;
    }
    for mm in lines_m.values_mut() {
        *mm /= 1000;
    }
    let report = Tessellated {
        dataset: 0,
        already: false,
        cells: atoms.len() as u64,
        kinds,
        buildings: inputs.buildings.len() as u64,
        inhabited,
        inhabited_in_one_cell: in_one_cell,
        units: ground.units.len() as u64,
        households: cells::sum(atoms, false, |atom| atom.households),
        households_counted: cells::sum(atoms, true, |atom| atom.households),
        population: atoms.iter().filter_map(|atom| atom.population).map(u64::from).sum(),
        population_counted: atoms
            .iter()
            .filter(|atom| atom.population_origin == crate::atom::Origin::Counted && atom.kind != AtomKind::Area)
            .filter_map(|atom| atom.population)
            .map(u64::from)
            .sum(),
        households_unplaced: people.unplaced_households,
        area_2: [area_2.to_string(), units_2.to_string()],
        area_difference_m2: (area_2 - units_2) as f64 / 2.0 * x_m * y_m,
        lines_m,
        raster,
        repairs,
        findings: by_kind,
        notes,
    };
    Ok((Made { report, attributes }, ready))
}
