//! Operations as data: what was before and what is after, so that each can be checked, done, taken back and kept.

use serde::{Deserialize, Serialize};

use super::state::Unfit;

/// The longest id, in bytes.
pub(super) const ID_BYTES: usize = 64;

/// Id of an operation, given once by who makes it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OpId(pub String);

/// Id of a grid of a draft. Codes are given when a draft is published; until then this is what names a grid.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DrawnGrid(pub String);

/// Whether a text can be an id: 1 to 64 visible ASCII letters.
pub(super) fn is_id(text: &str) -> bool {
    (1..=ID_BYTES).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// What somebody did. A word for the history; it decides nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OpKind {
    /// Atoms were painted into a grid.
    Assign,
    /// Atoms were taken out of their grids.
    Erase,
    /// A grid was divided.
    Split,
    /// Grids were joined.
    Merge,
    /// A grid was made.
    Create,
    /// A grid was taken away.
    Remove,
    /// Grids or atoms were locked.
    Lock,
    /// They were unlocked.
    Unlock,
    /// A grid was named.
    Rename,
    /// A problem was accepted with a reason.
    Accept,
    /// A border was pulled.
    Pull,
    /// What was in no grid was given to grids.
    Fill,
    /// Two grids were evened out.
    Balance,
    /// A proposed move was made.
    Fix,
    /// A proposal of the engine was taken.
    Suggest,
    /// A table of assignments was taken.
    Import,
    /// An earlier revision was brought back.
    Restore,
    /// A revision was named.
    Mark,
}

impl OpKind {
    /// The word for it on the wire and in the audit log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Assign => "assign",
            Self::Erase => "erase",
            Self::Split => "split",
            Self::Merge => "merge",
            Self::Create => "create",
            Self::Remove => "remove",
            Self::Lock => "lock",
            Self::Unlock => "unlock",
            Self::Rename => "rename",
            Self::Accept => "accept",
            Self::Pull => "pull",
            Self::Fill => "fill",
            Self::Balance => "balance",
            Self::Fix => "fix",
            Self::Suggest => "suggest",
            Self::Import => "import",
            Self::Restore => "restore",
            Self::Mark => "mark",
        }
    }
}

/// Ascending atoms as runs, `[skip, take, skip, take, …]`: skip so many from the atom after the last one taken, take so many that
/// follow. A take is never 0, a skip only in the first pair.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Runs(pub Vec<u32>);

impl Runs {
    /// Of ascending positions.
    ///
    /// # Panics
    /// Where they do not ascend.
    pub fn of(atoms: impl IntoIterator<Item = u32>) -> Self {
        let (mut runs, mut next) = (Vec::new(), 0_u32);
        for atom in atoms {
            match runs.last_mut() {
                Some(take) if atom == next => *take += 1,
                _ => runs.extend([atom.checked_sub(next).expect("atoms ascend"), 1]),
            }
            next = atom + 1;
        }
        Self(runs)
    }

    /// The atoms, of `count` in all. O(atoms).
    ///
    /// # Errors
    /// Where it is no list of runs, or reaches beyond the last atom.
    pub fn atoms(&self, count: u32) -> Result<Vec<u32>, Unfit> {
        let Self(runs) = self;
        if !runs.len().is_multiple_of(2) {
            return Err(Unfit::Runs { reason: format!("{} numbers are no pairs of a skip and a take", runs.len()) });
        }
        let (mut atoms, mut next) = (Vec::new(), 0_u64);
        for (i, pair) in runs.chunks_exact(2).enumerate() {
            let (skip, take) = (pair[0], pair[1]);
            if take == 0 || (skip == 0 && i > 0) {
                return Err(Unfit::Runs { reason: format!("run {i} is ({skip}, {take})") });
            }
            let begin = next + u64::from(skip);
            next = begin + u64::from(take);
            if next > u64::from(count) {
                return Err(Unfit::Runs { reason: format!("run {i} reaches to atom {}, of {count}", next - 1) });
            }
            atoms.extend(begin as u32..next as u32);
        }
        Ok(atoms)
    }

    /// How many atoms it takes, as far as that can be told without looking at them.
    pub fn len(&self) -> u64 {
        self.0.iter().skip(1).step_by(2).map(|&take| u64::from(take)).sum()
    }

    /// Whether it takes none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Atoms that go from one grid to another; `None` is no grid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    /// Where they are.
    pub from: Option<DrawnGrid>,
    /// Where they go.
    pub to: Option<DrawnGrid>,
    /// Which.
    pub atoms: Runs,
}

/// What is said of a grid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drawn {
    /// Its code; empty for one that has none yet.
    pub code: String,
    /// A name to show.
    pub name: String,
    /// Whether it is locked.
    pub locked: bool,
}

/// A grid that is made (`from` is nothing), taken away (`to` is nothing), or changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GridChange {
    /// Which.
    pub id: DrawnGrid,
    /// As it is.
    pub from: Option<Drawn>,
    /// As it will be.
    pub to: Option<Drawn>,
}

/// Atoms that are locked or unlocked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockChange {
    /// Which.
    pub atoms: Runs,
    /// What becomes of them.
    pub locked: bool,
}

/// A problem that is accepted with a reason, or not any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptChange {
    /// Which: a kind and what it is about, such as `over:` and the id of a grid.
    pub problem: String,
    /// The reason so far.
    pub from: Option<String>,
    /// The reason from now on.
    pub to: Option<String>,
}

/// A name for a revision. It lasts until the operation that gave it is taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The name.
    pub name: String,
    /// The revision.
    pub rev: u32,
}

/// A change of a draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    /// Its id.
    pub id: OpId,
    /// What was done.
    pub kind: OpKind,
    /// Atoms that change grids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moves: Vec<Move>,
    /// Grids that change.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grids: Vec<GridChange>,
    /// Atoms that are locked or unlocked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub locks: Vec<LockChange>,
    /// Problems that are accepted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accepts: Vec<AcceptChange>,
    /// A revision that is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<Mark>,
    /// The operation that this one takes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<OpId>,
    /// The operation that this one does once more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redoes: Option<OpId>,
}

impl Operation {
    /// The operation that takes this one back.
    #[must_use]
    pub fn inverse(&self, id: OpId) -> Self {
        let turned =
            |Move { from, to, atoms }: &Move| Move { from: to.clone(), to: from.clone(), atoms: atoms.clone() };
        let grid = |GridChange { id, from, to }: &GridChange| GridChange {
            id: id.clone(),
            from: to.clone(),
            to: from.clone(),
        };
        let lock = |LockChange { atoms, locked }: &LockChange| LockChange { atoms: atoms.clone(), locked: !locked };
        let accept = |AcceptChange { problem, from, to }: &AcceptChange| AcceptChange {
            problem: problem.clone(),
            from: to.clone(),
            to: from.clone(),
        };
        Self {
            id,
            kind: self.kind,
            moves: self.moves.iter().rev().map(turned).collect(),
            grids: self.grids.iter().rev().map(grid).collect(),
            locks: self.locks.iter().map(lock).collect(),
            accepts: self.accepts.iter().map(accept).collect(),
            mark: self.mark.clone(),
            undoes: Some(self.id.clone()),
            redoes: None,
        }
    }

    /// How many atoms it moves or locks.
    pub fn atoms(&self) -> u64 {
        self.moves
            .iter()
            .map(|moved| &moved.atoms)
            .chain(self.locks.iter().map(|lock| &lock.atoms))
            .map(Runs::len)
            .sum()
    }
}
