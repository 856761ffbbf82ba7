//! One tile: its cells filled from north to south, each checked against what lies above it.

use super::clip::{Clip, Clips};
use super::frame::{Frame, Shape};
use super::prove::{Proof, turn};
use super::record::{CHAIN_EDGES, MOST_EDGES, RECORD, Writer};
use super::refusal::{Label, NotPartition, face_of};
use super::sides::{Edge, Half};
use crate::geom::LatticePoint;

/// Cells are made until there is at most this many edges a cell, on the mean: a record is then one or two cache lines, and
/// a grid of 54 vertices takes about 800 bytes.
const EDGES_PER_CELL: f64 = 1.25;
/// A tile with a fuller cell is divided further.
const MOST_CELL_EDGES: usize = 256;

/// Labels along a line from west to east, by the column where each ends.
pub(super) type Runs = Vec<(u32, Label)>;

/// A chain of a cell while it is made: its clips are `sequence[first..last]`.
#[derive(Debug, Clone, Copy)]
struct Link {
    first: usize,
    last: usize,
    /// Columns owned, and one past the last in which it is met.
    from: u32,
    to: u32,
    end: u32,
}

/// Room to work in, kept from tile to tile.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    pub halves: Vec<Half>,
    pub edges: Vec<Edge>,
    clips: Clips,
    proof: Proof,
    words: Vec<u32>,
    profile: Vec<Runs>,
    cell: Cell,
}

#[derive(Debug, Default)]
struct Cell {
    sequence: Vec<u32>,
    follower: Vec<u32>,
    followed: Vec<u32>,
    links: Vec<Link>,
    order: Vec<u32>,
    pairs: Vec<(u32, u32)>,
    waiting: Vec<u32>,
    vertices: Vec<LatticePoint>,
    runs: Runs,
}

const NONE: u32 = u32::MAX;

/// A filled tile: its division, its words, and the labels along its southern side.
#[derive(Debug)]
pub(super) struct Filled {
    pub shape: Shape,
    pub words: Vec<[u8; 4]>,
    pub south: Runs,
}

impl Scratch {
    /// Fills the tile with this corner from `self.edges`; `north` is what lies above it.
    ///
    /// # Errors
    /// When the edges are not those of a partition.
    pub fn fill(&mut self, frame: &Frame, corner: (i64, i64), north: &Runs) -> Result<Filled, NotPartition> {
        if let ([], [(_, label)]) = (&self.edges[..], &north[..]) {
            let words = vec![label.to_le_bytes()];
            return Ok(Filled { shape: Shape::default(), words, south: north.clone() });
        }
        let mut shape = Shape::with_cells((self.edges.len() as f64 / EDGES_PER_CELL) as usize, frame);
        self.clips.fill(&self.edges, frame, shape, corner);
        while let (true, Some(finer)) = (self.clips.fullest().0 > MOST_CELL_EDGES, shape.finer()) {
            shape = finer;
            self.clips.fill(&self.edges, frame, shape, corner);
        }
        let (column_shift, row_shift) = (frame.bits - shape.column_bits, frame.bits - shape.row_bits);
        let corner_of = |column: usize, row: usize| {
            (corner.0 + ((column as i64) << column_shift), corner.1 + ((row as i64) << row_shift))
        };
        let (fullest, cell) = self.clips.fullest();
        if fullest > MOST_EDGES {
            let (x, y) = corner_of(cell & (shape.columns() - 1), cell >> shape.column_bits);
            return Err(NotPartition::Crowded { edges: fullest, at: LatticePoint::new(x as i32, y as i32) });
        }
        let width = 1_u32 << column_shift;
        self.words.clear();
        self.words.resize(shape.cells(), 0);
        self.profile.resize_with(shape.columns().max(self.profile.len()), Runs::new);
        let mut rest = &north[..];
        for (column, runs) in self.profile[..shape.columns()].iter_mut().enumerate() {
            runs.clear();
            let (west, east) = (column as u32 * width, (column as u32 + 1) * width);
            while let Some(&(end, label)) = rest.first() {
                runs.push((end.min(east) - west, label));
                if end <= east {
                    rest = &rest[1..];
                }
                if end >= east {
                    break;
                }
            }
        }
        for row in (0..shape.rows()).rev() {
            for column in 0..shape.columns() {
                let cell = row << shape.column_bits | column;
                let clips = self.clips.cell(cell);
                let runs = &mut self.profile[column];
                if let ([], [(_, label)]) = (clips, &runs[..]) {
                    self.words[cell] = *label;
                    continue;
                }
                let corner = corner_of(column, row);
                let inside = |p: LatticePoint| {
                    let (x, y) = (p.x() - corner.0, p.y() - corner.1);
                    x >= 0 && y >= 0 && x >> column_shift == 0 && y >> row_shift == 0
                };
                self.proof.check(clips, &self.edges, inside)?;
                self.words[cell] = RECORD | self.words.len() as u32;
                self.cell.write(clips, &self.edges, inside, corner, runs, &mut self.words)?;
            }
        }
        let mut south = Runs::new();
        for (column, runs) in self.profile[..shape.columns()].iter().enumerate() {
            for &(end, label) in runs {
                push(&mut south, column as u32 * width + end, label);
            }
        }
        Ok(Filled { shape, words: self.words.iter().map(|word| word.to_le_bytes()).collect(), south })
    }
}

