//! The objective as one whole number, and the one source of randomness.

use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::Rng;

use super::size::Size;
use super::{Bands, Infeasible};

/// A division's score, packed so that integer order is the lexicographic order of (violation, grids outside, border
/// in mm), or with the first two exchanged. Scores of parts add up. Widths: violation 54 bits, grids 22, border 52.
pub(super) type Score = u128;

/// The most atoms one problem may have: the grids outside fit their 22 bits and the violation its 54.
pub(super) const MOST_ATOMS: usize = 1 << 22;

const BORDER_BITS: u32 = 52;
const VIOLATION_BITS: u32 = 54;
const COUNT_BITS: u32 = 22;

/// What a grid of a given size costs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    pub lower: Size,
    pub upper: Size,
    /// What one more outside its band counts; 1 and 0 where one count is kept to.
    pub weight: Size,
    pub infeasible: Infeasible,
}

/// Weights of two counts are at most this, so that violations of all grids fit their bits.
const MOST_WEIGHT: u64 = 255;
/// With two counts a grid farther outside than this is as bad as this.
pub(super) const MOST_VIOLATION: u64 = 1 << 31;

impl Rule {
    /// With two bands, one outside the one counts as many outside the other as their middles have to each other: with
    /// 300..500 households and 700..1300 persons, two households as five persons.
    pub fn new(bands: Bands, infeasible: Infeasible) -> Self {
        let ends = |end: fn(crate::plan::Band) -> u32| {
            Size::new(u64::from(end(bands.main)), bands.other.map_or(0, |other| u64::from(end(other))))
        };
        let (lower, upper) = (ends(|band| band.lower), ends(|band| band.upper));
        let Some(other) = bands.other else {
            // a second count that nobody asks for is never outside
            let upper = Size::new(upper.main, u64::MAX);
            return Self { lower, upper, weight: Size::new(1, 0), infeasible };
        };
        let middle = |band: crate::plan::Band| u64::from(band.lower) + u64::from(band.upper);
        let (mut main, mut other) = (middle(other), middle(bands.main));
        let common = gcd(main, other);
        (main, other) = (main / common, other / common);
        while main > MOST_WEIGHT || other > MOST_WEIGHT {
            (main, other) = (main.div_ceil(2), other.div_ceil(2));
        }
        Self { lower, upper, weight: Size::new(main, other), infeasible }
    }

    /// Whether two counts are kept to.
    pub fn is_double(self) -> bool {
        self.weight.other > 0
    }

    /// How far outside the bands. In inhabited land a grid of size 0 is never wanted, even when the band starts at 0.
    pub fn violation(self, size: Size) -> u64 {
        let main = match size.main {
            0 if size.other == 0 => self.lower.main.max(1),
            here => self.lower.main.saturating_sub(here).max(here.saturating_sub(self.upper.main)),
        };
        if !self.is_double() {
            return main;
        }
        let other = self.lower.other.saturating_sub(size.other).max(size.other.saturating_sub(self.upper.other));
        (main * self.weight.main + other * self.weight.other).min(MOST_VIOLATION)
    }

    /// Whether it is above a band by itself.
    pub fn is_over(self, size: Size) -> bool {
        !size.fits(self.upper)
    }

    /// What every grid with this in it is outside at least.
    pub fn excess(self, size: Size) -> u64 {
        let main = size.main.saturating_sub(self.upper.main);
        if !self.is_double() {
            return main;
        }
        let other = size.other.saturating_sub(self.upper.other);
        (main * self.weight.main + other * self.weight.other).min(MOST_VIOLATION)
    }

    /// The score of violation and count alone.
    pub fn pack(self, violation: u64, outside: u64) -> Score {
        match self.infeasible {
            Infeasible::LeastViolation => {
                u128::from(violation) << (BORDER_BITS + COUNT_BITS) | u128::from(outside) << BORDER_BITS
            }
            Infeasible::FewestOutside => {
                u128::from(outside) << (BORDER_BITS + VIOLATION_BITS) | u128::from(violation) << BORDER_BITS
            }
        }
    }

    /// The score of one grid of this size, its border left out.
    pub fn penalty(self, size: Size) -> Score {
        let violation = self.violation(size);
        self.pack(violation, u64::from(violation > 0))
    }

    /// What one of the violation weighs, where a household outside weighs `per_head`.
    pub fn per_violation(self, per_head: i64) -> i64 {
        per_head / self.weight.main as i64
    }

