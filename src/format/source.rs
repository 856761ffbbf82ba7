//! A vector file, opened: its layers, their fields and their CRS.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use gdal::spatial_ref::{AxisMappingStrategy, SpatialRef};
use gdal::vector::{Feature, Layer, LayerAccess, OGRwkbGeometryType, geometry_type_flatten, geometry_type_to_name};
use gdal::{DatasetOptions, GdalOpenFlags};
use ruzstd::decoding::StreamingDecoder;
use tempfile::TempDir;

use super::Progress;
use super::describe::{drivers, unpacked_limit_bytes};
use super::error::FormatError;
use crate::crs::Crs;
use crate::crs::gdal_words;

/// Extensions looked for inside a zip archive.
const ZIPPED_EXTENSIONS: [&str; 7] = ["shp", "gpkg", "geojson", "fgb", "kml", "gml", "tab"];
/// Looked for when none of those is there: beside them, these are descriptions.
const ZIPPED_TABLES: [&str; 2] = ["json", "csv"];
/// Features between two calls of the progress callback.
const FEATURES_PER_TICK: u64 = 256;

/// A vector file that GDAL has opened, read only.
pub struct Source {
    path: PathBuf,
    dataset: gdal::Dataset,
    // where a compressed file was unpacked; goes with the source
    _unpacked: Option<TempDir>,
}

/// What a layer is, for choosing one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerInfo {
    /// Its name.
    pub name: String,
    /// GDAL's name of its geometry type, such as `Multi Polygon`; `None` for a table without geometry.
    pub geometry_type: Option<String>,
    /// How many features it says it has.
    pub features: u64,
    /// Its fields, in order.
    pub fields: Vec<String>,
    // whether polygons and lines may be in it, by the declared type
    pub(super) polygonal: bool,
    pub(super) linear: bool,
}

/// What a layer is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Geometry {
    Polygons,
    /// Lines, or polygons taken by their outlines.
    Lines,
    /// Points, or polygons taken by a point inside them.
    Places,
}

impl Geometry {
    fn fits(self, layer: &LayerInfo) -> bool {
        match self {
            Self::Polygons => layer.polygonal,
            Self::Lines => layer.linear || layer.polygonal,
            Self::Places => layer.geometry_type.is_some() && (layer.polygonal || !layer.linear),
        }
    }

    /// The layers that are taken where none is named.
    fn expected(self, layers: &[LayerInfo]) -> Vec<usize> {
        let of = |fits: &dyn Fn(&LayerInfo) -> bool| -> Vec<usize> {
            (0..layers.len()).filter(|&index| fits(&layers[index])).collect()
        };
        match self {
            Self::Polygons | Self::Places => of(&|layer| self.fits(layer)),
            Self::Lines => {
                let lines = of(&|layer| layer.linear);
                if lines.is_empty() { of(&|layer| layer.polygonal) } else { lines }
            }
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Polygons => "polygons",
            Self::Lines => "lines",
            Self::Places => "points or polygons",
        }
    }
}

