//! Blocks too thin to stand alone are joined to a neighbour.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::blocks::SPEAKS_M2;
use super::faces::{Doors, Sets, chain_mm};
use super::{Finding, FindingKind};
use crate::atom::LineClass;
use crate::geom::{area_m2, label_point};
use crate::topology::Plane;

/// A thin block is joined to a neighbour along at least one part in so many of its rim, where there is one.
const LEAST_RIM_PART: u64 = 10;

/// The length of border of a zone with each neighbour, by what runs along it.
type Borders = BTreeMap<(u32, Reverse<Option<LineClass>>), u64>;

/// Brings blocks without houses that are too thin, or nothing but the rest of a footprint, to a neighbour.
#[expect(clippy::too_many_arguments, reason = "one step of `blocks`, over what it has gathered")]
pub(super) fn join_thin(
    plane: &Plane,
    doors: &Doors,
    areas: &[i128],
    classes: &[Option<LineClass>],
    unit: &[Option<u32>],
    thin_m: f64,
    m2: &dyn Fn(i128) -> f64,
    candidates: Vec<(u32, bool)>,
    zones: &mut Sets,
    findings: &mut Vec<Finding>,
) {
    let count = areas.len();
    let mut candidate = vec![None; count];
    for (zone, left_over) in candidates {
        candidate[zone as usize] = Some(left_over);
    }
    let mut faces: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    let mut area: BTreeMap<u32, i128> = BTreeMap::new();
    for face in 0..count as u32 {
        let zone = zones.of(face);
        if candidate[zone as usize].is_some() {
            faces.entry(zone).or_default().push(face);
            *area.entry(zone).or_default() += areas[face as usize];
        }
    }
    // by zone: its neighbours, and the length of border by class; the rim in all
    let mut rims: BTreeMap<u32, (u64, Borders)> = BTreeMap::new();
    for (chain, &(left, right)) in plane.sides.iter().enumerate() {
        let (one, two) = (zones.of(left), zones.of(right));
        if one == two {
            continue;
        }
        for (zone, other) in [(one, two), (two, one)] {
            if candidate[zone as usize].is_none() || unit[zone as usize].is_none() {
                continue;
            }
            let mm = chain_mm(&plane.chains[chain].points);
            let rim = rims.entry(zone).or_default();
            rim.0 += mm;
            if unit[other as usize] == unit[zone as usize] {
                *rim.1.entry((other, Reverse(classes[chain]))).or_default() += mm;
            }
        }
    }
    let mut order: Vec<(i128, u32)> = area.iter().map(|(&zone, &area)| (area, zone)).collect();
    order.sort_unstable();
    for (area_2, zone) in order {
        let Some((around_mm, neighbours)) = rims.get(&zone) else { continue };
        let left_over = candidate[zone as usize] == Some(true);
        let width_m = 2.0 * m2(area_2) / (*around_mm as f64 / 1000.0).max(1e-3);
        if width_m > thin_m && !left_over {
            continue;
        }
        // no line at all is best, then what divides least
        let own = zones.of(zone);
        let apart: Vec<_> = neighbours.iter().filter(|((other, _), _)| zones.of(*other) != own).collect();
        let weigh = |least_mm: u64| {
            let among = apart.iter().filter(|&&(_, &mm)| mm >= least_mm);
            among
                .map(|&(&(other, Reverse(class)), &mm)| (class.is_none(), class, mm, Reverse(other)))
                .filter(|&(none, ..)| none || width_m <= thin_m)
                .max()
        };
        let Some((none, _, _, Reverse(other))) = weigh(around_mm / LEAST_RIM_PART).or_else(|| weigh(0)) else {
            continue;
        };
        if !none {
            let shape = doors.outline(plane, &faces[&zone]);
            let area_m2 = area_m2(&shape);
            if let Some(at) = label_point(&shape).filter(|_| area_m2 >= SPEAKS_M2) {
                findings.push(Finding {
                    kind: FindingKind::ThinBlockJoined,
                    at,
                    shape: Some(shape),
                    area_m2,
                    codes: vec![],
                });
            }
        }
        zones.join(zone, other);
    }
}
