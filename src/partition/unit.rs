//! One unit: what is locked stays, what is free is divided part by part.

use std::collections::{BTreeMap, HashMap};

use super::amend::{self, Kept};
use super::apart;
use super::arithmetic::{self, Bound};
use super::certificate::{self, Certificate, Place};
use super::coarsen::Region;
use super::count;
use super::division::Division;
use super::score::{Rule, border_cap};
use super::size::Size;
use super::solve::{self, Divided, Task};
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
    let mut found = Vec::with_capacity(parts.len());
    for (number, atoms) in parts.into_iter().enumerate() {
        let share = Share::new(watch, atoms.len() as u64);
        let lived_in = inhabited(&atoms);
        let (region, cluster, named) = region(problem, bands, &atoms);
        let task = Task { seed: options.seed, unit: unit.into(), part: number as u64, moves: options.moves };
        let bound = lived_in.then(|| arithmetic::bound(&region, rule));
        let divided = match (&bound, problem.standing) {
            (None, _) => Divided { grid: vec![0; region.size.len()], exhaustive: false },
            (Some(bound), None) => solve::divide(&region, rule, bound, task, &share)?,
            (Some(bound), Some(standing)) => {
                let home = amend::homes(standing, &atoms, &cluster, &region);
                amend::divide(&region, rule, bound, task, &home, standing.moved_mm, &share)?
            }
        };
        share.finish();
        found.push(Found { atoms, region, cluster, named, task, bound, divided, crowd: None });
    }
    let wanted = problem.terms.grids_of(unit);
    if let Some(wanted) = wanted {
        let stand = divided.iter().filter(|part| inhabited(&part.atoms)).count();
        bring_to(&mut found, rule, (wanted as usize).saturating_sub(stand), watch)?;
    }
    for part in &mut found {
        part_pairs(problem, rule, part, watch)?;
    }
    let unit_total: Size = atoms.iter().map(|&atom| size(atom)).sum();
    for part in found {
        let mut outside = Vec::new();
        let division = Division::new(&part.region, part.divided.grid);
        if let Some(bound) = &part.bound {
            let place = Place {
                unit,
                part: several,
                atoms: &part.named,
                exhaustive: part.divided.exhaustive && problem.standing.is_none() && wanted.is_none(),
                residue: has_locks,
            };
            outside = certificate::certify(&division, rule, bound, place);
            if let Some(crowd) = part.crowd {
                crowd.certify(unit, rule, &mut outside);
            }
            if let Some(grids) = wanted {
                for (_, size, certificate) in &mut outside {
                    if of_count(unit_total, *size, grids, rule) && !matches!(certificate, Certificate::AtomOver { .. })
                    {
                        *certificate = Certificate::Count { unit, total: unit_total.main, grids };
                    }
                }
            }
        }
        let grid: Vec<u32> = part.cluster.iter().map(|&node| division.grid[node as usize]).collect();
        let kept = problem
            .standing
            .map_or_else(Kept::default, |standing| amend::kept(problem, standing, &part.atoms, &grid, rule));
        divided.push(Part { atoms: part.atoms, grid, outside, kept });
    }
    Ok(divided)
}

/// A connected part on its way.
struct Found {
    atoms: Vec<u32>,
    region: Region,
    cluster: Vec<u32>,
    named: Vec<u32>,
    task: Task,
    /// Of an inhabited part.
    bound: Option<Bound>,
    divided: Divided,
    /// Atoms kept apart that take more grids than the part fills.
    crowd: Option<apart::Crowd>,
}

/// Brings the inhabited parts together to so many grids.
fn bring_to(found: &mut [Found], rule: Rule, wanted: usize, watch: &Watch<'_>) -> Result<(), Cancelled> {
    let mut inhabited: Vec<&mut Found> = found.iter_mut().filter(|part| part.bound.is_some()).collect();
    let grids = |part: &Found| part.divided.grid.iter().max().map_or(0, |&most| most as usize + 1);
    let sizes: Vec<(Size, usize, usize)> = inhabited
        .iter()
        .map(|part| (part.region.size.iter().copied().sum(), grids(part), part.region.size.len()))
        .collect();
    for (part, wanted) in inhabited.iter_mut().zip(count::shares(&sizes, rule, wanted)) {
        if grids(part) != wanted {
            let grid = std::mem::take(&mut part.divided.grid);
            part.divided.grid = count::settle(&part.region, rule, part.task, grid, wanted, watch)?;
        }
    }
    Ok(())
}

/// Parts the pairs that may not share a grid.
fn part_pairs(problem: &Problem<'_>, rule: Rule, part: &mut Found, watch: &Watch<'_>) -> Result<(), Cancelled> {
    if problem.terms.apart.is_empty() {
        return Ok(());
    }
    let node: HashMap<u32, u32> = part.atoms.iter().copied().zip(part.cluster.iter().copied()).collect();
    let pairs = problem.terms.apart.iter();
    let pairs: Vec<(u32, u32)> = pairs.filter_map(|(a, b)| Some((*node.get(&a.0)?, *node.get(&b.0)?))).collect();
    part.crowd = if part.bound.is_some() { apart::crowd(&part.region, rule, &pairs) } else { None };
    if pairs.iter().any(|&(a, b)| part.divided.grid[a as usize] == part.divided.grid[b as usize]) {
        let grid = std::mem::take(&mut part.divided.grid);
        part.divided.grid = apart::part(&part.region, rule, part.task, grid, &pairs, watch)?;
        part.divided.exhaustive = false;
    }
    Ok(())
}

/// Whether a grid is outside on the side on which so many grids cannot hold the total of the unit.
fn of_count(total: Size, size: Size, grids: u32, rule: Rule) -> bool {
    let grids = u64::from(grids);
    let over = total.main > grids.saturating_mul(rule.upper.main) && size.main > rule.upper.main;
    over || (total.main < grids.saturating_mul(rule.lower.main) && size.main < rule.lower.main)
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
