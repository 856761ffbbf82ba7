//! The proof that edges bound a partition, one cell at a time.
//!
//! Three things make it one: no two edges share more than a common end; around every vertex the face left of one edge is
//! the face right of the next; and straight above every edge lies what the edge says (that is checked while a tile is
//! filled from north to south). A region of the plane has one label along each piece of its boundary by the second, and
//! the pieces have the same one by the third.

use std::cmp::Ordering;

use super::clip::Clip;
use super::refusal::{Label, NotPartition, face_of};
use super::sides::Edge;
use crate::geom::{LatticePoint, orientation};

/// Sign of twice the area of a, b, c: positive when c lies to the left of a → b. Exact.
#[inline]
pub(super) fn turn(a: LatticePoint, b: LatticePoint, c: LatticePoint) -> Ordering {
    orientation(a, b, c).cmp(&0)
}

/// Whether two different edges share a point that is not a vertex of both.
fn meet(e: &Edge, f: &Edge) -> bool {
    // edges run from west to east, so this is the most frequent way to be apart
    if e.b.x_e7 < f.a.x_e7 || f.b.x_e7 < e.a.x_e7 {
        return false;
    }
    if e.b == f.a || f.b == e.a {
        // one behind the other: only upright ones could fold back, and those run northward
        return false;
    }
    let over = |e: &Edge, f: &Edge| e.a.y_e7.max(e.b.y_e7) < f.a.y_e7.min(f.b.y_e7);
    if over(e, f) || over(f, e) {
        return false;
    }
    if e.a == f.a {
        return turn(e.a, e.b, f.b) == Ordering::Equal;
    }
    if e.b == f.b {
        return turn(e.a, e.b, f.a) == Ordering::Equal;
    }
    let (one, two) = (turn(e.a, e.b, f.a), turn(e.a, e.b, f.b));
    if one == two && one != Ordering::Equal {
        return false;
    }
    let (three, four) = (turn(f.a, f.b, e.a), turn(f.a, f.b, e.b));
    if three == four && three != Ordering::Equal {
        return false;
    }
    // on one line their boxes meet, or each has the other's ends on both sides or on itself
    true
}

/// An edge as seen from one of its ends.
#[derive(Debug, Clone, Copy)]
struct Spoke {
    hub: LatticePoint,
    to: LatticePoint,
    left: Label,
    right: Label,
}

/// Order of directions from the hub, counter-clockwise from east.
fn around(one: &Spoke, two: &Spoke) -> Ordering {
    let south = |spoke: &Spoke| (spoke.to.y_e7, spoke.to.x_e7) < (spoke.hub.y_e7, spoke.hub.x_e7);
    south(one).cmp(&south(two)).then_with(|| turn(one.hub, one.to, two.to).reverse())
}

/// Room to work in, kept from cell to cell.
#[derive(Debug, Default)]
pub(super) struct Proof {
    spokes: Vec<Spoke>,
}

impl Proof {
    /// Checks the edges of one cell against each other, and the vertices in the cell.
    ///
    /// # Errors
    /// When two edges meet where they may not, or the faces around a vertex do not agree.
    pub fn check(
        &mut self,
        clips: &[Clip],
        edges: &[Edge],
        inside: impl Fn(LatticePoint) -> bool,
    ) -> Result<(), NotPartition> {
        self.spokes.clear();
        for (i, clip) in clips.iter().enumerate() {
            let e = &edges[clip.edge as usize];
            for other in &clips[..i] {
                let f = &edges[other.edge as usize];
                if meet(e, f) {
                    return Err(NotPartition::Crossing { faces: [f.face(), e.face()], at: e.a });
                }
            }
            if inside(e.a) {
                self.spokes.push(Spoke { hub: e.a, to: e.b, left: e.left, right: e.right });
            }
            if inside(e.b) {
                self.spokes.push(Spoke { hub: e.b, to: e.a, left: e.right, right: e.left });
            }
        }
        self.spokes.sort_unstable_by_key(|spoke| spoke.hub);
        for run in self.spokes.chunk_by_mut(|one, two| one.hub == two.hub) {
            if run.len() > 2 {
                run.sort_unstable_by(around);
            }
            for (i, spoke) in run.iter().enumerate() {
                let next = &run[if i + 1 == run.len() { 0 } else { i + 1 }];
                if spoke.left != next.right {
                    let (one, two) = (face_of(spoke.left), face_of(next.right));
                    return Err(NotPartition::Disagree { one, two, at: spoke.hub });
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn edge(a: (i32, i32), b: (i32, i32)) -> Edge {
        let (a, b) = (LatticePoint::new(a.0, a.1), LatticePoint::new(b.0, b.1));
        let (a, b) = if a < b { (a, b) } else { (b, a) };
        Edge { a, b, left: 1, right: 2 }
    }

    #[test]
    fn edges_meet_when_they_cross_touch_or_overlap_but_not_at_a_common_end() {
        let whole = edge((0, 0), (4, 4));
        assert!(meet(&whole, &edge((0, 4), (4, 0))));
        assert!(meet(&whole, &edge((2, 2), (9, 0))), "an end in the middle");
        assert!(meet(&whole, &edge((2, 2), (6, 6))), "one over the other");
        assert!(meet(&whole, &edge((0, 0), (2, 2))), "from the same end");
        assert!(meet(&edge((0, 0), (0, 4)), &edge((0, 2), (0, 6))), "upright");
        assert!(!meet(&whole, &edge((4, 4), (5, 0))));
        assert!(!meet(&whole, &edge((0, 0), (4, 3))));
        assert!(!meet(&edge((0, 0), (0, 4)), &edge((0, 4), (0, 6))));
        assert!(!meet(&whole, &edge((5, 5), (6, 6))));
    }

    proptest! {
        #[test]
        fn meeting_is_what_a_walk_over_fractions_says(p in prop::array::uniform8(0..6_i32)) {
            prop_assume!((p[0], p[1]) != (p[2], p[3]) && (p[4], p[5]) != (p[6], p[7]));
            let (e, f) = (edge((p[0], p[1]), (p[2], p[3])), edge((p[4], p[5]), (p[6], p[7])));
            prop_assume!((e.a, e.b) != (f.a, f.b));
            // any common point has fractions of at most 2 * 5 * 5 in both coordinates: compare by the closed predicate
            let on = |p, (a, b)| crate::geom::on_segment(p, (a, b));
            let ends: Vec<_> = [(e.a, (f.a, f.b)), (e.b, (f.a, f.b)), (f.a, (e.a, e.b)), (f.b, (e.a, e.b))]
                .into_iter().filter(|&(p, s)| on(p, s)).map(|(p, _)| p).collect();
            let loose = ends.iter().any(|&p| !((p == e.a || p == e.b) && (p == f.a || p == f.b)));
            let line = turn(e.a, e.b, f.a) == Ordering::Equal && turn(e.a, e.b, f.b) == Ordering::Equal;
            let plain = crate::geom::crosses_properly((e.a, e.b), (f.a, f.b)) || loose || (line && ends.len() > 2);
            prop_assert_eq!(meet(&e, &f), plain);
            prop_assert_eq!(meet(&f, &e), plain);
        }
    }
}
