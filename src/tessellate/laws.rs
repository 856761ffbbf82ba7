//! What holds of any town, however wild: random lines, boxes and triangles at any scale.

use proptest::prelude::*;

use super::tests::Plot;
use super::*;
use crate::geom::{LatticePoint, Polygon, Ring};

/// A town drawn on a small board, so that much of it meets by chance.
#[derive(Debug, Clone)]
struct Board {
    plot: Plot,
    settings: Settings,
}

type Spot = (i32, i32);

fn spot() -> impl Strategy<Value = Spot> {
    prop_oneof![((-2..23_i32), (-2..23_i32)).prop_map(|(x, y)| (x * 10, y * 10)), (-20..230_i32, -20..230_i32)]
}

fn shape(points: &[Spot], put: impl Fn(Spot) -> LatticePoint) -> MultiPolygon {
    let exterior = Ring::new(points.iter().copied().map(put).collect());
    MultiPolygon(vec![Polygon { exterior, holes: vec![] }])
}

fn box_at(x: i32, y: i32, width: i32, height: i32) -> Vec<Spot> {
    vec![(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
}

fn outline() -> impl Strategy<Value = Vec<Spot>> {
    prop_oneof![
        4 => (spot(), 0..40_i32, 0..40_i32).prop_map(|((x, y), width, height)| box_at(x, y, width, height)),
        2 => prop::collection::vec(spot(), 3..5),
        1 => prop::collection::vec(spot(), 0..8),
    ]
}

fn kind() -> impl Strategy<Value = AtomKind> {
    prop_oneof![Just(AtomKind::Green), Just(AtomKind::Water), Just(AtomKind::Open)]
}

fn board() -> impl Strategy<Value = Board> {
    let class = (0..LineClass::ALL.len()).prop_map(|i| LineClass::ALL[i]);
    let place = prop_oneof![
        Just((1, 0, 0)),
        Just((90, 0, 0)),
        Just((90, 1_120_000_000, 300_000_000)),
        Just((3_000, -700_000_000, -600_000_000)),
        Just((1_000_000, 0, 0)),
        Just((7_000_000, -720_000_000, -720_000_000)),
    ];
    let lines = prop::collection::vec((class, prop::collection::vec(spot(), 0..6)), 0..8);
    let houses = prop::collection::vec((outline(), prop::bool::weighted(0.7)), 0..10);
    let grounds = prop::collection::vec((outline(), kind()), 0..3);
    (place, 1..3_usize, lines, houses, grounds, prop::bool::ANY).prop_map(
        |((scale, x, y), units, lines, houses, grounds, thin)| {
            let put = |(px, py): Spot| LatticePoint::new(x + px * scale, y + py * scale);
            let all = [box_at(0, 0, 100, 200), box_at(100, 0, 80, 150)];
            let plot = Plot {
                units: all[..units].iter().map(|points| shape(points, put)).collect(),
                lines: lines
                    .into_iter()
                    .map(|(class, points)| Line { class, name: None, points: points.into_iter().map(put).collect() })
                    .collect(),
                houses: houses.into_iter().map(|(points, lives)| (shape(&points, put), lives)).collect(),
                grounds: grounds.into_iter().map(|(points, kind)| (shape(&points, put), kind)).collect(),
            };
            let mut settings = Settings {
                least_ground_m2: f64::from(scale) / 10.0,
                spacing_m: f64::from(scale).max(90.0) / 90.0,
                ..Settings::default()
            };
            if !thin {
                settings.thin_m = 0.0;
                settings.dividing.insert(LineClass::Path);
            }
            Board { plot, settings }
        },
    )
}

/// The same work on so many threads.
fn on_threads(count: usize, board: &Board) -> Result<Tessellation, TessellateError> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(count).build().unwrap();
    pool.install(|| board.plot.cut_with(&board.settings))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn any_town_is_tiled_exactly_and_no_cell_crosses_a_line(board in board()) {
        match board.plot.cut_with(&board.settings) {
            Ok(made) => board.plot.check(&board.settings, &made),
            Err(error) => prop_assert!(false, "{}", error),
        }
    }

    #[test]
    fn one_thread_and_two_give_the_same_bytes(board in board()) {
        prop_assert_eq!(on_threads(1, &board), on_threads(2, &board));
    }
}
