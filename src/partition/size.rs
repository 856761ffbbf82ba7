//! What nodes and grids hold: the count a plan divides by, and a second one where two are kept to.

use std::iter::Sum;
use std::ops::{Add, AddAssign, Sub, SubAssign};

/// A pair of counts; `other` is 0 throughout where only one is kept to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(super) struct Size {
    pub main: u64,
    pub other: u64,
}

impl Size {
    pub const ZERO: Self = Self { main: 0, other: 0 };

    pub const fn new(main: u64, other: u64) -> Self {
        Self { main, other }
    }

    pub fn is_zero(self) -> bool {
        self == Self::ZERO
    }

    /// Whether neither count is above that of `most`.
    pub fn fits(self, most: Self) -> bool {
        self.main <= most.main && self.other <= most.other
    }

    /// The lesser of each count.
    pub fn min_each(self, most: Self) -> Self {
        Self { main: self.main.min(most.main), other: self.other.min(most.other) }
    }
}

impl Add for Size {
    type Output = Self;
    fn add(self, more: Self) -> Self {
        Self { main: self.main + more.main, other: self.other + more.other }
    }
}

impl AddAssign for Size {
    fn add_assign(&mut self, more: Self) {
        *self = *self + more;
    }
}

impl Sub for Size {
    type Output = Self;
    fn sub(self, less: Self) -> Self {
        Self { main: self.main - less.main, other: self.other - less.other }
    }
}

impl SubAssign for Size {
    fn sub_assign(&mut self, less: Self) {
        *self = *self - less;
    }
}

impl Sum for Size {
    fn sum<I: Iterator<Item = Self>>(sizes: I) -> Self {
        sizes.fold(Self::ZERO, Add::add)
    }
}
