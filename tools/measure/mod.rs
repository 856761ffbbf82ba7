//! What the measuring programs share.

#![allow(dead_code, reason = "each program uses its part")]

pub mod cost;
pub mod ground;