/// Appends a run, or makes the last one longer.
fn push(runs: &mut Runs, end: u32, label: Label) {
    match runs.last_mut() {
        Some(last) if last.1 == label => last.0 = end,
        _ => runs.push((end, label)),
    }
}

impl Cell {
    /// Writes the record of a cell, and takes `runs` from what lies above the cell to what lies below it.
    fn write(
        &mut self,
        clips: &[Clip],
        edges: &[Edge],
        inside: impl Fn(LatticePoint) -> bool,
        corner: (i64, i64),
        runs: &mut Runs,
        words: &mut Vec<u32>,
    ) -> Result<(), NotPartition> {
        let edge = |clip: u32| &edges[clips[clip as usize].edge as usize];
        self.chain(clips, edges, &inside);
        self.sort(clips, edges)?;
        let mut writer = Writer::new(words, corner, runs.len());
        for &link in &self.order {
            let link = self.links[link as usize];
            let sequence = &self.sequence[link.first..link.last];
            let mut from = link.from;
            for (i, piece) in sequence.chunks(CHAIN_EDGES).enumerate() {
                self.vertices.clear();
                self.vertices.push(edge(piece[0]).a);
                self.vertices.extend(piece.iter().map(|&clip| edge(clip).b));
                let is_last = (i + 1) * CHAIN_EDGES >= sequence.len();
                // between two pieces there is a vertex of the cell
                let split = (self.vertices[piece.len()].x() - corner.0) as u32;
                let end = if is_last { link.end } else { split };
                writer.chain(from..end, edge(piece[0]).right, &self.vertices);
                from = end;
            }
        }
        for clip in 0..clips.len() as u32 {
            let edge = edge(clip);
            if edge.is_vertical() {
                writer.upright(edge.a, edge.b, edge.left, edge.right);
            }
        }
        writer.finish(runs);
        for &link in self.order.iter().rev() {
            let link = self.links[link as usize];
            let first = edge(self.sequence[link.first]);
            lower(runs, link.from..link.to, first, &mut self.runs)?;
        }
        Ok(())
    }

    /// Links the edges of a cell into chains that run eastward between the same two faces.
    fn chain(&mut self, clips: &[Clip], edges: &[Edge], inside: &impl Fn(LatticePoint) -> bool) {
        let n = clips.len();
        let edge = |clip: usize| &edges[clips[clip].edge as usize];
        self.follower.clear();
        self.follower.resize(n, NONE);
        self.followed.clear();
        self.followed.resize(n, NONE);
        for i in 0..n {
            let e = edge(i);
            if e.is_vertical() || !inside(e.b) {
                continue;
            }
            // edges come sorted by their western end
            let start = clips.partition_point(|clip| edges[clip.edge as usize].a < e.b);
            for j in start..n {
                let f = edge(j);
                if f.a != e.b {
                    break;
                }
                if self.followed[j] == NONE && !f.is_vertical() && (f.left, f.right) == (e.left, e.right) {
                    self.follower[i] = j as u32;
                    self.followed[j] = i as u32;
                    break;
                }
            }
        }
        self.sequence.clear();
        self.links.clear();
        for i in 0..n {
            if self.followed[i] != NONE || edge(i).is_vertical() {
                continue;
            }
            let first = self.sequence.len();
            let mut at = i as u32;
            while at != NONE {
                self.sequence.push(at);
                at = self.follower[at as usize];
            }
            let last = clips[self.sequence[self.sequence.len() - 1] as usize];
            let (from, to, end) = (u32::from(clips[i].from), u32::from(last.to), u32::from(last.end()));
            self.links.push(Link { first, last: self.sequence.len(), from, to, end });
        }
    }

