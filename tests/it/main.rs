//! One integration binary, a module for each room.

#[cfg(feature = "service")]
mod format;
mod tidy;