impl fmt::Display for LayerInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let geometry = self.geometry_type.as_deref().unwrap_or("no geometry");
        write!(f, "{:?} ({geometry}, {} features)", self.name, self.features)
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Source {
    /// Opens a file: anything GDAL reads, `.zst` of a single-file format (unpacked to a temporary folder), and `.zip`
    /// archives with one vector file or one shapefile set in them.
    ///
    /// # Errors
    /// When there is no such file, it is empty, cut off, or not a vector file.
    pub fn open(path: &Path) -> Result<Self, FormatError> {
        gdal_words::listen();
        let io = |error| FormatError::Io { path: path.to_owned(), error };
        let metadata = std::fs::metadata(path).map_err(io)?;
        if metadata.is_file() {
            // readable at all? GDAL would only say that it does not know the format
            File::open(path).map_err(io)?;
            if metadata.len() == 0 {
                return Err(FormatError::EmptyFile { path: path.to_owned() });
            }
        }
        let mut unpacked = None;
        let mut inner = std::path::absolute(path).map_err(io)?;
        if has_extension(&inner, "zst") {
            let (folder, file) = unpack(path)?;
            unpacked = Some(folder);
            inner = file;
        }
        if has_extension(&inner, "zip") {
            inner = inside_zip(path, &inner)?;
        }
        let csv_options = ["GEOM_POSSIBLE_NAMES=wkt,geom,geometry,the_geom", "KEEP_GEOM_COLUMNS=NO"];
        let options = DatasetOptions {
            open_flags: GdalOpenFlags::GDAL_OF_VECTOR | GdalOpenFlags::GDAL_OF_VERBOSE_ERROR,
            allowed_drivers: drivers(),
            open_options: has_extension(&inner, "csv").then_some(&csv_options[..]),
            ..DatasetOptions::default()
        };
        let dataset = gdal::Dataset::open_ex(&inner, options)
            .map_err(|error| FormatError::NotVector { path: path.to_owned(), reason: gdal_words::reason(&error) })?;
        gdal_words::forget();
        Ok(Self { path: path.to_owned(), dataset, _unpacked: unpacked })
    }

    /// The file as it was named.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The name of the file without folder and extensions.
    pub fn stem(&self) -> String {
        let name = self.path.file_name().and_then(OsStr::to_str).unwrap_or("input");
        let name = name.strip_suffix(".zst").unwrap_or(name);
        name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_owned()
    }

    /// Its layers, in order. Some formats are read through to count their features.
    pub fn layers(&self) -> Vec<LayerInfo> {
        self.dataset.layers().map(|layer| describe(&layer)).collect()
    }

    /// The CRS each layer states, in their order.
    pub(super) fn layers_crs(&self) -> Vec<Option<Crs>> {
        self.dataset.layers().map(|layer| layer.spatial_ref().and_then(|own| own_crs(&own))).collect()
    }

    /// The layer of this name; without a name, the only one that can hold polygons and has all the fields.
    pub(super) fn layer(&self, name: Option<&str>, fields: &[&str]) -> Result<SourceLayer<'_>, FormatError> {
        self.layer_of(Geometry::Polygons, name, fields)
    }

    /// As [`Source::layer`], for what it is wanted for.
    pub(super) fn layer_of(
        &self,
        wanted: Geometry,
        name: Option<&str>,
        fields: &[&str],
    ) -> Result<SourceLayer<'_>, FormatError> {
        let layers = self.layers();
        let refuse =
            |problem: String| Err(FormatError::Layer { path: self.path.clone(), problem, layers: layers.clone() });
        let candidates: Vec<usize> = match name {
            Some(name) => {
                let Some(index) = layers.iter().position(|layer| layer.name == name) else {
                    return refuse(format!("there is no layer {name:?}"));
                };
                if !wanted.fits(&layers[index]) {
                    return refuse(format!("layer {name:?} holds no {}", wanted.name()));
                }
                vec![index]
            }
            None => wanted.expected(&layers),
        };
        let fitting: Vec<usize> = candidates
            .iter()
            .copied()
            .filter(|&index| fields.iter().all(|field| find_field(&layers[index].fields, field).is_some()))
            .collect();
        let index = match (fitting.as_slice(), candidates.as_slice()) {
            (&[index], _) | (_, &[index]) => index,
            (_, []) => return refuse(format!("no layer holds {}", wanted.name())),
            ([], _) => return refuse(format!("no layer has the fields {}", super::error::list(fields))),
            _ => return refuse("several layers fit, choose one with --layer".to_owned()),
        };
        let info = layers[index].clone();
        if let Some(field) = fields.iter().find(|field| find_field(&info.fields, field).is_none()) {
            let (layer, field) = (info.name, (*field).to_owned());
            return Err(FormatError::Field { path: self.path.clone(), layer, field, fields: info.fields });
        }
        self.chosen(index, info)
    }

    /// The layer of this name, with or without shapes; without a name, the only one, or the only one whose fields fit.
    pub(super) fn table(
        &self,
        name: Option<&str>,
        fits: &dyn Fn(&[String]) -> bool,
    ) -> Result<SourceLayer<'_>, FormatError> {
        let layers = self.layers();
        let refuse =
            |problem: String| Err(FormatError::Layer { path: self.path.clone(), problem, layers: layers.clone() });
        let fitting: Vec<usize> = (0..layers.len()).filter(|&index| fits(&layers[index].fields)).collect();
        let index = match (name, fitting.as_slice(), layers.len()) {
            (Some(name), ..) => match layers.iter().position(|layer| layer.name == name) {
                Some(index) => index,
                None => return refuse(format!("there is no layer {name:?}")),
            },
            (None, &[index], _) => index,
            (None, _, 1) => 0,
            (None, [], _) => return refuse("no layer has the fields asked for".to_owned()),
            (None, ..) => return refuse("several layers fit, choose one with --layer".to_owned()),
        };
        self.chosen(index, layers[index].clone())
    }

    fn chosen(&self, index: usize, info: LayerInfo) -> Result<SourceLayer<'_>, FormatError> {
        let layer = self
            .dataset
            .layer(index)
            .map_err(|error| FormatError::NotVector { path: self.path.clone(), reason: gdal_words::reason(&error) })?;
        Ok(SourceLayer { path: &self.path, layer, info })
    }
}

