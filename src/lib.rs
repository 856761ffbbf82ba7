//! Wangge (网格): draws, publishes and serves the grids of neighbourhood governance, and routes every resident report to
//! the one grid that owns it.

pub mod atom;
pub mod coverage;
#[cfg(feature = "service")]
pub mod crs;
#[cfg(feature = "service")]
pub mod format;
pub mod geom;
pub mod graph;
pub mod locate;
pub mod partition;
pub mod plan;
pub mod topology;
#[cfg(feature = "service")]
pub mod store;
