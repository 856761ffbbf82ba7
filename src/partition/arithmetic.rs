//! What sizes alone decide, before any map is looked at.

use super::Infeasible;
use super::coarsen::Region;
use super::score::Rule;

/// The least total violation of a number of grids, one at least, that add up to `total`; `total` > 0.
pub(super) fn least_violation(total: u64, rule: Rule) -> u64 {
    let most = total.div_ceil(rule.upper);
    let below = most.saturating_mul(rule.lower).saturating_sub(total);
    if most < 2 { below } else { below.min(total - (most - 1) * rule.upper) }
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
    pub pocket_total: Vec<u64>,
    /// The excess that nodes over the band bring along.
    pub excess: u64,
}

/// The bound of a connected, inhabited region. Each node over the band costs its excess wherever it lies. Of a
/// pocket either a grid beside takes a part over, each household of it one more outside, or the pocket is divided
/// for itself: since one household more or less changes the least violation of a total by one at most, the pocket
/// costs at least the least violation of its own total, or the total itself where that is less. O(n + m).
pub(super) fn bound(region: &Region, rule: Rule) -> Bound {
    let over = |node: u32| region.size[node as usize] > rule.upper;
    let total = region.size.iter().sum();
    let excess: u64 = region.size.iter().map(|size| size.saturating_sub(rule.upper)).sum();
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
    let mut part_total = vec![0; parts as usize];
    let mut is_pocket = vec![false; parts as usize];
    for (node, &part) in part.iter().enumerate() {
        part_total[part as usize] += region.size[node];
        is_pocket[part as usize] = !over(node as u32);
    }
    let mut violation = excess;
    for (&total, _) in part_total.iter().zip(&is_pocket).filter(|&(&total, &is)| is && total > 0) {
        violation += least_violation(total, rule).min(total);
    }
    let pocket = part.iter().map(|&part| is_pocket[part as usize].then_some(part)).collect();
    // two of them in one grid would cost more than apart
    let outside = match rule.infeasible {
        Infeasible::LeastViolation => region.size.iter().filter(|&&size| size > rule.upper).count() as u64,
        Infeasible::FewestOutside => 1,
    };
    Bound { violation, outside, pocket, pocket_total: part_total, excess }
}
