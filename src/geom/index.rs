//! An R-tree of envelopes.

use rstar::{AABB, PointDistance, RTree, RTreeObject};

use super::{Envelope, LatticePoint};

/// One item of an [`EnvelopeIndex`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<T> {
    /// Where it lies.
    pub envelope: Envelope,
    /// What it is.
    pub item: T,
}

impl<T> RTreeObject for Entry<T> {
    type Envelope = AABB<[i64; 2]>;

    fn envelope(&self) -> Self::Envelope {
        aabb(&self.envelope)
    }
}

impl<T> PointDistance for Entry<T> {
    fn distance_2(&self, point: &[i64; 2]) -> i64 {
        rstar::Envelope::distance_2(&aabb(&self.envelope), point)
    }
}

fn aabb(envelope: &Envelope) -> AABB<[i64; 2]> {
    AABB::from_corners([envelope.min.x(), envelope.min.y()], [envelope.max.x(), envelope.max.y()])
}

/// Envelopes in a packed R-tree (rstar, bulk-loaded): what covers a point, what meets a box, what is near.
#[derive(Debug, Clone)]
pub struct EnvelopeIndex<T> {
    tree: RTree<Entry<T>>,
}

impl<T> EnvelopeIndex<T> {
    /// Loads all entries at once. O(n log n).
    pub fn new(entries: Vec<Entry<T>>) -> Self {
        Self { tree: RTree::bulk_load(entries) }
    }

    /// Items whose closed envelope holds the point, in no particular order.
    pub fn at(&self, p: LatticePoint) -> impl Iterator<Item = &T> {
        self.tree.locate_all_at_point(&[p.x(), p.y()]).map(|entry| &entry.item)
    }

    /// Items whose closed envelope meets the box.
    pub fn meeting(&self, envelope: &Envelope) -> impl Iterator<Item = &T> {
        self.tree.locate_in_envelope_intersecting(&aabb(envelope)).map(|entry| &entry.item)
    }

    /// Entries by distance of their envelope from the point, nearest first.
    pub fn by_distance(&self, p: LatticePoint) -> impl Iterator<Item = &Entry<T>> {
        self.tree.nearest_neighbor_iter(&[p.x(), p.y()])
    }

    /// How many items there are.
    pub fn len(&self) -> usize {
        self.tree.size()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
