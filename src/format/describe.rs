//! What a file holds, for who has to choose a layer and its fields; and what a service opens for others.

use std::sync::atomic::{AtomicBool, Ordering};

use super::source::Source;

/// Formats that hold all of their data themselves. GDAL knows others that name further files or addresses to read.
const SELF_CONTAINED: [&str; 13] = [
    "GPKG",
    "ESRI Shapefile",
    "GeoJSON",
    "GeoJSONSeq",
    "TopoJSON",
    "ESRIJSON",
    "FlatGeobuf",
    "CSV",
    "KML",
    "LIBKML",
    "MapInfo File",
    "XLSX",
    "ODS",
];
/// What may come out of a compressed file of a stranger, in bytes.
const LARGEST_UNPACKED: u64 = 16 << 30;

static CAREFUL: AtomicBool = AtomicBool::new(false);

/// From now on this process opens only formats that hold all of their data themselves, and unpacks no more than 16 GiB from a
/// compressed file: a file somebody sent must not make the service read others.
pub fn open_self_contained_only() {
    CAREFUL.store(true, Ordering::Relaxed);
}

/// The drivers that may open a file; `None` for all.
pub(super) fn drivers() -> Option<&'static [&'static str]> {
    CAREFUL.load(Ordering::Relaxed).then_some(&SELF_CONTAINED[..])
}

/// How much may be unpacked.
pub(super) fn unpacked_limit_bytes() -> u64 {
    if CAREFUL.load(Ordering::Relaxed) { LARGEST_UNPACKED } else { u64::MAX }
}

/// A layer, for choosing it and its fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerDescription {
    /// Its name.
    pub name: String,
    /// GDAL's name of its geometry type; `None` for a table without geometry.
    pub geometry_type: Option<String>,
    /// How many features it says it has.
    pub features: u64,
    /// Its fields, in order.
    pub fields: Vec<String>,
    /// The CRS the file states for it.
    pub crs: Option<String>,
    /// Whether polygons may be in it.
    pub polygons: bool,
    /// Whether lines may be in it.
    pub lines: bool,
}

impl Source {
    /// Its layers with their fields and CRS, in order. Some formats are read through to count their features.
    pub fn describe(&self) -> Vec<LayerDescription> {
        let with_crs = self.layers().into_iter().zip(self.layers_crs());
        with_crs
            .map(|(info, crs)| LayerDescription {
                polygons: info.polygonal,
                lines: info.linear,
                name: info.name,
                geometry_type: info.geometry_type,
                features: info.features,
                fields: info.fields,
                crs: crs.map(|crs| crs.to_string()),
            })
            .collect()
    }
}
