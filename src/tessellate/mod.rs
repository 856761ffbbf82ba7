//! Cells out of raw town data.
//!
//! Files: `units` (footprints of towers cut into units).

pub mod units;
