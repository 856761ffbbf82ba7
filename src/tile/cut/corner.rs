//! Whose face a tile's corner lies in: for tiles that no border crosses.

use crate::coverage::simplify::{Extent, Mesh};

use super::Shown;
use super::frame::{Frame, Place, place};
use super::rim::{Label, NOBODY};

/// Who owns the place a hair west of the box's corner, and a lesser hair south: the nearest drawn edge straight west of it tells.
/// O(points of the arcs as near as that edge).
pub(in crate::tile) fn owner(mesh: &Mesh, shown: Shown<'_>, frame: &Frame) -> Label {
    let corner = frame.low();
    let Some(extent) = mesh.extent() else { return NOBODY };
    let fits = |v: i64| i32::try_from(v).ok();
    let (Some(x), Some(y)) = (fits(corner.0), fits(corner.1)) else {
        return NOBODY; // beyond the world's rim
    };
    if y < extent.south || y > extent.north.saturating_add(1) || x < extent.west {
        return NOBODY;
    }
    // strips to the west, each twice as wide as the one before
    let mut reach = 1_i64 << (frame.pixels.shift() + 10);
    loop {
        let west = (corner.0 - reach).max(i64::from(extent.west) - 1).max(i64::from(i32::MIN)) as i32;
        let mut best: Option<(Crossing, Label)> = None;
        mesh.meeting(&Extent { west, south: y.saturating_sub(1), east: x, north: y }, |arc, _| {
            let held = &mesh.arcs()[arc as usize];
            let (left, right) = (shown.label(held.left), shown.label(held.right));
            if left == right {
                return;
            }
            let mut last: Option<Place> = None;
            let drawn = mesh.points(arc).iter().zip(mesh.first_zooms(arc)).filter(|&(_, &first)| first <= frame.zoom);
            for (&p, _) in drawn {
                let b = place(p);
                if let Some(a) = last.replace(b)
                    && let Some(crossing) = Crossing::of(a, b, corner)
                    && best.as_ref().is_none_or(|(nearest, _)| nearest.is_west_of(&crossing))
                {
                    // the side to the east: on the right of what runs north
                    best = Some((crossing, if b.1 > a.1 { right } else { left }));
                }
            }
        });
        if let Some((crossing, label)) = &best
            && crossing.is_at_or_east_of(i64::from(west))
        {
            return *label;
        }
        if i64::from(west) < i64::from(extent.west) || west == i32::MIN {
            return best.map_or(NOBODY, |(_, label)| label);
        }
        reach *= 2;
    }
}

/// Where an edge crosses the line through the corner, just south of it: x = `x` + `n` / `m`, and how it leans.
struct Crossing {
    x: i64,
    n: i128,
    /// Above 0.
    m: i128,
    /// Run to the east for each step south, over `m`.
    lean: i128,
}

impl Crossing {
    /// None where the edge does not cross the line, or only east of the corner.
    fn of(a: Place, b: Place, corner: Place) -> Option<Self> {
        let (a, b) = if a.1 <= b.1 { (a, b) } else { (b, a) };
        if !(a.1 < corner.1 && corner.1 <= b.1) {
            return None;
        }
        let (dx, dy) = (i128::from(b.0 - a.0), i128::from(b.1 - a.1));
        let n = dx * i128::from(corner.1 - a.1);
        let west = n < i128::from(corner.0 - a.0) * dy;
        west.then_some(Self { x: a.0, n, m: dy, lean: -dx })
    }

    fn is_west_of(&self, other: &Self) -> bool {
        let here = (i128::from(self.x) * self.m + self.n) * other.m;
        let there = (i128::from(other.x) * other.m + other.n) * self.m;
        (here, self.lean * other.m) < (there, other.lean * self.m)
    }

    fn is_at_or_east_of(&self, x: i64) -> bool {
        self.n >= i128::from(x - self.x) * self.m
    }
}
