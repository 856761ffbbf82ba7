//! Imports of a running service: an uploaded file is looked at, or read and kept, as a job.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::app::access::Caller;
use crate::app::addresses;
use crate::app::nest::{Levels, levels};
use crate::app::{
    AddressesRequest, AppError, ImportRequest, InputRequest, LinksRequest, TessellateRequest, import,
    import_addresses_into, import_input_into, import_into, import_links, inputs, links, tessellate,
};
use crate::atom::{InputKind, Link};
use crate::format::{AddressSource, AtomSource, InputSource, LinkSource};
use crate::geom::{Envelope, LatticePoint, MultiPolygon, label_point};
use crate::store::{Act, Store};
use crate::topology::{Mending, Repair, RepairKind};

use super::jobs::Job;
use super::uploads::may_import;
use super::{App, UploadError};

/// Features shown of a file before it is imported, and their vertices together.
const SAMPLE: usize = 500;
const SAMPLE_VERTICES: usize = 60_000;

/// What to import; the path in it is filled in.
#[derive(Debug, Clone)]
pub enum ImportOrder {
    /// Atoms.
    Atoms {
        /// Fields.
        source: AtomSource,
        /// How shapes that do not fit are brought together.
        mending: Mending,
    },
    /// Streets, buildings and the like.
    Input {
        /// What they are.
        kind: InputKind,
        /// Fields.
        source: InputSource,
        /// For jurisdictions: what their level is called.
        level: Option<String>,
    },
    /// Declared links between atoms.
    Links {
        /// Fields.
        source: LinkSource,
    },
    /// Addresses.
    Addresses {
        /// Fields.
        source: AddressSource,
    },
}

/// What came of an import, or would.
#[derive(Debug, Clone, Default)]
pub struct Done {
    /// The dataset it was kept as.
    pub dataset: Option<i64>,
    /// The input it was kept as.
    pub input: Option<i64>,
    /// The set of links it was kept as.
    pub link_set: Option<i64>,
    /// Declared links.
    pub links: u64,
    /// The set of addresses it was kept as.
    pub address_set: Option<i64>,
    /// Addresses.
    pub addresses: u64,
    /// Whether the same was kept already.
    pub already: bool,
    /// The layer read.
    pub layer: String,
    /// The CRS it was read in.
    pub crs: String,
    /// Polygons.
    pub features: u64,
    /// Lines.
    pub lines: u64,
    /// Features left out.
    pub left_out: u64,
    /// Features without a count.
    pub nulls: u64,
    /// Sum of the households.
    pub households: u64,
    /// Sum of the persons.
    pub population: u64,
    /// Households that a source counts, where atoms were made; the others were shared out.
    pub households_counted: Option<u64>,
    /// How many of each class.
    pub classes: BTreeMap<String, u64>,
    /// Levels of jurisdictions and how many there are of each, top first.
    pub levels: Vec<(String, u64)>,
    /// How many repairs of each kind.
    pub repairs: BTreeMap<String, u64>,
    /// What a person should know though nothing failed.
    pub warnings: Vec<String>,
    /// The box around it.
    pub envelope: Option<Envelope>,
    /// Some of it, to be drawn; of a preview only.
    pub sample: Vec<Sampled>,
}

/// A feature to be drawn.
#[derive(Debug, Clone)]
pub struct Sampled {
    /// Its code; empty for lines.
    pub code: String,
    /// Its name.
    pub name: Option<String>,
    /// Its class.
    pub class: Option<String>,
    /// Its households.
    pub households: Option<u32>,
    /// Where it lies.
    pub shape: SampledShape,
}

/// Where a feature lies.
#[derive(Debug, Clone)]
pub enum SampledShape {
    /// An area.
    Area(MultiPolygon),
    /// A line.
    Line(Vec<LatticePoint>),
}

impl App {
    /// Begins to read an uploaded file, and to keep it unless it is for a preview.
    ///
    /// # Errors
    /// When the caller may not import, there is no such file, or too many imports are waiting.
    pub fn start_import(
        self: &Arc<Self>,
        caller: &Caller,
        upload: &str,
        mut order: ImportOrder,
        preview: bool,
        request: Option<String>,
    ) -> Result<Arc<Job>, UploadError> {
        may_import(caller)?;
        let upload = self.upload(caller, upload)?;
        match &mut order {
            ImportOrder::Atoms { source, .. } => source.path.clone_from(&upload.path),
            ImportOrder::Input { source, .. } => source.path.clone_from(&upload.path),
            ImportOrder::Links { source } => source.path.clone_from(&upload.path),
            ImportOrder::Addresses { source } => source.path.clone_from(&upload.path),
        }
        let act = caller.act(self.clock().now_ms(), request);
        self.begin_job(caller, Some(upload), |app, job| async move {
            if preview {
                return look(app.store().as_ref(), order, &job, act).await;
            }
            let done = bring_in(app.store().as_ref(), order, &job, act).await?;
            app.refresh().await?;
            Ok(done)
        })
    }
}

