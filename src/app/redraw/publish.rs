//! A draft that was redrawn becomes a plan of its own and is put in force.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::app::islands::FERRY;
use crate::app::nesting::Nesting;
use crate::app::plan::{self, Drawn, Origin, Setting, count};
use crate::app::publish::{publish, refuse_crossing, refuse_level};
use crate::app::{AppError, Prepared, PublishRequest, Published, islands, prepare};
use crate::atom::AtomId;
use crate::geom::LatticePoint;
use crate::plan::draft::{Draft, DrawnGrid};
use crate::plan::{Assignment, Attribute, Counted, GridId, Reason};
use crate::store::{Act, FindingRecord, GridRecord, PlanRecord, PlanTerms, Redrawn, Store, StoreError};
use crate::topology::Ferry;

/// The origin of such a plan.
const REDRAWN: &str = "redrawn";

/// Keeps a revision of a draft as a plan of its own, and puts that in force. Codes go on as from any plan to the next; names that were
/// given by hand stay. Where putting it in force fails at the last moment (another publication has come just then), the plan that was kept
/// stays as a draft, which changes nothing that is in force.
///
/// # Errors
/// [`AppError`]: ground that is in no grid, a grid across what it nests in, whatever keeps any plan from being put in force, and
/// [`StoreError::Redrawn`] where the revision is not the newest.
pub async fn publish_redrawn(
    store: &dyn Store,
    base: &PlanRecord,
    (first, draft, rev): (&Draft, &Draft, i64),
    request: &PublishRequest,
) -> Result<Published, AppError> {
    refuse_level(base)?;
    refuse_stale(store, base).await?;
    let ground = ground(store, base).await?;
    refuse_unsound(&ground, base, draft)?;
    let Made { drawn, origin, .. } = make(store, base, &ground, (first, draft, rev), request.act.clone()).await?;
    let prepared = ground.prepared;
    refuse_crossing(&prepared.dataset, base, &drawn.grids)?;
    let planned = plan::keep_drawn(store, &prepared, drawn, origin, base.base).await?;
    publish(store, &PublishRequest { plan: Some(planned.plan), ..request.clone() }).await
}

/// The plan that a revision of a draft would become.
pub struct Foreseen {
    /// Its dataset.
    pub prepared: Prepared,
    /// Its grids with the codes they would have.
    pub grids: Vec<GridRecord>,
    /// For each atom the position of its grid among them.
    pub of_atom: Vec<Option<u32>>,
}

/// The plan that a revision of a draft would become, as [`publish_redrawn`] draws and codes it. Nothing is kept, and ground that is in no
/// grid is no fault here.
///
/// # Errors
/// [`AppError`].
pub async fn foresee(
    store: &dyn Store,
    base: &PlanRecord,
    revision: (&Draft, &Draft, i64),
    act: Act,
) -> Result<Foreseen, AppError> {
    let ground = ground(store, base).await?;
    let Made { drawn, assignment, .. } = make(store, base, &ground, revision, act).await?;
    let of_atom = assignment.grids().iter().map(|grid| grid.map(|grid| grid.0)).collect();
    Ok(Foreseen { prepared: ground.prepared, grids: drawn.grids, of_atom })
}

/// The dataset of a plan, and what its grids nest in.
struct Ground {
    prepared: Prepared,
    nesting: Nesting,
}

async fn ground(store: &dyn Store, base: &PlanRecord) -> Result<Ground, AppError> {
    let prepared = prepare(store, Some(base.dataset)).await?;
    let nesting = Nesting::of(store, &prepared, &base.terms).await?;
    Ok(Ground { prepared, nesting })
}

/// A revision drawn as a plan.
struct Made {
    assignment: Assignment,
    drawn: Drawn,
    origin: Origin,
}

