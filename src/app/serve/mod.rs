//! Serving: what is in force at an instant, held whole in memory; points, reports and coverage answered from it.
//!
//! In: a store and a clock. Out: an [`App`] that any number of requests share.
//!
//! 1. A [`Generation`] is immutable and swapped whole: no reader ever sees half a publication, none waits for one.
//! 2. For each lowest jurisdiction the grids of the latest publication decide, by date of effect and then sequence, of
//!    those effective at the instant asked for.
//! 3. A report is acknowledged after it is durable, with its owner.
//! 4. What another process writes to the same store is noticed within a second.
//!
//! It never changes a plan or a publication, and never decides who owns a point by anything but [`crate::locate`].

mod addresses;
mod cells;
mod clock;
mod coverage;
mod draft_files;
mod draft_tiles;
mod drafts;
mod feed;
mod generation;
mod ground;
mod hand;
mod hex;
mod impact;
mod imports;
mod jobs;
mod kept;
mod known;
mod legend;
mod officers;
mod owners;
mod point;
mod proven;
mod published;
mod put_away;
mod pyramid;
mod report;
mod report_tiles;
mod shape;
mod snapshot;
mod suggest;
mod sure;
mod tally;
mod tile_file;
mod tiles;
mod topologies;
mod trail;
mod tree;
mod uploads;

use std::sync::Arc;

use arc_swap::{ArcSwap, ArcSwapOption};
use tokio::sync::{Mutex, Notify, broadcast};

use crate::app::access::Gate;
use crate::officer::Roster;
use crate::plan::Status;
use crate::store::{DatasetRecord, GridRecord, InputRecord, Store};
use crate::tile::Layer;

use super::audit::{AuditVerdict, audit_log, verify_audit};

pub use addresses::{ADDRESS_CHARS, CONFIDENT, Geocoded, Match, NearestAddress, State, Why};
pub use clock::{Calendar, Clock, TimeError};
pub use coverage::{CountArea, CoverageReport, Figures};
pub use draft_files::{DraftFileError, DraftLayer};
pub use drafts::{DRAFT_PAGE, DraftError, DraftEvent, Here, LiveDraft, Posted};
pub use feed::{Cursor, Event};
pub use generation::{Engine, Generation, Key, Located};
pub use ground::Sheet;
pub(crate) use hex::hex;
pub use impact::{CodeFate, Crossing, Fate, Impact, Load, Rerouted, Share};
pub use imports::{Done, ImportOrder, Sampled, SampledShape};
pub use jobs::{Job, JobState};
pub use kept::{Coding, KeptTile, TileMemory};
pub use known::Known;
pub use legend::Legend;
pub use officers::Cards;
pub use owners::{Borders, Column, Owners};
pub use point::{GivenPoint, PointError};
pub use published::{Grid, Import, Link, Piece, Published, Written};
pub use pyramid::{PyramidError, PyramidReport, PyramidRequest};
pub use report::{ANSWER_CHARS, CATEGORY_CHARS, Draft, Filed, KEY_BYTES, Received, ReportError, TEXT_CHARS};
pub use report_tiles::{REPORTS_DRAWN, ReportFilter};
pub use shape::{Overlaps, ShapeError, circle};
pub use snapshot::{OpenSnapshot, SnapshotFileError, SnapshotNode, SnapshotReport, open_snapshot};
pub use suggest::{DrawnAt, Suggested};
pub use sure::Sureness;
pub use tally::Tally;
pub use tile_file::{OpenTiles, TileFile};
pub use tiles::{TileChanges, TileDetail, TileLayer};
pub use topologies::Topology;
pub use trail::{Trail, TrailStep};
pub use tree::{Node, Tree};
pub use uploads::{Incoming, Upload, UploadError};

// what answers are made of; who serves them reaches the store through this room alone
pub use crate::app::redraw::{Frame, Nest};
pub use crate::officer::{Card, Duty, Kind, Officer, OfficerFinding, Role, Staffing};
pub use crate::store::{
    Act, AuditEntry, DraftOpRecord, FindingRecord, PlanRecord, PlanStatus, PublicationRecord, Stage, Standing,
    StoreError,
};

