//! Points in a k-d tree (Bentley 1975), for asking whether any lies in a triangle.

use crate::geom::{LatticePoint, orientation};

/// The arc of a point where several arcs may meet.
pub(super) const NODE: u32 = u32::MAX;
/// Runs this short are looked through one by one.
const LEAF: usize = 12;

/// A point and whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Marked {
    pub at: LatticePoint,
    /// Its arc, or [`NODE`].
    pub arc: u32,
    /// Its place in the arc.
    pub place: u32,
}

/// Points, halved by x and y in turn at the middle of each run.
#[derive(Debug, Default)]
pub(super) struct Near {
    points: Vec<Marked>,
}

impl Near {
    /// O(n log n).
    pub fn new(mut points: Vec<Marked>) -> Self {
        fn halve(points: &mut [Marked], by_x: bool) {
            if points.len() <= LEAF {
                return;
            }
            let middle = points.len() / 2;
            points.select_nth_unstable_by_key(middle, |p| if by_x { p.at.x_e7 } else { p.at.y_e7 });
            let (low, high) = points.split_at_mut(middle);
            halve(low, !by_x);
            halve(&mut high[1..], !by_x);
        }
        halve(&mut points, true);
        Self { points }
    }

    /// Whether `bars` says so of any point in the closed triangle. O(log n + points near it).
    pub fn any_in_triangle(&self, corners: [LatticePoint; 3], bars: impl Fn(&Marked) -> bool) -> bool {
        let [a, b, c] = corners;
        let query = Triangle {
            corners: if orientation(a, b, c) >= 0 { [a, b, c] } else { [a, c, b] },
            low: (a.x_e7.min(b.x_e7).min(c.x_e7), a.y_e7.min(b.y_e7).min(c.y_e7)),
            high: (a.x_e7.max(b.x_e7).max(c.x_e7), a.y_e7.max(b.y_e7).max(c.y_e7)),
        };
        search(&self.points, true, &query, &bars)
    }
}

struct Triangle {
    /// Counter-clockwise.
    corners: [LatticePoint; 3],
    low: (i32, i32),
    high: (i32, i32),
}

impl Triangle {
    fn holds(&self, p: LatticePoint) -> bool {
        let [a, b, c] = self.corners;
        p.x_e7 >= self.low.0
            && p.x_e7 <= self.high.0
            && p.y_e7 >= self.low.1
            && p.y_e7 <= self.high.1
            && orientation(a, b, p) >= 0
            && orientation(b, c, p) >= 0
            && orientation(c, a, p) >= 0
    }
}

fn search(points: &[Marked], by_x: bool, query: &Triangle, bars: &impl Fn(&Marked) -> bool) -> bool {
    if points.len() <= LEAF {
        return points.iter().any(|p| query.holds(p.at) && bars(p));
    }
    let middle = points.len() / 2;
    let split = &points[middle];
    let (at, low, high) =
        if by_x { (split.at.x_e7, query.low.0, query.high.0) } else { (split.at.y_e7, query.low.1, query.high.1) };
    (query.holds(split.at) && bars(split))
        || (low <= at && search(&points[..middle], !by_x, query, bars))
        || (high >= at && search(&points[middle + 1..], !by_x, query, bars))
}
