//! Rings in tile units: thinned, clipped to the buffered tile, measured.

use super::mercator::{BUFFER, EXTENT};

/// A position in tile units.
pub(super) type Spot = (i64, i64);

pub(super) const LOW: i64 = -BUFFER;
pub(super) const HIGH: i64 = EXTENT + BUFFER;

/// Rings are worked on in these two, so that a tile allocates nothing per ring.
#[derive(Debug, Default)]
pub(super) struct Bench {
    ring: Vec<Spot>,
    spare: Vec<Spot>,
}

impl Bench {
    /// Quantised spots in, the clipped ring out: without repeated spots, without spikes, within the buffered tile; empty
    /// when nothing with an area is left. Twice the area comes with it.
    pub(super) fn clip(&mut self, spots: impl Iterator<Item = Spot>) -> (&[Spot], i64) {
        self.ring.clear();
        let (mut low, mut high) = ((i64::MAX, i64::MAX), (i64::MIN, i64::MIN));
        for spot in spots {
            low = (low.0.min(spot.0), low.1.min(spot.1));
            high = (high.0.max(spot.0), high.1.max(spot.1));
            push(&mut self.ring, spot);
        }
        close(&mut self.ring);
        if low.0 > HIGH || low.1 > HIGH || high.0 < LOW || high.1 < LOW {
            self.ring.clear();
        }
        if low.0 < LOW {
            self.keep(|p| p.0 >= LOW, |a, b| (LOW, at(a, b, LOW)));
        }
        if high.0 > HIGH {
            self.keep(|p| p.0 <= HIGH, |a, b| (HIGH, at(a, b, HIGH)));
        }
        if low.1 < LOW {
            self.keep(|p| p.1 >= LOW, |a, b| (at(turn(a), turn(b), LOW), LOW));
        }
        if high.1 > HIGH {
            self.keep(|p| p.1 <= HIGH, |a, b| (at(turn(a), turn(b), HIGH), HIGH));
        }
        let area_2 = area_2(&self.ring);
        if area_2 == 0 {
            self.ring.clear();
        }
        (&self.ring, area_2)
    }

    /// One half-plane of Sutherland and Hodgman's reentrant clipping (CACM 17(1), 1974).
    fn keep(&mut self, inside: impl Fn(Spot) -> bool, cut: impl Fn(Spot, Spot) -> Spot) {
        std::mem::swap(&mut self.ring, &mut self.spare);
        self.ring.clear();
        let Some(&last) = self.spare.last() else { return };
        let mut from = last;
        for &to in &self.spare {
            if inside(from) != inside(to) {
                push(&mut self.ring, cut(from, to));
            }
            if inside(to) {
                push(&mut self.ring, to);
            }
            from = to;
        }
        close(&mut self.ring);
    }
}

pub(super) const fn turn((x, y): Spot) -> Spot {
    (y, x)
}

/// The y of the segment at `x`, rounded to the nearest; the same whichever way the segment runs.
pub(super) fn at(a: Spot, b: Spot, x: i64) -> i64 {
    let (a, b) = if a <= b { (a, b) } else { (b, a) };
    let (run, rise, along) = (i128::from(b.0 - a.0), i128::from(b.1 - a.1), i128::from(x - a.0));
    a.1 + (2 * rise * along + run).div_euclid(2 * run) as i64
}

/// Appends a spot unless it repeats the last one; a spike (there and back again) is taken off.
fn push(ring: &mut Vec<Spot>, spot: Spot) {
    if ring.last() == Some(&spot) {
        return;
    }
    if ring.len() >= 2 && ring[ring.len() - 2] == spot {
        ring.pop();
        return;
    }
    ring.push(spot);
}

/// Takes off what repeats or doubles back where the end meets the start.
fn close(ring: &mut Vec<Spot>) {
    let mut start = 0;
    while ring.len() - start >= 2 {
        let end = ring.len();
        if ring[end - 1] == ring[start] {
            ring.pop();
        } else if end - start >= 3 && ring[end - 2] == ring[start] {
            ring.truncate(end - 2);
        } else if end - start >= 3 && ring[end - 1] == ring[start + 1] {
            start += 1;
        } else {
            break;
        }
    }
    ring.drain(..start);
    if ring.len() < 3 {
        ring.clear();
    }
}

