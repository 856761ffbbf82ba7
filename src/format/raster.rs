//! Population rasters: GeoTIFF and whatever else GDAL reads, summed over cells.

use std::path::PathBuf;

use gdal::{DatasetOptions, GdalOpenFlags};

use super::Progress;
use super::error::FormatError;
use super::source::{has_extension, own_crs, unpack};
use crate::crs::{Crs, Outward, gdal_words};
use crate::geom::MultiPolygon;
use crate::weigh::{Affine, Grid, PixelRing, Sum, ZonalError, Zoned, pixel_rings, zonal};

/// Pixels read at once.
const PIXELS_AT_ONCE: usize = 1 << 22;

/// A population raster.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RasterSource {
    /// The file; `.zst` of it, too.
    pub path: PathBuf,
    /// Its CRS, when it does not say or says it wrong.
    pub crs: Option<Crs>,
    /// The band with people, from 1; the first by default.
    pub band: Option<usize>,
    /// The value that means no data, when the file does not say.
    pub nodata: Option<f64>,
}

/// People of a raster over cells.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RasterPeople {
    /// By cell, and the totals of the whole raster: inside + outside = total, where cells do not overlap.
    pub zoned: Zoned,
    /// Columns of the raster.
    pub columns: usize,
    /// Rows of the raster.
    pub rows: usize,
    /// The CRS it was read in.
    pub crs: String,
    /// What a person should know though nothing failed.
    pub warnings: Vec<String>,
}

/// Shares the people of a raster over `cells`, by the exact part of each pixel within each. Cells are taken to the plane
/// of the raster, where its pixels are squares; people are spread evenly within a pixel there. Pixels without data hold
/// nobody, and are counted. O(pixels + crossings of edges with pixels); of the raster only the part around the cells is
/// kept in memory.
///
/// # Errors
/// When the file is no raster, has no CRS or no such band, when a pixel holds fewer than nobody, or a cell has no place in
/// the raster's CRS.
pub fn read_population(
    source: &RasterSource,
    cells: &[&MultiPolygon],
    progress: Progress<'_>,
) -> Result<RasterPeople, FormatError> {
    gdal_words::listen();
    let path = source.path.display();
    let io = |error| FormatError::Io { path: source.path.clone(), error };
    let wrong = |problem: String| FormatError::Mapping(format!("{path}: {problem}"));
    std::fs::File::open(&source.path).map_err(io)?;
    let (_unpacked, inner) = if has_extension(&source.path, "zst") {
        let (folder, file) = unpack(&source.path)?;
        (Some(folder), file)
    } else {
        (None, std::path::absolute(&source.path).map_err(io)?)
    };
    let options = DatasetOptions {
        open_flags: GdalOpenFlags::GDAL_OF_RASTER | GdalOpenFlags::GDAL_OF_VERBOSE_ERROR,
        ..DatasetOptions::default()
    };
    let file = gdal::Dataset::open_ex(&inner, options).map_err(|error| {
        wrong(format!("not a raster that GDAL can read, or damaged: {}", gdal_words::reason(&error)))
    })?;
    let bands = file.raster_count();
    let number = source.band.unwrap_or(1);
    if number == 0 || number > bands {
        return Err(wrong(format!("there is no band {number}, the raster has {bands}")));
    }
    let band = file.rasterband(number).map_err(|error| wrong(gdal_words::reason(&error)))?;
    let (columns, rows) = band.size();
    let mut warnings = Vec::new();
    if bands > 1 && source.band.is_none() {
        warnings
            .push(format!("the raster has {bands} bands; people were read from the first, choose another with --band"));
    }
    let crs = crs_of(source, &file, &mut warnings)?;
    let no_place = || wrong("it does not say where its pixels lie (no geotransform): georeference it first".to_owned());
    let affine = Affine(file.geo_transform().map_err(|_| no_place())?);
    let to_pixel = affine.inverse().ok_or_else(no_place)?;
    gdal_words::forget();
    let outward = Outward::new(&crs).map_err(|error| FormatError::Crs { path: source.path.clone(), error })?;
    let pixel = |point| outward.convert_point(point).map(|(x, y)| to_pixel(x, y));
    let mut outlines = Vec::with_capacity(cells.len());
    for cell in cells {
        outlines
            .push(pixel_rings(cell, &pixel).map_err(|error| FormatError::Crs { path: source.path.clone(), error })?);
    }
    let window = Window::around(&outlines, columns, rows);
    for (x, y) in outlines.iter_mut().flatten().flatten() {
        *x -= window.west as f64;
        *y -= window.north as f64;
    }

    let nodata = source.nodata.or_else(|| band.no_data_value());
    let (scale, offset) = (band.scale().unwrap_or(1.0), band.offset().unwrap_or(0.0));
    let mut kept = Vec::with_capacity(window.columns * window.rows);
    let (mut total, mut beyond, mut nodata_pixels) = (Sum::default(), Sum::default(), 0);
    let rows_at_once = (PIXELS_AT_ONCE / columns.max(1)).clamp(1, rows.max(1));
    for start in (0..rows).step_by(rows_at_once) {
        if progress(start as u64, rows as u64).is_break() {
            return Err(FormatError::Cancelled { done: start as u64, total: rows as u64 });
        }
        let height = rows_at_once.min(rows - start);
        let size = (columns, height);
        let read = band
            .read_as::<f64>((0, start as isize), size, size, None)
            .map_err(|error| wrong(format!("damaged at row {start}: {}", gdal_words::reason(&error))))?;
        let in_file = |error: ZonalError| match error {
            ZonalError::NoCount { column, row, value } => {
                wrong(ZonalError::NoCount { column, row: row + start, value }.to_string())
            }
            other @ ZonalError::Size { .. } => wrong(other.to_string()),
        };
        let mut people = Grid::new(columns, height, read.data().to_vec(), nodata).map_err(in_file)?;
        if (scale, offset) != (1.0, 0.0) {
            people = people.scaled(scale, offset).map_err(in_file)?;
        }
        for (row, column) in (0..height).flat_map(|row| (0..columns).map(move |column| (row, column))) {
            let value = people.at(column, row);
            let inside = window.holds(column, start + row);
            match value {
                Some(value) => {
                    total.add(value);
                    if !inside {
                        beyond.add(value);
                    }
                }
                None => nodata_pixels += 1,
            }
            if inside {
                kept.push(value.unwrap_or(f64::NAN));
            }
        }
    }
    let grid = Grid::new(window.columns, window.rows, kept, None).map_err(|error| wrong(error.to_string()))?;
    let mut zoned = zonal(&grid, &outlines);
    let mut outside = Sum::default();
    outside.add(zoned.outside);
    outside.add(beyond.value());
    (zoned.total, zoned.outside, zoned.nodata_pixels) = (total.value(), outside.value(), nodata_pixels);
    Ok(RasterPeople { zoned, columns, rows, crs: crs.to_string(), warnings })
}

