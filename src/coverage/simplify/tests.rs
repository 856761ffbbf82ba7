//! Claims on meshes.
