//! Drafts that are redrawn: their newest revision in memory, one writer at a time, everybody who follows told.
//!
//! 1. What is answered as done is in the log of the store before; the state in memory follows the log and never leads it.
//! 2. Revisions have no gaps, whichever process adds them: the store looks at the end of the log in the transaction that adds to it.
//! 3. An operation that was added is known by its id for good; sent again, it is answered and not done again.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::broadcast;

use crate::app::access::{ActError, Caller, Role};
use crate::app::redraw::{self, Frame};
use crate::app::{AppError, PublishRequest};
use crate::plan::draft::{Draft, Operation, Unfit};
use crate::store::{Act, DraftAdded, DraftOpRecord, NewDraftOp, PlanRecord, PublicationRecord, StoreError};
use crate::tile::TileId;

use super::draft_tiles::DraftTiles;
use super::topologies::Topology;
use super::{App, ServeError};

/// Drafts kept in memory beyond those that somebody follows; the one asked for longest ago goes first.
const KEPT: usize = 6;
/// Operations read from the log at a time, and told at a time to who asks for them.
pub const DRAFT_PAGE: u32 = 1_000;
/// A state is kept each so many revisions, so that an earlier one is near.
const STRIDE: i64 = 256;
/// Events a slow listener may be behind before it is cut off.
const EVENTS_KEPT: usize = 256;
/// Who was heard of last so long ago is gone.
const PRESENT_MS: i64 = 45_000;
/// Sessions that are told of on one draft.
const SESSIONS: usize = 200;
/// How often adding is tried again while other processes add, too.
const TRIES: usize = 20;

/// Why a draft is not shown or changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DraftError {
    /// Beyond the caller, or failed.
    #[error(transparent)]
    Act(#[from] ActError),
    /// It is a draft no more.
    #[error("plan {plan} was put in force by publication {publication}: it is a draft no more")]
    Published {
        /// The plan.
        plan: i64,
        /// The publication.
        publication: i64,
    },
    /// A revision that is not there.
    #[error("there is no revision {given} of plan {plan}: the newest is {newest}")]
    Revision {
        /// The plan.
        plan: i64,
        /// As given.
        given: i64,
        /// The newest.
        newest: i64,
    },
    /// An operation that does not fit. Nothing was done.
    #[error("operation {op}: {unfit}")]
    Unfit {
        /// Its id.
        op: String,
        /// Why.
        unfit: Unfit,
    },
}

impl From<StoreError> for DraftError {
    fn from(error: StoreError) -> Self {
        Self::Act(error.into())
    }
}

impl From<AppError> for DraftError {
    fn from(error: AppError) -> Self {
        Self::Act(error.into())
    }
}

impl From<ServeError> for DraftError {
    fn from(error: ServeError) -> Self {
        Self::Act(error.into())
    }
}

/// What became of operations that were sent.
#[derive(Debug)]
pub enum Posted {
    /// They are in the log: the newest revision, and that of each.
    Done(i64, Vec<i64>),
    /// Others have come since: the newest revision, and what came, the first [`DRAFT_PAGE`] of it.
    Behind(i64, Vec<Arc<DraftOpRecord>>),
}

/// Somebody who has a draft open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Here {
    /// Made by the page.
    pub session: String,
    /// A name to show.
    pub name: String,
    /// The grid they are at.
    pub grid: Option<String>,
}

/// Told to who follows a draft.
#[derive(Debug, Clone)]
pub enum DraftEvent {
    /// An operation was added.
    Op(Arc<DraftOpRecord>),
    /// These tiles are others from this revision on; without a list any may be. Told after its operation, where anybody has asked
    /// for tiles.
    Tiles(i64, Option<Arc<[TileId]>>),
    /// Somebody came, went or moved.
    Presence,
    /// The draft was put in force.
    Published(i64),
}

/// A draft in memory.
pub struct LiveDraft {
    frame: Frame,
    /// Revision 0.
    first: Draft,
    head: tokio::sync::Mutex<Head>,
    told: broadcast::Sender<DraftEvent>,
    here: Mutex<BTreeMap<String, (i64, Here)>>,
    pub(super) tiles: DraftTiles,
}

