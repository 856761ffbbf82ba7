//! Where rounding to the units of a zoom needs care: snap rounding by hot pixels (Hobby 1999; Guibas & Marimont 1998).
//!
//! The plane is cut into pixels, half-open squares around whole units. A pixel with a vertex in it is hot, and every edge that
//! passes through a hot pixel is led through its middle. Then edges cross nowhere, but may lie on one another. Almost all edges
//! pass through no hot pixel but those of their own ends; the others are found here once for each zoom.

use crate::geom::LatticePoint;

use super::FINEST_ZOOM;

/// How coordinates become units of a zoom: `(w + half) >> shift`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pixels {
    shift: u32,
}

impl Pixels {
    /// Those of a zoom.
    pub fn new(zoom: u8) -> Self {
        Self { shift: u32::from(FINEST_ZOOM - zoom.min(FINEST_ZOOM)) }
    }

    /// Half a pixel in lattice units.
    pub const fn half(self) -> i64 {
        (1_i64 << self.shift) >> 1
    }

    /// How often a unit is halved to a lattice unit.
    pub const fn shift(self) -> u32 {
        self.shift
    }

    /// The pixel of a coordinate.
    pub const fn of(self, w: i64) -> i64 {
        (w + self.half()) >> self.shift
    }

    /// The middle of a pixel, along one axis.
    pub const fn middle(self, pixel: i64) -> i64 {
        pixel << self.shift
    }

    /// Whether the closed segment meets the pixel. Exact: the line must have corners of the pixel on both sides, or touch the
    /// one corner (or side) that belongs to it, and the spans must overlap.
    pub fn crossed(self, (ax, ay): (i64, i64), (bx, by): (i64, i64), (px, py): (i64, i64)) -> bool {
        let (half, mx, my) = (self.half(), self.middle(px), self.middle(py));
        if half == 0 {
            return false; // one point a pixel, and edges meet only at their ends
        }
        if ax.max(bx) < mx - half || ax.min(bx) >= mx + half || ay.max(by) < my - half || ay.min(by) >= my + half {
            return false;
        }
        let (dx, dy) = (bx - ax, by - ay);
        let side = i128::from(dx) * i128::from(my - ay) - i128::from(dy) * i128::from(mx - ax);
        let reach = i128::from(dx.abs() + dy.abs()) * i128::from(half);
        if side.abs() != reach {
            return side.abs() < reach;
        }
        i128::from(dx) * i128::from(my - half - ay) == i128::from(dy) * i128::from(mx - half - ax)
    }
}

/// A place that a drawn edge is led through besides its ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stop {
    /// The arc.
    pub arc: u32,
    /// The place in the arc of the vertex that the edge starts from.
    pub from: u32,
    /// The pixel, x.
    pub x: i32,
    /// The pixel, y.
    pub y: i32,
}

/// The arcs of a mesh as rounding sees them.
pub(super) struct Drawn<'a> {
    pub arcs: &'a [std::ops::Range<usize>],
    pub points: &'a [LatticePoint],
    pub first_zoom: &'a [u8],
}

