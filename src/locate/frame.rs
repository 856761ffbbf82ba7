//! The directory: the plane in square tiles, each tile in a grid of cells of its own.

use crate::geom::{Envelope, LatticePoint};

/// Tiles are 2^19 lattice units wide (0.052°, about 5.8 km): small enough that a community touches one to three, large
/// enough that the directory of a country stays a few megabytes.
const TILE_BITS: u32 = 19;
/// Above this many tiles (a coverage as wide as the world) they are made larger instead.
const MOST_TILES: u64 = 1 << 22;
/// A cell is at most 2^15 units wide (about 360 m), so that a place in it fits an `i16`.
pub(super) const MOST_CELL_BITS: u32 = 15;
/// A tile has at most 2^12 cells either way.
pub(super) const MOST_GRID_BITS: u32 = 12;

/// Where the tiles lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Frame {
    pub west_e7: i64,
    pub south_e7: i64,
    pub columns: u32,
    pub rows: u32,
    /// A tile is 2^bits units wide and high.
    pub bits: u32,
}

/// How a tile is divided: 2^columns_bits by 2^rows_bits cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Shape {
    pub column_bits: u32,
    pub row_bits: u32,
}

/// A point's place in the directory.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub tile: usize,
    pub x: u32,
    pub y: u32,
}

impl Frame {
    /// The tiles that hold the box; none for `None`.
    pub fn around(envelope: Option<Envelope>) -> Self {
        let Some(envelope) = envelope else {
            return Self { west_e7: 0, south_e7: 0, columns: 0, rows: 0, bits: TILE_BITS };
        };
        let sized = |bits: u32| {
            let first = |n: i32| (i64::from(n) >> bits) << bits;
            let count = |from: i32, to: i32| (((i64::from(to) >> bits) - (i64::from(from) >> bits)) + 1) as u32;
            Self {
                west_e7: first(envelope.min.x_e7),
                south_e7: first(envelope.min.y_e7),
                columns: count(envelope.min.x_e7, envelope.max.x_e7),
                rows: count(envelope.min.y_e7, envelope.max.y_e7),
                bits,
            }
        };
        (TILE_BITS..=30).map(sized).find(|frame| frame.tiles() as u64 <= MOST_TILES).unwrap_or_else(|| sized(31))
    }

    pub fn tiles(&self) -> usize {
        self.columns as usize * self.rows as usize
    }

    /// The tile of a point and where in it; `None` outside the directory.
    #[inline]
    pub fn place(&self, p: LatticePoint) -> Option<Place> {
        let (dx, dy) = ((i64::from(p.x_e7) - self.west_e7) as u64, (i64::from(p.y_e7) - self.south_e7) as u64);
        let (column, row) = (dx >> self.bits, dy >> self.bits);
        if column >= u64::from(self.columns) || row >= u64::from(self.rows) {
            return None;
        }
        let mask = (1_u32 << self.bits).wrapping_sub(1);
        let tile = row as usize * self.columns as usize + column as usize;
        Some(Place { tile, x: dx as u32 & mask, y: dy as u32 & mask })
    }

    /// South-west corner of a tile.
    pub fn origin(&self, column: usize, row: usize) -> (i64, i64) {
        (self.west_e7 + ((column as i64) << self.bits), self.south_e7 + ((row as i64) << self.bits))
    }

    /// Columns and rows of the tiles that a box meets, ends included; `None` when it meets none.
    pub fn span(&self, min: (i64, i64), max: (i64, i64)) -> Option<[usize; 4]> {
        let at = |n: i64, from: i64| (n - from) >> self.bits;
        let (c0, c1) = (at(min.0, self.west_e7).max(0), at(max.0, self.west_e7).min(i64::from(self.columns) - 1));
        let (r0, r1) = (at(min.1, self.south_e7).max(0), at(max.1, self.south_e7).min(i64::from(self.rows) - 1));
        (c0 <= c1 && r0 <= r1).then_some([c0 as usize, c1 as usize, r0 as usize, r1 as usize])
    }
}

impl Shape {
    /// The coarsest division with at least `cells` cells, and cells not too large. Where the two counts differ there are
    /// more rows than columns: a unit of longitude is the shorter one.
    pub fn with_cells(cells: usize, frame: &Frame) -> Self {
        let wanted = cells.max(1).next_power_of_two().trailing_zeros();
        let least = frame.bits.saturating_sub(MOST_CELL_BITS);
        let fit = |bits: u32| bits.clamp(least, MOST_GRID_BITS.max(least));
        Self { column_bits: fit(wanted / 2), row_bits: fit(wanted - wanted / 2) }
    }

    /// Twice as fine both ways; `None` when it is as fine as can be.
    pub fn finer(self) -> Option<Self> {
        (self.row_bits < MOST_GRID_BITS)
            .then_some(Self { column_bits: self.column_bits + 1, row_bits: self.row_bits + 1 })
    }

    pub fn cells(self) -> usize {
        1 << (self.column_bits + self.row_bits)
    }

    pub fn columns(self) -> usize {
        1 << self.column_bits
    }

    pub fn rows(self) -> usize {
        1 << self.row_bits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_directory_holds_its_corners_and_nothing_beyond_its_tiles() {
        let at = LatticePoint::new;
        let frame = Frame::around(Envelope::of([at(-5, -5), at(600_000, 10)]));
        assert_eq!((frame.columns, frame.rows), (3, 2));
        assert!(frame.place(at(-5, -5)).is_some() && frame.place(at(600_000, 10)).is_some());
        assert!(frame.place(at(-600_000, 0)).is_none() && frame.place(at(0, i32::MAX)).is_none());
        let world = Frame::around(Envelope::of([at(i32::MIN, i32::MIN), at(i32::MAX, i32::MAX)]));
        assert!(world.tiles() as u64 <= MOST_TILES);
        assert!(world.place(at(i32::MAX, i32::MIN)).is_some());
        assert_eq!(Frame::around(None).place(at(0, 0)).map(|place| place.tile), None);
    }
}