/// The newest revision that this process knows.
struct Head {
    rev: i64,
    draft: Draft,
    known: HashMap<String, i64>,
    log: Vec<Arc<DraftOpRecord>>,
    /// States at some earlier revisions.
    earlier: BTreeMap<i64, Draft>,
    publication: Option<i64>,
}

impl Head {
    /// Notes an operation that was done.
    fn take(&mut self, record: DraftOpRecord) -> Arc<DraftOpRecord> {
        let record = Arc::new(record);
        self.rev = record.rev;
        self.known.insert(record.id.clone(), record.rev);
        self.log.push(Arc::clone(&record));
        record
    }

    /// Keeps the present state now and then.
    fn mark(&mut self) {
        let last = self.earlier.last_key_value().map_or(0, |(rev, _)| *rev);
        if self.rev - last >= STRIDE {
            self.earlier.insert(self.rev, self.draft.clone());
        }
    }

    /// Operations after a revision.
    fn since(&self, rev: i64) -> &[Arc<DraftOpRecord>] {
        &self.log[usize::try_from(rev).unwrap_or(0).min(self.log.len())..]
    }
}

/// The drafts of a running service; the one asked for last stands last.
#[derive(Default)]
pub(super) struct Drafts(tokio::sync::Mutex<Vec<(i64, Arc<LiveDraft>)>>);

impl LiveDraft {
    /// What stays as it is however it is redrawn.
    pub fn frame(&self) -> &Frame {
        &self.frame
    }

    /// Revision 0.
    pub(super) fn first(&self) -> &Draft {
        &self.first
    }

    /// Hears of everything from now on.
    pub fn listen(&self) -> broadcast::Receiver<DraftEvent> {
        self.told.subscribe()
    }

    /// Operations after a revision, at most `most`; the newest revision.
    pub async fn ops(&self, after: i64, most: usize) -> (i64, Vec<Arc<DraftOpRecord>>) {
        let head = self.head.lock().await;
        (head.rev, head.since(after).iter().take(most).cloned().collect())
    }

    /// Does something while the newest revision stays the newest.
    pub(super) async fn with_rev<T>(&self, act: impl FnOnce(i64) -> T) -> T {
        let head = self.head.lock().await;
        act(head.rev)
    }

    /// The newest revision, and the publication that put the draft in force.
    pub async fn stand(&self) -> (i64, Option<i64>) {
        let head = self.head.lock().await;
        (head.rev, head.publication)
    }

    /// Who is here.
    pub fn here(&self, now_ms: i64) -> Vec<Here> {
        let mut here = self.here.lock().unwrap_or_else(PoisonError::into_inner);
        here.retain(|_, (seen_ms, _)| now_ms - *seen_ms < PRESENT_MS);
        here.values().map(|(_, here)| here.clone()).collect()
    }

    fn see(&self, who: &Here, now_ms: i64) {
        let mut here = self.here.lock().unwrap_or_else(PoisonError::into_inner);
        here.retain(|_, (seen_ms, _)| now_ms - *seen_ms < PRESENT_MS);
        if here.len() >= SESSIONS && !here.contains_key(&who.session) {
            return;
        }
        let before = here.insert(who.session.clone(), (now_ms, who.clone()));
        drop(here);
        if before.is_none_or(|(_, before)| before != *who) {
            let _ = self.told.send(DraftEvent::Presence);
        }
    }

    /// Tells of an operation, and of the tiles that it changed.
    fn tell_op(&self, record: Arc<DraftOpRecord>, touched: Option<Vec<TileId>>) {
        let rev = record.rev;
        self.tell(DraftEvent::Op(record));
        if let Some(touched) = touched {
            self.tell(DraftEvent::Tiles(rev, self.tiles.note(rev, touched)));
        }
    }

    fn tell(&self, event: DraftEvent) {
        // an error only says that nobody listens
        let _ = self.told.send(event);
    }
}

