//! Proposals for some grids of a draft, as they are drawn at a revision: their ground divided better, all other ground as it is.

use std::collections::{BTreeMap, HashMap};

use super::partition::{Divided, Work};
use super::plan::count;
use super::suggest::{SuggestRequest, request_for};
use super::{AppError, Watch};
use crate::atom::AtomId;
use crate::plan::draft::{Draft, DrawnGrid};
use crate::plan::{Attribute, Reason};
use crate::store::{PlanRecord, Store};

/// The ground of some grids of a draft.
#[derive(Debug, Clone)]
pub struct DrawnGround {
    grids: Vec<DrawnGrid>,
    /// Ascending, with the position of its grid among those.
    atoms: Vec<(u32, u32)>,
}

impl DrawnGround {
    /// The ground of these grids at a revision.
    ///
    /// # Errors
    /// [`AppError::Terms`]: a grid that is not there, holds nothing or is locked, or that holds a locked atom.
    pub fn new(draft: &Draft, rev: i64, grids: Vec<DrawnGrid>) -> Result<Self, AppError> {
        let drawn: HashMap<&DrawnGrid, bool> = draft.grids().map(|(id, drawn)| (id, drawn.locked)).collect();
        for id in &grids {
            let why = match drawn.get(id) {
                None => "is not there",
                Some(true) => "is locked: unlock it, or divide others",
                Some(false) => continue,
            };
            return Err(AppError::Terms(format!("grid {:?} {why} at revision {rev}", id.0)));
        }
        let position: HashMap<&DrawnGrid, u32> = grids.iter().zip(0..).collect();
        let of = |atom: u32| Some((atom, *position.get(draft.grid_of(atom)?)?));
        let atoms: Vec<(u32, u32)> = (0..draft.len()).filter_map(of).collect();
        if let Some(empty) = (0..).zip(&grids).find(|(at, _)| atoms.iter().all(|(_, grid)| grid != at)) {
            return Err(AppError::Terms(format!("grid {:?} holds nothing at revision {rev}", empty.1.0)));
        }
        let locked = draft.locked().atoms(draft.len()).unwrap_or_default();
        let held = atoms.iter().filter(|(atom, _)| locked.binary_search(atom).is_ok()).count();
        if held > 0 {
            return Err(AppError::Terms(format!(
                "{held} atoms of these grids are locked at revision {rev}: unlock them, or divide others"
            )));
        }
        Ok(Self { grids, atoms })
    }
}

/// A grid as it is proposed.
#[derive(Debug, Clone, PartialEq)]
pub struct ProposedGrid {
    /// The grid of the draft that it goes on as, the one it shares most with; `None` of a new one.
    pub id: Option<DrawnGrid>,
    /// How many atoms it would hold.
    pub atoms: u64,
    /// Households in them, unknown as 0.
    pub households: u64,
    /// Persons in them, unknown as 0.
    pub population: u64,
    /// Why it would lie outside its band, if it would.
    pub reason: Option<Reason>,
}

/// A division of the ground that is better than those before it.
#[derive(Debug, Clone, PartialEq)]
pub struct GroundProposal {
    /// 1, 2, 3 …
    pub number: u32,
    /// Its grids: those that go on, in the order they were named, then new ones.
    pub grids: Vec<ProposedGrid>,
    /// Atoms that would go into another grid, in the order of the dataset: code, the grid they are in, position of the one they would be in.
    pub changed: Vec<(String, DrawnGrid, u32)>,
    /// How many of 100 of those that are counted would stay in their grid.
    pub kept_percent: f64,
}

/// Searches better divisions of the ground of some grids, changing it as little as the price asks, and tells of each. The engine sees that
/// ground alone, so it takes O(n log n) in its atoms and not in those of the plan.
///
/// # Errors
/// [`AppError`].
pub async fn suggest_on_draft(
    store: &dyn Store,
    plan: &PlanRecord,
    asked: &SuggestRequest,
    ground: &DrawnGround,
    watch: &dyn Watch,
    tell: &(dyn Fn(GroundProposal) + Sync),
) -> Result<(), AppError> {
    let request = request_for(store, plan, asked).await?;
    let mut work = Work::of(store, &request).await?;
    work.narrow(&ground.atoms, ground.grids.iter().map(|id| id.0.clone()).collect());
    let mut number = 0;
    let mut found = |divided: &Divided| {
        number += 1;
        tell(proposal(number, &work, plan.attribute, ground, divided));
        Ok(())
    };
    tokio::task::block_in_place(|| work.divide(&request, watch, &mut found))?;
    Ok(())
}

