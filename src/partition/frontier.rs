//! Regions with a narrow frontier, divided exactly: nodes are taken in one by one, and all that is remembered of those taken in
//! is how the nodes beside the others are grouped into grids under way, and what these grids hold by now.
//!
//! Dividing a graph of bounded tree-width into parts within a band is polynomial this way in nodes and upper bound (Ito, Zhou,
//! Nishizeki, Journal of Discrete Algorithms 4, 2006); states of a frontier are Knuth's Simpath (The Art of Computer Programming
//! 4A, 7.1.4) and the frontier method of Kawahara, Inoue, Iwashita, Minato (IEICE Transactions E100-A, 2017). Where there are more
//! states than may be kept, those that differ least become one that is as good as either: what is then found is a bound (relaxed
//! decision diagrams, Andersen, Hadzic, Hooker, Tiedemann, CP 2007), and still a proof where nothing gets below what is known.

use super::arithmetic::least_violation;
use super::coarsen::Region;
use super::division::Division;
use super::score::{Rule, Score};
use super::size::Size;
use super::{Cancelled, watch::Watch};

/// The widest frontier there is a program for: one hexadecimal digit of a `u64` for each of its nodes.
const WIDEST: usize = 16;

/// What the program says of the divisions that score less than a ceiling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    /// There are none.
    Nothing,
    /// This one, which scores less than all others.
    Least(Vec<u32>),
    /// This one scores less; there may be others.
    Better(Vec<u32>),
    /// It cannot tell: too many states, or too wide a frontier.
    Unknown,
}

/// Looks for the division with the least score below `ceiling`, with at most `width` states at a time. O(nodes · width · 2^d) where
/// a node has at most d grids beside it.
pub(super) fn search(
    region: &Region,
    rule: Rule,
    ceiling: Score,
    width: usize,
    watch: &Watch<'_>,
) -> Result<Found, Cancelled> {
    let total: Size = region.size.iter().copied().sum();
    if region.graph.is_empty() || total.main > u64::from(u32::MAX) || total.other > u64::from(u32::MAX) {
        return Ok(Found::Unknown);
    }
    let order = order(region);
    let Some(steps) = steps(region, rule, &order) else { return Ok(Found::Unknown) };
    // sizes an eighth of the upper bound apart say nothing any more when they are put together
    let most_shift = 28 - (rule.upper.main.clamp(1 << 4, 1 << 30) as u32).leading_zeros();
    let mut layer = Layer::new(0, width, most_shift);
    layer.offer(0, &[], 0, (0, 0));
    let mut trail = Vec::with_capacity(steps.len());
    let mut relaxed = false;
    for step in &steps {
        watch.check()?;
        let mut next = Layer::new(step.next.len(), width, most_shift);
        for state in 0..layer.cost.len() {
            step.extend(&layer, state, rule, ceiling, &mut next);
            if next.cost.len() > width {
                return Ok(Found::Unknown);
            }
        }
        relaxed |= next.shift > 0;
        trail.push(std::mem::replace(&mut layer, next).back);
    }
    trail.push(layer.back);
    if layer.cost.is_empty() {
        return Ok(Found::Nothing);
    }
    let grid = walk_back(&steps, &trail);
    let score = Division::new(region, grid.clone()).score(rule);
    Ok(match (relaxed, score < ceiling) {
        (false, _) => Found::Least(grid),
        (true, true) => Found::Better(grid),
        (true, false) => Found::Unknown,
    })
}

/// Nodes in an order that keeps few of them beside others still to come: from each of many starts the node that widens the
/// frontier least, ties to the one beside the node that waits longest.
fn order(region: &Region) -> Vec<u32> {
    const STARTS: usize = 48;
    let graph = &region.graph;
    let nodes = graph.len();
    let mut best: Option<(u64, Vec<u32>)> = None;
    for start in (0..nodes).step_by(nodes.div_ceil(STARTS)) {
        let mut left: Vec<u32> = (0..nodes as u32).map(|node| graph.neighbours(node).len() as u32).collect();
        let mut taken = vec![usize::MAX; nodes];
        let mut order = Vec::with_capacity(nodes);
        let mut frontier: Vec<u32> = Vec::new();
        let mut weight = 0u64;
        let mut next = start as u32;
        loop {
            taken[next as usize] = order.len();
            order.push(next);
            frontier.push(next);
            for (other, _) in graph.neighbours(next) {
                left[other as usize] -= 1;
            }
            frontier.retain(|&node| left[node as usize] > 0);
            weight = weight.saturating_add(3u64.saturating_pow(frontier.len() as u32));
            let free = |node: u32| {
                graph.neighbours(node).map(|(other, _)| other).filter(|&other| taken[other as usize] == usize::MAX)
            };
            let candidates = frontier.iter().flat_map(|&node| free(node));
            let chosen = candidates.min_by_key(|&node| {
                let beside = || {
                    graph.neighbours(node).map(|(other, _)| other).filter(|&other| taken[other as usize] != usize::MAX)
                };
                let leaving = beside().filter(|&other| left[other as usize] == 1).count();
                let staying = usize::from(left[node as usize] > 0);
                let waits = beside().map(|other| taken[other as usize]).min();
                (staying + nodes - leaving, waits, node)
            });
            let Some(chosen) = chosen else { break };
            next = chosen;
        }
        if best.as_ref().is_none_or(|(least, _)| weight < *least) {
            best = Some((weight, order));
        }
    }
    best.expect("a region has nodes").1
}

