//! What the grids of a plan nest in: jurisdictions of some level, the grids of another plan, or nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::bands::{self, Home};
use super::{AppError, Prepared};
use crate::atom::{Dataset, EXCLUSIVE};
use crate::plan::{Band, Counted, OwnBand, Reason};
use crate::store::{GridRecord, NestedIn, PlanLevel, PlanTerms, Store};

/// What each atom nests in.
#[derive(Debug, Clone)]
pub(super) struct Nesting {
    /// By atom; `None` where it is not divided at all (in no grid of the plan above).
    pub unit: Vec<Option<u32>>,
    /// Code and name of each.
    pub names: Vec<(String, String)>,
    /// The grids of the plan above, of a plan of micro-grids: one a unit.
    pub above: Option<Vec<GridRecord>>,
    /// Units from here on are exclusive: they hold nothing else and stay whole.
    pub exclusive: u32,
    /// Their band, where one was given.
    exclusive_band: Option<Band>,
    /// The own bands of each other unit.
    own: Vec<OwnBand>,
}

impl Nesting {
    /// Of a plan with these terms.
    ///
    /// # Errors
    /// A level that no jurisdiction has; the store.
    pub async fn of(store: &dyn Store, prepared: &Prepared, terms: &PlanTerms) -> Result<Self, AppError> {
        let dataset = &prepared.dataset;
        let mut nesting = match (terms.level, terms.parent) {
            (PlanLevel::Micro, Some(parent)) => Self::in_grids(store, parent).await?,
            _ => Self::in_jurisdictions(dataset, &terms.nested_in)?,
        };
        nesting.own = bands::of_units(dataset, &nesting.homes(dataset), &terms.own_bands)?;
        // micro-grids divide what stays whole above, and areas take communities whole
        if terms.level == PlanLevel::Grid {
            nesting.set_apart(dataset, terms.exclusive_band);
        }
        Ok(nesting)
    }

    /// Where each unit lies.
    fn homes(&self, dataset: &Dataset) -> Vec<Home> {
        let position: HashMap<&str, u32> =
            dataset.jurisdictions.iter().map(|unit| unit.code.as_str()).zip(0_u32..).collect();
        let used: BTreeSet<u32> = self.unit.iter().flatten().copied().collect();
        let home = |(unit, (code, _)): (u32, &(String, String))| {
            let code = self.above.as_ref().map_or(code, |grids| &grids[unit as usize].jurisdiction);
            match position.get(code.as_str()) {
                _ if !used.contains(&unit) => Home::Unused,
                Some(&at) => Home::In(at),
                None => Home::Everything,
            }
        };
        (0_u32..).zip(&self.names).map(home).collect()
    }

    /// Makes units of their own of what is marked exclusive: by name within a unit, or each atom for itself.
    fn set_apart(&mut self, dataset: &Dataset, band: Option<Band>) {
        let mut numbers: BTreeMap<(u32, &str), u32> = BTreeMap::new();
        for (atom, unit) in dataset.atoms.iter().zip(&mut self.unit) {
            let (Some(marked), Some(unit)) = (atom.attributes.get(EXCLUSIVE), unit) else { continue };
            let (key, name) = match marked.as_str() {
                Some(name) => (name, name),
                None => (atom.code.as_str(), atom.name.as_deref().unwrap_or(&atom.code)),
            };
            *unit = *numbers.entry((*unit, key)).or_insert_with(|| {
                self.names.push((key.to_owned(), name.to_owned()));
                self.names.len() as u32 - 1
            });
        }
        self.exclusive_band = band;
    }

    /// Whether a unit is exclusive.
    pub fn is_exclusive(&self, unit: Option<u32>) -> bool {
        unit.is_some_and(|unit| unit >= self.exclusive)
    }

    /// What a grid in this unit counts, and the bands it keeps to: exclusive ones have a band of their own, and only one.
    pub fn counted(&self, unit: Option<u32>, usual: Counted) -> Counted {
        if self.is_exclusive(unit) {
            return Counted::one(usual.attribute, self.exclusive_band.unwrap_or(Band::ANY));
        }
        unit.and_then(|unit| self.own.get(unit as usize)).map_or(usual, |own| own.over(usual))
    }

    /// What of it is not as it is elsewhere in the plan.
    pub fn own(&self, unit: Option<u32>, usual: Counted) -> OwnBand {
        if self.is_exclusive(unit) {
            let Counted { band, .. } = self.counted(unit, usual);
            return OwnBand { band: Some(band), other: usual.other.map(|_| Band::ANY) };
        }
        let Counted { band, other, .. } = self.counted(unit, usual);
        OwnBand { band: Some(band).filter(|band| *band != usual.band), other: other.filter(|_| other != usual.other) }
    }

    /// Units whose bands are not those of the plan, ascending.
    pub fn apart_from(&self, usual: Counted) -> Vec<(u32, Counted)> {
        let units = (0..self.names.len() as u32).map(|unit| (unit, self.counted(Some(unit), usual)));
        units.filter(|&(unit, counted)| counted != usual || self.is_exclusive(Some(unit))).collect()
    }

    async fn in_grids(store: &dyn Store, parent: i64) -> Result<Self, AppError> {
        let grids = store.grids(parent).await?;
        let position: HashMap<&str, u32> = grids.iter().zip(0..).map(|(grid, i)| (grid.code.as_str(), i)).collect();
        let atoms = store.plan_atoms(parent).await?;
        let unit = atoms.iter().map(|(_, grid)| position.get(grid.as_deref()?).copied()).collect();
        let names: Vec<_> = grids.iter().map(|grid| (grid.code.clone(), grid.name.clone())).collect();
        let exclusive = grids.len() as u32;
        Ok(Self { unit, names, above: Some(grids), exclusive, exclusive_band: None, own: Vec::new() })
    }

