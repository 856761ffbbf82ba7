//! Middling regions, divided exactly where a bounded search gets to the end.
//!
//! A division found before says how much violation a better one may have. That leaves few sets of nodes as grids; the
//! regions are then covered by such sets, each time around the first node left, and what remains is remembered.

use std::collections::HashMap;

use super::Infeasible;
use super::arithmetic::least_violation;
use super::coarsen::Region;
use super::division::Division;
use super::score::{Rule, Score};
use super::size::Size;

/// Node sets are bits of a `u64`.
pub(super) const MOST_NODES: usize = 64;

/// The search ran out of steps.
struct OutOfSteps;

/// The division with the least score, or `None` when that many steps do not suffice. `known` is any division. Steps
/// bound time and memory.
pub(super) fn divide(region: &Region, rule: Rule, known: &[u32], steps: u64) -> Option<Vec<u32>> {
    let nodes = region.graph.len();
    if nodes == 0 || nodes > MOST_NODES {
        return None;
    }
    let order = outside_in(region);
    let mut place = vec![0; nodes];
    for (i, &node) in order.iter().enumerate() {
        place[node as usize] = i;
    }
    let beside = order
        .iter()
        .map(|&n| region.graph.neighbours(n).fold(0, |set, (o, _)| set | 1u64 << place[o as usize]))
        .collect();
    let rows = order
        .iter()
        .map(|&node| region.graph.neighbours(node).map(|(other, mm)| (1u64 << place[other as usize], mm)).collect())
        .collect();
    let slack = slack(&Division::new(region, known.to_vec()), rule);
    // with one count alone the other has weight 0, and no bounds
    let reach = |weight: u64| slack.checked_div(weight).unwrap_or(0);
    let (main, other) = (reach(rule.weight.main), reach(rule.weight.other));
    let mut search = Search {
        rule,
        size: order.iter().map(|&node| region.size[node as usize]).collect(),
        beside,
        rows,
        slack,
        least: Size::new(rule.lower.main.saturating_sub(main), rule.lower.other.saturating_sub(other)),
        most: Size::new(rule.upper.main.saturating_add(main), rule.upper.other.saturating_add(other)),
        memo: HashMap::new(),
        steps,
    };
    let all = u64::MAX >> (64 - nodes);
    if search.best(all).ok()? == Score::MAX {
        return None;
    }
    let mut grid = vec![0; nodes];
    let (mut left, mut number) = (all, 0);
    while left != 0 {
        let set = search.memo[&left].1;
        for (i, &node) in order.iter().enumerate() {
            if set >> i & 1 == 1 {
                grid[node as usize] = number;
            }
        }
        left &= !set;
        number += 1;
    }
    Some(grid)
}

/// How far a grid of a division no worse than this one can lie outside the band, the excess of nodes over the band
/// left out.
fn slack(known: &Division<'_>, rule: Rule) -> u64 {
    let violations = known.sum.iter().zip(&known.count).filter(|&(_, &count)| count > 0);
    let violations = violations.map(|(&sum, _)| rule.violation(sum)).filter(|&violation| violation > 0);
    let (count, violation) = violations.fold((0, 0), |(count, all), one| (count + 1, all + one));
    match rule.infeasible {
        Infeasible::LeastViolation => {
            violation.saturating_sub(known.region.size.iter().map(|&size| rule.excess(size)).sum())
        }
        // one grid outside fewer may cost any violation
        Infeasible::FewestOutside if count > 1 => 1 << 54,
        Infeasible::FewestOutside => violation,
    }
}

/// Nodes by distance from one at the end, so that covering from the first on leaves few pieces behind.
fn outside_in(region: &Region) -> Vec<u32> {
    let from = |start: u32| {
        let mut seen = vec![false; region.graph.len()];
        seen[start as usize] = true;
        let mut order = vec![start];
        let mut next = 0;
        while next < order.len() {
            for (other, _) in region.graph.neighbours(order[next]) {
                if !std::mem::replace(&mut seen[other as usize], true) {
                    order.push(other);
                }
            }
            next += 1;
        }
        order
    };
    let first = from(0);
    from(*first.last().expect("a region has nodes"))
}

