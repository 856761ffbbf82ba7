//! What sizes alone decide, before any map is looked at.

use super::Infeasible;
use super::coarsen::Region;
use super::score::{MOST_VIOLATION, Rule};
use super::size::Size;

/// The least total violation of a number of grids, one at least, that add up to `total`; `total` > 0.
pub(super) fn least_violation(total: Size, rule: Rule) -> u64 {
    let counts = [(total.main, rule.lower.main, rule.upper.main), (total.other, rule.lower.other, rule.upper.other)];
    let [main, other] = counts;
    if !rule.is_double() {
        return fewest_or_one_less(main).map(|grids| outside(main, grids)).into_iter().min().unwrap_or(0);
    }
    // convex in the number of grids, so least at an end of one of the two ranges of lawful numbers
    let ends = counts.iter().flat_map(|&count| fewest_or_one_less(count).into_iter().chain(most_or_one_more(count)));
    let violation = |grids| {
        outside(main, grids)
            .saturating_mul(rule.weight.main)
            .saturating_add(outside(other, grids).saturating_mul(rule.weight.other))
    };
    ends.map(violation).min().unwrap_or(0).min(MOST_VIOLATION)
}

/// The numbers of grids that serve a total under its band, fewest and most; the fewest is above the most where none does.
/// `None` for the most without a lower end.
pub(super) fn lawful_grids(total: u64, lower: u64, upper: u64) -> (u64, Option<u64>) {
    (total.div_ceil(upper).max(1), total.checked_div(lower))
}

type Count = (u64, u64, u64);

fn fewest_or_one_less((total, lower, upper): Count) -> [u64; 2] {
    let fewest = lawful_grids(total, lower, upper).0;
    [fewest, (fewest - 1).max(1)]
}

fn most_or_one_more((total, lower, upper): Count) -> [u64; 2] {
    let most = lawful_grids(total, lower, upper).1.unwrap_or(1).max(1);
    [most, most + 1]
}

/// How far so many grids are outside together, at least.
fn outside((total, lower, upper): Count, grids: u64) -> u64 {
    grids.saturating_mul(lower).saturating_sub(total).max(total.saturating_sub(grids.saturating_mul(upper)))
}

/// The least total violation of this number of grids that add up to `total`.
pub(super) fn violation_of(total: Size, grids: u64, rule: Rule) -> u64 {
    let main = outside((total.main, rule.lower.main, rule.upper.main), grids).saturating_mul(rule.weight.main);
    if !rule.is_double() {
        return main;
    }
    let other = outside((total.other, rule.lower.other, rule.upper.other), grids);
    main.saturating_add(other.saturating_mul(rule.weight.other))
}

/// What no division of a connected, inhabited region can go below.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bound {
    /// Total violation.
    pub violation: u64,
    /// Grids outside the band, where the violation is least (or, asked for the fewest outside, in any case).
    pub outside: u64,
    /// For each node its pocket: the connected parts of the region without its nodes over the band. `None` for
    /// those nodes, and for all when there are none of them.
    pub pocket: Vec<Option<u32>>,
    /// The size of each pocket.
    pub pocket_total: Vec<Size>,
    /// The excess that nodes over the band bring along.
    pub excess: u64,
}

/// The bound of a connected, inhabited region. Each node over the band costs its excess wherever it lies. Of a
/// pocket either a grid beside takes a part over, each household of it one more outside, or the pocket is divided
/// for itself: since one household more or less changes the least violation of a total by one at most, the pocket
/// costs at least the least violation of its own total, or the total itself where that is less. O(n + m).
pub(super) fn bound(region: &Region, rule: Rule) -> Bound {
    let over = |node: u32| rule.is_over(region.size[node as usize]);
    let total = region.size.iter().copied().sum();
    let excess: u64 = region.size.iter().map(|&size| rule.excess(size)).sum();
    if excess == 0 {
        let violation = least_violation(total, rule);
        return Bound {
            violation,
            outside: u64::from(violation > 0),
            pocket: vec![None; region.size.len()],
            pocket_total: Vec::new(),
            excess,
        };
    }
    let (part, parts) = region.graph.components_by(over);
    let mut part_total = vec![Size::ZERO; parts as usize];
    let mut is_pocket = vec![false; parts as usize];
    for (node, &part) in part.iter().enumerate() {
        part_total[part as usize] += region.size[node];
        is_pocket[part as usize] = !over(node as u32);
    }
    let mut violation = excess;
    // with two counts a grid over the one may take people over without being farther outside: nothing is claimed then
    let pockets = part_total.iter().zip(&is_pocket).filter(|&(total, &is)| is && !total.is_zero() && !rule.is_double());
    for (&total, _) in pockets {
        violation += least_violation(total, rule).min(total.main);
    }
    let pocket = part.iter().map(|&part| is_pocket[part as usize].then_some(part)).collect();
    // two of them in one grid would cost more than apart
    let outside = match rule.infeasible {
        Infeasible::LeastViolation => region.size.iter().filter(|&&size| rule.is_over(size)).count() as u64,
        Infeasible::FewestOutside => 1,
    };
    Bound { violation, outside, pocket, pocket_total: part_total, excess }
}
