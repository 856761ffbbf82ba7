//! A draft at one revision, and what operations do to it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::op::{Drawn, DrawnGrid, Operation, Runs, is_id};

/// The longest code or name of a grid, in letters.
const NAME_CHARS: usize = 200;
/// The longest name of a problem and the longest reason, in letters.
const REASON_CHARS: usize = 2_000;

/// Why an operation cannot be done. Nothing of it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unfit {
    /// Atoms that are no list of runs of this dataset.
    #[error("atoms are runs of a skip and a take, within the dataset: {reason}")]
    Runs {
        /// What is wrong.
        reason: String,
    },
    /// An id, a name or a reason that cannot be one.
    #[error("{what} has {chars} letters: give 1 to {most}, none of them a control character")]
    Text {
        /// Which.
        what: &'static str,
        /// How many.
        chars: usize,
        /// At most so many.
        most: usize,
    },
    /// Rule 1: an atom in two moves.
    #[error("atom {atom} stands in two moves")]
    AtomTwice {
        /// Its position.
        atom: u32,
    },
    /// Rule 1: an atom that is elsewhere.
    #[error("atom {atom} is in {found}, not in {expected}")]
    AtomElsewhere {
        /// Its position.
        atom: u32,
        /// Where the operation takes it from.
        expected: String,
        /// Where it is.
        found: String,
    },
    /// Rule 1: an atom that the plan does not divide.
    #[error("atom {atom} is not in the scope of the plan")]
    OutOfScope {
        /// Its position.
        atom: u32,
    },
    /// Rule 2: atoms that go to a grid which is not there, or is taken away.
    #[error("atom {atom} is to go to grid {grid}, which is not there or is taken away")]
    NoTarget {
        /// The first of the atoms.
        atom: u32,
        /// The grid.
        grid: String,
    },
    /// Rule 3: a grid that is made is there.
    #[error("grid {grid} is there already")]
    GridThere {
        /// Its id.
        grid: String,
    },
    /// Rule 3: a grid that is changed is not there.
    #[error("grid {grid} is not there")]
    NoGrid {
        /// Its id.
        grid: String,
    },
    /// Rule 3: a grid that is not as the operation supposes.
    #[error("grid {grid} has another {field} than the operation supposes")]
    GridOther {
        /// Its id.
        grid: String,
        /// `code`, `name` or `locked`.
        field: &'static str,
    },
    /// Rule 3: a grid that is taken away holds atoms.
    #[error("grid {grid} is to be taken away and holds {atoms} atoms, of which the operation moves {leaving} out")]
    NotEmpty {
        /// Its id.
        grid: String,
        /// In it.
        atoms: u32,
        /// That go.
        leaving: u32,
    },
    /// A grid that changes twice, or from nothing to nothing.
    #[error("grid {grid} changes twice, or from nothing to nothing")]
    GridTwice {
        /// Its id.
        grid: String,
    },
    /// Rule 4: a lock that is so already, or stands there twice.
    #[error("atom {atom} is locked or unlocked already, or twice in one operation")]
    SameLock {
        /// Its position.
        atom: u32,
    },
    /// Rule 4: a reason that is not the present one, or stands there twice.
    #[error("problem {problem:?} has another reason than the operation supposes, or changes twice")]
    OtherReason {
        /// Which.
        problem: String,
    },
}

/// A grid of a draft.
#[derive(Debug, Clone)]
struct Slot {
    id: DrawnGrid,
    /// `None` once it was taken away; made again, it stands here again.
    drawn: Option<Drawn>,
    atoms: u32,
}

/// A plan at one revision of its draft.
#[derive(Debug, Clone)]
pub struct Draft {
    slots: Vec<Slot>,
    place: HashMap<DrawnGrid, u32>,
    /// By atom.
    grid: Vec<Option<u32>>,
    in_scope: Vec<bool>,
    locked: Vec<bool>,
    accepted: BTreeMap<String, String>,
}

