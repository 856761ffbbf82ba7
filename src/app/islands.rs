//! Parts of a unit that share no border with the rest: each for itself, or joined by a ferry to the nearest.

use std::collections::BTreeMap;

use super::Prepared;
use super::nesting::Nesting;
use super::plan::count;
use crate::atom::AtomId;
use crate::geom::MultiPolygon;
use crate::graph::Graph;
use crate::plan::Counted;
use crate::store::{FindingRecord, NewFinding};
use crate::topology::{Ferry, nearest};

/// What becomes of parts that are smaller than one grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Islands {
    /// Each is a grid of its own.
    #[default]
    Own,
    /// Each goes with the nearest part of the same unit, as if a ferry joined them.
    Nearest,
}

/// The kind of finding that a ferry is kept as.
pub(super) const FERRY: &str = "ferry";

/// Ferries between parts of the same unit, until each inhabited part is as large as a grid or its unit is one part.
pub(super) fn ferries(prepared: &Prepared, nesting: &Nesting, counted: Counted) -> Vec<Ferry> {
    let shapes: Vec<&MultiPolygon> = prepared.dataset.atoms.iter().map(|atom| &atom.shape).collect();
    let (component, _) = prepared.joined([]).components_by(|atom| nesting.unit[atom as usize]);
    let mut units: BTreeMap<u32, BTreeMap<u32, Vec<u32>>> = BTreeMap::new();
    for (atom, unit) in (0_u32..).zip(&nesting.unit) {
        if let Some(unit) = unit.filter(|&unit| !nesting.is_exclusive(Some(unit))) {
            units.entry(unit).or_default().entry(component[atom as usize]).or_default().push(atom);
        }
    }
    let is_small = |unit: u32, atoms: &[u32]| {
        let counted = nesting.counted(Some(unit), counted);
        let sum = |attribute| -> u64 {
            let of = |&atom: &u32| u64::from(count(prepared.dataset.atom(AtomId(atom)), attribute).unwrap_or(0));
            atoms.iter().map(of).sum()
        };
        let inhabited = counted.bands().any(|(attribute, _)| sum(attribute) > 0);
        inhabited && counted.bands().any(|(attribute, band)| sum(attribute) < u64::from(band.lower))
    };
    let mut ferries = Vec::new();
    for (unit, parts) in units {
        let mut parts: Vec<Vec<u32>> = parts.into_values().collect();
        while parts.len() > 1 {
            let Some(small) = parts.iter().position(|atoms| is_small(unit, atoms)) else { break };
            let island = parts.remove(small);
            let rest: Vec<u32> = parts.iter().flatten().copied().collect();
            let Some(ferry) = nearest(&shapes, &island, &rest) else { break };
            let mainland = parts.iter_mut().find(|atoms| atoms.contains(&ferry.to.0));
            mainland.expect("the ferry goes to one of the other parts").extend(island);
            ferries.push(ferry);
        }
    }
    ferries
}

/// A graph with ferries, each as a border of one millimetre.
pub(super) fn with_ferries(graph: &Graph, ferries: impl IntoIterator<Item = (AtomId, AtomId)>) -> Graph {
    let ferries: Vec<(AtomId, AtomId)> = ferries.into_iter().collect();
    if ferries.is_empty() {
        return graph.clone();
    }
    let borders = graph.borders().map(|(a, b, mm)| (AtomId(a), AtomId(b), mm));
    Graph::new(graph.len(), borders.chain(ferries.into_iter().map(|(a, b)| (a, b, 1))))
}

/// What is kept of a ferry.
pub(super) fn finding(prepared: &Prepared, nesting: &Nesting, ferry: &Ferry) -> NewFinding {
    let code = |atom: AtomId| prepared.dataset.atom(atom).code.clone();
    let (from, to) = (code(ferry.from), code(ferry.to));
    let unit = nesting.unit[ferry.from.0 as usize];
    let unit = unit.map_or_else(String::new, |unit| nesting.names[unit as usize].0.clone());
    let length = ferry.distance_m;
    NewFinding {
        kind: FERRY.to_owned(),
        point: ferry.at,
        shape: None,
        area_m2: 0.0,
        moved_m: None,
        en: format!(
            "{from} and {to} count as neighbours over {length:.0} m: they lie in parts of {unit} that share no border, one of them too small for a grid"
        ),
        zh: format!("{from} 与 {to} 相距 {length:.0} 米，视为相邻：二者属 {unit} 中互不相连的部分，其一不足一个网格"),
        parties: vec![from, to],
    }
}

/// The ferries that a plan was made with, by its findings.
pub(super) fn of_plan(prepared: &Prepared, plan: i64, findings: &[FindingRecord]) -> Vec<(AtomId, AtomId)> {
    let own = findings.iter().filter(|record| record.plan == Some(plan) && record.finding.kind == FERRY);
    let position: BTreeMap<&str, u32> =
        prepared.dataset.atoms.iter().map(|atom| atom.code.as_str()).zip(0_u32..).collect();
    let pair = |record: &FindingRecord| match record.finding.parties.as_slice() {
        [a, b] => Some((AtomId(*position.get(a.as_str())?), AtomId(*position.get(b.as_str())?))),
        _ => None,
    };
    own.filter_map(pair).collect()
}
