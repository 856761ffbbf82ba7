//! Files in and out: one file of code per kind of content.
//!
//! In: any vector file that GDAL reads (`.zst` of it, and zip archives, too) or a CSV of points. Out: a
//! [`Dataset`] of atoms, a layer of existing grids, a list of officers, declared links, addresses, points to locate; and layers written as
//! GeoPackage, GeoJSON, FlatGeobuf or CSV, and tiles as PMTiles.
//!
//! 1. Coordinates leave this room as WGS 84 on the lattice: reprojected and snapped here, once, and nowhere else.
//! 2. A file without a CRS is refused; nothing is guessed.
//! 3. Bad input is an error that names file, feature and value and says what to do; it never panics, and GDAL never
//!    prints on its own.
//! 4. The same features in another container, in another order, give the same content hash (when codes come from a field).
//! 5. A file is written under a temporary name and renamed: a reader sees the old one or the whole new one.
//!
//! It decides nothing about gaps, overlaps or rings that cross themselves: that is the topology's work. This room alone
//! sees `gdal`.
//!
//! ```
//! use wangge::format::{AtomSource, read_atoms, unwatched};
//! let folder = tempfile::tempdir().unwrap();
//! let path = folder.path().join("town.csv");
//! std::fs::write(&path, "wkt,id,hh\n\"POLYGON ((114 30,114.01 30,114 30.01,114 30))\",A-1,312\n").unwrap();
//! let source = AtomSource {
//!     path,
//!     id: Some("id".into()),
//!     households: Some("hh".into()),
//!     crs: Some("cgcs2000".parse().unwrap()),
//!     ..AtomSource::default()
//! };
//! let (dataset, report) = read_atoms(&source, &unwatched).unwrap();
//! assert_eq!((dataset.atoms[0].code.as_str(), report.households), ("A-1", 312));
//! ```

mod addresses;
mod archive;
mod atoms;
mod class;
mod describe;
mod error;
mod field;
mod grids;
mod hash;
mod inputs;
mod jurisdictions;
mod links;
mod mapped;
mod officers;
mod outfile;
mod pmtiles;
mod points;
mod raster;
mod shape;
mod source;
mod table;
mod write;

pub use addresses::{AddressRow, AddressSource, AddressTable, read_addresses};
pub use archive::TileArchive;
pub use atoms::{AtomSource, CollapsedAtoms, ImportReport, LevelReport, NullHouseholds, levels_of, read_atoms};
pub use describe::{LayerDescription, open_self_contained_only};
pub use error::FormatError;
pub use grids::{DuplicateCodes, ExistingGrid, GridLayer, GridSource, read_grids};
pub use inputs::{Input, InputReport, InputSource, read_input};
pub use links::{LinkEnds, LinkRow, LinkSource, LinkTable, read_links};
pub use mapped::{MappedFile, write_whole};
pub use officers::{OfficerRow, OfficerSource, OfficerTable, read_officers};
pub use pmtiles::{ArchiveDescription, ArchiveReport, PackedTile, PartFound, TilePart, TilePlace};
pub use points::{
    Added, AddedColumns, NoPoint, PointChunk, PointColumns, PointLine, PointReader, PointWriter, answer_line,
    owners_to_arrow, parse_line, points_from_arrow,
};
pub use raster::{RasterPeople, RasterSource, read_population};
pub use source::{LayerInfo, Source};
pub use table::{Table, TableRow, read_table, table_csv, table_of_bytes, write_table};
pub use write::{OutFormat, Row, Value, layer_bytes, write_layer};

use std::ops::ControlFlow;

use crate::atom::Dataset;

/// SHA-256, in hex, of a dataset's content: the same whatever file, order or encoding it came in.
pub fn content_hash(dataset: &Dataset) -> String {
    hash::content_hash(dataset, hash::TopLevel::Read)
}

/// Told how far a reading has come: features done and features in all. Answering [`ControlFlow::Break`] stops it with
/// [`FormatError::Cancelled`].
pub type Progress<'a> = &'a dyn Fn(u64, u64) -> ControlFlow<()>;

/// Progress nobody looks at.
pub fn unwatched(_done: u64, _total: u64) -> ControlFlow<()> {
    ControlFlow::Continue(())
}
