//! Wangge (网格): draws, publishes and serves the grids of neighbourhood governance, and routes every resident report to
//! the one grid that owns it.

pub mod address;
#[cfg(feature = "service")]
pub mod app;
pub mod atom;
#[cfg(feature = "service")]
pub mod cli;
pub mod coverage;
#[cfg(feature = "service")]
pub mod crs;
#[cfg(feature = "service")]
pub mod format;
pub mod geom;
pub mod graph;
#[cfg(feature = "service")]
pub mod http;
pub mod locate;
pub mod officer;
pub mod partition;
pub mod plan;
pub mod registry;
#[cfg(feature = "service")]
pub mod store;
pub mod tessellate;
pub mod tile;
pub mod topology;
pub mod weigh;
