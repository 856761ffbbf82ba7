//! Faces → cells: each face has one owner, and each cell is of one piece.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use rayon::prelude::*;

use super::blocks::{Blocks, Place, SPEAKS_M2};
use super::borders::Borders;
use super::faces::{Doors, Sets, areas_2, chain_mm};
use super::{Cell, Finding, FindingKind, TessellateError, Tessellation, Town};
use crate::atom::{AtomKind, Line, LineClass};
use crate::geom::{LatticePoint, area_m2, label_point, metres_per_unit};
use crate::topology::{Linework, Plane, plane, rings_of, strings};

/// Pieces smaller than this, in square metres, that rounding has cut off are joined to a neighbour even across a line.
const CRUMB_M2: f64 = 1.0;

/// Who a face belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Owner {
    Nobody,
    House(u32),
    Ground {
        zone: u32,
        ground: u32,
    },
    Open {
        zone: u32,
    },
    /// To whom its neighbours say.
    Orphan {
        zone: u32,
    },
}

/// The linework of the second pass.
struct Drawing {
    plane: Plane,
    /// What each area mark stands for.
    regions: Vec<Place>,
    /// Marks from here are kinds of lines,
    first_kind: u32,
    /// and from here borders, with the footprints left and right of each.
    first_border: u32,
    kinds: Vec<(LineClass, Option<String>)>,
    pairs: Vec<(u32, u32)>,
}

/// Draws the outlines of places and the borders between buildings into one plane.
fn drawing(town: &Town, blocks: &Blocks, drawn: &[Borders]) -> Result<Drawing, TessellateError> {
    let mut regions: Vec<Place> = blocks.places.clone();
    regions.par_sort_unstable();
    regions.dedup();
    regions.retain(|&place| place != Place::Outside);
    let region = |place: Place| regions.binary_search(&place).ok().map(|i| i as u32);
    let mut kinds = blocks.kinds.clone();
    let shore = kinds.len() as u32;
    kinds.push((LineClass::River, None));
    let first_kind = regions.len() as u32;
    let first_border = first_kind + kinds.len() as u32;
    let mut work = Linework::default();
    let water = |place: Place| match place {
        Place::Ground { ground, .. } => town.grounds[ground as usize].kind == AtomKind::Water,
        _ => false,
    };
    for (chain, &(left, right)) in blocks.plane.sides.iter().enumerate() {
        let (left, right) = (blocks.places[left as usize], blocks.places[right as usize]);
        if left == right {
            continue;
        }
        let marks: Vec<(u32, i32)> = [(region(left), 1), (region(right), -1)]
            .into_iter()
            .filter_map(|(region, gain)| Some((region?, gain)))
            .chain(blocks.along[chain].iter().map(|&kind| (first_kind + kind, 1)))
            .chain((water(left) != water(right)).then_some((first_kind + shore, 1)))
            .collect();
        for w in blocks.plane.chains[chain].points.windows(2) {
            for &(mark, gain) in &marks {
                // a kind of line has no direction
                let (a, b) = if mark >= first_kind { (w[0].min(w[1]), w[0].max(w[1])) } else { (w[0], w[1]) };
                work.edge(a, b, mark, gain);
            }
        }
    }
    let mut pairs = Vec::new();
    for (points, left, right) in drawn.iter().flat_map(|borders| &borders.lines) {
        let mark = first_border + pairs.len() as u32;
        pairs.push((*left, *right));
        for w in points.windows(2) {
            work.edge(w[0], w[1], mark, 1);
        }
    }
    let plane = plane(work, first_kind)?;
    Ok(Drawing { plane, regions, first_kind, first_border, kinds, pairs })
}

