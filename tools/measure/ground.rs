//! An atom file as the engine wants it: adjacency, sizes, units.

use std::error::Error;

use wangge::geom::MultiPolygon;
use wangge::graph::Graph;
use wangge::topology::{FaceId, Mending, Overlaps, mend};

use super::file::{Arguments, dataset};

/// What is divided.
pub struct Ground {
    /// Who borders on whom, by length.
    pub graph: Graph,
    /// Households of each atom, or persons.
    pub size: Vec<u32>,
    /// Persons of each atom, where the file has both.
    pub persons: Option<Vec<u32>>,
    /// The unit of each atom.
    pub unit: Vec<u32>,
    /// Whether sizes are persons.
    pub persons_only: bool,
    /// For each feature of the file its atom; none for those smaller than the lattice.
    pub atom_of_feature: Vec<Option<u32>>,
}

impl Ground {
    /// Reads a file and finds its borders. Gaps and overlaps are mended as an import does; larger overlaps go to the
    /// smaller number.
    pub fn read(arguments: &Arguments) -> Result<Self, Box<dyn Error>> {
        let (dataset, features) = dataset(arguments)?;
        let shapes: Vec<&MultiPolygon> = dataset.atoms.iter().map(|atom| &atom.shape).collect();
        let code = |face: FaceId| format!("feature {}", dataset.atoms[face.0 as usize].code);
        let mending = Mending { overlaps: Overlaps::SmallerCode, ..Mending::default() };
        let graph = mend(&shapes, &code, mending)?.built.topology.graph();
        let persons_only = arguments.households.is_none();
        let count = |atom: &wangge::atom::Atom| if persons_only { atom.population } else { atom.households };
        let numbers: Vec<u64> = dataset.atoms.iter().map(|atom| atom.code.parse()).collect::<Result<_, _>>()?;
        // GeoPackage counts features from 1, other formats from 0
        let first = u64::from(numbers.contains(&features));
        let mut atom_of_feature = vec![None; usize::try_from(features)?];
        for (atom, number) in (0..).zip(numbers) {
            let row = usize::try_from(number - first)?;
            *atom_of_feature.get_mut(row).ok_or("the numbers of the features have holes")? = Some(atom);
        }
        Ok(Self {
            graph,
            size: dataset.atoms.iter().map(|atom| count(atom).unwrap_or(0)).collect(),
            persons: (!persons_only && arguments.population.is_some())
                .then(|| dataset.atoms.iter().map(|atom| atom.population.unwrap_or(0)).collect()),
            unit: dataset.atoms.iter().map(|atom| atom.unit.0).collect(),
            persons_only,
            atom_of_feature,
        })
    }

    /// The grid of each atom from a file that names one for each feature: CSV with the column `grid`, `NA` for none.
    pub fn labels(&self, path: &std::path::Path) -> Result<Vec<Option<u32>>, Box<dyn Error>> {
        let mut labels = vec![None; self.size.len()];
        let text = std::fs::read_to_string(path)?;
        let rows: Vec<&str> = text.lines().skip(1).collect();
        if rows.len() != self.atom_of_feature.len() {
            return Err(format!("{} rows for {} features", rows.len(), self.atom_of_feature.len()).into());
        }
        for (row, atom) in rows.into_iter().zip(&self.atom_of_feature) {
            if let (Some(atom), false) = (atom, row == "NA") {
                labels[*atom as usize] = Some(row.parse()?);
            }
        }
        Ok(labels)
    }
}
