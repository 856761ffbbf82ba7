//! Geometry on the integer lattice: points, rings, polygons, envelopes, exact predicates, and their sizes in metres.
//!
//! Longitude and latitude (WGS 84) enter once, are snapped to multiples of 1e-7 degree (at most 1.1 cm) and stay
//! integers from there on, so that equality, orientation and area are exact.
//!
//! 1. No predicate here rounds: cross products are taken in `i128`.
//! 2. Every lattice point lies inside exactly one face of a planar partition, borders included, by the rule of
//!    [`Perturbation::NORTH_EAST`].
//! 3. Metres and square metres are derived values on the WGS 84 ellipsoid; nothing exact is decided by them.
//!
//! This room alone sees `geo`, `geo-types` and `rstar`. It never reads files, clocks or random sources.
//!
//! ```
//! use wangge::geom::{LonLat, Ring};
//! let corner = |lon_deg, lat_deg| LonLat { lon_deg, lat_deg }.snap().unwrap();
//! let ring = Ring::new(vec![corner(0.0, 0.0), corner(1.0, 0.0), corner(1.0, 1.0)]);
//! assert_eq!(ring.area_2(), 10_000_000_i128 * 10_000_000);
//! ```

mod beidou;
mod circle;
pub mod datum;
mod envelope;
mod exchange;
mod hull;
mod index;
mod lattice;
mod predicates;
mod ring;
mod units;
mod usual;

pub use beidou::{BeidouLevel, beidou_code};
pub use circle::enclosing_radius_m;
pub use envelope::Envelope;
pub use exchange::{from_geo, label_point, to_geo};
pub use geo_types;
pub use hull::hull_around;
pub use index::{Entry, EnvelopeIndex};
pub use lattice::{CoordinateError, LatticePoint, LonLat, UNITS_PER_DEGREE};
pub use predicates::{Perturbation, Segment, crosses_properly, on_segment, orientation};
pub use ring::{MultiPolygon, Polygon, Ring};
pub use units::{area_m2, distance_m, length_mm, metres_per_unit, segment_distance_2_m2, segment_distance_m};
pub use usual::UsualIndex;
