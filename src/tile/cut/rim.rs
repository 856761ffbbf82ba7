//! Who owns which part of a tile's rim.
//!
//! Along the rim, with the box on the left, every arc that comes in or goes out has one face before it and one after. Whatever
//! the order of arcs that cross at the same unit, the number of the face after all of them is that before them plus the sum of
//! (after − before) over them: so they need no order.

use super::frame::{HIGH, LOW, Spot};

/// The number of a shape, or [`NOBODY`].
pub(in crate::tile) type Label = u32;
/// Where no shape is.
pub(in crate::tile) const NOBODY: Label = u32::MAX;

const SIDE: i32 = HIGH - LOW;

/// Units along the rim from its corner at `(LOW, LOW)`, the box on the left.
fn along((x, y): Spot) -> i32 {
    if y == LOW && x < HIGH {
        x - LOW
    } else if x == HIGH && y < HIGH {
        SIDE + (y - LOW)
    } else if y == HIGH && x > LOW {
        2 * SIDE + (HIGH - x)
    } else {
        3 * SIDE + (HIGH - y)
    }
}

fn spot(along: i32) -> Spot {
    let (side, by) = ((along / SIDE) % 4, along % SIDE);
    match side {
        0 => (LOW + by, LOW),
        1 => (HIGH, LOW + by),
        2 => (HIGH - by, HIGH),
        _ => (LOW, HIGH - by),
    }
}

/// What meets the rim of one tile.
#[derive(Debug, Default)]
pub(in crate::tile) struct Rim {
    /// Units along, the face before, the face after.
    crossings: Vec<(i32, Label, Label)>,
    /// Where the rim has a vertex.
    stops: Vec<i32>,
}

impl Rim {
    /// Notes an arc that comes in.
    pub fn comes_in(&mut self, at: Spot, left: Label, right: Label) {
        self.crossings.push((along(at), left, right));
    }

    /// Notes an arc that goes out.
    pub fn goes_out(&mut self, at: Spot, left: Label, right: Label) {
        self.crossings.push((along(at), right, left));
    }

    /// Notes a vertex on the rim.
    pub fn stop(&mut self, at: Spot) {
        self.stops.push(along(at));
    }

    /// The hot pixels of the rim: where arcs cross it, and its corners, sorted along.
    pub fn hot(&self) -> Vec<i32> {
        let mut hot: Vec<i32> = self.crossings.iter().map(|c| c.0).chain([0, SIDE, 2 * SIDE, 3 * SIDE]).collect();
        hot.sort_unstable();
        hot.dedup();
        hot
    }

    /// Tells each edge of the rim with its owner, the box on the left. `corner` says who owns the corner `(LOW, LOW)`; it is
    /// asked only where the crossings do not tell.
    pub fn edges(&mut self, corner: impl FnOnce() -> Label, mut found: impl FnMut(Spot, Spot, Label)) {
        self.crossings.sort_unstable();
        // the owner after each unit where something crosses, but for a number still to be found
        let count = |label: Label| i64::from(label.wrapping_add(1)); // nobody is 0
        let mut changes: Vec<(i32, i64)> = Vec::new();
        let mut anchor: Option<i64> = None; // the owner before unit 0
        let mut sum = 0;
        for run in self.crossings.chunk_by(|a, b| a.0 == b.0) {
            let before = sum;
            sum += run.iter().map(|c| count(c.2) - count(c.1)).sum::<i64>();
            if sum == before {
                continue;
            }
            changes.push((run[0].0, sum));
            // the one face that comes after once more than before
            anchor = anchor.or_else(|| last_of(run).map(|label| count(label) - sum));
        }
        let anchor = anchor.unwrap_or_else(|| count(corner()));
        self.stops.extend(self.crossings.iter().map(|c| c.0));
        self.stops.extend([0, SIDE, 2 * SIDE, 3 * SIDE]);
        self.stops.sort_unstable();
        self.stops.dedup();
        let (mut owner, mut next) = (anchor, 0);
        for (i, &from) in self.stops.iter().enumerate() {
            while let Some(&(_, sum)) = changes.get(next).filter(|change| change.0 <= from) {
                owner = anchor + sum;
                next += 1;
            }
            let to = self.stops.get(i + 1).copied().unwrap_or(4 * SIDE);
            if owner > 0 {
                found(spot(from), spot(to), (owner - 1) as Label);
            }
        }
    }

    /// Takes everything off.
    pub fn clear(&mut self) {
        self.crossings.clear();
        self.stops.clear();
    }
}

/// The face after a run of crossings at one unit, where it is another than before.
fn last_of(run: &[(i32, Label, Label)]) -> Option<Label> {
    run.iter().map(|c| c.2).find(|&label| {
        let after = run.iter().filter(|c| c.2 == label).count();
        let before = run.iter().filter(|c| c.1 == label).count();
        after > before
    })
}

/// The spots of `hot` on the side of the rim where a spot lies, within a box.
pub(in crate::tile) fn hot_near(hot: &[i32], low: Spot, high: Spot, mut found: impl FnMut(Spot)) {
    let mut run = |from: i32, to: i32| {
        let first = hot.partition_point(|&at| at < from);
        hot[first..].iter().take_while(|&&at| at <= to).for_each(|&at| found(spot(at)));
    };
    if low.1 == LOW {
        run(low.0 - LOW, high.0 - LOW);
    }
    if high.0 == HIGH {
        run(SIDE + (low.1 - LOW), SIDE + (high.1 - LOW));
    }
    if high.1 == HIGH {
        run(2 * SIDE + (HIGH - high.0), 2 * SIDE + (HIGH - low.0));
    }
    if low.0 == LOW {
        run(3 * SIDE + (HIGH - high.1), 3 * SIDE + (HIGH - low.1));
        if low.1 == LOW {
            run(0, 0);
        }
    }
}