    fn in_jurisdictions(dataset: &Dataset, nested: &NestedIn) -> Result<Self, AppError> {
        let tree = &dataset.jurisdictions;
        let names: Vec<_> = tree.iter().map(|unit| (unit.code.clone(), unit.name.clone())).collect();
        let lowest = dataset.atoms.iter().map(|atom| atom.unit.0);
        let (unit, names) = match nested {
            NestedIn::Lowest => (lowest.map(Some).collect(), names),
            NestedIn::Nothing => {
                let mut roots = tree.iter().filter(|unit| unit.level == 1);
                let whole = match (roots.next(), roots.next()) {
                    (Some(root), None) => (root.code.clone(), root.name.clone()),
                    _ => (Reason::EVERYTHING.to_owned(), Reason::EVERYTHING.to_owned()),
                };
                (vec![Some(0); dataset.atoms.len()], vec![whole])
            }
            NestedIn::Level(name) => {
                let level = tree.iter().find(|unit| unit.level_name == *name).map(|unit| unit.level);
                let level = level.ok_or_else(|| {
                    let known: BTreeSet<(u8, &str)> =
                        tree.iter().map(|unit| (unit.level, unit.level_name.as_str())).collect();
                    let known: Vec<&str> = known.into_iter().map(|(_, name)| name).collect();
                    AppError::UnknownLevel { level: name.clone(), known: known.join(", ") }
                })?;
                let upward = Upward::new(dataset);
                let unit = lowest.map(|unit| upward.chain(unit).find(|&up| tree[up as usize].level == level));
                (unit.collect(), names)
            }
        };
        let exclusive = names.len() as u32;
        Ok(Self { unit, names, above: None, exclusive, exclusive_band: None, own: Vec::new() })
    }
}

/// The tree of jurisdictions by position.
pub(super) struct Upward(Vec<Option<u32>>);

impl Upward {
    pub fn new(dataset: &Dataset) -> Self {
        let tree = &dataset.jurisdictions;
        let position: HashMap<&str, u32> = tree.iter().zip(0..).map(|(unit, i)| (unit.code.as_str(), i)).collect();
        Self(tree.iter().map(|unit| position.get(unit.parent.as_deref()?).copied()).collect())
    }

    /// A jurisdiction and all above it, the lowest first.
    pub fn chain(&self, unit: u32) -> impl Iterator<Item = u32> + '_ {
        std::iter::successors(Some(unit), |&unit| self.0[unit as usize])
    }

    /// The jurisdiction that a grid belongs to: the lowest one that holds all these, or, where they have none in common, the one at
    /// the top with most of the people (of equals, the first).
    ///
    /// # Panics
    /// When there are none.
    pub fn home(&self, units: impl Iterator<Item = (u32, u64)>) -> u32 {
        let mut people: Vec<(u32, u64)> = Vec::new();
        for (unit, here) in units {
            match people.iter_mut().find(|(known, _)| *known == unit) {
                Some((_, sum)) => *sum += here,
                None => people.push((unit, here)),
            }
        }
        let mut common: Vec<u32> = self.chain(people.first().expect("a grid has atoms").0).collect();
        for &(unit, _) in &people[1..] {
            let chain: BTreeSet<u32> = self.chain(unit).collect();
            common.retain(|unit| chain.contains(unit));
        }
        if let Some(&lowest) = common.first() {
            return lowest;
        }
        let mut tops: Vec<(u32, u64)> = Vec::new();
        for (unit, here) in people {
            let top = self.chain(unit).last().unwrap_or(unit);
            match tops.iter_mut().find(|(known, _)| *known == top) {
                Some((_, sum)) => *sum += here,
                None => tops.push((top, here)),
            }
        }
        let most = tops.into_iter().max_by_key(|&(unit, sum)| (sum, std::cmp::Reverse(unit)));
        most.map_or(0, |(unit, _)| unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::atom::Jurisdiction;

    fn tree() -> Dataset {
        let unit = |code: &str, level, parent: Option<&str>| Jurisdiction {
            code: code.to_owned(),
            name: code.to_owned(),
            level,
            level_name: ["", "street", "community"][usize::from(level)].to_owned(),
            parent: parent.map(str::to_owned),
            kind: None,
        };
        let jurisdictions = vec![
            unit("A", 1, None),
            unit("B", 1, None),
            unit("A1", 2, Some("A")),
            unit("A2", 2, Some("A")),
            unit("B1", 2, Some("B")),
        ];
        Dataset { jurisdictions, ..Dataset::default() }
    }

    #[test]
    fn a_grid_belongs_to_the_lowest_jurisdiction_that_holds_all_of_it() {
        let upward = Upward::new(&tree());
        assert_eq!(upward.home([(2, 5), (2, 7)].into_iter()), 2);
        assert_eq!(upward.home([(2, 5), (3, 0)].into_iter()), 0);
        // nothing holds both streets: most of the people decide
        assert_eq!(upward.home([(2, 5), (4, 9), (3, 3)].into_iter()), 1);
        assert_eq!(upward.home([(4, 8), (2, 5), (3, 3)].into_iter()), 0);
    }

    #[test]
    fn a_level_that_is_not_there_is_refused_with_those_that_are() {
        let error = Nesting::in_jurisdictions(&tree(), &NestedIn::Level("district".to_owned())).unwrap_err();
        assert_eq!(
            error.to_string(),
            "no jurisdiction is of the level \"district\": --within takes one of street, community, or all"
        );
    }
}