async fn make(
    store: &dyn Store,
    base: &PlanRecord,
    Ground { prepared, nesting }: &Ground,
    (first, draft, rev): (&Draft, &Draft, i64),
    act: Act,
) -> Result<Made, AppError> {
    let old = store.grids(base.id).await?;
    let findings = store.findings(base.dataset, Some(base.id)).await?;
    let (assignment, ids) = assignment(draft);
    let counted = Counted { attribute: base.attribute, band: base.band, other: base.terms.other_band };
    let reasons = reasons(prepared, nesting, counted, (first, draft), &assignment, &ids, &old);
    let origin = Origin {
        word: REDRAWN,
        scope: base.scope.clone(),
        counted,
        seed: base.seed,
        act,
        codes: None,
        names: None,
        terms: PlanTerms { figures: None, redrawn: Some(Redrawn { base: base.id, rev }), ..base.terms.clone() },
        continues: Some(old),
        ferries: ferries(prepared, base.id, &findings),
        locked: locked(draft, &ids),
        moved_at_least: None,
    };
    let setting = Setting::of(store, base.terms.level, origin.continues.as_ref()).await?;
    let mut drawn =
        tokio::task::block_in_place(|| plan::draw(prepared, &assignment, nesting, &reasons, &origin, &setting))?;
    rename(&mut drawn, (first, draft), &ids);
    // a ferry is told of as it was when the plan was made
    drawn.findings.retain(|finding| finding.kind != FERRY);
    let kept = findings.into_iter().filter(|record| record.plan == Some(base.id) && record.finding.kind == FERRY);
    drawn.findings.extend(kept.map(|record| record.finding));
    Ok(Made { assignment, drawn, origin })
}

/// What the store would refuse in the end is refused before anything is kept, where it can be seen from here.
async fn refuse_stale(store: &dyn Store, plan: &PlanRecord) -> Result<(), AppError> {
    let publications = store.publications().await?;
    let latest = publications.last().map_or(0, |publication| publication.seq);
    let over = |scope: &Option<String>| scope.is_none() || plan.scope.is_none() || *scope == plan.scope;
    let stale = publications.iter().any(|later| later.seq > plan.base && over(&later.scope));
    if stale { Err(StoreError::StaleBase { base: plan.base, latest }.into()) } else { Ok(()) }
}

/// Refuses a draft of which a look over the plan would find faults: ground left over, grids across what they nest in.
fn refuse_unsound(Ground { prepared, nesting }: &Ground, plan: &PlanRecord, draft: &Draft) -> Result<(), AppError> {
    let atoms = &prepared.dataset.atoms;
    let mut left = (0..draft.len()).filter(|&atom| draft.is_in_scope(atom) && draft.grid_of(atom).is_none());
    if let Some(first) = left.next() {
        let (atoms, first) = (1 + left.count() as u64, atoms[first as usize].code.clone());
        return Err(AppError::Unassigned { plan: plan.id, atoms, first });
    }
    let mut nests: HashMap<&DrawnGrid, u32> = HashMap::new();
    for (atom, unit) in (0..draft.len()).zip(&nesting.unit) {
        let (Some(grid), Some(unit)) = (draft.grid_of(atom), *unit) else { continue };
        let before = *nests.entry(grid).or_insert(unit);
        if before != unit {
            let code = |unit: u32| nesting.names[unit as usize].0.clone();
            let named = draft.grids().find(|(id, _)| *id == grid).map(|(_, drawn)| drawn);
            let grid = named.map_or_else(String::new, |drawn| {
                if drawn.code.is_empty() { drawn.name.clone() } else { drawn.code.clone() }
            });
            return Err(AppError::CrossesNests { plan: plan.id, grid, one: code(before), other: code(unit) });
        }
    }
    Ok(())
}

/// The grids that hold atoms, numbered as plans number them, and the id of each.
fn assignment(draft: &Draft) -> (Assignment, Vec<DrawnGrid>) {
    let assignment = Assignment::new((0..draft.len()).map(|atom| draft.grid_of(atom)));
    let mut ids = vec![None; assignment.grid_count()];
    for (atom, grid) in (0..draft.len()).zip(assignment.grids()) {
        if let Some(grid) = grid {
            ids[grid.0 as usize] = draft.grid_of(atom).cloned();
        }
    }
    (assignment, ids.into_iter().flatten().collect())
}