impl App {
    pub(super) fn drafts(&self) -> &Drafts {
        &self.drafts
    }

    /// A plan that lies within where the caller has one of these roles.
    pub(super) async fn plan_for(&self, caller: &Caller, id: i64, roles: &[Role]) -> Result<PlanRecord, DraftError> {
        let plan = self.store().plans().await?.into_iter().find(|plan| plan.id == id);
        let plan = plan.ok_or_else(|| StoreError::NotFound { what: "plan", id: id.to_string() })?;
        if self.plan_within(&caller.reach(roles), &plan).await? {
            return Ok(plan);
        }
        let scope = plan.scope.as_deref().unwrap_or("the whole import");
        Err(ActError::Beyond(format!("plan {id} covers {scope}, which is not within your scope")).into())
    }

    /// The draft of a plan, with all that is in its log now.
    ///
    /// # Errors
    /// When there is no such plan, it is beyond the caller, or the store fails.
    pub async fn draft(&self, caller: &Caller, id: i64, roles: &[Role]) -> Result<Arc<LiveDraft>, DraftError> {
        let plan = self.plan_for(caller, id, roles).await?;
        let live = self.live(&plan).await?;
        self.catch_up(&live, &mut *live.head.lock().await).await?;
        Ok(live)
    }

    /// The draft from memory, or as it was made.
    async fn live(&self, plan: &PlanRecord) -> Result<Arc<LiveDraft>, DraftError> {
        // held while one is being opened, so that none is opened twice
        let mut shelf = self.drafts().0.lock().await;
        if let Some(at) = shelf.iter().position(|(id, _)| *id == plan.id) {
            let found = shelf.remove(at);
            let live = Arc::clone(&found.1);
            shelf.push(found);
            return Ok(live);
        }
        let links = self.newest_links().await?;
        let opened = redraw::open(self.store().as_ref(), plan).await?;
        let head = Head {
            rev: 0,
            draft: opened.first.clone(),
            known: HashMap::new(),
            log: Vec::new(),
            earlier: BTreeMap::new(),
            publication: None,
        };
        let live = Arc::new(LiveDraft {
            frame: opened.frame,
            first: opened.first,
            head: tokio::sync::Mutex::new(head),
            told: broadcast::channel(EVENTS_KEPT).0,
            here: Mutex::default(),
            tiles: DraftTiles::new(),
        });
        self.topologies().take(&opened.prepared, links);
        shelf.push((plan.id, Arc::clone(&live)));
        // those in use stay, or their followers would hear nothing more
        let mut over = shelf.len().saturating_sub(KEPT);
        shelf.retain(|(_, live)| {
            let goes = over > 0 && Arc::strong_count(live) == 1;
            over -= usize::from(goes);
            !goes
        });
        Ok(live)
    }

    /// Takes over what is in the log beyond what is in memory, and tells of it.
    async fn catch_up(&self, live: &LiveDraft, head: &mut Head) -> Result<(), DraftError> {
        let plan = live.frame.plan.id;
        loop {
            let fresh = self.store().draft_ops(plan, head.rev, DRAFT_PAGE).await?;
            let count = fresh.len();
            for record in fresh {
                let rev = record.rev;
                let fault = |reason: String| AppError::DraftLog { plan, rev, reason };
                if rev != head.rev + 1 {
                    return Err(fault(format!("it follows revision {}", head.rev)).into());
                }
                let operation: Operation =
                    serde_json::from_str(&record.body).map_err(|error| fault(error.to_string()))?;
                head.draft.apply(&operation).map_err(|unfit| fault(unfit.to_string()))?;
                let touched = live.tiles.touched(&operation, &head.draft);
                let record = head.take(record);
                head.mark();
                live.tell_op(record, touched);
            }
            if count < DRAFT_PAGE as usize {
                break;
            }
        }
        if head.publication.is_none() {
            head.publication = self.store().draft_stand(plan).await?.publication;
            if let Some(publication) = head.publication {
                live.tell(DraftEvent::Published(publication));
            }
        }
        Ok(())
    }

