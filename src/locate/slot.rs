//! A cell in one line of 64 bytes: a point is decided by one read of memory and hardly a branch to guess.
//!
//! Words are 32 bits, little-endian:
//!
//! ```text
//! 0         which lanes are edges (12 bits); from bit 16 on, which of them a point may lie on (12 bits)
//! 1         for each lane, and for what lies above them all, the number of a label (2 bits each)
//! 2...      vertices: x, y from the cell's corner, 16 bits each, signed
//! ...15     labels, number 0 last
//! ```
//!
//! Lane i goes from vertex i to vertex i + 1, eastward where it is an edge; the label is of what lies below it. Edges are
//! whole, not cut off at the sides of the cell, and come from bottom to top. The first one above a point has the point's
//! label, and where there is none what lies above all has it. Where an edge that has left the cell by its northern side
//! hides something else from the cell, a lid comes before it: a level edge higher than any vertex.
//!
//! A lane that is no edge but that a point may lie on is an edge of a further line: without it, a point on a vertex where
//! edges only end might have its answer before that line is read.
//!
//! Cell i of a tile is its line i. Above all lanes there may be, for a label, the number of a further line (with bit 31 set)
//! that goes on where this one ends; or where the [`record`](super::record) of the cell begins, in words from the start of
//! the tile (with bit 30 set): for what cannot be said in lines, upright edges and long ones.

use super::record::{Spot, Stored, Verdict};
use super::refusal::Label;
use crate::geom::LatticePoint;

/// A line of the processor's cache.
pub(super) type Line = [u8; LINE_BYTES];
pub(super) const LINE_BYTES: usize = 64;
pub(super) const LINE_WORDS: usize = LINE_BYTES / 4;
/// Where nobody owns anything.
pub(super) const NOBODY: Line = [0; LINE_BYTES];

/// Edges at most. Twelve are three times what the least processor takes at once.
const LANES: usize = 12;
const FIRST_VERTEX: usize = 2;
/// Vertices and labels together.
const PLACES: usize = LINE_WORDS - FIRST_VERTEX;
/// Labels at most: they have numbers of two bits.
const MOST_LABELS: usize = 4;
/// Both ends of a lid.
const LID_Y: i64 = i16::MAX as i64;
const FURTHER: u32 = 1 << 31;
const RECORD: u32 = 1 << 30;
const TOUCHED: u32 = u32::MAX;

/// What a line says about a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Said(u32);

/// What else there may be than a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Special {
    /// The point may lie on an edge.
    Touched,
    /// The line with this number goes on.
    Further(usize),
    /// The record at this word of the tile tells.
    Record(usize),
}

impl Said {
    #[inline]
    pub fn is_special(self) -> bool {
        self.0 >= RECORD
    }

    /// The label, for what is not special.
    #[inline]
    pub fn label(self) -> Label {
        self.0
    }

    pub fn special(self) -> Option<Special> {
        match self.0 {
            TOUCHED => Some(Special::Touched),
            word if word & FURTHER != 0 => Some(Special::Further((word & !FURTHER) as usize)),
            word if word & RECORD != 0 => Some(Special::Record((word & !RECORD) as usize)),
            _ => None,
        }
    }
}

#[inline]
fn word(line: &Line, at: usize) -> u32 {
    u32::from_le_bytes(line.as_chunks().0[at])
}

#[inline]
fn label(line: &Line, lane: u32) -> u32 {
    word(line, LINE_WORDS - 1 - (word(line, 1) >> (2 * lane) & 3) as usize)
}

/// Who owns the point at this place of the cell, read as `(x + ε, y + ε²)`, as far as this line can say.
///
/// All lanes are computed, in numbers of 16 bits and products of 32: those that are no edges, or lie elsewhere, overflow and
/// are masked out. [`Slot::edge`] takes no edge that would overflow where it matters.
#[inline]
pub(super) fn decide(line: &Line, x: u32, y: u32) -> Said {
    let (x, y) = (x as i32, y as i32);
    let short = |n: i32| i32::from(n as i16);
    // which lanes lie above the point, and, 16 bits higher, which go through it
    let mut met = 0;
    for lane in 0..LANES {
        let (a, b) = (word(line, FIRST_VERTEX + lane) as i32, word(line, FIRST_VERTEX + lane + 1) as i32);
        let (ax, ay, bx, by) = (short(a), a >> 16, short(b), b >> 16);
        let side = (short(bx - ax) * short(y - ay)).wrapping_sub(short(by - ay) * short(x - ax));
        // signs: a.x <= x, x < b.x, and side < 0
        let above = (ax - 1 - x) & (x - bx) & side;
        met |= (above >> 31) & (1 << lane);
        met |= if side == 0 { 1 << (lane + 16) } else { 0 };
    }
    let met = met as u32 & word(line, 0);
    let first = (met & ((1 << LANES) - 1) | 1 << LANES).trailing_zeros();
    Said(if met >> 16 == 0 { label(line, first) } else { TOUCHED })
}

