//! A layer whose shapes tile the ground: cut from arcs, with coarser levels for low zooms.
//!
//! At a zoom the layer shows one level: the finest whose shapes are large enough to be seen and whose densest tile stays small
//! enough. Where a shape would have no area left at a zoom, all shapes of its parent are shown as the parent instead, so that
//! nothing vanishes.

mod nest;

use std::collections::HashMap;
use std::sync::Arc;

use crate::coverage::simplify::{FINEST_ZOOM, FULL_ZOOM, Mesh};
use crate::geom::{LatticePoint, MultiPolygon, Polygon, Ring};
use crate::topology::{FaceId, TopologyError};

use super::cut::{Cut, Frame, Label, MIDDLE, NOBODY, Shape, Shown};
use super::layer::{Field, Layer, Value};
use super::mercator::{TileId, project};
use super::source::LeftOut;
use super::values::Values;
use super::wire::{Chunk, Drawn, Pen};

pub(super) use nest::Nest;
pub use nest::NestBuilder;

/// A level is shown from the first zoom on where its mean shape has at least this area: four by four pixels (of a 512-pixel
/// tile), about the least that can be told from a speck and pointed at.
const LEAST_MEAN_PX_2: u64 = 16;
/// Units² of a tile in a pixel².
const UNITS_2_PER_PX_2: u64 = 64;
/// And where the tile that is densest by its vertices has no more bytes than this: room for another to be larger below
/// [`MOST_BYTES`].
const MOST_DENSEST_BYTES: usize = 450_000;
/// What one vertex weighs beside each of its two faces, about: its two steps have one or two bytes each.
const VERTEX_BYTES: usize = 3;
/// What a feature weighs besides its vertices and properties: its frame, number, commands and the first spot.
const FEATURE_BYTES: usize = 24;
/// The largest chunk a coverage layer gives a tile where it has anything to leave out.
pub const MOST_BYTES: usize = 500_000;

/// One level of a coverage: its shapes are parts of those of the next.
#[derive(Debug)]
pub(super) struct Level {
    pub mesh: Arc<Mesh>,
    /// The number of its first shape among those of all levels.
    pub base: u32,
    /// By arc: how many levels above this one still have a border there; empty where there are none above.
    bounds: Vec<u8>,
    /// By zoom: which shapes are shown as which, where not all are shown as themselves.
    merged: Vec<Option<Vec<Label>>>,
    /// Of which shape each face is a part, where the faces are no shapes themselves.
    parts: Option<Arc<[Label]>>,
}

impl Level {
    pub fn shown(&self, zoom: u8) -> Shown<'_> {
        match &self.parts {
            Some(labels) => Shown::PartOf(labels),
            None => self.merged[usize::from(zoom)].as_deref().map_or(Shown::Itself, Shown::As),
        }
    }
}

/// The shapes of a coverage and their levels, ready to be cut.
#[derive(Debug)]
pub(super) struct Sheet {
    pub levels: Vec<Level>,
    /// By zoom: the level shown.
    shown: Vec<u8>,
    /// Of the shapes of all levels.
    pub ids: Vec<u64>,
    pub values: Values,
    /// For borders: the codes beside them and the level they bound, by the first value of the shapes.
    border_values: Values,
    level_count: usize,
}

/// What is known of a coarser level before it is built.
#[derive(Debug)]
struct Coarser {
    name: &'static str,
    parents: Vec<u32>,
}

/// Gathers the shapes of a [`Coverage`].
#[derive(Debug)]
pub struct CoverageBuilder {
    name: &'static str,
    level: &'static str,
    fields: Vec<Field>,
    min_zoom: u8,
    ids: Vec<u64>,
    values: Vec<Vec<Value>>,
    shapes: Vec<MultiPolygon>,
    coarser: Vec<Coarser>,
}

/// A partition of the ground, of which layers of shapes and of borders are made. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Coverage {
    name: &'static str,
    fields: Vec<Field>,
    min_zoom: u8,
    pub(super) sheet: Arc<Sheet>,
}

