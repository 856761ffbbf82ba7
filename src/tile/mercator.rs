//! Where things lie on the Web Mercator square, in whole units.

use std::f64::consts::PI;

use crate::geom::{Envelope, LatticePoint, LonLat, UNITS_PER_DEGREE};

/// Units along the side of a tile (MVT 2.1 §4.1: the customary value).
pub const EXTENT: i64 = 4096;
/// Units a tile holds beyond each side, so that outlines and fills join across tiles: 1/64 of a side, 8 pixels of a
/// 512-pixel tile.
pub const BUFFER: i64 = 64;
/// The largest zoom a tile can be asked for: there one tile unit is one world unit (about 1 cm at the equator).
pub const MAX_ZOOM: u8 = 20;
/// Bits of the world square's side.
pub(super) const WORLD_BITS: u32 = 32;
/// Bits of a tile's side.
const EXTENT_BITS: u32 = EXTENT.trailing_zeros();

/// One tile of the Web Mercator pyramid: column x from the west, row y from the north.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TileId {
    z: u8,
    x: u32,
    y: u32,
}

/// Why there is no such tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TileIdError {
    /// Too deep.
    #[error("zoom {z} is too deep: tiles are made for zooms 0 to {MAX_ZOOM}")]
    Zoom {
        /// As asked.
        z: u8,
    },
    /// Beyond the square.
    #[error("tile {z}/{x}/{y} does not exist: at zoom {z} x and y are 0 to {last}")]
    Position {
        /// As asked.
        z: u8,
        /// As asked.
        x: u32,
        /// As asked.
        y: u32,
        /// The last column and row of this zoom.
        last: u32,
    },
}

impl TileId {
    /// The tile at zoom `z`, column `x`, row `y`.
    ///
    /// # Errors
    /// When the zoom is above [`MAX_ZOOM`] or the position outside the square.
    pub const fn new(z: u8, x: u32, y: u32) -> Result<Self, TileIdError> {
        if z > MAX_ZOOM {
            return Err(TileIdError::Zoom { z });
        }
        let last = (1_u32 << z) - 1;
        if x > last || y > last {
            return Err(TileIdError::Position { z, x, y, last });
        }
        Ok(Self { z, x, y })
    }

    /// The tile at this zoom that holds the point.
    ///
    /// # Errors
    /// When the zoom is above [`MAX_ZOOM`].
    pub fn holding(z: u8, point: LatticePoint) -> Result<Self, TileIdError> {
        let (world_x, world_y) = project(point);
        let shift = WORLD_BITS - u32::from(z.min(MAX_ZOOM));
        Self::new(z, (u64::from(world_x) >> shift) as u32, (u64::from(world_y) >> shift) as u32)
    }

    /// The tiles of a zoom that a box meets with their buffers; none where the zoom is above [`MAX_ZOOM`].
    pub fn meeting(z: u8, envelope: &Envelope) -> impl Iterator<Item = Self> {
        let ((west, south), (east, north)) = (project(envelope.min), project(envelope.max));
        Self::meeting_world(z, [west, north, east, south].map(i64::from))
    }

    /// The same for a box in units of the world: west, north, east, south.
    pub(super) fn meeting_world(z: u8, [west, north, east, south]: [i64; 4]) -> impl Iterator<Item = Self> {
        let lawful = z <= MAX_ZOOM;
        let shift = WORLD_BITS - u32::from(z.min(MAX_ZOOM));
        // a unit more than the buffer: quantising may pull a vertex in by half of one
        let reach = (BUFFER + 1) << (WORLD_BITS - EXTENT_BITS - u32::from(z.min(MAX_ZOOM)));
        let last = (1_i64 << z.min(MAX_ZOOM)) - 1;
        let tile = move |world: i64| (world >> shift).clamp(0, last) as u32;
        let (columns, rows) = (tile(west - reach)..=tile(east + reach), tile(north - reach)..=tile(south + reach));
        columns.flat_map(move |x| rows.clone().map(move |y| Self { z, x, y })).filter(move |_| lawful)
    }

    /// Zoom.
    pub const fn z(self) -> u8 {
        self.z
    }

    /// Column, from the west.
    pub const fn x(self) -> u32 {
        self.x
    }

    /// Row, from the north.
    pub const fn y(self) -> u32 {
        self.y
    }

    /// World units to tile units, as a power of two.
    const fn shift(self) -> u32 {
        WORLD_BITS - EXTENT_BITS - self.z as u32
    }

    /// World units to units of this tile, the nearest one. The same for all tiles of a zoom up to whole tiles.
    pub(super) const fn quantise(self, (world_x, world_y): (u32, u32)) -> (i64, i64) {
        let shift = self.shift();
        let half = (1_i64 << shift) >> 1;
        (
            ((world_x as i64 + half) >> shift) - self.x as i64 * EXTENT,
            ((world_y as i64 + half) >> shift) - self.y as i64 * EXTENT,
        )
    }

    /// The unit of this tile that holds the position, rounded down: 0 to 4095 in exactly one tile of a zoom.
    pub(super) const fn floor(self, (world_x, world_y): (u32, u32)) -> (i64, i64) {
        let shift = self.shift();
        ((world_x as i64 >> shift) - self.x as i64 * EXTENT, (world_y as i64 >> shift) - self.y as i64 * EXTENT)
    }

