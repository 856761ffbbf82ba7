//! Drafts: plans that are redrawn by hand, one operation after the other.
//!
//! In: a plan as it was made (revision 0), and operations. Out: the plan at any revision, or why an operation does not fit.
//!
//! 1. An operation is done as a whole or not at all: every value it supposes is looked at before anything changes.
//! 2. The same operations in the same order from the same start give the same draft.
//! 3. Whatever an operation holds, it is done or refused in words that name the rule, the atom or the grid; it never panics.
//!
//! Locks are kept for who draws; an operation that moves a locked atom fits.

mod op;
mod state;

#[cfg(test)]
mod tests;

pub use op::{AcceptChange, Drawn, DrawnGrid, GridChange, LockChange, Mark, Move, OpId, OpKind, Operation, Runs};
pub use state::{Draft, Unfit};