impl App {
    /// Begins to make atoms from the newest streets, buildings and jurisdictions of the store, and to keep them.
    ///
    /// # Errors
    /// When the caller may not, or too many jobs are waiting.
    pub fn start_tessellation(
        self: &Arc<Self>,
        caller: &Caller,
        make: impl FnOnce(Act) -> TessellateRequest,
        request: Option<String>,
    ) -> Result<Arc<Job>, UploadError> {
        may_import(caller)?;
        let request = make(caller.act(self.clock().now_ms(), request));
        self.begin_job(caller, None, |app, job| async move {
            let made = tessellate(app.store().as_ref(), &request, &*job).await?;
            app.refresh().await?;
            Ok(Done {
                dataset: Some(made.dataset),
                already: made.already,
                features: made.cells,
                households: made.households,
                population: made.population,
                households_counted: Some(made.households_counted),
                classes: made.kinds.into_iter().map(|(kind, n)| (kind.to_owned(), n)).collect(),
                repairs: made.findings,
                warnings: made.notes,
                ..Done::default()
            })
        })
    }
}

async fn bring_in(store: &dyn Store, order: ImportOrder, job: &Job, act: Act) -> Result<Done, AppError> {
    Ok(match order {
        ImportOrder::Atoms { source, mending } => {
            let request = ImportRequest { source, mending, raster: None, act };
            let imported = import_into(store, &request, job).await?;
            let (report, repairs) = (imported.report, repairs(&imported.mended.built.repairs));
            Done { dataset: Some(imported.dataset), already: imported.already, repairs, ..Done::from(report) }
        }
        ImportOrder::Input { kind, source, level } => {
            let request = InputRequest { kind, source, level, act };
            let imported = import_input_into(store, &request, job).await?;
            let (features, lines) = (imported.features, imported.lines);
            let (input, already) = (Some(imported.input), imported.already);
            Done { input, already, features, lines, ..Done::from(imported.report) }
        }
        ImportOrder::Links { source } => {
            let imported = import_links(store, &LinksRequest { source, act }, job).await?;
            Done {
                link_set: Some(imported.set),
                already: imported.already,
                links: imported.links.len() as u64,
                classes: imported.kinds(),
                layer: imported.layer,
                crs: imported.crs.unwrap_or_default(),
                warnings: imported.warnings,
                ..Done::default()
            }
        }
        ImportOrder::Addresses { source } => {
            let imported = import_addresses_into(store, &AddressesRequest { source, act }, job).await?;
            Done {
                address_set: Some(imported.set),
                already: imported.already,
                addresses: imported.addresses,
                left_out: imported.left_out,
                layer: imported.layer,
                crs: imported.crs,
                warnings: imported.warnings,
                ..Done::default()
            }
        }
    })
}

/// Addresses as they would be kept.
fn look_at_addresses(request: &AddressesRequest, job: &Job) -> Result<Done, AppError> {
    let read = addresses::read(request, job)?;
    Ok(Done {
        addresses: read.rows.len() as u64,
        left_out: read.blank + read.unplaced,
        envelope: Envelope::of(read.rows.iter().map(|row| row.point)),
        layer: read.layer,
        crs: read.crs,
        warnings: read.warnings,
        ..Done::default()
    })
}

/// Links as they would be kept, each drawn from one area to the other.
fn look_at_links(read: links::Read) -> Done {
    let links::Read { atoms, links, table, .. } = read;
    let place: HashMap<&str, LatticePoint> =
        atoms.atoms.iter().filter_map(|atom| Some((atom.code.as_str(), label_point(&atom.shape)?))).collect();
    let line = |link: &Link| -> Vec<LatticePoint> {
        [&link.from, &link.to].into_iter().filter_map(|code| place.get(code.as_str()).copied()).collect()
    };
    let sample = thin(&links, |link| {
        let sampled = Sampled {
            code: String::new(),
            name: link.name.clone(),
            class: Some(link.kind.to_string()),
            households: None,
            shape: SampledShape::Line(line(link)),
        };
        (2, sampled)
    });
    Done {
        links: links.len() as u64,
        classes: links::kinds(&links),
        layer: table.layer,
        crs: table.crs.unwrap_or_default(),
        warnings: table.warnings,
        envelope: around(links.iter().map(|link| Envelope::of(line(link)))),
        sample,
        ..Done::default()
    }
}

