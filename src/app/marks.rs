//! What atoms are marked with: those that stay together, those that stay apart; and why marks and locks cannot be kept to.

use std::collections::BTreeMap;

use super::partition::Work;
use super::{AppError, areas};
use crate::atom::{APART, AtomId, TOGETHER};
use crate::graph::Graph;
use crate::partition::TermsError;
use crate::store::PlanLevel;

/// Atoms of one unit that one name may keep apart: each takes a grid of its own, and pairs grow with the square.
const MOST_APART: usize = 200;

impl Work {
    /// Atoms that are never divided, by their position in `inside`: those marked together, and each connected part of an exclusive
    /// unit; of areas those of each community.
    pub(super) fn together(&self, graph: &Graph, unit: &[u32]) -> Vec<Vec<AtomId>> {
        if self.terms.level == PlanLevel::Area {
            return areas::together(&self.prepared.dataset, &self.inside);
        }
        let mut named: BTreeMap<String, Vec<AtomId>> = BTreeMap::new();
        let mut exclusive: BTreeMap<u32, Vec<AtomId>> = BTreeMap::new();
        let (component, _) = graph.components_by(|atom| unit[atom as usize]);
        for (i, &atom) in (0_u32..).zip(&self.inside) {
            if self.nesting.is_exclusive(Some(unit[i as usize])) {
                exclusive.entry(component[i as usize]).or_default().push(AtomId(i));
            } else if let Some(name) = self.prepared.dataset.atom(AtomId(atom)).attributes.get(TOGETHER) {
                named.entry(name.to_string()).or_default().push(AtomId(i));
            }
        }
        named.into_values().chain(exclusive.into_values()).filter(|group| group.len() > 1).collect()
    }

    /// Pairs of atoms that are never in one grid, by their position in `inside`: those of one unit marked apart by the same name.
    /// Areas of whole communities know no such pairs: it is grids that are kept apart.
    pub(super) fn apart(&self, unit: &[u32]) -> Result<Vec<(AtomId, AtomId)>, AppError> {
        if self.terms.level == PlanLevel::Area {
            return Ok(Vec::new());
        }
        let mut named: BTreeMap<(u32, String), Vec<AtomId>> = BTreeMap::new();
        for (i, &atom) in (0_u32..).zip(&self.inside) {
            if let Some(name) = self.prepared.dataset.atom(AtomId(atom)).attributes.get(APART) {
                named.entry((unit[i as usize], name.to_string())).or_default().push(AtomId(i));
            }
        }
        let mut pairs = Vec::new();
        for ((unit, name), group) in named {
            if group.len() > MOST_APART {
                let unit = &self.nesting.names[unit as usize].0;
                return Err(AppError::Terms(format!(
                    "{} areas of {unit} are to stay apart as {name}, which takes a grid for each: {MOST_APART} at most; was the \
                     right field named with --apart?",
                    group.len()
                )));
            }
            for (i, &a) in group.iter().enumerate() {
                pairs.extend(group[i + 1..].iter().map(|&b| (a, b)));
            }
        }
        Ok(pairs)
    }
}

/// Why terms cannot be kept to, by codes.
pub(super) fn in_codes<'a>(
    error: &TermsError,
    grids: &[String],
    units: &[(String, String)],
    atom: impl Fn(AtomId) -> &'a str,
) -> String {
    let unit = |unit: u32| units[unit as usize].0.as_str();
    match error {
        TermsError::LockAcross { grid, units } => format!(
            "grid {} cannot be locked: it lies in {} and {}, which no grid crosses; lock other grids, or divide both as one (--within)",
            grids[*grid as usize],
            unit(units.0),
            unit(units.1)
        ),
        TermsError::TogetherAcross { atoms: (a, b) } => format!(
            "{} and {} are to stay together but lie in two units: mark them otherwise in the file, or divide both as one (--within)",
            atom(*a),
            atom(*b)
        ),
        TermsError::TogetherApart { atoms: (a, b) } => format!(
            "{} and {} are to stay together, but nothing of their group joins them: mark what lies between as well, or declare \
             a bridge, ferry or underpass (wangge import --as links)",
            atom(*a),
            atom(*b)
        ),
        TermsError::TogetherLocked { atoms: (a, b) } => format!(
            "{} and {} are to stay together but are not in the same locked grid: lock both or none",
            atom(*a),
            atom(*b)
        ),
        TermsError::ApartTogether { atoms: (a, b) } => format!(
            "{} and {} are to stay apart, but are held together: by a mark that keeps them together, an exclusive grid, or a \
             grid that is locked; give up one of the two",
            atom(*a),
            atom(*b)
        ),
        other => other.to_string(),
    }
}
