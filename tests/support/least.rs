//! How far outside its band any division of a connected region must be at least, found without the engine: from sizes and
//! adjacency alone, by taking away one contiguous set after another from one end of the region.
//!
//! Branch and bound. The first atom that is left lies in some contiguous set of what is left; whatever set that is, what remains
//! falls into pieces, and no piece can do better than its total allows. That bound is plain arithmetic, and what a piece costs is kept.

use std::collections::{BTreeSet, HashMap};

/// Total violation first, grids outside second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Cost {
    /// How far the grids are outside the band together.
    pub violation: u64,
    /// How many of them are.
    pub outside: u64,
}

impl Cost {
    /// Both together.
    pub fn plus(self, more: Self) -> Self {
        Self { violation: self.violation + more.violation, outside: self.outside + more.outside }
    }
}

/// There is more to look at than was allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooMuch;

/// What becomes of atoms where nobody lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Empty {
    /// They are taken out, and those around each become neighbours: every division of the region is one of what is left, so that what
    /// cannot be done there cannot be done here. Not the other way round.
    TakenOut,
    /// They stay as they are.
    Kept,
}

/// The largest region that is searched.
pub const MOST_ATOMS: usize = 128;

/// A region to be divided into contiguous grids of `lower..=upper`.
pub struct Region {
    size: Vec<u64>,
    /// For each atom, as bits, those beside it.
    beside: Vec<u128>,
    /// Atoms that border on ground that is not part of the region: a grid with one of them may go on there.
    open: u128,
    lower: u64,
    upper: u64,
    /// Sets and pieces that may still be looked at.
    left: u64,
    /// For pieces what is known of the least cost: that it is this, or that it is no less.
    known: HashMap<u128, (Cost, Known)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    Exactly,
    AtLeast,
}