/// Two drafts are equal when they hold the same grids with the same atoms, whatever the order in which the grids were made.
impl PartialEq for Draft {
    fn eq(&self, other: &Self) -> bool {
        let grids = |draft: &Self| -> BTreeMap<DrawnGrid, Drawn> {
            draft.grids().map(|(id, drawn)| (id.clone(), drawn.clone())).collect()
        };
        let same_grid = |(a, b): (&Option<u32>, &Option<u32>)| self.id_at(*a) == other.id_at(*b);
        self.grid.len() == other.grid.len()
            && (&self.in_scope, &self.locked, &self.accepted) == (&other.in_scope, &other.locked, &other.accepted)
            && grids(self) == grids(other)
            && self.grid.iter().zip(&other.grid).all(same_grid)
    }
}

/// What an operation does, once it is known to fit.
struct Fitting {
    moves: Vec<(Vec<u32>, Option<DrawnGrid>)>,
    locks: Vec<(Vec<u32>, bool)>,
}

impl Draft {
    /// Revision 0: the grids of a plan, the grid of each atom by position, and whether the plan divides it.
    ///
    /// # Panics
    /// When an atom is in a grid that is not among them, or the two lists differ in length.
    pub fn new(grids: Vec<(DrawnGrid, Drawn)>, of_atom: Vec<Option<u32>>, in_scope: Vec<bool>) -> Self {
        assert_eq!(of_atom.len(), in_scope.len(), "one entry an atom");
        let place = grids.iter().zip(0..).map(|((id, _), at)| (id.clone(), at)).collect();
        let slot = |(id, drawn)| Slot { id, drawn: Some(drawn), atoms: 0 };
        let mut slots: Vec<Slot> = grids.into_iter().map(slot).collect();
        for grid in of_atom.iter().flatten() {
            slots[*grid as usize].atoms += 1;
        }
        let locked = vec![false; of_atom.len()];
        Self { slots, place, grid: of_atom, in_scope, locked, accepted: BTreeMap::new() }
    }

    /// How many atoms there are, in scope or not.
    pub fn len(&self) -> u32 {
        self.grid.len() as u32
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.grid.is_empty()
    }

    /// Its grids, those with no atom too.
    pub fn grids(&self) -> impl Iterator<Item = (&DrawnGrid, &Drawn)> {
        self.slots.iter().filter_map(|slot| Some((&slot.id, slot.drawn.as_ref()?)))
    }

    /// Every grid it ever had, in the order they were made: `None` where it was taken away. Positions never change.
    pub fn all_grids(&self) -> impl Iterator<Item = (&DrawnGrid, Option<&Drawn>)> {
        self.slots.iter().map(|slot| (&slot.id, slot.drawn.as_ref()))
    }

    /// For each atom the position of its grid in [`Self::all_grids`].
    pub fn places(&self) -> &[Option<u32>] {
        &self.grid
    }

    /// For each atom the position of its grid in [`Self::grids`]. O(atoms + grids).
    pub fn positions(&self) -> Vec<Option<u32>> {
        let mut next = 0_u32;
        let positions: Vec<u32> = self
            .slots
            .iter()
            .map(|slot| {
                let here = next;
                next += u32::from(slot.drawn.is_some());
                here
            })
            .collect();
        self.grid.iter().map(|grid| grid.map(|grid| positions[grid as usize])).collect()
    }

    /// The id of the grid of an atom.
    pub fn grid_of(&self, atom: u32) -> Option<&DrawnGrid> {
        self.grid.get(atom as usize).and_then(|&grid| self.id_at(grid))
    }

    /// Whether the plan divides an atom.
    pub fn is_in_scope(&self, atom: u32) -> bool {
        self.in_scope.get(atom as usize).copied().unwrap_or(false)
    }

    /// Atoms that are locked.
    pub fn locked(&self) -> Runs {
        Runs::of(self.locked.iter().zip(0..).filter(|(locked, _)| **locked).map(|(_, atom)| atom))
    }

    /// Problems that were accepted, with the reasons.
    pub fn accepted(&self) -> &BTreeMap<String, String> {
        &self.accepted
    }

