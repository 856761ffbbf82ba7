//! Columns of numbers in, a column of numbers out: for programs in other languages.

use super::Snapshot;
use crate::geom::datum::Datum;
use crate::geom::{CoordinateError, LatticePoint, LonLat};
use crate::locate::Owner;

/// Stands for outside all grids.
pub const OUTSIDE: i32 = -1;
/// Stands for numbers that are no position.
pub const NO_POSITION: i32 = -2;
/// Points converted and looked up together: what belongs to them stays in the first-level cache.
const BLOCK: usize = 512;

/// The rows of a batch that are no positions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NoPositions {
    /// How many.
    pub count: usize,
    /// The first one, from 0.
    pub first: usize,
    /// Why it is none.
    pub reason: CoordinateError,
}

impl<B: AsRef<[u8]>> Snapshot<B> {
    /// The position of the owning grid for each longitude and latitude, [`OUTSIDE`] or [`NO_POSITION`]; and which rows are
    /// no positions, where there are any. The same answers as [`Datum::to_lattice`] and [`Snapshot::locate`] one by one.
    /// O(points).
    ///
    /// # Panics
    /// When the three columns differ in length.
    pub fn locate_columns(&self, datum: Datum, lons: &[f64], lats: &[f64], grids: &mut [i32]) -> Option<NoPositions> {
        assert!(lons.len() == lats.len() && lats.len() == grids.len(), "one answer for each longitude and latitude");
        let mut onto = [LatticePoint::default(); BLOCK];
        let mut owners: [Option<Owner>; BLOCK] = [None; BLOCK];
        let mut none: Option<NoPositions> = None;
        let columns = lons.chunks(BLOCK).zip(lats.chunks(BLOCK)).zip(grids.chunks_mut(BLOCK));
        for (block, ((lons, lats), grids)) in columns.enumerate() {
            let mut refused = false;
            for (((&lon_deg, &lat_deg), onto), grid) in lons.iter().zip(lats).zip(&mut onto).zip(&mut *grids) {
                *grid = OUTSIDE;
                *onto = datum.to_lattice(LonLat { lon_deg, lat_deg }).unwrap_or_else(|_| {
                    refused = true;
                    *grid = NO_POSITION;
                    LatticePoint::default()
                });
            }
            if refused {
                let rows = grids.iter().enumerate().filter(|(_, grid)| **grid == NO_POSITION);
                for (row, _) in rows {
                    let point = LonLat { lon_deg: lons[row], lat_deg: lats[row] };
                    if let Err(reason) = datum.to_lattice(point) {
                        none.get_or_insert(NoPositions { count: 0, first: block * BLOCK + row, reason }).count += 1;
                    }
                }
            }
            let owners = &mut owners[..lons.len()];
            self.locate_batch(&onto[..lons.len()], owners);
            for (grid, owner) in grids.iter_mut().zip(owners) {
                if let (OUTSIDE, Some(owner)) = (*grid, owner) {
                    *grid = owner.face as i32;
                }
            }
        }
        none
    }
}
