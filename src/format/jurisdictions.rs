//! Columns of codes become the tree of jurisdictions.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::atom::{Atom, Jurisdiction, UnitId};

/// Codes named in a warning.
const SHOWN_CODES: usize = 3;

/// One level as the file has it: a code for each atom, and a name where there is one.
pub(super) struct LevelColumn {
    pub(super) field: String,
    pub(super) codes: Vec<String>,
    pub(super) names: Option<Vec<Option<String>>>,
}

pub(super) struct Tree {
    /// Parents before children, then by code.
    pub(super) jurisdictions: Vec<Jurisdiction>,
    /// For each atom, its jurisdiction of the lowest level.
    pub(super) units: Vec<UnitId>,
    pub(super) warnings: Vec<String>,
}

/// Nests the columns: the one with the fewest distinct codes is the top, ties go by the order given. A code that stands
/// under several parents, or that a higher level has already, becomes `{parent}-{code}`, with a warning.
/// O(atoms · levels · log jurisdictions).
pub(super) fn nest(mut columns: Vec<LevelColumn>) -> Tree {
    columns.sort_by_cached_key(|column| column.codes.iter().collect::<HashSet<_>>().len());
    let mut nodes: Vec<Jurisdiction> = Vec::new();
    let mut taken: HashSet<String> = HashSet::new();
    let mut warnings = Vec::new();
    // for each atom, its node of the level above
    let mut above: Vec<Option<usize>> = vec![None; columns.first().map_or(0, |column| column.codes.len())];
    for (column, level) in columns.iter().zip(1_u8..) {
        let mut parents_of: BTreeMap<(&str, Option<usize>), usize> = BTreeMap::new();
        for (code, &parent) in column.codes.iter().zip(&above) {
            parents_of.entry((code, parent)).or_insert(0);
        }
        let mut times: HashMap<&str, usize> = HashMap::new();
        for &(code, _) in parents_of.keys() {
            *times.entry(code).or_default() += 1;
        }
        let mut renamed: Vec<&str> = Vec::new();
        for (&(value, parent), node) in &mut parents_of {
            let mut code = value.to_owned();
            if let Some(parent) = parent
                && (times[value] > 1 || taken.contains(value))
            {
                code = format!("{}-{value}", nodes[parent].code);
                if renamed.last() != Some(&value) {
                    renamed.push(value);
                }
            }
            while !taken.insert(code.clone()) {
                code.push('\'');
            }
            *node = nodes.len();
            let parent = parent.map(|parent| nodes[parent].code.clone());
            let level_name = column.field.clone();
            nodes.push(Jurisdiction { name: code.clone(), code, level, level_name, parent, kind: None });
        }
        if !renamed.is_empty() {
            let first: Vec<&str> = renamed.iter().copied().take(SHOWN_CODES).collect();
            warnings.push(format!(
                "{} codes of {:?} stand under several parents or at a higher level too ({}{}): they became parent-code",
                renamed.len(),
                column.field,
                first.join(", "),
                if renamed.len() > SHOWN_CODES { ", …" } else { "" },
            ));
        }
        for (code, parent) in column.codes.iter().zip(&mut above) {
            *parent = Some(parents_of[&(code.as_str(), *parent)]);
        }
        if let Some(names) = &column.names {
            warnings.extend(name_nodes(&mut nodes, &above, names, &column.field));
        }
    }
    sorted(nodes, &above, warnings)
}

/// Gives each lowest jurisdiction the kind that its atoms say; those that say nothing do not count. O(atoms).
///
/// # Errors
/// In words, where two atoms of one jurisdiction say different kinds.
pub(super) fn set_kinds(
    jurisdictions: &mut [Jurisdiction],
    units: &[UnitId],
    (field, kinds): (&str, &[Option<String>]),
    atoms: &[Atom],
) -> Result<(), String> {
    let mut said: HashMap<u32, usize> = HashMap::new();
    for (i, (kind, unit)) in kinds.iter().zip(units).enumerate() {
        let Some(kind) = kind else { continue };
        let unit = unit.0 as usize;
        let first = *said.entry(unit as u32).or_insert(i);
        let Jurisdiction { code, kind: known, .. } = &mut jurisdictions[unit];
        match known {
            None => *known = Some(kind.clone()),
            Some(known) if known == kind => {}
            Some(known) => {
                return Err(format!(
                    "jurisdiction {code:?} is {known:?} by area {:?} and {kind:?} by area {:?} in field {field:?}: one jurisdiction is of one kind, so correct one of the two",
                    atoms[first].code, atoms[i].code
                ));
            }
        }
    }
    Ok(())
}

/// Gives each node the name most of its atoms carry, ties to the first in order of text.
fn name_nodes(
    nodes: &mut [Jurisdiction],
    node_of: &[Option<usize>],
    names: &[Option<String>],
    field: &str,
) -> Option<String> {
    let mut votes: BTreeMap<(usize, &str), usize> = BTreeMap::new();
    for (node, name) in node_of.iter().zip(names) {
        if let (Some(node), Some(name)) = (node, name) {
            *votes.entry((*node, name)).or_default() += 1;
        }
    }
    let mut best: BTreeMap<usize, (&str, usize)> = BTreeMap::new();
    let mut disputed: HashSet<usize> = HashSet::new();
    for ((node, name), votes) in votes {
        let leader = best.entry(node).or_insert((name, votes));
        if leader.0 != name {
            disputed.insert(node);
            if votes > leader.1 {
                *leader = (name, votes);
            }
        }
    }
    for (node, (name, _)) in best {
        name.clone_into(&mut nodes[node].name);
    }
    (!disputed.is_empty()).then(|| {
        format!("{} jurisdictions of {field:?} have several names; the most frequent was taken", disputed.len())
    })
}

