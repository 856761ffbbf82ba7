//! The hand-drawn bones of the town: outline, waters, railway and the named main streets.
//!
//! In: the seed, which moves the control places a little. Out: a subdivision into superblocks, river reaches and railway pieces.

use super::dice::Dice;
use super::mesh::Mesh;
use super::plane::{Lattice, Place, beside, encloses, place, smooth, to_segment_m};

/// Class of a street, widest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// 主干道.
    Arterial,
    /// 次干道.
    Secondary,
    /// 支路.
    Local,
    /// 巷.
    Lane,
}

impl Class {
    /// The word in the `class` field.
    pub fn word(self) -> &'static str {
        match self {
            Class::Arterial => "arterial",
            Class::Secondary => "secondary",
            Class::Local => "local",
            Class::Lane => "lane",
        }
    }
    /// Metres from the centreline to where a building may stand.
    pub fn setback_m(self) -> f64 {
        match self {
            Class::Arterial => 21.0,
            Class::Secondary => 14.0,
            Class::Local => 8.0,
            Class::Lane => 2.0,
        }
    }
}

/// A street with a name.
pub struct Street {
    /// Name.
    pub name: String,
    /// Class.
    pub class: Class,
    /// Its lines, in the order drawn: house numbers run along them.
    pub lines: Vec<Vec<Place>>,
}

/// What a face of the skeleton is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    /// To be built on.
    Land,
    /// A reach of the river.
    Water,
    /// A piece of the railway.
    Rail,
    /// Part of the islet.
    Islet,
}

/// Name of the river through the town.
pub const RIVER: &str = "澄浦河";
/// Name of the great river along the southern limit.
pub const GREAT_RIVER: &str = "沄江";
/// Name of the railway.
pub const RAILWAY: &str = "云沔铁路";

/// The skeleton: the subdivision so far, and what is known of it.
pub struct Skeleton {
    /// The subdivision.
    pub mesh: Mesh,
    /// Streets by id.
    pub streets: Vec<Street>,
    /// What each face is.
    pub ground: Vec<Ground>,
    /// Nodes of the outlines before anything was cut, to compare areas with: the district and the islet.
    pub outlines: Vec<Vec<Place>>,
}

/// Control places of a line: metres east and north.
type Control = &'static [(f64, f64)];

const WEST: &[(f64, f64)] = &[
    (-60.0, 330.0),
    (20.0, 560.0),
    (-10.0, 800.0),
    (90.0, 1050.0),
    (60.0, 1300.0),
    (150.0, 1480.0),
    (210.0, 1660.0),
    (330.0, 1850.0),
];
const NORTH: &[(f64, f64)] = &[
    (330.0, 1850.0),
    (520.0, 1900.0),
    (730.0, 1985.0),
    (960.0, 1975.0),
    (1200.0, 1900.0),
    (1480.0, 1910.0),
    (1750.0, 2030.0),
    (2060.0, 2040.0),
    (2300.0, 1930.0),
    (2560.0, 1700.0),
];
const EAST: &[(f64, f64)] = &[
    (2560.0, 1700.0),
    (2600.0, 1480.0),
    (2540.0, 1300.0),
    (2420.0, 1130.0),
    (2400.0, 930.0),
    (2450.0, 720.0),
    (2400.0, 560.0),
    (2470.0, 400.0),
];
const BANK: &[(f64, f64)] = &[
    (2470.0, 400.0),
    (2240.0, 225.0),
    (1940.0, 120.0),
    (1600.0, 50.0),
    (1270.0, 35.0),
    (930.0, 75.0),
    (620.0, 150.0),
    (330.0, 235.0),
    (130.0, 285.0),
    (-60.0, 330.0),
];
const ISLET: &[(f64, f64)] = &[
    (1700.0, -175.0),
    (1820.0, -160.0),
    (1960.0, -118.0),
    (2070.0, -62.0),
    (2110.0, -20.0),
    (2075.0, 2.0),
    (1985.0, -22.0),
    (1880.0, -62.0),
    (1770.0, -105.0),
    (1690.0, -145.0),
];
const RIVER_LINE: &[(f64, f64)] = &[
    (800.0, 2080.0),
    (835.0, 1900.0),
    (920.0, 1720.0),
    (1090.0, 1560.0),
    (1170.0, 1390.0),
    (1120.0, 1200.0),
    (970.0, 1040.0),
    (890.0, 870.0),
    (930.0, 680.0),
    (1060.0, 510.0),
    (1120.0, 330.0),
    (1090.0, 160.0),
    (1060.0, -40.0),
];
const RAIL_LINE: &[(f64, f64)] = &[
    (-120.0, 1395.0),
    (200.0, 1470.0),
    (560.0, 1590.0),
    (950.0, 1665.0),
    (1350.0, 1650.0),
    (1740.0, 1560.0),
    (2120.0, 1420.0),
    (2480.0, 1210.0),
    (2700.0, 1060.0),
];