fn crs_of(source: &RasterSource, file: &gdal::Dataset, warnings: &mut Vec<String>) -> Result<Crs, FormatError> {
    let own = file.spatial_ref().ok().and_then(|spatial_ref| own_crs(&spatial_ref));
    gdal_words::forget();
    match (&source.crs, own) {
        (Some(given), own) => {
            if let Some(own) = own.filter(|own| own != given) {
                warnings.push(format!("the file says its CRS is {own}; it is read as {given}, as told"));
            }
            Ok(given.clone())
        }
        (None, Some(own)) => Ok(own),
        (None, None) => Err(FormatError::NoCrs { path: source.path.clone(), layer: "raster".to_owned() }),
    }
}

/// The pixels around all cells.
#[derive(Debug, Clone, Copy)]
struct Window {
    west: usize,
    north: usize,
    columns: usize,
    rows: usize,
}

impl Window {
    fn around(outlines: &[Vec<PixelRing>], columns: usize, rows: usize) -> Self {
        let span = |values: &mut dyn Iterator<Item = f64>, most: usize| {
            let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
            let from = low.floor().clamp(0.0, most as f64) as usize;
            let to = high.ceil().clamp(0.0, most as f64) as usize;
            (from, to.saturating_sub(from))
        };
        let points = || outlines.iter().flatten().flatten();
        let (west, columns) = span(&mut points().map(|p| p.0), columns);
        let (north, rows) = span(&mut points().map(|p| p.1), rows);
        Self { west, north, columns, rows }
    }

    fn holds(&self, column: usize, row: usize) -> bool {
        (self.west..self.west + self.columns).contains(&column) && (self.north..self.north + self.rows).contains(&row)
    }
}
