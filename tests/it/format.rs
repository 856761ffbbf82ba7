//! Reading and writing files, against the real data and against every format made here.

mod bad;
mod made;
mod points;
mod raster;
mod real;
mod town;
