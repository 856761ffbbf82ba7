//! Puts buildings on lots and households in buildings.
//!
//! In: the lots. Out: buildings whose footprints keep clear of streets and lot lines.

use super::cutter::rectangle;
use super::dice::Dice;
use super::lots::{Lot, Town};
use super::plane::{Place, encloses, place, to_segment_m};
use super::zones::{JIANGWAN, JINGUI, Kind, ZHANQIAN};

/// A building.
pub struct Building {
    /// Index of its lot.
    pub lot: usize,
    /// Footprint, counter-clockwise.
    pub ring: Vec<Place>,
    /// Direction of its long side.
    pub along: Place,
    /// Length of its long side in metres.
    pub length_m: f64,
    /// Storeys.
    pub levels: i64,
    /// Stairs.
    pub units: i64,
    /// Homes.
    pub households: i64,
    /// The word in the `use` field.
    pub use_word: &'static str,
}

/// Households of the one tower over the band.
pub const OVERSIZE: i64 = 620;
/// Households of the one community that cannot be divided.
pub const INDIVISIBLE: i64 = 548;
/// Households on the islet.
pub const ISLET: i64 = 180;

struct Site {
    ring: Vec<Place>,
    sides: Vec<(Place, Place, f64)>,
    middle: Place,
    east: Place,
    taken: Vec<Vec<Place>>,
}

impl Site {
    fn of(town: &Town, lot: &Lot) -> Site {
        let ring = town.mesh.ring(lot.face);
        let packed = matches!(lot.kind, Kind::Lane | Kind::Village | Kind::Island);
        let sides = town
            .mesh
            .edges(lot.face)
            .map(|(a, b)| {
                let clear_m = match town.mesh.street_on(a, b) {
                    Some(street) => town.streets[street as usize].class.setback_m(),
                    None if town.mesh.left_of(b, a).is_none() => 6.0,
                    None if packed => 1.2,
                    None => 3.0,
                };
                (town.mesh.at(a), town.mesh.at(b), clear_m)
            })
            .collect();
        let (middle, axis, _, _) = rectangle(&ring);
        let mut east = if axis.east_m.abs() >= axis.north_m.abs() { axis } else { axis.left() };
        if east.east_m < 0.0 {
            east = east.times(-1.0);
        }
        Site { ring, sides, middle, east, taken: Vec::new() }
    }

    fn fits(&self, shape: &[Place], apart_m: f64) -> bool {
        let clear = |p: Place| {
            encloses(&self.ring, p) && self.sides.iter().all(|&(a, b, clear_m)| to_segment_m(p, a, b) >= clear_m)
        };
        if !(0..shape.len()).all(|i| {
            let (a, b) = (shape[i], shape[(i + 1) % shape.len()]);
            clear(a) && clear(a.plus(b).times(0.5))
        }) {
            return false;
        }
        if self.ring.iter().any(|&p| encloses(shape, p)) {
            return false;
        }
        self.taken.iter().all(|other| {
            !shape.iter().any(|&p| {
                encloses(other, p)
                    || (0..other.len()).any(|i| to_segment_m(p, other[i], other[(i + 1) % other.len()]) < apart_m)
            }) && !other.iter().any(|&p| {
                encloses(shape, p)
                    || (0..shape.len()).any(|i| to_segment_m(p, shape[i], shape[(i + 1) % shape.len()]) < apart_m)
            })
        })
    }

    /// Tries places for a footprint from the middle outwards.
    fn settle(&mut self, outline: &[(f64, f64)], along: Place, reach_m: f64, apart_m: f64) -> Option<Vec<Place>> {
        let step_m = (reach_m / 5.0).max(2.0);
        let mut tries: Vec<(i32, i32)> = (-5..=5).flat_map(|i| (-5..=5).map(move |j| (i, j))).collect();
        tries.sort_by_key(|&(i, j)| (i * i + j * j, i, j));
        for (i, j) in tries {
            let centre =
                self.middle.plus(along.times(f64::from(i) * step_m)).plus(along.left().times(f64::from(j) * step_m));
            let shape = drawn(outline, centre, along);
            if self.fits(&shape, apart_m) {
                self.taken.push(shape.clone());
                return Some(shape);
            }
        }
        None
    }
}

fn drawn(outline: &[(f64, f64)], centre: Place, along: Place) -> Vec<Place> {
    outline.iter().map(|&(u, v)| centre.plus(along.times(u)).plus(along.left().times(v))).collect()
}

