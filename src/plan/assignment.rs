//! Atom → grid.

use crate::atom::AtomId;

/// Position of a grid inside one plan. Never stored: codes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GridId(pub u32);

/// For each atom of a dataset its grid, or nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Assignment {
    grids: Vec<Option<GridId>>,
    grid_count: u32,
}

impl Assignment {
    /// From one entry an atom. Grids are renumbered by first appearance, so that equal groupings are equal
    /// assignments. O(n).
    pub fn new<L: std::hash::Hash + Eq>(labels: impl IntoIterator<Item = Option<L>>) -> Self {
        let mut numbers = std::collections::HashMap::new();
        let grids = labels
            .into_iter()
            .map(|label| {
                label.map(|label| {
                    let next = numbers.len() as u32;
                    GridId(*numbers.entry(label).or_insert(next))
                })
            })
            .collect();
        Self { grids, grid_count: numbers.len() as u32 }
    }

    /// The grid of an atom.
    ///
    /// # Panics
    /// When the atom is not of this dataset.
    pub fn grid_of(&self, atom: AtomId) -> Option<GridId> {
        self.grids[atom.0 as usize]
    }

    /// One entry an atom, in their order.
    pub fn grids(&self) -> &[Option<GridId>] {
        &self.grids
    }

    /// How many grids.
    pub fn grid_count(&self) -> usize {
        self.grid_count as usize
    }

    /// The atoms of each grid, ascending. O(n).
    pub fn members(&self) -> Vec<Vec<AtomId>> {
        let mut members = vec![Vec::new(); self.grid_count()];
        for (atom, grid) in self.grids.iter().enumerate() {
            if let Some(grid) = grid {
                members[grid.0 as usize].push(AtomId(atom as u32));
            }
        }
        members
    }

    /// Atoms in no grid, ascending.
    pub fn unassigned(&self) -> impl Iterator<Item = AtomId> + '_ {
        self.grids.iter().enumerate().filter(|(_, grid)| grid.is_none()).map(|(atom, _)| AtomId(atom as u32))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_groupings_are_equal_assignments_whatever_the_labels() {
        let a = Assignment::new([Some("x"), None, Some("y"), Some("x")]);
        let b = Assignment::new([Some(9), None, Some(2), Some(9)]);
        assert_eq!(a, b);
        assert_eq!(a.members(), [vec![AtomId(0), AtomId(3)], vec![AtomId(2)]]);
        assert_eq!(a.unassigned().collect::<Vec<_>>(), [AtomId(1)]);
    }
}