/// Generations kept ready: the one in force, one about to be, and a few that `at=` asked for.
const GENERATIONS_KEPT: usize = 4;
/// Publications kept loaded; the oldest unused goes first.
const PUBLISHED_KEPT: usize = 12;
/// Events a slow listener may be behind before it has to resume.
const EVENTS_KEPT: usize = 1024;

/// Why something could not be served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A workspace with a time zone that does not exist.
    #[error("workspace: {0}")]
    Time(#[from] TimeError),
    /// A publication of a plan that is not there.
    #[error("publication {seq} names plan {plan}, which is not in this store")]
    NoPlan {
        /// The publication.
        seq: i64,
        /// The plan.
        plan: i64,
    },
    /// A grid without a shape.
    #[error("grid {code:?} has no area in this store")]
    EmptyGrid {
        /// The grid.
        code: String,
    },
    /// A plan whose atoms are not those of its dataset.
    #[error("the atoms of plan {plan} are not those of dataset {dataset}")]
    OtherAtoms {
        /// The plan.
        plan: i64,
        /// The dataset.
        dataset: i64,
    },
    /// A thread that was lost while putting a generation together.
    #[error("putting publications together failed: {0}")]
    Lost(String),
}

/// The serving half of the program: shared by all requests.
pub struct App {
    store: Arc<dyn Store>,
    clock: Clock,
    engine: Engine,
    known: ArcSwap<Known>,
    roster: ArcSwap<Roster>,
    /// Streets, buildings and the like that were imported, oldest first.
    inputs: ArcSwap<Vec<InputRecord>>,
    ground: Mutex<ground::Ground>,
    kept_tiles: kept::KeptTiles,
    /// Sets of addresses that count, and what they hold once somebody asked.
    address_sets: ArcSwap<Vec<i64>>,
    book: Mutex<Option<Arc<addresses::Book>>>,
    /// Most recently made last. Readers never lock.
    generations: ArcSwap<Vec<Arc<Generation>>>,
    /// The one that was asked for last without waiting.
    hand: ArcSwapOption<hand::Hand>,
    /// Publications and imports that are loaded; locked while one is being read, so that none is read twice.
    shelf: Mutex<Shelf>,
    events: broadcast::Sender<(Cursor, Event)>,
    cursor: ArcSwap<Cursor>,
    wake: Notify,
    gate: Gate,
    uploads: uploads::Uploads,
    jobs: jobs::Jobs,
    drafts: drafts::Drafts,
    topologies: topologies::Topologies,
    grounds: draft_tiles::Grounds,
    report_sheets: report_tiles::ReportSheets,
}

#[derive(Debug, Default)]
struct Shelf {
    published: Vec<Arc<Published>>,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("known", &self.known.load()).finish_non_exhaustive()
    }
}

impl App {
    /// Reads what the store holds and puts together what is in force now.
    ///
    /// # Errors
    /// When the store fails or holds what cannot be served.
    pub async fn open(store: Arc<dyn Store>, clock: Clock) -> Result<Arc<Self>, ServeError> {
        Self::open_with(store, clock, Engine::default(), TileMemory::default()).await
    }

