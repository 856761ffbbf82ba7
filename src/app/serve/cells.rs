//! How many live where, by hexagons: coarse ones far off, finer ones the closer one looks.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::sync::OnceLock;

use crate::geom::{LatticePoint, label_point};
use crate::tile::{Field, Layer, LayerBuilder, TileSource, Value};
use crate::weigh::{HexagonSize, by_hexagon};

use super::generation::Generation;
use super::kept::Numbered;
use super::tiles::TileDetail;

/// From each zoom on the size of H3 by which is summed: a cell is then 12 to 60 pixels wide (at 25° north, in tiles of 512).
const SIZES: [(u8, u8); 11] =
    [(0, 1), (2, 2), (3, 3), (5, 4), (6, 5), (8, 6), (9, 7), (11, 8), (12, 9), (14, 10), (16, 11)];

/// A tile source for each range of zooms, made when first asked for.
#[derive(Debug, Default)]
pub(super) struct Ladder([OnceLock<Numbered>; SIZES.len()]);

/// Where atoms lie, and what is in them.
#[derive(Debug)]
struct Counted {
    point: LatticePoint,
    households: Option<u32>,
    population: Option<u32>,
    /// The grid it is in: publication and position in it.
    grid: Option<(usize, u32)>,
}

/// The sizes that are shown at zooms up to this one, each with the zooms it is shown at.
pub(super) fn rungs(last: u8) -> impl Iterator<Item = (RangeInclusive<u8>, HexagonSize)> {
    SIZES.iter().enumerate().filter(move |(_, (from, _))| *from <= last).map(move |(i, &(from, size))| {
        let to = SIZES.get(i + 1).map_or(last, |next| (next.0 - 1).min(last));
        (from..=to, HexagonSize::new(size).expect("H3 has sizes 0 to 15"))
    })
}

fn rung(zoom: u8) -> usize {
    SIZES.iter().rposition(|&(from, _)| from <= zoom).expect("the first is from zoom 0")
}

impl Ladder {
    /// The source for a zoom.
    pub fn at(&self, zoom: u8, make: impl FnOnce(HexagonSize) -> Layer) -> &Numbered {
        let rung = rung(zoom);
        let size = HexagonSize::new(SIZES[rung].1).expect("H3 has sizes 0 to 15");
        self.0[rung].get_or_init(|| Numbered::new(TileSource::new(vec![make(size)])))
    }

    /// The source for a zoom, if it is made.
    pub fn made(&self, zoom: u8) -> Option<&Numbered> {
        self.0[rung(zoom)].get()
    }
}

pub(super) fn cell_polygons(detail: TileDetail) -> LayerBuilder {
    let mut fields =
        vec![Field::text("code", "number of the H3 cell"), Field::number("grids", "grids with an atom in it")];
    if detail == TileDetail::Full {
        fields.push(Field::number("atoms", "atoms whose label point lies in it"));
        fields.push(Field::number("households", "households of these atoms, where known"));
        fields.push(Field::number("population", "persons of these atoms, where known"));
    }
    LayerBuilder::polygons("cells", fields)
}

impl Generation {
    /// Atoms in force that have a place.
    fn counted(&self) -> Vec<Counted> {
        let mut counted = Vec::new();
        for (publication, from) in self.published().iter().enumerate() {
            let dataset = &from.import.dataset;
            for (atom, owner) in dataset.atoms.iter().zip(&from.owners) {
                let unit = &dataset.jurisdictions[atom.unit.0 as usize].code;
                if !self.deciding(unit).is_some_and(|deciding| std::sync::Arc::ptr_eq(deciding, from)) {
                    continue;
                }
                let (households, population) = (atom.households, atom.population);
                counted.extend(label_point(&atom.shape).map(|point| Counted {
                    point,
                    households,
                    population,
                    grid: owner.map(|owner| (publication, owner)),
                }));
            }
        }
        counted
    }

    /// Cells of one size that hold any atom. O(n log n) in the atoms.
    pub(super) fn cell_layer(&self, detail: TileDetail, size: HexagonSize) -> Layer {
        let counted = self.counted();
        let points: Vec<LatticePoint> = counted.iter().map(|atom| atom.point).collect();
        let mut shapes = cell_polygons(detail);
        for ((cell, atoms), id) in by_hexagon(&points, size).into_iter().zip(1_u64..) {
            let atoms = || atoms.iter().map(|&at| &counted[at as usize]);
            let grids: BTreeSet<_> = atoms().filter_map(|atom| atom.grid).collect();
            let mut values = vec![Value::from(&*format!("{:x}", cell.number())), Value::from(grids.len() as u64)];
            if detail == TileDetail::Full {
                let known =
                    |count: fn(&Counted) -> Option<u32>| atoms().filter_map(count).map(u64::from).reduce(|a, b| a + b);
                values.push(Value::from(atoms().count() as u64));
                values.push(Value::from(known(|atom| atom.households)));
                values.push(Value::from(known(|atom| atom.population)));
            }
            shapes.polygon(id, values, &cell.outline());
        }
        shapes.build()
    }
}
