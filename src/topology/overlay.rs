//! The area that two layers of shapes share, pair by pair.

use std::collections::HashMap;

use super::cells::{Cells, cells};
use super::chain::{Chain, chain};
use super::{TopologyError, edges, node};
use crate::geom::{LatticePoint, MultiPolygon};

/// The area shared by each shape of `a` with each of `b`, for the pairs that share any: (position in `a`, position in
/// `b`, twice the area in lattice units²), sorted. Shapes of one layer may overlap each other, and then each counts its
/// own. A place counts for a shape when the shape's rings go round it any number of times but zero.
///
/// Exact on the noded lattice: all edges of both layers are snapped to each other once (half a unit at most), so the
/// areas of a shape shared with the tiles of a partition add up to the shape's own area without a rest. O(n log n) for
/// n points in reasonable position, and the pairs.
///
/// # Errors
/// [`TopologyError::Unsettled`] when snapping does not come to rest.
pub fn overlay(a: &[&MultiPolygon], b: &[&MultiPolygon]) -> Result<Vec<(u32, u32, i128)>, TopologyError> {
    let both: Vec<&MultiPolygon> = a.iter().chain(b).copied().collect();
    let chains = chain(&node::node(edges::extract(&both), None)?);
    let cells = cells(&chains);
    let areas_2 = areas_2(&chains, &cells);
    let first_b = a.len() as u32;
    let mut shared: HashMap<(u32, u32), i128> = HashMap::new();
    for (cover, &area_2) in cells.cover.iter().zip(&areas_2) {
        // covers are sorted by face: those of `a` come first
        let (of_a, of_b) = cover.split_at(cover.partition_point(|&(face, _)| face < first_b));
        for &(one, _) in of_a {
            for &(two, _) in of_b {
                *shared.entry((one, two - first_b)).or_default() += area_2;
            }
        }
    }
    let mut shared: Vec<(u32, u32, i128)> = shared.into_iter().map(|((a, b), area_2)| (a, b, area_2)).collect();
    shared.sort_unstable();
    Ok(shared)
}

/// Twice the area of each cell in lattice units², holes taken off; that of the unbounded cell is less than zero. Exact.
pub(super) fn areas_2(chains: &[Chain], cells: &Cells) -> Vec<i128> {
    let mut areas_2 = vec![0; cells.count as usize];
    for (i, chain) in chains.iter().enumerate() {
        let swept_2 = swept_2(&chain.points);
        let (left, right) = cells.sides(i);
        areas_2[left as usize] += swept_2;
        areas_2[right as usize] -= swept_2;
    }
    areas_2
}

