//! The faces between all the linework: which unit, block, ground and footprint each belongs to.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::faces::{Doors, Sets, areas_2, ranks};
use super::thin::join_thin;
use super::{Finding, FindingKind, Settings, TessellateError, Town};
use crate::atom::{Line, LineClass};
use crate::geom::{Envelope, area_m2, label_point, metres_per_unit};
use crate::topology::{Linework, Plane, plane};

/// Losses smaller than this, in square metres, are what rounding to the lattice leaves, and no finding.
pub(super) const SPEAKS_M2: f64 = 0.1;
/// A footprint of which others keep more than all but one part in so many is merged into the one that keeps most.
const LEAST_OWN_PART: i128 = 20;

/// What a face is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Place {
    /// Of no unit.
    Outside,
    /// Free ground of a block.
    Free { zone: u32 },
    /// Under an inhabited footprint.
    House { zone: u32, footprint: u32 },
    /// Under an uninhabited footprint of a block with several inhabited ones.
    Annex { zone: u32, footprint: u32 },
    /// A piece of a ground.
    Ground { zone: u32, ground: u32 },
}

impl Place {
    pub(super) fn zone(self) -> Option<u32> {
        match self {
            Self::Outside => None,
            Self::Free { zone } | Self::House { zone, .. } | Self::Annex { zone, .. } | Self::Ground { zone, .. } => {
                Some(zone)
            }
        }
    }

    /// The footprint it lies under.
    pub(super) fn footprint(self) -> Option<u32> {
        match self {
            Self::House { footprint, .. } | Self::Annex { footprint, .. } => Some(footprint),
            _ => None,
        }
    }
}

/// A block, or a piece of a ground that no line divides.
#[derive(Debug, Clone, Copy)]
pub(super) struct Zone {
    pub unit: u32,
    /// How many inhabited footprints; the number of one of them.
    pub houses: u32,
    pub a_house: u32,
}

/// A block with several inhabited footprints: chains by position.
#[derive(Debug, Clone, Default)]
pub(super) struct Crowded {
    pub zone: u32,
    /// Chains with free ground of the block on one side only.
    pub rim: Vec<u32>,
    /// Chains between two footprints of the block.
    pub party: Vec<u32>,
}

/// The result of [`blocks`].
#[derive(Debug)]
pub(super) struct Blocks {
    pub plane: Plane,
    pub places: Vec<Place>,
    pub zones: Vec<Zone>,
    pub crowded: Vec<Crowded>,
    /// What runs along each chain.
    pub along: Vec<Vec<u32>>,
    /// The kinds of lines that `along` numbers.
    pub kinds: Vec<(LineClass, Option<String>)>,
    pub merged: Vec<(u32, u32)>,
    /// Inhabited footprints that must have a cell.
    pub houses: Vec<u32>,
    /// The zone each of them stands in.
    pub seats: Vec<u32>,
}

impl Blocks {
    /// The zone an inhabited footprint stands in.
    pub(super) fn seat(&self, footprint: u32) -> Option<u32> {
        self.houses.binary_search(&footprint).ok().map(|i| self.seats[i])
    }
}

/// Gathers what is found, by kind and codes, as faces.
struct Losses<'a> {
    faces: BTreeMap<(FindingKind, u32, Option<u32>), Vec<u32>>,
    town: &'a Town<'a>,
}

impl Losses<'_> {
    fn note(&mut self, kind: FindingKind, footprint: u32, keeper: Option<u32>, face: u32) {
        self.faces.entry((kind, footprint, keeper)).or_default().push(face);
    }

    fn tell(self, plane: &Plane, doors: &Doors, findings: &mut Vec<Finding>) {
        for ((kind, one, keeper), mut faces) in self.faces {
            faces.sort_unstable();
            faces.dedup();
            let shape = doors.outline(plane, &faces);
            let area_m2 = area_m2(&shape);
            let Some(at) = label_point(&shape).filter(|_| area_m2 >= SPEAKS_M2) else { continue };
            let code = |i: u32| match kind {
                FindingKind::UnitsOverlap => self.town.units[i as usize].code.to_owned(),
                _ => self.town.footprints[i as usize].code.to_owned(),
            };
            let codes = keeper.into_iter().chain([one]).map(code).collect();
            findings.push(Finding { kind, at, shape: Some(shape), area_m2, codes });
        }
    }
}