    /// As [`App::open`], with points looked up by this engine and so much memory for tiles.
    ///
    /// # Errors
    /// As [`App::open`].
    pub async fn open_with(
        store: Arc<dyn Store>,
        clock: Clock,
        engine: Engine,
        tile_memory: TileMemory,
    ) -> Result<Arc<Self>, ServeError> {
        let known = Known::read(&*store, None).await?;
        let roster = store.roster().await?;
        let inputs = store.inputs().await?;
        let cursor = Cursor {
            report: store.reports(1, None).await?.pop().map(|report| report.sent.id),
            step: store.last_report_step().await?,
            publication: known.publications.last().map_or(0, |last| last.seq),
        };
        let app = Arc::new(Self {
            store,
            clock,
            engine,
            known: ArcSwap::from_pointee(known),
            roster: ArcSwap::from_pointee(roster),
            inputs: ArcSwap::from_pointee(inputs),
            ground: Mutex::default(),
            kept_tiles: kept::KeptTiles::new(tile_memory),
            address_sets: ArcSwap::default(),
            book: Mutex::default(),
            generations: ArcSwap::default(),
            hand: ArcSwapOption::empty(),
            shelf: Mutex::default(),
            events: broadcast::channel(EVENTS_KEPT).0,
            cursor: ArcSwap::from_pointee(cursor),
            wake: Notify::new(),
            gate: Gate::default(),
            uploads: uploads::Uploads::default(),
            jobs: jobs::Jobs::default(),
            drafts: drafts::Drafts::default(),
            topologies: topologies::Topologies::default(),
            grounds: draft_tiles::Grounds::default(),
            report_sheets: report_tiles::ReportSheets::default(),
        });
        app.look_for_accounts().await?;
        app.refresh_addresses().await?;
        if let Some(generation) = app.current().await? {
            warm(generation, app.usual_detail());
        }
        Ok(app)
    }

    /// What most maps ask for.
    fn usual_detail(&self) -> TileDetail {
        if self.login_required() { TileDetail::Public } else { TileDetail::Full }
    }

    /// The store behind it.
    pub(in crate::app) fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// Whether the door is open, and what checks passwords.
    pub(in crate::app) fn gate(&self) -> &Gate {
        &self.gate
    }

    /// Notes the first account, whoever made it.
    async fn look_for_accounts(&self) -> Result<(), ServeError> {
        if self.gate.without_accounts() {
            self.gate.note_accounts(self.store.has_principals().await?);
        }
        Ok(())
    }

    /// Where it takes the time from.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Settings and publications as of the last look at the store.
    pub fn known(&self) -> Arc<Known> {
        self.known.load_full()
    }

