//! A referee that knows nothing of the engine: every contiguous set of atoms that could be a grid, and the best choice of such
//! sets. For neighbourhoods small enough to look at all of them.

use std::collections::{BTreeSet, HashMap};

/// A connected neighbourhood of at most 64 atoms.
pub struct Referee {
    /// For each atom, as bits, those beside it.
    beside: Vec<u64>,
    /// For each atom those beside it, with the length of the border.
    borders: Vec<Vec<(u32, u64)>>,
    size: Vec<u64>,
    lower: u64,
    upper: u64,
}

/// There are more sets than the referee looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooMany;

/// A set that may be a grid, and what it costs.
type Candidate = (u64, u64);

impl Referee {
    /// From borders between atoms, each once. Atoms are taken from one end to the other, so that covering leaves little behind.
    ///
    /// # Panics
    /// With no atom or more than 64.
    pub fn new(size: &[u32], borders: &[(u32, u32, u64)], (lower, upper): (u32, u32)) -> Self {
        let atoms = size.len();
        assert!((1..=64).contains(&atoms), "{atoms} atoms: the referee judges 1 to 64");
        let far = |start: u32| {
            let mut order = vec![start];
            let mut next = 0;
            while next < order.len() {
                let here = order[next];
                next += 1;
                for &(a, b, _) in borders {
                    let other = if a == here { b } else { a };
                    if (a == here || b == here) && !order.contains(&other) {
                        order.push(other);
                    }
                }
            }
            order
        };
        let order = far(far(0)[far(0).len() - 1]);
        let place = |atom: u32| order.iter().position(|&one| one == atom).expect("the neighbourhood is connected");
        let mut referee = Self {
            beside: vec![0; atoms],
            borders: vec![Vec::new(); atoms],
            size: order.iter().map(|&atom| u64::from(size[atom as usize])).collect(),
            lower: lower.into(),
            upper: upper.into(),
        };
        for &(a, b, mm) in borders {
            let (a, b) = (place(a), place(b));
            referee.beside[a] |= 1 << b;
            referee.beside[b] |= 1 << a;
            referee.borders[a].push((b as u32, mm));
            referee.borders[b].push((a as u32, mm));
        }
        referee
    }

    fn atoms(&self, set: u64) -> impl Iterator<Item = usize> {
        (0..self.size.len()).filter(move |&atom| set >> atom & 1 == 1)
    }

    fn violation(&self, total: u64) -> u64 {
        self.lower.saturating_sub(total).max(total.saturating_sub(self.upper))
    }

    /// The least border of a division with no grid outside the band; `None` when there is none.
    ///
    /// # Errors
    /// When there are more than `most` sets to look at.
    pub fn least_border(&self, most: usize) -> Result<Option<u64>, TooMany> {
        let rim = |set: u64| {
            let borders = self.atoms(set).flat_map(|atom| &self.borders[atom]);
            borders.filter(|&&(other, _)| set >> other & 1 == 0).map(|(_, mm)| mm).sum()
        };
        let sets = self.candidates(0, most, &rim)?;
        let least = Cover { sets: &sets, memo: HashMap::new(), most }.best(self.all())?;
        // a border is at the rim of both its grids
        Ok(least.map(|twice| twice / 2))
    }

    /// The least total violation, as far as it is below `known`; `None` when no division is better than that.
    ///
    /// # Errors
    /// When there are more than `most` sets to look at.
    pub fn violation_below(&self, known: u64, most: usize) -> Result<Option<u64>, TooMany> {
        let over = |set: u64| self.atoms(set).map(|atom| self.size[atom].saturating_sub(self.upper)).sum::<u64>();
        // what atoms over the band are over, every grid with them is over: the rest is what a better division may spend
        let forced = over(self.all());
        let Some(spare) = known.checked_sub(forced + 1) else { return Ok(None) };
        let cost = |set: u64| self.violation(self.atoms(set).map(|atom| self.size[atom]).sum());
        let sets = self.candidates(spare, most, &cost)?;
        let least = Cover { sets: &sets, memo: HashMap::new(), most }.best(self.all())?;
        Ok(least.filter(|&least| least < known))
    }

