//! Wangge: grids of neighbourhood governance.
fn main() {}
