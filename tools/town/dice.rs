//! Chance that the seed decides: one stream for each named purpose, so that a change in one place leaves the others as they were.

use rand::Rng;
use rand_pcg::Pcg64Mcg;

/// A stream of chances.
pub struct Dice(Pcg64Mcg);

impl Dice {
    /// The stream of a seed for one purpose and number.
    pub fn of(seed: u64, purpose: &str, number: u64) -> Dice {
        // FNV-1a spreads the purpose over the state; the stream is then stepped away from its weak first values.
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for byte in purpose.bytes().chain(seed.to_le_bytes()).chain(number.to_le_bytes()) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        let mut dice = Dice(Pcg64Mcg::new((u128::from(hash) << 64) | u128::from(seed ^ number.rotate_left(32)) | 1));
        for _ in 0..4 {
            dice.0.next_u64();
        }
        dice
    }
    /// A real in 0..1.
    pub fn real(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }
    /// A real between two others.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.real()
    }
    /// A whole number from `low` to `high`, both included.
    pub fn whole(&mut self, low: i64, high: i64) -> i64 {
        low + (self.real() * (high - low + 1) as f64) as i64
    }
    /// One of a slice.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[(self.real() * from.len() as f64) as usize]
    }
}