    fn id_at(&self, slot: Option<u32>) -> Option<&DrawnGrid> {
        slot.map(|slot| &self.slots[slot as usize].id)
    }

    fn slot(&self, id: &DrawnGrid) -> Option<(&Slot, &Drawn)> {
        let slot = &self.slots[*self.place.get(id)? as usize];
        Some((slot, slot.drawn.as_ref()?))
    }

    /// Whether an operation can be done. O(its atoms).
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn fits(&self, operation: &Operation) -> Result<(), Unfit> {
        self.fitting(operation).map(|_| ())
    }

    /// Does an operation: grids made, atoms moved, grids changed or taken away, locks, acceptances. O(its atoms).
    ///
    /// # Errors
    /// As [`Self::fits`]; nothing is changed then.
    pub fn apply(&mut self, operation: &Operation) -> Result<(), Unfit> {
        let Fitting { moves, locks } = self.fitting(operation)?;
        for change in operation.grids.iter().filter(|change| change.from.is_none()) {
            let next = self.slots.len() as u32;
            let at = *self.place.entry(change.id.clone()).or_insert(next);
            if at == next {
                self.slots.push(Slot { id: change.id.clone(), drawn: None, atoms: 0 });
            }
            self.slots[at as usize].drawn.clone_from(&change.to);
        }
        for (atoms, to) in moves {
            let to = to.map(|id| self.place[&id]);
            for atom in atoms {
                let from = std::mem::replace(&mut self.grid[atom as usize], to);
                if let Some(from) = from {
                    self.slots[from as usize].atoms -= 1;
                }
                if let Some(to) = to {
                    self.slots[to as usize].atoms += 1;
                }
            }
        }
        for change in operation.grids.iter().filter(|change| change.from.is_some()) {
            let at = self.place[&change.id];
            self.slots[at as usize].drawn.clone_from(&change.to);
        }
        for (atoms, locked) in locks {
            for atom in atoms {
                self.locked[atom as usize] = locked;
            }
        }
        for change in &operation.accepts {
            match &change.to {
                Some(reason) => self.accepted.insert(change.problem.clone(), reason.clone()),
                None => self.accepted.remove(&change.problem),
            };
        }
        Ok(())
    }

    fn fitting(&self, operation: &Operation) -> Result<Fitting, Unfit> {
        check_texts(operation)?;
        let of = |change: &super::GridChange| change.id.clone();
        let made: HashSet<DrawnGrid> = operation.grids.iter().filter(|change| change.from.is_none()).map(of).collect();
        let gone: HashSet<DrawnGrid> = operation.grids.iter().filter(|change| change.to.is_none()).map(of).collect();
        let mut leaving: HashMap<&DrawnGrid, u32> = HashMap::new();
        let mut seen: HashSet<u32> = HashSet::new();
        let mut moves = Vec::with_capacity(operation.moves.len());
        for moved in &operation.moves {
            let atoms = moved.atoms.atoms(self.len())?;
            for &atom in &atoms {
                if !seen.insert(atom) {
                    return Err(Unfit::AtomTwice { atom });
                }
                let here = self.grid_of(atom);
                if here != moved.from.as_ref() {
                    let (expected, found) = (words(moved.from.as_ref()), words(here));
                    return Err(Unfit::AtomElsewhere { atom, expected, found });
                }
                if !self.is_in_scope(atom) {
                    return Err(Unfit::OutOfScope { atom });
                }
            }
            if let (Some(to), Some(&atom)) = (&moved.to, atoms.first()) {
                let there = self.slot(to).is_some() && !gone.contains(to);
                if !there && !made.contains(to) {
                    return Err(Unfit::NoTarget { atom, grid: to.0.clone() });
                }
            }
            if let Some(from) = &moved.from {
                *leaving.entry(from).or_default() += atoms.len() as u32;
            }
            if !atoms.is_empty() {
                moves.push((atoms, moved.to.clone()));
            }
        }
        self.check_grids(operation, &leaving)?;
        let locks = self.check_locks(operation)?;
        let mut problems = BTreeSet::new();
        for change in &operation.accepts {
            if !problems.insert(&change.problem) || self.accepted.get(&change.problem) != change.from.as_ref() {
                return Err(Unfit::OtherReason { problem: change.problem.clone() });
            }
        }
        Ok(Fitting { moves, locks })
    }

