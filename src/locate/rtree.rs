//! The R-tree way: envelopes find the candidates, an exact ring test decides.

use super::{Nearest, Owner, Resolution};
use crate::geom::{
    Entry, Envelope, EnvelopeIndex, LatticePoint, MultiPolygon, Perturbation, Ring, Segment, metres_per_unit,
    on_segment, segment_distance_m,
};

/// Faces behind an R-tree of their envelopes. Building is O(n log n), a look-up O(log n + points of the few faces whose
/// envelope holds the point).
#[derive(Debug, Clone)]
pub struct RtreeIndex {
    envelopes: EnvelopeIndex<u32>,
    /// The rings of each face as directed edges with the face on their left, all faces in one run.
    edges: Vec<(LatticePoint, LatticePoint)>,
    /// Where each face's edges start; one longer than the number of faces.
    starts: Vec<u32>,
    /// Around each [`BAND`] edges of a face, so that most of a long border is passed over.
    bands: Vec<Envelope>,
    /// Where each face's bands start.
    band_starts: Vec<u32>,
}

/// Edges in a row that have an envelope together.
const BAND: usize = 16;

impl RtreeIndex {
    /// Indexes faces by their position in the iterator. An empty face is kept and owns nothing.
    pub fn new<'a>(faces: impl IntoIterator<Item = &'a MultiPolygon>) -> Self {
        let (mut entries, mut edges, mut starts) = (Vec::new(), Vec::new(), vec![0_u32]);
        let (mut bands, mut band_starts) = (Vec::new(), vec![0]);
        for (face, shape) in faces.into_iter().enumerate() {
            if let Some(envelope) = shape.envelope() {
                entries.push(Entry { envelope, item: face as u32 });
            }
            for polygon in &shape.0 {
                let turned = |ring: &Ring, hole: bool| (ring.area_2() < 0) != hole;
                let rings =
                    std::iter::once((&polygon.exterior, false)).chain(polygon.holes.iter().map(|ring| (ring, true)));
                for (ring, hole) in rings {
                    let turned = turned(ring, hole);
                    edges.extend(ring.edges().map(|(a, b)| if turned { (b, a) } else { (a, b) }));
                }
            }
            let from = starts.last().map_or(0, |&start| start as usize);
            bands.extend(
                edges[from..]
                    .chunks(BAND)
                    .filter_map(|band: &[Segment]| Envelope::of(band.iter().flat_map(|&(a, b)| [a, b]))),
            );
            starts.push(edges.len() as u32);
            band_starts.push(bands.len() as u32);
        }
        Self { envelopes: EnvelopeIndex::new(entries), edges, starts, bands, band_starts }
    }

    /// How many faces.
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Whether there is no face.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Faces whose envelope meets a box, in no particular order.
    pub(super) fn faces_meeting(&self, within: &Envelope) -> impl Iterator<Item = u32> {
        self.envelopes.meeting(within).copied()
    }

    /// The edges of a face, with it on their left.
    pub(super) fn edges(&self, face: u32) -> &[(LatticePoint, LatticePoint)] {
        &self.edges[self.starts[face as usize] as usize..self.starts[face as usize + 1] as usize]
    }

    /// The edges of a face in runs, with an envelope around each.
    pub(super) fn bands(&self, face: u32) -> impl Iterator<Item = (&Envelope, &[Segment])> {
        let at = |face: u32| self.band_starts[face as usize] as usize;
        self.bands[at(face)..at(face + 1)].iter().zip(self.edges(face).chunks(BAND))
    }

    fn holds(&self, face: u32, p: LatticePoint, push: Perturbation) -> bool {
        self.edges(face).iter().filter(|&&(a, b)| push.crosses_above(p, a, b)).count() % 2 == 1
    }

    fn touches(&self, face: u32, p: LatticePoint) -> bool {
        self.edges(face).iter().any(|&edge| on_segment(p, edge))
    }

    /// The face that owns the point; `None` outside all.
    pub fn locate(&self, p: LatticePoint) -> Option<Owner> {
        // smallest position first, so that the answer never depends on the shape of the tree
        let holder = |push| self.envelopes.at(p).copied().filter(|&face| self.holds(face, p, push)).min();
        if let Some(face) = holder(Perturbation::NORTH_EAST) {
            let resolution = if self.touches(face, p) { Resolution::EdgeTie } else { Resolution::Interior };
            return Some(Owner { face, resolution });
        }
        let first_touched = self.envelopes.at(p).copied().filter(|&face| self.touches(face, p)).min()?;
        let face = Perturbation::RIM.into_iter().find_map(holder).unwrap_or(first_touched);
        Some(Owner { face, resolution: Resolution::EdgeTie })
    }

    /// The face whose border is nearest to a point outside all; `None` when there is no face.
    pub fn nearest(&self, p: LatticePoint) -> Option<Nearest> {
        let mut best: Option<Nearest> = None;
        let (east_m, north_m) = metres_per_unit(p.y_e7);
        for entry in self.envelopes.by_distance(p) {
            let corner = LatticePoint::new(
                p.x_e7.clamp(entry.envelope.min.x_e7, entry.envelope.max.x_e7),
                p.y_e7.clamp(entry.envelope.min.y_e7, entry.envelope.max.y_e7),
            );
            // envelopes come by distance in degrees: whatever follows is at least this far in metres
            let (dx, dy) = (corner.x() - p.x(), corner.y() - p.y());
            let at_least_m = (dx as f64).hypot(dy as f64) * east_m.min(north_m);
            if best.is_some_and(|best| at_least_m > best.distance_m) {
                break;
            }
            let face = entry.item;
            let distance_m =
                self.edges(face).iter().map(|&edge| segment_distance_m(p, edge)).fold(f64::INFINITY, f64::min);
            if best.is_none_or(|best| (distance_m, face) < (best.distance_m, best.face)) {
                best = Some(Nearest { face, distance_m });
            }
        }
        best
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geom::Polygon;
    use crate::locate::brute_force;
    use proptest::prelude::*;

    fn face(points: &[(i32, i32)]) -> MultiPolygon {
        let exterior = Ring::new(points.iter().map(|&(x, y)| LatticePoint::new(x, y)).collect());
        MultiPolygon(vec![Polygon { exterior, holes: vec![] }])
    }

    /// Four triangles around (5, 5) in a square of side 10.
    fn fan() -> Vec<MultiPolygon> {
        let corners = [(0, 0), (10, 0), (10, 10), (0, 10)];
        (0..4).map(|i| face(&[(5, 5), corners[i], corners[(i + 1) % 4]])).collect()
    }

    #[test]
    fn every_lattice_point_of_the_closed_square_has_exactly_the_owner_brute_force_gives() {
        let faces = fan();
        let index = RtreeIndex::new(&faces);
        for x in -1..=11 {
            for y in -1..=11 {
                let p = LatticePoint::new(x, y);
                assert_eq!(index.locate(p), brute_force(&faces, p), "{x}, {y}");
                assert_eq!(index.locate(p).is_some(), (0..=10).contains(&x) && (0..=10).contains(&y), "{x}, {y}");
            }
        }
    }

    #[test]
    fn outside_the_nearest_face_is_named_with_its_metres() {
        let index = RtreeIndex::new(&fan());
        let nearest = index.nearest(LatticePoint::new(5, -1_000_000)).unwrap();
        assert_eq!(nearest.face, 0);
        assert!((nearest.distance_m - 11_057.4).abs() < 1.0, "{nearest:?}");
    }

    proptest! {
        #[test]
        fn a_partition_by_slanted_strips_has_one_owner_everywhere(cuts in prop::collection::vec((1..99_i32, 1..99_i32), 1..6), x in 0..=100_i32, y in 0..=100_i32) {
            let mut cuts = cuts;
            let mut bottom: Vec<i32> = cuts.iter().map(|c| c.0).collect();
            let mut top: Vec<i32> = cuts.iter().map(|c| c.1).collect();
            bottom.sort_unstable(); top.sort_unstable();
            bottom.dedup(); top.dedup();
            let n = bottom.len().min(top.len());
            cuts.clear();
            cuts.push((0, 0));
            cuts.extend((0..n).map(|i| (bottom[i], top[i])));
            cuts.push((100, 100));
            let faces: Vec<_> = cuts.windows(2).map(|w| face(&[(w[0].0, 0), (w[1].0, 0), (w[1].1, 100), (w[0].1, 100)])).collect();
            let p = LatticePoint::new(x, y);
            let owners = faces.iter().filter(|f| f.contains(p, Perturbation::NORTH_EAST)).count();
            prop_assert_eq!(owners, usize::from(x < 100 && y < 100));
            let index = RtreeIndex::new(&faces);
            prop_assert_eq!(index.locate(p), brute_force(&faces, p));
            prop_assert!(index.locate(p).is_some());
        }
    }
}