impl Drawn<'_> {
    /// The vertices of an arc that a zoom draws: places in the arc.
    fn kept(&self, arc: usize, zoom: u8) -> impl Iterator<Item = usize> {
        self.arcs[arc].clone().filter(move |&i| self.first_zoom[i] <= zoom)
    }

    /// Arcs that must be drawn with care at a zoom: a vertex of them shares its pixel with another vertex, or an edge passes
    /// through the pixel of another. With them the pixels that edges pass through, sorted. `wanted` says which arcs are asked
    /// about. O(n) for vertices in reasonable position.
    pub fn rough(&self, zoom: u8, wanted: impl Fn(usize) -> bool) -> (Vec<u32>, Vec<Stop>) {
        let pixels = Pixels::new(zoom);
        let (mut rough, mut stops) = (Vec::new(), Vec::new());
        if pixels.half() == 0 {
            return (rough, stops);
        }
        let index = Blocks::new(self, zoom, pixels).distinct();
        for arc in (0..self.arcs.len()).filter(|&arc| wanted(arc)) {
            let (first, first_stop) = (self.arcs[arc].start, stops.len());
            let mut shared = false;
            let mut last: Option<usize> = None;
            for i in self.kept(arc, zoom) {
                let here = self.points[i];
                shared = shared || index.shares(here);
                if let Some(before) = last.replace(i) {
                    let found = stops.len();
                    index.crossed(self.points[before], here, |x, y| {
                        stops.push(Stop { arc: arc as u32, from: (before - first) as u32, x, y });
                    });
                    stops[found..].sort_unstable();
                }
            }
            if shared || stops.len() > first_stop {
                rough.push(arc as u32);
            }
        }
        // those of an edge stand together, sorted
        stops.dedup();
        (rough, stops)
    }
}

/// What two zooms' care has in common where they draw the same vertices: an edge and a vertex near it.
struct Close {
    arc: u32,
    from: u32,
    ends: (LatticePoint, LatticePoint),
    /// Not an end of it; the edge itself when its ends are close.
    vertex: Option<LatticePoint>,
}

impl Drawn<'_> {
    /// As [`Drawn::rough`] for each of the zooms above `full`, which draw all vertices: those near edges are looked up once.
    pub fn rough_above(&self, full: u8, wanted: impl Fn(usize) -> bool) -> Vec<(Vec<u32>, Vec<Stop>)> {
        let coarse = Pixels::new(full);
        let index = Blocks::new(self, full, coarse);
        // an edge that passes through the pixel of a vertex is within a unit of it
        let reach = 2 * coarse.half();
        let mut close = Vec::new();
        for arc in (0..self.arcs.len()).filter(|&arc| wanted(arc)) {
            let run = &self.points[self.arcs[arc].clone()];
            for (from, w) in run.windows(2).enumerate() {
                let (arc, from, ends) = (arc as u32, from as u32, (w[0], w[1]));
                let (dx, dy) = (w[1].x() - w[0].x(), w[1].y() - w[0].y());
                if dx.abs().max(dy.abs()) < reach {
                    close.push(Close { arc, from, ends, vertex: None });
                }
                let (low, high) = (
                    (w[0].x().min(w[1].x()) - reach, w[0].y().min(w[1].y()) - reach),
                    (w[0].x().max(w[1].x()) + reach, w[0].y().max(w[1].y()) + reach),
                );
                index.each_near(ends.0, ends.1, reach, |q| {
                    let near = q.x() >= low.0 && q.x() <= high.0 && q.y() >= low.1 && q.y() <= high.1;
                    if !near || q == ends.0 || q == ends.1 {
                        return;
                    }
                    let side =
                        i128::from(dx) * i128::from(q.y() - w[0].y()) - i128::from(dy) * i128::from(q.x() - w[0].x());
                    if side.abs() <= i128::from(dx.abs() + dy.abs()) * i128::from(reach) {
                        close.push(Close { arc, from, ends, vertex: Some(q) });
                    }
                });
            }
        }
        (full + 1..=FINEST_ZOOM).map(|zoom| rough_of(&close, Pixels::new(zoom))).collect()
    }
}

fn rough_of(close: &[Close], pixels: Pixels) -> (Vec<u32>, Vec<Stop>) {
    let (mut rough, mut stops): (Vec<u32>, Vec<Stop>) = (Vec::new(), Vec::new());
    if pixels.half() == 0 {
        return (rough, stops);
    }
    let pixel = |p: LatticePoint| (pixels.of(p.x()), pixels.of(p.y()));
    for &Close { arc, from, ends: (a, b), vertex } in close {
        let ends = (pixel(a), pixel(b));
        let careful = match vertex.map(pixel) {
            None => ends.0 == ends.1,
            Some(hot) if hot == ends.0 || hot == ends.1 => true,
            Some(hot) => {
                let crossed = pixels.crossed((a.x(), a.y()), (b.x(), b.y()), hot);
                if crossed {
                    stops.push(Stop { arc, from, x: hot.0 as i32, y: hot.1 as i32 });
                }
                crossed
            }
        };
        if careful {
            rough.push(arc);
        }
    }
    rough.dedup();
    stops.sort_unstable();
    stops.dedup();
    (rough, stops)
}

