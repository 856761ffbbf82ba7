//! Wangge: grids of neighbourhood governance.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails right there")]

#[cfg(feature = "service")]
mod crash;
#[cfg(feature = "service")]
mod store_contract;
#[cfg(feature = "service")]
mod store_geopackage;
#[cfg(feature = "service")]
mod store_samples;
