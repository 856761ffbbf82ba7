//! One layer of a tile, its vertices projected.

use std::ops::RangeInclusive;
use std::sync::Arc;

use crate::coverage::simplify::line_zooms;
use crate::geom::{Entry, Envelope, EnvelopeIndex, LatticePoint, MultiPolygon, Polygon, Ring};
use crate::topology::{Linework, plane};

use super::clip::{self, Bench, Spot};
use super::coverage::{Nest, Sheet, world};
use super::cut::{Rings, Spot as DrawnSpot, Tracer};
use super::mercator::{EXTENT, MAX_ZOOM, TileId, project};
use super::source::LeftOut;
use super::stroke;
use super::values::Values;
use super::wire::{Chunk, Drawn, Pen};

/// What a property of a feature is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Number,
}

/// A property that features of a layer may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) description: &'static str,
}

impl Field {
    /// A property that is text.
    pub const fn text(name: &'static str, description: &'static str) -> Self {
        Self { name, kind: Kind::Text, description }
    }

    /// A property that is a whole number.
    pub const fn number(name: &'static str, description: &'static str) -> Self {
        Self { name, kind: Kind::Number, description }
    }
}

/// The value of a property.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Value {
    /// Text.
    Text(Box<str>),
    /// A whole number.
    Number(u64),
    /// The feature does not have this property.
    Absent,
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Absent, Into::into)
    }
}

#[derive(Debug, Clone)]
enum Geometry {
    /// One label point.
    Point((u32, u32)),
    /// A line in world units, each vertex with the first zoom that draws it.
    Line(Vec<((u32, u32), u8)>),
    /// Rings in world units: for each polygon the number of its rings, for each ring its run of vertices.
    Polygons(Vec<Vec<Vec<(u32, u32)>>>),
}

#[derive(Debug, Clone)]
struct Feature {
    id: u64,
    geometry: Geometry,
    /// Left out of tiles below this zoom.
    min_zoom: u8,
    /// And above this one.
    max_zoom: u8,
}

/// Features of one kind; immutable.
#[derive(Debug, Clone)]
pub struct Layer {
    pub(super) name: &'static str,
    pub(super) fields: Vec<Field>,
    pub(super) min_zoom: u8,
    body: Body,
}

#[derive(Debug, Clone)]
enum Body {
    /// Each feature for itself.
    Loose(Loose),
    /// Shapes or borders of a coverage.
    Sheet(Arc<Sheet>, Drawn),
    /// Shapes of coverages one inside another.
    Nest(Arc<Nest>),
}

/// Features behind an index of their envelopes.
#[derive(Debug, Clone)]
struct Loose {
    kind: Drawn,
    features: Vec<Feature>,
    values: Values,
    index: EnvelopeIndex<u32>,
}

/// Gathers the features of a [`Layer`].
#[derive(Debug)]
pub struct LayerBuilder {
    name: &'static str,
    fields: Vec<Field>,
    min_zoom: u8,
    kind: Drawn,
    features: Vec<Feature>,
    values: Vec<Vec<Value>>,
    entries: Vec<Entry<u32>>,
}

impl LayerBuilder {
    fn new(name: &'static str, fields: Vec<Field>, kind: Drawn) -> Self {
        Self { name, fields, min_zoom: 0, kind, features: Vec::new(), values: Vec::new(), entries: Vec::new() }
    }

    /// A layer of shapes.
    pub fn polygons(name: &'static str, fields: Vec<Field>) -> Self {
        Self::new(name, fields, Drawn::Polygons)
    }

    /// A layer of label points.
    pub fn points(name: &'static str, fields: Vec<Field>) -> Self {
        Self::new(name, fields, Drawn::Points)
    }

    /// A layer of lines.
    pub fn lines(name: &'static str, fields: Vec<Field>) -> Self {
        Self::new(name, fields, Drawn::Lines)
    }

    /// Leaves the layer out of tiles below this zoom.
    #[must_use]
    pub fn from_zoom(mut self, zoom: u8) -> Self {
        self.min_zoom = zoom;
        self
    }

    /// Adds a shape; `values` in the order of the fields. An empty shape is left out.
    pub fn polygon(&mut self, id: u64, values: Vec<Value>, shape: &MultiPolygon) {
        let Some(envelope) = shape.envelope() else { return };
        let ring = |ring: &crate::geom::Ring| ring.points().iter().map(|&p| project(p)).collect::<Vec<_>>();
        let polygons = shape.0.iter().map(|polygon| polygon.rings().map(ring).collect()).collect();
        self.add(id, values, envelope, 0..=MAX_ZOOM, Geometry::Polygons(polygons));
    }