fn sorted(nodes: Vec<Jurisdiction>, lowest: &[Option<usize>], warnings: Vec<String>) -> Tree {
    let mut order: Vec<usize> = (0..nodes.len()).collect();
    order.sort_by(|&a, &b| (nodes[a].level, &nodes[a].code).cmp(&(nodes[b].level, &nodes[b].code)));
    let mut position = vec![0_u32; nodes.len()];
    for (new, &old) in order.iter().enumerate() {
        position[old] = new as u32;
    }
    let units = lowest.iter().map(|node| UnitId(node.map_or(0, |node| position[node]))).collect();
    let mut nodes: Vec<Option<Jurisdiction>> = nodes.into_iter().map(Some).collect();
    let jurisdictions = order.into_iter().filter_map(|old| nodes[old].take()).collect();
    Tree { jurisdictions, units, warnings }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(field: &str, codes: &[&str]) -> LevelColumn {
        LevelColumn { field: field.into(), codes: codes.iter().map(ToString::to_string).collect(), names: None }
    }

    fn codes(tree: &Tree) -> Vec<(&str, Option<&str>)> {
        tree.jurisdictions.iter().map(|j| (j.code.as_str(), j.parent.as_deref())).collect()
    }

    #[test]
    fn levels_given_in_any_order_nest_from_few_to_many() {
        let town = || column("town", &["b", "b", "a", "a"]);
        let village = || column("village", &["3", "2", "1", "1"]);
        for columns in [vec![town(), village()], vec![village(), town()]] {
            let tree = nest(columns);
            let want = [("a", None), ("b", None), ("1", Some("a")), ("2", Some("b")), ("3", Some("b"))];
            assert_eq!(codes(&tree), want);
            assert_eq!(tree.units, [UnitId(4), UnitId(3), UnitId(2), UnitId(2)]);
            assert!(tree.warnings.is_empty());
        }
    }

    #[test]
    fn a_code_under_two_parents_becomes_two_jurisdictions() {
        let tree = nest(vec![column("town", &["a", "a", "b", "b"]), column("village", &["1", "2", "1", "3"])]);
        assert_eq!(&codes(&tree)[2..], [("2", Some("a")), ("3", Some("b")), ("a-1", Some("a")), ("b-1", Some("b"))]);
        assert!(tree.warnings[0].contains("\"village\"") && tree.warnings[0].contains('1'), "{:?}", tree.warnings);
    }

    #[test]
    fn a_code_of_two_levels_stays_unique() {
        let tree = nest(vec![column("town", &["1", "1", "2"]), column("village", &["1", "2", "3"])]);
        let all: HashSet<&str> = tree.jurisdictions.iter().map(|j| j.code.as_str()).collect();
        assert_eq!(all, HashSet::from(["1", "2", "1-1", "1-2", "3"]));
    }

    #[test]
    fn a_jurisdiction_is_of_the_kind_its_atoms_say_and_of_no_two() {
        let mut tree = nest(vec![column("village", &["1", "1", "2", "3"])]);
        let atoms: Vec<Atom> = ["p", "q", "r", "s"].map(|code| Atom { code: code.into(), ..Atom::default() }).into();
        let kinds = |words: [&str; 4]| words.map(|word| (!word.is_empty()).then(|| word.to_owned())).to_vec();
        let said = kinds(["", "rural", "urban", ""]);
        set_kinds(&mut tree.jurisdictions, &tree.units, ("class", &said), &atoms).unwrap();
        let found: Vec<Option<&str>> = tree.jurisdictions.iter().map(|unit| unit.kind.as_deref()).collect();
        assert_eq!(found, [Some("rural"), Some("urban"), None]);
        let torn = kinds(["rural", "urban", "", ""]);
        let mut tree = nest(vec![column("village", &["1", "1", "2", "3"])]);
        let refused = set_kinds(&mut tree.jurisdictions, &tree.units, ("class", &torn), &atoms).unwrap_err();
        for word in ["\"1\"", "\"rural\" by area \"p\"", "\"urban\" by area \"q\"", "\"class\""] {
            assert!(refused.contains(word), "{refused}");
        }
    }

    #[test]
    fn the_most_frequent_name_wins() {
        let mut town = column("town", &["a", "a", "a", "b"]);
        town.names = Some([Some("南苑"), None, Some("南苑街道"), Some("东城")].map(|n| n.map(str::to_owned)).to_vec());
        let tree = nest(vec![town]);
        assert_eq!(tree.jurisdictions[0].name, "南苑");
        assert_eq!(tree.jurisdictions[1].name, "东城");
        assert_eq!(tree.warnings.len(), 1);
    }
}