struct Search {
    rule: Rule,
    size: Vec<Size>,
    beside: Vec<u64>,
    rows: Vec<Vec<(u64, u64)>>,
    slack: u64,
    /// The least and the most a grid can have within the slack, nodes over the band taken as just within it.
    least: Size,
    most: Size,
    /// For each set left: the least score of dividing it and the grid around its first node. Every border of a grid
    /// counts, so inner borders count twice.
    memo: HashMap<u64, (Score, u64)>,
    steps: u64,
}

impl Search {
    /// The least score of dividing what is left.
    fn best(&mut self, left: u64) -> Result<Score, OutOfSteps> {
        if left == 0 {
            return Ok(0);
        }
        if let Some(&(score, _)) = self.memo.get(&left) {
            return Ok(score);
        }
        let mut found = (Score::MAX, 0);
        if self.plausible(left) {
            let first = left & left.wrapping_neg();
            let mut grids = Vec::new();
            self.grow(first, 0, left, &mut grids)?;
            for grid in grids {
                let score = self.own(grid);
                if found.0 == 0 {
                    break;
                }
                if score < found.0 {
                    let rest = self.best(left & !grid)?;
                    if rest != Score::MAX && score + rest < found.0 {
                        found = (score + rest, grid);
                    }
                }
            }
        }
        self.memo.insert(left, found);
        Ok(found.0)
    }

    /// All contiguous sets of `left` that grow from `set` without `banned` and may be grids. Each is met once.
    fn grow(&mut self, set: u64, banned: u64, left: u64, grids: &mut Vec<u64>) -> Result<(), OutOfSteps> {
        self.steps = self.steps.checked_sub(1).ok_or(OutOfSteps)?;
        let size = self.even_size(set);
        if self.is_plausible(size) {
            grids.push(set);
        }
        let mut rim = members(set).fold(0, |rim, node| rim | self.beside[node]) & left & !set & !banned;
        let mut banned = banned;
        while rim != 0 {
            let next = rim & rim.wrapping_neg();
            rim ^= next;
            banned |= next;
            if (size + self.even_size(next)).fits(self.most) {
                self.grow(set | next, banned, left, grids)?;
            }
        }
        Ok(())
    }

    /// Whether a set of this even size may be a grid: inhabited, and no farther below its bands than the slack.
    fn is_plausible(&self, size: Size) -> bool {
        size.main >= self.least.main && size.other >= self.least.other && !size.is_zero()
    }

    /// The size of a set, nodes over the band taken as just within it: their excess lies outside in any division.
    fn even_size(&self, set: u64) -> Size {
        members(set).map(|node| self.size[node].min_each(self.rule.upper)).sum()
    }

    /// Whether arithmetic allows every piece of what is left to be divided within the slack.
    fn plausible(&self, left: u64) -> bool {
        let mut rest = left;
        while rest != 0 {
            let mut piece = rest & rest.wrapping_neg();
            loop {
                let wider = members(piece).fold(piece, |set, node| set | self.beside[node]) & left;
                if wider == piece {
                    break;
                }
                piece = wider;
            }
            rest &= !piece;
            if members(piece).all(|node| !self.rule.is_over(self.size[node])) {
                let total: Size = members(piece).map(|node| self.size[node]).sum();
                if total.is_zero() || least_violation(total, self.rule) > self.slack {
                    return false;
                }
            }
        }
        true
    }

    fn own(&self, set: u64) -> Score {
        let size = members(set).map(|node| self.size[node]).sum();
        let rim = members(set).flat_map(|node| &self.rows[node]).filter(|(other, _)| set & other == 0);
        self.rule.penalty(size) + rim.map(|&(_, mm)| Score::from(mm)).sum::<Score>()
    }
}

fn members(set: u64) -> impl Iterator<Item = usize> {
    let mut rest = set;
    std::iter::from_fn(move || {
        (rest != 0).then(|| {
            let node = rest.trailing_zeros() as usize;
            rest &= rest - 1;
            node
        })
    })
}