/// Puts all linework together and says what each face is. O(n log n).
pub(super) fn blocks(
    town: &Town,
    settings: &Settings,
    links: &[Line],
    findings: &mut Vec<Finding>,
) -> Result<Blocks, TessellateError> {
    let around = town.units.iter().filter(|unit| !unit.shape.is_flat()).filter_map(|unit| unit.shape.envelope());
    let around = around.reduce(Envelope::union).ok_or(TessellateError::NoGround)?;
    let (units, footprints, grounds) = (town.units.len(), town.footprints.len(), town.grounds.len());
    let pieces =
        units + footprints + grounds + town.lines.iter().chain(links).map(|line| line.points.len()).sum::<usize>();
    if pieces > 1 << 31 {
        return Err(TessellateError::TooMany { pieces });
    }
    let mut work = Linework::default();
    for (i, unit) in town.units.iter().enumerate() {
        work.shape(unit.shape, i as u32);
    }
    let first_footprint = units as u32;
    let first_ground = first_footprint + footprints as u32;
    let first_line = first_ground + grounds as u32;
    let mut outside = vec![false; footprints];
    for (i, footprint) in town.footprints.iter().enumerate() {
        let far = footprint.shape.envelope().is_none_or(|envelope| !envelope.intersects(&around));
        outside[i] = far;
        if !far {
            work.shape(footprint.shape, first_footprint + i as u32);
        }
    }
    for (i, ground) in town.grounds.iter().enumerate() {
        if ground.shape.envelope().is_some_and(|envelope| envelope.intersects(&around)) {
            work.shape(ground.shape, first_ground + i as u32);
        }
    }
    // each segment has a mark of its own, so that pieces of one line never cancel each other
    let mut kinds: BTreeMap<(LineClass, Option<&str>), u32> = BTreeMap::new();
    let mut segment_kind = Vec::new();
    for line in town.lines.iter().chain(links).filter(|line| settings.dividing.contains(&line.class)) {
        for w in line.points.windows(2) {
            if (Envelope { min: w[0], max: w[0] }).with(w[1]).intersects(&around) {
                let next = kinds.len() as u32;
                let kind = *kinds.entry((line.class, line.name.as_deref())).or_insert(next);
                work.edge(w[0], w[1], first_line + segment_kind.len() as u32, 1);
                segment_kind.push(kind);
            }
        }
    }
    let plane = plane(work, first_line)?;
    let mut names: Vec<((LineClass, Option<String>), u32)> =
        kinds.into_iter().map(|((class, name), kind)| ((class, name.map(str::to_owned)), kind)).collect();
    names.sort_by_key(|&(_, kind)| kind);
    let kinds: Vec<(LineClass, Option<String>)> = names.into_iter().map(|(name, _)| name).collect();
    let along: Vec<Vec<u32>> = plane
        .chains
        .iter()
        .map(|chain| {
            let marks = chain.marks.iter().filter(|&&(mark, _)| mark >= first_line);
            let mut along: Vec<u32> = marks.map(|&(mark, _)| segment_kind[(mark - first_line) as usize]).collect();
            along.sort_unstable();
            along.dedup();
            along
        })
        .collect();

    // who covers each face
    let unit_ranks = ranks(town.units.iter().map(|unit| unit.code));
    let ranks_of_footprints = ranks(town.footprints.iter().map(|footprint| footprint.code));
    let ground_ranks = ranks(town.grounds.iter().map(|ground| ground.code));
    let doors = Doors::new(&plane);
    let areas = areas_2(&plane);
    let count = plane.cover.len();
    let mut losses = Losses { faces: BTreeMap::new(), town };
    let (mut unit, mut house, mut annex, mut ground) =
        (vec![None; count], vec![None; count], vec![None; count], vec![None; count]);
    let (mut total, mut own) = (vec![0_i128; footprints], vec![0_i128; footprints]);
    let mut kept: BTreeMap<(u32, u32), i128> = BTreeMap::new();
    let inhabited = |i: u32| town.footprints[i as usize].inhabited;
    for face in 0..count {
        let of = |first: u32, last: u32| {
            plane.cover[face]
                .iter()
                .map(|&(mark, _)| mark)
                .filter(move |mark| (first..last).contains(mark))
                .map(move |mark| mark - first)
        };
        unit[face] = of(0, first_footprint).min_by_key(|&i| unit_ranks[i as usize]);
        let Some(home) = unit[face] else {
            for i in of(first_footprint, first_ground) {
                losses.note(FindingKind::FootprintClipped, i, None, face as u32);
            }
            continue;
        };
        for other in of(0, first_footprint).filter(|&other| other != home) {
            losses.note(FindingKind::UnitsOverlap, other, Some(home), face as u32);
        }
        let rank = |&i: &u32| ranks_of_footprints[i as usize];
        house[face] = of(first_footprint, first_ground).filter(|&i| inhabited(i)).min_by_key(rank);
        annex[face] = of(first_footprint, first_ground).filter(|&i| !inhabited(i)).min_by_key(rank);
        ground[face] = of(first_ground, first_line).min_by_key(|&i| ground_ranks[i as usize]);
        for i in of(first_footprint, first_ground) {
            total[i as usize] += areas[face];
            let keeper = if inhabited(i) { house[face] } else { annex[face] };
            match keeper.filter(|&keeper| keeper != i) {
                None => own[i as usize] += areas[face],
                Some(keeper) => *kept.entry((i, keeper)).or_default() += areas[face],
            }
        }
    }

    // footprints that repeat others
    let mut into: Vec<u32> = (0..footprints as u32).collect();
    let mut by_rank: Vec<u32> = (0..footprints as u32).filter(|&i| inhabited(i)).collect();
    by_rank.sort_by_key(|&i| ranks_of_footprints[i as usize]);
    for &i in &by_rank {
        if total[i as usize] > 0 && own[i as usize] * LEAST_OWN_PART < total[i as usize] {
            let keepers = kept.range((i, 0)..=(i, u32::MAX)).map(|(&(_, keeper), &area)| (area, Reverse(keeper)));
            if let Some((_, Reverse(keeper))) = keepers.max() {
                into[i as usize] = into[keeper as usize]; // of smaller rank, so settled already
            }
        }
    }
    let merged: Vec<(u32, u32)> =
        (0..footprints as u32).filter(|&i| into[i as usize] != i).map(|i| (i, into[i as usize])).collect();
    for face in 0..count {
        for &(mark, _) in &plane.cover[face] {
            if unit[face].is_none() || !(first_footprint..first_ground).contains(&mark) {
                continue;
            }
            let i = mark - first_footprint;
            let Some(keeper) = house[face].filter(|&keeper| inhabited(i) && keeper != i) else { continue };
            if into[i as usize] == i {
                losses.note(FindingKind::FootprintsOverlap, i, Some(keeper), face as u32);
            } else if into[keeper as usize] == into[i as usize] {
                losses.note(FindingKind::FootprintMerged, i, Some(into[i as usize]), face as u32);
            }
        }
        house[face] = house[face].map(|i| into[i as usize]);
    }

    // grounds that are large enough, and the blocks between lines
    let barrier = |chain: usize| !along[chain].is_empty();
    let one_unit = |(left, right): (u32, u32)| {
        left != right && unit[left as usize].is_some() && unit[left as usize] == unit[right as usize]
    };
    let mut zones = Sets::new(count);
    let on_ground = |face: u32| ground[face as usize].filter(|_| house[face as usize].is_none());
    for (chain, &(left, right)) in plane.sides.iter().enumerate() {
        if one_unit((left, right))
            && !barrier(chain)
            && on_ground(left).is_some()
            && on_ground(left) == on_ground(right)
        {
            zones.join(left, right);
        }
    }
    let (east_m, north_m) = metres_per_unit(around.centre().y_e7);
    let m2 = |area_2: i128| area_2 as f64 / 2.0 * east_m * north_m;
    let mut zone_area = vec![0_i128; count];
    for face in 0..count as u32 {
        zone_area[zones.of(face) as usize] += areas[face as usize];
    }
    let kept_ground: Vec<Option<u32>> = (0..count as u32)
        .map(|face| on_ground(face).filter(|_| m2(zone_area[zones.of(face) as usize]) >= settings.least_ground_m2))
        .collect();
    for (chain, &(left, right)) in plane.sides.iter().enumerate() {
        let free = kept_ground[left as usize].is_none() && kept_ground[right as usize].is_none();
        if one_unit((left, right)) && !barrier(chain) && free {
            zones.join(left, right);
        }
    }

    // a footprint belongs to the block with most of it
    let mut parts: BTreeMap<(u32, u32), i128> = BTreeMap::new();
    for face in 0..count as u32 {
        if let (Some(i), Some(_)) = (house[face as usize], unit[face as usize]) {
            *parts.entry((i, zones.of(face))).or_default() += areas[face as usize];
        }
    }
    let mut seat: BTreeMap<u32, (i128, Reverse<u32>)> = BTreeMap::new();
    for (&(i, zone), &area) in &parts {
        let best = seat.entry(i).or_insert((area, Reverse(zone)));
        *best = (area, Reverse(zone)).max(*best);
    }
    let mut left_over = vec![false; count];
    for face in 0..count as u32 {
        let Some(i) = house[face as usize].filter(|_| unit[face as usize].is_some()) else { continue };
        let Some(&(_, Reverse(zone))) = seat.get(&i) else { continue };
        if zones.of(face) != zone {
            let kind = if unit[face as usize] == unit[zone as usize] {
                FindingKind::FootprintCutByLine
            } else {
                FindingKind::FootprintCutByUnit
            };
            losses.note(kind, i, None, face);
            house[face as usize] = None;
            left_over[face as usize] = true;
        }
    }
    let mut housed = vec![false; count];
    let mut ground_zone = vec![false; count];
    let mut all_left_over = vec![true; count];
    for face in 0..count as u32 {
        let zone = zones.of(face) as usize;
        housed[zone] |= house[face as usize].is_some();
        ground_zone[zone] |= kept_ground[face as usize].is_some();
        all_left_over[zone] &= left_over[face as usize];
    }
    let candidates: Vec<(u32, bool)> = (0..count as u32)
        .filter(|&face| unit[face as usize].is_some() && zones.of(face) == face)
        .filter(|&zone| !housed[zone as usize] && !ground_zone[zone as usize])
        .map(|zone| (zone, all_left_over[zone as usize]))
        .collect();
    let classes: Vec<Option<LineClass>> =
        along.iter().map(|along| along.iter().map(|&kind| kinds[kind as usize].0).min()).collect();
    let in_unit: Vec<Option<u32>> = unit.clone();
    join_thin(&plane, &doors, &areas, &classes, &in_unit, settings.thin_m, &m2, candidates, &mut zones, findings);

    // zones in a row, and what each face is
    let mut number = vec![u32::MAX; count];
    let mut list: Vec<Zone> = Vec::new();
    let mut kept_by_zone: Vec<Option<u32>> = Vec::new();
    for face in 0..count as u32 {
        let Some(unit) = unit[face as usize] else { continue };
        let root = zones.of(face) as usize;
        if number[root] == u32::MAX {
            number[root] = list.len() as u32;
            list.push(Zone { unit, houses: 0, a_house: u32::MAX });
            kept_by_zone.push(None);
        }
        number[face as usize] = number[root];
        let zone = number[root] as usize;
        kept_by_zone[zone] = kept_by_zone[zone].or(kept_ground[face as usize]);
    }
    let (mut houses, mut seats) = (Vec::new(), Vec::new());
    for (&i, &(_, Reverse(zone))) in &seat {
        let zone = number[zones.of(zone) as usize];
        houses.push(i);
        seats.push(zone);
        let zone = &mut list[zone as usize];
        zone.houses += 1;
        zone.a_house = zone.a_house.min(i);
    }
    let places: Vec<Place> = (0..count)
        .map(|face| {
            let zone = number[face];
            if zone == u32::MAX {
                Place::Outside
            } else if let Some(footprint) = house[face] {
                Place::House { zone, footprint }
            } else if let Some(ground) = kept_by_zone[zone as usize].filter(|_| list[zone as usize].houses == 0) {
                Place::Ground { zone, ground }
            } else if let Some(footprint) = annex[face].filter(|_| list[zone as usize].houses > 1) {
                Place::Annex { zone, footprint }
            } else {
                Place::Free { zone }
            }
        })
        .collect();
    // what lies in no unit at all is told as left out, not as clipped
    losses.faces.retain(|&(kind, one, _), _| kind != FindingKind::FootprintClipped || total[one as usize] > 0);
    losses.tell(&plane, &doors, findings);
    for (i, footprint) in town.footprints.iter().enumerate() {
        if total[i] == 0 {
            let flat = footprint.shape.is_flat();
            let kind = if flat { FindingKind::FootprintFlat } else { FindingKind::FootprintOutside };
            let at = footprint.shape.rings().find_map(|ring| ring.points().first().copied()).unwrap_or_default();
            let codes = vec![footprint.code.to_owned()];
            findings.push(Finding {
                kind,
                at,
                shape: Some(footprint.shape.clone()),
                area_m2: area_m2(footprint.shape),
                codes,
            });
        }
    }
    let crowded = crowded(&plane, &places, &list);
    Ok(Blocks { plane, places, zones: list, crowded, along, kinds, merged, houses, seats })
}

/// The blocks with several inhabited footprints, and the chains in them.
fn crowded(plane: &Plane, places: &[Place], zones: &[Zone]) -> Vec<Crowded> {
    let mut position = vec![None; zones.len()];
    let mut list: Vec<Crowded> = Vec::new();
    for (i, _) in zones.iter().enumerate().filter(|(_, zone)| zone.houses > 1) {
        position[i] = Some(list.len());
        list.push(Crowded { zone: i as u32, ..Crowded::default() });
    }
    let at = |place: Place| place.zone().and_then(|zone| position[zone as usize]);
    for (chain, &(left, right)) in plane.sides.iter().enumerate() {
        let (left, right) = (places[left as usize], places[right as usize]);
        if left == right {
            continue;
        }
        for side in [left, right] {
            if let (Place::Free { .. }, Some(i)) = (side, at(side)) {
                list[i].rim.push(chain as u32);
            }
        }
        if let (Some(_), Some(_), Some(i)) = (left.footprint(), right.footprint(), at(left))
            && left.zone() == right.zone()
        {
            list[i].party.push(chain as u32);
        }
    }
    list
}
