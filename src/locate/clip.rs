//! Which cells of a tile each edge passes, and over which lattice columns.

use super::frame::{Frame, Shape};
use super::sides::Edge;

/// One edge in one cell. Columns are counted from the west side of the cell.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Clip {
    pub edge: u32,
    /// Columns in which the edge, read just to the east of each lattice column, lies in the cell: `from..to`. None for an
    /// edge that slips through between two columns, or stands upright.
    pub from: u32,
    pub to: u32,
    /// Whether it passes a lattice point on the southern side of the cell in column `to`, falling eastward: the point is
    /// of this cell, the edge just east of it no longer.
    pub grazes: u32,
}

impl Clip {
    /// One past the last column in which the edge may be met in this cell.
    pub fn end(&self) -> u32 {
        self.to + self.grazes
    }
}

/// Where the line through an edge that is not level is at height `y`: the column at or before it, and at or after.
fn columns_at(edge: &Edge, y: i64) -> (i64, i64) {
    let (dx, dy) = (edge.b.x() - edge.a.x(), edge.b.y() - edge.a.y());
    let rise = y - edge.a.y();
    // |rise| is at most |dy| and of its sign here, so nothing below is negative
    if dx < 1 << 30 && dy.abs() < 1 << 30 {
        let (n, d) = (rise.unsigned_abs() * dx as u64, dy.unsigned_abs());
        let floor = n / d;
        let before = edge.a.x() + floor as i64;
        (before, before + i64::from(floor * d != n))
    } else {
        let (n, d) = (u128::from(rise.unsigned_abs()) * dx as u128, u128::from(dy.unsigned_abs()));
        let before = edge.a.x() + (n / d) as i64;
        (before, before + i64::from(!n.is_multiple_of(d)))
    }
}

/// Edges by cell: those of cell i are `sorted[starts[i]..starts[i + 1]]`, in the order of the edges.
#[derive(Debug, Default)]
pub(super) struct Clips {
    pub starts: Vec<u32>,
    pub sorted: Vec<Clip>,
    loose: Vec<(u32, Clip)>,
}

impl Clips {
    pub fn cell(&self, cell: usize) -> &[Clip] {
        &self.sorted[self.starts[cell] as usize..self.starts[cell + 1] as usize]
    }

    /// The most edges in one cell, and which cell.
    pub fn fullest(&self) -> (usize, usize) {
        let counts = self.starts.windows(2).map(|w| (w[1] - w[0]) as usize);
        counts.enumerate().map(|(cell, count)| (count, cell)).max().unwrap_or_default()
    }

    /// Clips all edges to the cells of a tile. Every cell whose closed square an edge meets gets it, some next to it too.
    pub fn fill(&mut self, edges: &[Edge], frame: &Frame, shape: Shape, origin: (i64, i64)) {
        self.loose.clear();
        for (i, edge) in edges.iter().enumerate() {
            clip(i as u32, edge, frame, shape, origin, &mut self.loose);
        }
        self.starts.clear();
        self.starts.resize(shape.cells() + 1, 0);
        for (cell, _) in &self.loose {
            self.starts[*cell as usize + 1] += 1;
        }
        for i in 0..shape.cells() {
            self.starts[i + 1] += self.starts[i];
        }
        self.sorted.clear();
        self.sorted.resize(self.loose.len(), Clip::default());
        // the last of a cell is placed first, so that `starts` counts down to where each cell begins
        let mut ends = std::mem::take(&mut self.starts);
        for (cell, clip) in self.loose.iter().rev() {
            let end = &mut ends[*cell as usize + 1];
            *end -= 1;
            self.sorted[*end as usize] = *clip;
        }
        // each entry has moved down to the start of its own cell
        ends.remove(0);
        ends.push(self.sorted.len() as u32);
        self.starts = ends;
    }
}

fn clip(number: u32, edge: &Edge, frame: &Frame, shape: Shape, (west, south): (i64, i64), out: &mut Vec<(u32, Clip)>) {
    let cell = i64::from(shape.cell);
    let side = 1_i64 << frame.bits;
    // places in the tile have 21 bits at most
    let divided = |n: i64| n.max(0) as u32 / shape.cell;
    let (low, high) = (edge.a.y().min(edge.b.y()), edge.a.y().max(edge.b.y()));
    let (first_row, last_row) = (divided(low - south), divided((high - south).min(side - 1)));
    let falls = edge.b.y() < edge.a.y();
    for row in first_row..=last_row {
        let bottom = south + i64::from(row) * cell;
        let top = (bottom + cell).min(south + side);
        // where it enters and leaves the row going east: outermost column touched, and the columns it is met in
        let (mut reach_from, mut from, mut reach_to, mut to) = (edge.a.x(), edge.a.x(), edge.b.x(), edge.b.x());
        let mut grazed = None;
        if !edge.is_vertical() {
            let enters =
                if falls { (edge.a.y() > top).then_some(top) } else { (edge.a.y() < bottom).then_some(bottom) };
            let leaves =
                if falls { (edge.b.y() < bottom).then_some(bottom) } else { (edge.b.y() >= top).then_some(top) };
            if let Some(y) = enters {
                (reach_from, from) = columns_at(edge, y);
            }
            if let Some(y) = leaves.filter(|_| low != high) {
                let (before, after) = columns_at(edge, y);
                (reach_to, to) = (after, after);
                grazed = (falls && before == after && after < edge.b.x()).then_some(after);
            }
        }
        if reach_to < west || reach_from >= west + side {
            continue;
        }
        let (first, last) = (divided(reach_from - west), divided((reach_to - west).min(side - 1)));
        for column in first..=last {
            let base = west + i64::from(column) * cell;
            let end = (base + cell).min(west + side);
            let local = |x: i64| (x.clamp(base, end) - base) as u32;
            let (from, to) = (local(from), local(to).max(local(from)));
            let grazes = grazed.is_some_and(|x| (base..end).contains(&x));
            out.push((row * shape.columns + column, Clip { edge: number, from, to, grazes: u32::from(grazes) }));
        }
    }
}