    /// Adds a label point; `values` in the order of the fields.
    pub fn point(&mut self, id: u64, values: Vec<Value>, point: LatticePoint) {
        self.point_within(id, values, point, 0..=MAX_ZOOM);
    }

    /// Adds a label point, which stands in tiles of these zooms alone; `values` in the order of the fields.
    pub fn point_within(&mut self, id: u64, values: Vec<Value>, point: LatticePoint, zooms: RangeInclusive<u8>) {
        self.add(id, values, Envelope { min: point, max: point }, zooms, Geometry::Point(project(point)));
    }

    /// Adds a line, which stands in tiles from `zoom` on; `values` in the order of the fields. One of fewer than two points is
    /// left out.
    pub fn line(&mut self, id: u64, values: Vec<Value>, points: &[LatticePoint], zoom: u8) {
        let Some(envelope) = Envelope::of(points.iter().copied()).filter(|_| points.len() >= 2) else { return };
        let worlds: Vec<LatticePoint> = points.iter().map(|&p| world(p)).collect();
        let vertices = points.iter().map(|&p| project(p)).zip(line_zooms(&worlds)).collect();
        self.add(id, values, envelope, zoom..=MAX_ZOOM, Geometry::Line(vertices));
    }

    fn add(&mut self, id: u64, values: Vec<Value>, envelope: Envelope, zooms: RangeInclusive<u8>, geometry: Geometry) {
        debug_assert_eq!(values.len(), self.fields.len());
        self.entries.push(Entry { envelope, item: self.features.len() as u32 });
        let (min_zoom, max_zoom) = zooms.into_inner();
        self.features.push(Feature { id, geometry, min_zoom, max_zoom });
        self.values.push(values);
    }

    /// The layer, indexed. O(n log n).
    pub fn build(self) -> Layer {
        let values = Values::new(self.fields.len(), self.values.iter().map(Vec::as_slice));
        let index = EnvelopeIndex::new(self.entries);
        let loose = Loose { kind: self.kind, features: self.features, values, index };
        Layer { name: self.name, fields: self.fields, min_zoom: self.min_zoom, body: Body::Loose(loose) }
    }
}

impl Layer {
    pub(super) fn of_sheet(
        name: &'static str,
        fields: Vec<Field>,
        min_zoom: u8,
        sheet: Arc<Sheet>,
        drawn: Drawn,
    ) -> Self {
        Self { name, fields, min_zoom, body: Body::Sheet(sheet, drawn) }
    }

    pub(super) fn of_nest(name: &'static str, fields: Vec<Field>, nest: Nest) -> Self {
        Self { name, fields, min_zoom: 0, body: Body::Nest(Arc::new(nest)) }
    }

    /// The layer within the tile as a framed chunk of it, empty when nothing of it lies there; and what was left out.
    pub(super) fn encode(&self, tile: TileId) -> (Vec<u8>, LeftOut) {
        if tile.z() < self.min_zoom {
            return (Vec::new(), LeftOut::Nothing);
        }
        match &self.body {
            Body::Loose(loose) => (loose.encode(self.name, &self.fields, tile), LeftOut::Nothing),
            Body::Sheet(sheet, drawn) => sheet.encode(self.name, &self.fields, tile, *drawn),
            Body::Nest(nest) => nest.encode(self.name, &self.fields, tile),
        }
    }
}

impl Loose {
    /// The layer within the tile as a framed chunk of it; empty when nothing of it lies there. O(vertices of the features
    /// whose envelope meets the tile).
    fn encode(&self, name: &str, fields: &[Field], tile: TileId) -> Vec<u8> {
        let mut found: Vec<u32> = self.index.meeting(&tile.buffered_envelope()).copied().collect();
        // the order of the source, so that the bytes do not hang on the shape of the tree
        found.sort_unstable();
        let (mut chunk, mut placed) = (Chunk::default(), self.values.placed());
        let (mut drawing, mut pen) = (Drawing::default(), Pen::default());
        for position in found {
            let feature = &self.features[position as usize];
            if tile.z() < feature.min_zoom || tile.z() > feature.max_zoom {
                continue;
            }
            drawing.draw(&feature.geometry, tile);
            if drawing.spots.is_empty() {
                continue;
            }
            pen.clear();
            let mut start = 0;
            for &end in &drawing.runs {
                let run = &drawing.spots[start..end];
                match self.kind {
                    Drawn::Points => pen.points(run),
                    Drawn::Lines => pen.run(run.len(), run.iter().copied()),
                    Drawn::Polygons => pen.ring(run.len(), run.iter().copied()),
                }
                start = end;
            }
            self.values.tag(position as usize, fields.len(), &mut placed, &mut chunk);
            chunk.feature(Some(feature.id), self.kind, &pen);
        }
        chunk.finish(name, fields.iter().map(|field| field.name))
    }
}

