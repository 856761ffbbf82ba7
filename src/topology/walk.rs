//! Which half-arc follows which around the cell on its left.
//!
//! Half-arc `2 i` runs along arc `i`, `2 i + 1` runs back.

use crate::geom::{LatticePoint, MultiPolygon, Perturbation, Polygon, Ring};

/// For each half-arc the next one on the border of the cell to its left: at the end, the first arc clockwise.
pub(crate) fn followers(arcs: &[&[LatticePoint]]) -> Vec<u32> {
    // half-arcs by origin, then counter-clockwise from east
    let half_count = arcs.len() * 2;
    let origin = |half: u32| {
        let points = arcs[half as usize / 2];
        if half.is_multiple_of(2) {
            (points[0], points[1])
        } else {
            (points[points.len() - 1], points[points.len() - 2])
        }
    };
    let mut around: Vec<u32> = (0..half_count as u32).collect();
    around.sort_unstable_by(|&g, &h| {
        let ((p, p_to), (q, q_to)) = (origin(g), origin(h));
        p.cmp(&q).then_with(|| turn(p, p_to, q_to)).then(g.cmp(&h))
    });
    let mut next = vec![0; half_count];
    for run in around.chunk_by(|&g, &h| origin(g).0 == origin(h).0) {
        for (i, &half) in run.iter().enumerate() {
            let clockwise = run[(i + run.len() - 1) % run.len()];
            next[half as usize ^ 1] = clockwise;
        }
    }
    next
}

/// Order of two directions from `p`, counter-clockwise from east. Exact.
fn turn(p: LatticePoint, a: LatticePoint, b: LatticePoint) -> std::cmp::Ordering {
    let south = |q: LatticePoint| (q.y_e7, q.x_e7) < (p.y_e7, p.x_e7);
    south(a).cmp(&south(b)).then_with(|| 0.cmp(&crate::geom::orientation(p, a, b)))
}

/// The cycles of `next`, each from its smallest half-arc.
pub(crate) fn cycles(next: &[u32]) -> Vec<Vec<u32>> {
    let mut seen = vec![false; next.len()];
    let mut cycles = Vec::new();
    for start in 0..next.len() as u32 {
        if seen[start as usize] {
            continue;
        }
        let mut cycle = Vec::new();
        let mut half = start;
        while !seen[half as usize] {
            seen[half as usize] = true;
            cycle.push(half);
            half = next[half as usize];
        }
        cycles.push(cycle);
    }
    cycles
}

/// The points of a cycle of half-arcs, closed without repeating the first.
pub(crate) fn points_of(arcs: &[&[LatticePoint]], cycle: &[u32]) -> Vec<LatticePoint> {
    let mut points = Vec::new();
    for &half in cycle {
        let arc = arcs[half as usize / 2];
        if half.is_multiple_of(2) {
            points.extend_from_slice(&arc[..arc.len() - 1]);
        } else {
            points.extend(arc[1..].iter().rev());
        }
    }
    points
}

/// The polygons bounded by `arcs`, each arc walked in the direction that has the face on its left. Arcs with the face on
/// both sides must be left out. Rings are simple (cut apart where they touch themselves), start at their smallest
/// point, outer ones counter-clockwise; parts are in the order of their first points. O(n log n).
pub(crate) fn rings_of(arcs: &[(&[LatticePoint], bool)]) -> MultiPolygon {
    let lines: Vec<&[LatticePoint]> = arcs.iter().map(|&(points, _)| points).collect();
    let next = followers(&lines);
    let mut loops = Vec::new();
    for cycle in cycles(&next) {
        // either all half-arcs of a cycle have the face on their left, or none
        let half = cycle[0];
        if (half.is_multiple_of(2)) == arcs[half as usize / 2].1 {
            cut_loops(points_of(&lines, &cycle), &mut loops);
        }
    }
    nest(loops)
}

/// Cuts a closed walk where it meets itself, so that every loop is simple.
fn cut_loops(points: Vec<LatticePoint>, loops: &mut Vec<Ring>) {
    let mut position = std::collections::HashMap::with_capacity(points.len());
    let mut open: Vec<LatticePoint> = Vec::with_capacity(points.len());
    for point in points {
        if let Some(&at) = position.get(&point) {
            let closed: Vec<_> = open.drain(at..).collect();
            for p in &closed {
                position.remove(p);
            }
            loops.push(Ring::new(closed));
        }
        position.insert(point, open.len());
        open.push(point);
    }
    loops.push(Ring::new(open));
}

