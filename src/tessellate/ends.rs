//! Lines that end just short of another line, or of the boundary, are led on to it.

use rayon::prelude::*;

use super::{Finding, FindingKind, Settings, Town};
use crate::atom::Line;
use crate::geom::Ring;
use crate::geom::{
    Entry, Envelope, EnvelopeIndex, LatticePoint, Segment, crosses_properly, metres_per_unit, segment_distance_m,
};

/// An end this close to another line, in metres, lies on it: noding brings them together.
const TOUCHES_M: f64 = 0.01;
/// How far a link is drawn past the line it leads to, in lattice units, so that the two cross for certain.
const PAST_UNITS: f64 = 1.5;

/// A segment, and whose: a line by position and the number of the segment in it; none for a boundary.
type Owned = (Segment, Option<(u32, u32)>);

/// The missing pieces, each with the class and name of the line it continues. O(n log n).
pub(super) fn close(town: &Town, settings: &Settings, findings: &mut Vec<Finding>) -> Vec<Line> {
    let Some(around) = town.units.iter().filter_map(|unit| unit.shape.envelope()).reduce(Envelope::union) else {
        return Vec::new();
    };
    if settings.tolerance_m <= 0.0 {
        return Vec::new();
    }
    let around = grown(around, settings.tolerance_m);
    let mut segments: Vec<Entry<Owned>> = Vec::new();
    for (i, line) in town.lines.iter().enumerate().filter(|(_, line)| settings.dividing.contains(&line.class)) {
        for (j, w) in line.points.windows(2).enumerate() {
            let envelope = Envelope { min: w[0], max: w[0] }.with(w[1]);
            if envelope.intersects(&around) {
                segments.push(Entry { envelope, item: ((w[0], w[1]), Some((i as u32, j as u32))) });
            }
        }
    }
    let rims = town.units.iter().flat_map(|unit| unit.shape.rings()).flat_map(Ring::edges);
    segments.extend(rims.map(|(a, b)| Entry { envelope: Envelope { min: a, max: a }.with(b), item: ((a, b), None) }));
    let segments = EnvelopeIndex::new(segments);
    let walls = town.footprints.iter().enumerate();
    let walls = walls
        .filter_map(|(i, footprint)| Some(Entry { envelope: footprint.shape.envelope()?, item: i }))
        .filter(|entry| entry.envelope.intersects(&around));
    let walls = EnvelopeIndex::new(walls.collect());
    let found: Vec<(u32, Segment)> = town
        .lines
        .par_iter()
        .enumerate()
        .filter(|(_, line)| settings.dividing.contains(&line.class))
        .flat_map_iter(|(i, line)| {
            let link = |backwards| link(line, i as u32, backwards, &around, &segments, settings.tolerance_m);
            let through = |(a, b): Segment| {
                let envelope = Envelope { min: a, max: a }.with(b);
                walls.meeting(&envelope).any(|&wall| {
                    town.footprints[wall].shape.rings().flat_map(Ring::edges).any(|edge| crosses_properly(edge, (a, b)))
                })
            };
            [false, true]
                .into_iter()
                .filter_map(link)
                .filter(|&link| !through(link))
                .map(|link| (i as u32, link))
                .collect::<Vec<_>>()
        })
        .collect();
    let name = |i: u32| town.lines[i as usize].name.clone();
    findings.extend(found.iter().map(|&(i, (end, _))| Finding {
        kind: FindingKind::EndClosed,
        at: end,
        shape: None,
        area_m2: 0.0,
        codes: name(i).into_iter().collect(),
    }));
    let line =
        |(i, (a, b)): (u32, Segment)| Line { class: town.lines[i as usize].class, name: name(i), points: vec![a, b] };
    found.into_iter().map(line).collect()
}

/// From an end of the line to what lies nearest, if the end touches nothing.
fn link(
    line: &Line,
    number: u32,
    backwards: bool,
    around: &Envelope,
    segments: &EnvelopeIndex<Owned>,
    tolerance_m: f64,
) -> Option<Segment> {
    let (first, last) = (*line.points.first()?, *line.points.last()?);
    let end = if backwards { last } else { first };
    if first == last || !around.contains(end) {
        return None;
    }
    // the line's own segments count only where it has come a way back to its end
    let count = line.points.len() - 1;
    let mut gone_m = 0.0;
    let mut own = 0;
    while own < count && gone_m <= 2.0 * tolerance_m {
        let at = if backwards { count - 1 - own } else { own };
        gone_m += crate::geom::distance_m(line.points[at], line.points[at + 1]);
        own += 1;
    }
    let counts = |&&(_, owner): &&Owned| match owner {
        Some((i, j)) if i == number => {
            let from_end = if backwards { count - 1 - j as usize } else { j as usize };
            from_end >= own
        }
        _ => true,
    };
    let reach = grown(Envelope { min: end, max: end }, tolerance_m);
    let near = segments.meeting(&reach).filter(counts);
    let (distance_m, (a, b)) = near
        .map(|&((a, b), _)| (segment_distance_m(end, (a, b)), if a < b { (a, b) } else { (b, a) }))
        .min_by(|one, two| one.0.total_cmp(&two.0).then(one.1.cmp(&two.1)))?;
    if distance_m <= TOUCHES_M || distance_m > tolerance_m {
        return None;
    }
    Some((end, foot(end, (a, b))))
}

/// Just past the point of the segment nearest to `p`.
fn foot(p: LatticePoint, (a, b): Segment) -> LatticePoint {
    let (east_m, north_m) = metres_per_unit(p.y_e7);
    let plane = |q: LatticePoint| ((q.x() - p.x()) as f64 * east_m, (q.y() - p.y()) as f64 * north_m);
    let ((ax, ay), (bx, by)) = (plane(a), plane(b));
    let (dx, dy) = (bx - ax, by - ay);
    let length_2 = dx * dx + dy * dy;
    let t = if length_2 > 0.0 { -(ax * dx + ay * dy) / length_2 } else { 0.0 };
    if t <= 0.0 {
        return a;
    }
    if t >= 1.0 {
        return b;
    }
    let (x, y) = ((ax + t * dx) / east_m, (ay + t * dy) / north_m);
    let past = 1.0 + PAST_UNITS / x.hypot(y).max(1.0);
    LatticePoint::new((f64::from(p.x_e7) + x * past).round() as i32, (f64::from(p.y_e7) + y * past).round() as i32)
}

/// The box, larger by this many metres on each side.
fn grown(envelope: Envelope, by_m: f64) -> Envelope {
    let (east_0, north) = metres_per_unit(envelope.min.y_e7);
    let (east_1, _) = metres_per_unit(envelope.max.y_e7);
    let dx = (by_m / east_0.min(east_1).max(north / 100.0)).ceil().min(1e9) as i32;
    let dy = (by_m / north).ceil().min(1e9) as i32;
    let (min, max) = (envelope.min, envelope.max);
    Envelope {
        min: LatticePoint::new(min.x_e7.saturating_sub(dx), min.y_e7.saturating_sub(dy)),
        max: LatticePoint::new(max.x_e7.saturating_add(dx), max.y_e7.saturating_add(dy)),
    }
}