/// Main streets: name, class, control places. Each starts and ends outside the district or beyond the street it ends at.
#[rustfmt::skip]
const MAIN: &[(&str, Class, Control)] = &[
    ("澄江大道", Class::Arterial, &[(-100.0, 960.0), (330.0, 1050.0), (700.0, 1130.0), (1080.0, 1120.0), (1500.0, 1060.0), (1950.0, 990.0), (2700.0, 1050.0)]),
    ("建设大道", Class::Arterial, &[(1440.0, -80.0), (1470.0, 320.0), (1545.0, 700.0), (1530.0, 1070.0), (1590.0, 1400.0), (1660.0, 1700.0), (1610.0, 2150.0)]),
    ("栗山大道", Class::Arterial, &[(400.0, 20.0), (430.0, 420.0), (530.0, 760.0), (510.0, 1090.0), (420.0, 1400.0), (460.0, 1700.0), (560.0, 2120.0)]),
    ("沿江大道", Class::Arterial, &[(-220.0, 445.0), (80.0, 375.0), (330.0, 315.0), (640.0, 228.0), (940.0, 152.0), (1270.0, 112.0), (1600.0, 130.0), (1930.0, 200.0), (2220.0, 315.0), (2600.0, 560.0)]),
    ("人民路", Class::Secondary, &[(-150.0, 700.0), (280.0, 680.0), (510.0, 640.0), (920.0, 690.0), (1220.0, 640.0), (1530.0, 580.0), (2020.0, 640.0), (2700.0, 620.0)]),
    ("文昌路", Class::Secondary, &[(2080.0, -20.0), (2030.0, 330.0), (2110.0, 700.0), (2020.0, 1020.0), (1960.0, 1300.0), (2080.0, 1600.0), (2130.0, 1850.0), (2090.0, 2150.0)]),
    ("车站北路", Class::Secondary, &[(-60.0, 1660.0), (250.0, 1690.0), (470.0, 1745.0), (880.0, 1810.0), (1250.0, 1765.0), (1640.0, 1735.0), (2070.0, 1650.0), (2750.0, 1600.0)]),
    ("朝阳路", Class::Secondary, &[(380.0, 1325.0), (700.0, 1385.0), (900.0, 1400.0), (1160.0, 1375.0), (1400.0, 1325.0), (1600.0, 1310.0), (2000.0, 1230.0), (2700.0, 960.0)]),
    ("解放路", Class::Secondary, &[(1215.0, 85.0), (1270.0, 380.0), (1240.0, 640.0), (1290.0, 880.0), (1255.0, 1180.0)]),
    ("学府路", Class::Secondary, &[(720.0, 180.0), (790.0, 450.0), (725.0, 680.0), (690.0, 900.0), (735.0, 1130.0), (650.0, 1385.0), (760.0, 1840.0)]),
    ("云桥路", Class::Local, &[(490.0, 920.0), (720.0, 905.0), (890.0, 880.0), (1280.0, 860.0), (1580.0, 800.0)]),
    ("南埠街", Class::Local, &[(745.0, 500.0), (900.0, 470.0), (1085.0, 420.0), (1265.0, 370.0), (1490.0, 355.0)]),
    ("江湾路", Class::Local, &[(1440.0, 420.0), (1720.0, 385.0), (2040.0, 470.0), (2600.0, 520.0)]),
    ("栗西路", Class::Local, &[(190.0, 320.0), (260.0, 500.0), (310.0, 700.0)]),
    ("纱厂路", Class::Local, &[(215.0, 660.0), (240.0, 830.0), (275.0, 1050.0), (250.0, 1260.0), (290.0, 1540.0)]),
    ("铁北街", Class::Local, &[(1300.0, 1740.0), (1340.0, 1980.0)]),
    ("新村路", Class::Local, &[(205.0, 775.0), (330.0, 752.0), (430.0, 790.0), (452.0, 880.0), (430.0, 970.0), (335.0, 1002.0), (215.0, 985.0)]),
    ("棉纺路", Class::Local, &[(440.0, 880.0), (560.0, 862.0)]),
    ("站前大道", Class::Secondary, &[(1290.0, 1680.0), (1350.0, 1480.0), (1430.0, 1290.0), (1440.0, 1020.0)]),
    ("澄园路", Class::Local, &[(1290.0, 1400.0), (1280.0, 1230.0), (1230.0, 1060.0)]),
    ("金桂路", Class::Local, &[(1500.0, 660.0), (1680.0, 770.0), (1860.0, 850.0), (2110.0, 830.0)]),
    ("桂园街", Class::Local, &[(1820.0, 130.0), (1780.0, 420.0), (1800.0, 620.0), (1740.0, 800.0), (1800.0, 1040.0), (1780.0, 1310.0)]),
    ("东城路", Class::Local, &[(2040.0, 880.0), (2250.0, 850.0), (2600.0, 860.0)]),
    ("云平街", Class::Local, &[(1800.0, 1270.0), (1860.0, 1420.0), (1870.0, 1570.0)]),
];

