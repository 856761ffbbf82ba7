//! What a cell says whose borders do not fit one line: the words of it, and how a point is decided by them.
//!
//! Words are 32 bits, little-endian, at any alignment. A record is
//!
//! ```text
//! head    chains (13 bits) | uprights (13) | runs (6; 63: the count is in a word of its own, after the head)
//! chains  from bottom to top, each: first column
//!                                   last column
//!                                   label below (27) | edges - 1 (4) | far (1)
//!                                   edges + 1 vertices, from west to east
//! uprights  x, y of the lower end, y of the upper end, label to the west, label to the east
//! runs    what lies above all chains: one label, or (end column, label) from west to east
//! ```
//!
//! A vertex is one word (x, y from the cell's corner, 16 bits each), in a far chain two (x, y on the lattice). A chain whose
//! first column is beyond its last is met in no column; it is there for its vertices.

use super::refusal::Label;
use crate::geom::{LatticePoint, orientation};

/// A word as it is stored.
pub(super) type Word = [u8; 4];

/// Labels have 27 bits.
pub(super) const MOST_FACES: usize = (1 << 27) - 2;
/// Chains and uprights of one cell together.
pub(super) const MOST_EDGES: usize = (1 << 13) - 1;
/// Edges of one chain.
pub(super) const CHAIN_EDGES: usize = 16;
const FAR: u32 = 1 << 31;
const MANY_RUNS: u32 = 63;

/// The word at `at`; `None` beyond the end, which in what this program wrote never happens.
#[inline]
pub(super) fn word(words: &[Word], at: usize) -> Option<u32> {
    words.get(at).map(|&word| u32::from_le_bytes(word))
}

#[inline]
fn signed(words: &[Word], at: usize) -> Option<i32> {
    word(words, at).map(|word| word as i32)
}

#[inline]
fn near(word: u32) -> (i64, i64) {
    (i64::from(word as i16), i64::from((word >> 16) as i16))
}

/// A point as seen from its cell.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spot {
    /// On the lattice.
    pub p: LatticePoint,
    /// From the cell's corner.
    pub x: u32,
    pub y: u32,
}

/// What a record says about a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Verdict {
    pub label: Label,
    /// Whether the point lies on a border.
    pub on_border: bool,
}

/// A chain of a record.
struct Chain<'a> {
    /// First and last column.
    columns: [u32; 2],
    below: Label,
    far: bool,
    vertices: &'a [Word],
    /// Where the next one begins.
    next: usize,
}

impl Chain<'_> {
    #[inline]
    fn met_in(&self, x: u32) -> bool {
        x >= self.columns[0] && x <= self.columns[1]
    }

    /// How many vertices.
    fn len(&self) -> usize {
        if self.far { self.vertices.len() / 2 } else { self.vertices.len() }
    }

    /// A vertex on the lattice, for a cell with this corner.
    fn vertex(&self, corner: (i64, i64), i: usize) -> Option<LatticePoint> {
        if self.far {
            Some(LatticePoint::new(signed(self.vertices, 2 * i)?, signed(self.vertices, 2 * i + 1)?))
        } else {
            let (x, y) = near(word(self.vertices, i)?);
            Some(LatticePoint::new((corner.0 + x) as i32, (corner.1 + y) as i32))
        }
    }
}

#[inline]
fn chain(record: &[Word], at: usize) -> Option<Chain<'_>> {
    let (columns, info) = ([word(record, at)?, word(record, at + 1)?], word(record, at + 2)?);
    let (vertices, far) = ((info >> 27 & 15) as usize + 2, info & FAR != 0);
    let next = at + 3 + if far { 2 * vertices } else { vertices };
    Some(Chain { columns, below: info & 0x07ff_ffff, far, vertices: record.get(at + 3..next)?, next })
}

#[inline]
fn head(record: &[Word]) -> Option<(u32, u32, usize, usize)> {
    let head = word(record, 0)?;
    let runs = head >> 26;
    let (runs, at) = if runs == MANY_RUNS { (word(record, 1)? as usize, 2) } else { (runs as usize, 1) };
    Some((head & 0x1fff, head >> 13 & 0x1fff, runs, at))
}

