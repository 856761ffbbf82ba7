//! A plan as who redraws it needs it.

use std::collections::{BTreeMap, HashMap, HashSet};

use sha2::{Digest, Sha256};

use crate::app::nesting::Nesting;
use crate::app::partition::under;
use crate::app::{AppError, Prepared, islands, prepare};
use crate::plan::draft::{Draft, Drawn, DrawnGrid};
use crate::plan::{Attribute, Counted};
use crate::store::{PlanRecord, Store};

/// What grids may not cross.
#[derive(Debug, Clone)]
pub struct Nest {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// What its grids count and keep to, where that is not as in the rest of the plan.
    pub counted: Option<Counted>,
    /// Whether it is one exclusive grid.
    pub exclusive: bool,
}

/// What stays as it is however a plan is redrawn.
#[derive(Debug, Clone)]
pub struct Frame {
    /// The plan.
    pub plan: PlanRecord,
    /// What its grids count, and the bands they keep to.
    pub counted: Counted,
    /// What its dataset counts.
    pub has: Vec<Attribute>,
    /// What grids may not cross.
    pub nests: Vec<Nest>,
    /// For each atom its position among them; `None` outside the plan's scope.
    pub nest: Vec<Option<u32>>,
    /// Atoms that count as neighbours in this plan alone.
    pub links: Vec<(u32, u32)>,
}

/// A plan opened for redrawing.
pub struct Opened {
    /// What stays.
    pub frame: Frame,
    /// Revision 0.
    pub first: Draft,
    /// Its dataset.
    pub prepared: Prepared,
}

/// Reads what is needed to redraw a plan. O(n log n) in the dataset.
///
/// # Errors
/// [`AppError`].
pub async fn open(store: &dyn Store, plan: &PlanRecord) -> Result<Opened, AppError> {
    let prepared = prepare(store, Some(plan.dataset)).await?;
    let nesting = Nesting::of(store, &prepared, &plan.terms).await?;
    let findings = store.findings(plan.dataset, Some(plan.id)).await?;
    let links = islands::of_plan(&prepared, plan.id, &findings);
    let counted = Counted { attribute: plan.attribute, band: plan.band, other: plan.terms.other_band };
    let (nests, nest) = nests(&prepared, &nesting, plan, counted)?;
    let grids = store.grids(plan.id).await?;
    let position: HashMap<&str, u32> = grids.iter().map(|grid| grid.code.as_str()).zip(0..).collect();
    let atoms = store.plan_atoms(plan.id).await?;
    let of_atom: Vec<Option<u32>> = atoms.iter().map(|(_, grid)| position.get(grid.as_deref()?).copied()).collect();
    let drawn: Vec<(DrawnGrid, Drawn)> = grids
        .iter()
        .map(|grid| {
            let drawn = Drawn { code: grid.code.clone(), name: grid.name.clone(), locked: false };
            (grid_id(plan.id, &grid.code), drawn)
        })
        .collect();
    let in_scope = nest.iter().map(Option::is_some).collect();
    let first = Draft::new(drawn, of_atom, in_scope);
    let frame = Frame {
        plan: plan.clone(),
        counted,
        has: prepared.record.attributes.clone(),
        nests,
        nest,
        links: links.into_iter().map(|(a, b)| (a.0, b.0)).collect(),
    };
    Ok(Opened { frame, first, prepared })
}

/// The id of a grid that a plan was made with: a UUID of version 8 (RFC 9562 §5.8) from the hash of plan and code.
fn grid_id(plan: i64, code: &str) -> DrawnGrid {
    let mut hash = Sha256::new();
    hash.update(b"wangge grid 1\0");
    hash.update(plan.to_le_bytes());
    hash.update(code);
    let bytes: [u8; 32] = hash.finalize().into();
    let mut id = [0; 16];
    id.copy_from_slice(&bytes[..16]);
    DrawnGrid(uuid::Builder::from_custom_bytes(id).into_uuid().to_string())
}

/// Those nests that an atom of the plan lies in, in the order of their first atoms, and that of each atom.
fn nests(
    prepared: &Prepared,
    nesting: &Nesting,
    plan: &PlanRecord,
    counted: Counted,
) -> Result<(Vec<Nest>, Vec<Option<u32>>), AppError> {
    let dataset = &prepared.dataset;
    let units: Option<HashSet<u32>> = match &plan.scope {
        None => None,
        Some(code) => Some(
            under(dataset, code)
                .ok_or_else(|| AppError::UnknownJurisdiction { code: code.clone(), dataset: plan.dataset })?,
        ),
    };
    let apart: BTreeMap<u32, Counted> = nesting.apart_from(counted).into_iter().collect();
    let mut numbers: HashMap<u32, u32> = HashMap::new();
    let mut nests = Vec::new();
    let mut nest = Vec::with_capacity(dataset.atoms.len());
    for (atom, unit) in dataset.atoms.iter().zip(&nesting.unit) {
        let inside = units.as_ref().is_none_or(|units| units.contains(&atom.unit.0));
        nest.push(unit.filter(|_| inside).map(|unit| {
            *numbers.entry(unit).or_insert_with(|| {
                let (code, name) = nesting.names[unit as usize].clone();
                let exclusive = nesting.is_exclusive(Some(unit));
                nests.push(Nest { code, name, counted: apart.get(&unit).copied(), exclusive });
                nests.len() as u32 - 1
            })
        }));
    }
    Ok((nests, nest))
}
