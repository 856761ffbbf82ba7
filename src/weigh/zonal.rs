//! Pixels over cells: the people of a raster, shared over polygons by the exact part of each pixel that lies in them.
//!
//! All is done in pixel coordinates: column and row, the pixel (c, r) being the square from (c, r) to (c + 1, r + 1). There
//! a pixel's share within a polygon is found from the signed areas that the polygon's edges leave to their right in each
//! row of pixels, added up from west to east, as anti-aliasing rasterisers do; pixels wholly inside are runs with share 1. Within a pixel people are spread evenly over the raster's own plane.

use rayon::prelude::*;

use super::{Sum, compensated_sum, whole_shares};
use crate::atom::Origin;
use crate::geom::{LonLat, MultiPolygon};

/// Cells worked on between two rounds of bookkeeping.
const CELLS_AT_ONCE: usize = 4096;
/// An edge that is straight in longitude and latitude is led through more points in the raster's plane until it is off by
/// less than this, in pixels: a hundredth of a per mille of a pixel's people.
const BEND_PX: f64 = 1e-5;
/// Edges shorter than this in pixels are taken as straight: no projection in use bends so sharply.
const SHORT_PX: f64 = 0.25;
/// How often an edge is halved at most.
const MOST_HALVINGS: u32 = 16;

/// Sums of a row's gains are off by less than this.
const ROUNDING: f64 = 1e-11;

/// A ring in pixel coordinates, not closed.
pub type PixelRing = Vec<(f64, f64)>;

/// From column and row to the plane of the raster's CRS: `x = g0 + g1·column + g2·row`, `y = g3 + g4·column + g5·row`, as
/// GDAL's geotransform.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Affine(pub [f64; 6]);

impl Affine {
    /// The place of a corner.
    pub fn apply(&self, column: f64, row: f64) -> (f64, f64) {
        let [g0, g1, g2, g3, g4, g5] = self.0;
        (g0 + g1 * column + g2 * row, g3 + g4 * column + g5 * row)
    }

    /// The way back: from x, y to column, row; `None` when the pixels have no area.
    pub fn inverse(&self) -> Option<impl Fn(f64, f64) -> (f64, f64) + Copy + use<>> {
        let [g0, g1, g2, g3, g4, g5] = self.0;
        let determinant = g1 * g5 - g2 * g4;
        let sound = determinant != 0.0 && determinant.is_finite() && self.0.iter().all(|g| g.is_finite());
        sound.then_some(move |x: f64, y: f64| {
            let (x, y) = (x - g0, y - g3);
            if g2 == 0.0 && g4 == 0.0 {
                (x / g1, y / g5)
            } else {
                ((x * g5 - y * g2) / determinant, (y * g1 - x * g4) / determinant)
            }
        })
    }
}

/// Why a raster is refused.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ZonalError {
    /// Pixels missing or too many.
    #[error("a raster of {columns} × {rows} pixels came with {values} values")]
    Size {
        /// Columns.
        columns: usize,
        /// Rows.
        rows: usize,
        /// Values.
        values: usize,
    },
    /// Fewer than nobody, or infinitely many.
    #[error(
        "pixel in column {column}, row {row} (from 0) holds {value} people: if that means no data, name it with --nodata {value}"
    )]
    NoCount {
        /// From 0.
        column: usize,
        /// From 0.
        row: usize,
        /// As it stands.
        value: f64,
    },
}

/// People by pixel.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    columns: usize,
    rows: usize,
    /// Row by row from the top; NaN where there is no data.
    people: Vec<f64>,
}

impl Grid {
    /// A raster of `columns` × `rows`, row by row. NaN and, where given, `nodata` mean that there is no data; a value that
    /// equals `nodata` in single precision is it, too, since files of `f32` say it in decimals.
    ///
    /// # Errors
    /// When the size does not fit or a value is no number of people.
    pub fn new(columns: usize, rows: usize, mut people: Vec<f64>, nodata: Option<f64>) -> Result<Self, ZonalError> {
        if columns.checked_mul(rows) != Some(people.len()) {
            return Err(ZonalError::Size { columns, rows, values: people.len() });
        }
        for (i, value) in people.iter_mut().enumerate() {
            if is_nodata(*value, nodata) {
                *value = f64::NAN;
            } else if *value < 0.0 || value.is_infinite() {
                return Err(ZonalError::NoCount { column: i % columns, row: i / columns, value: *value });
            }
        }
        Ok(Self { columns, rows, people })
    }

