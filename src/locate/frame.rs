//! The directory: the plane in square tiles, each tile in a grid of cells of its own.

use crate::geom::{Envelope, LatticePoint};

/// Tiles are 2^18 lattice units wide (0.026°, about 2.9 km): small enough that a community touches one to four and that each is
/// made anew in a few milliseconds even where a thousand grids lie in a kilometre, large enough that the directory of a country
/// stays a few megabytes.
pub(super) const TILE_BITS: u32 = 18;
/// Above this many tiles (a coverage as wide as the world) they are made larger instead.
const MOST_TILES: u64 = 1 << 22;
/// The whole lattice is 2^32 wide: tiles of this many bits are never more than [`MOST_TILES`].
pub(super) const MOST_TILE_BITS: u32 = 21;
/// A tile has at most 2^12 cells either way.
const MOST_GRID_BITS: u32 = 12;

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

/// How a tile is divided: into square cells of any width, counted from its south-west corner. Those along the eastern and
/// the northern side may be cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    /// Width and height of a cell.
    pub cell: u32,
    /// Cells in a row, and rows.
    pub columns: u32,
    /// 2^(2 bits) / cell, rounded up: a product with it divides any place in the tile by `cell`, exactly.
    factor: u64,
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
        let fits = |frame: &Self| frame.tiles() as u64 <= MOST_TILES;
        (TILE_BITS..MOST_TILE_BITS).map(sized).find(fits).unwrap_or_else(|| sized(MOST_TILE_BITS))
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
    /// The division of a tile of 2^bits into cells of this width; `None` when there would be none, or too many.
    pub fn new(cell: u32, bits: u32) -> Option<Self> {
        let least = 1_u32 << bits.checked_sub(MOST_GRID_BITS)?;
        (bits <= MOST_TILE_BITS && cell >= least && cell <= 1 << bits).then(|| Self {
            cell,
            columns: (1_u32 << bits).div_ceil(cell),
            factor: (1_u64 << (2 * bits)).div_ceil(u64::from(cell)),
        })
    }

    /// A tile that is one cell.
    pub fn whole(bits: u32) -> Self {
        Self { cell: 1 << bits, columns: 1, factor: 1 << bits }
    }

    /// About `cells` cells.
    pub fn with_cells(cells: usize, bits: u32) -> Self {
        let columns = cells.max(1).isqrt().clamp(1, 1 << MOST_GRID_BITS) as u32;
        Self::new((1_u32 << bits).div_ceil(columns), bits).unwrap_or_else(|| Self::whole(bits))
    }

    /// Twice as fine both ways; `None` when it is as fine as can be.
    pub fn finer(self, bits: u32) -> Option<Self> {
        Self::new(self.cell.div_ceil(2), bits).filter(|finer| finer.cell < self.cell)
    }

    pub fn cells(self) -> usize {
        self.columns as usize * self.columns as usize
    }

    /// The cell of a place in a tile of 2^bits, and where in the cell it lies.
    #[inline]
    pub fn cell(self, bits: u32, place: Place) -> (usize, u32, u32) {
        // bits are at most 21, so no product overflows; the error of the factor times a place stays below one cell
        let divided = |n: u32| ((u64::from(n) * self.factor) >> (2 * bits)) as u32;
        let (column, row) = (divided(place.x), divided(place.y));
        let within = |n: u32, cells: u32| n.wrapping_sub(cells.wrapping_mul(self.cell));
        let at = row as usize * self.columns as usize + column as usize;
        (at, within(place.x, column), within(place.y, row))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_directory_holds_its_corners_and_nothing_beyond_its_tiles() {
        let at = LatticePoint::new;
        let frame = Frame::around(Envelope::of([at(-5, -5), at(600_000, 10)]));
        assert_eq!((frame.columns, frame.rows), (4, 2));
        assert!(frame.place(at(-5, -5)).is_some() && frame.place(at(600_000, 10)).is_some());
        assert!(frame.place(at(-600_000, 0)).is_none() && frame.place(at(0, i32::MAX)).is_none());
        let world = Frame::around(Envelope::of([at(i32::MIN, i32::MIN), at(i32::MAX, i32::MAX)]));
        assert!(world.tiles() as u64 <= MOST_TILES);
        assert!(world.place(at(i32::MAX, i32::MIN)).is_some());
        assert_eq!(Frame::around(None).place(at(0, 0)).map(|place| place.tile), None);
    }

    #[test]
    fn a_place_is_in_the_cell_that_division_says() {
        for bits in [TILE_BITS, MOST_TILE_BITS] {
            for cells in [1, 2, 9, 1_000, 54_321, 1 << 24, 1 << 30] {
                let shape = Shape::with_cells(cells, bits);
                assert!(shape.cells() >= cells.min(1 << 23) / 2, "{cells} {shape:?}");
                let last = (1_u32 << bits) - 1;
                let near = |n: u32| [n.saturating_sub(1), n, n + 1];
                let all = (0..=shape.columns).step_by(7).chain([shape.columns]).flat_map(|i| near(i * shape.cell));
                for n in all.filter(|&n| n <= last) {
                    let (at, x, y) = shape.cell(bits, Place { tile: 0, x: n, y: last - n });
                    let (column, row) = (n / shape.cell, (last - n) / shape.cell);
                    assert_eq!((x, y), (n % shape.cell, (last - n) % shape.cell));
                    assert_eq!(at, (row * shape.columns + column) as usize);
                }
            }
        }
        assert_eq!(Shape::new(0, TILE_BITS), None);
        assert_eq!(Shape::new(1 << 20, TILE_BITS), None);
    }
}