/// Reads a file as an import would, and keeps nothing.
async fn look(store: &dyn Store, order: ImportOrder, job: &Job, act: Act) -> Result<Done, AppError> {
    match order {
        ImportOrder::Atoms { source, mending } => {
            let levels = levels(store).await?;
            let request = ImportRequest { source, mending, raster: None, act };
            tokio::task::block_in_place(|| look_at_atoms(&request, &levels, job))
        }
        ImportOrder::Input { kind, source, level } => {
            tokio::task::block_in_place(|| look_at_input(&InputRequest { kind, source, level, act }, job))
        }
        ImportOrder::Links { source } => {
            let read = links::read(store, &source, job).await?;
            Ok(tokio::task::block_in_place(|| look_at_links(read)))
        }
        ImportOrder::Addresses { source } => {
            tokio::task::block_in_place(|| look_at_addresses(&AddressesRequest { source, act }, job))
        }
    }
}

fn look_at_atoms(request: &ImportRequest, levels: &Levels, job: &Job) -> Result<Done, AppError> {
    let import::Read { ready, report, .. } = import::read(request, levels, job)?;
    let atoms = &ready.dataset.atoms;
    let envelope = around(atoms.iter().map(|atom| atom.shape.envelope()));
    let sample = thin(atoms, |atom| {
        let sampled = Sampled {
            code: atom.code.clone(),
            name: atom.name.clone(),
            class: None,
            households: atom.households,
            shape: SampledShape::Area(atom.shape.clone()),
        };
        (vertices(&atom.shape), sampled)
    });
    Ok(Done { repairs: repairs(&ready.mended.built.repairs), envelope, sample, ..Done::from(report) })
}

fn look_at_input(request: &InputRequest, job: &Job) -> Result<Done, AppError> {
    let read = inputs::read(request, job)?;
    let areas = read.features.iter().map(|feature| feature.shape.envelope());
    let lines = read.lines.iter().map(|line| Envelope::of(line.points.iter().copied()));
    let envelope = around(areas.chain(lines));
    let mut sample = thin(&read.features, |feature| {
        let sampled = Sampled {
            code: feature.code.clone(),
            name: feature.name.clone(),
            class: feature.class.clone(),
            households: feature.households,
            shape: SampledShape::Area(feature.shape.clone()),
        };
        (vertices(&feature.shape), sampled)
    });
    sample.extend(thin(&read.lines, |line| {
        let sampled = Sampled {
            code: String::new(),
            name: line.name.clone(),
            class: Some(line.class.to_string()),
            households: None,
            shape: SampledShape::Line(line.points.clone()),
        };
        (line.points.len(), sampled)
    }));
    let (features, lines) = (read.features.len() as u64, read.lines.len() as u64);
    Ok(Done { features, lines, envelope, sample, ..Done::from(read.report) })
}

fn around(envelopes: impl Iterator<Item = Option<Envelope>>) -> Option<Envelope> {
    envelopes.flatten().reduce(Envelope::union)
}

fn vertices(shape: &MultiPolygon) -> usize {
    shape.rings().map(|ring| ring.points().len()).sum()
}

/// Some of many, evenly over their order, within the bounds of a sample.
fn thin<T>(all: &[T], show: impl Fn(&T) -> (usize, Sampled)) -> Vec<Sampled> {
    let stride = all.len().div_ceil(SAMPLE).max(1);
    let mut left = SAMPLE_VERTICES;
    let mut sample = Vec::new();
    for one in all.iter().step_by(stride) {
        let (vertices, shown) = show(one);
        if vertices <= left {
            left -= vertices;
            sample.push(shown);
        }
    }
    sample
}

fn repairs(repairs: &[Repair]) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for repair in repairs {
        let kind = match repair.kind {
            RepairKind::Gap => "gap",
            RepairKind::GapClosed | RepairKind::GapSplit => "gap_closed",
            RepairKind::OverlapSettled => "overlap_settled",
            RepairKind::OverlapHalved => "overlap_halved",
            RepairKind::FoldSettled => "fold_settled",
        };
        *counts.entry(kind.to_owned()).or_default() += 1;
    }
    counts
}

impl From<crate::format::ImportReport> for Done {
    fn from(report: crate::format::ImportReport) -> Self {
        Self {
            layer: report.layer,
            crs: report.crs,
            features: report.features,
            left_out: report.left_out,
            nulls: report.nulls,
            households: report.households,
            population: report.population,
            levels: report.levels.into_iter().map(|level| (level.name, level.jurisdictions as u64)).collect(),
            warnings: report.warnings,
            ..Self::default()
        }
    }
}

impl From<crate::format::InputReport> for Done {
    fn from(report: crate::format::InputReport) -> Self {
        Self {
            layer: report.layer,
            crs: report.crs,
            left_out: report.left_out,
            households: report.households,
            population: report.population,
            classes: report.classes,
            warnings: report.warnings,
            ..Self::default()
        }
    }
}