/// Calls `each` with the ends and the label of every lane of a cell, from bottom to top; what lies above all is the answer:
/// a label or a record. `None` for a damaged tile.
fn lanes(tile: &[Line], cell: usize, mut each: impl FnMut((i64, i64), (i64, i64), Label)) -> Option<Said> {
    let mut at = cell;
    loop {
        let line = tile.get(at)?;
        let vertex = |at: usize| {
            let word = word(line, FIRST_VERTEX + at);
            (i64::from(word as i16), i64::from((word >> 16) as i16))
        };
        for lane in (0..LANES).filter(|lane| word(line, 0) >> lane & 1 == 1) {
            each(vertex(lane), vertex(lane + 1), label(line, lane as u32));
        }
        let top = Said(label(line, LANES as u32));
        match top.special() {
            // always a later one, so that this ends whatever the bytes are
            Some(Special::Further(next)) if next > at => at = next,
            Some(Special::Further(_) | Special::Touched) => return None,
            Some(Special::Record(_)) | None => return Some(top),
        }
    }
}

/// Who owns the point, and whether it lies on an edge, by all lines of its cell; `None` for a damaged tile.
pub(super) fn decide_touching(tile: &[Line], cell: usize, spot: Spot) -> Option<Verdict> {
    let (x, y) = (i64::from(spot.x), i64::from(spot.y));
    let (mut owner, mut on_border) = (None, false);
    let top = lanes(tile, cell, |a, b, label| {
        let side = (b.0 - a.0) * (y - a.1) - (b.1 - a.1) * (x - a.0);
        on_border |= side == 0 && a.0 <= x && x <= b.0;
        if owner.is_none() && a.0 <= x && x < b.0 && side < i64::from(b.1 > a.1) {
            owner = Some(label);
        }
    })?;
    Some(Verdict { label: owner.unwrap_or(top.label()), on_border })
}

/// Calls `each` with every edge of a cell with this corner, from bottom to top; and says where the record of the cell begins,
/// where that tells instead. `None` for a damaged tile.
#[expect(clippy::option_option, reason = "damaged, without a record, with one")]
pub(super) fn walk(
    tile: &[Line],
    cell: usize,
    corner: (i64, i64),
    mut each: impl FnMut(Stored),
) -> Option<Option<usize>> {
    let top = lanes(tile, cell, |a, b, below| {
        if a.1 != LID_Y || b.1 != LID_Y {
            let placed = |(x, y): (i64, i64)| LatticePoint::new((corner.0 + x) as i32, (corner.1 + y) as i32);
            each(Stored { a: placed(a), b: placed(b), below, west: None });
        }
    })?;
    Some(match top.special() {
        Some(Special::Record(at)) => Some(at),
        _ => None,
    })
}

/// The label straight above a point that lies on a border, past all edges that touch it.
pub(super) fn first_off(tile: &[Line], cell: usize, spot: Spot) -> Option<Label> {
    let (x, y) = (i64::from(spot.x), i64::from(spot.y));
    let mut off = None;
    let top = lanes(tile, cell, |a, b, label| {
        let above = a.0 <= x && x < b.0 && (b.0 - a.0) * (y - a.1) < (b.1 - a.1) * (x - a.0);
        off = off.or(above.then_some(label));
    })?;
    Some(off.unwrap_or(top.label()))
}

/// A line while it is made; every step says `None` when it does not fit, and the slot is then as it was.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Slot {
    words: [u32; LINE_WORDS],
    vertices: usize,
    labels: usize,
    last: Option<(i64, i64)>,
}

/// A lane, from the corner of the cell, and the label below it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lane {
    a: (i64, i64),
    b: (i64, i64),
    below: Label,
}

impl Lane {
    /// An edge that is not upright, in a cell with this corner and width; `None` when it is too long for 16 bits.
    pub fn edge(a: LatticePoint, b: LatticePoint, below: Label, corner: (i64, i64), cell: u32) -> Option<Self> {
        let from_corner = |p: LatticePoint| (p.x() - corner.0, p.y() - corner.1);
        let (a, b) = (from_corner(a), from_corner(b));
        // every difference of a point of the cell with it fits 16 bits, and the two products together 32
        let (most, cell) = (i64::from(i16::MAX), i64::from(cell));
        let fits = |(x, y): (i64, i64)| i16::try_from(x).is_ok() && (cell - 1 - most..LID_Y).contains(&y);
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        (cell <= most && fits(a) && fits(b) && dx <= most && dy.abs() <= most).then_some(Self { a, b, below })
    }

    /// Its eastern end, from the corner of the cell.
    pub fn end(&self) -> (i64, i64) {
        self.b
    }

    /// What covers these columns of a cell below all that comes after; `None` when the cell is too wide for 16 bits.
    pub fn lid(columns: std::ops::Range<u32>, below: Label, cell: u32) -> Option<Self> {
        let at = |column: u32| (i64::from(column), LID_Y);
        (i64::from(cell) <= LID_Y).then(|| Self { a: at(columns.start), b: at(columns.end), below })
    }
}

impl Slot {
    /// A cell that has this label all over.
    pub fn all_of(label: Label) -> Self {
        let mut slot = Self { labels: 1, ..Self::default() };
        slot.words[LINE_WORDS - 1] = label;
        slot
    }