/// One layer, ready to be read.
pub(super) struct SourceLayer<'a> {
    pub(super) path: &'a Path,
    pub(super) info: LayerInfo,
    layer: Layer<'a>,
}

impl SourceLayer<'_> {
    /// The CRS to read it in, and a warning when `given` overrides what the file says.
    pub(super) fn crs(&self, given: Option<&Crs>) -> Result<(Crs, Option<String>), FormatError> {
        let own = self.layer.spatial_ref().and_then(|spatial_ref| own_crs(&spatial_ref));
        match (given, own) {
            (None, None) => Err(FormatError::NoCrs { path: self.path.to_owned(), layer: self.info.name.clone() }),
            (None, Some(own)) => Ok((own, None)),
            (Some(given), Some(own)) if *given != own => {
                let warning = format!("the file says its CRS is {own}; it is read as {given}, as told");
                Ok((given.clone(), Some(warning)))
            }
            (Some(given), _) => Ok((given.clone(), None)),
        }
    }

    /// The position of a field that [`Source::layer`] has found.
    pub(super) fn field(&self, name: &str) -> usize {
        find_field(&self.info.fields, name).expect("the layer was chosen for having the field")
    }

    /// The position of a field, in any case, where there is one.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        find_field(&self.info.fields, name)
    }

    /// The position of a field of codes; `None` stands for the feature id, asked for by its usual names where no field is
    /// called so.
    pub(super) fn code_field(&self, name: Option<&str>) -> Option<usize> {
        let name = name?;
        let found = find_field(&self.info.fields, name);
        if is_feature_id(name) { found } else { Some(self.field(name)) }
    }

    /// Calls `visit` for each feature with its number in the file, from 1. A file that breaks off is an error.
    pub(super) fn for_each(
        &mut self,
        progress: Progress<'_>,
        mut visit: impl FnMut(u64, &Feature<'_>),
    ) -> Result<u64, FormatError> {
        let declared = self.info.features;
        gdal_words::forget();
        let mut read = 0;
        for feature in self.layer.features() {
            if read % FEATURES_PER_TICK == 0 && progress(read, declared).is_break() {
                return Err(FormatError::Cancelled { done: read, total: declared });
            }
            read += 1;
            visit(read, &feature);
        }
        let said = gdal_words::failure();
        if said.is_some() || read < declared {
            let reason = said.unwrap_or_else(|| "the rest is missing".to_owned());
            let (path, layer) = (self.path.to_owned(), self.info.name.clone());
            return Err(FormatError::Damaged { path, layer, read, declared, reason });
        }
        if progress(read, declared).is_break() {
            return Err(FormatError::Cancelled { done: read, total: declared });
        }
        Ok(read)
    }
}

/// Whether a name asks for the feature id of the format, which GDAL does not count among the fields.
pub(super) fn is_feature_id(name: &str) -> bool {
    ["fid", "ogc_fid"].iter().any(|usual| usual.eq_ignore_ascii_case(name))
}

/// The position of a field, exactly as written or else in any case.
fn find_field(fields: &[String], name: &str) -> Option<usize> {
    fields
        .iter()
        .position(|field| field == name)
        .or_else(|| fields.iter().position(|field| field.eq_ignore_ascii_case(name)))
}

fn describe(layer: &Layer<'_>) -> LayerInfo {
    let declared = layer.defn().geometry_type();
    let geometry_type = (declared != OGRwkbGeometryType::wkbNone).then(|| geometry_type_to_name(declared));
    // wkbNone cannot be flattened
    let flat = geometry_type.is_some().then(|| geometry_type_flatten(declared));
    let points = [OGRwkbGeometryType::wkbPoint, OGRwkbGeometryType::wkbMultiPoint];
    let lines = [OGRwkbGeometryType::wkbLineString, OGRwkbGeometryType::wkbMultiLineString];
    let areas = [OGRwkbGeometryType::wkbPolygon, OGRwkbGeometryType::wkbMultiPolygon];
    let polygonal = flat.is_some_and(|flat| !points.contains(&flat) && !lines.contains(&flat));
    let linear = flat.is_some_and(|flat| !points.contains(&flat) && !areas.contains(&flat));
    // -1, which some drivers answer for a broken file, must not become a huge number
    let features = i64::try_from(layer.feature_count()).map_or(0, i64::unsigned_abs);
    let fields = layer.defn().fields().map(|field| field.name()).collect();
    LayerInfo { name: layer.name(), geometry_type, features, fields, polygonal, linear }
}

