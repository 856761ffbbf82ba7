//! Progress and cancellation of a run, shared by all its threads.

use std::sync::atomic::{AtomicU64, Ordering};

use super::{Cancelled, Progress};

/// Who watches, and how many atoms are done.
pub(super) struct Watch<'a> {
    progress: &'a dyn Progress,
    done: AtomicU64,
    total: u64,
}

impl<'a> Watch<'a> {
    pub fn new(progress: &'a dyn Progress, total: u64) -> Self {
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
