//! Plans redrawn by hand: what who draws needs to know of a plan, and how a draft becomes a plan that can be put in force.
//!
//! In: a plan of the store. Out: its frame, its draft as it was made, the bytes of its topology; and back, a draft as a plan of its own.
//!
//! 1. The same plan gives the same ids of grids, whichever process asks and however often.
//! 2. What is published is drawn, counted and coded by the same code as every other plan.

mod frame;
mod publish;
mod topology;

#[cfg(test)]
mod topology_tests;

pub use frame::{Frame, Nest, open};
pub use publish::{Foreseen, foresee, publish_redrawn};
pub use topology::topology_bytes;
