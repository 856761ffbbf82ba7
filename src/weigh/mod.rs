//! People to places: totals of squares, sections or whole jurisdictions shared out over buildings, and rasters over cells.
//!
//! In: [`Place`]s (buildings or cells, with their floor area), [`Source`]s (areas with totals), a [`Grid`] of pixels. Out:
//! whole numbers of households and persons for each place, each with its [`Origin`](crate::atom::Origin), a [`Ledger`]
//! that accounts for every one of them, and what a person should look at ([`Finding`]).
//!
//! 1. Counted numbers are never changed; no place gets less than nobody.
//! 2. What the sources say equals what the places got from them, with the differences named: [`Ledger::balances`].
//! 3. Within a source shares are whole and add up to it exactly (largest remainder, ties by position).
//! 4. People of pixels inside and outside the cells add up to the raster, to floating-point precision.
//! 5. Same input, same output, at any number of threads.
//!
//! Files: `remainder` (whole shares), `overlap` (how much of a place lies in a source), `share` (the rules), `finding`
//! (findings in words), `hexagon` (points by cells of H3), `zonal` (pixels over cells), `sum` (long sums). It never reads files, clocks or random sources.

mod finding;
mod hexagon;
mod overlap;
mod place;
mod remainder;
mod share;
#[cfg(test)]
mod share_tests;
mod sum;
mod zonal;
#[cfg(test)]
#[expect(clippy::float_cmp, reason = "whole shares are exact")]
mod zonal_tests;

pub use finding::{Finding, FindingKind};
pub use hexagon::{Hexagon, HexagonSize, by_hexagon};
pub use place::{Given, Ledger, Measure, Place, Settings, Source, Weighed, floor_area_2};
pub use remainder::{largest_remainder, whole_shares};
pub use share::weigh;
pub use sum::{Sum, compensated_sum};
pub use zonal::{Affine, Grid, PixelRing, ZonalError, Zoned, people_of_cells, pixel_rings, zonal};