    /// Sorts the chains so that each comes before all that lie above it in some column.
    fn sort(&mut self, clips: &[Clip], edges: &[Edge]) -> Result<(), NotPartition> {
        let n = self.links.len();
        self.order.clear();
        if n < 2 {
            self.order.extend(0..n as u32);
            return Ok(());
        }
        self.pairs.clear();
        self.waiting.clear();
        self.waiting.resize(n, 0);
        for i in 0..n {
            for j in 0..i {
                let (one, two) = (&self.links[i], &self.links[j]);
                let x = one.from.max(two.from);
                if x >= one.end.min(two.end) {
                    continue;
                }
                let (e, f) = (self.edge_at(one, x, clips, edges), self.edge_at(two, x, clips, edges));
                let (lower, upper) = if is_below(e, f) { (i, j) } else { (j, i) };
                self.pairs.push((lower as u32, upper as u32));
                self.waiting[upper] += 1;
            }
        }
        self.pairs.sort_unstable();
        while self.order.len() < n {
            let Some(free) = self.waiting.iter().position(|&below| below == 0) else {
                // chains that do not cross have an order; these were checked
                let e = &edges[clips[self.sequence[0] as usize].edge as usize];
                return Err(NotPartition::Crossing { faces: [e.face(); 2], at: e.a });
            };
            self.waiting[free] = NONE;
            self.order.push(free as u32);
            let start = self.pairs.partition_point(|&(lower, _)| lower < free as u32);
            for &(_, upper) in self.pairs[start..].iter().take_while(|pair| pair.0 == free as u32) {
                self.waiting[upper as usize] -= 1;
            }
        }
        Ok(())
    }

    /// The edge of a chain that is met first at or after a column of the cell.
    fn edge_at<'a>(&self, link: &Link, x: u32, clips: &[Clip], edges: &'a [Edge]) -> &'a Edge {
        let sequence = &self.sequence[link.first..link.last];
        let met = sequence.iter().find(|&&clip| x < u32::from(clips[clip as usize].end()));
        let clip = met.unwrap_or(&sequence[sequence.len() - 1]);
        &edges[clips[*clip as usize].edge as usize]
    }
}

/// Whether `e` lies below `f`, for edges that span a common column and do not cross.
fn is_below(e: &Edge, f: &Edge) -> bool {
    use std::cmp::Ordering::{Equal, Greater, Less};
    if e.a.x_e7 >= f.a.x_e7 {
        match turn(f.a, f.b, e.a) {
            Less => true,
            Greater => false,
            Equal => turn(f.a, f.b, e.b) == Less,
        }
    } else {
        match turn(e.a, e.b, f.a) {
            Greater => true,
            Less => false,
            Equal => turn(e.a, e.b, f.b) == Greater,
        }
    }
}

/// Takes the labels along a line down past a chain that is met in these columns.
fn lower(runs: &mut Runs, columns: std::ops::Range<u32>, edge: &Edge, spare: &mut Runs) -> Result<(), NotPartition> {
    if columns.is_empty() {
        return Ok(());
    }
    spare.clear();
    let mut start = 0;
    for &(end, label) in runs.iter() {
        let (from, to) = (start.max(columns.start), end.min(columns.end));
        if from < to {
            if label != edge.left {
                return Err(NotPartition::Disagree { one: face_of(edge.left), two: face_of(label), at: edge.a });
            }
            if start < from {
                push(spare, from, label);
            }
            push(spare, to, edge.right);
            if to < end {
                push(spare, end, label);
            }
        } else {
            push(spare, end, label);
        }
        start = end;
    }
    std::mem::swap(runs, spare);
    Ok(())
}
