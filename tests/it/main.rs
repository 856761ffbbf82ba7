//! Wangge: grids of neighbourhood governance.

#[cfg(feature = "service")]
mod crash;
#[cfg(feature = "service")]
mod http;
#[cfg(feature = "service")]
mod store_contract;
#[cfg(feature = "service")]
mod store_geopackage;
#[cfg(feature = "service")]
mod store_samples;
