//! One integration binary, a module for each room.

#[cfg(feature = "service")]
mod format;
#[cfg(feature = "service")]
mod real_data;
mod tidy;