    /// Looks at the store; what was published since is put together before anybody is answered from it.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn refresh(&self) -> Result<(), ServeError> {
        self.refresh_roster().await?;
        self.refresh_inputs().await?;
        self.refresh_addresses().await?;
        self.sweep();
        self.look_for_accounts().await?;
        let before = self.known();
        let publications = self.store.publications().await?;
        let workspace = self.store.workspace().await?;
        if publications == before.publications && workspace == before.workspace {
            return Ok(());
        }
        let known = Known::read(&*self.store, Some((workspace, publications))).await?;
        if let Some(generation) = self.make(&known, self.clock.now_ms()).await? {
            warm(generation, self.usual_detail());
        }
        self.known.store(Arc::new(known));
        Ok(())
    }

    /// Looks for streets, buildings and the like that were imported.
    async fn refresh_inputs(&self) -> Result<(), ServeError> {
        let inputs = self.store.inputs().await?;
        if **self.inputs.load() != inputs {
            self.inputs.store(Arc::new(inputs));
        }
        Ok(())
    }

    fn input_records(&self) -> Arc<Vec<InputRecord>> {
        self.inputs.load_full()
    }

    fn uploads(&self) -> &uploads::Uploads {
        &self.uploads
    }

    fn jobs(&self) -> &jobs::Jobs {
        &self.jobs
    }

    /// Removes files and jobs that are an hour old.
    fn sweep(&self) {
        let now_ms = self.clock.now_ms();
        self.uploads.sweep(now_ms);
        self.jobs.sweep(now_ms);
    }

    fn generations(&self) -> Arc<Vec<Arc<Generation>>> {
        self.generations.load_full()
    }

    fn kept_tiles(&self) -> &kept::KeptTiles {
        &self.kept_tiles
    }

    fn ground_shelf(&self) -> &Mutex<ground::Ground> {
        &self.ground
    }

    /// What is in force at an instant; `None` before the first date of effect.
    ///
    /// # Errors
    /// When the store fails while something not yet loaded is read.
    pub async fn generation(&self, at_ms: i64) -> Result<Option<Arc<Generation>>, ServeError> {
        self.make(&self.known(), at_ms).await
    }

    /// What is in force now, if it is ready or anything is.
    ///
    /// # Errors
    /// As [`App::generation`].
    pub async fn current(&self) -> Result<Option<Arc<Generation>>, ServeError> {
        self.generation(self.clock.now_ms()).await
    }

    /// All plans, oldest first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn plans(&self) -> Result<Vec<PlanRecord>, ServeError> {
        Ok(self.store.plans().await?)
    }

    /// The grids of a plan that lie outside the band with people in them, by code; `None` when there is no such plan.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn plan(&self, id: i64) -> Result<Option<(PlanRecord, Vec<GridRecord>)>, ServeError> {
        let Some(plan) = self.store.plans().await?.into_iter().find(|plan| plan.id == id) else { return Ok(None) };
        let mut outside = self.store.grids(id).await?;
        outside.retain(|grid| matches!(grid.status, Status::Under | Status::Over));
        Ok(Some((plan, outside)))
    }

    /// All imports, oldest first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn imports(&self) -> Result<Vec<DatasetRecord>, ServeError> {
        Ok(self.store.datasets().await?)
    }

    /// How many reports were ever kept.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn report_count(&self) -> Result<u64, ServeError> {
        Ok(self.store.report_count().await?)
    }

    /// Entries of the audit log after `after`, at most `limit`.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn audit(&self, after: i64, limit: u32) -> Result<Vec<AuditEntry>, ServeError> {
        Ok(audit_log(&*self.store, after, limit).await?)
    }

    /// Walks the whole audit log. O(n) in its entries.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn verify_audit(&self) -> Result<AuditVerdict, ServeError> {
        Ok(verify_audit(&*self.store).await?)
    }

    /// A cheap round trip to the store.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn ready(&self) -> Result<(), ServeError> {
        Ok(self.store.ping().await?)
    }

    /// Stops jobs, and finishes what is under way in the store. Nothing may be asked after that.
    pub async fn close(&self) {
        self.jobs.stop().await;
        self.store.close().await;
    }

    /// The layers of a tile source when nothing is in force.
    pub fn empty_layers(layer: TileLayer, detail: TileDetail) -> Vec<Layer> {
        tiles::empty_layers(layer, detail)
    }

    /// When a grid stops being decided by its publication: the next date of effect of a later one that covers its
    /// jurisdiction; `None` when none is recorded.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn valid_to_ms(&self, grid: &Grid) -> Result<Option<i64>, ServeError> {
        let own = (grid.publication.effective_ms, grid.publication.seq);
        let known = self.known();
        let mut later: Vec<_> = known.publications.iter().filter(|p| (p.effective_ms, p.seq) > own).collect();
        later.sort_by_key(|p| (p.effective_ms, p.seq));
        for record in later {
            let published = self.load(&known, record).await?;
            if published.import.units(record.scope.as_deref()).contains(grid.record.jurisdiction.as_str()) {
                return Ok(Some(record.effective_ms));
            }
        }
        Ok(None)
    }

    /// The next instant after `at_ms` at which something else comes into force, as far as is recorded.
    pub fn next_change_ms(&self, at_ms: i64) -> Option<i64> {
        self.known().publications.iter().map(|record| record.effective_ms).filter(|&ms| ms > at_ms).min()
    }

    /// A publication by its sequence.
    pub(crate) async fn published(&self, seq: i64) -> Result<Option<Arc<Published>>, ServeError> {
        let known = self.known();
        match known.publications.iter().find(|record| record.seq == seq) {
            Some(record) => Ok(Some(self.load(&known, record).await?)),
            None => Ok(None),
        }
    }

    /// The publications effective at an instant, in the order in which they come to hold.
    fn generation_key(&self, at_ms: i64) -> Key {
        self.known().effective(at_ms).iter().map(|record| record.seq).collect()
    }

    async fn make(&self, known: &Known, at_ms: i64) -> Result<Option<Arc<Generation>>, ServeError> {
        let effective = known.effective(at_ms);
        if effective.is_empty() {
            return Ok(None);
        }
        let key: Key = effective.iter().map(|record| record.seq).collect();
        let ready = |kept: &[Arc<Generation>]| kept.iter().find(|kept| *kept.key() == key).map(Arc::clone);
        if let Some(generation) = ready(&self.generations.load()) {
            return Ok(Some(generation));
        }
        let mut published = Vec::with_capacity(effective.len());
        for record in effective {
            published.push(self.load(known, record).await?);
        }
        let _one_at_a_time = self.shelf.lock().await;
        if let Some(generation) = ready(&self.generations.load()) {
            return Ok(Some(generation));
        }
        let engine = self.engine;
        let before = self.generations.load().last().map(Arc::clone);
        let made =
            tokio::task::spawn_blocking(move || Arc::new(Generation::new(&published, engine, before.as_deref())));
        let made = made.await.map_err(|error| ServeError::Lost(error.to_string()))?;
        let mut kept = Vec::clone(&self.generations.load());
        if kept.len() >= GENERATIONS_KEPT {
            // the oldest goes, but never what is in force
            let in_force: Key = known.effective(self.clock.now_ms()).iter().map(|record| record.seq).collect();
            let oldest = kept.iter().position(|kept| *kept.key() != in_force).unwrap_or(0);
            kept.remove(oldest);
        }
        kept.push(Arc::clone(&made));
        self.generations.store(Arc::new(kept));
        Ok(Some(made))
    }

    async fn load(&self, known: &Known, record: &PublicationRecord) -> Result<Arc<Published>, ServeError> {
        let mut shelf = self.shelf.lock().await;
        if let Some(position) = shelf.published.iter().position(|kept| kept.publication.seq == record.seq) {
            let kept = shelf.published.remove(position);
            shelf.published.push(Arc::clone(&kept));
            return Ok(kept);
        }
        let plan = known.plans.get(&record.plan).cloned();
        let plan = plan.ok_or(ServeError::NoPlan { seq: record.seq, plan: record.plan })?;
        let same = shelf.published.iter().find(|kept| kept.import.id == plan.dataset);
        let import = match same {
            Some(kept) => Arc::clone(&kept.import),
            None => Arc::new(Import::load(&*self.store, plan.dataset).await?),
        };
        let loaded = Arc::new(Published::load(&*self.store, record, plan, import).await?);
        if shelf.published.len() >= PUBLISHED_KEPT {
            shelf.published.remove(0);
        }
        shelf.published.push(Arc::clone(&loaded));
        Ok(loaded)
    }
}

