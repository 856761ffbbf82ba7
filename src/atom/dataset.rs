//! One import: its atoms and the jurisdictions they nest in.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Line;
use crate::geom::MultiPolygon;

/// Position of an atom in [`Dataset::atoms`]. Never stored: codes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AtomId(pub u32);

/// Position of a jurisdiction in [`Dataset::jurisdictions`]. Never stored: codes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct UnitId(pub u32);

/// What an atom is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AtomKind {
    /// An area as its source drew it: a census area, a parcel, a grid.
    #[default]
    Area,
    /// The ground of one building.
    Building,
    /// The ground of one unit or stair (单元) of a building.
    Unit,
    /// Ground without a building, between streets: a block, a square.
    Open,
    /// A park, a cemetery, farmland, woods.
    Green,
    /// Water.
    Water,
}

impl AtomKind {
    /// All, in order.
    pub const ALL: [Self; 6] = [Self::Area, Self::Building, Self::Unit, Self::Open, Self::Green, Self::Water];

    /// Its name in stores and answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Area => "area",
            Self::Building => "building",
            Self::Unit => "unit",
            Self::Open => "open",
            Self::Green => "green",
            Self::Water => "water",
        }
    }
}

impl FromStr for AtomKind {
    type Err = String;

    fn from_str(given: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|kind| kind.name() == given);
        found.ok_or_else(|| format!("{given:?} is no kind of atom"))
    }
}

/// Where a number of people comes from. As text: `counted`, or `estimated: ` and by what.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Origin {
    /// Read from the source as it stands.
    #[default]
    Counted,
    /// Shared out from a total; says of what, and by what measure.
    Estimated(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Counted => f.write_str("counted"),
            Self::Estimated(by) => write!(f, "estimated: {by}"),
        }
    }
}

impl FromStr for Origin {
    type Err = String;

    fn from_str(given: &str) -> Result<Self, String> {
        match given.strip_prefix("estimated: ") {
            Some(by) => Ok(Self::Estimated(by.to_owned())),
            None if given == "counted" => Ok(Self::Counted),
            None => Err(format!("{given:?} is neither \"counted\" nor \"estimated: …\"")),
        }
    }
}

/// What else the source says of an atom, by name. Names the program knows: `building` (code of the building a unit belongs
/// to), `compound` (小区), `number` (楼号), `address`, `use`, `levels`, `units`, `floor_area_m2`, [`EXCLUSIVE`], [`TOGETHER`],
/// [`APART`].
pub type Attributes = BTreeMap<String, serde_json::Value>;

/// The name of the exclusive grid (专属网格) that an atom is of, or `true` for one of its own: a school, a park, a business
/// tower. Such grids hold nothing else and are never divided.
pub const EXCLUSIVE: &str = "exclusive";
/// What atoms with the same text here are never divided by: a compound that stays whole.
pub const TOGETHER: &str = "together";
/// Atoms with the same text here lie in different grids: two schools, two compounds that are at odds.
pub const APART: &str = "apart";
/// What kind a jurisdiction that was imported as a polygon is of.
pub const KIND: &str = "kind";

/// The smallest piece that is never cut: a census area, a parcel, a building's cell.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Atom {
    /// The code of the source; unique in the dataset.
    pub code: String,
    /// A name or address to show, where the source has one.
    pub name: Option<String>,
    /// Where it lies, WGS 84 on the lattice.
    pub shape: MultiPolygon,
    /// Households living there; `None` when the source does not say. Uninhabited is `Some(0)`.
    pub households: Option<u32>,
    /// Persons living there; `None` when the source does not say.
    pub population: Option<u32>,
    /// The lowest jurisdiction that holds it.
    pub unit: UnitId,
    /// What it is.
    pub kind: AtomKind,
    /// Where the number of households comes from.
    pub households_origin: Origin,
    /// Where the number of persons comes from.
    pub population_origin: Origin,
    /// What else the source says.
    pub attributes: Attributes,
}