    /// A cell whose record begins this many words after the first one.
    pub fn with_record(at: usize) -> Self {
        Self::all_of(RECORD | at as u32)
    }

    fn lane(&mut self, lane: &Lane, places: usize) -> Option<()> {
        let before = *self;
        let done = self.touched_lane(lane, places).and_then(|number| {
            self.words[0] |= 1 << number;
            self.put(number, lane.below, places)
        });
        if done.is_none() {
            *self = before;
        }
        done
    }

    /// The number of a lane that a point may lie on.
    fn touched_lane(&mut self, lane: &Lane, places: usize) -> Option<usize> {
        if self.last != Some(lane.a) {
            self.vertex(lane.a, places)?;
        }
        let number = self.vertices - 1;
        (number < LANES).then_some(())?;
        self.vertex(lane.b, places)?;
        self.words[0] |= 1 << (number + 16);
        Some(number)
    }

    fn vertex(&mut self, p: (i64, i64), places: usize) -> Option<()> {
        (self.vertices + self.labels < places).then_some(())?;
        self.words[FIRST_VERTEX + self.vertices] = u32::from(p.0 as u16) | u32::from(p.1 as u16) << 16;
        self.vertices += 1;
        self.last = Some(p);
        Some(())
    }

    fn put(&mut self, lane: usize, label: u32, places: usize) -> Option<()> {
        let at = |number: usize| LINE_WORDS - 1 - number;
        let known = (0..self.labels).find(|&number| self.words[at(number)] == label);
        let number = known.unwrap_or(self.labels);
        if known.is_none() {
            // the last number is kept for what lies above all
            let most = if lane == LANES { MOST_LABELS } else { MOST_LABELS - 1 };
            (number < most && self.vertices + number < places).then_some(())?;
            self.words[at(number)] = label;
            self.labels += 1;
        }
        self.words[1] |= (number as u32) << (2 * lane);
        Some(())
    }

    /// The lines of a cell with these lanes, and this label above all; all but the first are put behind `further`. `is_tip`
    /// says of which lanes the end is a vertex of the cell where edges only end. `None` when they do not fit.
    pub fn of(lanes: &[Lane], top: Label, is_tip: impl Fn(&Lane) -> bool, further: &mut Vec<Self>) -> Option<Self> {
        let mut first = Self::default();
        let fits = lanes.iter().all(|lane| first.lane(lane, PLACES).is_some());
        if fits && first.put(LANES, top, PLACES).is_some() {
            return Some(first);
        }
        // of the lanes that are not in the first line those that end at a tip are there too, as ones to lie on
        let mut begun = Self::default();
        let mut copied = 0;
        for _ in 0..LANES {
            let mut first = begun;
            // a place is kept for the number of the next line
            let taken = lanes.iter().take_while(|lane| first.lane(lane, PLACES - 1).is_some()).count();
            let wanted = lanes.iter().skip(taken).filter(|lane| is_tip(lane));
            if wanted.clone().count() == copied {
                (taken > 0).then_some(())?;
                first.put(LANES, FURTHER | further.len() as u32, PLACES)?;
                Self::go_on(&lanes[taken..], top, further)?;
                return Some(first);
            }
            begun = Self::default();
            copied = 0;
            for lane in wanted {
                begun.touched_lane(lane, PLACES - 1)?;
                copied += 1;
            }
        }
        None
    }

    /// The lines after the first.
    fn go_on(mut lanes: &[Lane], top: Label, further: &mut Vec<Self>) -> Option<()> {
        loop {
            let mut line = Self::default();
            let fits = lanes.iter().all(|lane| line.lane(lane, PLACES).is_some());
            if fits && line.put(LANES, top, PLACES).is_some() {
                further.push(line);
                return Some(());
            }
            line = Self::default();
            let taken = lanes.iter().take_while(|lane| line.lane(lane, PLACES - 1).is_some()).count();
            line.put(LANES, FURTHER | (further.len() + 1) as u32, PLACES)?;
            further.push(line);
            lanes = &lanes[taken..];
        }
    }

    /// Its bytes, in a tile whose further lines begin at one line, and whose records at another.
    fn line(&self, further_at: usize, records_at: usize) -> Line {
        let mut words = self.words;
        for label in &mut words[LINE_WORDS - self.labels..] {
            *label += match *label {
                word if word & FURTHER != 0 => further_at as u32,
                word if word & RECORD != 0 => (records_at * LINE_WORDS) as u32,
                _ => 0,
            };
        }
        bytes_of(&words)
    }
}

fn bytes_of(words: &[u32]) -> Line {
    let mut line = NOBODY;
    for (bytes, word) in line.as_chunks_mut().0.iter_mut().zip(words) {
        *bytes = word.to_le_bytes();
    }
    line
}

/// Appends a tile: a line for each cell, the further lines, and the records.
pub(super) fn write_tile(cells: &[Slot], further: &[Slot], records: &[u32], out: &mut Vec<Line>) {
    let records_at = cells.len() + further.len();
    out.extend(cells.iter().chain(further).map(|slot| slot.line(cells.len(), records_at)));
    out.extend(records.chunks(LINE_WORDS).map(bytes_of));
}
