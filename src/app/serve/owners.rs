//! Whoever says which grid owns a point, and columns of points looked up at once.

use std::collections::HashMap;

use crate::crs::{Placed, PointError};
use crate::geom::LatticePoint;
use crate::locate::snapshot::Snapshot;
use crate::locate::{Owner, Resolution};

use super::generation::Generation;

/// Grids that own points: those of a store in force at an instant, or those of a snapshot. Faces are positions in its order of
/// grids, by code.
pub trait Owners: Send + Sync {
    /// A word that stands for exactly these grids.
    fn version(&self) -> &str;
    /// How many grids.
    fn count(&self) -> usize;
    /// The code of a grid.
    fn code(&self, face: u32) -> &str;
    /// Its name.
    fn name(&self, face: u32) -> &str;
    /// The owner of each point, `None` outside.
    fn owners(&self, points: &[LatticePoint], answers: &mut [Option<Owner>]);
    /// Metres to the nearest border of any grid.
    fn edge_distance_m(&self, point: LatticePoint) -> Option<f64>;
}

impl<B: AsRef<[u8]> + Send + Sync> Owners for Snapshot<B> {
    fn version(&self) -> &str {
        self.generation()
    }

    fn count(&self) -> usize {
        self.len()
    }

    fn code(&self, face: u32) -> &str {
        self.grid(face).map_or("", |grid| grid.code)
    }

    fn name(&self, face: u32) -> &str {
        self.grid(face).map_or("", |grid| grid.name)
    }

    fn owners(&self, points: &[LatticePoint], answers: &mut [Option<Owner>]) {
        self.locate_batch(points, answers);
    }

    fn edge_distance_m(&self, point: LatticePoint) -> Option<f64> {
        Self::edge_distance_m(self, point)
    }
}

impl Owners for Generation {
    fn version(&self) -> &str {
        self.version()
    }

    fn count(&self) -> usize {
        self.grids().len()
    }

    fn code(&self, face: u32) -> &str {
        self.grids().get(face as usize).map_or("", |grid| &grid.record.code)
    }

    fn name(&self, face: u32) -> &str {
        self.grids().get(face as usize).map_or("", |grid| &grid.record.name)
    }

    fn owners(&self, points: &[LatticePoint], answers: &mut [Option<Owner>]) {
        self.owners_of(points, answers);
    }

    fn edge_distance_m(&self, point: LatticePoint) -> Option<f64> {
        self.any_border_distance_m(point)
    }
}

/// Whether columns say how far the border is: it takes several times as long as the owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Borders {
    /// They do not.
    #[default]
    Unasked,
    /// They do.
    Measured,
}

/// The owners of a column of points.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Column {
    /// Grids that own some of the points, in the order in which they first do.
    pub grids: Vec<u32>,
    /// For each point the position of its grid in `grids`; [`Column::NOWHERE`] outside and for rows without a point.
    pub owner: Vec<u32>,
    /// Rows on a border, ascending: the tie rule decided.
    pub edge_ties: Vec<u32>,
    /// Rows on ground that was a gap in the file, ascending.
    pub gap_fills: Vec<u32>,
    /// Rows without a point, ascending, with the reason.
    pub bad: Vec<(usize, PointError)>,
    /// For each point metres to the nearest border, where they were asked for.
    pub edge_distance_m: Option<Vec<Option<f64>>>,
}

impl Column {
    /// No grid.
    pub const NOWHERE: u32 = u32::MAX;

    /// Looks all points up. O(n).
    pub fn locate(owners: &dyn Owners, placed: Placed, borders: Borders) -> Self {
        let Placed { points, bad } = placed;
        let mut found = vec![None; points.len()];
        owners.owners(&points, &mut found);
        for &(row, _) in &bad {
            found[row] = None;
        }
        let mut column = Self { owner: Vec::with_capacity(points.len()), bad, ..Self::default() };
        let mut positions = Positions::new(owners.count(), points.len());
        for (row, owner) in found.iter().enumerate() {
            let Some(owner) = owner else {
                column.owner.push(Self::NOWHERE);
                continue;
            };
            column.owner.push(positions.of(owner.face, &mut column.grids));
            match owner.resolution {
                Resolution::Interior => {}
                Resolution::EdgeTie => column.edge_ties.push(row as u32),
                Resolution::GapFill => column.gap_fills.push(row as u32),
            }
        }
        if borders == Borders::Measured {
            let mut bad = column.bad.iter().map(|(row, _)| *row).peekable();
            let measured = points.iter().enumerate().map(|(row, &point)| {
                let is_bad = bad.next_if_eq(&row).is_some();
                if is_bad { None } else { owners.edge_distance_m(point) }
            });
            column.edge_distance_m = Some(measured.collect());
        }
        column
    }

