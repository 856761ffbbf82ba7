//! One integration binary, a module for each room.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails right there")]

#[cfg(feature = "service")]
mod acceptance;
mod address;
#[cfg(feature = "service")]
mod certified;
#[cfg(feature = "service")]
mod cli;
#[cfg(feature = "service")]
mod cli_principal;
#[cfg(feature = "service")]
mod coordinates;
#[cfg(feature = "service")]
mod copy;
#[cfg(feature = "service")]
mod crash;
#[cfg(feature = "service")]
mod dirty;
mod faults;
#[cfg(feature = "service")]
mod format;
mod http;
#[cfg(feature = "service")]
mod instances;
#[cfg(feature = "service")]
mod kill;
mod levels;
#[cfg(feature = "service")]
mod links;
#[cfg(feature = "service")]
mod locate;
mod lost;
#[cfg(feature = "service")]
#[path = "../support/mangle.rs"]
mod mangle;
#[cfg(feature = "service")]
mod officers;
#[cfg(feature = "service")]
mod owner_sql;
#[cfg(feature = "service")]
mod partition;
#[cfg(feature = "service")]
mod pmtiles;
#[cfg(feature = "service")]
#[path = "../support/pmtiles.rs"]
mod pmtiles_reader;
#[cfg(feature = "service")]
mod postgis;
#[cfg(feature = "service")]
mod real_data;
#[cfg(feature = "service")]
mod snapshot;
mod store_addresses;
#[cfg(feature = "service")]
mod store_contract;
#[cfg(feature = "service")]
mod store_drafts;
#[cfg(feature = "service")]
mod store_geopackage;
#[cfg(feature = "service")]
mod store_inputs;
#[cfg(feature = "service")]
mod store_links;
mod store_officers;
mod store_people;
mod store_postgis;
#[cfg(feature = "service")]
mod store_samples;
mod tidy;
mod town;
#[cfg(feature = "service")]
mod update;