/// Whether a ring certainly is simple: it was not cut at the rim, is short, and no two of its edges meet but in turn.
/// O(spots²) for a short one.
pub(super) fn is_plain(ring: &[Spot]) -> bool {
    /// Longer rings are as quick to make anew.
    const SHORT: usize = 40;
    let n = ring.len();
    if n > SHORT || ring.iter().any(|&(x, y)| x == LOW || x == HIGH || y == LOW || y == HIGH) {
        return false;
    }
    let side = |a: Spot, b: Spot, c: Spot| ((b.0 - a.0) * (c.1 - a.1) - (b.1 - a.1) * (c.0 - a.0)).signum();
    let next = |i: usize| ring[if i + 1 == n { 0 } else { i + 1 }];
    (0..n).all(|i| {
        let (a, b) = (ring[i], next(i));
        // the edge after it only must not run back
        let c = next(if i + 1 == n { 0 } else { i + 1 });
        if side(a, b, c) == 0 && (b.0 - a.0) * (c.0 - b.0) + (b.1 - a.1) * (c.1 - b.1) < 0 {
            return false;
        }
        (i + 2..n).filter(|&j| next(j) != a || n == 3).all(|j| {
            let (c, d) = (ring[j], next(j));
            let apart = |p: i64, q: i64, r: i64, s: i64| p.max(q) < r.min(s) || r.max(s) < p.min(q);
            apart(a.0, b.0, c.0, d.0)
                || apart(a.1, b.1, c.1, d.1)
                || side(a, b, c) * side(a, b, d) > 0
                || side(c, d, a) * side(c, d, b) > 0
        })
    })
}

fn area_2(ring: &[Spot]) -> i64 {
    let Some(&(x0, y0)) = ring.first() else { return 0 };
    ring.windows(2).map(|w| (w[0].0 - x0) * (w[1].1 - y0) - (w[1].0 - x0) * (w[0].1 - y0)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn clip(spots: &[Spot]) -> (Vec<Spot>, i64) {
        let mut bench = Bench::default();
        let (ring, area_2) = bench.clip(spots.iter().copied());
        (ring.to_vec(), area_2)
    }

    #[test]
    fn a_ring_within_the_tile_is_itself() {
        let ring = [(0, 0), (10, 0), (10, 10), (0, 10)];
        assert_eq!(clip(&ring), (ring.to_vec(), 200));
    }

    #[test]
    fn a_ring_around_the_tile_becomes_the_buffered_tile() {
        let (ring, area_2) = clip(&[(-9_999, -9_999), (9_999, -9_999), (9_999, 9_999), (-9_999, 9_999)]);
        assert_eq!(ring.len(), 4);
        assert_eq!(area_2, 2 * (EXTENT + 2 * BUFFER) * (EXTENT + 2 * BUFFER));
    }

    #[test]
    fn repeated_spots_spikes_and_rings_without_area_are_left_out() {
        assert_eq!(
            clip(&[(0, 0), (0, 0), (10, 0), (10, 10), (10, 20), (10, 10), (0, 10), (0, 0)]).0,
            [(0, 0), (10, 0), (10, 10), (0, 10)]
        );
        // the spike stands where the ring starts
        assert_eq!(clip(&[(-5, 0), (0, 0), (10, 0), (10, 10), (0, 10), (0, 0)]).1.abs(), 200);
        assert_eq!(clip(&[(0, 0), (10, 0), (20, 0)]).0, []);
        assert_eq!(clip(&[(5_000, 0), (6_000, 0), (6_000, 10)]).0, []);
    }

    #[test]
    fn an_edge_is_cut_in_the_same_place_whichever_way_it_runs() {
        for (a, b) in [((0, 0), (5_000, 3_333)), ((100, 7), (4_161, 8)), ((4_000, 999), (4_200, -77))] {
            assert_eq!(at(a, b, HIGH), at(b, a, HIGH));
        }
    }

    proptest! {
        #[test]
        fn what_is_left_lies_within_the_buffered_tile_and_has_an_area(spots in prop::collection::vec((-9_000..9_000_i64, -9_000..9_000_i64), 3..12)) {
            let (ring, area_2) = clip(&spots);
            prop_assert_eq!(ring.is_empty(), area_2 == 0);
            for (i, spot) in ring.iter().enumerate() {
                prop_assert!((LOW..=HIGH).contains(&spot.0) && (LOW..=HIGH).contains(&spot.1));
                prop_assert_ne!(*spot, ring[(i + 1) % ring.len()]);
            }
        }

        #[test]
        fn halves_of_a_convex_ring_have_its_clipped_area(x in -3_000..7_000_i64, y in -3_000..7_000_i64, side in 1..6_000_i64) {
            // a square cut down its diagonal: what the two triangles show in the tile is what the square shows, but for
            // the rounding where the diagonal is cut
            let whole = clip(&[(x, y), (x + side, y), (x + side, y + side), (x, y + side)]).1;
            let a = clip(&[(x, y), (x + side, y), (x + side, y + side)]).1;
            let b = clip(&[(x, y), (x + side, y + side), (x, y + side)]).1;
            prop_assert_eq!(whole, a + b);
        }
    }
}