    /// How many points have an owner.
    pub fn located(&self) -> usize {
        self.owner.iter().filter(|&&position| position != Self::NOWHERE).count()
    }

    /// For each row how its owner was found: `interior`, `edge_tie`, `gap_fill`, `outside`, or `None` for a row without a point.
    pub fn resolutions(&self) -> impl Iterator<Item = Option<&'static str>> {
        let mut ties = self.edge_ties.iter().peekable();
        let mut fills = self.gap_fills.iter().peekable();
        let mut bad = self.bad.iter().peekable();
        self.owner.iter().enumerate().map(move |(row, &position)| {
            let number = row as u32;
            let tied = ties.next_if(|&&tie| tie == number).is_some();
            let filled = fills.next_if(|&&fill| fill == number).is_some();
            if bad.next_if(|(bad, _)| *bad == row).is_some() {
                None
            } else if tied {
                Some(Resolution::EdgeTie.as_str())
            } else if filled {
                Some(Resolution::GapFill.as_str())
            } else if position == Self::NOWHERE {
                Some("outside")
            } else {
                Some(Resolution::Interior.as_str())
            }
        })
    }
}

/// Numbers faces in the order in which they are met.
enum Positions {
    Table(Vec<u32>),
    Map(HashMap<u32, u32>),
}

impl Positions {
    /// A table of all faces, unless there are far more of them than points.
    fn new(faces: usize, points: usize) -> Self {
        if faces <= points.saturating_mul(8) {
            Self::Table(vec![Column::NOWHERE; faces])
        } else {
            Self::Map(HashMap::new())
        }
    }

    fn of(&mut self, face: u32, met: &mut Vec<u32>) -> u32 {
        let next = met.len() as u32;
        let position = match self {
            Self::Table(table) => match table.get_mut(face as usize) {
                Some(position) if *position == Column::NOWHERE => {
                    *position = next;
                    next
                }
                Some(position) => *position,
                None => return Column::NOWHERE,
            },
            Self::Map(map) => *map.entry(face).or_insert(next),
        };
        if position == next {
            met.push(face);
        }
        position
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::geom::LonLat;
    use crate::locate::CoverageIndex;
    use crate::locate::snapshot::{self, Contents, Grid};
    use crate::locate::synthetic::{self, Points};

    #[test]
    fn a_column_says_of_each_row_what_it_says_of_the_row_alone() {
        let south_west = LonLat { lon_deg: 104.0, lat_deg: 30.0 };
        let faces = synthetic::coverage(60, south_west, 0.05, 3);
        let index = CoverageIndex::new(&faces.iter().collect::<Vec<_>>()).unwrap();
        let codes: Vec<String> = (0..faces.len()).map(|i| format!("G{i:03}")).collect();
        let grids: Vec<Grid> = codes
            .iter()
            .map(|code| Grid { code, name: code, node: None, publication: 1, valid_from_ms: 0, valid_to_ms: None })
            .collect();
        let contents = Contents { generation: "1.a", index: &index, grids: &grids, nodes: &[] };
        let opened = Snapshot::from_bytes(snapshot::to_bytes(&contents).unwrap()).unwrap();
        proptest!(|(seed in 0..200_u64, count in 1..400_usize)| {
            let mut points = Vec::new();
            for kind in Points::ALL {
                points.extend(synthetic::points(&faces, kind, count.div_ceil(6), seed));
            }
            let bad_row = seed as usize % points.len();
            let bad = vec![(bad_row, PointError::Coordinate(LonLat { lon_deg: 999.0, lat_deg: 0.0 }.snap().unwrap_err()))];
            let column = Column::locate(&opened, Placed { points: points.clone(), bad }, Borders::Measured);
            let words: Vec<_> = column.resolutions().collect();
            for (row, &point) in points.iter().enumerate() {
                let alone = opened.locate(point).filter(|_| row != bad_row);
                let named = column.grids.get(column.owner[row] as usize).copied();
                prop_assert_eq!(named, alone.map(|owner| owner.face));
                let word = alone.map_or("outside", |owner| owner.resolution.as_str());
                prop_assert_eq!(words[row], (row != bad_row).then_some(word));
                let metres = column.edge_distance_m.as_ref().unwrap()[row];
                prop_assert_eq!(metres.is_some(), row != bad_row);
            }
            let mut distinct = column.grids.clone();
            distinct.sort_unstable();
            distinct.dedup();
            prop_assert_eq!(distinct.len(), column.grids.len());
        });
    }
}