fn locked(draft: &Draft, ids: &[DrawnGrid]) -> BTreeSet<u32> {
    let locked: BTreeSet<&DrawnGrid> = draft.grids().filter(|(_, drawn)| drawn.locked).map(|(id, _)| id).collect();
    (0..).zip(ids).filter(|(_, id)| locked.contains(id)).map(|(grid, _)| grid).collect()
}

/// Why grids are outside their bands: as before where they hold the same atoms as before, and otherwise because somebody drew them so.
fn reasons(
    prepared: &Prepared,
    nesting: &Nesting,
    counted: Counted,
    (first, draft): (&Draft, &Draft),
    assignment: &Assignment,
    ids: &[DrawnGrid],
    old: &[GridRecord],
) -> BTreeMap<GridId, Reason> {
    let before: HashMap<&str, &GridRecord> = old.iter().map(|grid| (grid.code.as_str(), grid)).collect();
    let first_code: HashMap<&DrawnGrid, &str> = first.grids().map(|(id, drawn)| (id, drawn.code.as_str())).collect();
    let mut size_before: HashMap<&DrawnGrid, usize> = HashMap::new();
    for atom in 0..first.len() {
        if let Some(grid) = first.grid_of(atom) {
            *size_before.entry(grid).or_default() += 1;
        }
    }
    let mut reasons = BTreeMap::new();
    for ((grid, members), id) in (0_u32..).zip(assignment.members()).zip(ids) {
        let unchanged =
            size_before.get(id) == Some(&members.len()) && members.iter().all(|atom| first.grid_of(atom.0) == Some(id));
        let accepted = ["over", "under"].iter().find_map(|kind| draft.accepted().get(&format!("{kind}:{}", id.0)));
        let kept = first_code.get(id).and_then(|code| before.get(code)).and_then(|grid| grid.reason.clone());
        let own = nesting.counted(nesting.unit[members[0].0 as usize], counted);
        let reason = match kept.filter(|_| unchanged && accepted.is_none()) {
            Some(reason) => Some(reason),
            None => by_hand(prepared, own, &members, accepted),
        };
        if let Some(reason) = reason {
            reasons.insert(GridId(grid), reason);
        }
    }
    reasons
}

fn by_hand(prepared: &Prepared, own: Counted, members: &[AtomId], accepted: Option<&String>) -> Option<Reason> {
    let size = |attribute: Attribute| -> u64 {
        members.iter().map(|&atom| u64::from(count(prepared.dataset.atom(atom), attribute).unwrap_or(0))).sum()
    };
    let two = own.other.is_some();
    let outside = own.bands().map(|(attribute, band)| (attribute, band, size(attribute)));
    let (attribute, band, total) = outside.into_iter().find(|(_, band, total)| band.violation(*total) > 0)?;
    Some(Reason::ByHand { total, band, of: two.then_some(attribute), accepted: accepted.cloned() })
}

/// The ferries that the plan was made with; how long they are stands in its findings alone.
fn ferries(prepared: &Prepared, plan: i64, findings: &[FindingRecord]) -> Vec<Ferry> {
    let pairs = islands::of_plan(prepared, plan, findings);
    let ferry = |(from, to)| Ferry { from, to, at: LatticePoint::default(), distance_m: 0.0 };
    pairs.into_iter().map(ferry).collect()
}

/// Names that were given by hand, and those of grids whose codes go on.
fn rename(drawn: &mut Drawn, (first, draft): (&Draft, &Draft), ids: &[DrawnGrid]) {
    let data = |draft: &Draft| -> HashMap<DrawnGrid, crate::plan::draft::Drawn> {
        draft.grids().map(|(id, drawn)| (id.clone(), drawn.clone())).collect()
    };
    let (before, now) = (data(first), data(draft));
    for (grid, id) in drawn.grids.iter_mut().zip(ids) {
        let Some(now) = now.get(id).filter(|now| !now.name.is_empty()) else { continue };
        let same = before.get(id).is_some_and(|before| before.name == now.name && before.code != grid.code);
        if !same {
            grid.name.clone_from(&now.name);
        }
    }
}
