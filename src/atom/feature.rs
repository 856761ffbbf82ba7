//! What atoms are made from: features of other kinds, as they were read.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Attributes;
use crate::geom::MultiPolygon;

/// What the features of an input are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InputKind {
    /// Lines that divide: streets, railways, rivers, walls.
    Streets,
    /// Footprints of buildings.
    Buildings,
    /// Jurisdictions of one level.
    Jurisdictions,
    /// Ground that is not built on: parks, water, school yards.
    Landuse,
    /// Areas with totals of households or persons: census squares, sections.
    Totals,
}

impl InputKind {
    /// All, in order.
    pub const ALL: [Self; 5] = [Self::Streets, Self::Buildings, Self::Jurisdictions, Self::Landuse, Self::Totals];

    /// Its name on the command line and in stores.
    pub fn name(self) -> &'static str {
        match self {
            Self::Streets => "streets",
            Self::Buildings => "buildings",
            Self::Jurisdictions => "jurisdictions",
            Self::Landuse => "landuse",
            Self::Totals => "totals",
        }
    }
}

impl fmt::Display for InputKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for InputKind {
    type Err = String;

    fn from_str(given: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|kind| kind.name() == given);
        found.ok_or_else(|| format!("{given:?} is none of streets, buildings, jurisdictions, landuse, totals"))
    }
}

/// A polygon feature: a building, a jurisdiction, a park, a census square.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Feature {
    /// Unique in its input.
    pub code: String,
    /// A name or address.
    pub name: Option<String>,
    /// What it is, in the words of its source: the use of a building, the kind of land, the level of a jurisdiction.
    pub class: Option<String>,
    /// Households, where the source counts them.
    pub households: Option<u32>,
    /// Persons, where the source counts them.
    pub population: Option<u32>,
    /// What else the source says; the names of [`Attributes`], and `parent` (code of the jurisdiction above).
    pub attributes: Attributes,
    /// Where it lies, WGS 84 on the lattice.
    pub shape: MultiPolygon,
}
