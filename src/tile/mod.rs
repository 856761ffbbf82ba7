//! Vector tiles: lattice shapes in, Mapbox Vector Tiles 2.1 and TileJSON 3.0 out.
//!
//! In: a [`TileSource`] made once of layers: a [`Coverage`] of shapes that tile the ground, or shapes, lines and label points that
//! stand for themselves ([`LayerBuilder`]). Out: for any [`TileId`] the encoded tile, or nothing where nothing lies.
//!
//! 1. A vertex is projected once (spherical Web Mercator, OGC 17-083r4 annex F) to whole units of 1/2³² of the world.
//! 2. In every tile at every zoom, each place of a coverage lies in exactly one of its shapes: no gap, no overlap, whatever was
//!    left out or rounded. Borders are simplified once for both sides ([`crate::coverage::simplify`]) and rounded by snap
//!    rounding, with what crosses the tile's rim.
//! 3. Polygons are valid as OGC simple features have it, wound as the specification asks, never without area; of a coverage and of
//!    shapes for themselves alike. All is cut at the tile and a buffer ([`BUFFER`]).
//! 4. At low zooms a coverage shows a coarser level, and where a shape would have no room, its parent: nothing vanishes.
//! 5. A chunk of a coverage has at most [`MOST_BYTES`], as long as there is something to leave out; what it is, is said ([`LeftOut`]), coarser levels first, then
//!    properties. A further layer that would take the tile beyond that, labels mostly, is left out of it whole.
//! 6. A label point lies in exactly one tile of a zoom.
//! 7. Same source, same tile: same bytes. [`Coverage::changes`] tells which tiles an edit changes.
//!
//! 8. A draft is drawn from the atoms' own borders ([`Ground`]): they are ranked once, a revision only says which atoms are one
//!    shape, and only tiles that meet an atom which went over are others.
//!
//! Tiles are for the eye. Who owns a point is never read from them. This room alone sees the MVT crate; it never reads
//! files, clocks or random sources.
//!
//! ```
//! use wangge::geom::{LatticePoint, MultiPolygon, Polygon, Ring};
//! use wangge::tile::{Field, LayerBuilder, TileId, TileSource, Value};
//!
//! let corners = [(0, 0), (900_000_000, 0), (900_000_000, 400_000_000), (0, 400_000_000)];
//! let ring = Ring::new(corners.map(|(x, y)| LatticePoint::new(x, y)).to_vec());
//! let square = MultiPolygon(vec![Polygon { exterior: ring, holes: vec![] }]);
//!
//! let mut layer = LayerBuilder::polygons("grids", vec![Field::text("code", "its code")]);
//! layer.polygon(1, vec![Value::from("310101-001")], &square);
//! let source = TileSource::new(vec![layer.build()]);
//! assert!(source.tile(TileId::new(0, 0, 0).unwrap()).is_some());
//! assert!(source.tile(TileId::new(2, 0, 0).unwrap()).is_none());
//! ```

mod changes;
mod clip;
mod coverage;
mod cut;
mod ground;
mod layer;
mod mercator;
mod source;
mod stroke;
mod tilejson;
mod values;
mod wire;

pub use changes::{Changes, Restated};
pub use coverage::{BordersError, Coverage, CoverageBuilder, CoverageError, MOST_BYTES, NestBuilder};
pub use ground::Ground;
pub use layer::{Field, Layer, LayerBuilder, Value};
pub use mercator::{BUFFER, EXTENT, MAX_ZOOM, TileId, TileIdError};
pub use source::{LeftOut, Tile, TileSource};
pub use tilejson::{TileJson, VectorLayer};
