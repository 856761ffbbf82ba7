//! Proposals for a plan: better divisions of the same ground, with what each would change.

use std::collections::HashMap;

use super::figures::Figures;
use super::islands::{FERRY, Islands};
use super::partition::{Divided, Effort, Keep, PartitionRequest, Work};
use super::plan::{self, Drawn, Planned, Setting, draw};
use super::{AppError, Watch};
use crate::partition::Infeasible;
use crate::plan::{Attribute, Band};
use crate::store::{Act, PlanLevel, PlanRecord, Store};

/// What is asked for.
#[derive(Debug, Clone)]
pub struct SuggestRequest {
    /// The band; that of the plan by default.
    pub band: Option<Band>,
    /// The band of persons; that of the plan by default.
    pub population_band: Option<Band>,
    /// Codes of grids of the plan that stay just as they are.
    pub lock: Vec<String>,
    /// Units by code, with the number of grids asked for.
    pub grids: Vec<(String, u32)>,
    /// How many metres of border it is worth that one household (or person) stays in its grid.
    pub keep_m: u32,
    /// Decides every random choice.
    pub seed: u64,
    /// How long it is searched.
    pub seconds: u32,
    /// Whether the last proposal is kept as a draft plan.
    pub keep: KeepLast,
    /// Who asks for it, and when.
    pub act: Act,
}

/// What becomes of the last proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KeepLast {
    /// It is only told.
    #[default]
    No,
    /// It is kept as a draft plan.
    Draft,
}

/// A division that is better than those before it.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// 1, 2, 3 …
    pub number: u32,
    /// Its figures; what is kept is against the plan.
    pub figures: Figures,
    /// Atoms whose grid would have another code, in the order of the dataset.
    pub changed: Vec<Moved>,
}

/// An atom that would go into another grid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Its code.
    pub atom: String,
    /// The code of its grid in the plan; `None` where it is in none.
    pub from: Option<String>,
    /// The code of its grid in the proposal.
    pub to: Option<String>,
}

/// Searches better divisions of the ground of a plan, changing it as little as the price asks, and tells of each. The plan stays as
/// it is; the last proposal is kept as another draft where that is asked for.
///
/// # Errors
/// [`AppError`]; nothing is kept then.
pub async fn suggest(
    store: &dyn Store,
    plan: &PlanRecord,
    asked: &SuggestRequest,
    watch: &dyn Watch,
    tell: &(dyn Fn(Proposal) + Sync),
) -> Result<Option<Planned>, AppError> {
    let request = request_for(store, plan, asked).await?;
    let work = Work::of(store, &request).await?;
    let before: HashMap<String, Option<String>> = store.plan_atoms(plan.id).await?.into_iter().collect();
    let setting = Setting::of(store, PlanLevel::Grid, work.continues()).await?;
    let mut number = 0;
    let mut found = |divided: &Divided| {
        let origin = work.origin(&request, divided);
        let drawn = draw(&work.prepared, &divided.assignment, &work.nesting, &divided.reasons, &origin, &setting)?;
        number += 1;
        let changed = changed(&work, &drawn, &before);
        tell(Proposal { number, figures: drawn.figures, changed });
        Ok(())
    };
    let divided = tokio::task::block_in_place(|| work.divide(&request, watch, &mut found))?;
    if asked.keep == KeepLast::No || watch.cancelled() {
        return Ok(None);
    }
    let origin = work.origin(&request, &divided);
    plan::keep(store, &work.prepared, &divided.assignment, &work.nesting, &divided.reasons, origin).await.map(Some)
}

/// What the engine is asked for proposals for a plan.
pub(super) async fn request_for(
    store: &dyn Store,
    plan: &PlanRecord,
    asked: &SuggestRequest,
) -> Result<PartitionRequest, AppError> {
    match plan.terms.level {
        PlanLevel::Micro => return Err(AppError::MicroKept),
        PlanLevel::Area => return Err(AppError::AreaKept),
        PlanLevel::Grid => {}
    }
    // a plan of persons has one band, whichever name it is asked by
    let (band, population_band) = match (plan.attribute, asked.band, asked.population_band) {
        (Attribute::Population, None, None) => (Some(plan.band), None),
        (Attribute::Population, band, other) => (band, other),
        (Attribute::Households, band, other) => (band.or(Some(plan.band)), other.or(plan.terms.other_band)),
    };
    let ferries = store.findings(plan.dataset, Some(plan.id)).await?;
    let islands = if ferries.iter().any(|record| record.plan == Some(plan.id) && record.finding.kind == FERRY) {
        Islands::Nearest
    } else {
        Islands::Own
    };
    Ok(PartitionRequest {
        dataset: Some(plan.dataset),
        attribute: Some(plan.attribute),
        band,
        population_band,
        exclusive_band: plan.terms.exclusive_band,
        own_bands: plan.terms.own_bands.clone(),
        level: PlanLevel::Grid,
        parent: None,
        nested_in: plan.terms.nested_in.clone(),
        seed: asked.seed,
        infeasible: Infeasible::default(),
        effort: Effort::Seconds(asked.seconds),
        scope: plan.scope.clone(),
        lock: asked.lock.clone(),
        grids: asked.grids.clone(),
        // as the plan was made: with ferries, if it has any
        islands,
        keep: Keep::Plan(plan.id),
        keep_m: asked.keep_m,
        act: asked.act.clone(),
    })
}

fn changed(work: &Work, drawn: &Drawn, before: &HashMap<String, Option<String>>) -> Vec<Moved> {
    let atoms = work.prepared.dataset.atoms.iter().zip(&drawn.labels);
    let moved = atoms.map(|(atom, label)| Moved {
        atom: atom.code.clone(),
        from: before.get(&atom.code).cloned().flatten(),
        to: label.map(|grid| drawn.grids[grid as usize].code.clone()),
    });
    moved.filter(|moved| moved.from != moved.to).collect()
}