fn proposal(number: u32, work: &Work, counted: Attribute, ground: &DrawnGround, divided: &Divided) -> GroundProposal {
    let dataset = &work.prepared.dataset;
    let size = |atom: u32, of: Attribute| u64::from(count(dataset.atom(AtomId(atom)), of).unwrap_or(0));
    let mut made: BTreeMap<u32, ProposedGrid> = BTreeMap::new();
    // what each new grid shares with each old one; an atom without anybody counts a little, too
    let mut shared: BTreeMap<(u32, u32), (u64, u64)> = BTreeMap::new();
    for &(atom, old) in &ground.atoms {
        let Some(new) = divided.assignment.grids()[atom as usize] else { continue };
        let grid = made.entry(new.0).or_insert_with(|| ProposedGrid {
            id: None,
            atoms: 0,
            households: 0,
            population: 0,
            reason: divided.reasons.get(&new).cloned(),
        });
        grid.atoms += 1;
        grid.households += size(atom, Attribute::Households);
        grid.population += size(atom, Attribute::Population);
        let both = shared.entry((old, new.0)).or_default();
        *both = (both.0 + size(atom, counted), both.1 + 1);
    }
    let mut pairs: Vec<_> = shared.into_iter().collect();
    pairs.sort_by(|(one, a), (other, b)| b.cmp(a).then(one.cmp(other)));
    let mut taken: BTreeMap<u32, u32> = BTreeMap::new();
    let mut goes_on: HashMap<u32, u32> = HashMap::new();
    for ((old, new), _) in pairs {
        if !taken.contains_key(&old) && !goes_on.contains_key(&new) {
            taken.insert(old, new);
            goes_on.insert(new, old);
        }
    }
    let fresh = made.keys().copied().filter(|new| !goes_on.contains_key(new));
    let order: Vec<u32> = taken.values().copied().chain(fresh).collect();
    let position: HashMap<u32, u32> = order.iter().copied().zip(0..).collect();
    let grids = order.iter().map(|new| ProposedGrid {
        id: goes_on.get(new).map(|&old| ground.grids[old as usize].clone()),
        ..made[new].clone()
    });
    let (mut all, mut kept) = (0, 0);
    let mut changed = Vec::new();
    for &(atom, old) in &ground.atoms {
        let Some(new) = divided.assignment.grids()[atom as usize] else { continue };
        let stays = goes_on.get(&new.0) == Some(&old);
        all += size(atom, counted);
        kept += if stays { size(atom, counted) } else { 0 };
        if !stays {
            let code = dataset.atom(AtomId(atom)).code.clone();
            changed.push((code, ground.grids[old as usize].clone(), position[&new.0]));
        }
    }
    let kept_percent = if all == 0 { 100.0 } else { (kept as f64 / all as f64 * 1e4).round() / 100.0 };
    GroundProposal { number, grids: grids.collect(), changed, kept_percent }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::draft::{Drawn, Runs};

    fn draft() -> Draft {
        let grid =
            |id: &str, locked| (DrawnGrid(id.to_owned()), Drawn { code: id.to_owned(), name: id.to_owned(), locked });
        let of_atom = vec![Some(0), Some(0), Some(1), Some(2), None, Some(1)];
        Draft::new(
            vec![grid("g0", false), grid("g1", false), grid("g2", true), grid("g3", false)],
            of_atom,
            vec![true; 6],
        )
    }

    fn of(grids: &[&str]) -> Result<DrawnGround, String> {
        let ids = grids.iter().map(|&id| DrawnGrid(id.to_owned())).collect();
        DrawnGround::new(&draft(), 7, ids).map_err(|error| error.to_string())
    }

    #[test]
    fn the_ground_is_that_of_the_grids_that_are_named_and_no_other() {
        assert_eq!(of(&["g1", "g0"]).unwrap().atoms, [(0, 1), (1, 1), (2, 0), (5, 0)]);
        assert_eq!(draft().locked(), Runs::of([]), "no atom is locked by itself");
        for (grids, words) in [
            (["g0", "g9"], "\"g9\" is not there at revision 7"),
            (["g0", "g2"], "\"g2\" is locked"),
            (["g0", "g3"], "\"g3\" holds nothing"),
        ] {
            let said = of(&grids).unwrap_err();
            assert!(said.contains(words), "{said}");
        }
    }
}
