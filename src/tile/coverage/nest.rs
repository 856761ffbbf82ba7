//! Coverages one inside another, all in one layer: districts, the streets in them, the communities in those.
//!
//! Each level is a coverage of its own, so that neighbours share a border once simplified at any zoom. The outermost is always shown,
//! a finer one from the zoom on where its shapes can be told apart; a shape without room at a zoom is left to the one around it.

use std::sync::Arc;

use crate::coverage::simplify::{FINEST_ZOOM, FULL_ZOOM, Mesh};
use crate::geom::MultiPolygon;
use crate::tile::cut::{Cut, Frame, Label, NOBODY, Shown};
use crate::tile::layer::{Field, Layer, Value};
use crate::tile::mercator::TileId;
use crate::tile::source::LeftOut;
use crate::tile::values::Values;
use crate::tile::wire::Chunk;

use super::{BordersError, CoverageError, Level, MOST_BYTES, Sheet, world_shape};

/// Levels ready to be cut, the outermost first, each with the first zoom that shows it.
#[derive(Debug)]
pub(in crate::tile) struct Nest(Vec<(u8, Sheet)>);

/// The shapes of one level.
#[derive(Debug, Default)]
struct Within {
    ids: Vec<u64>,
    values: Vec<Vec<Value>>,
    shapes: Vec<MultiPolygon>,
}

/// Gathers the levels of a layer of coverages one inside another.
#[derive(Debug)]
pub struct NestBuilder {
    name: &'static str,
    fields: Vec<Field>,
    levels: Vec<Within>,
}

impl NestBuilder {
    /// A layer whose shapes have these properties.
    pub fn new(name: &'static str, fields: Vec<Field>) -> Self {
        Self { name, fields, levels: Vec::new() }
    }

    /// Begins a level within the one before; the first is the outermost.
    pub fn level(&mut self) {
        self.levels.push(Within::default());
    }

    /// Adds a shape to the level begun last; `values` in the order of the fields. Shapes of a level share borders point for point.
    pub fn shape(&mut self, id: u64, values: Vec<Value>, shape: &MultiPolygon) {
        self.projected(id, values, world_shape(shape));
    }

    pub(super) fn projected(&mut self, id: u64, values: Vec<Value>, shape: MultiPolygon) {
        debug_assert_eq!(values.len(), self.fields.len());
        if self.levels.is_empty() {
            self.level();
        }
        let Some(level) = self.levels.last_mut() else { return };
        level.ids.push(id);
        level.values.push(values);
        level.shapes.push(shape);
    }

    /// The layer, ranked and rounded for all zooms. O(n log n) in the points of the shapes.
    ///
    /// # Errors
    /// When the borders do not settle.
    pub fn build(self) -> Result<Layer, CoverageError> {
        let mut nest = Nest(Vec::new());
        let mut outer = None;
        for level in self.levels {
            let sheet = Sheet::of_nested(self.name, self.fields.len(), level, outer)?;
            outer = Some(sheet.0);
            nest.0.push(sheet);
        }
        Ok(Layer::of_nest(self.name, self.fields, nest))
    }
}

impl Sheet {
    /// A level of its own, and the first zoom it is shown at: none below `outer`, the first of the level around it, where there is one.
    fn of_nested(
        name: &'static str,
        fields: usize,
        of: Within,
        outer: Option<u8>,
    ) -> Result<(u8, Self), CoverageError> {
        let shapes: Vec<&MultiPolygon> = of.shapes.iter().collect();
        let mesh = Mesh::new(&shapes)
            .map_err(|error| CoverageError::Borders { layer: name, source: BordersError(error.to_string()) })?;
        let mut sheet = Self {
            levels: Vec::new(),
            shown: Vec::new(),
            ids: of.ids,
            values: Values::new(fields, of.values.iter().map(Vec::as_slice)),
            border_values: Values::default(),
            level_count: 1,
        };
        let first = outer.map_or(0, |outer| sheet.first_zoom(&mesh, 0).clamp(outer, FULL_ZOOM));
        let mesh = mesh.prepared(first..=FINEST_ZOOM);
        let merged = (0..=FINEST_ZOOM).map(|zoom| if zoom < first { None } else { without_collapsed(&mesh, zoom) });
        let merged = merged.collect();
        sheet.levels.push(Level { mesh: Arc::new(mesh), base: 0, bounds: Vec::new(), merged, parts: None });
        Ok((first, sheet))
    }
}

/// Each face as itself, but for those without room, which are as if they were not there; `None` where all have some.
fn without_collapsed(mesh: &Mesh, zoom: u8) -> Option<Vec<Label>> {
    let gone = mesh.collapsed(zoom);
    let mut labels: Vec<Label> = (0..mesh.faces()).collect();
    for face in &gone {
        labels[face.0 as usize] = NOBODY;
    }
    (!gone.is_empty()).then_some(labels)
}

impl Nest {
    /// The chunk of a tile, and what was left out of it: the finest levels first.
    pub fn encode(&self, name: &str, fields: &[Field], tile: TileId) -> (Vec<u8>, LeftOut) {
        let shown = self.0.iter().take_while(|(first, _)| *first <= tile.z()).count();
        for left_out in 0..shown {
            let chunk = Self::chunk(&self.0[..shown - left_out], name, fields, tile);
            if chunk.len() <= MOST_BYTES {
                return (chunk, if left_out == 0 { LeftOut::Nothing } else { LeftOut::Levels(left_out) });
            }
        }
        // the outermost, with the first property alone
        let chunk = Self::chunk(&self.0[..shown.min(1)], name, &fields[..1], tile);
        (chunk, if shown == 0 { LeftOut::Nothing } else { LeftOut::Properties })
    }

    fn chunk(levels: &[(u8, Sheet)], name: &str, fields: &[Field], tile: TileId) -> Vec<u8> {
        let mut chunk = Chunk::default();
        for (_, sheet) in levels {
            let held = &sheet.levels[0];
            let shown: Shown<'_> = held.shown(tile.z());
            let mut cut = Cut::new(&held.mesh, shown, sheet.ids.len(), Frame::new(tile));
            sheet.draw_shapes(0, &mut cut, fields.len(), &mut chunk);
        }
        chunk.finish(name, fields.iter().map(|field| field.name))
    }
}