    /// Rule 3.
    fn check_grids(&self, operation: &Operation, leaving: &HashMap<&DrawnGrid, u32>) -> Result<(), Unfit> {
        let mut seen = HashSet::new();
        for change in &operation.grids {
            let grid = || change.id.0.clone();
            if !seen.insert(&change.id) || (change.from.is_none() && change.to.is_none()) {
                return Err(Unfit::GridTwice { grid: grid() });
            }
            let here = self.slot(&change.id);
            let Some(from) = &change.from else {
                if here.is_some() {
                    return Err(Unfit::GridThere { grid: grid() });
                }
                continue;
            };
            let Some((slot, drawn)) = here else { return Err(Unfit::NoGrid { grid: grid() }) };
            let fields = [
                ("code", drawn.code == from.code),
                ("name", drawn.name == from.name),
                ("locked", drawn.locked == from.locked),
            ];
            if let Some((field, _)) = fields.into_iter().find(|(_, same)| !same) {
                return Err(Unfit::GridOther { grid: grid(), field });
            }
            let leaving = leaving.get(&change.id).copied().unwrap_or(0);
            if change.to.is_none() && slot.atoms != leaving {
                return Err(Unfit::NotEmpty { grid: grid(), atoms: slot.atoms, leaving });
            }
        }
        Ok(())
    }

    /// The first half of rule 4.
    fn check_locks(&self, operation: &Operation) -> Result<Vec<(Vec<u32>, bool)>, Unfit> {
        let mut seen = HashSet::new();
        let mut locks = Vec::with_capacity(operation.locks.len());
        for change in &operation.locks {
            let atoms = change.atoms.atoms(self.len())?;
            let same = |&&atom: &&u32| self.locked[atom as usize] == change.locked || !seen.insert(atom);
            if let Some(&atom) = atoms.iter().find(same) {
                return Err(Unfit::SameLock { atom });
            }
            locks.push((atoms, change.locked));
        }
        Ok(locks)
    }
}

fn words(grid: Option<&DrawnGrid>) -> String {
    grid.map_or_else(|| "no grid".to_owned(), |grid| format!("grid {}", grid.0.chars().take(80).collect::<String>()))
}

/// Ids, names and reasons of a lawful length, without control characters.
fn check_texts(operation: &Operation) -> Result<(), Unfit> {
    let id = |what, text: &str| {
        if is_id(text) {
            Ok(())
        } else {
            Err(Unfit::Text { what, chars: text.chars().count(), most: super::op::ID_BYTES })
        }
    };
    let text = |what, text: &str, least: usize, most: usize| {
        let chars = text.chars().count();
        let fine = (least..=most).contains(&chars) && !text.chars().any(|c| c.is_control() && c != '\n');
        if fine { Ok(()) } else { Err(Unfit::Text { what, chars, most }) }
    };
    id("the id of the operation", &operation.id.0)?;
    for other in operation.undoes.iter().chain(&operation.redoes) {
        id("the id of another operation", &other.0)?;
    }
    for change in &operation.grids {
        id("the id of a grid", &change.id.0)?;
        if let Some(to) = &change.to {
            text("the code of a grid", &to.code, 0, NAME_CHARS)?;
            text("the name of a grid", &to.name, 0, NAME_CHARS)?;
        }
    }
    if let Some(mark) = &operation.mark {
        text("the name of a revision", &mark.name, 1, NAME_CHARS)?;
    }
    for change in &operation.accepts {
        text("a problem", &change.problem, 1, REASON_CHARS)?;
        if let Some(to) = &change.to {
            text("a reason", to, 1, REASON_CHARS)?;
        }
    }
    Ok(())
}