/// One node taken in.
struct Step {
    node: u32,
    size: Count,
    /// Where its neighbours stand in the frontier before, with the borders to them.
    beside: Vec<(u32, u64)>,
    /// Which of the frontier before stay, by their places there, and [`WIDEST`] for the node itself.
    next: Vec<u32>,
    /// How many stood in the frontier before.
    before: usize,
    /// What is not taken in after this one, and the excess that its nodes over the band force.
    rest: Size,
    rest_excess: u64,
}

/// The steps of an order; `None` where the frontier is too wide.
fn steps(region: &Region, rule: Rule, order: &[u32]) -> Option<Vec<Step>> {
    let graph = &region.graph;
    let mut place = vec![usize::MAX; order.len()];
    for (i, &node) in order.iter().enumerate() {
        place[node as usize] = i;
    }
    let last = |node: u32| graph.neighbours(node).map(|(other, _)| place[other as usize]).max().unwrap_or(0);
    let mut frontier: Vec<u32> = Vec::new();
    let mut rest: Size = region.size.iter().copied().sum();
    let mut steps = Vec::with_capacity(order.len());
    for (i, &node) in order.iter().enumerate() {
        let size = region.size[node as usize];
        rest -= size;
        let excesses = order[i + 1..].iter().map(|&node| rule.excess(region.size[node as usize]));
        // two counts stop counting far outside, so that excesses do not add up
        let rest_excess = if rule.is_double() { excesses.max().unwrap_or(0) } else { excesses.sum() };
        let beside = graph.neighbours(node).filter_map(|(other, mm)| {
            let at = frontier.iter().position(|&one| one == other)?;
            Some((at as u32, mm))
        });
        let beside = beside.collect();
        let before = frontier.len();
        let mut next: Vec<u32> = (0..before).filter(|&at| last(frontier[at]) > i).map(|at| at as u32).collect();
        frontier = next.iter().map(|&at| frontier[at as usize]).collect();
        if last(node) > i {
            next.push(WIDEST as u32);
            frontier.push(node);
        }
        if frontier.len() > WIDEST {
            return None;
        }
        steps.push(Step { node, size: count(size), beside, next, before, rest, rest_excess });
    }
    Some(steps)
}

type Count = [u32; 2];

fn count(size: Size) -> Count {
    [size.main as u32, size.other as u32]
}

fn size_of(count: Count) -> Size {
    Size::new(count[0].into(), count[1].into())
}

/// What a grid under way holds: the least and the most of states put together, the same otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Span {
    least: Count,
    most: Count,
}

impl Span {
    const fn of(count: Count) -> Self {
        Self { least: count, most: count }
    }

    fn plus(self, more: Self) -> Self {
        // sums of most may be above what there is in all
        let sum = |a: Count, b: Count| [a[0].saturating_add(b[0]), a[1].saturating_add(b[1])];
        Self { least: sum(self.least, more.least), most: sum(self.most, more.most) }
    }

    fn hull(self, other: Self) -> Self {
        let each = |f: fn(u32, u32) -> u32, a: Count, b: Count| [f(a[0], b[0]), f(a[1], b[1])];
        Self { least: each(u32::min, self.least, other.least), most: each(u32::max, self.most, other.most) }
    }

    /// The size within the span that is nearest to the bands.
    fn nearest(self, rule: Rule) -> Size {
        let [main, other] = [(0, rule.lower.main), (1, rule.lower.other)]
            .map(|(which, lower)| u64::from(self.least[which]).max(lower).max(1).min(u64::from(self.most[which])));
        Size::new(main, other)
    }
}