impl Region {
    /// Atoms with their neighbours, and which of them border on ground outside the region. They are taken away from the far end of the
    /// region, or from `from` outwards.
    ///
    /// # Errors
    /// With more than [`MOST_ATOMS`] atoms left.
    pub fn new(
        size: &[u64],
        borders: &[(usize, usize)],
        open: &BTreeSet<usize>,
        from: Option<usize>,
        empty: Empty,
        (lower, upper): (u64, u64),
    ) -> Result<Self, TooMuch> {
        let mut beside: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); size.len()];
        for &(a, b) in borders.iter().filter(|(a, b)| a != b) {
            beside[a].insert(b);
            beside[b].insert(a);
        }
        let mut open = open.clone();
        let mut is_left = vec![true; size.len()];
        for empty_atom in (0..size.len()).filter(|&atom| empty == Empty::TakenOut && size[atom] == 0) {
            let around = std::mem::take(&mut beside[empty_atom]);
            for &a in &around {
                beside[a].remove(&empty_atom);
                beside[a].extend(around.iter().copied().filter(|&b| b != a));
            }
            if open.remove(&empty_atom) {
                open.extend(&around);
            }
            is_left[empty_atom] = false;
        }
        let start = from.filter(|&from| is_left[from]).or_else(|| (0..size.len()).find(|&atom| is_left[atom]));
        let mut order = start.map_or_else(Vec::new, |start| walk(&beside, start));
        if let (None, Some(&far)) = (from, order.last()) {
            order = walk(&beside, far);
        }
        // what is not connected without the ground outside
        let met: BTreeSet<usize> = order.iter().copied().collect();
        order.extend((0..size.len()).filter(|atom| is_left[*atom] && !met.contains(atom)));
        if order.len() > MOST_ATOMS {
            return Err(TooMuch);
        }
        let place: HashMap<usize, usize> = order.iter().enumerate().map(|(place, &atom)| (atom, place)).collect();
        let bits = |atoms: &BTreeSet<usize>| atoms.iter().fold(0, |set, atom| set | 1_u128 << place[atom]);
        Ok(Self {
            size: order.iter().map(|&atom| size[atom]).collect(),
            beside: order.iter().map(|&atom| bits(&beside[atom])).collect(),
            open: bits(&open),
            lower,
            upper,
            left: 0,
            known: HashMap::new(),
        })
    }

    /// Whether no division costs less than `ceiling`; at most `most` sets are looked at.
    ///
    /// # Errors
    /// When that is not enough to tell.
    pub fn none_below(&mut self, ceiling: Cost, most: u64) -> Result<bool, TooMuch> {
        self.left = most;
        self.known.clear();
        let all = if self.size.is_empty() { 0 } else { u128::MAX >> (128 - self.size.len()) };
        Ok(self.least(all, ceiling)?.is_none())
    }

    /// The least cost of a set of atoms, pieces or not, as far as it is below the ceiling.
    fn least(&mut self, set: u128, ceiling: Cost) -> Result<Option<Cost>, TooMuch> {
        let mut pieces = self.pieces(set);
        pieces.sort_unstable_by_key(|piece| piece.count_ones());
        let bound = |region: &Self, pieces: &[u128]| {
            pieces.iter().fold(Cost::default(), |sum, &piece| sum.plus(region.bound(piece)))
        };
        let mut sum = Cost::default();
        for (i, &piece) in pieces.iter().enumerate() {
            let others = sum.plus(bound(self, &pieces[i + 1..]));
            let Some(rest) = less(ceiling, others) else { return Ok(None) };
            let Some(cost) = self.least_of(piece, rest)? else { return Ok(None) };
            sum = sum.plus(cost);
        }
        Ok((sum < ceiling).then_some(sum))
    }

    /// The same of one piece that hangs together.
    fn least_of(&mut self, piece: u128, ceiling: Cost) -> Result<Option<Cost>, TooMuch> {
        let bound = self.bound(piece);
        if bound >= ceiling {
            return Ok(None);
        }
        match self.known.get(&piece) {
            Some(&(cost, Known::Exactly)) => return Ok((cost < ceiling).then_some(cost)),
            Some(&(cost, Known::AtLeast)) if cost >= ceiling => return Ok(None),
            _ => {}
        }
        let mut best: Option<Cost> = None;
        let forced = self.excess(piece).violation;
        let first = piece.trailing_zeros() as usize;
        // contiguous sets with the first atom in them, each once: extension sets (Wernicke, IEEE/ACM TCBB 3, 2006)
        let near = self.beside[first] & piece;
        let mut stack = vec![(1_u128 << first, near, near | 1 << first, self.size[first].min(self.upper))];
        while let Some((set, extension, near, total)) = stack.pop() {
            self.left = self.left.checked_sub(1).ok_or(TooMuch)?;
            let below = best.map_or(ceiling, |best| best.min(ceiling));
            if best == Some(bound) {
                break;
            }
            // what atoms over the band are over by themselves they are in any grid
            if total > self.upper + (below.violation - forced) {
                continue;
            }
            // what the set has gone around already is divided without it
            let mut around = 0;
            let mut rim = extension;
            while rim != 0 {
                around |= rim;
                rim = atoms(rim).fold(0, |wider, atom| wider | self.beside[atom]) & piece & !near & !around;
            }
            let behind = piece & !set & !around;
            if behind != 0 {
                let beside = atoms(around).fold(0, |wider, atom| wider | self.beside[atom]);
                let shut = self.pieces(behind).into_iter().filter(|piece| piece & beside == 0);
                if shut.fold(Cost::default(), |sum, piece| sum.plus(self.bound(piece))) >= below {
                    continue;
                }
            }
            let own = self.cost(set);
            if let Some(rest) = less(below, own)
                && let Some(cost) = self.least(piece & !set, rest)?
            {
                let cost = cost.plus(own);
                if cost < below {
                    best = Some(cost);
                }
            }
            let mut rest = extension;
            while rest != 0 {
                let next = rest.trailing_zeros() as usize;
                rest &= rest - 1;
                let fresh = self.beside[next] & piece & !near;
                stack.push((set | 1 << next, rest | fresh, near | fresh, total + self.size[next].min(self.upper)));
            }
        }
        let entry = best.map_or((ceiling, Known::AtLeast), |cost| (cost, Known::Exactly));
        self.known.insert(piece, entry);
        Ok(best)
    }

    /// What a grid costs, as far as it lies in the region.
    fn cost(&self, set: u128) -> Cost {
        let total: u64 = atoms(set).map(|atom| self.size[atom]).sum();
        let short = if set & self.open == 0 && total > 0 { self.lower.saturating_sub(total) } else { 0 };
        let violation = short.max(total.saturating_sub(self.upper));
        Cost { violation, outside: u64::from(violation > 0) }
    }

    /// What a piece costs at least. Each atom over the band is over wherever it lies. A piece without one, from which no grid goes
    /// on elsewhere, is so many grids that together hold its total.
    fn bound(&self, piece: u128) -> Cost {
        if piece & self.open != 0 {
            return self.excess(piece);
        }
        let size: Vec<u64> = atoms(piece).map(|atom| self.size[atom]).collect();
        plain(&size, (self.lower, self.upper))
    }

    /// What atoms over the band cost: two in one grid would be farther outside than apart.
    fn excess(&self, piece: u128) -> Cost {
        let over = atoms(piece).map(|atom| self.size[atom].saturating_sub(self.upper)).filter(|&over| over > 0);
        over.fold(Cost::default(), |sum, violation| sum.plus(Cost { violation, outside: 1 }))
    }

    /// The connected pieces of a set.
    fn pieces(&self, mut set: u128) -> Vec<u128> {
        let mut pieces = Vec::new();
        while set != 0 {
            let mut piece = set & set.wrapping_neg();
            let mut rim = piece;
            while rim != 0 {
                let wider = atoms(rim).fold(0, |wider, atom| wider | self.beside[atom]);
                rim = wider & set & !piece;
                piece |= rim;
            }
            set &= !piece;
            pieces.push(piece);
        }
        pieces
    }
}