fn block(length_m: f64, depth_m: f64) -> Vec<(f64, f64)> {
    let (u, v) = (length_m / 2.0, depth_m / 2.0);
    vec![(-u, -v), (u, -v), (u, v), (-u, v)]
}

fn bent(length_m: f64, depth_m: f64, wing_m: f64) -> Vec<(f64, f64)> {
    let (u, v) = (length_m / 2.0, wing_m / 2.0);
    vec![(-u, -v), (-u + depth_m, -v), (-u + depth_m, v - depth_m), (u, v - depth_m), (u, v), (-u, v)]
}

fn cross(length_m: f64, depth_m: f64) -> Vec<(f64, f64)> {
    let (u, v, a, b) = (length_m / 2.0, depth_m / 2.0, length_m / 2.0 - 5.0, depth_m / 2.0 - 4.0);
    vec![(-a, -v), (a, -v), (a, -b), (u, -b), (u, b), (a, b), (a, v), (-a, v), (-a, b), (-u, b), (-u, -b), (-a, -b)]
}

/// Builds the whole town. Lots meant for homes or shops that hold no building become greens.
pub fn build(seed: u64, town: &mut Town) -> Vec<Building> {
    let out = buildings(seed, town);
    let mut built = vec![false; town.lots.len()];
    for building in &out {
        built[building.lot] = true;
    }
    for (lot, built) in town.lots.iter_mut().zip(built) {
        if !built
            && matches!(
                lot.kind,
                Kind::Slab | Kind::Midrise | Kind::Tower | Kind::Lane | Kind::Village | Kind::Commerce
            )
        {
            lot.kind = Kind::Park;
        }
    }
    out
}