    fn all(&self) -> u64 {
        u64::MAX >> (64 - self.size.len())
    }

    /// All contiguous sets that are inhabited and no farther outside the band than `spare`, what atoms over it force left
    /// out; by their first atoms. Each is met once, at its first atom: extension sets that never go before it (Wernicke,
    /// IEEE/ACM Transactions on Computational Biology and Bioinformatics 3, 2006).
    fn candidates(&self, spare: u64, most: usize, cost: &dyn Fn(u64) -> u64) -> Result<Vec<Vec<Candidate>>, TooMany> {
        let mut sets = vec![Vec::new(); self.size.len()];
        let mut looked = 0;
        let even: Vec<u64> = self.size.iter().map(|&size| size.min(self.upper)).collect();
        for first in 0..self.size.len() {
            let after = u64::MAX << first << 1;
            let mut stack =
                vec![(1u64 << first, self.beside[first] & after, self.beside[first] | 1 << first, even[first])];
            while let Some((set, extension, near, total)) = stack.pop() {
                looked += 1;
                if looked > most {
                    return Err(TooMany);
                }
                if total > self.upper + spare {
                    continue;
                }
                if total + spare >= self.lower && total > 0 {
                    sets[first].push((set, cost(set)));
                }
                let mut rest = extension;
                while rest != 0 {
                    let next = rest.trailing_zeros() as usize;
                    rest &= rest - 1;
                    let fresh = self.beside[next] & after & !near;
                    stack.push((set | 1 << next, rest | fresh, near | self.beside[next], total + even[next]));
                }
            }
        }
        Ok(sets)
    }
}

/// The neighbourhood without uninhabited atoms whose neighbours all border on each other: whoever takes the others takes these too
/// and stays contiguous, so that violations stay what they are. Sizes and borders, numbered anew.
pub fn without_empty_corners(size: &[u32], borders: &[(u32, u32, u64)]) -> (Vec<u32>, Vec<(u32, u32, u64)>) {
    let mut left: BTreeSet<u32> = (0..size.len() as u32).collect();
    let pairs: BTreeSet<(u32, u32)> = borders.iter().flat_map(|&(a, b, _)| [(a, b), (b, a)]).collect();
    loop {
        let corner = left.iter().copied().find(|&atom| {
            let beside: Vec<u32> = left.iter().copied().filter(|&other| pairs.contains(&(atom, other))).collect();
            let meet = |&a: &u32| beside.iter().all(|&b| a == b || pairs.contains(&(a, b)));
            size[atom as usize] == 0 && left.len() > 1 && beside.iter().all(meet)
        });
        let Some(corner) = corner else { break };
        left.remove(&corner);
    }
    let kept: Vec<u32> = left.into_iter().collect();
    let place = |atom: u32| kept.binary_search(&atom).ok().map(|place| place as u32);
    let here = borders.iter().filter_map(|&(a, b, mm)| Some((place(a)?, place(b)?, mm)));
    (kept.iter().map(|&atom| size[atom as usize]).collect(), here.collect())
}

struct Cover<'s> {
    sets: &'s [Vec<Candidate>],
    memo: HashMap<u64, Option<u64>>,
    most: usize,
}

impl Cover<'_> {
    /// The least that sets cost that make up what is left.
    fn best(&mut self, left: u64) -> Result<Option<u64>, TooMany> {
        if left == 0 {
            return Ok(Some(0));
        }
        if let Some(&known) = self.memo.get(&left) {
            return Ok(known);
        }
        if self.memo.len() > self.most {
            return Err(TooMany);
        }
        let mut best: Option<u64> = None;
        for &(set, cost) in self.sets[left.trailing_zeros() as usize].iter().filter(|(set, _)| set & !left == 0) {
            if best.is_none_or(|best| cost < best)
                && let Some(rest) = self.best(left & !set)?
            {
                best = Some(best.map_or(cost + rest, |best| best.min(cost + rest)));
            }
        }
        self.memo.insert(left, best);
        Ok(best)
    }
}