/// Brings faces together to cells. O(n log n).
pub(super) fn cells(
    town: &Town,
    blocks: &Blocks,
    drawn: &[Borders],
    findings: &mut Vec<Finding>,
) -> Result<Tessellation, TessellateError> {
    let drawing = drawing(town, blocks, drawn)?;
    let plane = &drawing.plane;
    let count = plane.cover.len();
    let areas = areas_2(plane);
    let places: Vec<Place> = plane
        .cover
        .iter()
        .map(|cover| {
            // where rounding has folded linework, covers may add up to less or more than one
            let all: i32 = cover.iter().map(|&(_, times)| times).sum();
            let best = cover
                .iter()
                .copied()
                .filter(|&(_, times)| times > 0)
                .max_by_key(|&(mark, times)| (times, Reverse(mark)));
            best.filter(|_| all > 0).map_or(Place::Outside, |(mark, _)| drawing.regions[mark as usize])
        })
        .collect();
    let of_block = |borders: &Borders| {
        let zone = borders.zone;
        borders.annexes.iter().map(move |&(annex, house)| ((zone, annex), house)).collect::<Vec<_>>()
    };
    let goes_with: BTreeMap<(u32, u32), u32> = drawn.iter().flat_map(of_block).collect();
    let mut owners: Vec<Owner> = places.iter().map(|&place| certain(blocks, &goes_with, place)).collect();
    vote(&drawing, blocks, &places, &mut owners);

    // pieces of one owner that hang together
    let mut pieces = Sets::new(count);
    for &(left, right) in &plane.sides {
        let owner = owners[left as usize];
        let whose = matches!(owner, Owner::House(_) | Owner::Ground { .. } | Owner::Open { .. });
        if whose && owner == owners[right as usize] {
            pieces.join(left, right);
        }
    }
    let doors = Doors::new(plane);
    let unit_of = |face: u32| places[face as usize].zone().map(|zone| blocks.zones[zone as usize].unit);
    separate(&drawing, town, &places, &areas, &doors, &mut pieces, &mut owners, findings);
    join_orphans(&drawing, blocks, &places, &areas, &mut pieces, &mut owners);

    let mut number = vec![u32::MAX; count];
    let mut list: Vec<(u32, Owner)> = Vec::new();
    for face in 0..count as u32 {
        let Some(unit) = unit_of(face) else { continue };
        let root = pieces.of(face) as usize;
        if number[root] == u32::MAX {
            number[root] = list.len() as u32;
            list.push((unit, owners[root]));
        }
        number[face as usize] = number[root];
    }
    let mut rims: Vec<Vec<(u32, bool)>> = vec![Vec::new(); list.len()];
    let mut along: BTreeMap<u32, Vec<(LatticePoint, LatticePoint)>> = BTreeMap::new();
    for (chain, &(left, right)) in plane.sides.iter().enumerate() {
        let (left, right) = (number[left as usize], number[right as usize]);
        if left == right {
            continue;
        }
        for (cell, forward) in [(left, true), (right, false)] {
            if cell != u32::MAX {
                rims[cell as usize].push((chain as u32, forward));
            }
        }
        for &(mark, _) in &plane.chains[chain].marks {
            if (drawing.first_kind..drawing.first_border).contains(&mark) {
                let edges = plane.chains[chain].points.windows(2).map(|w| (w[0].min(w[1]), w[0].max(w[1])));
                along.entry(mark - drawing.first_kind).or_default().extend(edges);
            }
        }
    }
    let mut cells: Vec<Cell> = rims
        .par_iter()
        .zip(&list)
        .map(|(rim, &(unit, owner))| {
            let arcs: Vec<(&[LatticePoint], bool)> =
                rim.iter().map(|&(chain, forward)| (&plane.chains[chain as usize].points[..], forward)).collect();
            let (kind, footprint, ground) = match owner {
                Owner::House(i) => (town.footprints[i as usize].kind, Some(i), None),
                Owner::Ground { ground, .. } => (town.grounds[ground as usize].kind, None, Some(ground)),
                _ => (AtomKind::Open, None, None),
            };
            Cell { shape: rings_of(&arcs), unit, kind, footprint, ground }
        })
        .collect();
    cells.par_sort_by(|a, b| {
        let first = |cell: &Cell| cell.shape.0.first().and_then(|polygon| polygon.exterior.points().first().copied());
        a.unit.cmp(&b.unit).then_with(|| first(a).cmp(&first(b))).then_with(|| {
            let points = |cell: &Cell| cell.shape.rings().flat_map(|ring| ring.points().to_vec()).collect::<Vec<_>>();
            points(a).cmp(&points(b))
        })
    });
    let mut lines: Vec<Line> = Vec::new();
    for (kind, mut edges) in along {
        edges.sort_unstable();
        edges.dedup();
        let (class, name) = &drawing.kinds[kind as usize];
        lines.extend(strings(&edges).into_iter().map(|points| Line { class: *class, name: name.clone(), points }));
    }
    lines.sort_unstable();
    tell_lost(town, blocks, &cells, findings);
    Ok(Tessellation { cells, lines, merged: blocks.merged.clone(), findings: Vec::new() })
}

/// Who owns a face whatever lies around it.
fn certain(blocks: &Blocks, goes_with: &BTreeMap<(u32, u32), u32>, place: Place) -> Owner {
    let Some(zone) = place.zone() else { return Owner::Nobody };
    let block = blocks.zones[zone as usize];
    match place {
        Place::Outside => Owner::Nobody,
        Place::House { footprint, .. } => Owner::House(footprint),
        Place::Ground { ground, .. } => Owner::Ground { zone, ground },
        Place::Annex { footprint, .. } => {
            goes_with.get(&(zone, footprint)).map_or(Owner::Orphan { zone }, |&i| Owner::House(i))
        }
        Place::Free { .. } => match block.houses {
            0 => Owner::Open { zone },
            1 => Owner::House(block.a_house),
            _ => Owner::Orphan { zone },
        },
    }
}