fn buildings(seed: u64, town: &Town) -> Vec<Building> {
    let mut out: Vec<Building> = Vec::new();
    let oversize = town
        .lots
        .iter()
        .enumerate()
        .filter(|(_, lot)| lot.kind == Kind::Tower && lot.community == JINGUI)
        .max_by(|a, b| town.mesh.area_m2(a.1.face).total_cmp(&town.mesh.area_m2(b.1.face)))
        .map(|(i, _)| i);
    for (index, lot) in town.lots.iter().enumerate() {
        let mut dice = Dice::of(seed, "houses", index as u64);
        let mut site = Site::of(town, lot);
        let along = site.east;
        let mut put = |ring: Vec<Place>,
                       along: Place,
                       length_m: f64,
                       levels: i64,
                       units: i64,
                       households: i64,
                       use_word: &'static str| {
            out.push(Building { lot: index, ring, along, length_m, levels, units, households, use_word });
        };
        let taken_up = |dwellings: i64, dice: &mut Dice| ((dwellings as f64) * dice.between(0.86, 0.98)).round() as i64;
        match lot.kind {
            Kind::Slab | Kind::Midrise => {
                let (unit_m, depth_m, levels, most) = if lot.kind == Kind::Slab {
                    (14.5, 12.0, *dice.pick(&[5, 6, 6, 6, 6, 7]), 5)
                } else {
                    (17.0, 13.5, *dice.pick(&[9, 11, 11, 11]), 4)
                };
                // The longest that fits; in a tight lot a shallow single stair.
                for (units, depth_m) in (1..=most).rev().map(|units| (units, depth_m)).chain([(1, 9.5)]) {
                    let length_m = unit_m * units as f64;
                    if let Some(ring) = site.settle(&block(length_m, depth_m), along, 20.0, 8.0) {
                        put(
                            ring,
                            along,
                            length_m,
                            levels,
                            units,
                            taken_up(2 * units * levels, &mut dice),
                            "residential",
                        );
                        break;
                    }
                }
            }
            Kind::Tower => {
                let levels = dice.whole(17, 32);
                let choices: &[(i64, i64, f64, f64)] = match dice.whole(0, 9) {
                    0..=4 => &[(2, 2, 44.0, 17.0), (1, 4, 27.0, 23.0), (1, 2, 20.0, 15.0)],
                    5..=7 => &[(1, 4, 27.0, 23.0), (1, 3, 22.0, 18.0), (1, 2, 18.0, 14.0)],
                    _ => &[(3, 2, 58.0, 16.0), (2, 3, 42.0, 19.0), (1, 4, 26.0, 22.0), (1, 2, 18.0, 14.0)],
                };
                let giant: &[(i64, i64, f64, f64)] = &[(5, 4, 62.0, 20.0), (5, 4, 50.0, 20.0), (5, 4, 42.0, 20.0)];
                let is_giant = Some(index) == oversize;
                for &(units, per_level, length_m, depth_m) in if is_giant { giant } else { choices } {
                    let shape = if units == 1 { cross(length_m, depth_m) } else { block(length_m, depth_m) };
                    if let Some(ring) = site.settle(&shape, along, 18.0, 8.0) {
                        let levels = if is_giant { 31 } else { levels };
                        let households =
                            if is_giant { OVERSIZE } else { taken_up(units * per_level * levels, &mut dice) };
                        put(ring, along, length_m, levels, units, households, "residential");
                        break;
                    }
                }
            }
            Kind::Lane | Kind::Village | Kind::Island => {
                small_houses(&mut site, lot.kind, &mut dice, &mut put);
            }
            Kind::School => {
                for (shape, levels) in [
                    (bent(70.0, 14.0, 48.0), 5),
                    (block(56.0, 14.0), 4),
                    (block(40.0, 24.0), 2),
                    (block(46.0, 13.0), 4),
                ] {
                    if let Some(ring) = site.settle(&shape, along, 70.0, 12.0) {
                        put(ring, along, 40.0, levels, 1, 0, "school");
                    }
                }
            }
            Kind::Hospital => {
                for (shape, levels) in [(bent(84.0, 22.0, 60.0), 12), (block(60.0, 18.0), 6), (block(40.0, 16.0), 4)] {
                    if let Some(ring) = site.settle(&shape, along, 55.0, 12.0) {
                        put(ring, along, 40.0, levels, 1, 0, "hospital");
                    }
                }
            }
            Kind::Factory => {
                let (_, axis, _, _) = rectangle(&site.ring);
                for (length_m, depth_m) in
                    [(86.0, 34.0), (70.0, 28.0), (60.0, 24.0), (48.0, 22.0), (34.0, 14.0), (24.0, 12.0)]
                {
                    if let Some(ring) = site.settle(&block(length_m, depth_m), axis, 62.0, 9.0) {
                        put(ring, axis, length_m, dice.whole(1, 3), 1, 0, "industrial");
                    }
                }
            }
            Kind::Commerce => {
                let (_, axis, length_m, width_m) = rectangle(&site.ring);
                let angled = dice.real() < 0.3;
                // Long and short sides shrink apart from each other, the largest footprint first.
                let mut sizes: Vec<(f64, f64)> = (0..8)
                    .flat_map(|i| {
                        (0..6).map(move |j| {
                            (
                                length_m * (0.88 - 0.09 * f64::from(i)),
                                (width_m * (0.84 - 0.12 * f64::from(j))).min(52.0),
                            )
                        })
                    })
                    .filter(|&(u, v)| u >= 9.0 && v >= 8.0)
                    .collect();
                sizes.sort_by(|a, b| (b.0 * b.1).total_cmp(&(a.0 * a.1)));
                for (u, v) in sizes {
                    let shape = if angled && v > 34.0 { bent(u, v * 0.45, v) } else { block(u, v) };
                    if let Some(ring) = site.settle(&shape, axis, 15.0, 6.0) {
                        put(
                            ring,
                            axis,
                            u,
                            if dice.real() < 0.2 { dice.whole(9, 22) } else { dice.whole(2, 6) },
                            1,
                            0,
                            "commercial",
                        );
                        break;
                    }
                }
            }
            Kind::Park => {
                if town.mesh.area_m2(lot.face) > 6_000.0 {
                    let side_m = dice.between(8.0, 13.0);
                    if let Some(ring) = site.settle(&block(side_m, side_m), along, 40.0, 5.0) {
                        put(ring, along, side_m, 1, 1, 0, "public");
                    }
                }
            }
            Kind::Rail => {
                if town.mesh.area_m2(lot.face) > 20_000.0
                    && let Some(ring) = site.settle(&block(110.0, 13.0), along, 30.0, 5.0)
                {
                    put(ring, along, 110.0, 2, 1, 0, "station");
                }
            }
            Kind::River => {}
        }
    }
    rescale(town, &mut out, INDIVISIBLE, |lot| lot.community == ZHANQIAN);
    rescale(town, &mut out, ISLET, |lot| lot.community == JIANGWAN && lot.kind == Kind::Island);
    out
}

