//! What the grids of a plan count, and the bands they keep to.

use super::{Attribute, Band, Status};

impl Attribute {
    /// Both, in order.
    pub const ALL: [Self; 2] = [Self::Households, Self::Population];

    /// The word used in files, in the store and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Households => "households",
            Self::Population => "population",
        }
    }

    /// The one of the two that this is not.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Households => Self::Population,
            Self::Population => Self::Households,
        }
    }
}

/// What the grids of a plan count, and the bands they keep to: one count, or both at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// The count the plan divides by.
    pub attribute: Attribute,
    /// Its band.
    pub band: Band,
    /// The band of the other one, where both are kept to.
    pub other: Option<Band>,
}

impl Counted {
    /// One count.
    pub const fn one(attribute: Attribute, band: Band) -> Self {
        Self { attribute, band, other: None }
    }

    /// The counts that are kept to, with their bands.
    pub fn bands(self) -> impl Iterator<Item = (Attribute, Band)> {
        std::iter::once((self.attribute, self.band)).chain(self.other.map(|band| (self.attribute.other(), band)))
    }

    /// How a grid of `size`, and of `other` by the other count, stands. Where both are kept to, it is in band by both or it is
    /// outside: on the side of the first that is.
    pub fn status(self, size: u64, other: u64) -> Status {
        let Some(second) = self.other else { return self.band.status(size) };
        if size == 0 && other == 0 {
            return Status::Uninhabited;
        }
        for (band, size) in [(self.band, size), (second, other)] {
            if size < u64::from(band.lower) {
                return Status::Under;
            }
            if size > u64::from(band.upper) {
                return Status::Over;
            }
        }
        Status::InBand
    }

    /// How far a grid is outside its bands, all counts together, in millionths of each band's middle, so that the counts weigh
    /// alike.
    pub fn violation(self, size: u64, other: u64) -> u64 {
        let of = |band: Band, size: u64| {
            let middle = (u64::from(band.lower) + u64::from(band.upper)).div_ceil(2);
            band.violation(size).saturating_mul(1_000_000) / middle.max(1)
        };
        of(self.band, size).saturating_add(self.other.map_or(0, |band| of(band, other)))
    }

    /// The fewest grids that both totals divide into; `None` where no number does, 0 where there is nobody.
    pub fn divides_into(self, total: u64, other: u64) -> Option<u64> {
        let ends = |band: Band, total: u64| {
            let fewest = total.div_ceil(u64::from(band.upper));
            let most = if band.lower == 0 { u64::MAX } else { total / u64::from(band.lower) };
            (fewest, most)
        };
        if total == 0 && (other == 0 || self.other.is_none()) {
            return Some(0);
        }
        let (mut fewest, mut most) = ends(self.band, total);
        if let Some(band) = self.other {
            let second = ends(band, other);
            (fewest, most) = (fewest.max(second.0), most.min(second.1));
        }
        let fewest = fewest.max(1);
        (fewest <= most).then_some(fewest)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BOTH: Counted =
        Counted { attribute: Attribute::Households, band: Band::HOUSEHOLDS, other: Some(Band::POPULATION) };

    #[test]
    fn a_grid_kept_to_two_bands_is_in_band_only_by_both() {
        let stand = |size, other| BOTH.status(size, other);
        assert_eq!(stand(400, 1_000), Status::InBand);
        assert_eq!(stand(400, 1_301), Status::Over);
        assert_eq!(stand(400, 699), Status::Under);
        assert_eq!(stand(299, 1_301), Status::Under);
        assert_eq!(stand(0, 5), Status::Under);
        assert_eq!(stand(0, 0), Status::Uninhabited);
    }

    proptest! {
        #[test]
        fn totals_divide_exactly_where_some_number_of_grids_serves_both(total in 0..6_000_u64, other in 0..16_000_u64) {
            let lawful = |k: u64| {
                BOTH.bands().zip([total, other]).all(|((_, band), total)| {
                    k * u64::from(band.lower) <= total && total <= k * u64::from(band.upper)
                })
            };
            prop_assert_eq!(BOTH.divides_into(total, other), (0..60).find(|&k| lawful(k)));
            let one = Counted::one(Attribute::Households, Band::HOUSEHOLDS);
            prop_assert_eq!(one.divides_into(total, other).is_some(), Band::HOUSEHOLDS.divides(total));
        }
    }
}