/// A node of the administrative tree (辖区): district, street office, community.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jurisdiction {
    /// Unique in the dataset.
    pub code: String,
    /// A name to show; the code where the source has none.
    pub name: String,
    /// 1 is the top level.
    pub level: u8,
    /// What this level is called: the field it was read from, such as `community`.
    pub level_name: String,
    /// The jurisdiction one level up; `None` at the top.
    pub parent: Option<String>,
    /// What kind it is of (城乡分类), such as `urban` or `rural`, in the words of the source; `None` where it does not say.
    pub kind: Option<String>,
}

/// One import.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Dataset {
    /// In the order of the source.
    pub atoms: Vec<Atom>,
    /// Parents before children, then by code.
    pub jurisdictions: Vec<Jurisdiction>,
    /// What runs along the borders of atoms, edge for edge on them where the atoms were cut along it; sorted.
    pub lines: Vec<Line>,
}

/// Why a dataset is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DatasetError {
    /// Nothing in it.
    #[error("there is no atom in the input: nothing to import")]
    Empty,
    /// A code twice.
    #[error("atom code {code:?} stands {times} times: codes must be unique, choose another field with --id")]
    DuplicateCode {
        /// The code.
        code: String,
        /// How many atoms carry it.
        times: usize,
    },
    /// An atom without a polygon.
    #[error("atom {code:?} has no area: give it a polygon or leave it out")]
    NoShape {
        /// The atom.
        code: String,
    },
    /// The tree is broken.
    #[error("jurisdiction {code:?} at level {level} has no parent {parent:?} one level up")]
    NoParent {
        /// The child.
        code: String,
        /// Its level.
        level: u8,
        /// What it names as parent.
        parent: Option<String>,
    },
    /// An atom outside the tree.
    #[error("atom {code:?} names jurisdiction number {unit}, which does not exist or is not of the lowest level")]
    NoUnit {
        /// The atom.
        code: String,
        /// What it names.
        unit: u32,
    },
}

impl Dataset {
    /// Checks the numbered guarantees of the room.
    ///
    /// # Errors
    /// The first breach met, in the order of the source.
    pub fn check(&self) -> Result<(), DatasetError> {
        if self.atoms.is_empty() {
            return Err(DatasetError::Empty);
        }
        let levels: HashMap<&str, u8> = self.jurisdictions.iter().map(|j| (j.code.as_str(), j.level)).collect();
        for j in &self.jurisdictions {
            let up = j.parent.as_deref().and_then(|parent| levels.get(parent));
            let lawful = if j.level == 1 { j.parent.is_none() } else { up == Some(&(j.level - 1)) };
            if !lawful {
                return Err(DatasetError::NoParent { code: j.code.clone(), level: j.level, parent: j.parent.clone() });
            }
        }
        let lowest = self.lowest_level();
        let mut times: HashMap<&str, usize> = HashMap::with_capacity(self.atoms.len());
        for atom in &self.atoms {
            *times.entry(&atom.code).or_default() += 1;
        }
        for atom in &self.atoms {
            let code = || atom.code.clone();
            if times[atom.code.as_str()] > 1 {
                return Err(DatasetError::DuplicateCode { code: code(), times: times[atom.code.as_str()] });
            }
            if atom.shape.is_flat() {
                return Err(DatasetError::NoShape { code: code() });
            }
            if self.jurisdictions.get(atom.unit.0 as usize).is_none_or(|j| j.level != lowest) {
                return Err(DatasetError::NoUnit { code: code(), unit: atom.unit.0 });
            }
        }
        Ok(())
    }

    /// The number of the lowest level; 0 when there is no jurisdiction.
    pub fn lowest_level(&self) -> u8 {
        self.jurisdictions.iter().map(|j| j.level).max().unwrap_or(0)
    }

    /// The atom with this id.
    ///
    /// # Panics
    /// When the id is not of this dataset.
    pub fn atom(&self, id: AtomId) -> &Atom {
        &self.atoms[id.0 as usize]
    }
}