/// What is left of one feature in one tile.
#[derive(Debug, Default)]
struct Drawing {
    spots: Vec<DrawnSpot>,
    /// Where each ring, piece of a line or set of points ends in `spots`.
    runs: Vec<usize>,
    bench: Bench,
    shape: MultiPolygon,
    run: Vec<Spot>,
}

impl Drawing {
    fn draw(&mut self, geometry: &Geometry, tile: TileId) {
        self.spots.clear();
        self.runs.clear();
        match geometry {
            Geometry::Point(world) => {
                let (x, y) = tile.floor(*world);
                if (0..EXTENT).contains(&x) && (0..EXTENT).contains(&y) {
                    self.spots.push((x as i32, y as i32));
                    self.runs.push(1);
                }
            }
            Geometry::Line(world) => {
                let Self { spots, runs, run, .. } = self;
                let drawn = world.iter().filter(|vertex| vertex.1 <= tile.z());
                stroke::clip(drawn.map(|&(vertex, _)| tile.quantise(vertex)), run, |piece| {
                    spots.extend(piece.iter().map(|&(x, y)| (x as i32, y as i32)));
                    runs.push(spots.len());
                });
            }
            Geometry::Polygons(polygons) => self.polygons(polygons, tile),
        }
    }

    /// The polygons, cut at the box. Where rounding or cutting let rings meet, they are made anew from the ground they cover.
    fn polygons(&mut self, polygons: &[Vec<Vec<(u32, u32)>>], tile: TileId) {
        self.shape.0.clear();
        let mut mended = polygons.len() > 1;
        let mut backward = false;
        for rings in polygons {
            let mut cut = Polygon::default();
            for (position, ring) in rings.iter().enumerate() {
                let (spots, area_2) = self.bench.clip(ring.iter().map(|&vertex| tile.quantise(vertex)));
                if area_2 == 0 {
                    if position == 0 {
                        break;
                    }
                    continue;
                }
                mended = mended || position > 0 || !clip::is_plain(spots);
                backward = area_2 < 0;
                let ring = Ring::new(spots.iter().map(|&(x, y)| LatticePoint::new(x as i32, y as i32)).collect());
                if position == 0 {
                    cut.exterior = ring;
                } else {
                    cut.holes.push(ring);
                }
            }
            if !cut.exterior.points().is_empty() {
                self.shape.0.push(cut);
            }
        }
        if mended {
            for ring in mend(&self.shape).into_iter().flatten() {
                self.spots.extend(ring);
                self.runs.push(self.spots.len());
            }
        } else {
            for polygon in &self.shape.0 {
                let start = self.spots.len();
                self.spots.extend(polygon.exterior.points().iter().map(|p| (p.x_e7, p.y_e7)));
                // an outer ring has its ground to the right, y running south (MVT 2.1, §4.3.4.4)
                if backward {
                    self.spots[start..].reverse();
                }
                self.runs.push(self.spots.len());
            }
        }
    }
}

/// The ground that rings in tile units cover, as valid polygons.
fn mend(shape: &MultiPolygon) -> Vec<Rings> {
    let mut work = Linework::default();
    work.shape(shape, 0);
    // edges are brought together on the units of the tile; that always settles for the few of one shape, else nothing is drawn
    let Ok(plane) = plane(work, 1) else { return Vec::new() };
    let covered = |cell: u32| plane.cover[cell as usize].iter().any(|&(_, times)| times > 0);
    let mut tracer = Tracer::default();
    for (chain, &(left, right)) in plane.chains.iter().zip(&plane.sides) {
        let (left, right) = (covered(left), covered(right));
        for w in chain.points.windows(2).filter(|_| left != right) {
            let (from, to) = if left { (w[0], w[1]) } else { (w[1], w[0]) };
            tracer.edge((from.x_e7, from.y_e7), (to.x_e7, to.y_e7));
        }
    }
    tracer.trace()
}

#[cfg(test)]
#[path = "layer_tests.rs"]
mod tests;
