//! The frontier of a change: who moves against how long the borders are, by what it is worth that one stays.

use super::partition::{Divided, Keep, PartitionRequest, Work};
use super::plan::{self, Planned, Setting, draw};
use super::{AppError, Watch};
use crate::store::Store;

/// A plan that was kept, among those that other prices lead to.
#[derive(Debug, Clone)]
pub struct Frontier {
    /// The plan of the price that was asked for: the only one that was kept.
    pub planned: Planned,
    /// One for each price, ascending.
    pub points: Vec<OnFrontier>,
    /// At least so many have to move in any plan within the bands.
    pub moved_at_least: u64,
}

/// What one price leads to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OnFrontier {
    /// How many metres of border it is worth that one household (or person) stays.
    pub keep_price_m: u32,
    /// Those who would go to a grid that does not continue theirs.
    pub moved: u64,
    /// Those who had a grid.
    pub total: u64,
    /// Metres of border between grids.
    pub border_m: u64,
    /// Grids.
    pub grids: u64,
    /// Grids outside their bands.
    pub outside: u64,
    /// Whether another price has as few outside, as few who move and as short a border, and one of these better.
    pub is_dominated: bool,
    /// Whether the plan that was kept is the one of this price.
    pub is_kept: bool,
}

impl OnFrontier {
    /// Those who stay in percent, rounded to hundredths; 100 where nobody had a grid.
    pub fn kept_percent(&self) -> f64 {
        if self.total == 0 {
            return 100.0;
        }
        ((self.total - self.moved) as f64 * 10_000.0 / self.total as f64).round() / 100.0
    }

    fn is_better(&self, other: &Self) -> bool {
        let (own, theirs) = (self.measures(), other.measures());
        own != theirs && own.iter().zip(theirs).all(|(own, theirs)| *own <= theirs)
    }

    const fn measures(&self) -> [u64; 3] {
        [self.outside, self.moved, self.border_m]
    }
}

/// Divides once for each of these prices of a move, and once for that of the request, whose division is kept as a draft plan.
/// Each takes as long as a partition by itself.
///
/// # Errors
/// [`AppError`], in particular where nothing is to be kept; nothing is kept in the store then.
pub async fn frontier(
    store: &dyn Store,
    request: &PartitionRequest,
    prices_m: &[u32],
    watch: &dyn Watch,
) -> Result<Frontier, AppError> {
    if request.keep == Keep::Nothing {
        return Err(AppError::NothingToKeep);
    }
    let work = Work::of(store, request).await?;
    let setting = Setting::of(store, request.level, work.continues()).await?;
    let mut prices_m: Vec<u32> = prices_m.iter().copied().chain([request.keep_m]).collect();
    prices_m.sort_unstable();
    prices_m.dedup();
    let (mut points, chosen, moved_at_least) = tokio::task::block_in_place(|| {
        let (mut points, mut chosen, mut moved_at_least) = (Vec::with_capacity(prices_m.len()), None, 0);
        for keep_m in prices_m {
            let priced = PartitionRequest { keep_m, ..request.clone() };
            let divided = work.divide(&priced, watch, &mut |_| Ok(()))?;
            let origin = work.origin(&priced, &divided);
            let drawn = draw(&work.prepared, &divided.assignment, &work.nesting, &divided.reasons, &origin, &setting)?;
            let kept = divided.kept.unwrap_or_default();
            moved_at_least = kept.moved_at_least;
            points.push(OnFrontier {
                keep_price_m: keep_m,
                moved: kept.moved,
                total: kept.moved + kept.stayed,
                border_m: drawn.figures.border_m.values().sum(),
                grids: drawn.figures.grids,
                outside: drawn.figures.outside.len() as u64,
                is_dominated: false,
                is_kept: keep_m == request.keep_m,
            });
            if keep_m == request.keep_m {
                chosen = Some(divided);
            }
        }
        Ok::<_, AppError>((points, chosen, moved_at_least))
    })?;
    mark(&mut points);
    let chosen: Divided = chosen.expect("the price of the request is one of those tried");
    let origin = work.origin(request, &chosen);
    let planned = plan::keep(store, &work.prepared, &chosen.assignment, &work.nesting, &chosen.reasons, origin).await?;
    Ok(Frontier { planned, points, moved_at_least })
}

/// Marks those that another is better than. O(n²) for the few prices there are.
fn mark(points: &mut [OnFrontier]) {
    let all = points.to_vec();
    for point in points {
        point.is_dominated = all.iter().any(|other| other.is_better(point));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(keep_price_m: u32, outside: u64, moved: u64, border_m: u64) -> OnFrontier {
        let (total, grids) = (1_000, 3);
        OnFrontier { keep_price_m, moved, total, border_m, grids, outside, is_dominated: false, is_kept: false }
    }

    #[test]
    fn a_price_that_another_serves_better_in_all_is_dominated_and_equals_are_not() {
        let mut points = [
            point(0, 0, 400, 900),
            point(1, 0, 100, 1_000),
            // as many move, and the border is longer
            point(2, 0, 100, 1_100),
            point(4, 0, 100, 1_000),
            // fewer move at the price of a grid outside
            point(8, 1, 50, 1_000),
            point(16, 1, 60, 1_000),
        ];
        mark(&mut points);
        assert_eq!(points.map(|point| point.is_dominated), [false, false, true, false, false, true]);
        assert!((points[0].kept_percent() - 60.0).abs() < 1e-9);
    }
}
