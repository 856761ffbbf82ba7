//! Vector tiles: lattice shapes in, Mapbox Vector Tiles 2.1 and TileJSON 3.0 out.
//!
//! In: a [`TileSource`] made once of shapes, lines or label points with their properties. Out: for any [`TileId`] the encoded
//! tile, or nothing where nothing lies.
//!
//! 1. A vertex is projected once (spherical Web Mercator, OGC 17-083r4 annex F) to whole units of 1/2³² of the world and
//!    only shifted after that: neighbours that share a vertex on the lattice share it in every tile, so no crack opens.
//! 2. What is left out is left out for all who share it: only points that fall on the same tile unit as the one before.
//! 3. Rings and lines are clipped to the tile and a buffer ([`BUFFER`]); rings are wound as the specification asks, and never
//!    without area.
//! 4. A label point lies in exactly one tile of a zoom.
//! 5. Same source, same tile: same bytes.
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
mod layer;
mod mercator;
mod source;
mod stroke;
mod tilejson;
mod values;
mod wire;

pub use changes::Changes;
pub use coverage::{BordersError, Coverage, CoverageBuilder, CoverageError, MOST_BYTES};
pub use layer::{Field, Layer, LayerBuilder, Value};
pub use mercator::{BUFFER, EXTENT, MAX_ZOOM, TileId, TileIdError};
pub use source::{LeftOut, Tile, TileSource};
pub use tilejson::{TileJson, VectorLayer};