/// What [`CoverageBuilder::level`] was given that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CoverageError {
    /// Parents that do not fit the shapes below.
    #[error("level {level} has {given} parents for the {shapes} shapes of the level below: give one for each")]
    Parents {
        /// The level.
        level: &'static str,
        /// How many were given.
        given: usize,
        /// How many shapes there are.
        shapes: usize,
    },
    /// A parent that is not there.
    #[error("level {level} has no shape {parent}: it has {shapes}")]
    NoSuchParent {
        /// The level.
        level: &'static str,
        /// The parent.
        parent: u32,
        /// How many shapes the level has.
        shapes: usize,
    },
    /// Borders that do not settle.
    #[error("the borders of layer {layer} cannot be drawn: {source}")]
    Borders {
        /// The layer.
        layer: &'static str,
        /// Why.
        source: BordersError,
    },
}

/// Why borders cannot be drawn, in words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BordersError(pub(super) String);

impl CoverageBuilder {
    /// A coverage whose shapes are of this level and have these properties. A property `level` is added: the level of the
    /// shape, which is another at low zooms.
    pub fn new(name: &'static str, level: &'static str, mut fields: Vec<Field>) -> Self {
        fields.push(Field::text("level", "the level of the shape: at low zooms coarser ones are shown"));
        Self {
            name,
            level,
            fields,
            min_zoom: 0,
            ids: Vec::new(),
            values: Vec::new(),
            shapes: Vec::new(),
            coarser: Vec::new(),
        }
    }

    /// Leaves the layer out of tiles below this zoom.
    #[must_use]
    pub fn from_zoom(mut self, zoom: u8) -> Self {
        self.min_zoom = zoom;
        self
    }

    /// Adds a shape of the finest level; `values` in the order of the fields. Shapes share borders point for point.
    pub fn shape(&mut self, id: u64, values: Vec<Value>, shape: &MultiPolygon) {
        self.feature(id, values, self.level);
        self.shapes.push(world_shape(shape));
    }

    fn feature(&mut self, id: u64, mut values: Vec<Value>, level: &str) {
        debug_assert_eq!(values.len() + 1, self.fields.len());
        values.push(Value::from(level));
        self.ids.push(id);
        self.values.push(values);
    }

    /// Adds a coarser level above the last: its features, and for each shape of the level below the position of the one it is
    /// part of. To be called after all shapes.
    ///
    /// # Errors
    /// When parents are missing, too many, or not there.
    pub fn level(
        &mut self,
        name: &'static str,
        features: Vec<(u64, Vec<Value>)>,
        parents: Vec<u32>,
    ) -> Result<(), CoverageError> {
        let below = self.coarser.iter().fold(0, |sum, level| sum + level.parents.len());
        let shapes = self.ids.len() - below;
        if parents.len() != shapes {
            return Err(CoverageError::Parents { level: name, given: parents.len(), shapes });
        }
        if let Some(&parent) = parents.iter().find(|&&parent| parent as usize >= features.len()) {
            return Err(CoverageError::NoSuchParent { level: name, parent, shapes: features.len() });
        }
        for (id, values) in features {
            self.feature(id, values, name);
        }
        self.coarser.push(Coarser { name, parents });
        Ok(())
    }

    /// The coverage, ranked and rounded for all zooms. O(n log n) in the points of the shapes.
    ///
    /// # Errors
    /// When the borders do not settle.
    pub fn build(self) -> Result<Coverage, CoverageError> {
        let shapes: Vec<&MultiPolygon> = self.shapes.iter().collect();
        let borders =
            |error: TopologyError| CoverageError::Borders { layer: self.name, source: BordersError(error.to_string()) };
        let finest = Mesh::new(&shapes).map_err(borders)?;
        let count = self.fields.len();
        let values = Values::new(count, self.values.iter().map(Vec::as_slice));
        let names: Vec<&'static str> =
            std::iter::once(self.level).chain(self.coarser.iter().map(|level| level.name)).collect();
        let border_values = border_values(&self.values, &names);
        let sheet = Sheet::new(finest, &self.coarser, self.ids, values, border_values, self.min_zoom);
        Ok(Coverage { name: self.name, fields: self.fields, min_zoom: self.min_zoom, sheet: Arc::new(sheet) })
    }
}