/// Whether an edge of the limit lies on the bank of the great river.
pub fn on_south_bank(a: Lattice, b: Lattice) -> bool {
    let bank = smooth(&places(BANK), 45.0);
    let middle = a.place().plus(b.place()).times(0.5);
    bank.windows(2).any(|w| to_segment_m(middle, w[0], w[1]) < 0.5)
}

fn moved(control: &[(f64, f64)], dice: &mut Dice, by_m: f64) -> Vec<Place> {
    control
        .iter()
        .map(|&(east_m, north_m)| place(east_m + dice.between(-by_m, by_m), north_m + dice.between(-by_m, by_m)))
        .collect()
}

fn places(control: &[(f64, f64)]) -> Vec<Place> {
    control.iter().map(|&(east_m, north_m)| place(east_m, north_m)).collect()
}

/// Draws the skeleton for a seed.
pub fn draw(seed: u64) -> Skeleton {
    let mut mesh = Mesh::default();
    // The limits: each side is smoothed alone, so that the corners stay corners.
    let mut limit: Vec<Place> = Vec::new();
    for side in [WEST, NORTH, EAST, BANK] {
        let mut line = smooth(&places(side), 45.0);
        line.pop();
        limit.extend(line);
    }
    limit.reverse();
    let mut islet_control = places(ISLET);
    islet_control.push(islet_control[0]);
    let mut islet = smooth(&islet_control, 28.0);
    islet.pop();
    mesh.outline(&limit);
    mesh.outline(&islet);
    let mut scope = vec![0];

    let mut dice = Dice::of(seed, "river", 0);
    let river = smooth(&moved(RIVER_LINE, &mut dice, 6.0), 26.0);
    let widths: Vec<f64> =
        (0..river.len()).map(|i| 24.0 + 10.0 * (i as f64 / river.len() as f64) + dice.between(-2.0, 2.0)).collect();
    let (left, right) = (beside(&river, |i| widths[i]), beside(&river, |i| -widths[i]));
    mesh.cut(&left, &mut scope, 1.0, None);
    mesh.cut(&right, &mut scope, 1.0, None);
    let rail = smooth(&moved(RAIL_LINE, &mut Dice::of(seed, "railway", 0), 8.0), 40.0);
    // The railway widens to the station yard between two places.
    let yard = |i: usize| {
        let east_m = rail[i].east_m;
        let toward = ((east_m - 1180.0) / 140.0).clamp(0.0, 1.0).min(((1610.0 - east_m) / 120.0).clamp(0.0, 1.0));
        toward * toward * (3.0 - 2.0 * toward)
    };
    let (north, south) = (beside(&rail, |i| 15.0 + 17.0 * yard(i)), beside(&rail, |i| -15.0 - 10.0 * yard(i)));
    mesh.cut(&north, &mut scope, 1.0, None);
    mesh.cut(&south, &mut scope, 1.0, None);

    let mut streets: Vec<Street> = Vec::new();
    for (number, &(name, class, control)) in MAIN.iter().enumerate() {
        let line = smooth(&moved(control, &mut Dice::of(seed, "main street", number as u64), 9.0), 42.0);
        mesh.cut(&line, &mut scope, 5.0, Some(streets.len() as u16));
        streets.push(Street { name: name.into(), class, lines: vec![line] });
    }

    let strip = |one: &[Place], other: &[Place]| -> Vec<Place> {
        one.iter().copied().chain(other.iter().rev().copied()).collect()
    };
    let (water, track) = (strip(&left, &right), strip(&north, &south));
    let ground = (0..mesh.faces.len() as u32)
        .map(|face| {
            let at = mesh.inner(face);
            if encloses(&track, at) {
                Ground::Rail
            } else if encloses(&water, at) {
                Ground::Water
            } else if encloses(&islet, at) {
                Ground::Islet
            } else {
                Ground::Land
            }
        })
        .collect();
    Skeleton { mesh, streets, ground, outlines: vec![limit, islet] }
}