    /// For moves that may pass through worse states: a grid's penalty in millimetres of border, `per_head`
    /// ([`per_violation`](Self::per_violation)) for each one of its violation.
    pub fn soft_penalty(self, size: Size, per_head: i64) -> i64 {
        let violation = self.violation(size).min(1 << 24) as i64;
        match self.infeasible {
            Infeasible::LeastViolation => violation.saturating_mul(per_head),
            Infeasible::FewestOutside => {
                let farther = violation.min((self.upper.main * self.weight.main) as i64).saturating_mul(per_head / 8);
                let outside = i64::from(violation > 0).saturating_mul(per_head).saturating_mul(32);
                farther.saturating_add(outside)
            }
        }
    }
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a.max(1) } else { gcd(b, a % b) }
}

/// The score without its border.
pub(super) fn penalty_of(score: Score) -> Score {
    score >> BORDER_BITS
}

/// The largest border (mm) that one pair may carry so that all of them together fit.
pub(super) fn border_cap(pairs: usize) -> u64 {
    (1 << (BORDER_BITS - 3)) / (pairs as u64).max(1)
}

/// A stream of random numbers for one place in the work: hash(seed, where), so that neither threads nor the order of
/// work touch the outcome.
pub(super) fn stream(seed: u64, place: &[u64]) -> Pcg64Mcg {
    // splitmix64 (Steele, Lea, Flood 2014) as the hash
    let mix = |x: u64| {
        let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        x ^ (x >> 31)
    };
    let mut state = mix(seed.wrapping_add(0x9E37_79B9_7F4A_7C15));
    for &part in place {
        state = mix(state.wrapping_add(0x9E37_79B9_7F4A_7C15) ^ mix(part.wrapping_add(1)));
    }
    Pcg64Mcg::new(u128::from(state) << 64 | u128::from(mix(state ^ 0xD1B5_4A32_D192_ED03)))
}

/// A number in `0..end` (`end` > 0).
pub(super) fn below(rng: &mut Pcg64Mcg, end: usize) -> usize {
    ((u128::from(rng.next_u64()) * end as u128) >> 64) as usize
}

/// A random order (Fisher-Yates).
pub(super) fn shuffle<T>(items: &mut [T], rng: &mut Pcg64Mcg) {
    for i in (1..items.len()).rev() {
        items.swap(i, below(rng, i + 1));
    }
}

/// -log2 of a uniform number in (0, 1], in 1/1024: whole part exact, fraction by a straight line. Whole numbers
/// only, so that every machine draws the same.
pub(super) fn exponential(rng: &mut Pcg64Mcg) -> i64 {
    let bits = rng.next_u64() | 1;
    let whole = bits.leading_zeros();
    let fraction = (bits << whole << 1) >> 54;
    i64::from(whole) * 1024 + (1023 - fraction as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Band;

    #[test]
    fn one_household_outside_weighs_more_than_any_border() {
        let of = |households| Size::new(households, 0);
        let rule = Rule::new(Band::HOUSEHOLDS.into(), Infeasible::LeastViolation);
        assert!(rule.penalty(of(299)) > border_cap(1) as u128 * 2);
        assert!(rule.penalty(of(502)) > rule.penalty(of(299)) * 2 - rule.pack(0, 2));
        assert_eq!(rule.penalty(of(300)), 0);
        let fewest = Rule::new(Band::HOUSEHOLDS.into(), Infeasible::FewestOutside);
        assert!(fewest.penalty(of(299)) * 2 > fewest.penalty(of(u32::MAX.into())));
    }

    #[test]
    fn two_households_outside_weigh_as_much_as_five_persons() {
        let both = Bands { main: Band::HOUSEHOLDS, other: Some(Band::POPULATION) };
        let rule = Rule::new(both, Infeasible::LeastViolation);
        assert_eq!(rule.violation(Size::new(298, 1_000)), rule.violation(Size::new(400, 1_305)));
        assert_eq!(rule.violation(Size::new(300, 1_300)), 0);
        assert!(rule.is_over(Size::new(400, 1_301)) && !rule.is_over(Size::new(500, 1_300)));
    }

    #[test]
    fn streams_differ_by_place_and_repeat_by_seed() {
        let draw = |seed, place: &[u64]| stream(seed, place).next_u64();
        assert_eq!(draw(1, &[2, 3]), draw(1, &[2, 3]));
        assert_ne!(draw(1, &[2, 3]), draw(1, &[3, 2]));
        assert_ne!(draw(1, &[2]), draw(2, &[2]));
    }

    #[test]
    fn exponential_draws_have_the_mean_of_log2() {
        let mut rng = stream(7, &[]);
        let mean = (0..100_000).map(|_| exponential(&mut rng)).sum::<i64>() / 100_000;
        // E[-log2 u] = 1/ln 2 = 1.4427; the straight line puts it at 1.5
        assert!((1_480..1_560).contains(&mean), "{mean}");
    }
}