/// For borders one feature a shape (its code) and one a level (its name), then one that says there is nothing.
fn border_values(values: &[Vec<Value>], names: &[&'static str]) -> Values {
    let codes = values.iter().map(|of| of.first().cloned().unwrap_or(Value::Absent));
    let cells: Vec<Value> = codes.chain(names.iter().map(|&name| Value::from(name))).chain([Value::Absent]).collect();
    Values::shared(1, cells.iter().map(std::slice::from_ref))
}

/// A lattice point in units of the world square, the middle of the square being (0, 0) and y running south.
pub(super) fn world(p: LatticePoint) -> LatticePoint {
    let (x, y) = project(p);
    LatticePoint::new((i64::from(x) - MIDDLE) as i32, (i64::from(y) - MIDDLE) as i32)
}

/// A shape in units of the world square.
pub(super) fn world_shape(shape: &MultiPolygon) -> MultiPolygon {
    let ring = |ring: &Ring| Ring::new(ring.points().iter().map(|&p| world(p)).collect());
    let polygon = |polygon: &Polygon| Polygon {
        exterior: ring(&polygon.exterior),
        holes: polygon.holes.iter().map(ring).collect(),
    };
    MultiPolygon(shape.0.iter().map(polygon).collect())
}

impl Coverage {
    /// Shapes made of the faces of a mesh.
    pub(super) fn divided(
        name: &'static str,
        fields: Vec<Field>,
        min_zoom: u8,
        mesh: Arc<Mesh>,
        parts: Arc<[Label]>,
        features: &[(u64, Vec<Value>)],
    ) -> Self {
        let values: Vec<Vec<Value>> = features.iter().map(|(_, values)| values.clone()).collect();
        let level = Level { mesh, base: 0, bounds: Vec::new(), merged: Vec::new(), parts: Some(parts) };
        let sheet = Sheet {
            levels: vec![level],
            shown: vec![0; usize::from(FINEST_ZOOM) + 1],
            ids: features.iter().map(|(id, _)| *id).collect(),
            border_values: border_values(&values, &["0"]),
            values: Values::new(fields.len(), values.iter().map(Vec::as_slice)),
            level_count: 1,
        };
        Self { name, fields, min_zoom, sheet: Arc::new(sheet) }
    }

    /// The layer of its shapes.
    pub fn shapes(&self) -> Layer {
        Layer::of_sheet(self.name, self.fields.clone(), self.min_zoom, Arc::clone(&self.sheet), Drawn::Polygons)
    }

    /// The layer of its borders: each once, with the first property of the shapes on its two sides and the coarsest level it
    /// bounds.
    pub fn borders(&self, name: &'static str) -> Layer {
        let fields = vec![
            Field::text("left", "the code of the shape to the left of the line; absent on the outer rim"),
            Field::text("right", "the code of the shape to its right; absent on the outer rim"),
            Field::text("level", "the coarsest level that has a border here"),
        ];
        Layer::of_sheet(name, fields, self.min_zoom, Arc::clone(&self.sheet), Drawn::Lines)
    }

    /// How many levels it has.
    pub fn levels(&self) -> usize {
        self.sheet.level_count
    }

    /// The name of the level shown at a zoom, as its position: 0 is the finest.
    pub fn level_at(&self, zoom: u8) -> usize {
        usize::from(self.sheet.shown[usize::from(zoom.min(FINEST_ZOOM))])
    }

    /// Bytes its arcs take in memory, about.
    pub fn bytes(&self) -> usize {
        self.sheet.levels.iter().map(|level| level.mesh.bytes()).sum()
    }
}

/// For each arc how many of the coarser levels have different shapes on its sides.
fn bounds(mesh: &Mesh, coarser: &[Coarser]) -> Vec<u8> {
    let count = |left: Option<FaceId>, right: Option<FaceId>| {
        let (Some(left), Some(right)) = (left, right) else { return coarser.len() };
        let (mut left, mut right) = (left.0, right.0);
        let apart = |level: &&Coarser| {
            (left, right) = (level.parents[left as usize], level.parents[right as usize]);
            left != right
        };
        coarser.iter().take_while(apart).count()
    };
    mesh.arcs().iter().map(|arc| count(arc.left, arc.right) as u8).collect()
}

impl Sheet {
    fn new(
        finest: Mesh,
        coarser: &[Coarser],
        ids: Vec<u64>,
        values: Values,
        border_values: Values,
        min_zoom: u8,
    ) -> Self {
        let mut counts = vec![finest.faces()];
        for (i, level) in coarser.iter().enumerate() {
            debug_assert_eq!(level.parents.len(), counts[i] as usize);
            let above =
                coarser.get(i + 1).map_or(ids.len() - counts.iter().sum::<u32>() as usize, |next| next.parents.len());
            counts.push(above as u32);
        }
        let parents = |level: usize| -> Vec<FaceId> { coarser[level].parents.iter().map(|&p| FaceId(p)).collect() };
        let mut meshes = vec![finest];
        for level in 0..coarser.len() {
            let next = meshes[level].merged(&parents(level), counts[level + 1]);
            meshes.push(next);
        }
        let mut sheet = Self {
            levels: Vec::new(),
            shown: vec![0; usize::from(FINEST_ZOOM) + 1],
            ids,
            values,
            border_values,
            level_count: coarser.len() + 1,
        };
        let (mut base, mut below) = (0, FINEST_ZOOM + 1);
        for (level, mesh) in meshes.into_iter().enumerate() {
            let first = if level == coarser.len() {
                min_zoom.min(FINEST_ZOOM)
            } else {
                sheet.first_zoom(&mesh, base).clamp(min_zoom, FULL_ZOOM)
            };
            for zoom in first..below.max(first) {
                sheet.shown[usize::from(zoom)] = level as u8;
            }
            let faces = mesh.faces();
            // finer tiles fall back on a coarser level when they are too large, whatever their zoom
            let mesh = mesh.prepared(first..=FINEST_ZOOM);
            let bounds = bounds(&mesh, &coarser[level..]);
            sheet.levels.push(Level { mesh: Arc::new(mesh), base, bounds, merged: Vec::new(), parts: None });
            (base, below) = (base + faces, below.min(first));
        }
        for level in 0..sheet.levels.len() {
            let merged = (0..=FINEST_ZOOM).map(|zoom| sheet.merge(level, zoom, coarser)).collect();
            sheet.levels[level].merged = merged;
        }
        sheet
    }

    /// The first zoom a level can be shown at.
    fn first_zoom(&self, mesh: &Mesh, base: u32) -> u8 {
        let area_2 = mesh.area_2();
        let mut first = FINEST_ZOOM;
        while first > 0 {
            let zoom = first - 1;
            let unit_2 = 1_i128 << (2 * u32::from(FINEST_ZOOM - zoom));
            let mean = area_2 / 2 / i128::from(mesh.faces().max(1)) / unit_2;
            if mean < i128::from(LEAST_MEAN_PX_2 * UNITS_2_PER_PX_2) {
                break;
            }
            if zoom < FULL_ZOOM && self.densest(mesh, base, zoom) > MOST_DENSEST_BYTES {
                break;
            }
            first = zoom;
        }
        first
    }

    /// The bytes of the densest tile of a zoom: the one with the most vertices and properties by a rough count, in which arcs and
    /// shapes count where they begin, is cut.
    fn densest(&self, mesh: &Mesh, base: u32, zoom: u8) -> usize {
        let mut tiles: HashMap<(u32, u32), usize> = HashMap::new();
        let shift = 32 - u32::from(zoom);
        let position = |v: i32| ((i64::from(v) + MIDDLE) >> shift) as u32;
        let tile_of = |p: LatticePoint| (position(p.x_e7), position(p.y_e7));
        for arc in 0..mesh.arcs().len() as u32 {
            let drawn = mesh.first_zooms(arc).iter().filter(|&&first| first <= zoom).count();
            *tiles.entry(tile_of(mesh.points(arc)[0])).or_default() += 2 * VERTEX_BYTES * drawn;
        }
        for face in 0..mesh.faces() {
            if let Some(way) = mesh.rings(FaceId(face)).next().and_then(|ring| ring.first()) {
                let bytes = FEATURE_BYTES + self.values.bytes((base + face) as usize);
                *tiles.entry(tile_of(mesh.points(way.arc)[0])).or_default() += bytes;
            }
        }
        let densest = tiles.into_iter().max_by_key(|&(tile, bytes)| (bytes, tile)).map(|(tile, _)| tile);
        let Some(tile) = densest.and_then(|(x, y)| TileId::new(zoom, x, y).ok()) else { return 0 };
        let mut chunk = Chunk::default();
        let mut cut = Cut::new(mesh, Shown::Itself, mesh.faces() as usize, Frame::new(tile));
        self.draw_shapes(base, &mut cut, self.values.fields(), &mut chunk);
        chunk.bytes()
    }

    /// Which shapes of a level are shown as parents of theirs at a zoom, so that none vanishes.
    fn merge(&self, level: usize, zoom: u8, coarser: &[Coarser]) -> Option<Vec<Label>> {
        let mesh = &self.levels[level].mesh;
        let mut gone: Vec<u32> = mesh.collapsed(zoom).into_iter().map(|face| face.0).collect();
        if gone.is_empty() || level + 1 == self.level_count {
            return None;
        }
        let mut labels: Vec<Label> = (0..mesh.faces()).collect();
        let mut above: Vec<u32> = labels.clone(); // of each face, its ancestor at the level looked at
        let mut first = mesh.faces(); // the label of the first shape of that level
        for (step, parents) in coarser[level..].iter().enumerate() {
            for shape in &mut above {
                *shape = parents.parents[*shape as usize];
            }
            let mut merged: Vec<u32> = gone.iter().map(|&shape| parents.parents[shape as usize]).collect();
            merged.sort_unstable();
            merged.dedup();
            for (label, parent) in labels.iter_mut().zip(&above) {
                if merged.binary_search(parent).is_ok() {
                    *label = first + parent;
                }
            }
            // a parent without area goes up as well
            let next = &self.levels[level + step + 1].mesh;
            gone = next.collapsed_among(zoom, &merged);
            if gone.is_empty() {
                break;
            }
            first += next.faces();
        }
        Some(labels)
    }

    /// The chunk of a tile, and what was left out of it.
    pub fn encode(&self, name: &str, fields: &[Field], tile: TileId, drawn: Drawn) -> (Vec<u8>, LeftOut) {
        let shown = usize::from(self.shown[usize::from(tile.z())]);
        let mut left_out = LeftOut::Nothing;
        for level in shown..self.level_count {
            let chunk = self.chunk(level, name, fields, tile, drawn);
            if chunk.len() <= MOST_BYTES {
                return (chunk, left_out);
            }
            left_out = LeftOut::Levels(level + 1 - shown);
        }
        // the coarsest level, with the first property alone
        let chunk = self.chunk(self.level_count - 1, name, &fields[..1], tile, drawn);
        (chunk, LeftOut::Properties)
    }

    fn chunk(&self, level: usize, name: &str, fields: &[Field], tile: TileId, drawn: Drawn) -> Vec<u8> {
        let held = &self.levels[level];
        let shown = held.shown(tile.z());
        let all = self.ids.len() - held.base as usize;
        let mut cut = Cut::new(&held.mesh, shown, all, Frame::new(tile));
        let mut chunk = Chunk::with_room();
        match drawn {
            Drawn::Polygons => self.draw_shapes(held.base, &mut cut, fields.len(), &mut chunk),
            Drawn::Points | Drawn::Lines => self.draw_borders(level, &cut, fields.len(), &mut chunk),
        }
        chunk.finish(name, fields.iter().map(|field| field.name))
    }

    fn draw_shapes(&self, base: u32, cut: &mut Cut<'_>, fields: usize, chunk: &mut Chunk) {
        let mut placed = self.values.placed();
        let mut pen = Pen::default();
        cut.shapes(|cut, label, shape| {
            pen.clear();
            match shape {
                Shape::Whole(rings) => {
                    for ring in rings {
                        pen.ring_of(ring.iter().map(|&way| cut.along(way)));
                    }
                }
                Shape::Traced(polygons) => {
                    polygons.iter().flatten().for_each(|ring| pen.ring(ring.len(), ring.iter().copied()));
                }
            }
            if pen.is_empty() {
                return;
            }
            let feature = (base + label) as usize;
            self.values.tag(feature, fields, &mut placed, chunk);
            chunk.feature(Some(self.ids[feature]), Drawn::Polygons, &pen);
        });
    }

    fn draw_borders(&self, level: usize, cut: &Cut<'_>, fields: usize, chunk: &mut Chunk) {
        let held = &self.levels[level];
        let mut placed = self.border_values.placed();
        let mut pen = Pen::default();
        let nothing = self.ids.len() + self.level_count;
        for line in cut.lines() {
            pen.clear();
            pen.run(line.run.len(), line.run.iter().copied());
            let shape = |label: Label| if label == NOBODY { nothing } else { (held.base + label) as usize };
            let bounds = self.ids.len() + level + usize::from(held.bounds.get(line.arc as usize).copied().unwrap_or(0));
            for (key, feature) in [shape(line.left), shape(line.right), bounds].into_iter().enumerate().take(fields) {
                self.border_values.tag_as(feature, key as u32, &mut placed, chunk);
            }
            chunk.feature(None, Drawn::Lines, &pen);
        }
    }
}

#[cfg(test)]
pub(super) mod tests;