    /// Looks at the logs of drafts that somebody follows for what another process wrote.
    pub(super) async fn follow_drafts(&self) -> Result<(), ServeError> {
        let followed: Vec<_> = {
            let shelf = self.drafts().0.lock().await;
            shelf.iter().filter(|(_, live)| live.told.receiver_count() > 0).map(|(_, live)| Arc::clone(live)).collect()
        };
        for live in followed {
            // one that is being written to is caught up by its writer
            let Ok(mut head) = live.head.try_lock() else { continue };
            match self.catch_up(&live, &mut head).await {
                Ok(()) => {}
                Err(DraftError::Act(ActError::App(AppError::Store(error)))) => return Err(error.into()),
                Err(error) => tracing::error!(%error, plan = live.frame.plan.id, "a draft could not be followed"),
            }
        }
        Ok(())
    }

    /// The draft at a revision; the newest without one. O(operations since the nearest state that is kept).
    ///
    /// # Errors
    /// When there is no such revision.
    pub async fn draft_at(&self, live: &LiveDraft, rev: Option<i64>) -> Result<(i64, Draft), DraftError> {
        let head = live.head.lock().await;
        let rev = rev.unwrap_or(head.rev);
        if !(0..=head.rev).contains(&rev) {
            return Err(DraftError::Revision { plan: live.frame.plan.id, given: rev, newest: head.rev });
        }
        if rev == head.rev {
            return Ok((rev, head.draft.clone()));
        }
        let nearest = head.earlier.range(..=rev).next_back();
        let (from, mut draft) = nearest.map_or((0, live.first.clone()), |(at, draft)| (*at, draft.clone()));
        let log: Vec<_> = head.since(from).iter().take((rev - from) as usize).cloned().collect();
        drop(head);
        let plan = live.frame.plan.id;
        for record in log {
            let fault = |reason: String| AppError::DraftLog { plan, rev: record.rev, reason };
            let operation: Operation = serde_json::from_str(&record.body).map_err(|error| fault(error.to_string()))?;
            draft.apply(&operation).map_err(|unfit| fault(unfit.to_string()))?;
        }
        Ok((rev, draft))
    }

    /// Adds operations to a draft, made on revision `base_rev`, all or none.
    ///
    /// # Errors
    /// [`DraftError`]; nothing was done then.
    pub async fn post_draft_ops(
        &self,
        caller: &Caller,
        id: i64,
        base_rev: i64,
        operations: &[Operation],
        request: Option<String>,
    ) -> Result<Posted, DraftError> {
        let plan = self.plan_for(caller, id, &[Role::Planner]).await?;
        let live = self.live(&plan).await?;
        let mut head = live.head.lock().await;
        self.catch_up(&live, &mut head).await?;
        let act = caller.act(self.clock().now_ms(), request);
        for _ in 0..TRIES {
            match self.try_post(&live, &mut head, base_rev, operations, &act).await? {
                Some(posted) => return Ok(posted),
                None => self.catch_up(&live, &mut head).await?,
            }
        }
        let reason = "other programs keep adding to the same draft".to_owned();
        Err(StoreError::Unavailable { reason }.into())
    }

