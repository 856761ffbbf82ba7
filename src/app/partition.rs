//! A dataset becomes a plan by the partition engine.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::plan::{self, Origin, Planned, count};
use super::{AppError, Step, Watch, prepare};
use crate::atom::AtomId;
use crate::partition::{self as engine, Counts, Infeasible, Options, Problem, Progress};
use crate::plan::{Assignment, Attribute, Band};
use crate::store::{Act, Store};

/// What to divide, and how.
#[derive(Debug, Clone)]
pub struct PartitionRequest {
    /// The dataset; the newest by default.
    pub dataset: Option<i64>,
    /// What sizes count; the dataset's first count by default.
    pub attribute: Option<Attribute>,
    /// The band; 300..500 households or 700..1300 persons by default.
    pub band: Option<Band>,
    /// Decides every random choice.
    pub seed: u64,
    /// What is preferred where no division keeps to the band.
    pub infeasible: Infeasible,
    /// Boundary moves tried for each atom and level; the engine's own default when absent.
    pub moves: Option<u32>,
    /// Code of the jurisdiction to divide; everything by default.
    pub scope: Option<String>,
    /// Who asks for it, and when.
    pub act: Act,
}

/// Divides each lowest jurisdiction of the dataset into grids and keeps them as a draft plan.
///
/// # Errors
/// [`AppError`]; nothing is kept then.
pub async fn partition(store: &dyn Store, request: &PartitionRequest, watch: &dyn Watch) -> Result<Planned, AppError> {
    let prepared = prepare(store, request.dataset).await?;
    let id = prepared.record.id;
    let has = |attribute| prepared.record.attributes.contains(&attribute);
    let attribute = match request.attribute {
        Some(attribute) => attribute,
        None => {
            *prepared.record.attributes.first().ok_or(AppError::NoCount { dataset: id, attribute: "households" })?
        }
    };
    if !has(attribute) {
        let attribute = if attribute == Attribute::Households { "households" } else { "population" };
        return Err(AppError::NoCount { dataset: id, attribute });
    }
    let band = request.band.unwrap_or(match attribute {
        Attribute::Households => Band::HOUSEHOLDS,
        Attribute::Population => Band::POPULATION,
    });
    let dataset = &prepared.dataset;
    let inside: Vec<u32> = match &request.scope {
        None => (0..dataset.atoms.len() as u32).collect(),
        Some(code) => {
            let units = under(dataset, code)
                .ok_or_else(|| AppError::UnknownJurisdiction { code: code.clone(), dataset: id })?;
            let within = |&atom: &u32| units.contains(&dataset.atom(AtomId(atom)).unit.0);
            (0..dataset.atoms.len() as u32).filter(within).collect()
        }
    };
    let (assignment, reasons) = tokio::task::block_in_place(|| {
        let graph = if request.scope.is_none() { prepared.graph.clone() } else { prepared.graph.induced(&inside) };
        let atoms: Vec<_> = inside.iter().map(|&atom| dataset.atom(AtomId(atom))).collect();
        let size: Vec<u32> = atoms.iter().map(|atom| count(atom, attribute).unwrap_or(0)).collect();
        let unit: Vec<u32> = atoms.iter().map(|atom| atom.unit.0).collect();
        let problem = Problem::new(&graph, &size, &unit, band);
        let counts = Counts { main: (attribute, band), other: None };
        let moves = request.moves.unwrap_or(Options::default().moves);
        let options = Options { seed: request.seed, infeasible: request.infeasible, moves };
        let solution = match engine::partition(&problem, &options, &Dividing(watch)) {
            Err(engine::PartitionError::Cancelled) => return Err(AppError::Cancelled),
            other => other?,
        };
        let mut labels = vec![None; dataset.atoms.len()];
        for (&atom, grid) in inside.iter().zip(solution.assignment.grids()) {
            labels[atom as usize] = *grid;
        }
        // atoms outside the scope come first or in between: grids keep their order of first appearance all the same
        let assignment = Assignment::new(labels);
        let unit_code = |unit: u32| dataset.jurisdictions[unit as usize].code.as_str();
        let atom_code = |atom: AtomId| atoms[atom.0 as usize].code.as_str();
        let outside = solution.outside.iter();
        let reasons: BTreeMap<_, _> =
            outside.map(|outside| (outside.grid, outside.certificate.reason(counts, unit_code, atom_code))).collect();
        Ok((assignment, reasons))
    })?;
    let origin = Origin {
        word: "partition",
        scope: request.scope.clone(),
        attribute,
        band,
        seed: request.seed,
        act: request.act.clone(),
        codes: None,
        names: None,
    };
    plan::keep(store, &prepared, &assignment, &reasons, origin).await
}

/// Positions of the jurisdiction with this code and of all below it; `None` when there is none.
fn under(dataset: &crate::atom::Dataset, code: &str) -> Option<HashSet<u32>> {
    let units = &dataset.jurisdictions;
    let position: HashMap<&str, usize> = units.iter().enumerate().map(|(i, unit)| (unit.code.as_str(), i)).collect();
    position.get(code)?;
    let within = |mut unit: usize| loop {
        if units[unit].code == code {
            return true;
        }
        match &units[unit].parent {
            Some(parent) => unit = position[parent.as_str()],
            None => return false,
        }
    };
    Some((0..units.len()).filter(|&unit| within(unit)).map(|unit| unit as u32).collect())
}

struct Dividing<'a>(&'a dyn Watch);

impl Progress for Dividing<'_> {
    fn report(&self, done_atoms: u64, total_atoms: u64) {
        self.0.at(Step::Divide, done_atoms, total_atoms);
    }

    fn cancelled(&self) -> bool {
        self.0.cancelled()
    }
}
