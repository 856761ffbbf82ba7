//! Wangge (网格): draws, publishes and serves the grids of neighbourhood governance, and routes every resident report to
//! the one grid that owns it.

#[cfg(feature = "service")]
pub mod app;
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
#[cfg(feature = "service")]
pub mod store;
#[cfg(feature = "service")]
pub mod app;
#[cfg(feature = "service")]
pub mod cli;
pub mod tile;
pub mod topology;
