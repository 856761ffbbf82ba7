//! Plans: which atom belongs to which grid, the band a grid should keep to, and what is said of a grid outside it.
//!
//! 1. Every atom of a plan is in exactly one grid or explicitly unassigned.
//! 2. Whether a grid keeps to its band is decided here and nowhere else ([`Band::status`]).
//! 3. A plan is redrawn by operations alone ([`draft`]).
//!
//! This room never reads geometry, files, clocks or random sources.

mod assignment;
mod band;
mod code;
mod counted;
pub mod draft;
mod made;
mod own;
mod reason;
mod way;

#[cfg(test)]
mod way_tests;

pub use assignment::{Assignment, GridId};
pub use band::{Attribute, Band, BandError, Status};
pub use code::{CodeError, CodeScheme, KeptCodes, Overlap, Uncoded, assign_codes, continue_codes};
pub use counted::Counted;
pub use made::Made;
pub use own::{OwnBand, OwnBands};
pub use reason::Reason;
pub use way::{Ground, WayOut};
