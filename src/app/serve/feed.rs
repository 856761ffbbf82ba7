//! What is told to those who listen: new reports, publications that come to hold.
//!
//! One task reads the store and tells all listeners, in the order things were kept. It therefore also hears of what another
//! process wrote to the same store.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::broadcast;

use crate::store::PublicationRecord;

use super::clock::LOOK_AHEAD_MS;
use super::report::Filed;
use super::tiles::{TileChanges, TileDetail};
use super::{App, ServeError};

/// How often the store is looked at for what another process wrote.
const POLL: Duration = Duration::from_millis(500);
/// Reports told in one go.
const BATCH: u32 = 500;

/// Something that happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// A report was kept.
    Report(Arc<Filed>),
    /// A report was answered, closed or taken up again: as it stands now.
    Step(Arc<Filed>),
    /// A publication was recorded, or one recorded earlier came to hold.
    Publication(Arc<PublicationRecord>),
    /// Grids in force are others now: their tiles for who may see counts everywhere, and for everybody else. Only those that somebody
    /// has asked for.
    Tiles([Option<Arc<TileChanges>>; 2]),
}

/// Where the feed stands: everything up to here has been told.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cursor {
    /// Id of the last report; `None` = before the first.
    pub report: Option<String>,
    /// Sequence of the last publication; 0 = before the first.
    pub publication: i64,
    /// Number of the last step taken with a report; 0 = before the first.
    pub step: i64,
}

impl App {
    /// Hears all events from now on.
    pub fn listen(&self) -> broadcast::Receiver<(Cursor, Event)> {
        self.events.subscribe()
    }

    /// Where the feed stands now.
    pub fn cursor(&self) -> Cursor {
        Cursor::clone(&self.cursor.load())
    }

    /// Makes the feed look at the store at once.
    pub(in crate::app) fn wake_feed(&self) {
        self.wake.notify_one();
    }

    /// Runs the feed until `stop` is done. The server spawns it once.
    pub async fn run_feed(self: Arc<Self>, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        let mut ticks = tokio::time::interval(POLL);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut in_force = self.generation_key(self.clock().now_ms());
        let mut failing = false;
        loop {
            let look = tokio::select! {
                () = &mut stop => return,
                _ = ticks.tick() => true,
                () = self.store().changed() => true,
                () = self.wake.notified() => false,
            };
            let told = async {
                let publications =
                    if look { self.tell_publications(&in_force).await.map(|key| in_force = key) } else { Ok(()) };
                let drafts = if look { self.follow_drafts().await } else { Ok(()) };
                let reports = self.tell_reports().await;
                self.tell_steps().await.and(reports).and(publications).and(drafts)
            };
            // a store that is away is waited for; what stops must not wait
            let told = tokio::select! {
                () = &mut stop => return,
                told = told => told,
            };
            let failed = told.is_err();
            match (told, failing) {
                (Ok(()), true) => tracing::warn!("the store is read again"),
                (Err(error), false) => tracing::warn!(%error, "the store could not be read; trying again"),
                (Err(error), true) => tracing::debug!(%error, "the store could not be read"),
                (Ok(()), false) => {}
            }
            failing = failed;
        }
    }

    /// Takes over what was published since, and tells of it and of what came to hold. Returns the key in force.
    async fn tell_publications(&self, before: &[i64]) -> Result<Vec<i64>, ServeError> {
        self.refresh().await?;
        let (now_ms, told) = (self.clock().now_ms(), self.cursor().publication);
        let key = self.generation_key(now_ms);
        // before the publication: a map then knows what to read again
        if key != *before {
            self.tell_tiles(before).await?;
        }
        let known = self.known();
        for record in &known.publications {
            let came_to_hold = key.contains(&record.seq) && !before.contains(&record.seq);
            if record.seq > told || came_to_hold {
                let cursor = Cursor { publication: told.max(record.seq), ..self.cursor() };
                self.tell(cursor, Event::Publication(Arc::new(record.clone())));
            }
        }
        // what takes effect within seconds is put together now, so that nobody waits for it then
        if self.generation_key(now_ms + LOOK_AHEAD_MS) != key {
            self.generation(now_ms + LOOK_AHEAD_MS).await?;
        }
        Ok(key)
    }

    /// Tells which tiles are others than those of the generation with this key.
    async fn tell_tiles(&self, before: &[i64]) -> Result<(), ServeError> {
        let older = self.generations().iter().find(|kept| kept.key() == before).map(Arc::clone);
        let (Some(older), Some(newer)) = (older, self.current().await?) else { return Ok(()) };
        let changes = tokio::task::spawn_blocking(move || {
            [TileDetail::Full, TileDetail::Public].map(|detail| older.tile_changes(&newer, detail).map(Arc::new))
        });
        let changes = changes.await.map_err(|error| ServeError::Lost(error.to_string()))?;
        if changes.iter().any(Option::is_some) {
            self.tell(self.cursor(), Event::Tiles(changes));
        }
        Ok(())
    }

    async fn tell_reports(&self) -> Result<(), ServeError> {
        loop {
            let last = self.cursor().report;
            let fresh = if let Some(id) = &last {
                self.reports_after(id, BATCH).await?
            } else {
                // none has been told yet: all there are, oldest first
                let mut all = self.reports(u32::MAX).await?;
                all.reverse();
                all
            };
            if fresh.is_empty() {
                return Ok(());
            }
            for filed in fresh {
                let cursor = Cursor { report: Some(filed.record.sent.id.clone()), ..self.cursor() };
                self.tell(cursor, Event::Report(Arc::new(filed)));
            }
        }
    }

    /// Tells of reports that were answered, closed or taken up again: each as it stands now.
    async fn tell_steps(&self) -> Result<(), ServeError> {
        loop {
            let steps = self.steps_after(self.cursor().step, BATCH).await?;
            if steps.is_empty() {
                return Ok(());
            }
            for (step, filed) in steps {
                self.tell(Cursor { step, ..self.cursor() }, Event::Step(Arc::new(filed)));
            }
        }
    }

    /// Reports with which a step was taken after this one, by their newest step, at most `limit` steps.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn steps_after(&self, step: i64, limit: u32) -> Result<Vec<(i64, Filed)>, ServeError> {
        let steps = self.store().report_steps(step, limit).await?;
        let mut told = Vec::with_capacity(steps.len());
        for (at, (step, id)) in steps.iter().enumerate() {
            // as it stands now: once, where it has its last step of these
            if !steps[at + 1..].iter().any(|(_, later)| later == id) {
                told.push((*step, self.report(id).await?));
            }
        }
        Ok(told)
    }

    fn tell(&self, cursor: Cursor, event: Event) {
        self.cursor.store(Arc::new(cursor.clone()));
        // an error only says that nobody listens
        let _ = self.events.send((cursor, event));
    }
}