/// What arithmetic alone says of a connected region: the excess of atoms over the band, else what its total costs.
pub fn plain(size: &[u64], (lower, upper): (u64, u64)) -> Cost {
    let over = size.iter().map(|size| size.saturating_sub(upper)).filter(|&over| over > 0);
    let excess = over.fold(Cost::default(), |sum, violation| sum.plus(Cost { violation, outside: 1 }));
    if excess.outside > 0 {
        return excess;
    }
    let violation = outside(size.iter().sum(), lower, upper);
    Cost { violation, outside: u64::from(violation > 0) }
}

/// The least that any number of grids which hold so many together are outside the band.
fn outside(total: u64, lower: u64, upper: u64) -> u64 {
    let of = |grids: u64| (grids * lower).saturating_sub(total).max(total.saturating_sub(grids * upper));
    if total == 0 { 0 } else { (1..=total / lower.max(1) + 1).map(of).min().unwrap_or(0) }
}

/// What is left of a ceiling after some cost; nothing when that reaches it.
fn less(ceiling: Cost, cost: Cost) -> Option<Cost> {
    if cost >= ceiling {
        return None;
    }
    let violation = ceiling.violation - cost.violation;
    Some(match ceiling.outside.checked_sub(cost.outside) {
        Some(outside) => Cost { violation, outside },
        // one violation less, and then any number of grids
        None if violation > 0 => Cost { violation: violation - 1, outside: u64::MAX >> 1 },
        None => return None,
    })
}

fn atoms(mut set: u128) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        (set != 0).then(|| {
            let atom = set.trailing_zeros() as usize;
            set &= set - 1;
            atom
        })
    })
}

/// Breadth first.
fn walk(beside: &[BTreeSet<usize>], start: usize) -> Vec<usize> {
    let (mut order, mut met, mut next) = (vec![start], BTreeSet::from([start]), 0);
    while next < order.len() {
        for &other in &beside[order[next]] {
            if met.insert(other) {
                order.push(other);
            }
        }
        next += 1;
    }
    order
}
