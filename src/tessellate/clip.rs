//! Segments cut off where they leave a region.

/// A position in the plane of one block, in metres.
pub(super) type Xy = (f64, f64);

/// The rim of a region, in horizontal bands so that a short segment meets few edges.
#[derive(Debug)]
pub(super) struct Region {
    edges: Vec<(Xy, Xy)>,
    low: f64,
    height: f64,
    /// Edges by band.
    bands: Vec<Vec<u32>>,
}

/// Where a segment, or a part of it, is cut off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cut {
    /// The part, from 0 at the start of the segment to 1 at its end.
    pub from: f64,
    pub to: f64,
    /// The edge of the rim met at each of its ends, if it is cut there.
    pub from_edge: Option<u32>,
    pub to_edge: Option<u32>,
}

/// Most bands of one region.
const MOST_BANDS: usize = 1 << 14;

impl Region {
    /// Edges in any order and direction; inside is where a ray crosses an odd number. O(edges) but for edges across many bands.
    pub(super) fn new(edges: Vec<(Xy, Xy)>) -> Self {
        let ys = || edges.iter().flat_map(|&((_, a), (_, b))| [a, b]);
        let low = ys().fold(f64::INFINITY, f64::min);
        let high = ys().fold(f64::NEG_INFINITY, f64::max);
        let count = (edges.len() / 2).clamp(1, MOST_BANDS);
        let height = ((high - low) / count as f64).max(1e-6);
        let mut region = Self { edges, low, height, bands: vec![Vec::new(); count] };
        for i in 0..region.edges.len() {
            let ((_, a), (_, b)) = region.edges[i];
            for band in region.bands_of(a, b) {
                region.bands[band].push(i as u32);
            }
        }
        region
    }

    fn bands_of(&self, a: f64, b: f64) -> std::ops::RangeInclusive<usize> {
        let last = self.bands.len() - 1;
        let band = |y: f64| (((y - self.low) / self.height).max(0.0) as usize).min(last);
        band(a.min(b))..=band(a.max(b))
    }

    fn contains(&self, (x, y): Xy) -> bool {
        let band = *self.bands_of(y, y).start();
        let crossed = self.bands[band].iter().filter(|&&edge| {
            let ((ax, ay), (bx, by)) = self.edges[edge as usize];
            (ay > y) != (by > y) && x < (bx - ax) * (y - ay) / (by - ay) + ax
        });
        crossed.count() % 2 == 1
    }

    /// The parts of a segment inside, and whether its end is, if it is off the rim. `known` says so of its start.
    pub(super) fn cut(&self, (a, b): (Xy, Xy), known: Option<bool>) -> (Vec<Cut>, Option<bool>) {
        let mut met: Vec<(f64, u32)> = Vec::new();
        for band in self.bands_of(a.1, b.1) {
            for &edge in &self.bands[band] {
                if let Some(t) = meets((a, b), self.edges[edge as usize]) {
                    met.push((t, edge));
                }
            }
        }
        if met.is_empty() {
            let inside = known.unwrap_or_else(|| self.contains(a));
            let whole = Cut { from: 0.0, to: 1.0, from_edge: None, to_edge: None };
            return (if inside { vec![whole] } else { vec![] }, Some(inside));
        }
        met.sort_by(|one, two| one.0.total_cmp(&two.0).then(one.1.cmp(&two.1)));
        met.dedup();
        let mut parts: Vec<Cut> = Vec::new();
        let mut from = (0.0, None);
        let mut inside = false;
        for &(to, edge) in met.iter().chain([&(1.0, u32::MAX)]) {
            let to_edge = (edge != u32::MAX).then_some(edge);
            let middle: f64 = f64::midpoint(from.0, to);
            let at = (a.0 + (b.0 - a.0) * middle, a.1 + (b.1 - a.1) * middle);
            if to > from.0 {
                inside = self.contains(at);
                if inside {
                    match parts.last_mut().filter(|part| part.to >= from.0) {
                        Some(part) => (part.to, part.to_edge) = (to, to_edge),
                        None => parts.push(Cut { from: from.0, to, from_edge: from.1, to_edge }),
                    }
                }
            }
            from = (to, to_edge);
        }
        let last = met.last().map_or(0.0, |&(t, _)| t);
        (parts, (last < 1.0).then_some(inside))
    }

    /// The ends of an edge.
    pub(super) fn edge(&self, edge: u32) -> (Xy, Xy) {
        self.edges[edge as usize]
    }
}

/// How far along the first segment the second one meets it.
fn meets((a, b): (Xy, Xy), (c, d): (Xy, Xy)) -> Option<f64> {
    let cross = |u: Xy, v: Xy| u.0 * v.1 - u.1 * v.0;
    let minus = |p: Xy, q: Xy| (p.0 - q.0, p.1 - q.1);
    let (along, over, apart) = (minus(b, a), minus(d, c), minus(c, a));
    let turn = cross(along, over);
    if turn == 0.0 {
        return None;
    }
    let t = cross(apart, over) / turn;
    let s = cross(apart, along) / turn;
    ((0.0..=1.0).contains(&t) && (0.0..=1.0).contains(&s)).then_some(t)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square() -> Region {
        let p = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)];
        Region::new((0..4).map(|i| (p[i], p[(i + 1) % 4])).collect())
    }

    #[test]
    fn a_segment_across_a_square_keeps_its_middle_part() {
        let (parts, ends_inside) = square().cut(((-10.0, 5.0), (30.0, 5.0)), None);
        assert_eq!(parts.iter().map(|cut| (cut.from, cut.to)).collect::<Vec<_>>(), [(0.25, 0.5)]);
        assert_eq!(ends_inside, Some(false));
        assert!(parts[0].from_edge.is_some() && parts[0].to_edge.is_some());
    }

    #[test]
    fn a_segment_inside_stays_whole_and_one_outside_vanishes() {
        let (parts, inside) = square().cut(((2.0, 2.0), (8.0, 7.0)), None);
        assert_eq!((parts.len(), inside), (1, Some(true)));
        assert_eq!(parts[0], Cut { from: 0.0, to: 1.0, from_edge: None, to_edge: None });
        assert!(square().cut(((12.0, 2.0), (18.0, 7.0)), None).0.is_empty());
    }
}
