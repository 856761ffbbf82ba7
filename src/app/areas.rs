//! Patrol areas (片区): whole communities grouped, within the next level up.

use std::collections::{BTreeMap, BTreeSet};

use super::{AppError, Prepared};
use crate::atom::{AtomId, Dataset};
use crate::geom::MultiPolygon;
use crate::store::{NestedIn, NewFinding};
use crate::topology::{Ferry, nearest};

use super::islands::FERRY;

/// What areas keep to: the level above the communities (everything where there is none), or the one that was asked for.
///
/// # Errors
/// The level of the communities themselves.
pub(super) fn nested_in(dataset: &Dataset, asked: &NestedIn) -> Result<NestedIn, AppError> {
    let lowest = dataset.lowest_level();
    let tree = || dataset.jurisdictions.iter();
    match asked {
        NestedIn::Lowest => {
            let above = tree().find(|unit| unit.level + 1 == lowest);
            Ok(above.map_or(NestedIn::Nothing, |unit| NestedIn::Level(unit.level_name.clone())))
        }
        NestedIn::Level(name) if tree().any(|unit| unit.level == lowest && unit.level_name == *name) => {
            let above: BTreeSet<(u8, &str)> =
                tree().filter(|unit| unit.level < lowest).map(|unit| (unit.level, unit.level_name.as_str())).collect();
            let known: Vec<String> = above.into_iter().map(|(_, name)| format!("{name}, ")).collect();
            Err(AppError::Terms(format!(
                "patrol areas are made of whole jurisdictions of the level {name:?}, so they cannot keep to these: --within takes {}all",
                known.concat()
            )))
        }
        NestedIn::Level(_) | NestedIn::Nothing => Ok(asked.clone()),
    }
}

/// The atoms of each community, by their position in `inside`: they stay together.
pub(super) fn together(dataset: &Dataset, inside: &[u32]) -> Vec<Vec<AtomId>> {
    let mut communities: BTreeMap<u32, Vec<AtomId>> = BTreeMap::new();
    for (i, &atom) in (0_u32..).zip(inside) {
        communities.entry(dataset.atom(AtomId(atom)).unit.0).or_default().push(AtomId(i));
    }
    communities.into_values().filter(|atoms| atoms.len() > 1).collect()
}

/// What joins the parts of communities that lie in several: each part, the one with the fewest atoms first, goes with the nearest of
/// the others. Of the communities of these atoms, whole ones.
pub(super) fn ferries(prepared: &Prepared, inside: &[u32]) -> Vec<Ferry> {
    let atoms = &prepared.dataset.atoms;
    let shapes: Vec<&MultiPolygon> = atoms.iter().map(|atom| &atom.shape).collect();
    let (component, _) = prepared.graph.components_by(|atom| atoms[atom as usize].unit);
    let mut communities: BTreeMap<u32, BTreeMap<u32, Vec<u32>>> = BTreeMap::new();
    for &atom in inside {
        let unit = atoms[atom as usize].unit;
        communities.entry(unit.0).or_default().entry(component[atom as usize]).or_default().push(atom);
    }
    let mut ferries = Vec::new();
    for parts in communities.into_values() {
        let mut parts: Vec<Vec<u32>> = parts.into_values().collect();
        while parts.len() > 1 {
            let least = (0..parts.len()).min_by_key(|&i| parts[i].len()).unwrap_or(0);
            let part = parts.remove(least);
            let rest: Vec<u32> = parts.iter().flatten().copied().collect();
            let Some(ferry) = nearest(&shapes, &part, &rest) else { break };
            let other = parts.iter_mut().find(|atoms| atoms.contains(&ferry.to.0));
            other.expect("the ferry goes to one of the other parts").extend(part);
            ferries.push(ferry);
        }
    }
    ferries
}

/// Whether a ferry joins the parts of one community.
pub(super) fn is_within(dataset: &Dataset, ferry: &Ferry) -> bool {
    dataset.atom(ferry.from).unit == dataset.atom(ferry.to).unit
}

/// What is kept of such a ferry.
pub(super) fn finding(dataset: &Dataset, ferry: &Ferry) -> NewFinding {
    let code = |atom: AtomId| dataset.atom(atom).code.clone();
    let (from, to) = (code(ferry.from), code(ferry.to));
    let community = &dataset.jurisdictions[dataset.atom(ferry.from).unit.0 as usize].code;
    let length = ferry.distance_m;
    NewFinding {
        kind: FERRY.to_owned(),
        point: ferry.at,
        shape: None,
        area_m2: 0.0,
        moved_m: None,
        en: format!(
            "{from} and {to} count as neighbours over {length:.0} m: they lie in parts of {community} that share no border, and a patrol area takes a community whole"
        ),
        zh: format!(
            "{from} 与 {to} 相距 {length:.0} 米，视为相邻：二者属 {community} 中互不相连的部分，片区不拆分社区"
        ),
        parties: vec![from, to],
    }
}

/// Areas that share a community with another one, of a plan with these areas of atoms: none, in a sound plan.
pub(super) fn torn(dataset: &Dataset, labels: &[Option<u32>]) -> BTreeSet<u32> {
    let mut area: BTreeMap<u32, u32> = BTreeMap::new();
    let mut torn = BTreeSet::new();
    for (atom, label) in dataset.atoms.iter().zip(labels) {
        let Some(label) = *label else { continue };
        if *area.entry(atom.unit.0).or_insert(label) != label {
            torn.insert(label);
        }
    }
    torn
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::atom::{Atom, Jurisdiction, UnitId};

    fn tree(levels: &[&str]) -> Dataset {
        let unit = |(i, name): (usize, &&str)| Jurisdiction {
            code: format!("J{i}"),
            name: format!("J{i}"),
            level: i as u8 + 1,
            level_name: (*name).to_owned(),
            parent: i.checked_sub(1).map(|up| format!("J{up}")),
            kind: None,
        };
        Dataset { jurisdictions: levels.iter().enumerate().map(unit).collect(), ..Dataset::default() }
    }

    #[test]
    fn areas_keep_to_the_level_above_the_communities_unless_another_is_asked_for() {
        let level = |name: &str| NestedIn::Level(name.to_owned());
        let three = tree(&["district", "street", "community"]);
        assert_eq!(nested_in(&three, &NestedIn::Lowest).unwrap(), level("street"));
        assert_eq!(nested_in(&three, &level("district")).unwrap(), level("district"));
        assert_eq!(nested_in(&three, &NestedIn::Nothing).unwrap(), NestedIn::Nothing);
        assert_eq!(nested_in(&tree(&["community"]), &NestedIn::Lowest).unwrap(), NestedIn::Nothing);
        let refused = nested_in(&three, &level("community")).unwrap_err().to_string();
        assert!(refused.ends_with("--within takes district, street, all"), "{refused}");
    }

    #[test]
    fn an_area_that_shares_a_community_is_torn() {
        let atoms = [0, 0, 1].map(|unit| Atom { unit: UnitId(unit), ..Atom::default() }).into();
        let dataset = Dataset { atoms, ..Dataset::default() };
        assert_eq!(torn(&dataset, &[Some(0), Some(0), Some(1)]), BTreeSet::new());
        assert_eq!(torn(&dataset, &[Some(0), Some(1), Some(1)]), BTreeSet::from([1]));
        assert_eq!(together(&dataset, &[0, 1, 2]), [[AtomId(0), AtomId(1)]]);
        assert_eq!(together(&dataset, &[1, 2]), Vec::<Vec<AtomId>>::new());
    }
}
