//! Wangge: grids of neighbourhood governance.
