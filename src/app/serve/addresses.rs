//! Addresses, answered from memory: what a text means, and which address is nearest to a point.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::address::{Found, Index, Place, PlaceId};
use crate::app::addresses::newest;
use crate::geom::{LatticePoint, distance_m};

use super::generation::{Generation, Key};
use super::published::Grid;
use super::{App, ServeError};

pub use crate::address::{CONFIDENT, State, Why};

/// The longest text that is looked up, in letters.
pub const ADDRESS_CHARS: usize = 200;
/// Entries of one building or address that lie so near each other, and in one grid, are as good as one.
const SIDE_BY_SIDE_M: f64 = 150.0;
/// Generations for which the addresses of each grid are kept.
const GENERATIONS_KEPT: usize = 2;

/// Addresses of each grid, by its code.
type OfGrid = HashMap<String, Vec<PlaceId>>;

/// All addresses that count.
pub(super) struct Book {
    sets: Vec<i64>,
    index: Index,
    of_grid: Mutex<Vec<(Key, Arc<OfGrid>)>>,
}

/// An address that may be meant.
#[derive(Debug, Clone)]
pub struct Match {
    /// As it is written.
    pub text: String,
    /// Where it is.
    pub point: LatticePoint,
    /// How well it agrees, of 1,000.
    pub score: u16,
    /// Why.
    pub why: Vec<Why>,
    /// The grid that owns its point; `None` outside all, or when nothing is in force.
    pub grid: Option<Arc<Grid>>,
}

/// What a text may mean.
#[derive(Debug, Clone)]
pub struct Geocoded {
    /// What came of it.
    pub state: State,
    /// The best first.
    pub matches: Vec<Match>,
}

impl Geocoded {
    /// The address that is sure enough to be taken.
    pub fn taken(&self) -> Option<&Match> {
        matches!(self.state, State::Exact | State::Confident).then(|| self.matches.first()).flatten()
    }
}

/// The address nearest to a point, in its grid.
#[derive(Debug, Clone)]
pub struct NearestAddress {
    /// As it is written.
    pub text: String,
    /// Where it is.
    pub point: LatticePoint,
    /// How far that is, in metres.
    pub distance_m: f64,
}

impl Book {
    fn answer(&self, text: &str, limit: usize, generation: Option<&Generation>) -> Geocoded {
        let Found { mut state, candidates, leaders, one_building } = self.index.search(text, limit.max(1));
        let owner = |point| generation.and_then(|generation| generation.locate(point).grid().map(Arc::clone));
        let matches = candidates.into_iter().map(|candidate| {
            let place = self.index.place(candidate.place);
            let grid = owner(place.point);
            let (text, point) = (place.text.clone(), place.point);
            Match { text, point, score: candidate.score, why: candidate.why, grid }
        });
        let mut matches: Vec<Match> = matches.collect();
        // units of one building, or one address several times: it makes no difference which is taken
        if state == State::Ambiguous
            && one_building
            && leaders.len() > 1
            && let Some(first) = matches.first_mut()
            && let Some(grid) = &first.grid
        {
            let alike = |id: &PlaceId| {
                let point = self.index.place(*id).point;
                distance_m(point, first.point) <= SIDE_BY_SIDE_M
                    && owner(point).is_some_and(|own| own.record.code == grid.record.code)
            };
            if leaders.iter().all(alike) {
                state = State::Confident;
                first.why.push(Why::OneGrid { entries: leaders.len() as u64 - 1 });
            }
        }
        Geocoded { state, matches }
    }

    /// The addresses of each grid of a generation. O(n) the first time.
    fn of_grids(&self, generation: &Generation) -> Arc<OfGrid> {
        let kept = self.of_grid.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, found)) = kept.iter().find(|(key, _)| key == generation.key()) {
            return Arc::clone(found);
        }
        drop(kept);
        let mut of_grid = OfGrid::new();
        for (id, place) in (0..).map(PlaceId).zip(self.index.places()) {
            if let Some(grid) = generation.locate(place.point).grid() {
                of_grid.entry(grid.record.code.clone()).or_default().push(id);
            }
        }
        let of_grid = Arc::new(of_grid);
        let mut kept = self.of_grid.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= GENERATIONS_KEPT {
            kept.remove(0);
        }
        kept.push((generation.key().clone(), Arc::clone(&of_grid)));
        of_grid
    }

    fn nearest(&self, point: LatticePoint, grid: &str, generation: &Generation) -> Option<NearestAddress> {
        let of_grid = self.of_grids(generation);
        let near = of_grid.get(grid)?.iter().map(|&id| (distance_m(point, self.index.place(id).point), id));
        let (distance_m, id) = near.min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)))?;
        let Place { text, point } = self.index.place(id).clone();
        Some(NearestAddress { text, point, distance_m })
    }
}

impl App {
    /// Looks for addresses that were imported; they are read when they are asked for.
    pub(super) async fn refresh_addresses(&self) -> Result<(), ServeError> {
        let sets = newest(&self.store().address_sets().await?);
        if **self.address_sets.load() != sets {
            self.address_sets.store(Arc::new(sets));
        }
        Ok(())
    }

    /// All addresses that count.
    async fn book(&self) -> Result<Arc<Book>, ServeError> {
        let sets = self.address_sets.load_full();
        // one at a time, so that none is read twice
        let mut kept = self.book.lock().await;
        if let Some(book) = kept.as_ref().filter(|book| book.sets == *sets) {
            return Ok(Arc::clone(book));
        }
        let mut places = Vec::new();
        for &set in sets.iter() {
            let records = self.store().addresses(set).await?;
            places.extend(records.into_iter().map(|record| Place { text: record.text, point: record.point }));
        }
        let made = tokio::task::spawn_blocking(move || Index::new(places)).await;
        let index = made.map_err(|error| ServeError::Lost(error.to_string()))?;
        let book = Arc::new(Book { sets: sets.to_vec(), index, of_grid: Mutex::default() });
        Ok(Arc::clone(kept.insert(book)))
    }

    /// How many addresses there are to look among.
    ///
    /// # Errors
    /// When the store fails while they are read.
    pub async fn address_count(&self) -> Result<u64, ServeError> {
        Ok(self.book().await?.index.places().len() as u64)
    }

    /// What a text may mean, at most `limit` addresses, with the grids that own their points in a generation.
    ///
    /// # Errors
    /// When the store fails while the addresses are read.
    pub async fn geocode(
        &self,
        text: &str,
        limit: usize,
        generation: Option<&Generation>,
    ) -> Result<Geocoded, ServeError> {
        Ok(self.book().await?.answer(text, limit, generation))
    }

    /// The address nearest to a point among those in the grid with this code; `None` when it has none.
    ///
    /// # Errors
    /// When the store fails while the addresses are read.
    pub async fn nearest_address(
        &self,
        point: LatticePoint,
        grid: &str,
        generation: &Arc<Generation>,
    ) -> Result<Option<NearestAddress>, ServeError> {
        let (book, generation, grid) = (self.book().await?, Arc::clone(generation), grid.to_owned());
        let found = tokio::task::spawn_blocking(move || book.nearest(point, &grid, &generation)).await;
        found.map_err(|error| ServeError::Lost(error.to_string()))
    }
}
