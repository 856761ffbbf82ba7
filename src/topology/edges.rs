//! Shapes → undirected edges that say which shapes lie on which side.

use rayon::slice::ParallelSliceMut;

use crate::geom::{LatticePoint, MultiPolygon};

/// How often a shape gains (+) or loses (-) cover when the edge is crossed from its right to its left.
pub(super) type Label = (u32, i32);

/// Undirected edges, each once, from the smaller point to the larger.
#[derive(Debug, Clone, Default)]
pub(super) struct Edges {
    pub ends: Vec<(LatticePoint, LatticePoint)>,
    /// Labels of edge i are `labels[starts[i]..starts[i + 1]]`, by face, none zero.
    pub starts: Vec<u32>,
    pub labels: Vec<Label>,
}

/// One side of one edge, before equal edges are brought together.
pub(super) type Side = (LatticePoint, LatticePoint, u32, i32);

impl Edges {
    pub fn labels(&self, edge: usize) -> &[Label] {
        &self.labels[self.starts[edge] as usize..self.starts[edge + 1] as usize]
    }

    /// Brings equal edges together and adds up their labels. Edges with the same cover on both sides vanish.
    pub fn gather(mut sides: Vec<Side>) -> Self {
        sides.par_sort_unstable();
        let mut edges = Self { starts: vec![0], ..Self::default() };
        let mut i = 0;
        while i < sides.len() {
            let (a, b, ..) = sides[i];
            let first = edges.labels.len();
            while i < sides.len() && (sides[i].0, sides[i].1) == (a, b) {
                let face = sides[i].2;
                let mut gain = 0;
                while i < sides.len() && (sides[i].0, sides[i].1, sides[i].2) == (a, b, face) {
                    gain += sides[i].3;
                    i += 1;
                }
                if gain != 0 {
                    edges.labels.push((face, gain));
                }
            }
            if edges.labels.len() > first {
                edges.ends.push((a, b));
                edges.starts.push(edges.labels.len() as u32);
            }
        }
        edges
    }

    /// The sides again, for another round.
    pub fn sides_of(&self, edge: usize) -> impl Iterator<Item = Side> + '_ {
        let (a, b) = self.ends[edge];
        self.labels(edge).iter().map(move |&(face, gain)| (a, b, face, gain))
    }
}

/// One side of the edge from → to with `face` on the left.
pub(super) fn side(from: LatticePoint, to: LatticePoint, face: u32, gain: i32) -> Side {
    if from < to { (from, to, face, gain) } else { (to, from, face, -gain) }
}

/// All edges of all shapes, outer rings taken counter-clockwise and holes clockwise whichever way they came.
pub(super) fn extract(shapes: &[&MultiPolygon]) -> Edges {
    let mut sides =
        Vec::with_capacity(shapes.iter().flat_map(|shape| shape.rings()).map(|ring| ring.points().len()).sum());
    for (face, shape) in shapes.iter().enumerate() {
        for polygon in &shape.0 {
            for (i, ring) in polygon.rings().enumerate() {
                let gain = if (ring.area_2() > 0) == (i == 0) { 1 } else { -1 };
                sides.extend(ring.edges().map(|(a, b)| side(a, b, face as u32, gain)));
            }
        }
    }
    Edges::gather(sides)
}