    /// The lattice box of the tile with its buffer, widened by a few lattice units against rounding.
    pub(super) fn buffered_envelope(self) -> Envelope {
        const SLACK_E7: i32 = 8;
        let side = (1_i64 << self.z) * EXTENT;
        let lon_e7 = |units: i64| {
            let turn = (units as f64 / side as f64).clamp(0.0, 1.0);
            ((turn - 0.5) * 360.0 * UNITS_PER_DEGREE).round() as i32
        };
        let lat_e7 = |units: i64| {
            let turn = (units as f64 / side as f64).clamp(0.0, 1.0);
            let lat_rad = (PI * (1.0 - 2.0 * turn)).sinh().atan();
            (lat_rad.to_degrees() * UNITS_PER_DEGREE).round() as i32
        };
        // one tile unit more than the buffer: quantising may pull a vertex in by half of one
        let (reach, x, y) = (BUFFER + 1, i64::from(self.x) * EXTENT, i64::from(self.y) * EXTENT);
        let (north, south) = if y - reach <= 0 && y + EXTENT + reach >= side {
            (900_000_000, -900_000_000)
        } else {
            (
                if y - reach <= 0 { 900_000_000 } else { lat_e7(y - reach) + SLACK_E7 },
                if y + EXTENT + reach >= side { -900_000_000 } else { lat_e7(y + EXTENT + reach) - SLACK_E7 },
            )
        };
        Envelope {
            min: LatticePoint::new(lon_e7(x - reach) - SLACK_E7, south),
            max: LatticePoint::new(lon_e7(x + EXTENT + reach) + SLACK_E7, north),
        }
    }
}

impl std::fmt::Display for TileId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}/{}", self.z, self.x, self.y)
    }
}

/// Web Mercator in units of 1/2³² of the square's side, from its north-west corner. Latitudes beyond ±85.0511° lie on the
/// square's rim.
pub(super) fn project(point: LatticePoint) -> (u32, u32) {
    const SIDE: f64 = 4_294_967_296.0;
    let LonLat { lon_deg, lat_deg } = point.to_lon_lat();
    let x = (lon_deg / 360.0 + 0.5) * SIDE;
    let sin = lat_deg.to_radians().sin();
    // ln((1+sin)/(1-sin))/2 = atanh(sin); at the poles it is infinite and lands on the rim
    let y = (0.5 - sin.atanh() / (2.0 * PI)) * SIDE;
    let unit = |v: f64| v.round().clamp(0.0, SIDE - 1.0) as u32;
    (unit(x), unit(y))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_square_has_its_textbook_corners() {
        assert_eq!(project(LatticePoint::new(0, 0)), (1 << 31, 1 << 31));
        assert_eq!(project(LatticePoint::new(-1_800_000_000, 900_000_000)), (0, 0));
        assert_eq!(project(LatticePoint::new(1_800_000_000, -900_000_000)), (u32::MAX, u32::MAX));
        let (_, y) = project(LatticePoint::new(0, 850_511_287));
        assert!(y < 100, "{y}");
    }

    #[test]
    fn positions_beyond_the_pyramid_are_refused() {
        assert!(TileId::new(20, (1 << 20) - 1, 0).is_ok());
        assert_eq!(TileId::new(21, 0, 0), Err(TileIdError::Zoom { z: 21 }));
        assert_eq!(TileId::new(1, 2, 0), Err(TileIdError::Position { z: 1, x: 2, y: 0, last: 1 }));
    }

    #[test]
    fn a_known_place_lies_in_its_known_tile() {
        // Taipei 101, tile numbers by the formula of the OpenStreetMap wiki ("Slippy map tilenames")
        let tile = TileId::holding(14, LatticePoint::new(1_215_645_000, 250_338_000)).unwrap();
        assert_eq!(tile.to_string(), "14/13724/7014");
    }

    proptest! {
        #[test]
        fn a_point_lies_in_the_envelope_of_its_tile_at_every_zoom(x in -1_800_000_000..=1_800_000_000_i32, y in -850_000_000..=850_000_000_i32, z in 0..=MAX_ZOOM) {
            let point = LatticePoint::new(x, y);
            let tile = TileId::holding(z, point).unwrap();
            prop_assert!(tile.buffered_envelope().contains(point));
            let (px, py) = tile.floor(project(point));
            prop_assert!((0..EXTENT).contains(&px) && (0..EXTENT).contains(&py));
        }

        #[test]
        fn adjoining_tiles_see_a_vertex_in_the_same_place(x in -1_700_000_000..=1_700_000_000_i32, y in -840_000_000..=840_000_000_i32, z in 1..=MAX_ZOOM) {
            let world = project(LatticePoint::new(x, y));
            let a = TileId::new(z, 0, 0).unwrap();
            let b = TileId::new(z, 1, 1).unwrap();
            let ((ax, ay), (bx, by)) = (a.quantise(world), b.quantise(world));
            prop_assert_eq!((ax - EXTENT, ay - EXTENT), (bx, by));
        }
    }
}
