//! Lines in tile units: thinned and clipped to the buffered tile, in as many pieces as are left.

use super::clip::{HIGH, LOW, Spot, at, turn};

/// Clips a line to the buffered tile. Each piece of it that is left, of two spots or more and without repeated ones, goes to
/// `piece`. O(spots).
pub(super) fn clip(spots: impl Iterator<Item = Spot>, run: &mut Vec<Spot>, mut piece: impl FnMut(&[Spot])) {
    let mut flush = |run: &mut Vec<Spot>| {
        if run.len() >= 2 {
            piece(run);
        }
        run.clear();
    };
    run.clear();
    let mut from: Option<Spot> = None;
    for to in spots {
        let Some(start) = from.replace(to) else { continue };
        if start == to {
            continue;
        }
        let Some((enters, leaves)) = cut(start, to) else {
            flush(run);
            continue;
        };
        if run.last() != Some(&enters) {
            flush(run);
            run.push(enters);
        }
        if leaves != enters {
            run.push(leaves);
        }
        if leaves != to {
            flush(run);
        }
    }
    flush(run);
}

/// What lies of a segment within the buffered tile, the rim included.
fn cut(a: Spot, b: Spot) -> Option<(Spot, Spot)> {
    let (a, b) = within(a, b)?;
    let (a, b) = within(turn(a), turn(b))?;
    Some((turn(a), turn(b)))
}

/// What lies of a segment between the two sides across x.
fn within(mut a: Spot, mut b: Spot) -> Option<(Spot, Spot)> {
    let (first, last) = (a, b);
    if a.0.max(b.0) < LOW || a.0.min(b.0) > HIGH {
        return None;
    }
    for end in [&mut a, &mut b] {
        let side = end.0.clamp(LOW, HIGH);
        if side != end.0 {
            *end = (side, at(first, last, side));
        }
    }
    Some((a, b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pieces(spots: &[Spot]) -> Vec<Vec<Spot>> {
        let (mut run, mut found) = (Vec::new(), Vec::new());
        clip(spots.iter().copied(), &mut run, |piece| found.push(piece.to_vec()));
        found
    }

    #[test]
    fn a_line_within_the_tile_is_itself_without_repeated_spots() {
        assert_eq!(pieces(&[(0, 0), (0, 0), (10, 5), (10, 5), (20, 0)]), [vec![(0, 0), (10, 5), (20, 0)]]);
        assert_eq!(pieces(&[(5, 5), (5, 5)]), Vec::<Vec<Spot>>::new());
        assert_eq!(pieces(&[(5, 5)]), Vec::<Vec<Spot>>::new());
    }

    #[test]
    fn a_line_that_leaves_and_comes_back_is_two_pieces() {
        let found = pieces(&[(4_000, 10), (5_000, 10), (5_000, 20), (4_000, 20)]);
        assert_eq!(found, [vec![(4_000, 10), (HIGH, 10)], vec![(HIGH, 20), (4_000, 20)]]);
        // it runs past a corner
        assert!(pieces(&[(HIGH, HIGH + 200), (HIGH + 200, HIGH)]).is_empty());
    }

    #[test]
    fn a_line_across_the_tile_is_cut_on_both_sides() {
        assert_eq!(pieces(&[(-9_000, 7), (9_000, 7)]), [vec![(LOW, 7), (HIGH, 7)]]);
    }

    proptest! {
        #[test]
        fn what_is_left_lies_within_the_buffered_tile_and_on_the_line(spots in prop::collection::vec((-9_000..9_000_i64, -9_000..9_000_i64), 2..9)) {
            for piece in pieces(&spots) {
                prop_assert!(piece.len() >= 2);
                for (i, &(x, y)) in piece.iter().enumerate() {
                    prop_assert!((LOW..=HIGH).contains(&x) && (LOW..=HIGH).contains(&y));
                    prop_assert!(i == 0 || piece[i - 1] != (x, y));
                    // within a unit of some segment of the line, the rounding of two cuts
                    let near = spots.windows(2).any(|w| {
                        let (a, b) = (w[0], w[1]);
                        let (dx, dy) = ((b.0 - a.0) as f64, (b.1 - a.1) as f64);
                        let length = dx.hypot(dy).max(1e-9);
                        let (px, py) = ((x - a.0) as f64, (y - a.1) as f64);
                        let along = ((px * dx + py * dy) / (length * length)).clamp(0.0, 1.0);
                        (px - along * dx).hypot(py - along * dy) <= 1.5
                    });
                    prop_assert!(near, "{x},{y}");
                }
            }
        }

        #[test]
        fn a_line_run_backwards_leaves_the_same_spots(a in (-9_000..9_000_i64, -9_000..9_000_i64), b in (-9_000..9_000_i64, -9_000..9_000_i64)) {
            let mut back = pieces(&[b, a]);
            for piece in &mut back {
                piece.reverse();
            }
            prop_assert_eq!(pieces(&[a, b]), back);
        }
    }
}