    /// Each number of people times `scale` plus `offset`, as some files keep them.
    ///
    /// # Errors
    /// When a value then is no number of people.
    pub fn scaled(mut self, scale: f64, offset: f64) -> Result<Self, ZonalError> {
        for value in self.people.iter_mut().filter(|value| !value.is_nan()) {
            *value = *value * scale + offset;
        }
        Self::new(self.columns, self.rows, self.people, None)
    }

    /// Columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// People of a pixel; `None` where there is no data.
    pub fn at(&self, column: usize, row: usize) -> Option<f64> {
        let value = *self.people.get(row * self.columns + column)?;
        (!value.is_nan()).then_some(value)
    }

    /// All people.
    pub fn total(&self) -> f64 {
        compensated_sum(self.people.iter().copied().filter(|value| !value.is_nan()))
    }

    /// Pixels without data.
    pub fn nodata_pixels(&self) -> u64 {
        self.people.iter().filter(|value| value.is_nan()).count() as u64
    }
}

#[expect(clippy::float_cmp, reason = "a value that stands for nothing is that value to the bit, or it is not")]
fn is_nodata(value: f64, nodata: Option<f64>) -> bool {
    let Some(nodata) = nodata else { return value.is_nan() };
    // 1e-6: how many digits of -3.4028235e38 files care to write
    value.is_nan() || value == nodata || value as f32 == nodata as f32 || (value - nodata).abs() <= 1e-6 * nodata.abs()
}

/// People over cells.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Zoned {
    /// People of each cell.
    pub people: Vec<f64>,
    /// Area without data in each cell, in pixels: there nobody knows.
    pub nodata_px: Vec<f64>,
    /// Area of each cell that lies on the raster, in pixels.
    pub on_raster_px: Vec<f64>,
    /// Area of each cell in pixels, on the raster or not.
    pub area_px: Vec<f64>,
    /// Of the raster: people in all, those in cells, those in none.
    pub total: f64,
    /// In cells: the sum of [`Zoned::people`].
    pub inside: f64,
    /// In no cell.
    pub outside: f64,
    /// Counted more than once, where cells overlap: inside + outside - twice = total.
    pub twice: f64,
    /// Pixels without data.
    pub nodata_pixels: u64,
}

/// Shares the people of pixels over cells; a cell is its rings, outer ones running one way and holes the other. O(pixels
/// in the boxes of cells + crossings of edges with rows and columns of pixels).
pub fn zonal(grid: &Grid, cells: &[Vec<PixelRing>]) -> Zoned {
    let mut covered = vec![0.0_f64; grid.people.len()];
    let mut zoned = Zoned { total: grid.total(), nodata_pixels: grid.nodata_pixels(), ..Zoned::default() };
    for chunk in cells.chunks(CELLS_AT_ONCE) {
        let spans: Vec<Vec<Span>> = chunk.par_iter().map(|rings| spans_of(rings, grid.columns, grid.rows)).collect();
        for (rings, spans) in chunk.iter().zip(&spans) {
            let (mut people, mut nodata, mut on_raster) = (Sum::default(), Sum::default(), Sum::default());
            for span in spans {
                let row = span.row * grid.columns;
                on_raster.add(span.share * (span.end - span.start) as f64);
                let pixels = row + span.start..row + span.end;
                for (&value, covered) in grid.people[pixels.clone()].iter().zip(&mut covered[pixels]) {
                    if value.is_nan() {
                        nodata.add(span.share);
                    } else {
                        people.add(value * span.share);
                    }
                    *covered += span.share;
                }
            }
            zoned.people.push(people.value());
            zoned.nodata_px.push(nodata.value());
            zoned.on_raster_px.push(on_raster.value());
            zoned.area_px.push(area_px(rings).abs());
        }
    }
    let (mut outside, mut twice) = (Sum::default(), Sum::default());
    for (&value, &covered) in grid.people.iter().zip(&covered).filter(|(value, _)| !value.is_nan()) {
        outside.add(value * (1.0 - covered).max(0.0));
        twice.add(value * (covered - 1.0).max(0.0));
    }
    zoned.inside = compensated_sum(zoned.people.iter().copied());
    zoned.outside = outside.value();
    zoned.twice = twice.value();
    zoned
}