fn small_houses(
    site: &mut Site,
    kind: Kind,
    dice: &mut Dice,
    put: &mut impl FnMut(Vec<Place>, Place, f64, i64, i64, i64, &'static str),
) {
    let (middle, axis, length_m, width_m) = rectangle(&site.ring);
    let (depth_m, gap_m) = match kind {
        Kind::Lane => (9.5, 2.4),
        Kind::Village => (10.5, 1.6),
        _ => (9.0, 7.0),
    };
    let rows = (width_m / (depth_m + gap_m)).floor().max(1.0) as i32;
    for row in 0..rows {
        let v = (f64::from(row) - f64::from(rows - 1) / 2.0) * (depth_m + gap_m);
        let mut u = -length_m / 2.0 + dice.between(1.0, 4.0);
        while u < length_m / 2.0 - 7.0 {
            let long_m = match kind {
                Kind::Lane => dice.between(11.0, 24.0),
                Kind::Village => dice.between(8.5, 13.0),
                _ => dice.between(10.0, 14.0),
            };
            // A house that finds no room moves on along the row, then gives way to a shorter one.
            let mut placed = false;
            for (length_m, deep_m) in
                [(long_m, depth_m), (long_m * 0.75, depth_m * 0.92), (long_m * 0.6, depth_m * 0.8)]
            {
                let centre = middle.plus(axis.times(u + length_m / 2.0)).plus(axis.left().times(v));
                let shape = drawn(&block(length_m, deep_m), centre, axis);
                if site.fits(&shape, 0.8) {
                    let (levels, households) = match kind {
                        Kind::Lane => (dice.whole(1, 2), ((length_m / 4.2).round() as i64 + dice.whole(0, 1)).max(1)),
                        Kind::Village => {
                            let levels = dice.whole(3, 6);
                            (levels, (levels * dice.whole(4, 7) / 4).max(1))
                        }
                        _ => (dice.whole(1, 3), dice.whole(2, 4)),
                    };
                    site.taken.push(shape.clone());
                    put(shape, axis, length_m, levels, 1, households, "residential");
                    u += length_m + gap_m.min(2.5) + if kind == Kind::Lane { 0.2 } else { 0.0 };
                    placed = true;
                    break;
                }
            }
            if !placed {
                u += 1.5;
            }
        }
    }
    if kind == Kind::Island {
        return;
    }
    // What the rows leave open is filled by smaller houses, as owners build on every corner they have.
    let (least_m, most_m) = if kind == Kind::Village { (6.5, 10.0) } else { (6.0, 9.0) };
    let (columns, lines) = ((length_m / 2.5) as i32, (width_m / 2.5) as i32);
    for j in 0..=lines {
        for i in 0..=columns {
            let side_m = dice.between(least_m, most_m);
            let deep_m = dice.between(least_m, most_m);
            let centre = middle
                .plus(axis.times(f64::from(i) * 2.5 - length_m / 2.0))
                .plus(axis.left().times(f64::from(j) * 2.5 - width_m / 2.0));
            let shape = drawn(&block(side_m, deep_m), centre, axis);
            if site.fits(&shape, if kind == Kind::Village { 1.0 } else { 1.8 }) {
                let (levels, households) = if kind == Kind::Village {
                    let levels = dice.whole(2, 5);
                    (levels, (levels * dice.whole(3, 5) / 4).max(1))
                } else {
                    (dice.whole(1, 2), dice.whole(1, 2))
                };
                site.taken.push(shape.clone());
                put(shape, axis, side_m, levels, 1, households, "residential");
            }
        }
    }
}

/// Scales the households of some lots to a given total, largest remainders first.
fn rescale(town: &Town, buildings: &mut [Building], total: i64, chosen: impl Fn(&Lot) -> bool) {
    let picked: Vec<usize> =
        (0..buildings.len()).filter(|&i| buildings[i].households > 0 && chosen(&town.lots[buildings[i].lot])).collect();
    let sum: i64 = picked.iter().map(|&i| buildings[i].households).sum();
    if sum == 0 {
        return;
    }
    let mut parts: Vec<(i64, usize)> = picked.iter().map(|&i| (buildings[i].households * total % sum, i)).collect();
    for &i in &picked {
        buildings[i].households = buildings[i].households * total / sum;
    }
    let missing = total - picked.iter().map(|&i| buildings[i].households).sum::<i64>();
    parts.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    for &(_, i) in parts.iter().take(missing as usize) {
        buildings[i].households += 1;
    }
}

/// Middle of a footprint.
pub fn middle(ring: &[Place]) -> Place {
    ring.iter().fold(place(0.0, 0.0), |sum, &p| sum.plus(p)).times(1.0 / ring.len() as f64)
}
