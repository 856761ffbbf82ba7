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
        let persons_only = arguments.households.is_none();
        let has_persons = !persons_only && arguments.population.is_some();
        let (mut size, mut persons, mut unit) = (Vec::new(), has_persons.then(Vec::new), Vec::new());
        let (mut numbers, mut shapes) = (Vec::new(), Vec::new());
        for atom in dataset.atoms {
            let count = if persons_only { atom.population } else { atom.households };
            size.push(count.unwrap_or(0));
            if let Some(persons) = &mut persons {
                persons.push(atom.population.unwrap_or(0));
            }
            unit.push(atom.unit.0);
            numbers.push(atom.code.parse::<u64>()?);
            shapes.push(atom.shape);
        }
        let shapes: Vec<&MultiPolygon> = shapes.iter().collect();
        let code = |face: FaceId| format!("feature {}", numbers[face.0 as usize]);
        let mending = Mending { overlaps: Overlaps::SmallerCode, ..Mending::default() };
        let graph = mend(&shapes, &code, mending)?.built.topology.graph();
        // GeoPackage counts features from 1, other formats from 0
        let first = u64::from(numbers.contains(&features));
        let mut atom_of_feature = vec![None; usize::try_from(features)?];
        for (atom, number) in (0..).zip(numbers) {
            let row = usize::try_from(number - first)?;
            *atom_of_feature.get_mut(row).ok_or("the numbers of the features have holes")? = Some(atom);
        }
        Ok(Self { graph, size, persons, unit, persons_only, atom_of_feature })
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