/// Whole people for each cell, by largest remainder of the fractional ones: together the people inside, rounded.
pub fn people_of_cells(zoned: &Zoned, raster: &str) -> Vec<(u32, Origin)> {
    let origin = Origin::Estimated(format!("population raster {raster}"));
    let whole = whole_shares(&zoned.people);
    whole.into_iter().map(|people| (u32::try_from(people).unwrap_or(u32::MAX), origin.clone())).collect()
}

/// A shape in pixel coordinates: outer rings one way, holes the other. `to_pixel` takes degrees to column and row. An edge
/// is straight in longitude and latitude, and is led through more points where the raster's plane bends it; both sides of
/// a shared edge get the same ones.
///
/// # Errors
/// That of `to_pixel`.
pub fn pixel_rings<E>(
    shape: &MultiPolygon,
    to_pixel: &dyn Fn(LonLat) -> Result<(f64, f64), E>,
) -> Result<Vec<PixelRing>, E> {
    let mut rings = Vec::new();
    for polygon in &shape.0 {
        for (i, ring) in polygon.rings().enumerate() {
            let turned = (ring.area_2() > 0) != (i == 0);
            let mut points = Vec::with_capacity(ring.points().len());
            for (a, b) in ring.edges() {
                let (low, high) = if a < b { (a, b) } else { (b, a) };
                let (from, to) = (low.to_lon_lat(), high.to_lon_lat());
                let mut line = vec![to_pixel(from)?];
                bend((from, line[0]), (to, to_pixel(to)?), to_pixel, MOST_HALVINGS, &mut line)?;
                if a >= b {
                    line.reverse();
                }
                line.pop();
                points.append(&mut line);
            }
            if turned {
                points.reverse();
            }
            rings.push(points);
        }
    }
    Ok(rings)
}

type Both = (LonLat, (f64, f64));

/// Adds the points after `from` up to `to`.
fn bend<E>(
    from: Both,
    to: Both,
    to_pixel: &dyn Fn(LonLat) -> Result<(f64, f64), E>,
    halvings: u32,
    line: &mut PixelRing,
) -> Result<(), E> {
    let (dx, dy) = (to.1.0 - from.1.0, to.1.1 - from.1.1);
    if halvings > 0 && (dx.abs() > SHORT_PX || dy.abs() > SHORT_PX) {
        let between = LonLat {
            lon_deg: f64::midpoint(from.0.lon_deg, to.0.lon_deg),
            lat_deg: f64::midpoint(from.0.lat_deg, to.0.lat_deg),
        };
        let middle = to_pixel(between)?;
        let off =
            (middle.0 - f64::midpoint(from.1.0, to.1.0)).abs() + (middle.1 - f64::midpoint(from.1.1, to.1.1)).abs();
        if off > BEND_PX {
            bend(from, (between, middle), to_pixel, halvings - 1, line)?;
            return bend((between, middle), to, to_pixel, halvings - 1, line);
        }
    }
    line.push(to.1);
    Ok(())
}

/// Signed area.
fn area_px(rings: &[PixelRing]) -> f64 {
    let ring_px = |ring: &PixelRing| {
        let Some(&(ox, oy)) = ring.first() else { return 0.0 };
        let edges = ring.iter().zip(ring.iter().cycle().skip(1));
        edges.map(|(a, b)| (a.0 - ox) * (b.1 - oy) - (b.0 - ox) * (a.1 - oy)).sum::<f64>() / 2.0
    };
    rings.iter().map(ring_px).sum()
}

/// Pixels of one row with the same share within a cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Span {
    pub row: usize,
    pub start: usize,
    pub end: usize,
    /// Above 0, at most 1.
    pub share: f64,
}

/// A piece of an edge within one row: height it climbs (signed), and x at both ends.
type Piece = (usize, f64, f64, f64);