/// The CRS of a layer; `None` when the file has none or only says that it is unknown.
pub(super) fn own_crs(spatial_ref: &SpatialRef) -> Option<Crs> {
    let name = spatial_ref.name().unwrap_or_default().to_ascii_lowercase();
    if spatial_ref.is_local() || name.starts_with("undefined") {
        gdal_words::forget();
        return None;
    }
    // definitions without a number, such as the .prj of a shapefile, where GDAL can tell which one they are
    let mut identified = spatial_ref.clone();
    let spatial_ref = match spatial_ref.auth_name() {
        None if is_wgs84(spatial_ref) => return Some(Crs::Wgs84),
        None if identified.auto_identify_epsg().is_ok() => &identified,
        _ => spatial_ref,
    };
    let number = match spatial_ref.auth_name().as_deref() {
        Some("EPSG") => spatial_ref.auth_code().ok().and_then(|code| u32::try_from(code).ok()),
        Some("OGC") if name.contains("crs84") => Some(4326),
        _ => None,
    };
    let crs = match number {
        Some(number) => Some(Crs::from_epsg(number)),
        None => spatial_ref.to_wkt().ok().filter(|wkt| !wkt.is_empty()).map(Crs::from_wkt),
    };
    gdal_words::forget();
    crs
}

/// Whether a definition is WGS 84 in all but the number, in either order of axes.
fn is_wgs84(spatial_ref: &SpatialRef) -> bool {
    let same = |strategy| {
        SpatialRef::from_epsg(4326).is_ok_and(|mut wgs84| {
            wgs84.set_axis_mapping_strategy(strategy);
            wgs84 == *spatial_ref
        })
    };
    let is = same(AxisMappingStrategy::AuthorityCompliant) || same(AxisMappingStrategy::TraditionalGisOrder);
    gdal_words::forget();
    is
}

pub(super) fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|have| have.eq_ignore_ascii_case(extension))
}

/// Unpacks `name.ext.zst` as `name.ext` in a new temporary folder. A file may hold several frames one after another.
pub(super) fn unpack(path: &Path) -> Result<(TempDir, PathBuf), FormatError> {
    let io = |error| FormatError::Io { path: path.to_owned(), error };
    let broken = |reason: String| FormatError::Zstd { path: path.to_owned(), reason };
    let folder = TempDir::with_prefix("wangge-").map_err(io)?;
    let inner = folder.path().join(path.file_stem().unwrap_or(OsStr::new("input")));
    let mut from = BufReader::new(File::open(path).map_err(io)?);
    let mut to = File::create_new(&inner).map_err(io)?;
    let (mut bytes, limit) = (0, unpacked_limit_bytes());
    while !from.fill_buf().map_err(io)?.is_empty() {
        let mut frame = StreamingDecoder::new(&mut from).map_err(|error| broken(error.to_string()))?;
        let left = limit.saturating_sub(bytes);
        let more = std::io::copy(&mut frame.by_ref().take(left), &mut to).map_err(|error| broken(error.to_string()))?;
        if more == left {
            return Err(broken(format!("it holds more than {limit} bytes")));
        }
        bytes += more;
    }
    to.flush().map_err(io)?;
    if bytes == 0 {
        return Err(FormatError::EmptyFile { path: path.to_owned() });
    }
    Ok((folder, inner))
}

/// The one vector file in a zip archive, as a path of GDAL's virtual file system.
fn inside_zip(path: &Path, archive: &Path) -> Result<PathBuf, FormatError> {
    let refuse = |reason: String| FormatError::NotVector { path: path.to_owned(), reason };
    // an absolute path follows the prefix with its own slash, so it is not joined
    let mut root = OsString::from("/vsizip/");
    root.push(archive);
    let root = PathBuf::from(root);
    let entries = gdal::vsi::read_dir(&root, true).map_err(|error| refuse(gdal_words::reason(&error)))?;
    let with = |extensions: &[&str]| -> Vec<&PathBuf> {
        let hidden = |entry: &Path| entry.file_name().is_some_and(|name| name.to_string_lossy().starts_with("._"));
        let wanted = |entry: &&PathBuf| extensions.iter().any(|extension| has_extension(entry, extension));
        entries.iter().filter(wanted).filter(|entry| !hidden(entry)).collect()
    };
    let mut found = with(&ZIPPED_EXTENSIONS);
    if found.is_empty() {
        found = with(&ZIPPED_TABLES);
    }
    match found.as_slice() {
        [one] => Ok(root.join(one)),
        [] => Err(refuse("there is no vector file in the archive".to_owned())),
        several => {
            let names: Vec<String> = several.iter().map(|entry| entry.display().to_string()).collect();
            Err(refuse(format!(
                "there are several vector files in the archive ({}): unpack it and name one",
                names.join(", ")
            )))
        }
    }
}
