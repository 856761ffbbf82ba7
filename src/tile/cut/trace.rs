//! Directed edges around a face → polygons whose rings are simple.

use super::frame::{HIGH, LOW, Spot};

/// A polygon: the outer ring, then its holes.
pub(in crate::tile) type Rings = Vec<Vec<Spot>>;

const BITS: u32 = 13;
const _: () = assert!(HIGH - LOW < 1 << BITS, "a spot fits its bits");

/// A spot as a number, in the order of x, then y.
fn pack((x, y): Spot) -> u64 {
    (((x - LOW) as u64) << BITS) | (y - LOW) as u64
}

fn unpack(spot: u64) -> Spot {
    ((spot >> BITS) as i32 + LOW, (spot & ((1 << BITS) - 1)) as i32 + LOW)
}

/// Edges with the face on their left, in any order.
#[derive(Debug, Default)]
pub(in crate::tile) struct Tracer {
    /// (smaller end, larger end, +1 or -1 for the direction)
    sides: Vec<(u64, i32)>,
    edges: Vec<u64>,
    used: Vec<bool>,
    open: Vec<Spot>,
}

const SPOT_BITS: u32 = 2 * BITS;
const SPOT_MASK: u64 = (1 << SPOT_BITS) - 1;

impl Tracer {
    /// Adds one edge. One without length is left out.
    pub fn edge(&mut self, from: Spot, to: Spot) {
        let (p, q) = (pack(from), pack(to));
        if p < q {
            self.sides.push((p << SPOT_BITS | q, 1));
        } else if q < p {
            self.sides.push((q << SPOT_BITS | p, -1));
        }
    }

    /// The polygons, and none of the edges any more. Edges that run both ways cancel. Each piece of ground that hangs together
    /// by more than corners is one polygon; rings are cut apart where they touch themselves, so that no ring meets a spot
    /// twice and none is without area. In the order of their first spots. O(n log n).
    pub fn trace(&mut self) -> Vec<Rings> {
        let Self { sides, edges, used, open } = self;
        sides.sort_unstable();
        edges.clear();
        for run in sides.chunk_by(|a, b| a.0 == b.0) {
            let (p, q) = (run[0].0 >> SPOT_BITS, run[0].0 & SPOT_MASK);
            match run.iter().map(|side| side.1).sum::<i32>().signum() {
                1 => edges.push(p << SPOT_BITS | q),
                -1 => edges.push(q << SPOT_BITS | p),
                _ => {}
            }
        }
        sides.clear();
        edges.sort_unstable();
        used.clear();
        used.resize(edges.len(), false);
        let mut outer: Vec<Rings> = Vec::new();
        let mut loose = Vec::new();
        for start in 0..edges.len() {
            if used[start] {
                continue;
            }
            let (mut first, mut holes) = (None, Vec::new());
            for ring in walk(edges, used, start, open) {
                match area_2(&ring).signum() {
                    1 => first = Some(ring),
                    -1 => holes.push(ring),
                    _ => {}
                }
            }
            match first {
                Some(ring) => {
                    let mut rings = vec![ring];
                    rings.append(&mut holes);
                    outer.push(rings);
                }
                None => loose.append(&mut holes),
            }
        }
        for hole in loose {
            if let Some(home) = home(&outer, &hole) {
                outer[home].push(hole);
            }
        }
        outer
    }
}

/// The loops of the border of one piece of ground, from one of its edges on: at a spot with several ways on, the first
/// clockwise, which keeps to the same piece. `open` is room to work in.
fn walk(edges: &[u64], used: &mut [bool], start: usize, open: &mut Vec<Spot>) -> Vec<Vec<Spot>> {
    let mut loops: Vec<Vec<Spot>> = Vec::new();
    open.clear();
    let mut edge = start;
    loop {
        used[edge] = true;
        let (p, q) = (edges[edge] >> SPOT_BITS, edges[edge] & SPOT_MASK);
        let (from, here) = (unpack(p), unpack(q));
        open.push(from);
        let first = edges.partition_point(|&e| e < q << SPOT_BITS);
        let ways = edges[first..].iter().take_while(|&&e| e >> SPOT_BITS == q).count();
        let next = match ways {
            0 => break, // edges that do not close: nothing that a coverage makes
            1 => first,
            _ => {
                if let Some(at) = open.iter().position(|&spot| spot == here) {
                    // back where it was: what lies between is a ring of its own
                    loops.push(open.split_off(at));
                }
                let back = (from.0 - here.0, from.1 - here.1);
                let way = |e: usize| {
                    let to = unpack(edges[e] & SPOT_MASK);
                    (to.0 - here.0, to.1 - here.1)
                };
                (first + 1..first + ways)
                    .fold(first, |best, e| if clockwise_first(back, way(e), way(best)) { e } else { best })
            }
        };
        if used[next] {
            break;
        }
        edge = next;
    }
    if open.len() > 2 {
        loops.push(open.clone());
    }
    loops
}