/// The pixels that a cell covers, row by row.
pub(super) fn spans_of(rings: &[PixelRing], columns: usize, rows: usize) -> Vec<Span> {
    // an edge leaves on its right, per row, the area between it and the east edge of the raster: up minus down
    let sign = if area_px(rings) < 0.0 { 1.0 } else { -1.0 };
    let mut pieces: Vec<Piece> = Vec::new();
    for ring in rings {
        for (&a, &b) in ring.iter().zip(ring.iter().cycle().skip(1)) {
            pieces_of(a, b, columns as f64, rows, sign, &mut pieces);
        }
    }
    pieces.sort_by_key(|piece| piece.0);
    let mut spans = Vec::new();
    // gains of column c: what lies right of the pieces; `touched` where a piece runs through it
    let (mut gains, mut touched): (Vec<f64>, Vec<bool>) = (vec![0.0; columns + 1], vec![false; columns + 1]);
    for run in pieces.chunk_by(|a, b| a.0 == b.0) {
        let (mut first, mut last) = (columns, 0);
        for &(_, climb, x0, x1) in run {
            spread(climb, x0, x1, columns, &mut |column, gain, through| {
                gains[column] += gain;
                touched[column] |= through;
                (first, last) = (first.min(column), last.max(column));
            });
        }
        let (mut sum, mut column) = (0.0_f64, first);
        while column < columns {
            let start = column;
            let through = column <= last && touched[column];
            if column <= last {
                sum += gains[column];
            }
            column += 1;
            if !through {
                // no edge climbs through here, nor through the columns up to the next gain: all have the same share, and
                // what rounding left of none or all is dropped
                if (sum - sum.round()).abs() < ROUNDING {
                    sum = sum.round();
                }
                if start > last {
                    column = columns;
                }
                while column <= last && column < columns && gains[column] == 0.0 && !touched[column] {
                    column += 1;
                }
            }
            let share = sum.clamp(0.0, 1.0);
            if share > 0.0 {
                spans.push(Span { row: run[0].0, start, end: column, share });
            }
        }
        gains[first..=last].fill(0.0);
        touched[first..=last].fill(false);
    }
    spans
}

/// Cuts an edge at the rows of pixels and at the sides of the raster.
#[expect(clippy::float_cmp, reason = "only a division by nothing is avoided")]
fn pieces_of(a: (f64, f64), b: (f64, f64), columns: f64, rows: usize, sign: f64, pieces: &mut Vec<Piece>) {
    if a.1 == b.1 || !(a.0.is_finite() && a.1.is_finite() && b.0.is_finite() && b.1.is_finite()) {
        return;
    }
    let (low, high, way) = if a.1 < b.1 { (a, b, sign) } else { (b, a, -sign) };
    let (from, to) = (low.1.max(0.0), high.1.min(rows as f64));
    if from >= to {
        return;
    }
    let x_at = |y: f64| {
        if y <= low.1 {
            low.0
        } else if y >= high.1 {
            high.0
        } else {
            low.0 + (high.0 - low.0) * ((y - low.1) / (high.1 - low.1))
        }
    };
    let (mut y0, mut x0) = (from, x_at(from));
    for row in from.floor() as usize..rows {
        let y1 = to.min((row + 1) as f64);
        let x1 = x_at(y1);
        let climb = y1 - y0;
        // beyond the west side an edge leaves the whole row on its right, beyond the east side nothing
        let cut = |x: f64| if x1 == x0 { 0.0 } else { ((x - x0) / (x1 - x0)).clamp(0.0, 1.0) };
        let (west, east) = (cut(0.0), cut(columns));
        let mut stops = [0.0, west.min(east), west.max(east), 1.0];
        stops.sort_by(f64::total_cmp);
        for w in stops.windows(2).filter(|w| w[0] < w[1]) {
            let x = |t: f64| (x0 + (x1 - x0) * t).clamp(0.0, columns);
            let (p, q) = (x(w[0]), x(w[1]));
            if p < columns || q < columns {
                pieces.push((row, way * climb * (w[1] - w[0]), p, q));
            }
        }
        (y0, x0) = (y1, x1);
        if y1 >= to {
            break;
        }
    }
}

/// Spreads a piece over the columns it runs through: `add(column, gain, through)`. Gains are running differences: the
/// share of a column is the sum of the gains up to it.
fn spread(climb: f64, x0: f64, x1: f64, columns: usize, add: &mut impl FnMut(usize, f64, bool)) {
    let (west, east) = if x0 <= x1 { (x0, x1) } else { (x1, x0) };
    let (first, last) = (west.floor() as usize, (east.ceil() as usize).max(west.floor() as usize + 1));
    let length = east - west;
    for column in first..last.min(columns + 1) {
        let (from, to) = (west.max(column as f64), east.min((column + 1) as f64));
        let part = if length > 0.0 { climb * ((to - from) / length) } else { climb };
        if part == 0.0 {
            continue;
        }
        let within = (f64::midpoint(from, to) - column as f64).clamp(0.0, 1.0);
        let upright_on_the_left = within == 0.0;
        if column < columns {
            add(column, part * (1.0 - within), !upright_on_the_left);
        }
        if column < columns && !upright_on_the_left {
            add(column + 1, part * within, false);
        }
    }
}
