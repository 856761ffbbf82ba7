//! Boxes in a packed tree, sixteen to a node, in the order they come.

/// West, south, east, north; both ends belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// Least x.
    pub west: i32,
    /// Least y.
    pub south: i32,
    /// Greatest x.
    pub east: i32,
    /// Greatest y.
    pub north: i32,
}

impl Extent {
    pub(crate) const EMPTY: Self = Self { west: i32::MAX, south: i32::MAX, east: i32::MIN, north: i32::MIN };

    pub(crate) fn around(self, other: Self) -> Self {
        Self {
            west: self.west.min(other.west),
            south: self.south.min(other.south),
            east: self.east.max(other.east),
            north: self.north.max(other.north),
        }
    }

    pub(crate) fn meets(&self, other: &Self) -> bool {
        self.west <= other.east && other.west <= self.east && self.south <= other.north && other.south <= self.north
    }

    /// Whether `other` lies wholly in it.
    pub(crate) fn holds(&self, other: &Self) -> bool {
        self.west <= other.west && other.east <= self.east && self.south <= other.south && other.north <= self.north
    }
}

const FAN: usize = 16;

/// Boxes that should lie near each other in their order, such as along a space-filling curve.
#[derive(Debug, Clone, Default)]
pub(super) struct Boxes {
    /// The boxes, then theirs by sixteens, and so on up to one.
    floors: Vec<Vec<Extent>>,
}

impl Boxes {
    /// O(n).
    pub fn new(boxes: Vec<Extent>) -> Self {
        let mut floors = vec![boxes];
        while let Some(floor) = floors.last().filter(|floor| floor.len() > 1) {
            let above = floor.chunks(FAN).map(|run| run.iter().fold(Extent::EMPTY, |sum, b| sum.around(*b))).collect();
            floors.push(above);
        }
        Self { floors }
    }

    /// The box of all.
    pub fn extent(&self) -> Option<Extent> {
        self.floors.last()?.first().copied()
    }

    /// Tells `found` the numbers of the boxes that meet the query, ascending. O(log n + found) in practice.
    pub fn meeting(&self, query: &Extent, found: &mut impl FnMut(u32, &Extent)) {
        let top = self.floors.len() - 1;
        let len = self.floors[top].len();
        self.descend(top, 0..len, query, found);
    }

    fn descend(&self, floor: usize, run: std::ops::Range<usize>, query: &Extent, found: &mut impl FnMut(u32, &Extent)) {
        for i in run {
            let extent = &self.floors[floor][i];
            if !extent.meets(query) {
                continue;
            }
            if floor == 0 {
                found(i as u32, extent);
            } else {
                let end = ((i + 1) * FAN).min(self.floors[floor - 1].len());
                self.descend(floor - 1, i * FAN..end, query, found);
            }
        }
    }
}
