//! Which grids an area lies in, and how much of it in each.

use std::sync::Arc;

use crate::geom::{Envelope, LatticePoint, MultiPolygon, Polygon, Ring, metres_per_unit};
use crate::topology::{TopologyError, overlay};

use super::generation::Generation;
use super::published::Grid;

/// Points of all grids near an area, at most.
const MOST_POINTS: usize = 4_000_000;
/// Corners of a circle.
const CIRCLE_CORNERS: u32 = 96;

/// How an area is shared out.
#[derive(Debug, Clone, PartialEq)]
pub struct Overlaps {
    /// Grids that hold some of it, with square metres: most first, equal ones by code.
    pub grids: Vec<(Arc<Grid>, f64)>,
    /// How many of the first hold exactly as much as the first.
    pub tied: usize,
    /// All of it.
    pub area_m2: f64,
    /// What no grid holds.
    pub outside_m2: f64,
}

/// Why an area cannot be shared out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ShapeError {
    /// Nothing in it.
    #[error("the shape has no area: give a polygon with at least three corners that do not lie on a line")]
    Empty,
    /// Too much to compare with.
    #[error("the shape meets {grids} grids with {points} points together, {MOST_POINTS} at most: send it in parts")]
    TooLarge {
        /// Grids near it.
        grids: usize,
        /// Their points.
        points: usize,
    },
    /// A shape that cannot be cut.
    #[error(transparent)]
    Topology(#[from] TopologyError),
}

/// The polygon that stands for a circle: 96 corners on it, so that 0.07 % of its area is missing.
pub fn circle(centre: LatticePoint, radius_m: f64) -> Option<MultiPolygon> {
    let (east_m, north_m) = metres_per_unit(centre.y_e7);
    let corner = |i: u32| {
        let angle = std::f64::consts::TAU * f64::from(i) / f64::from(CIRCLE_CORNERS);
        let x = centre.x_e7 as f64 + (radius_m * angle.cos() / east_m).round();
        let y = centre.y_e7 as f64 + (radius_m * angle.sin() / north_m).round();
        let on_lattice = |n: f64| n >= f64::from(i32::MIN) && n <= f64::from(i32::MAX);
        (on_lattice(x) && on_lattice(y)).then(|| LatticePoint::new(x as i32, y as i32))
    };
    let corners: Option<Vec<LatticePoint>> = (0..CIRCLE_CORNERS).map(corner).collect();
    Some(MultiPolygon(vec![Polygon { exterior: Ring::new(corners?), holes: Vec::new() }]))
}

impl Generation {
    /// How an area is shared out among the grids: the areas are compared exactly, in lattice units², and told in square metres.
    /// O(n) in the grids, and n log n in the points of those near it.
    ///
    /// # Errors
    /// [`ShapeError`].
    pub fn overlaps(&self, shape: &MultiPolygon) -> Result<Overlaps, ShapeError> {
        let around: Envelope = shape.envelope().ok_or(ShapeError::Empty)?;
        let near: Vec<&Arc<Grid>> = self.grids().iter().filter(|grid| grid.envelope.intersects(&around)).collect();
        let count = |shape: &MultiPolygon| -> usize {
            let rings = shape.0.iter().flat_map(|polygon| std::iter::once(&polygon.exterior).chain(&polygon.holes));
            rings.map(|ring| ring.points().len()).sum()
        };
        let points = near.iter().map(|grid| count(&grid.record.shape)).sum();
        if points > MOST_POINTS {
            return Err(ShapeError::TooLarge { grids: near.len(), points });
        }
        let shapes: Vec<&MultiPolygon> = near.iter().map(|grid| &grid.record.shape).collect();
        let shared = overlay(&[shape], &shapes)?;
        let whole_2 = overlay(&[shape], &[shape])?.first().map_or(0, |&(_, _, area_2)| area_2);
        if whole_2 <= 0 {
            return Err(ShapeError::Empty);
        }
        // one scale for all of it: areas stay in proportion, and the whole is the sum of its parts
        let (east_m, north_m) = metres_per_unit(around.centre().y_e7);
        let m2 = |area_2: i128| area_2 as f64 / 2.0 * east_m * north_m;
        let mut by_area: Vec<(i128, &Arc<Grid>)> =
            shared.iter().map(|&(_, position, area_2)| (area_2, near[position as usize])).collect();
        by_area.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.record.code.cmp(&b.1.record.code)));
        let tied = by_area.iter().take_while(|(area_2, _)| *area_2 == by_area[0].0).count();
        let inside_2: i128 = by_area.iter().map(|(area_2, _)| area_2).sum();
        Ok(Overlaps {
            tied,
            area_m2: m2(whole_2),
            outside_m2: m2((whole_2 - inside_2).max(0)),
            grids: by_area.into_iter().map(|(area_2, grid)| (Arc::clone(grid), m2(area_2))).collect(),
        })
    }
}
