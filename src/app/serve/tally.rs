//! Sums over grids.

use crate::plan::Status;
use crate::store::GridRecord;

/// How many grids, how they stand, and who lives in them.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Tally {
    /// Grids in all.
    pub grids: u64,
    /// Within the band.
    pub in_band: u64,
    /// Below it.
    pub under: u64,
    /// Above it.
    pub over: u64,
    /// Where nobody lives.
    pub uninhabited: u64,
    /// Of which the source does not say how many live there.
    pub unknown: u64,
    /// Households.
    pub households: u64,
    /// Persons; `None` where no grid says.
    pub population: Option<u64>,
    /// Derived.
    pub area_m2: f64,
}

impl Tally {
    /// Adds a grid.
    pub fn add(&mut self, grid: &GridRecord) {
        self.grids += 1;
        *match grid.status {
            Status::InBand => &mut self.in_band,
            Status::Under => &mut self.under,
            Status::Over => &mut self.over,
            Status::Uninhabited => &mut self.uninhabited,
            Status::Unknown => &mut self.unknown,
        } += 1;
        self.households += grid.households;
        if let Some(population) = grid.population {
            self.population = Some(self.population.unwrap_or(0) + population);
        }
        self.area_m2 += grid.area_m2;
    }
}