/// Kept vertices, or hot pixels, by square blocks of pixels, hashed.
struct Blocks<M> {
    pixels: Pixels,
    /// Lattice units of a block's side, as a power of two.
    block: u32,
    starts: Vec<u32>,
    members: Vec<M>,
}

/// A pixel with a vertex in it.
#[derive(Debug, Clone, Copy)]
struct Hot {
    x: i32,
    y: i32,
    /// Whether there are several.
    crowded: bool,
}

impl Blocks<LatticePoint> {
    fn new(drawn: &Drawn<'_>, zoom: u8, pixels: Pixels) -> Self {
        let points = drawn.points;
        // about as wide as an edge is long, so that an edge meets few blocks and a block holds few vertices
        let (mut count, mut spread) = (0_u64, 0_u64);
        let mut places = Vec::new();
        for arc in 0..drawn.arcs.len() {
            let mut last: Option<LatticePoint> = None;
            for i in drawn.kept(arc, zoom) {
                if let Some(before) = last {
                    spread += u64::from(before.x_e7.abs_diff(points[i].x_e7))
                        + u64::from(before.y_e7.abs_diff(points[i].y_e7));
                    count += 1;
                }
                last = Some(points[i]);
                places.push(i as u32);
            }
        }
        let block = (spread / count.max(1)).max(1).ilog2().max(pixels.shift());
        let buckets = places.len().next_power_of_two().max(64);
        let mut blocks =
            Self { pixels, block, starts: vec![0; buckets + 1], members: vec![LatticePoint::default(); places.len()] };
        let bucket = |blocks: &Self, i: u32| {
            let (x, y) = blocks.block_of(points[i as usize]);
            blocks.bucket(x, y)
        };
        for &i in &places {
            let at = bucket(&blocks, i);
            blocks.starts[at + 1] += 1;
        }
        for b in 0..buckets {
            blocks.starts[b + 1] += blocks.starts[b];
        }
        let mut next = blocks.starts.clone();
        for &i in &places {
            let at = bucket(&blocks, i);
            blocks.members[next[at] as usize] = points[i as usize];
            next[at] += 1;
        }
        blocks
    }

    /// The pixels that they make hot, each once: where thousands of vertices lie in one, as those of a city do at low zooms, an edge
    /// asks for it once.
    fn distinct(mut self) -> Blocks<Hot> {
        let mut starts = vec![0; self.starts.len()];
        let mut members: Vec<Hot> = Vec::new();
        for bucket in 0..self.starts.len() - 1 {
            let run = self.starts[bucket] as usize..self.starts[bucket + 1] as usize;
            let pixels = self.pixels;
            let pixel = |p: LatticePoint| (pixels.of(p.x()), pixels.of(p.y()));
            let run = &mut self.members[run];
            run.sort_unstable_by_key(|&p| (pixel(p), p));
            for same in run.chunk_by(|&p, &q| pixel(p) == pixel(q)) {
                let (x, y) = pixel(same[0]);
                members.push(Hot { x: x as i32, y: y as i32, crowded: same.last() != same.first() });
            }
            starts[bucket + 1] = members.len() as u32;
        }
        Blocks { pixels: self.pixels, block: self.block, starts, members }
    }
}

impl<M: Copy> Blocks<M> {
    /// Blocks are whole numbers of pixels.
    fn block_of(&self, p: LatticePoint) -> (i64, i64) {
        let half = self.pixels.half();
        ((p.x() + half) >> self.block, (p.y() + half) >> self.block)
    }

