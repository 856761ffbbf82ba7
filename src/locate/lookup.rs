//! Looking points up, wherever the tiles lie: on the heap or in the bytes of a file.

use super::frame::{Frame, Shape};
use super::record::{self, Spot, Stored, Verdict, Word};
use super::refusal::{Label, face_of};
use super::slot::{self, Line, Said, Special};
use super::{Owner, Resolution};
use crate::geom::{LatticePoint, metres_per_unit, on_segment, segment_distance_2_m2};

/// Points that are under way together in a batch. While one waits for memory the others go on: a lookup is a read that
/// misses the cache and little else.
const GROUP: usize = 64;

/// Something that holds a directory and its tiles.
pub(super) trait Source {
    fn frame(&self) -> &Frame;
    /// Division and lines of a tile; `None` beyond the last.
    fn tile(&self, at: usize) -> Option<(Shape, &[Line])>;
}

/// A point on its way to an answer: its tile, its cell, and its place in the cell.
#[derive(Clone, Copy)]
struct Asked<'a> {
    tile: &'a [Line],
    line: &'a Line,
    cell: u32,
    x: u32,
    y: u32,
}

const OUTSIDE: Asked = Asked { tile: &[], line: &slot::NOBODY, cell: 0, x: 0, y: 0 };

/// `None` outside all tiles.
#[inline]
fn ask<'a>(source: &'a impl Source, frame: &Frame, p: LatticePoint) -> Option<Asked<'a>> {
    let place = frame.place(p)?;
    let (shape, tile) = source.tile(place.tile)?;
    let (cell, x, y) = shape.cell(frame.bits, place);
    Some(Asked { tile, line: tile.get(cell)?, cell: cell as u32, x, y })
}

/// The owner of a point; `None` outside all faces.
#[inline]
pub(super) fn locate(source: &impl Source, p: LatticePoint) -> Option<Owner> {
    let asked = ask(source, source.frame(), p)?;
    let said = slot::decide(asked.line, asked.x, asked.y);
    if said.is_special() { follow(asked, said, p) } else { interior(said.label()) }
}

#[inline]
fn interior(label: Label) -> Option<Owner> {
    face_of(label).map(|face| Owner { face, resolution: Resolution::Interior })
}

/// The words of a tile from one on.
fn words(tile: &[Line], at: usize) -> Option<&[Word]> {
    tile.as_flattened().as_chunks().0.get(at..)
}

/// The owner of a point of which the line of its cell does not say all.
#[inline(never)]
fn follow(asked: Asked, mut said: Said, p: LatticePoint) -> Option<Owner> {
    let Asked { tile, cell, x, y, .. } = asked;
    let (spot, mut at) = (Spot { p, x, y }, cell as usize);
    loop {
        match said.special() {
            None => return interior(said.label()),
            // always a later one, so that this ends whatever the bytes are
            Some(Special::Further(next)) if next > at => {
                said = slot::decide(tile.get(next)?, x, y);
                at = next;
            }
            Some(Special::Further(_)) => return None,
            Some(Special::Touched) => return settled(slot::decide_touching(tile, cell as usize, spot)?, asked, spot),
            Some(Special::Record(at)) => return settled(record::decide(words(tile, at)?, spot)?, asked, spot),
        }
    }
}

fn settled(verdict: Verdict, asked: Asked, spot: Spot) -> Option<Owner> {
    match (face_of(verdict.label), verdict.on_border) {
        (Some(face), false) => Some(Owner { face, resolution: Resolution::Interior }),
        (Some(face), true) => Some(Owner { face, resolution: Resolution::EdgeTie }),
        (None, false) => None,
        (None, true) => on_the_rim(asked.tile, asked.cell as usize, spot),
    }
}

/// The owner of a point that lies on a border and, by the tie rule, in no face.
fn on_the_rim(tile: &[Line], cell: usize, spot: Spot) -> Option<Owner> {
    let p = spot.p;
    let corner = (p.x() - i64::from(spot.x), p.y() - i64::from(spot.y));
    let mut touching: Vec<Stored> = Vec::new();
    let each = |edge: Stored| touching.extend(on_segment(p, (edge.a, edge.b)).then_some(edge));
    let north = match walk(tile, cell, corner, each)? {
        Some(at) => record::first_off(words(tile, at)?, corner, spot),
        None => slot::first_off(tile, cell, spot),
    };
    let face = face_of(record::on_the_rim(p, &touching, north?)?)?;
    Some(Owner { face, resolution: Resolution::EdgeTie })
}

/// Calls `each` with every edge of a cell with this corner, and says where its record begins when it has one. `None` for a
/// damaged tile.
#[expect(clippy::option_option, reason = "damaged, without a record, with one")]
fn walk(tile: &[Line], cell: usize, corner: (i64, i64), mut each: impl FnMut(Stored)) -> Option<Option<usize>> {
    let record = slot::walk(tile, cell, corner, &mut each)?;
    if let Some(at) = record {
        record::walk(words(tile, at)?, corner, each)?;
    }
    Some(record)
}