/// Loops → polygons: counter-clockwise ones are outer rings, the others holes in the smallest outer ring around them.
fn nest(loops: Vec<Ring>) -> MultiPolygon {
    let mut outer: Vec<(Polygon, i128)> = Vec::new();
    let mut holes = Vec::new();
    for ring in loops {
        let area_2 = ring.area_2();
        let ring = from_smallest(&ring);
        match area_2.signum() {
            1 => outer.push((Polygon { exterior: ring, holes: vec![] }, area_2)),
            -1 => holes.push(ring),
            _ => {}
        }
    }
    outer.sort_unstable_by(|a, b| a.0.exterior.points().cmp(b.0.exterior.points()));
    holes.sort_unstable_by(|a, b| a.points().cmp(b.points()));
    for hole in holes {
        // just west of its westernmost point lies the polygon the hole is cut from
        let p = hole.points()[0];
        let around = |push| {
            let holders = outer.iter().enumerate().filter(|(_, (polygon, _))| polygon.exterior.contains(p, push));
            holders.min_by_key(|(_, (_, area_2))| *area_2).map(|(i, _)| i)
        };
        let home = if outer.len() == 1 { Some(0) } else { Perturbation::RIM.into_iter().find_map(around) };
        let home = home.or_else(|| around(Perturbation::NORTH_EAST)).or_else(|| {
            // it touches its outer ring there: ask a point within it instead; rings in the hole are smaller than it
            let (within, least_2) = (point_within(&hole), hole.area_2().abs());
            let holders = outer.iter().enumerate().filter(|(_, (_, area_2))| *area_2 > least_2);
            let holders = holders.filter(|(_, (polygon, _))| holds(&polygon.exterior, within));
            holders.min_by_key(|(_, (_, area_2))| *area_2).map(|(i, _)| i)
        });
        if let Some(home) = home {
            outer[home].0.holes.push(hole);
        }
    }
    MultiPolygon(outer.into_iter().map(|(polygon, _)| polygon).collect())
}

/// A sixth of the lattice's unit: the centre of three points and the middle of two are whole numbers of it.
const SIXTHS: i128 = 6;

/// A point strictly within a simple ring that starts at its smallest point, in sixths of the unit. Of the corner there the
/// centre, unless a point of the ring lies in it: then the middle of the way to the one farthest in. O(n).
fn point_within(ring: &Ring) -> (i128, i128) {
    let points = ring.points();
    let (p, a, b) = (points[0], points[1], points[points.len() - 1]);
    let turn = crate::geom::orientation(a, p, b);
    let inside = |q: LatticePoint| {
        let sides = [(a, p), (p, b), (b, a)].map(|(from, to)| crate::geom::orientation(from, to, q) * turn.signum());
        sides.iter().all(|&side| side >= 0) && ![a, b, p].contains(&q)
    };
    let depth = |q: LatticePoint| (crate::geom::orientation(b, a, q) * turn.signum()).abs();
    let farthest = points.iter().copied().filter(|&q| inside(q)).max_by_key(|&q| depth(q));
    let sum = |of: fn(LatticePoint) -> i32| match farthest {
        Some(q) => 3 * (i128::from(of(p)) + i128::from(of(q))),
        None => 2 * (i128::from(of(p)) + i128::from(of(a)) + i128::from(of(b))),
    };
    (sum(|q| q.x_e7), sum(|q| q.y_e7))
}

/// Whether a ring holds a point that is not on it, in sixths of the unit: edges to its east are counted. O(n).
fn holds(ring: &Ring, (x, y): (i128, i128)) -> bool {
    let mut within = false;
    for (a, b) in ring.edges() {
        let (a, b) = if a.y_e7 <= b.y_e7 { (a, b) } else { (b, a) };
        let [ax, ay, bx, by] = [a.x_e7, a.y_e7, b.x_e7, b.y_e7].map(|n| i128::from(n) * SIXTHS);
        if ay <= y && y < by && (bx - ax) * (y - ay) - (by - ay) * (x - ax) > 0 {
            within = !within;
        }
    }
    within
}

fn from_smallest(ring: &Ring) -> Ring {
    let mut points = ring.points().to_vec();
    let smallest = (0..points.len()).min_by_key(|&i| points[i]).unwrap_or(0);
    points.rotate_left(smallest);
    Ring::new(points)
}
