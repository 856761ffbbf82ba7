//! One unit: what is locked stays, what is free is divided part by part.

use std::collections::BTreeMap;

use super::amend::{self, Kept};
use super::arithmetic;
use super::certificate::{self, Certificate, Place};
use super::coarsen::Region;
use super::division::Division;
use super::score::{Rule, border_cap};
use super::size::Size;
use super::solve::{self, Task};
use super::watch::{Share, Watch};
use super::{Bands, Cancelled, Options, Problem};
use crate::atom::AtomId;
use crate::graph::Graph;

/// A part of a unit with its grids: a locked grid, or a connected part that was divided.
pub(super) struct Part {
    pub atoms: Vec<u32>,
    /// The grid of each atom, from 0 without holes.
    pub grid: Vec<u32>,
    /// Grids outside the band.
    pub outside: Vec<(u32, Size, Certificate)>,
    /// What stayed where it was, where there is a standing plan.
    pub kept: Kept,
}

pub(super) fn divide(
    problem: &Problem<'_>,
    options: &Options,
    atoms: &[u32],
    watch: &Watch<'_>,
) -> Result<Vec<Part>, Cancelled> {
    watch.check()?;
    let unit = problem.unit[atoms[0] as usize];
    let bands = problem.bands_of(unit);
    let rule = Rule::new(bands, options.infeasible);
    let mut locked: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    let mut free = Vec::with_capacity(atoms.len());
    for &atom in atoms {
        match problem.terms.lock_of(atom) {
            Some(grid) => locked.entry(grid).or_default().push(atom),
            None => free.push(atom),
        }
    }
    let size = |atom: u32| problem.size_of(atom, bands);
    let inhabited = |atoms: &[u32]| atoms.iter().any(|&atom| !size(atom).is_zero());
    let mut divided: Vec<Part> = Vec::new();
    let has_locks = !locked.is_empty();
    for atoms in locked.into_values() {
        let total: Size = atoms.iter().map(|&atom| size(atom)).sum();
        let certificate = Certificate::Locked { unit, total: total.main };
        let outside =
            if total.is_zero() || rule.violation(total) == 0 { vec![] } else { vec![(0, total, certificate)] };
        watch.advance(atoms.len() as u64);
        let kept =
            problem.standing.map_or_else(Kept::default, |standing| amend::as_it_stands(problem, standing, &atoms));
        divided.push(Part { grid: vec![0; atoms.len()], atoms, outside, kept });
    }
    let (component, count) = problem.graph.induced(&free).components_by(|_| ());
    let mut parts = vec![Vec::new(); count as usize];
    for (&atom, &component) in free.iter().zip(&component) {
        parts[component as usize].push(atom);
    }
    let several = parts.iter().filter(|atoms| inhabited(atoms)).nth(1).is_some();
    for (number, atoms) in parts.into_iter().enumerate() {
        let share = Share::new(watch, atoms.len() as u64);
        let mut part = Part { grid: vec![0; atoms.len()], outside: Vec::new(), kept: Kept::default(), atoms };
        if inhabited(&part.atoms) {
            let (region, cluster, named) = region(problem, bands, &part.atoms);
            let bound = arithmetic::bound(&region, rule);
            let task = Task { seed: options.seed, unit: unit.into(), part: number as u64, moves: options.moves };
            let found = match problem.standing {
                None => solve::divide(&region, rule, &bound, task, &share)?,
                Some(standing) => {
                    let home = amend::homes(standing, &part.atoms, &cluster, &region);
                    amend::divide(&region, rule, &bound, task, &home, standing.moved_mm, &share)?
                }
            };
            let division = Division::new(&region, found.grid);
            let place = Place {
                unit,
                part: several,
                atoms: &named,
                exhaustive: found.exhaustive && problem.standing.is_none(),
                residue: has_locks,
            };
            part.outside = certificate::certify(&division, rule, &bound, place);
            part.grid = cluster.iter().map(|&node| division.grid[node as usize]).collect();
        }
        if let Some(standing) = problem.standing {
            part.kept = amend::kept(problem, standing, &part.atoms, &part.grid, rule);
        }
        share.finish();
        divided.push(part);
    }
    Ok(divided)
}

/// The graph of a part with atoms that stay together as one node: the region, the node of each atom, and the atom each
/// node is named by, its largest.
fn region(problem: &Problem<'_>, bands: Bands, atoms: &[u32]) -> (Region, Vec<u32>, Vec<u32>) {
    let mut graph = problem.graph.induced(atoms);
    let cap = border_cap(graph.borders().count());
    if graph.borders().any(|(_, _, mm)| mm > cap) {
        // longer than any border on earth: kept apart from the fields above it in a score
        let capped = graph.borders().map(|(a, b, mm)| (AtomId(a), AtomId(b), mm.min(cap))).collect::<Vec<_>>();
        graph = Graph::new(atoms.len(), capped);
    }
    let size: Vec<Size> = atoms.iter().map(|&atom| problem.size_of(atom, bands)).collect();
    let Some(cluster) = problem.terms.clusters(atoms) else {
        return (Region { graph, size }, (0..atoms.len() as u32).collect(), atoms.to_vec());
    };
    let nodes = cluster.iter().max().map_or(0, |&most| most as usize + 1);
    let mut sum = vec![Size::ZERO; nodes];
    let mut named = vec![u32::MAX; nodes];
    let mut largest = vec![Size::ZERO; nodes];
    for (i, &node) in cluster.iter().enumerate() {
        let node = node as usize;
        sum[node] += size[i];
        if named[node] == u32::MAX || size[i] > largest[node] {
            (named[node], largest[node]) = (atoms[i], size[i]);
        }
    }
    let borders = graph.borders().map(|(a, b, mm)| (AtomId(cluster[a as usize]), AtomId(cluster[b as usize]), mm));
    (Region { graph: Graph::new(nodes, borders), size: sum }, cluster, named)
}
