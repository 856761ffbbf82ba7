//! A plan becomes a publication.

use super::plan::{overlaps, standing};
use super::serve::Calendar;
use super::{AppError, prepare};
use crate::atom::Dataset;
use crate::plan::continue_codes;
use crate::store::{
    Act, GridRecord, LineageRecord, NestedIn, NewPublication, PlanLevel, PlanRecord, PlanStatus, PublicationRecord,
    Store,
};

/// What to publish, and from when.
#[derive(Debug, Clone)]
pub struct PublishRequest {
    /// The plan; the newest by default.
    pub plan: Option<i64>,
    /// A date or an instant; today's local midnight by default.
    pub effective: Option<String>,
    /// Who asks for it, and when.
    pub act: Act,
}

/// What was published.
#[derive(Debug, Clone)]
pub struct Published {
    /// As kept.
    pub publication: PublicationRecord,
    /// Which old grid went into which new one.
    pub lineage: Vec<LineageRecord>,
    /// The date of effect in the workspace's time zone.
    pub effective: String,
}

/// The plan with this id, or the newest that was not put away.
pub(super) async fn plan_record(store: &dyn Store, id: Option<i64>) -> Result<PlanRecord, AppError> {
    let plans = store.plans().await?;
    match id {
        None => plans.into_iter().rfind(is_out).ok_or(AppError::NoPlan),
        Some(id) => {
            let known = plans.iter().map(|plan| plan.id.to_string()).collect::<Vec<_>>().join(", ");
            plans.into_iter().find(|plan| plan.id == id).ok_or(AppError::UnknownPlan { id, known })
        }
    }
}

/// Publishes a plan: from its date of effect on its grids own the points of its scope. Earlier publications stay
/// answerable.
///
/// # Errors
/// [`AppError`]; in particular when another publication has come since the plan was made.
pub async fn publish(store: &dyn Store, request: &PublishRequest) -> Result<Published, AppError> {
    let plan = match request.plan {
        Some(id) => plan_record(store, Some(id)).await?,
        None => newest_of_grids(store).await?,
    };
    refuse_unpublishable(store, &plan).await?;
    let calendar = Calendar::new(&store.workspace().await?.time_zone)?;
    let today = || calendar.date(request.act.at_ms);
    let effective_ms = calendar.parse_ms(&request.effective.clone().unwrap_or_else(today))?;
    let (_, old) = standing(store).await?;
    let lineage = if old.is_empty() { Vec::new() } else { lineage(store, &plan, &old).await? };
    let publication =
        NewPublication { plan: plan.id, effective_ms, recorded_ms: request.act.at_ms, lineage: lineage.clone() };
    let publication = store.publish(&publication, &request.act).await?;
    let effective = calendar.date(publication.effective_ms);
    Ok(Published { publication, lineage, effective })
}

/// Whether a plan may be meant where none is named.
fn is_out(plan: &PlanRecord) -> bool {
    plan.status != PlanStatus::PutAway
}

/// The newest plan of grids that was not put away.
pub(super) async fn newest_of_grids(store: &dyn Store) -> Result<PlanRecord, AppError> {
    let plans = store.plans().await?;
    plans.into_iter().rfind(|plan| plan.terms.level == PlanLevel::Grid && is_out(plan)).ok_or(AppError::NoPlan)
}

/// What is in force has one level of grids, each in one jurisdiction of the lowest level: owners, chains, officers and sums
/// are all found by that.
async fn refuse_unpublishable(store: &dyn Store, plan: &PlanRecord) -> Result<(), AppError> {
    refuse_level(plan)?;
    if plan.terms.nested_in == NestedIn::Lowest {
        return Ok(());
    }
    let dataset = store.dataset(plan.dataset).await?;
    refuse_crossing(&dataset, plan, &store.grids(plan.id).await?)
}

/// Refuses plans of anything but grids.
pub(super) fn refuse_level(plan: &PlanRecord) -> Result<(), AppError> {
    match plan.terms.level {
        PlanLevel::Micro => Err(AppError::Micro { plan: plan.id, parent: plan.terms.parent.unwrap_or(0) }),
        PlanLevel::Area => Err(AppError::Area { plan: plan.id }),
        PlanLevel::Grid => Ok(()),
    }
}

/// Refuses grids that lie in several jurisdictions of the lowest level.
pub(super) fn refuse_crossing(dataset: &Dataset, plan: &PlanRecord, grids: &[GridRecord]) -> Result<(), AppError> {
    let lowest = dataset.lowest_level();
    let known: std::collections::HashSet<&str> =
        dataset.jurisdictions.iter().filter(|unit| unit.level == lowest).map(|unit| unit.code.as_str()).collect();
    match grids.iter().find(|grid| !known.contains(grid.jurisdiction.as_str())) {
        Some(GridRecord { code, jurisdiction, .. }) => {
            Err(AppError::CrossesUnits { plan: plan.id, grid: code.clone(), jurisdiction: jurisdiction.clone() })
        }
        None => Ok(()),
    }
}

async fn lineage(store: &dyn Store, plan: &PlanRecord, old: &[GridRecord]) -> Result<Vec<LineageRecord>, AppError> {
    let prepared = prepare(store, Some(plan.dataset)).await?;
    let grids = store.grids(plan.id).await?;
    let position: std::collections::HashMap<&str, u32> =
        grids.iter().enumerate().map(|(i, grid)| (grid.code.as_str(), i as u32)).collect();
    let atoms = store.plan_atoms(plan.id).await?;
    let assignment: Vec<Option<u32>> =
        atoms.iter().map(|(_, grid)| grid.as_deref().map(|code| position[code])).collect();
    let (_, shares) = continue_codes(&overlaps(&prepared, plan.attribute, &assignment, old));
    let record =
        |(old, new, share): (String, u32, f64)| LineageRecord { old, new: grids[new as usize].code.clone(), share };
    Ok(shares.into_iter().map(record).collect())
}