/// The grids in force at an instant, by code; none before the first date of effect. Reads every publication that decides.
///
/// # Errors
/// When the store fails or holds what cannot be served.
pub async fn grids_in_force(store: &dyn Store, at_ms: i64) -> Result<Vec<Arc<Grid>>, ServeError> {
    let known = Known::read(store, None).await?;
    let mut published: Vec<Arc<Published>> = Vec::new();
    for record in known.effective(at_ms) {
        let plan = known.plans.get(&record.plan).cloned();
        let plan = plan.ok_or(ServeError::NoPlan { seq: record.seq, plan: record.plan })?;
        let import = match published.iter().find(|earlier| earlier.import.id == plan.dataset) {
            Some(earlier) => Arc::clone(&earlier.import),
            None => Arc::new(Import::load(store, plan.dataset).await?),
        };
        published.push(Arc::new(Published::load(store, record, plan, import).await?));
    }
    if published.is_empty() {
        return Ok(Vec::new());
    }
    let made = tokio::task::spawn_blocking(move || Generation::new(&published, Engine::Rtree, None).grids().to_vec());
    made.await.map_err(|error| ServeError::Lost(error.to_string()))
}

/// Makes outlines and tile sources on a thread of their own, before the first map asks for them.
fn warm(generation: Arc<Generation>, detail: TileDetail) {
    tokio::task::spawn_blocking(move || {
        generation.rtree();
        for layer in [TileLayer::Grids, TileLayer::Jurisdictions] {
            generation.tile_source(layer, detail, 0);
        }
    });
}
