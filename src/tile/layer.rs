//! One layer of a tile, its vertices projected.

use std::ops::RangeInclusive;
use std::sync::Arc;

use crate::geom::{Entry, Envelope, EnvelopeIndex, LatticePoint, MultiPolygon};

use fast_mvt::{MvtCoord, MvtGeomType, MvtLayerBuilder, MvtValueRef};

use super::clip::{Bench, Spot};
use super::coverage::Sheet;
use super::mercator::{EXTENT, MAX_ZOOM, TileId, project};
use super::source::LeftOut;
use super::stroke;
use super::wire::Drawn;

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
    /// A line in world units.
    Line(Vec<(u32, u32)>),
    /// Rings in world units: for each polygon the number of its rings, for each ring its run of vertices.
    Polygons(Vec<Vec<Vec<(u32, u32)>>>),
}

#[derive(Debug, Clone)]
struct Feature {
    id: u64,
    values: Vec<Value>,
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
}

/// Features behind an index of their envelopes.
#[derive(Debug, Clone)]
struct Loose {
    kind: MvtGeomType,
    features: Vec<Feature>,
    index: EnvelopeIndex<u32>,
}

/// Gathers the features of a [`Layer`].
#[derive(Debug)]
pub struct LayerBuilder {
    name: &'static str,
    fields: Vec<Field>,
    min_zoom: u8,
    kind: MvtGeomType,
    features: Vec<Feature>,
    entries: Vec<Entry<u32>>,
}

impl LayerBuilder {
    fn new(name: &'static str, fields: Vec<Field>, kind: MvtGeomType) -> Self {
        Self { name, fields, min_zoom: 0, kind, features: Vec::new(), entries: Vec::new() }
    }

    /// A layer of shapes.
    pub fn polygons(name: &'static str, fields: Vec<Field>) -> Self {
        Self::new(name, fields, MvtGeomType::Polygon)
    }

    /// A layer of label points.
    pub fn points(name: &'static str, fields: Vec<Field>) -> Self {
        Self::new(name, fields, MvtGeomType::Point)
    }

    /// A layer of lines.
    pub fn lines(name: &'static str, fields: Vec<Field>) -> Self {
        Self::new(name, fields, MvtGeomType::LineString)
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
        self.add(id, values, envelope, zoom..=MAX_ZOOM, Geometry::Line(points.iter().map(|&p| project(p)).collect()));
    }

    fn add(&mut self, id: u64, values: Vec<Value>, envelope: Envelope, zooms: RangeInclusive<u8>, geometry: Geometry) {
        debug_assert_eq!(values.len(), self.fields.len());
        self.entries.push(Entry { envelope, item: self.features.len() as u32 });
        let (min_zoom, max_zoom) = zooms.into_inner();
        self.features.push(Feature { id, values, geometry, min_zoom, max_zoom });
    }

    /// The layer, indexed. O(n log n).
    pub fn build(self) -> Layer {
        let loose = Loose { kind: self.kind, features: self.features, index: EnvelopeIndex::new(self.entries) };
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

    /// The layer within the tile as a framed chunk of it, empty when nothing of it lies there; and what was left out.
    pub(super) fn encode(&self, tile: TileId) -> (Vec<u8>, LeftOut) {
        if tile.z() < self.min_zoom {
            return (Vec::new(), LeftOut::Nothing);
        }
        match &self.body {
            Body::Loose(loose) => (loose.encode(self.name, &self.fields, tile), LeftOut::Nothing),
            Body::Sheet(sheet, drawn) => sheet.encode(self.name, &self.fields, tile, *drawn),
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
        let mut layer = MvtLayerBuilder::new(name).expect("layers have names");
        let mut drawing = Drawing::default();
        for position in found {
            let feature = &self.features[position as usize];
            if tile.z() < feature.min_zoom || tile.z() > feature.max_zoom {
                continue;
            }
            drawing.draw(&feature.geometry, tile);
            if drawing.coords.is_empty() {
                continue;
            }
            let mut encoded = layer.feature_of(self.kind);
            encoded.id(Some(feature.id));
            for (field, value) in fields.iter().zip(&feature.values) {
                let value = match value {
                    Value::Text(text) => MvtValueRef::String(text),
                    Value::Number(number) => MvtValueRef::UInt(*number),
                    Value::Absent => continue,
                };
                encoded.tag_ref(field.name, value).expect("a tile has fewer than 2^32 values");
            }
            let mut start = 0;
            for &(end, exterior) in &drawing.rings {
                let run = drawing.coords[start..end].iter().copied();
                if self.kind == MvtGeomType::Polygon {
                    encoded.ring(run, exterior).expect("a clipped ring has three spots or more");
                } else {
                    encoded.line(run).expect("a clipped line has two spots or more");
                }
                start = end;
            }
            if self.kind == MvtGeomType::Point {
                let points = drawing.coords.iter().copied();
                encoded.points(points).expect("a tile has fewer than 2^29 points");
            }
            layer = encoded.end();
        }
        if layer.num_features() == 0 { Vec::new() } else { layer.encode() }
    }
}

/// What is left of one feature in one tile.
#[derive(Debug, Default)]
struct Drawing {
    coords: Vec<MvtCoord>,
    /// Where each ring (or piece of a line) ends in `coords`, and whether it is an outer one.
    rings: Vec<(usize, bool)>,
    bench: Bench,
    run: Vec<Spot>,
}

impl Drawing {
    fn draw(&mut self, geometry: &Geometry, tile: TileId) {
        self.coords.clear();
        self.rings.clear();
        match geometry {
            Geometry::Point(world) => {
                let (x, y) = tile.floor(*world);
                if (0..EXTENT).contains(&x) && (0..EXTENT).contains(&y) {
                    self.coords.push(MvtCoord { x: x as i32, y: y as i32 });
                }
            }
            Geometry::Line(world) => {
                let Self { coords, rings, run, .. } = self;
                stroke::clip(world.iter().map(|&vertex| tile.quantise(vertex)), run, |piece| {
                    coords.extend(piece.iter().map(|&(x, y)| MvtCoord { x: x as i32, y: y as i32 }));
                    rings.push((coords.len(), false));
                });
            }
            Geometry::Polygons(polygons) => polygons.iter().for_each(|rings| self.polygon(rings, tile)),
        }
    }

    fn polygon(&mut self, rings: &[Vec<(u32, u32)>], tile: TileId) {
        let before = (self.coords.len(), self.rings.len());
        let mut left_2 = 0;
        for (position, ring) in rings.iter().enumerate() {
            let (spots, area_2) = self.bench.clip(ring.iter().map(|&vertex| tile.quantise(vertex)));
            if position == 0 {
                left_2 = area_2.abs();
            } else {
                left_2 -= area_2.abs();
            }
            if left_2 <= 0 {
                // nothing of the outer ring, or a hole over all that is left of it
                self.coords.truncate(before.0);
                self.rings.truncate(before.1);
                return;
            }
            if area_2 != 0 {
                self.coords.extend(spots.iter().map(|&(x, y)| MvtCoord { x: x as i32, y: y as i32 }));
                self.rings.push((self.coords.len(), position == 0));
            }
        }
    }
}