/// Free ground goes to the footprint whose walls and borders it has most of around it.
fn vote(drawing: &Drawing, blocks: &Blocks, places: &[Place], owners: &mut [Owner]) {
    let plane = &drawing.plane;
    let mut votes: Vec<(u32, u32, u64)> = Vec::new();
    for (chain, &(left, right)) in plane.chains.iter().zip(&plane.sides) {
        if left == right {
            continue;
        }
        let mm = chain_mm(&chain.points);
        let asks = |face: u32| {
            matches!(places[face as usize], Place::Free { .. }) && matches!(owners[face as usize], Owner::Orphan { .. })
        };
        for (face, across) in [(left, right), (right, left)] {
            if let Owner::House(i) = owners[across as usize]
                && asks(face)
                && places[face as usize].zone() == places[across as usize].zone()
            {
                votes.push((face, i, mm));
            }
        }
        for &(mark, gain) in chain.marks.iter().filter(|&&(mark, _)| mark >= drawing.first_border) {
            let (one, two) = drawing.pairs[(mark - drawing.first_border) as usize];
            let (of_left, of_right) = if gain > 0 { (one, two) } else { (two, one) };
            for (face, i) in [(left, of_left), (right, of_right)] {
                if asks(face) && places[face as usize].zone() == blocks.seat(i) {
                    votes.push((face, i, mm));
                }
            }
        }
    }
    votes.par_sort_unstable();
    for of_face in votes.chunk_by(|one, two| one.0 == two.0) {
        let sums = of_face.chunk_by(|one, two| one.1 == two.1);
        let sums = sums.map(|sum| (sum.iter().map(|&(_, _, mm)| mm).sum::<u64>(), Reverse(sum[0].1)));
        if let Some((_, Reverse(i))) = sums.max() {
            owners[of_face[0].0 as usize] = Owner::House(i);
        }
    }
}

/// Keeps one piece of each owner: the one with most of the footprint, or of the ground. The others become orphans, but for
/// pieces of grounds and of open blocks that are more than crumbs, which are cells of their own.
#[expect(clippy::too_many_arguments, reason = "one step of `cells`, over what it has gathered")]
fn separate(
    drawing: &Drawing,
    town: &Town,
    places: &[Place],
    areas: &[i128],
    doors: &Doors,
    pieces: &mut Sets,
    owners: &mut [Owner],
    findings: &mut Vec<Finding>,
) {
    let count = places.len();
    // by owner and piece: the area that decides, and the whole area
    let mut weights: BTreeMap<(Owner, u32), (i128, i128)> = BTreeMap::new();
    for face in 0..count as u32 {
        let owner = owners[face as usize];
        if matches!(owner, Owner::Nobody | Owner::Orphan { .. }) {
            continue;
        }
        let counts = match (owner, places[face as usize]) {
            (Owner::House(i), Place::House { footprint, .. }) => i == footprint,
            (Owner::House(_), _) => false,
            _ => true,
        };
        let weight = weights.entry((owner, pieces.of(face))).or_default();
        weight.0 += if counts { areas[face as usize] } else { 0 };
        weight.1 += areas[face as usize];
    }
    let mut main: BTreeMap<Owner, ((i128, i128), Reverse<u32>)> = BTreeMap::new();
    for (&(owner, piece), &weight) in &weights {
        let best = main.entry(owner).or_insert((weight, Reverse(piece)));
        *best = (weight, Reverse(piece)).max(*best);
    }
    let mut cut_off = vec![false; count];
    for (&(owner, piece), &(_, whole)) in &weights {
        let crumb = match owner {
            Owner::House(_) => true,
            _ => square_metres(drawing, whole) < CRUMB_M2,
        };
        let kept = main.get(&owner).is_some_and(|&(_, Reverse(first))| first == piece);
        cut_off[piece as usize] = crumb && !kept;
    }
    let mut parts: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for face in 0..count as u32 {
        let piece = pieces.of(face);
        if !cut_off[piece as usize] {
            continue;
        }
        let Some(zone) = places[face as usize].zone() else { continue };
        if let (Owner::House(i), Place::House { footprint, .. }) = (owners[face as usize], places[face as usize])
            && i == footprint
        {
            parts.entry(i).or_default().push(face);
        }
        owners[face as usize] = Owner::Orphan { zone };
    }
    for (i, faces) in parts {
        let shape = doors.outline(&drawing.plane, &faces);
        let area_m2 = area_m2(&shape);
        if let Some(at) = label_point(&shape).filter(|_| area_m2 >= SPEAKS_M2) {
            let codes = vec![town.footprints[i as usize].code.to_owned()];
            findings.push(Finding { kind: FindingKind::PartSeparated, at, shape: Some(shape), area_m2, codes });
        }
    }
}