    /// As [`Self::post_draft_ops`]; `None` where the log went on meanwhile.
    async fn try_post(
        &self,
        live: &LiveDraft,
        head: &mut Head,
        base_rev: i64,
        operations: &[Operation],
        act: &Act,
    ) -> Result<Option<Posted>, DraftError> {
        let plan = live.frame.plan.id;
        if !(0..=head.rev).contains(&base_rev) {
            return Err(DraftError::Revision { plan, given: base_rev, newest: head.rev });
        }
        let asked: HashSet<&str> = operations.iter().map(|operation| operation.id.0.as_str()).collect();
        let since = head.since(base_rev);
        if since.iter().any(|record| !asked.contains(record.id.as_str())) {
            let missed = since.iter().take(DRAFT_PAGE as usize).cloned().collect();
            return Ok(Some(Posted::Behind(head.rev, missed)));
        }
        let (mut fresh, mut touched) = (Vec::new(), Vec::new());
        let mut ids: HashSet<&str> = HashSet::new();
        let mut draft = head.draft.clone();
        for operation in operations {
            let own = operation.id.0.as_str();
            if head.known.contains_key(own) || !ids.insert(own) {
                continue;
            }
            draft.apply(operation).map_err(|unfit| DraftError::Unfit { op: own.to_owned(), unfit })?;
            let body = serde_json::to_string(operation).expect("text and numbers become JSON");
            fresh.push(NewDraftOp {
                id: own.to_owned(),
                kind: operation.kind.as_str(),
                atoms: operation.atoms(),
                body,
            });
            touched.push(live.tiles.touched(operation, &draft));
        }
        if !fresh.is_empty() {
            if let Some(publication) = head.publication {
                return Err(DraftError::Published { plan, publication });
            }
            match self.store().add_draft_ops(plan, head.rev, &fresh, act).await? {
                DraftAdded::Added(_) => {}
                DraftAdded::Behind(_) => return Ok(None),
                DraftAdded::Published(publication) => {
                    head.publication = Some(publication);
                    live.tell(DraftEvent::Published(publication));
                    return Err(DraftError::Published { plan, publication });
                }
            }
            head.draft = draft;
            for (NewDraftOp { id, body, .. }, touched) in fresh.into_iter().zip(touched) {
                let record = DraftOpRecord { rev: head.rev + 1, id, by: act.by.clone(), at_ms: act.at_ms, body };
                let record = head.take(record);
                live.tell_op(record, touched);
            }
            head.mark();
        }
        let revs = operations.iter().map(|operation| head.known[operation.id.0.as_str()]).collect();
        Ok(Some(Posted::Done(head.rev, revs)))
    }

    /// Notes that somebody has a draft open.
    ///
    /// # Errors
    /// As [`App::draft`].
    pub async fn be_present(
        &self,
        caller: &Caller,
        id: i64,
        roles: &[Role],
        session: String,
        grid: Option<String>,
    ) -> Result<(), DraftError> {
        let plan = self.plan_for(caller, id, roles).await?;
        let name = match caller {
            Caller::Signed(signed) => signed.name.clone(),
            Caller::Anonymous | Caller::Local => caller.id().to_owned(),
        };
        self.live(&plan).await?.see(&Here { session, name, grid }, self.clock().now_ms());
        Ok(())
    }

    /// Puts a plan that was redrawn in force as it is now; `None` where nothing was done to it, so that it is published as it was made.
    pub(in crate::app) async fn publish_if_redrawn(
        &self,
        plan: &PlanRecord,
        request: &PublishRequest,
    ) -> Result<Option<PublicationRecord>, ActError> {
        let stand = self.store().draft_stand(plan.id).await?;
        if stand.rev == 0 {
            return Ok(None);
        }
        let (act, app) = (
            |error: DraftError| match error {
                DraftError::Act(error) => error,
                other => ActError::Beyond(other.to_string()),
            },
            self,
        );
        let live = app.live(plan).await.map_err(act)?;
        // nobody adds to it through this process while it is put in force
        let mut head = live.head.lock().await;
        app.catch_up(&live, &mut head).await.map_err(act)?;
        if let Some(publication) = head.publication {
            return Err(AppError::DraftOver { plan: plan.id, publication }.into());
        }
        let revision = (&live.first, &head.draft, head.rev);
        let published = redraw::publish_redrawn(self.store().as_ref(), plan, revision, request).await?;
        head.publication = Some(published.publication.seq);
        live.tell(DraftEvent::Published(published.publication.seq));
        Ok(Some(published.publication))
    }

    /// The topology of a draft's dataset as it is now.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn draft_topology(&self, live: &LiveDraft) -> Result<Arc<Topology>, DraftError> {
        Ok(self.topology_of(live.frame.plan.dataset).await?)
    }
}
