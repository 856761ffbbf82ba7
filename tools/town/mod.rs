//! An invented Chinese district, drawn as a planar subdivision and written as a GeoPackage.
//!
//! In: a seed. Out: parcels that tile the district exactly, with streets, barriers, buildings, addresses, jurisdictions and officers.
//! Order: [`skeleton`] → [`lots`] → [`houses`] → [`register`] → [`lines`] → [`check`] → [`write`].

pub mod check;
pub mod cutter;
pub mod dice;
pub mod houses;
pub mod lines;
pub mod lots;
pub mod mesh;
pub mod names;
pub mod plane;
pub mod register;
pub mod skeleton;
pub mod write;
pub mod zones;
