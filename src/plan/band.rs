//! The band of sizes a grid should keep to.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What the size of a grid counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attribute {
    /// Households (户).
    Households,
    /// Persons (人).
    Population,
}

/// The least and the largest size of a grid, both ends lawful. `300..500` when read from text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Band {
    /// The least lawful size.
    pub lower: u32,
    /// The largest lawful size.
    pub upper: u32,
}

/// How a grid stands to its band.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Within the band, both ends included.
    InBand,
    /// Below the band, but somebody lives there.
    Under,
    /// Above the band.
    Over,
    /// Nobody lives there; told apart from the grids outside the band.
    Uninhabited,
    /// The source does not say how many live there.
    Unknown,
}

impl Status {
    /// The word used in files, in the store and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InBand => "in_band",
            Self::Under => "under",
            Self::Over => "over",
            Self::Uninhabited => "uninhabited",
            Self::Unknown => "unknown",
        }
    }
}

/// Why a band is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BandError {
    /// The ends are crossed.
    #[error("bounds {lower}..{upper}: the lower bound is above the upper one")]
    Crossed {
        /// As given.
        lower: u32,
        /// As given.
        upper: u32,
    },
    /// An upper end of zero.
    #[error("bounds {lower}..{upper}: the upper bound must be at least 1")]
    Zero {
        /// As given.
        lower: u32,
        /// As given.
        upper: u32,
    },
    /// Not of the form `300..500`.
    #[error("bounds {text:?}: write two whole numbers, such as 300..500")]
    Form {
        /// As given.
        text: String,
    },
}

impl Band {
    /// 300 to 500 households: the physical grid of 《城乡社区网格化服务管理规范》 practice.
    pub const HOUSEHOLDS: Self = Self { lower: 300, upper: 500 };
    /// 700 to 1,300 persons: about 1,000, used where households are not known.
    pub const POPULATION: Self = Self { lower: 700, upper: 1_300 };

    /// Any size.
    pub const ANY: Self = Self { lower: 0, upper: u32::MAX };

    /// 30 to 60 households: a micro-grid (微网格), a stair or two of a building.
    pub const MICRO_HOUSEHOLDS: Self = Self { lower: 30, upper: 60 };
    /// 70 to 160 persons: the same where households are not known.
    pub const MICRO_POPULATION: Self = Self { lower: 70, upper: 160 };

    /// 1,500 to 4,000 households: a patrol area of several communities, as large as a five-minute living circle (五分钟生活圈居住区) in GB
    /// 50180-2018, table 3.0.4.
    pub const AREA_HOUSEHOLDS: Self = Self { lower: 1_500, upper: 4_000 };
    /// 5,000 to 12,000 persons: the same table.
    pub const AREA_POPULATION: Self = Self { lower: 5_000, upper: 12_000 };

    /// A checked band.
    ///
    /// # Errors
    /// When the ends are crossed or the upper one is zero.
    pub const fn new(lower: u32, upper: u32) -> Result<Self, BandError> {
        if upper == 0 {
            return Err(BandError::Zero { lower, upper });
        }
        if lower > upper {
            return Err(BandError::Crossed { lower, upper });
        }
        Ok(Self { lower, upper })
    }

    /// How far a size lies outside the band; 0 within it.
    pub fn violation(self, size: u64) -> u64 {
        u64::from(self.lower).saturating_sub(size).max(size.saturating_sub(u64::from(self.upper)))
    }

    /// How a grid of this size stands.
    pub fn status(self, size: u64) -> Status {
        if size == 0 {
            Status::Uninhabited
        } else if size < u64::from(self.lower) {
            Status::Under
        } else if size > u64::from(self.upper) {
            Status::Over
        } else {
            Status::InBand
        }
    }

    /// Whether some number of grids within the band adds up to `total` (`partition` arithmetic: some k with
    /// k·lower ≤ total ≤ k·upper). Zero is divisible, into no grid at all.
    pub fn divides(self, total: u64) -> bool {
        total == 0 || total.div_ceil(u64::from(self.upper)) * u64::from(self.lower) <= total
    }
}

impl FromStr for Band {
    type Err = BandError;

    fn from_str(text: &str) -> Result<Self, BandError> {
        let form = || BandError::Form { text: text.to_owned() };
        let (lower, upper) = text.split_once("..").ok_or_else(form)?;
        let end = |text: &str| text.trim().parse().map_err(|_| form());
        Self::new(end(lower)?, end(upper.trim_start_matches('='))?)
    }
}

impl std::fmt::Display for Band {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}..{}", self.lower, self.upper)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn for_300_to_500_only_totals_below_300_and_501_to_599_cannot_be_divided() {
        let undivided: Vec<u64> = (1..5_000).filter(|&total| !Band::HOUSEHOLDS.divides(total)).collect();
        let expected: Vec<u64> = (1..300).chain(501..600).collect();
        assert_eq!(undivided, expected);
    }

    #[test]
    fn both_ends_are_within_the_band() {
        let band: Band = "300..500".parse().unwrap();
        assert_eq!(
            [299, 300, 500, 501, 0].map(|n| band.status(n)),
            [Status::Under, Status::InBand, Status::InBand, Status::Over, Status::Uninhabited]
        );
        assert_eq!([299, 300, 500, 501].map(|n| band.violation(n)), [1, 0, 0, 1]);
    }

    #[test]
    fn crossed_or_garbled_bounds_are_refused() {
        assert_eq!("500..300".parse::<Band>(), Err(BandError::Crossed { lower: 500, upper: 300 }));
        assert!(matches!("300-500".parse::<Band>(), Err(BandError::Form { .. })));
        assert!(matches!("0..0".parse::<Band>(), Err(BandError::Zero { .. })));
    }
}