/// The states after a step, each once.
struct Layer {
    /// Grids under way of a state at most.
    stride: usize,
    width: usize,
    /// Sizes that differ only below this bit are put together.
    shift: u32,
    /// The most of that; with more states than `width` even so, the layer is of no use.
    most_shift: u32,
    /// The group of each node of the frontier, a digit each, numbered by first appearance.
    labels: Vec<u64>,
    spans: Vec<Span>,
    cost: Vec<Score>,
    /// The state before, and which of its groups the node joined.
    back: Vec<(u32, u16)>,
    slot: Vec<u32>,
}

const VACANT: u32 = u32::MAX;

impl Layer {
    fn new(stride: usize, width: usize, most_shift: u32) -> Self {
        Self {
            stride,
            width,
            shift: 0,
            most_shift,
            labels: vec![],
            spans: vec![],
            cost: vec![],
            back: vec![],
            slot: vec![VACANT; 1 << 8],
        }
    }

    fn spans_of(&self, state: usize) -> &[Span] {
        &self.spans[state * self.stride..(state + 1) * self.stride]
    }

    /// Where a state stands, or would.
    fn find(&self, labels: u64, spans: &[Span]) -> usize {
        // Fibonacci hashing (Knuth, The Art of Computer Programming 3, 6.4)
        let mix = |hash: u64, word: u64| (hash.rotate_left(23) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let key = |span: &Span| (span.least[0] >> self.shift, span.least[1] >> self.shift);
        let hash = spans.iter().fold(mix(0, labels), |hash, span| {
            let (main, other) = key(span);
            mix(hash, u64::from(main) << 32 | u64::from(other))
        });
        let mask = self.slot.len() - 1;
        let mut at = (hash >> 20) as usize & mask;
        loop {
            let state = self.slot[at];
            if state == VACANT {
                return at;
            }
            let here = self.spans_of(state as usize);
            if self.labels[state as usize] == labels && here.iter().zip(spans).all(|(a, b)| key(a) == key(b)) {
                return at;
            }
            at = (at + 1) & mask;
        }
    }

    /// Takes in a state, or betters the one it is the same as.
    fn offer(&mut self, labels: u64, spans: &[Span], cost: Score, back: (u32, u16)) {
        let at = self.find(labels, spans);
        let state = self.slot[at];
        if state != VACANT {
            let state = state as usize;
            for (here, &other) in self.spans[state * self.stride..].iter_mut().zip(spans) {
                *here = here.hull(other);
            }
            if cost < self.cost[state] {
                (self.cost[state], self.back[state]) = (cost, back);
            }
            return;
        }
        self.slot[at] = self.cost.len() as u32;
        self.labels.push(labels);
        self.spans.extend_from_slice(spans);
        self.cost.push(cost);
        self.back.push(back);
        while self.cost.len() > self.width && self.shift < self.most_shift {
            self.shift += 1;
            self.again();
        }
        if self.cost.len() * 2 > self.slot.len() {
            self.slot = vec![VACANT; self.slot.len() * 2];
            for state in 0..self.cost.len() {
                let at = self.find(self.labels[state], self.spans_of(state));
                self.slot[at] = state as u32;
            }
        }
    }

    /// Puts together what is now the same.
    fn again(&mut self) {
        let fresh = Self { shift: self.shift, ..Self::new(self.stride, usize::MAX, self.most_shift) };
        let old = std::mem::replace(self, fresh);
        for state in 0..old.cost.len() {
            self.offer(old.labels[state], old.spans_of(state), old.cost[state], old.back[state]);
        }
        self.width = old.width;
    }
}

impl Step {
    /// All states that follow one, as far as they may lead below the ceiling.
    fn extend(&self, layer: &Layer, state: usize, rule: Rule, ceiling: Score, next: &mut Layer) {
        let labels = layer.labels[state];
        let spans = layer.spans_of(state);
        let label = |at: u32| (labels >> (4 * at) & 15) as usize;
        let mut beside_mm = [0u64; WIDEST];
        let mut beside = 0u16;
        for &(at, mm) in &self.beside {
            beside_mm[label(at)] += mm;
            beside |= 1 << label(at);
        }
        let groups = (0..self.before as u32).map(|at| label(at) + 1).max().unwrap_or(0);
        let mut joined = beside;
        loop {
            self.follow(
                labels,
                &spans[..groups],
                &beside_mm,
                beside,
                joined,
                (layer.cost[state], state as u32),
                rule,
                ceiling,
                next,
            );
            if joined == 0 {
                return;
            }
            joined = (joined - 1) & beside;
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the inner step of a loop, taken apart to be read")]
    fn follow(
        &self,
        labels: u64,
        spans: &[Span],
        beside_mm: &[u64; WIDEST],
        beside: u16,
        joined: u16,
        (cost, from): (Score, u32),
        rule: Rule,
        ceiling: Score,
        next: &mut Layer,
    ) {
        const NONE: usize = usize::MAX;
        let mut cost = cost;
        let mut own = Span::of(self.size);
        for (group, &span) in spans.iter().enumerate() {
            if joined >> group & 1 == 1 {
                own = own.plus(span);
            } else if beside >> group & 1 == 1 {
                cost += Score::from(beside_mm[group]);
            }
        }
        // new numbers by first appearance; groups that nobody of the frontier is of are closed
        let mut number = [NONE; WIDEST + 1];
        let mut after = [Span::default(); WIDEST];
        let (mut new_labels, mut groups) = (0u64, 0);
        for (at, &old) in self.next.iter().enumerate() {
            let group = if old as usize == WIDEST { WIDEST } else { (labels >> (4 * old) & 15) as usize };
            let group = if group < WIDEST && joined >> group & 1 == 1 { WIDEST } else { group };
            if number[group] == NONE {
                number[group] = groups;
                after[groups] = if group == WIDEST { own } else { spans[group] };
                groups += 1;
            }
            new_labels |= (number[group] as u64) << (4 * at);
        }
        let apart = spans.iter().enumerate().filter(|&(group, _)| joined >> group & 1 == 0);
        let closed = apart.map(|(group, &span)| (group, span)).chain(std::iter::once((WIDEST, own)));
        for (_, span) in closed.filter(|&(group, _)| number[group] == NONE) {
            cost += rule.penalty(span.nearest(rule));
        }
        let open = &after[..groups];
        if cost + self.at_least(open, rule) >= ceiling {
            return;
        }
        next.offer(new_labels, &after[..next.stride], cost, (from, joined));
    }

    /// What grids under way and all that is not taken in yet cost at least.
    fn at_least(&self, open: &[Span], rule: Rule) -> Score {
        let mut rest = Span::of(count(self.rest));
        let mut excess = self.rest_excess;
        for &span in open {
            rest = rest.plus(span);
            let here = rule.excess(size_of(span.least));
            excess = if rule.is_double() { excess.max(here) } else { excess + here };
        }
        let violation = excess.max(least_within(rest, rule));
        rule.pack(violation, u64::from(violation > 0))
    }
}

/// The least violation of any total within a span.
fn least_within(rest: Span, rule: Rule) -> u64 {
    let [least, most] = [size_of(rest.least), size_of(rest.most)];
    if least.is_zero() {
        return 0;
    }
    if least == most {
        return least_violation(least, rule);
    }
    let lower = rule.lower.main;
    if rule.is_double() || lower == 0 || least.main.div_ceil(lower) * lower <= most.main {
        return 0;
    }
    // no total within is as many times the lower bound, so the violation rises and falls at most once
    least_violation(least, rule).min(least_violation(most, rule))
}

/// The grid of each node on the way to the last state.
fn walk_back(steps: &[Step], trail: &[Vec<(u32, u16)>]) -> Vec<u32> {
    let mut ways = Vec::with_capacity(steps.len());
    let mut state = 0u32;
    for back in trail[1..].iter().rev() {
        let (from, joined) = back[state as usize];
        ways.push(joined);
        state = from;
    }
    let mut leader: Vec<u32> = (0..steps.len() as u32).collect();
    let mut frontier: Vec<u32> = Vec::new();
    for (step, joined) in steps.iter().zip(ways.into_iter().rev()) {
        // groups are numbered by first appearance in the frontier
        let mut groups: Vec<u32> = Vec::new();
        for &node in &frontier {
            let top = top(&leader, node);
            if !groups.contains(&top) {
                groups.push(top);
            }
        }
        for (group, &of) in groups.iter().enumerate() {
            if joined >> group & 1 == 1 {
                leader[of as usize] = step.node;
            }
        }
        let kept = step.next.iter().map(|&at| if at as usize == WIDEST { step.node } else { frontier[at as usize] });
        frontier = kept.collect();
    }
    (0..steps.len() as u32).map(|node| top(&leader, node)).collect()
}

fn top(leader: &[u32], mut node: u32) -> u32 {
    while leader[node as usize] != node {
        node = leader[node as usize];
    }
    node
}
