//! Looking points up, wherever the tiles lie: on the heap or in the bytes of a file.

use super::frame::{Frame, Place, Shape};
use super::record::{self, CellWord, Spot, Word, word};
use super::refusal::face_of;
use super::{Owner, Resolution};
use crate::geom::{LatticePoint, metres_per_unit, segment_distance_2_m2};

/// Points that are under way together in a batch. While one waits for memory the others go on: a lookup is two reads that
/// miss the cache and little else.
const GROUP: usize = 64;
/// A record's second cache line, in words; what lies beyond follows in order, and the processor reads ahead.
const LINE_WORDS: usize = 15;

/// Something that holds a directory and its tiles.
pub(super) trait Source {
    fn frame(&self) -> &Frame;
    /// Division and words of a tile; `None` beyond the last.
    fn tile(&self, at: usize) -> Option<(Shape, &[Word])>;
}

/// The word of the cell of a place.
#[inline]
fn cell_at(frame: &Frame, shape: Shape, words: &[Word], place: Place) -> Option<u32> {
    record::cell(words, shape, place.x >> (frame.bits - shape.column_bits), place.y >> (frame.bits - shape.row_bits))
}

/// The owner of a point; `None` outside all faces.
#[inline]
pub(super) fn locate(source: &impl Source, p: LatticePoint) -> Option<Owner> {
    let frame = source.frame();
    let place = frame.place(p)?;
    let (shape, words) = source.tile(place.tile)?;
    match CellWord::of(cell_at(frame, shape, words, place)?) {
        CellWord::Label(label) => face_of(label).map(|face| Owner { face, resolution: Resolution::Interior }),
        CellWord::Record(at) => by_record(frame, shape, words.get(at..)?, place, p),
    }
}

#[inline]
fn by_record(frame: &Frame, shape: Shape, words: &[Word], place: Place, p: LatticePoint) -> Option<Owner> {
    let spot = Spot {
        p,
        x: place.x & ((1 << (frame.bits - shape.column_bits)) - 1),
        y: place.y & ((1 << (frame.bits - shape.row_bits)) - 1),
    };
    let verdict = record::decide(words, spot)?;
    match (face_of(verdict.label), verdict.on_border) {
        (Some(face), false) => Some(Owner { face, resolution: Resolution::Interior }),
        (Some(face), true) => Some(Owner { face, resolution: Resolution::EdgeTie }),
        (None, false) => None,
        (None, true) => {
            let corner = (p.x() - i64::from(spot.x), p.y() - i64::from(spot.y));
            let face = face_of(record::on_the_rim(words, corner, spot)?)?;
            Some(Owner { face, resolution: Resolution::EdgeTie })
        }
    }
}

/// The owners of many points, in their order.
///
/// # Panics
/// When there are not as many answers as points.
pub(super) fn locate_batch(source: &impl Source, points: &[LatticePoint], answers: &mut [Option<Owner>]) {
    assert_eq!(points.len(), answers.len(), "one answer for each point");
    let frame = source.frame();
    let mut places = [Place { tile: 0, x: 0, y: 0 }; GROUP];
    let mut cells = [0_u32; GROUP];
    for (points, answers) in points.chunks(GROUP).zip(answers.chunks_mut(GROUP)) {
        // the word of each cell: reads that do not wait for each other, with nothing between them to guess
        for ((&p, place), cell) in points.iter().zip(&mut places).zip(&mut cells) {
            *cell = 0;
            let Some(at) = frame.place(p) else { continue };
            let Some((shape, words)) = source.tile(at.tile) else { continue };
            *place = at;
            *cell = cell_at(frame, shape, words, at).unwrap_or(0);
        }
        // the first lines of each record, so that they are near when their turn comes
        let mut seen = 0;
        for (place, &cell) in places.iter().zip(&cells).take(points.len()) {
            if let Some((_, words)) = source.tile(place.tile) {
                let at = record::record_or_start(cell);
                seen ^= word(words, at).unwrap_or(0) ^ word(words, at + LINE_WORDS).unwrap_or(0);
            }
        }
        std::hint::black_box(seen);
        for (((&p, answer), &place), &cell) in points.iter().zip(answers).zip(&places).zip(&cells) {
            *answer = match CellWord::of(cell) {
                CellWord::Label(label) => face_of(label).map(|face| Owner { face, resolution: Resolution::Interior }),
                CellWord::Record(at) => source
                    .tile(place.tile)
                    .and_then(|(shape, words)| by_record(frame, shape, words.get(at..)?, place, p)),
            };
        }
    }
}

/// Metres from a point to the nearest border, in the plane tangent at the point; `None` where there is no border. Cells
/// around the point are looked at, in boxes twice as wide each time.
pub(super) fn edge_distance_m(source: &impl Source, p: LatticePoint) -> Option<f64> {
    let frame = source.frame();
    let scale = metres_per_unit(p.y_e7);
    let shape = frame.place(p).and_then(|place| source.tile(place.tile)).map(|(shape, _)| shape).unwrap_or_default();
    let mut half = 1_i64 << (frame.bits - shape.row_bits);
    let mut best_m2 = f64::INFINITY;
    loop {
        let (min, max) = ((p.x() - half, p.y() - half), (p.x() + half, p.y() + half));
        let [c0, c1, r0, r1] = frame.span(min, max).unwrap_or([1, 0, 1, 0]);
        for row in r0..=r1 {
            for column in c0..=c1 {
                let origin = frame.origin(column, row);
                if let Some((shape, words)) = source.tile(row * frame.columns as usize + column) {
                    let tile = (frame, shape, words, origin);
                    best_m2 = best_m2.min(nearest_in_tile(tile, (min, max), p, scale));
                }
            }
        }
        let side = i64::from(frame.columns.max(frame.rows)) << frame.bits;
        let (west, south) = (frame.west_e7, frame.south_e7);
        let all = min.0 <= west && min.1 <= south && max.0 >= west + side && max.1 >= south + side;
        if best_m2.sqrt() <= half as f64 * scale.0.min(scale.1) || all {
            return best_m2.is_finite().then(|| best_m2.sqrt());
        }
        half *= 2;
    }
}

/// The square of the distance to the nearest border in the cells of a tile that meet a box.
fn nearest_in_tile(
    (frame, shape, words, origin): (&Frame, Shape, &[Word], (i64, i64)),
    (min, max): ((i64, i64), (i64, i64)),
    p: LatticePoint,
    scale: (f64, f64),
) -> f64 {
    let mut best_m2 = f64::INFINITY;
    let (sx, sy) = (frame.bits - shape.column_bits, frame.bits - shape.row_bits);
    let last = (1_i64 << frame.bits) - 1;
    let at = |n: i64, from: i64, shift: u32| ((n - from).clamp(0, last) >> shift) as u32;
    for row in at(min.1, origin.1, sy)..=at(max.1, origin.1, sy) {
        for column in at(min.0, origin.0, sx)..=at(max.0, origin.0, sx) {
            let cell = record::cell(words, shape, column, row).unwrap_or(0);
            let CellWord::Record(start) = CellWord::of(cell) else { continue };
            let corner = (origin.0 + (i64::from(column) << sx), origin.1 + (i64::from(row) << sy));
            let each = |edge: record::Stored| {
                best_m2 = best_m2.min(segment_distance_2_m2(p, (edge.a, edge.b), scale));
            };
            // what is damaged ends the record, not the search
            let _ = record::walk(words.get(start..).unwrap_or_default(), corner, each, |_| {});
        }
    }
    best_m2
}
