//! What runs along borders: streets, rivers, railways, walls.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::geom::LatticePoint;

/// What a line is, from what divides neighbours most to what divides them least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineClass {
    /// A river or canal, the shore of water.
    River,
    /// A railway.
    Rail,
    /// A main road: motorway, trunk, primary, secondary.
    Arterial,
    /// A local street or lane.
    Street,
    /// A footway, track or steps.
    Path,
    /// A wall, fence or other barrier.
    Wall,
}

impl LineClass {
    /// All, in order.
    pub const ALL: [Self; 6] = [Self::River, Self::Rail, Self::Arterial, Self::Street, Self::Path, Self::Wall];

    /// Its name in files and answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::River => "river",
            Self::Rail => "rail",
            Self::Arterial => "arterial",
            Self::Street => "street",
            Self::Path => "path",
            Self::Wall => "wall",
        }
    }
}

impl fmt::Display for LineClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for LineClass {
    type Err = String;

    fn from_str(given: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|class| class.name().eq_ignore_ascii_case(given));
        found.ok_or_else(|| format!("{given:?} is none of river, rail, arterial, street, path, wall"))
    }
}

/// A line on the lattice and what it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Line {
    /// What it is.
    pub class: LineClass,
    /// Its name, where the source has one.
    pub name: Option<String>,
    /// At least two points.
    pub points: Vec<LatticePoint>,
}
