//! Ferries: where parts that share no border come nearest to each other.

use crate::atom::AtomId;
use crate::geom::{Envelope, LatticePoint, MultiPolygon, Ring, metres_per_unit, segment_distance_m};

/// The shortest way between two sets of shapes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ferry {
    /// Where it leaves from, of the first set.
    pub from: AtomId,
    /// Where it goes to, of the second.
    pub to: AtomId,
    /// The corner it starts or ends at.
    pub at: LatticePoint,
    /// How long it is.
    pub distance_m: f64,
}

/// The shortest way from any shape of `from` to any of `to` (of equals, the one between the first); `None` where either has none.
/// O(|from| · |to|) for their boxes, and corners times edges where the boxes are as near.
pub fn nearest(shapes: &[&MultiPolygon], from: &[u32], to: &[u32]) -> Option<Ferry> {
    let mut pairs: Vec<(f64, u32, u32)> = Vec::new();
    for &a in from {
        let Some(own) = shapes[a as usize].envelope() else { continue };
        for &b in to {
            if let Some(other) = shapes[b as usize].envelope() {
                pairs.push((apart_m(&own, &other), a, b));
            }
        }
    }
    pairs.sort_by(|x, y| x.0.total_cmp(&y.0).then((x.1, x.2).cmp(&(y.1, y.2))));
    let mut best: Option<Ferry> = None;
    for (least_m, a, b) in pairs {
        if best.is_some_and(|best| least_m > best.distance_m) {
            break;
        }
        let (own, other) = (shapes[a as usize], shapes[b as usize]);
        let Some((distance_m, at)) = [corners_to_edges(own, other), corners_to_edges(other, own)]
            .into_iter()
            .flatten()
            .min_by(|x, y| x.0.total_cmp(&y.0))
        else {
            continue;
        };
        let here = (AtomId(a), AtomId(b));
        let is_better = |best: Ferry| {
            let order = distance_m.total_cmp(&best.distance_m);
            order.then_with(|| here.cmp(&(best.from, best.to))).is_lt()
        };
        if best.is_none_or(is_better) {
            best = Some(Ferry { from: AtomId(a), to: AtomId(b), at, distance_m });
        }
    }
    best
}

/// At most the distance of what lies in two boxes, in metres.
fn apart_m(a: &Envelope, b: &Envelope) -> f64 {
    let gap = |a_min: i32, a_max: i32, b_min: i32, b_max: i32| {
        (i64::from(b_min) - i64::from(a_max)).max(i64::from(a_min) - i64::from(b_max)).max(0) as f64
    };
    let farthest = [a.min.y_e7, a.max.y_e7, b.min.y_e7, b.max.y_e7].into_iter().max_by_key(|y| y.unsigned_abs());
    // degrees of longitude are shortest nearest to a pole, of latitude nearest to the equator
    let (east_m, _) = metres_per_unit(farthest.unwrap_or(0));
    let (_, north_m) = metres_per_unit(0);
    let dx = gap(a.min.x_e7, a.max.x_e7, b.min.x_e7, b.max.x_e7) * east_m;
    let dy = gap(a.min.y_e7, a.max.y_e7, b.min.y_e7, b.max.y_e7) * north_m;
    dx.hypot(dy) * 0.999
}

fn corners_to_edges(corners: &MultiPolygon, edges: &MultiPolygon) -> Option<(f64, LatticePoint)> {
    let corners = || corners.rings().flat_map(Ring::points).copied();
    let edges = edges.rings().flat_map(Ring::edges);
    edges
        .flat_map(|edge| corners().map(move |corner| (segment_distance_m(corner, edge), corner)))
        .min_by(|x, y| x.0.total_cmp(&y.0).then(x.1.cmp(&y.1)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::geom::{Polygon, distance_m};

    fn square((x, y): (i32, i32)) -> MultiPolygon {
        let corners = [(0, 0), (1_000, 0), (1_000, 1_000), (0, 1_000)];
        let ring = Ring::new(corners.map(|(dx, dy)| LatticePoint::new(x + dx, y + dy)).to_vec());
        MultiPolygon(vec![Polygon { exterior: ring, holes: Vec::new() }])
    }

    #[test]
    fn a_ferry_goes_straight_across() {
        let shapes = [square((0, 0)), square((0, 2_000)), square((9_000, 0))];
        let shapes: Vec<&MultiPolygon> = shapes.iter().collect();
        let ferry = nearest(&shapes, &[0, 1], &[2]).unwrap();
        assert_eq!((ferry.from, ferry.to), (AtomId(0), AtomId(2)));
        let straight = distance_m(LatticePoint::new(1_000, 0), LatticePoint::new(9_000, 0));
        assert!((ferry.distance_m - straight).abs() < 0.001, "{ferry:?}");
        assert_eq!(nearest(&shapes, &[], &[2]), None);
    }

    proptest! {
        #[test]
        fn no_pair_of_squares_is_nearer(
            places in proptest::collection::btree_set((-40..40_i32, 200..240_i32), 4..9)
        ) {
            let squares: Vec<MultiPolygon> = places.iter().map(|&(x, y)| square((x * 1_500, y * 1_500))).collect();
            let shapes: Vec<&MultiPolygon> = squares.iter().collect();
            let (from, to): (Vec<u32>, Vec<u32>) = (0..shapes.len() as u32).partition(|i| i % 2 == 0);
            let ferry = nearest(&shapes, &from, &to).unwrap();
            for &a in &from {
                for &b in &to {
                    for (x, y) in [(a, b), (b, a)] {
                        let (here, _) = corners_to_edges(shapes[x as usize], shapes[y as usize]).unwrap();
                        prop_assert!(here >= ferry.distance_m);
                    }
                }
            }
        }
    }
}
