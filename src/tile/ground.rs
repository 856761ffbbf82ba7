//! Ground that is divided again and again: its cells are ranked and rounded once, a division only says which cells are one shape.
//!
//! A tile of a division hangs on nothing but the cells that meet the tile and on the features they are in. So of two divisions
//! with the same features only those tiles differ that meet a cell which is in another shape ([`Ground::tiles_of`]).

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::sync::Arc;

use crate::coverage::simplify::{FINEST_ZOOM, Mesh};
use crate::geom::{Envelope, MultiPolygon};

use super::coverage::{BordersError, Coverage, CoverageError, world_shape};
use super::cut::{MIDDLE, NOBODY};
use super::layer::{Field, Value};
use super::mercator::TileId;

/// Cells that tile the ground. Cheap to clone; immutable.
#[derive(Debug, Clone)]
pub struct Ground {
    mesh: Arc<Mesh>,
    /// Of the cells, as they came; in units of the world: west, north, east, south.
    boxes: Arc<[Option<[i64; 4]>]>,
    around: Option<Envelope>,
    from_zoom: u8,
}

impl Ground {
    /// The ground of these cells, drawn from a zoom on. Cells share borders point for point; where several overlap, the first
    /// has the place. O(n log n) in their points.
    ///
    /// # Errors
    /// When the borders do not settle.
    pub fn new(cells: &[&MultiPolygon], from_zoom: u8) -> Result<Self, CoverageError> {
        let around = cells.iter().filter_map(|cell| cell.envelope()).reduce(Envelope::union);
        let placed: Vec<MultiPolygon> = cells.iter().map(|cell| world_shape(cell)).collect();
        Ok(Self { around, ..Self::of_world(&placed, from_zoom)? })
    }

    /// Of cells in units of the world, as [`world_shape`] has them.
    fn of_world(cells: &[MultiPolygon], from_zoom: u8) -> Result<Self, CoverageError> {
        let mesh = Mesh::new(&cells.iter().collect::<Vec<_>>())
            .map_err(|error| CoverageError::Borders { layer: "cells", source: BordersError(error.to_string()) })?;
        let from_zoom = from_zoom.min(FINEST_ZOOM);
        let mesh = Arc::new(mesh.prepared(from_zoom..=FINEST_ZOOM));
        let own = |cell: &MultiPolygon| {
            let Envelope { min, max } = cell.envelope()?;
            Some([min.x(), min.y(), max.x(), max.y()].map(|at| at + MIDDLE))
        };
        Ok(Self { mesh, boxes: cells.iter().map(own).collect(), around: None, from_zoom })
    }

    /// How many cells there are.
    pub fn cells(&self) -> usize {
        self.boxes.len()
    }

    /// The box around all of it.
    pub fn envelope(&self) -> Option<Envelope> {
        self.around
    }

    /// Bytes it takes in memory, about.
    pub fn bytes(&self) -> usize {
        self.mesh.bytes() + self.boxes.len() * size_of::<Option<[i64; 4]>>()
    }

    /// A division of the ground: the position of each cell's feature, and for each feature its id and its values in the order of the
    /// fields. Cells of no feature are left out. O(cells + features).
    ///
    /// # Errors
    /// When there is not one entry a cell, or one names a feature that is not there.
    pub fn divided(
        &self,
        name: &'static str,
        fields: Vec<Field>,
        of_cell: &[Option<u32>],
        features: &[(u64, Vec<Value>)],
    ) -> Result<Coverage, CoverageError> {
        let shapes = self.cells();
        if of_cell.len() != shapes {
            return Err(CoverageError::Parents { level: name, given: of_cell.len(), shapes });
        }
        if let Some(&parent) = of_cell.iter().flatten().find(|&&feature| feature as usize >= features.len()) {
            return Err(CoverageError::NoSuchParent { level: name, parent, shapes: features.len() });
        }
        let parts = of_cell.iter().map(|feature| feature.unwrap_or(NOBODY)).collect();
        Ok(Coverage::divided(name, fields, self.from_zoom, Arc::clone(&self.mesh), parts, features))
    }

    /// The tiles of these zooms that are drawn otherwise when these cells go over to other features, each once, by zoom. No other
    /// tile is; of these, one in which nothing but the box of a cell lies may stay as it is.
    pub fn tiles_of(&self, cells: impl IntoIterator<Item = u32>, zooms: RangeInclusive<u8>) -> Vec<TileId> {
        let mut tiles = BTreeSet::new();
        let boxes: Vec<[i64; 4]> = cells.into_iter().filter_map(|cell| *self.boxes.get(cell as usize)?).collect();
        for zoom in zooms.filter(|&zoom| zoom >= self.from_zoom) {
            for &around in &boxes {
                tiles.extend(TileId::meeting_world(zoom, around));
            }
        }
        tiles.into_iter().collect()
    }
}

#[cfg(test)]
#[path = "ground_tests.rs"]
mod tests;
