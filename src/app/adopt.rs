//! A layer of grids that stand already becomes a plan as it is.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::ControlFlow;

use super::import::{Ready, keep as keep_dataset, ready};
use super::nesting::Nesting;
use super::plan::{self, Origin, Planned};
use super::workspace::name_after;
use super::{AppError, Step, Watch, prepare};
use crate::atom::{Atom, Dataset, Jurisdiction, UnitId};
use crate::format::{AtomSource, GridLayer, GridSource, ImportReport, content_hash, read_grids};
use crate::plan::{Assignment, Attribute, Band, Counted, GridId, Reason};
use crate::store::{Act, Open, PlanTerms, open};
use crate::topology::{Mended, Mending};

/// What to adopt, and how.
#[derive(Debug, Clone)]
pub struct AdoptRequest {
    /// The file and its fields.
    pub source: GridSource,
    /// How shapes that do not fit are brought together.
    pub mending: Mending,
    /// The band to judge by; 300..500 households by default.
    pub band: Option<Band>,
    /// Who asks for it, and when.
    pub act: Act,
}

/// What was adopted.
#[derive(Debug, Clone)]
pub struct Adopted {
    /// The plan that was made.
    pub planned: Planned,
    /// What a person should know though nothing failed.
    pub warnings: Vec<String>,
    /// What did not fit, and what was settled or left open.
    pub mended: Mended,
}

/// Takes an existing grid layer as a dataset of its own (each grid one atom) and as a plan on it, codes kept.
///
/// # Errors
/// [`AppError`]; nothing is changed then, and no store is left behind that was not there.
pub async fn adopt(store: &str, request: &AdoptRequest, watch: &dyn Watch) -> Result<Adopted, AppError> {
    let existing = if std::path::Path::new(store).exists() { Some(open(store, Open::OrCreate).await?) } else { None };
    let (layer, ready) = tokio::task::block_in_place(|| {
        let layer = read_grids(&request.source, &|done, total| {
            watch.at(Step::Read, done, total);
            if watch.cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        let dataset = dataset(&layer, &request.source);
        let ready = ready(dataset, request.mending, watch)?;
        Ok::<_, AppError>((layer, ready))
    })?;
    let store = match existing {
        Some(store) => store,
        None => open(store, Open::OrCreate).await?,
    };
    let counted = request.source.households.is_some();
    let attributes = if counted { vec![Attribute::Households] } else { Vec::new() };
    let (atoms, report) = as_atoms(&request.source, &layer, &ready);
    let id = keep_dataset(store.as_ref(), &ready, &atoms, &report, attributes, &request.act, watch).await?;
    name_after(store.as_ref(), &ready.dataset, &request.source.path, &request.act).await?;
    let prepared = prepare(store.as_ref(), Some(id)).await?;
    let band = request.band.unwrap_or(Band::HOUSEHOLDS);
    let atoms = &prepared.dataset.atoms;
    let assignment = Assignment::new((0..atoms.len()).map(Some));
    let reasons: BTreeMap<GridId, Reason> = (0_u32..)
        .zip(atoms)
        .map(|(i, atom)| {
            let total = u64::from(atom.households.unwrap_or(0));
            (GridId(i), Reason::AsAdopted { grid: atom.code.clone(), total, band })
        })
        .collect();
    let origin = Origin {
        word: "adopt",
        scope: None,
        counted: Counted::one(Attribute::Households, band),
        seed: 0,
        act: request.act.clone(),
        codes: Some(atoms.iter().map(|atom| atom.code.clone()).collect()),
        names: Some(atoms.iter().map(|atom| atom.name.clone().or_else(|| Some(atom.code.clone()))).collect()),
        terms: PlanTerms::default(),
        continues: None,
        ferries: Vec::new(),
        locked: BTreeSet::new(),
        moved_at_least: None,
    };
    let nesting = Nesting::of(store.as_ref(), &prepared, &origin.terms).await?;
    let planned = plan::keep(store.as_ref(), &prepared, &assignment, &nesting, &reasons, origin).await?;
    store.close().await;
    Ok(Adopted { planned, warnings: layer.warnings, mended: ready.mended })
}

fn dataset(layer: &GridLayer, source: &GridSource) -> Dataset {
    let stem = source.path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let stem = stem.split('.').next().unwrap_or_default().to_owned();
    let (jurisdictions, level_name) = match &source.parent {
        None => (vec![("all".to_owned(), stem)], "all".to_owned()),
        Some(field) => {
            let codes: BTreeSet<String> =
                layer.grids.iter().map(|grid| grid.parent.clone().unwrap_or_else(|| "none".to_owned())).collect();
            (codes.into_iter().map(|code| (code.clone(), code)).collect(), field.clone())
        }
    };
    let jurisdictions: Vec<Jurisdiction> = jurisdictions
        .into_iter()
        .map(|(code, name)| Jurisdiction {
            code,
            name,
            level: 1,
            level_name: level_name.clone(),
            parent: None,
            kind: None,
        })
        .collect();
    let unit: HashMap<&str, u32> = jurisdictions.iter().zip(0..).map(|(unit, i)| (unit.code.as_str(), i)).collect();
    let atoms = layer
        .grids
        .iter()
        .map(|grid| Atom {
            code: grid.code.clone(),
            name: grid.name.clone(),
            shape: grid.shape.clone(),
            households: grid.households,
            population: None,
            unit: UnitId(match &source.parent {
                None => 0,
                Some(_) => unit[grid.parent.as_deref().unwrap_or("none")],
            }),
            ..Atom::default()
        })
        .collect();
    Dataset { atoms, jurisdictions, lines: Vec::new() }
}

/// The adopted layer as an import of atoms would be described.
fn as_atoms(source: &GridSource, layer: &GridLayer, ready: &Ready) -> (AtomSource, ImportReport) {
    let atoms = AtomSource {
        path: source.path.clone(),
        layer: source.layer.clone(),
        crs: source.crs.clone(),
        id: Some(source.code.clone()),
        households: source.households.clone(),
        ..AtomSource::default()
    };
    let report = ImportReport {
        layer: layer.layer.clone(),
        features: layer.features,
        content_hash: content_hash(&ready.dataset),
        crs: layer.crs.clone(),
        ..ImportReport::default()
    };
    (atoms, report)
}