/// Who owns the point, read as `(x + ε, y + ε²)`. `None` for a damaged record.
#[inline]
pub(super) fn decide(record: &[Word], spot: Spot) -> Option<Verdict> {
    let (chains, uprights, runs, mut at) = head(record)?;
    let Spot { p, x, y } = spot;
    let (here_x, here_y) = (i64::from(x), i64::from(y));
    let mut on_border = false;
    let mut owner = None;
    for _ in 0..chains {
        let chain = chain(record, at)?;
        at = chain.next;
        let met = owner.is_none() && chain.met_in(x);
        if chain.far {
            let vertex = |i: usize| chain.vertex((0, 0), i);
            // an edge that ends here reaches no column of this point, so it is asked for by its end
            on_border |= vertex(chain.len() - 1)? == p;
            if !met {
                continue;
            }
            for i in 1..chain.len() {
                let after = vertex(i)?;
                if p.x_e7 < after.x_e7 {
                    let before = vertex(i - 1)?;
                    let side = orientation(before, after, p);
                    on_border |= side == 0;
                    if side < i128::from(after.y_e7 > before.y_e7) {
                        owner = Some(chain.below);
                    }
                    break;
                }
            }
        } else {
            let (&last, _) = chain.vertices.split_last()?;
            on_border |= near(u32::from_le_bytes(last)) == (here_x, here_y);
            if !met {
                continue;
            }
            let mut before = near(word(chain.vertices, 0)?);
            for vertex in &chain.vertices[1..] {
                let after = near(u32::from_le_bytes(*vertex));
                if here_x < after.0 {
                    let (dx, dy) = (after.0 - before.0, after.1 - before.1);
                    let side = dx * (here_y - before.1) - dy * (here_x - before.0);
                    on_border |= side == 0;
                    if side < i64::from(dy > 0) {
                        owner = Some(chain.below);
                    }
                    break;
                }
                before = after;
            }
        }
    }
    for _ in 0..uprights {
        let (x_e7, low, high) = (signed(record, at)?, signed(record, at + 1)?, signed(record, at + 2)?);
        on_border |= x_e7 == p.x_e7 && (low..=high).contains(&p.y_e7);
        at += 5;
    }
    let label = match owner {
        Some(label) => label,
        None => run_at(record, at, runs, x)?,
    };
    Some(Verdict { label, on_border })
}

fn run_at(record: &[Word], at: usize, runs: usize, x: u32) -> Option<Label> {
    if runs == 1 {
        return word(record, at);
    }
    let runs = record.get(at..at.checked_add(runs.checked_mul(2)?)?)?;
    for run in runs.chunks_exact(2) {
        if x < u32::from_le_bytes(run[0]) {
            return Some(u32::from_le_bytes(run[1]));
        }
    }
    None
}

/// An edge of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stored {
    pub a: LatticePoint,
    pub b: LatticePoint,
    /// The label below it, or to the east of an upright one.
    pub below: Label,
    /// The label to the west, of an upright edge alone.
    pub west: Option<Label>,
}

/// Calls `each` with every edge of the record, for a cell with this corner. `None` for a damaged record.
pub(super) fn walk(record: &[Word], corner: (i64, i64), mut each: impl FnMut(Stored)) -> Option<()> {
    let (chains, uprights, _, mut at) = head(record)?;
    for _ in 0..chains {
        let chain = chain(record, at)?;
        at = chain.next;
        let mut a = chain.vertex(corner, 0)?;
        for i in 1..chain.len() {
            let b = chain.vertex(corner, i)?;
            each(Stored { a, b, below: chain.below, west: None });
            a = b;
        }
    }
    for _ in 0..uprights {
        let (x, low, high) = (signed(record, at)?, signed(record, at + 1)?, signed(record, at + 2)?);
        let (west, below) = (word(record, at + 3)?, word(record, at + 4)?);
        each(Stored { a: LatticePoint::new(x, low), b: LatticePoint::new(x, high), below, west: Some(west) });
        at += 5;
    }
    Some(())
}

