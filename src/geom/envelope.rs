//! Axis-parallel boxes on the lattice.

use super::{LatticePoint, LonLat};

/// The smallest closed box around some lattice points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Envelope {
    /// South-west corner.
    pub min: LatticePoint,
    /// North-east corner.
    pub max: LatticePoint,
}

impl Envelope {
    /// The box around `points`; `None` when there are none.
    pub fn of(points: impl IntoIterator<Item = LatticePoint>) -> Option<Self> {
        let mut points = points.into_iter();
        let first = points.next()?;
        Some(points.fold(Self { min: first, max: first }, Self::with))
    }

    /// The box that also holds `point`.
    #[must_use]
    pub fn with(self, point: LatticePoint) -> Self {
        Self {
            min: LatticePoint::new(self.min.x_e7.min(point.x_e7), self.min.y_e7.min(point.y_e7)),
            max: LatticePoint::new(self.max.x_e7.max(point.x_e7), self.max.y_e7.max(point.y_e7)),
        }
    }

    /// The box around both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        self.with(other.min).with(other.max)
    }

    /// Whether the closed box holds `point`.
    pub fn contains(&self, point: LatticePoint) -> bool {
        (self.min.x_e7..=self.max.x_e7).contains(&point.x_e7) && (self.min.y_e7..=self.max.y_e7).contains(&point.y_e7)
    }

    /// Whether the closed boxes share a point.
    pub fn intersects(&self, other: &Self) -> bool {
        self.min.x_e7 <= other.max.x_e7
            && other.min.x_e7 <= self.max.x_e7
            && self.min.y_e7 <= other.max.y_e7
            && other.min.y_e7 <= self.max.y_e7
    }

    /// The middle, rounded towards the south-west.
    pub fn centre(&self) -> LatticePoint {
        LatticePoint::new(
            (self.min.x() + self.max.x()).div_euclid(2) as i32,
            (self.min.y() + self.max.y()).div_euclid(2) as i32,
        )
    }

    /// West, south, east, north in degrees.
    pub fn to_degrees(&self) -> [f64; 4] {
        let LonLat { lon_deg: west, lat_deg: south } = self.min.to_lon_lat();
        let LonLat { lon_deg: east, lat_deg: north } = self.max.to_lon_lat();
        [west, south, east, north]
    }
}