/// Twice the signed area between a chain of points and the origin: summed over a closed walk it is twice the area inside.
pub(super) fn swept_2(points: &[LatticePoint]) -> i128 {
    points.windows(2).map(|w| i128::from(w[0].x() * w[1].y()) - i128::from(w[0].y() * w[1].x())).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::geom::{Polygon, Ring};

    fn face(points: &[(i32, i32)]) -> MultiPolygon {
        let exterior = Ring::new(points.iter().map(|&(x, y)| LatticePoint::new(x, y)).collect());
        MultiPolygon(vec![Polygon { exterior, holes: vec![] }])
    }

    /// West, south, east, north.
    type Box = (i32, i32, i32, i32);

    fn rectangle((w, s, e, n): Box) -> MultiPolygon {
        face(&[(w, s), (e, s), (e, n), (w, n)])
    }

    fn overlay_of(a: &[MultiPolygon], b: &[MultiPolygon]) -> Vec<(u32, u32, i128)> {
        overlay(&a.iter().collect::<Vec<_>>(), &b.iter().collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn two_squares_that_overlap_in_one_layer_share_each_their_own_with_the_other() {
        let a = [rectangle((0, 0, 10, 10)), rectangle((5, 0, 15, 10))];
        let b = [rectangle((0, 0, 8, 4)), rectangle((100, 0, 110, 10))];
        assert_eq!(overlay_of(&a, &b), [(0, 0, 2 * 32), (1, 0, 2 * 12)]);
        assert_eq!(overlay_of(&a, &[]), []);
    }

    #[test]
    fn a_hole_shares_nothing_and_the_ends_of_the_lattice_do_not_overflow() {
        let world = (-1_800_000_000, -900_000_000, 1_800_000_000, 900_000_000);
        let mut frame = rectangle(world);
        frame.0[0].holes.push(rectangle((0, 0, 10, 10)).0.remove(0).exterior);
        let whole = 2 * 3_600_000_000_i128 * 1_800_000_000;
        assert_eq!(overlay_of(&[frame], &[rectangle((2, 2, 4, 4)), rectangle(world)]), [(0, 1, whole - 200)]);
    }

    fn boxes() -> impl Strategy<Value = Vec<Box>> {
        let one = (0..40_i32, 0..40_i32, 1..20_i32, 1..20_i32).prop_map(|(x, y, w, h)| (x, y, x + w, y + h));
        prop::collection::vec(one, 0..7)
    }

    fn triangles() -> impl Strategy<Value = Vec<[(i32, i32); 3]>> {
        let point = || (0..2000_i32, 0..2000_i32);
        prop::collection::vec((point(), point(), point()).prop_map(|(a, b, c)| [a, b, c]), 1..5)
    }

    /// Twice the area of what is left of a convex `one`, cut by the edges of a convex counter-clockwise `two`.
    fn clipped_2(one: &[(i32, i32); 3], two: &[(i32, i32); 3]) -> f64 {
        let turned = |t: &[(i32, i32); 3]| {
            let mut t = t.map(|(x, y)| (f64::from(x), f64::from(y)));
            if (t[1].0 - t[0].0) * (t[2].1 - t[0].1) < (t[1].1 - t[0].1) * (t[2].0 - t[0].0) {
                t.swap(1, 2);
            }
            t
        };
        let (mut left, two) = (turned(one).to_vec(), turned(two));
        for i in 0..3 {
            let (p, q) = (two[i], two[(i + 1) % 3]);
            let side = |r: (f64, f64)| (q.0 - p.0) * (r.1 - p.1) - (q.1 - p.1) * (r.0 - p.0);
            let mut kept = Vec::new();
            for (j, &r) in left.iter().enumerate() {
                let s = left[(j + 1) % left.len()];
                if side(r) >= 0.0 {
                    kept.push(r);
                }
                if side(r) * side(s) < 0.0 {
                    let t = side(r) / (side(r) - side(s));
                    kept.push((r.0 + t * (s.0 - r.0), r.1 + t * (s.1 - r.1)));
                }
            }
            left = kept;
        }
        (0..left.len()).map(|i| (left[i], left[(i + 1) % left.len()])).map(|(r, s)| r.0 * s.1 - r.1 * s.0).sum()
    }

    proptest! {
        #[test]
        fn rectangles_share_what_arithmetic_says(a in boxes(), b in boxes()) {
            let mut expected = Vec::new();
            for (i, one) in a.iter().enumerate() {
                for (j, two) in b.iter().enumerate() {
                    let width = one.2.min(two.2) - one.0.max(two.0);
                    let height = one.3.min(two.3) - one.1.max(two.1);
                    if width > 0 && height > 0 {
                        expected.push((i as u32, j as u32, 2 * i128::from(width) * i128::from(height)));
                    }
                }
            }
            let shapes = |all: &[Box]| all.iter().map(|&one| rectangle(one)).collect::<Vec<_>>();
            prop_assert_eq!(overlay_of(&shapes(&a), &shapes(&b)), expected);
        }

        #[test]
        fn triangles_share_what_clipping_says_but_for_the_snapping(a in triangles(), b in triangles()) {
            let shapes = |all: &[[(i32, i32); 3]]| all.iter().map(|one| face(one)).collect::<Vec<_>>();
            let shared = overlay_of(&shapes(&a), &shapes(&b));
            for (i, one) in a.iter().enumerate() {
                for (j, two) in b.iter().enumerate() {
                    let found = shared.iter().find(|s| (s.0, s.1) == (i as u32, j as u32)).map_or(0, |s| s.2);
                    // a unit on either side of two borders of at most 3 · 2829 units
                    prop_assert!((found as f64 - clipped_2(one, two)).abs() <= 34_000.0);
                }
            }
        }

        #[test]
        fn shares_with_a_partition_add_up_to_the_whole(a in triangles(), xs in prop::collection::btree_set(1..1999_i32, 0..5)) {
            let stops: Vec<i32> = [0].into_iter().chain(xs).chain([2000]).collect();
            let tiles: Vec<MultiPolygon> = stops.windows(2).map(|w| rectangle((w[0], -1, w[1], 2001))).collect();
            let shapes: Vec<MultiPolygon> = a.iter().map(|one| face(one)).collect();
            let shared = overlay_of(&shapes, &tiles);
            let whole = overlay_of(&shapes, &[rectangle((-1, -2, 2001, 2002))]);
            for &(i, _, area_2) in &whole {
                let parts: i128 = shared.iter().filter(|s| s.0 == i).map(|s| s.2).sum();
                // cut lines move corners of slanted edges to the lattice
                prop_assert!((parts - area_2).abs() <= 34_000, "{parts} {area_2}");
            }
        }
    }
}
