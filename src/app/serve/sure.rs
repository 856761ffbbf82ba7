//! How sure the answer to a point is.

use std::sync::Arc;

use crate::geom::LatticePoint;
use crate::locate::Accuracy;

use super::generation::{Generation, Located};
use super::published::Grid;

/// A centimetre: rounding to the lattice, of the point and of whoever asks next.
const ROUNDING_M: f64 = 0.01;

/// How far the border is, and who else the owner may be.
#[derive(Debug, Clone, PartialEq)]
pub struct Sureness {
    /// Metres from the point to the nearest border of its grid; outside, of the nearest grid. None without any grid.
    pub edge_distance_m: Option<f64>,
    /// Every position nearer than so many metres has the same answer.
    pub stable_within_m: Option<f64>,
    /// Grids that hold the true place with the probability beside them, most likely first, where the error of the position
    /// is known; no grid stands for outside.
    pub candidates: Option<Vec<(Option<Arc<Grid>>, f64)>>,
}

impl Generation {
    /// How sure an answer of [`Generation::locate`] to the same point is. O(points of the grids within 5 σ).
    pub fn sureness(&self, point: LatticePoint, located: &Located, accuracy: Option<Accuracy>) -> Sureness {
        let edge_distance_m = match located {
            // the nearest border of any grid is one of its own
            Located::Owned { .. } => self.any_border_distance_m(point),
            Located::Outside { nearest } => nearest.as_ref().map(|(_, distance_m)| *distance_m),
        };
        Sureness {
            edge_distance_m,
            stable_within_m: edge_distance_m.map(|distance_m| (distance_m - ROUNDING_M).max(0.0)),
            candidates: accuracy.map(|accuracy| {
                let mut candidates: Vec<_> =
                    self.likely(point, accuracy).into_iter().map(|(grid, p)| (Some(grid), p)).collect();
                let outside = 1.0 - candidates.iter().map(|(_, p)| p).sum::<f64>();
                if outside > LEAST_OUTSIDE {
                    let at = candidates.partition_point(|(_, p)| *p >= outside);
                    candidates.insert(at, (None, outside));
                }
                candidates
            }),
        }
    }
}

/// Less than this outside every grid is the error of the shares, not a place.
const LEAST_OUTSIDE: f64 = 0.005;