fn square_metres(drawing: &Drawing, area_2: i128) -> f64 {
    let y = drawing.plane.chains.first().map_or(0, |chain| chain.points[0].y_e7);
    let (east_m, north_m) = metres_per_unit(y);
    area_2 as f64 / 2.0 * east_m * north_m
}

/// Gives each orphan piece to the neighbour with the longest shared border: in its own block, or across its rim if it is a
/// crumb; the others become open cells.
fn join_orphans(
    drawing: &Drawing,
    blocks: &Blocks,
    places: &[Place],
    areas: &[i128],
    pieces: &mut Sets,
    owners: &mut [Owner],
) {
    let plane = &drawing.plane;
    let count = places.len();
    let orphan = |owners: &[Owner], face: u32| matches!(owners[face as usize], Owner::Orphan { .. });
    let mut size: BTreeMap<u32, i128> = BTreeMap::new();
    for face in 0..count as u32 {
        if orphan(owners, face) {
            *size.entry(pieces.of(face)).or_default() += areas[face as usize];
        }
    }
    let unit = |face: u32| places[face as usize].zone().map(|zone| blocks.zones[zone as usize].unit);
    let mut touching: BTreeMap<u32, Vec<(u32, u64, bool)>> = BTreeMap::new();
    for (chain, &(left, right)) in plane.chains.iter().zip(&plane.sides) {
        if unit(left).is_none() || unit(left) != unit(right) {
            continue;
        }
        let same_zone = places[left as usize].zone() == places[right as usize].zone();
        for (face, across) in [(left, right), (right, left)] {
            if orphan(owners, face) && pieces.of(face) != pieces.of(across) {
                touching.entry(pieces.of(face)).or_default().push((across, chain_mm(&chain.points), same_zone));
            }
        }
    }
    let mut open: Vec<(i128, u32)> = size.iter().map(|(&piece, &area)| (area, piece)).collect();
    open.sort_unstable();
    for within in [true, false] {
        loop {
            let mut still = Vec::new();
            let before = open.len();
            for &(area, piece) in &open {
                let mut sums: BTreeMap<u32, u64> = BTreeMap::new();
                let crumb = square_metres(drawing, area) < CRUMB_M2;
                for &(across, mm, same_zone) in touching.get(&piece).into_iter().flatten() {
                    let root = pieces.of(across);
                    if !orphan(owners, root) && (same_zone || (!within && crumb)) {
                        *sums.entry(root).or_default() += mm;
                    }
                }
                match sums.into_iter().max_by_key(|&(root, mm)| (mm, Reverse(root))) {
                    Some((root, _)) => {
                        let owner = owners[root as usize];
                        pieces.join(piece, root);
                        let joined = pieces.of(root);
                        owners[joined as usize] = owner;
                        owners[piece as usize] = owner;
                        owners[root as usize] = owner;
                    }
                    None => still.push((area, piece)),
                }
            }
            open = still;
            if open.len() == before {
                break;
            }
        }
    }
    // what is left are pieces by themselves: together with the orphans they touch in their block, an open cell
    for &(_, piece) in &open {
        let neighbours: Vec<u32> = touching
            .get(&piece)
            .into_iter()
            .flatten()
            .map(|&(across, _, same_zone)| (pieces.of(across), same_zone))
            .filter(|&(across, same_zone)| same_zone && orphan(owners, across))
            .map(|(across, _)| across)
            .collect();
        for across in neighbours {
            pieces.join(piece, across);
        }
    }
}

/// Footprints that rounding to the lattice has left without a cell.
fn tell_lost(town: &Town, blocks: &Blocks, cells: &[Cell], findings: &mut Vec<Finding>) {
    let mut has = vec![false; town.footprints.len()];
    for i in cells.iter().filter_map(|cell| cell.footprint) {
        has[i as usize] = true;
    }
    for &i in blocks.houses.iter().filter(|&&i| !has[i as usize]) {
        let footprint = &town.footprints[i as usize];
        let at = footprint.shape.rings().find_map(|ring| ring.points().first().copied()).unwrap_or_default();
        let codes = vec![footprint.code.to_owned()];
        findings.push(Finding {
            kind: FindingKind::FootprintFlat,
            at,
            shape: Some(footprint.shape.clone()),
            area_m2: area_m2(footprint.shape),
            codes,
        });
    }
}
