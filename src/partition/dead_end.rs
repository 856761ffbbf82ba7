//! Dead ends: parts that hang on one node and cannot be divided for themselves, nor taken over from there.
//!
//! Grids of a part that hangs on a single node either stay within the part or go through that node. So what of the part
//! does not add up to grids has to join the grid of that node, and when that is more than the band holds, a grid there is
//! outside in every division.

use super::coarsen::Region;
use super::score::Rule;

/// A node and the parts behind it that cannot all be served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DeadEnd {
    /// The node everything has to pass.
    pub node: u32,
    /// What lies in the parts behind it that cannot be divided for themselves, by the main count.
    pub total: u64,
    /// That node and those parts.
    pub nodes: Vec<u32>,
    /// The least violation of the grids there: what is over at the node when each part gives what it must, or what one
    /// of the parts is short of when it gives nothing.
    pub least: u64,
}

/// The least violation that dead ends force together, by the main count: of those that share no node. O(n + m) and the
/// size of the dead ends.
pub(super) fn least_violation(region: &Region, rule: Rule) -> u64 {
    let mut taken = vec![false; region.graph.len()];
    let mut least = 0;
    for end in dead_ends(region, rule) {
        if end.nodes.iter().all(|&node| !taken[node as usize]) {
            for &node in &end.nodes {
                taken[node as usize] = true;
            }
            least += end.least;
        }
    }
    least
}

/// How much of a part of this total has to be given away at least, so that grids add up to the rest.
fn to_give(total: u64, rule: Rule) -> u64 {
    let (lower, upper) = (rule.lower.main, rule.upper.main);
    let grids = total.div_ceil(upper);
    if grids.saturating_mul(lower) <= total { 0 } else { total - (grids - 1) * upper }
}

/// What a part of this total is short of when it gives nothing away and is divided into one grid more.
fn short_of(total: u64, rule: Rule) -> u64 {
    total.div_ceil(rule.upper.main).saturating_mul(rule.lower.main).saturating_sub(total)
}

/// All dead ends of a connected region by the main count, smaller ones first. Parts with a node over the band are taken to
/// need nothing: what is outside there has its own reason. O(n + m) and the size of the dead ends.
pub(super) fn dead_ends(region: &Region, rule: Rule) -> Vec<DeadEnd> {
    let walk = Walk::new(region, rule);
    let nodes = region.graph.len();
    let mut found = Vec::new();
    for node in 0..nodes as u32 {
        let here = region.size[node as usize];
        if walk.hanging[node as usize].is_empty() || rule.is_over(here) {
            continue;
        }
        let mut parts = Vec::new();
        let (mut need, mut total, mut short) = (here.main, 0, u64::MAX);
        for &child in &walk.hanging[node as usize] {
            let span = walk.span(child);
            let part = walk.sum(&span);
            if walk.over(&span) == 0 && to_give(part, rule) > 0 {
                need += to_give(part, rule);
                total += part;
                short = short.min(short_of(part, rule));
                parts.push(span);
            }
        }
        // everything else is one more part
        let behind: Vec<_> = walk.hanging[node as usize].iter().map(|&child| walk.span(child)).collect();
        let all = 0..nodes;
        let rest = walk.sum(&all) - here.main - behind.iter().map(|span| walk.sum(span)).sum::<u64>();
        let rest_over = walk.over(&all) - behind.iter().map(|span| walk.over(span)).sum::<u32>();
        let rest_hangs = rest_over == 0 && to_give(rest, rule) > 0;
        if rest_hangs {
            need += to_give(rest, rule);
            total += rest;
            short = short.min(short_of(rest, rule));
        }
        if total == 0 || need <= rule.upper.main {
            continue;
        }
        let mut inside: Vec<u32> = parts.into_iter().flat_map(|span| walk.order[span].iter().copied()).collect();
        if rest_hangs {
            let own = walk.met[node as usize] as usize;
            let beside = |place: &usize| *place != own && !behind.iter().any(|span| span.contains(place));
            inside.extend((0..nodes).filter(beside).map(|place| walk.order[place]));
        }
        inside.push(node);
        found.push(DeadEnd { node, total, nodes: inside, least: short.min(need - rule.upper.main) });
    }
    found.sort_by_key(|end| (end.nodes.len(), end.node));
    found
}

/// A depth-first walk with what hangs on each node alone (Hopcroft, Tarjan, Communications of the ACM 16, 1973).
struct Walk {
    /// Nodes in the order they are met; what is below a node follows it.
    order: Vec<u32>,
    /// Where each node stands in that order.
    met: Vec<u32>,
    /// How many nodes are below each, itself included.
    below: Vec<u32>,
    /// Children from which no way leads past the node.
    hanging: Vec<Vec<u32>>,
    /// Sums of sizes over the order, and how many nodes over the band; one longer than it.
    sums: Vec<u64>,
    overs: Vec<u32>,
}

impl Walk {
    fn new(region: &Region, rule: Rule) -> Self {
        const UNMET: u32 = u32::MAX;
        let graph = &region.graph;
        let nodes = graph.len();
        let mut walk = Self {
            order: Vec::with_capacity(nodes),
            met: vec![UNMET; nodes],
            below: vec![1; nodes],
            hanging: vec![Vec::new(); nodes],
            sums: vec![0; nodes + 1],
            overs: vec![0; nodes + 1],
        };
        let mut high: Vec<u32> = vec![0; nodes];
        let mut stack: Vec<(u32, u32, u32)> = Vec::new();
        if nodes > 0 {
            stack.push((0, UNMET, graph.links(0).start));
            walk.met[0] = 0;
            walk.order.push(0);
        }
        while let Some((node, parent, link)) = stack.last_mut() {
            let (node, parent) = (*node, *parent);
            if *link < graph.links(node).end {
                let (other, _) = graph.link(*link);
                *link += 1;
                if walk.met[other as usize] == UNMET {
                    let place = walk.order.len() as u32;
                    walk.met[other as usize] = place;
                    high[other as usize] = place;
                    walk.order.push(other);
                    stack.push((other, node, graph.links(other).start));
                } else if other != parent {
                    high[node as usize] = high[node as usize].min(walk.met[other as usize]);
                }
                continue;
            }
            stack.pop();
            if parent != UNMET {
                walk.below[parent as usize] += walk.below[node as usize];
                high[parent as usize] = high[parent as usize].min(high[node as usize]);
                if high[node as usize] >= walk.met[parent as usize] {
                    walk.hanging[parent as usize].push(node);
                }
            }
        }
        for (place, &node) in walk.order.iter().enumerate() {
            let size = region.size[node as usize];
            walk.sums[place + 1] = walk.sums[place] + size.main;
            walk.overs[place + 1] = walk.overs[place] + u32::from(rule.is_over(size));
        }
        walk
    }

    /// Where everything below a node stands in the order.
    fn span(&self, node: u32) -> std::ops::Range<usize> {
        let start = self.met[node as usize] as usize;
        start..start + self.below[node as usize] as usize
    }

    fn sum(&self, span: &std::ops::Range<usize>) -> u64 {
        self.sums[span.end] - self.sums[span.start]
    }

    fn over(&self, span: &std::ops::Range<usize>) -> u32 {
        self.overs[span.end] - self.overs[span.start]
    }
}
