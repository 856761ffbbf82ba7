//! What `divide` measures with.

pub mod cost;
pub mod file;
pub mod ground;
