//! Progress and cancellation of a run, shared by all its threads.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Cancelled, Progress};

/// Who watches, and how many atoms are done.
pub(super) struct Watch<'a> {
    progress: &'a dyn Progress,
    done: AtomicU64,
    total: u64,
}

impl<'a> Watch<'a> {
    pub const fn new(progress: &'a dyn Progress, total: u64) -> Self {
        Self { progress, done: AtomicU64::new(0), total }
    }

    /// Stops the work here when it is no longer wanted.
    pub fn check(&self) -> Result<(), Cancelled> {
        if self.progress.cancelled() { Err(Cancelled) } else { Ok(()) }
    }

    /// Adds atoms that are done.
    pub fn advance(&self, atoms: u64) {
        let done = self.done.fetch_add(atoms, Ordering::Relaxed) + atoms;
        self.progress.report(done, self.total);
    }
}

/// One region's share of the atoms, reported bit by bit and as a whole in the end.
pub(super) struct Share<'w> {
    pub watch: &'w Watch<'w>,
    atoms: u64,
    left: Cell<u64>,
    reached: Cell<bool>,
}

impl<'w> Share<'w> {
    pub fn new(watch: &'w Watch<'w>, atoms: u64) -> Self {
        Self { watch, atoms, left: Cell::new(atoms), reached: Cell::new(false) }
    }

    /// Reports `part` of `whole` of the work as done.
    pub fn advance(&self, part: u64, whole: u64) {
        let atoms = (self.atoms * part / whole.max(1)).min(self.left.get());
        self.left.set(self.left.get() - atoms);
        self.watch.advance(atoms);
    }

    /// Reports, once, that nothing is outside without need.
    pub fn reached(&self) {
        if !self.reached.replace(true) {
            self.watch.progress.served(self.atoms);
        }
    }

    /// Reports what is left as done.
    pub fn finish(self) {
        self.reached();
        self.watch.advance(self.left.get());
    }
}
