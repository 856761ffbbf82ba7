//! Coordinate reference systems: what a coordinate means, and the way from there to WGS 84 longitude and latitude.
//!
//! In: a [`Crs`], read from a file, an option or a query, and coordinates in it (x = longitude or easting, y = latitude or
//! northing, whatever axis order the definition has). Out: WGS 84 degrees.
//!
//! 1. WGS 84 and CGCS2000 degrees pass through untouched: the two differ by centimetres and PROJ knows no better (EPSG has
//!    only a "ballpark" null shift between them).
//! 2. GCJ-02 and BD-09 are undone exactly ([`crate::geom::datum`]), without an out-of-China box.
//! 3. An easting of CGCS2000 that begins with the number of another zone, or should begin with one and does not, is refused.
//!    Axes are never guessed: x is east, unless the name ends in `/ne`.
//! 4. Everything else goes through PROJ. Beijing 1954 and Xian 1980 are refused: they need local parameters that PROJ has
//!    not got, and would come out up to a hundred metres wrong.
//!
//! This room alone sees `proj`. It opens no network connection; grids and definitions are those installed with PROJ.
//!
//! ```
//! use wangge::crs::{Crs, Transformer};
//! let crs: Crs = "EPSG:4548".parse().unwrap();
//! let point = Transformer::new(&crs).unwrap().convert_point(550_903.7294, 3_859_757.4592).unwrap();
//! assert!((point.lon_deg - 117.5567).abs() < 1e-8 && (point.lat_deg - 34.8650).abs() < 1e-8);
//! ```

pub(crate) mod gdal_words;
mod name;
mod outward;
mod place;
mod transformer;
mod zone;

pub use name::{Crs, CrsError};
pub use outward::Outward;
pub use place::{Placed, PointError, place, place_all};
pub use transformer::{AreaOfUse, Transformer};