    fn bucket(&self, x: i64, y: i64) -> usize {
        // eight by eight blocks side by side, those by Fibonacci hashing (Knuth, TAOCP 6.4)
        let mixed = ((x >> 3) as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15)
            ^ ((y >> 3) as u64).wrapping_mul(0xC2B2_AE3D_27D4_EB4F);
        let coarse = mixed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20;
        (coarse << 6 | (y as u64 & 7) << 3 | (x as u64 & 7)) as usize & (self.starts.len() - 2)
    }

    fn members(&self, x: i64, y: i64) -> impl Iterator<Item = M> {
        let bucket = self.bucket(x, y);
        let run = self.starts[bucket] as usize..self.starts[bucket + 1] as usize;
        self.members[run].iter().copied()
    }

    fn pixel(&self, p: LatticePoint) -> (i64, i64) {
        (self.pixels.of(p.x()), self.pixels.of(p.y()))
    }

    /// Tells what is in the blocks that come as near to an edge as `reach` lattice units, and other things.
    fn each_near(&self, a: LatticePoint, b: LatticePoint, reach: i64, mut found: impl FnMut(M)) {
        let half = self.pixels.half();
        let (a, b) = if a.x_e7 <= b.x_e7 { (a, b) } else { (b, a) };
        let (ax, ay, bx, by) = (a.x() + half, a.y() + half, b.x() + half, b.y() + half);
        let slope = if ax == bx { 0.0 } else { (by - ay) as f64 / (bx - ax) as f64 };
        for column in (ax - reach) >> self.block..=(bx + reach) >> self.block {
            // the rows it passes within this column, by more than double precision can err
            let west = ((column << self.block) - reach).clamp(ax, bx);
            let east = (((column + 1) << self.block) + reach).clamp(ax, bx);
            let (y1, y2) = if ax == bx {
                (ay, by)
            } else {
                let y = |x: i64| ay + (slope * (x - ax) as f64) as i64;
                (y(west), y(east))
            };
            let (low, high) = ((y1.min(y2) - 2).max(ay.min(by)), (y1.max(y2) + 2).min(ay.max(by)));
            for row in (low - reach) >> self.block..=(high + reach) >> self.block {
                self.members(column, row).for_each(&mut found);
            }
        }
    }
}

impl Blocks<Hot> {
    /// Whether another vertex lies in the pixel of this one, which is one of them.
    fn shares(&self, p: LatticePoint) -> bool {
        let ((x, y), pixel) = (self.block_of(p), self.pixel(p));
        self.members(x, y).any(|hot| hot.crowded && (i64::from(hot.x), i64::from(hot.y)) == pixel)
    }

