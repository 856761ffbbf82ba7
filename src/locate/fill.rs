//! One tile: its cells filled from north to south, each checked against what lies above it.

use std::ops::Range;

use super::clip::{Clip, Clips};
use super::frame::{Frame, Shape};
use super::prove::{Proof, turn};
use super::record::{CHAIN_EDGES, MOST_EDGES, Writer};
use super::refusal::{Label, NotPartition, face_of};
use super::sides::{Edge, Half};
use super::slot::{Lane, Line, Slot, write_tile};
use crate::geom::LatticePoint;

/// Cells are made until there is this many edges a cell, on the mean: nearly all then fit one line, and a grid of 54
/// vertices takes about 700 bytes.
const EDGES_PER_CELL: f64 = 2.7;
/// A cell with more edges has a record: from line to line is a read of memory each.
const MOST_LINE_EDGES: usize = 48;
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
    /// Columns of the cell between its two ends, wherever it runs there.
    west: u32,
    east: u32,
}

/// A cell to be written: its south-west corner, and how wide it is told to be.
#[derive(Debug, Clone, Copy)]
struct Site {
    corner: (i64, i64),
    cell: u32,
}

/// Room to work in, kept from tile to tile.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    pub halves: Vec<Half>,
    pub edges: Vec<Edge>,
    clips: Clips,
    proof: Proof,
    cells: Vec<Slot>,
    further: Vec<Slot>,
    records: Vec<u32>,
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
    hidden: Vec<Range<u32>>,
    lanes: Vec<Lane>,
    runs: Runs,
}

const NONE: u32 = u32::MAX;

/// A filled tile: its division, the labels along its southern side, and the faces whose borders come near it.
#[derive(Debug)]
pub(super) struct Filled {
    pub shape: Shape,
    pub south: Runs,
    pub faces: Vec<Label>,
}