/// The owner of a point that lies on a border and, by the tie rule, in no face: the face just west, just south or just
/// south-west of it, or else the first face that touches it. `touching` are the edges that it lies on, `north` is the label
/// straight above it.
pub(super) fn on_the_rim(p: LatticePoint, touching: &[Stored], north: Label) -> Option<Label> {
    let upward = touching.iter().find(|edge| edge.west.is_some() && edge.b.y_e7 > p.y_e7);
    let north_west = upward.and_then(|edge| edge.west).unwrap_or(north);
    let rise = |edge: &Stored| edge.b.y() - edge.a.y();
    // of some edges on one side of the point, the label below the one nearest to level
    let lowest = |edges: &mut dyn Iterator<Item = &Stored>| {
        let nearer = |one: &&Stored, two: &&Stored| {
            let steepness =
                |edge: &Stored, other: &Stored| i128::from(rise(edge).abs()) * i128::from(other.b.x() - other.a.x());
            steepness(one, two).cmp(&steepness(two, one))
        };
        edges.min_by(nearer).map(|edge| edge.below)
    };
    let sloped = || touching.iter().filter(|edge| edge.west.is_none());
    let west = lowest(&mut sloped().filter(|edge| edge.a.x_e7 < p.x_e7 && rise(edge) < 0)).unwrap_or(north_west);
    let south = lowest(&mut sloped().filter(|edge| edge.b.x_e7 > p.x_e7 && rise(edge) >= 0)).unwrap_or(north);
    let south_west = lowest(&mut sloped().filter(|edge| edge.a.x_e7 < p.x_e7 && rise(edge) <= 0)).unwrap_or(north_west);
    let first = || touching.iter().flat_map(|edge| [Some(edge.below), edge.west]).flatten().chain([north]);
    [west, south, south_west]
        .into_iter()
        .find(|&label| label != 0)
        .or_else(|| first().filter(|&label| label != 0).min())
}

/// The label straight above a point that lies on a border, past all edges that touch it.
pub(super) fn first_off(record: &[Word], corner: (i64, i64), spot: Spot) -> Option<Label> {
    let (chains, uprights, runs, mut at) = head(record)?;
    for _ in 0..chains {
        let chain = chain(record, at)?;
        at = chain.next;
        if !chain.met_in(spot.x) {
            continue;
        }
        for i in 1..chain.len() {
            let (a, b) = (chain.vertex(corner, i - 1)?, chain.vertex(corner, i)?);
            if spot.p.x_e7 < b.x_e7 {
                if orientation(a, b, spot.p) < 0 {
                    return Some(chain.below);
                }
                break;
            }
        }
    }
    run_at(record, at + 5 * uprights as usize, runs, spot.x)
}

/// Puts a record together.
#[derive(Debug)]
pub(super) struct Writer<'a> {
    words: &'a mut Vec<u32>,
    start: usize,
    corner: (i64, i64),
    chains: u32,
    uprights: u32,
}

impl<'a> Writer<'a> {
    /// A record at the end of `words`, for a cell with this corner and this many runs.
    pub fn new(words: &'a mut Vec<u32>, corner: (i64, i64), runs: usize) -> Self {
        let start = words.len();
        words.push((runs as u32).min(MANY_RUNS) << 26);
        if runs as u32 >= MANY_RUNS {
            words.push(runs as u32);
        }
        Self { words, start, corner, chains: 0, uprights: 0 }
    }

    /// A chain of at most [`CHAIN_EDGES`] edges, met in the columns `from..end`. Chains come before uprights.
    pub fn chain(&mut self, columns: std::ops::Range<u32>, below: Label, vertices: &[LatticePoint]) {
        let offset = |p: &LatticePoint| (p.x() - self.corner.0, p.y() - self.corner.1);
        let fits = |n: i64| i16::try_from(n).is_ok();
        let far = vertices.iter().map(offset).any(|(x, y)| !fits(x) || !fits(y));
        self.words.extend(if columns.is_empty() { [1, 0] } else { [columns.start, columns.end - 1] });
        self.words.push(below | (vertices.len() as u32 - 2) << 27 | if far { FAR } else { 0 });
        for p in vertices {
            if far {
                self.words.extend([p.x_e7 as u32, p.y_e7 as u32]);
            } else {
                let (x, y) = offset(p);
                self.words.push(u32::from(x as u16) | u32::from(y as u16) << 16);
            }
        }
        self.chains += 1;
    }

    /// An upright edge.
    pub fn upright(&mut self, a: LatticePoint, b: LatticePoint, west: Label, east: Label) {
        self.words.extend([a.x_e7 as u32, a.y_e7 as u32, b.y_e7 as u32, west, east]);
        self.uprights += 1;
    }

    /// What lies above all chains, from west to east by end column, and the end.
    pub fn finish(self, runs: &[(u32, Label)]) {
        if let [(_, label)] = runs {
            self.words.push(*label);
        } else {
            for &(end, label) in runs {
                self.words.extend([end, label]);
            }
        }
        self.words[self.start] |= self.chains | self.uprights << 13;
    }
}