    /// Tells the hot pixels that the edge passes through, besides those of its ends; some more than once.
    fn crossed(&self, a: LatticePoint, b: LatticePoint, mut found: impl FnMut(i32, i32)) {
        let (from, to) = (self.pixel(a), self.pixel(b));
        self.each_near(a, b, 0, |hot| {
            let pixel = (i64::from(hot.x), i64::from(hot.y));
            if pixel != from && pixel != to && self.pixels.crossed((a.x(), a.y()), (b.x(), b.y()), pixel) {
                found(hot.x, hot.y);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Whether the closed segment meets the half-open square, by cutting it at each of its four lines in fractions.
    fn meets(a: (i64, i64), b: (i64, i64), low: (i64, i64), high: (i64, i64)) -> bool {
        // all times t in [0, 1] where low ≤ a + t (b - a) < high, over one denominator
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        let denominator = (if dx == 0 { 1 } else { dx.abs() }) * (if dy == 0 { 1 } else { dy.abs() });
        let (mut from, mut to) = ((0, false), (denominator, false)); // value, open
        for (start, run, low, high) in [(a.0, dx, low.0, high.0), (a.1, dy, low.1, high.1)] {
            if run == 0 {
                if start < low || start >= high {
                    return false;
                }
                continue;
            }
            let (at_low, at_high) =
                ((low - start) * (denominator / run.abs()), (high - start) * (denominator / run.abs()));
            let (enter, leave) =
                if run > 0 { ((at_low, false), (at_high, true)) } else { ((-at_high, true), (-at_low, false)) };
            from = from.max(enter);
            if (leave.0, !leave.1) < (to.0, !to.1) {
                to = leave;
            }
        }
        from.0 < to.0 || (from.0 == to.0 && !from.1 && !to.1)
    }

    /// The same by looking at every vertex for every edge.
    fn rough_plainly(drawn: &Drawn<'_>, zoom: u8) -> (Vec<u32>, Vec<Stop>) {
        let pixels = Pixels::new(zoom);
        let pixel = |p: LatticePoint| (pixels.of(p.x()), pixels.of(p.y()));
        let kept = |arc: usize| drawn.kept(arc, zoom).collect::<Vec<_>>();
        let all: Vec<LatticePoint> = (0..drawn.arcs.len()).flat_map(kept).map(|i| drawn.points[i]).collect();
        let (mut rough, mut stops) = (Vec::new(), Vec::new());
        for arc in 0..drawn.arcs.len() {
            let own = kept(arc);
            let mut careful =
                own.iter().any(|&i| all.iter().any(|&q| q != drawn.points[i] && pixel(q) == pixel(drawn.points[i])));
            for ends in own.windows(2) {
                let (a, b) = (drawn.points[ends[0]], drawn.points[ends[1]]);
                for hot in all.iter().map(|&q| pixel(q)).filter(|&hot| hot != pixel(a) && hot != pixel(b)) {
                    if pixels.crossed((a.x(), a.y()), (b.x(), b.y()), hot) {
                        let from = (ends[0] - drawn.arcs[arc].start) as u32;
                        stops.push(Stop { arc: arc as u32, from, x: hot.0 as i32, y: hot.1 as i32 });
                        careful = true;
                    }
                }
            }
            if careful {
                rough.push(arc as u32);
            }
        }
        stops.sort_unstable();
        stops.dedup();
        (rough, stops)
    }

    proptest! {
        #[test]
        fn what_needs_care_is_what_looking_at_every_vertex_for_every_edge_finds(
            points in prop::collection::vec((-300..300_i32, -300..300_i32, 15..20_u8), 2..60), cuts in prop::collection::vec(1..9_usize, 1..20), zoom in 14..20_u8,
        ) {
            let first_zoom: Vec<u8> = points.iter().map(|point| point.2).collect();
            let points: Vec<LatticePoint> = points.iter().map(|&(x, y, _)| LatticePoint::new(x, y)).collect();
            let (mut arcs, mut at) = (Vec::new(), 0);
            for cut in cuts {
                let end = (at + cut + 1).min(points.len());
                if end - at >= 2 {
                    arcs.push(at..end);
                }
                at = end;
            }
            let drawn = Drawn { arcs: &arcs, points: &points, first_zoom: &first_zoom };
            prop_assert_eq!(drawn.rough(zoom, |_| true), rough_plainly(&drawn, zoom));
        }

        #[test]
        fn a_pixel_is_crossed_where_a_segment_meets_its_half_open_square(
            a in (-40..40_i64, -40..40_i64), b in (-40..40_i64, -40..40_i64), pixel in (-5..5_i64, -5..5_i64), zoom in 17..20_u8,
        ) {
            let pixels = Pixels::new(zoom);
            let (mx, my, half) = (pixels.middle(pixel.0), pixels.middle(pixel.1), pixels.half());
            let expected = meets(a, b, (mx - half, my - half), (mx + half, my + half));
            prop_assert_eq!(pixels.crossed(a, b, pixel), expected);
        }
    }
}