impl Scratch {
    /// Fills the tile with this corner from `self.edges`, and puts its lines behind those in `out`; `north` is what lies
    /// above it.
    ///
    /// # Errors
    /// When the edges are not those of a partition.
    pub fn fill(
        &mut self,
        frame: &Frame,
        corner: (i64, i64),
        north: &Runs,
        out: &mut Vec<Line>,
    ) -> Result<Filled, NotPartition> {
        let mut faces: Vec<Label> = self.edges.iter().flat_map(|edge| [edge.left, edge.right]).collect();
        faces.sort_unstable();
        faces.dedup();
        if let ([], [(_, label)]) = (&self.edges[..], &north[..]) {
            write_tile(&[Slot::all_of(*label)], &[], &[], out);
            return Ok(Filled { shape: Shape::whole(frame.bits), south: north.clone(), faces });
        }
        let mut shape = Shape::with_cells((self.edges.len() as f64 / EDGES_PER_CELL).ceil() as usize, frame.bits);
        self.clips.fill(&self.edges, frame, shape, corner);
        while let (true, Some(finer)) = (self.clips.fullest().0 > MOST_CELL_EDGES, shape.finer(frame.bits)) {
            shape = finer;
            self.clips.fill(&self.edges, frame, shape, corner);
        }
        let columns = shape.columns as usize;
        let side = 1_u32 << frame.bits;
        let corner_of = |cell: usize| {
            let along = |n: usize| n as i64 * i64::from(shape.cell);
            (corner.0 + along(cell % columns), corner.1 + along(cell / columns))
        };
        let (fullest, cell) = self.clips.fullest();
        if fullest > MOST_EDGES {
            let (x, y) = corner_of(cell);
            return Err(NotPartition::Crowded { edges: fullest, at: LatticePoint::new(x as i32, y as i32) });
        }
        self.cells.clear();
        self.cells.resize(shape.cells(), Slot::default());
        self.further.clear();
        self.records.clear();
        self.profile.resize_with(columns.max(self.profile.len()), Runs::new);
        let mut rest = &north[..];
        for (column, runs) in self.profile[..columns].iter_mut().enumerate() {
            runs.clear();
            let west = column as u32 * shape.cell;
            let east = (west + shape.cell).min(side);
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
        for row in (0..columns).rev() {
            for column in 0..columns {
                let cell = row * columns + column;
                let clips = self.clips.cell(cell);
                let runs = &mut self.profile[column];
                self.cells[cell] = if let ([], [(_, label)]) = (clips, &runs[..]) {
                    Slot::all_of(*label)
                } else {
                    let corner = corner_of(cell);
                    let width = |at: usize| shape.cell.min(side - at as u32 * shape.cell);
                    let (east, top) = (corner.0 + i64::from(width(column)), corner.1 + i64::from(width(row)));
                    let inside =
                        |p: LatticePoint| p.x() >= corner.0 && p.x() < east && p.y() >= corner.1 && p.y() < top;
                    self.proof.check(clips, &self.edges, inside)?;
                    let site = Site { corner, cell: shape.cell };
                    self.cell.write(clips, &self.edges, inside, site, runs, (&mut self.further, &mut self.records))?
                };
            }
        }
        let mut south = Runs::new();
        for (column, runs) in self.profile[..columns].iter().enumerate() {
            for &(end, label) in runs {
                push(&mut south, column as u32 * shape.cell + end, label);
            }
        }
        write_tile(&self.cells, &self.further, &self.records, out);
        Ok(Filled { shape, south, faces })
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
    /// What is said of a cell, with its record put behind `records` where it needs one; takes `runs` from what lies above the cell
    /// to what lies below it.
    fn write(
        &mut self,
        clips: &[Clip],
        edges: &[Edge],
        inside: impl Fn(LatticePoint) -> bool,
        site: Site,
        runs: &mut Runs,
        (further, records): (&mut Vec<Slot>, &mut Vec<u32>),
    ) -> Result<Slot, NotPartition> {
        let width = runs.last().map_or(0, |run| run.0);
        self.chain(clips, edges, &inside, (site.corner.0, width));
        self.sort(clips, edges, site.corner.0)?;
        let lines = self.lanes(clips, edges, site, runs).and_then(|top| {
            // a vertex of the cell where edges only end
            let is_tip = |lane: &Lane| {
                let (x, y) = (site.corner.0 + lane.end().0, site.corner.1 + lane.end().1);
                let end = LatticePoint::new(x as i32, y as i32);
                let next = clips.partition_point(|clip| edges[clip.edge as usize].a < end);
                inside(end) && clips.get(next).is_none_or(|clip| edges[clip.edge as usize].a != end)
            };
            Slot::of(&self.lanes, top, is_tip, further)
        });
        let line = lines.unwrap_or_else(|| {
            let at = records.len();
            self.record(clips, edges, site.corner, runs, records);
            Slot::with_record(at)
        });
        for &link in self.order.iter().rev() {
            let link = self.links[link as usize];
            let first = &edges[clips[self.sequence[link.first] as usize].edge as usize];
            lower(runs, link.from..link.to, first, &mut self.runs)?;
        }
        Ok(line)
    }

    /// Makes the lanes of the cell; the label above them, or `None` when it needs a record.
    fn lanes(&mut self, clips: &[Clip], edges: &[Edge], site: Site, runs: &Runs) -> Option<Label> {
        if clips.len() > MOST_LINE_EDGES || clips.iter().any(|clip| edges[clip.edge as usize].is_vertical()) {
            return None;
        }
        self.lanes.clear();
        self.hidden.clear();
        for &link in &self.order {
            let link = self.links[link as usize];
            let sequence = &self.sequence[link.first..link.last];
            let edge = |clip: u32| &edges[clips[clip as usize].edge as usize];
            let (first, last) = (edge(sequence[0]), edge(sequence[sequence.len() - 1]));
            // where the chain lies beyond the northern side of the cell
            let before = if first.b.y_e7 < first.a.y_e7 { link.west..link.from } else { 0..0 };
            let after = if last.b.y_e7 > last.a.y_e7 { link.to..link.east } else { 0..0 };
            for beyond in [before, after] {
                for (columns, label) in ranges(runs) {
                    let covered = columns.start.max(beyond.start)..columns.end.min(beyond.end);
                    if !covered.is_empty() && label != first.right {
                        self.lanes.push(Lane::lid(covered, label, site.cell)?);
                    }
                }
                self.hidden.extend((!beyond.is_empty()).then_some(beyond));
            }
            for &clip in sequence {
                let edge = edge(clip);
                self.lanes.push(Lane::edge(edge.a, edge.b, edge.right, site.corner, site.cell)?);
            }
        }
        // what is seen of the runs from below
        self.hidden.sort_unstable_by_key(|columns| columns.start);
        let hidden = &self.hidden;
        let seen = |columns: &Range<u32>| {
            let past = |at: u32, hidden: &Range<u32>| if hidden.start <= at { at.max(hidden.end) } else { at };
            hidden.iter().fold(columns.start, past) < columns.end
        };
        let mut top: Option<(Range<u32>, Label)> = None;
        for (columns, label) in ranges(runs).filter(|(columns, _)| seen(columns)) {
            top = Some(match top {
                Some((last, same)) if same == label => (last.start..columns.end, label),
                Some((last, other)) => {
                    self.lanes.push(Lane::lid(last.start..columns.start, other, site.cell)?);
                    (columns.start..columns.end, label)
                }
                None => (0..columns.end, label),
            });
        }
        Some(top.map_or(0, |(_, label)| label))
    }

    /// Writes the record of a cell.
    fn record(&mut self, clips: &[Clip], edges: &[Edge], corner: (i64, i64), runs: &Runs, words: &mut Vec<u32>) {
        let edge = |clip: u32| &edges[clips[clip as usize].edge as usize];
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
    }

    /// Links the edges of a cell into chains that run eastward between the same two faces.
    fn chain(
        &mut self,
        clips: &[Clip],
        edges: &[Edge],
        inside: &impl Fn(LatticePoint) -> bool,
        (corner_x, width): (i64, u32),
    ) {
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
            let column = |x: i64| (x - corner_x).clamp(0, i64::from(width)) as u32;
            self.links.push(Link {
                first,
                last: self.sequence.len(),
                from: clips[i].from,
                to: last.to,
                end: last.end(),
                west: column(edge(i).a.x()),
                east: column(edges[last.edge as usize].b.x()),
            });
        }
    }

    /// Sorts the chains so that each comes before all that lie above it in some column.
    fn sort(&mut self, clips: &[Clip], edges: &[Edge], corner_x: i64) -> Result<(), NotPartition> {
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
                let x = one.west.max(two.west);
                if x >= one.east.min(two.east) {
                    continue;
                }
                let x = corner_x + i64::from(x);
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

    /// The edge of a chain straight above or below a place just east of this column.
    fn edge_at<'a>(&self, link: &Link, x: i64, clips: &[Clip], edges: &'a [Edge]) -> &'a Edge {
        let sequence = &self.sequence[link.first..link.last];
        let edge = |clip: &u32| &edges[clips[*clip as usize].edge as usize];
        sequence.iter().map(edge).find(|edge| x < edge.b.x()).unwrap_or_else(|| edge(&sequence[sequence.len() - 1]))
    }
}

/// Runs as the columns of each.
fn ranges(runs: &[(u32, Label)]) -> impl Iterator<Item = (Range<u32>, Label)> {
    let starts = std::iter::once(0).chain(runs.iter().map(|run| run.0));
    starts.zip(runs).map(|(start, &(end, label))| (start..end, label))
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
fn lower(runs: &mut Runs, columns: Range<u32>, edge: &Edge, spare: &mut Runs) -> Result<(), NotPartition> {
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