/// The owners of many points, in their order.
///
/// # Panics
/// When there are not as many answers as points.
pub(super) fn locate_batch(source: &impl Source, points: &[LatticePoint], answers: &mut [Option<Owner>]) {
    assert_eq!(points.len(), answers.len(), "one answer for each point");
    let frame = source.frame();
    let mut asked = [OUTSIDE; GROUP];
    let mut later = [(0_u8, Said::default()); GROUP];
    for (points, answers) in points.chunks(GROUP).zip(answers.chunks_mut(GROUP)) {
        for (&p, asked) in points.iter().zip(&mut asked) {
            *asked = ask(source, frame, p).unwrap_or(OUTSIDE);
        }
        // the line of each cell: reads that do not wait for each other, and nothing else between them
        let mut seen = asked.iter().fold(0, |seen, asked| seen ^ asked.line[0]);
        // what needs more than its line waits until all others have their answers
        let mut waiting = 0;
        for (i, (answer, asked)) in answers.iter_mut().zip(&asked).enumerate() {
            let said = slot::decide(asked.line, asked.x, asked.y);
            later[waiting % GROUP] = (i as u8, said);
            waiting += usize::from(said.is_special());
            *answer = interior(said.label());
        }
        for (i, said) in &later[..waiting] {
            if let Some(Special::Further(next)) = said.special() {
                seen ^= asked[*i as usize].tile.get(next).map_or(0, |line| line[0]);
            }
        }
        std::hint::black_box(seen);
        for &(i, said) in &later[..waiting] {
            answers[i as usize] = follow(asked[i as usize], said, points[i as usize]);
        }
    }
}

/// Metres from a point to the nearest border, in the plane tangent at the point; `None` where there is no border. Cells
/// around the point are looked at, in boxes twice as wide each time.
pub(super) fn edge_distance_m(source: &impl Source, p: LatticePoint) -> Option<f64> {
    let frame = source.frame();
    let scale = metres_per_unit(p.y_e7);
    let tile = frame.place(p).and_then(|place| source.tile(place.tile));
    let mut half = tile.map_or(1 << frame.bits, |(shape, _)| i64::from(shape.cell));
    let mut best_m2 = f64::INFINITY;
    // what lies wholly in the box before was looked at
    let mut seen = -1;
    loop {
        let (min, max) = ((p.x() - half, p.y() - half), (p.x() + half, p.y() + half));
        let [c0, c1, r0, r1] = frame.span(min, max).unwrap_or([1, 0, 1, 0]);
        for row in r0..=r1 {
            for column in c0..=c1 {
                let origin = frame.origin(column, row);
                if let Some((shape, lines)) = source.tile(row * frame.columns as usize + column) {
                    let tile = (frame, shape, lines, origin);
                    best_m2 = nearest_in_tile(tile, (min, max), seen, p, scale, best_m2);
                }
            }
        }
        let side = i64::from(frame.columns.max(frame.rows)) << frame.bits;
        let (west, south) = (frame.west_e7, frame.south_e7);
        let all = min.0 <= west && min.1 <= south && max.0 >= west + side && max.1 >= south + side;
        if best_m2.sqrt() <= half as f64 * scale.0.min(scale.1) || all {
            return best_m2.is_finite().then(|| best_m2.sqrt());
        }
        (seen, half) = (half, half * 2);
    }
}

/// The square of the distance to the nearest border in the cells of a tile that meet a box, but for those wholly within `seen` of the
/// point and those that are farther than the best before; that, where there is none nearer.
fn nearest_in_tile(
    (frame, shape, lines, origin): (&Frame, Shape, &[Line], (i64, i64)),
    (min, max): ((i64, i64), (i64, i64)),
    seen: i64,
    p: LatticePoint,
    scale: (f64, f64),
    mut best_m2: f64,
) -> f64 {
    let (last, cell) = ((1_i64 << frame.bits) - 1, i64::from(shape.cell));
    let at = |n: i64, from: i64| (n - from).clamp(0, last) / cell;
    for row in at(min.1, origin.1)..=at(max.1, origin.1) {
        for column in at(min.0, origin.0)..=at(max.0, origin.0) {
            let cell_at = row as usize * shape.columns as usize + column as usize;
            let corner = (origin.0 + column * cell, origin.1 + row * cell);
            let [west, south] = [corner.0 - p.x(), corner.1 - p.y()];
            let inside = west >= -seen && south >= -seen && west + cell <= seen && south + cell <= seen;
            // what lies between a point and a cell, on each axis
            let off = |low: i64, scale: f64| (low.max(-(low + cell)).max(0)) as f64 * scale;
            if inside || off(west, scale.0).powi(2) + off(south, scale.1).powi(2) >= best_m2 {
                continue;
            }
            let each = |edge: Stored| best_m2 = best_m2.min(segment_distance_2_m2(p, (edge.a, edge.b), scale));
            // what is damaged ends the record, not the search
            let _ = walk(lines, cell_at, corner, each);
        }
    }
    best_m2
}