fn cross(a: Spot, b: Spot) -> i64 {
    i64::from(a.0) * i64::from(b.1) - i64::from(a.1) * i64::from(b.0)
}

/// Whether, turning clockwise from `back`, `a` comes before `b`.
fn clockwise_first(back: Spot, a: Spot, b: Spot) -> bool {
    let half = |d: Spot| match cross(back, d).signum() {
        -1 => 0,
        0 if i64::from(back.0) * i64::from(d.0) + i64::from(back.1) * i64::from(d.1) < 0 => 1,
        1 => 2,
        _ => 3,
    };
    (half(a), cross(a, b).signum()) < (half(b), 0)
}

pub(in crate::tile) fn area_2(ring: &[Spot]) -> i64 {
    let Some(&(x0, y0)) = ring.first() else { return 0 };
    ring.windows(2).map(|w| cross((w[0].0 - x0, w[0].1 - y0), (w[1].0 - x0, w[1].1 - y0))).sum()
}

/// The smallest polygon around a hole.
fn home(outer: &[Rings], hole: &[Spot]) -> Option<usize> {
    if outer.len() == 1 {
        return Some(0);
    }
    // the middle of an edge, in halves: no edge of another ring runs through it
    let middle = (hole[0].0 + hole[1].0, hole[0].1 + hole[1].1);
    let around = outer.iter().enumerate().filter(|(_, rings)| holds(&rings[0], middle));
    around.min_by_key(|(_, rings)| area_2(&rings[0])).map(|(i, _)| i)
}

/// Whether a ring holds a point that is not on it, in halves of units.
fn holds(ring: &[Spot], (x, y): Spot) -> bool {
    let mut within = false;
    for (i, &a) in ring.iter().enumerate() {
        let b = ring[if i + 1 == ring.len() { 0 } else { i + 1 }];
        let (a, b) = if a.1 <= b.1 { (a, b) } else { (b, a) };
        let (a, b) = ((2 * a.0, 2 * a.1), (2 * b.0, 2 * b.1));
        if a.1 <= y && y < b.1 && cross((b.0 - a.0, b.1 - a.1), (x - a.0, y - a.1)) > 0 {
            within = !within;
        }
    }
    within
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trace(rings: &[&[Spot]]) -> Vec<Rings> {
        let mut tracer = Tracer::default();
        for ring in rings {
            for i in 0..ring.len() {
                tracer.edge(ring[i], ring[(i + 1) % ring.len()]);
            }
        }
        tracer.trace()
    }

    #[test]
    fn squares_that_touch_at_a_corner_are_two_polygons() {
        let found = trace(&[&[(0, 0), (4, 0), (4, 4), (0, 4)], &[(4, 4), (8, 4), (8, 8), (4, 8)]]);
        assert_eq!(found.len(), 2);
        assert!(found.iter().all(|rings| rings.len() == 1 && area_2(&rings[0]) == 32));
    }

    #[test]
    fn a_hole_that_touches_the_outer_ring_is_a_ring_of_its_own() {
        let found = trace(&[&[(0, 0), (8, 0), (8, 8), (0, 8)], &[(0, 0), (2, 4), (4, 2)]]);
        assert_eq!(found.iter().map(Vec::len).collect::<Vec<_>>(), [2]);
        assert_eq!(area_2(&found[0][0]), 128);
    }

    #[test]
    fn a_hole_that_touches_twice_cuts_the_ground_in_two() {
        let found = trace(&[&[(0, 0), (4, 0), (8, 0), (8, 8), (4, 8), (0, 8)], &[(4, 0), (2, 4), (4, 8), (6, 4)]]);
        assert_eq!(found.iter().map(Vec::len).collect::<Vec<_>>(), [1, 1]);
        assert_eq!(found.iter().map(|rings| area_2(&rings[0])).sum::<i64>(), 128 - 32);
    }

    #[test]
    fn edges_both_ways_cancel() {
        let square: &[Spot] = &[(0, 0), (4, 0), (4, 4), (0, 4)];
        let neighbour: &[Spot] = &[(4, 0), (8, 0), (8, 4), (4, 4)];
        let found = trace(&[square, neighbour]);
        assert_eq!(found.len(), 1);
        assert_eq!(area_2(&found[0][0]), 64);
        assert!(trace(&[&[(0, 0), (5, 5)]]).is_empty());
    }

    #[test]
    fn each_hole_lies_in_the_smallest_ring_around_it() {
        let found = trace(&[
            &[(0, 0), (20, 0), (20, 20), (0, 20)],
            &[(2, 2), (2, 18), (18, 18), (18, 2)],
            &[(4, 4), (16, 4), (16, 16), (4, 16)],
            &[(6, 6), (6, 8), (8, 8), (8, 6)],
        ]);
        assert_eq!(found.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2]);
        assert_eq!(found.iter().map(|rings| area_2(&rings[1])).collect::<Vec<_>>(), [-512, -8]);
    }
}
