//! What is tiled: the jurisdictions of the lowest level, in their tree; or a hull where none were given.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::gather::Inputs;
use crate::app::AppError;
use crate::app::nest::jurisdictions;
use crate::atom::{Feature, Jurisdiction};
use crate::geom::{LatticePoint, MultiPolygon, area_m2, hull_around};
use crate::topology::{FaceId, overlay, pieces};

/// Ground around the outermost buildings where no boundary was given, in metres: half a street and a front yard.
const MARGIN_M: f64 = 50.0;
/// The only jurisdiction where none was given.
const ALL: &str = "all";

/// The jurisdictions.
#[derive(Debug)]
pub(super) struct Ground {
    /// Those of the lowest level, with their shapes and totals.
    pub units: Vec<Feature>,
    /// Parents before children, then by code; with the position of each unit in it.
    pub tree: Vec<Jurisdiction>,
    /// For each unit its position in `tree`.
    pub position: Vec<u32>,
    /// What is tiled: the units, or pieces of them that totals cut; each with its unit.
    pub pieces: Vec<(MultiPolygon, u32)>,
}

/// Puts the jurisdictions into a tree.
pub(super) fn ground(inputs: &Inputs, notes: &mut Vec<String>) -> Result<Ground, AppError> {
    let (levels, links) = tree(&inputs.jurisdictions, notes)?;
    let Some((_, units)) = levels.last() else { return Ok(hull(inputs, notes)) };
    let units: Vec<Feature> = units.iter().map(|unit| (*unit).clone()).collect();
    let tree = jurisdictions(&levels, &links);
    let position: HashMap<&str, u32> = tree.iter().zip(0..).map(|(unit, i)| (unit.code.as_str(), i)).collect();
    let position = units.iter().map(|unit| position[unit.code.as_str()]).collect();
    let pieces = pieces_of(inputs, &units, notes)?;
    Ok(Ground { units, tree, position, pieces })
}

/// Levels from the top, and for each jurisdiction of each level but the top the code of its parent.
pub(in crate::app) type Levels<'a> = (Vec<(&'a str, Vec<&'a Feature>)>, Vec<Vec<String>>);

/// Orders the levels, the one with the fewest jurisdictions on top, and finds each one's parent: the one it names, else the one it
/// shares most ground with.
pub(in crate::app) fn tree<'a>(
    jurisdictions: &'a BTreeMap<String, Vec<Feature>>,
    notes: &mut Vec<String>,
) -> Result<Levels<'a>, AppError> {
    let mut levels: Vec<(&str, Vec<&Feature>)> =
        jurisdictions.iter().map(|(name, features)| (name.as_str(), features.iter().collect())).collect();
    levels.sort_by_key(|(name, features)| (features.len(), *name));
    let mut seen: HashMap<&str, &str> = HashMap::new();
    for (name, features) in &levels {
        for feature in features {
            if let Some(other) = seen.insert(&feature.code, name) {
                return Err(AppError::Jurisdictions(format!(
                    "code {:?} stands for a {other} and a {name}: give jurisdictions codes that differ, by --id",
                    feature.code
                )));
            }
        }
    }
    let mut links = vec![Vec::new()];
    for pair in levels.windows(2) {
        let ((_, above), (name, below)) = (&pair[0], &pair[1]);
        let shapes =
            |features: &[&'a Feature]| -> Vec<&'a MultiPolygon> { features.iter().map(|f| &f.shape).collect() };
        let mut most: Vec<Option<(i128, u32)>> = vec![None; below.len()];
        for (child, parent, area_2) in overlay(&shapes(below), &shapes(above))? {
            let best = &mut most[child as usize];
            if best.is_none_or(|(area, _)| area_2 > area) {
                *best = Some((area_2, parent));
            }
        }
        let codes: HashSet<&str> = above.iter().map(|feature| feature.code.as_str()).collect();
        let mut parents = Vec::with_capacity(below.len());
        for (feature, most) in below.iter().zip(most) {
            let named = feature.attributes.get("parent").and_then(|value| value.as_str());
            match (named.filter(|code| codes.contains(code)), most) {
                (Some(code), _) => parents.push(code.to_owned()),
                (None, Some((area_2, parent))) => {
                    let own = feature.shape.area_2().abs();
                    if area_2 * 100 < own * 99 {
                        let percent = area_2 * 100 / own.max(1);
                        let above = &above[parent as usize].code;
                        notes.push(format!(
                            "{name} {} lies in {above} with {percent} % of its ground only: it is taken for a part of it",
                            feature.code
                        ));
                    }
                    parents.push(above[parent as usize].code.clone());
                }
                (None, None) => {
                    return Err(AppError::Jurisdictions(format!(
                        "{name} {:?} lies in no jurisdiction one level up: name its parent by --parent FIELD, or import the one it lies in",
                        feature.code
                    )));
                }
            }
        }
        links.push(parents);
    }
    Ok((levels, links))
}

/// Strips between two drawings of one border that are thinner than this belong to their neighbour: in m.
const STRIP_M: f64 = 10.0;

/// Where there are no buildings, people are known by areas with totals alone: these cut the ground, so that none of their people
/// are shared out to another's.
fn pieces_of(
    inputs: &Inputs,
    units: &[Feature],
    notes: &mut Vec<String>,
) -> Result<Vec<(MultiPolygon, u32)>, AppError> {
    let whole = || units.iter().zip(0..).map(|(unit, i)| (unit.shape.clone(), i)).collect();
    if !inputs.buildings.is_empty() || inputs.totals.is_empty() {
        return Ok(whole());
    }
    notes.push("there are no buildings: cells are cut along streets and along the areas with totals".to_owned());
    let shapes: Vec<&MultiPolygon> = units.iter().chain(&inputs.totals).map(|feature| &feature.shape).collect();
    let cut = pieces(&shapes)?;
    let unit_of = |face: usize| cut.of[face].iter().copied().find(|&shape| (shape as usize) < units.len());
    let area_of = |face: usize| cut.of[face].iter().copied().find(|&shape| shape as usize >= units.len());
    let mut group: Vec<Option<(u32, Option<u32>)>> =
        (0..cut.of.len()).map(|face| unit_of(face).map(|unit| (unit, area_of(face)))).collect();
    // strips that no area covers go to the neighbour in their unit with the longest shared border
    let graph = cut.topology.graph();
    let rim_mm: Vec<u64> = {
        let mut rim = vec![0; cut.of.len()];
        for arc in &cut.topology.arcs {
            for face in [arc.left, arc.right].into_iter().flatten() {
                rim[face.0 as usize] += arc.length_mm();
            }
        }
        rim
    };
    let before = group.clone();
    for face in 0..cut.of.len() {
        let Some((unit, None)) = before[face] else { continue };
        let ground_m2 = area_m2(&cut.outline(|own| own == FaceId(face as u32)));
        if ground_m2 * 2.0 * 1000.0 > STRIP_M * rim_mm[face] as f64 {
            continue;
        }
        let beside = graph.neighbours(face as u32).filter_map(|(other, mm)| {
            let (other_unit, area) = before[other as usize]?;
            (other_unit == unit && area.is_some()).then_some((mm, area))
        });
        if let Some((_, area)) = beside.max_by_key(|&(mm, area)| (mm, std::cmp::Reverse(area))) {
            group[face] = Some((unit, area));
        }
    }
    let groups: std::collections::BTreeSet<(u32, Option<u32>)> = group.iter().flatten().copied().collect();
    let outline = |wanted: (u32, Option<u32>)| cut.outline(|face| group[face.0 as usize] == Some(wanted));
    Ok(groups.into_iter().map(|wanted| (outline(wanted), wanted.0)).collect())
}

/// The ground where no jurisdiction was given.
fn hull(inputs: &Inputs, notes: &mut Vec<String>) -> Ground {
    let of_buildings =
        || inputs.buildings.iter().flat_map(|b| b.shape.rings().flat_map(|ring| ring.points().iter().copied()));
    let of_lines = || inputs.lines.iter().flat_map(|line| line.points.iter().copied());
    let points: Vec<LatticePoint> =
        if inputs.buildings.is_empty() { of_lines().collect() } else { of_buildings().collect() };
    let what = if inputs.buildings.is_empty() { "streets" } else { "buildings" };
    notes.push(format!(
        "no jurisdiction was given: the ground within {MARGIN_M:.0} m around the convex hull of the {what} is taken; import the boundary \
         with --as jurisdictions"
    ));
    let unit = Feature {
        code: ALL.to_owned(),
        name: Some(inputs.first_file().split('.').next().unwrap_or(ALL).to_owned()),
        shape: hull_around(points, MARGIN_M),
        ..Feature::default()
    };
    let tree = vec![Jurisdiction {
        code: unit.code.clone(),
        name: unit.name.clone().unwrap_or_default(),
        level: 1,
        level_name: "community".to_owned(),
        parent: None,
        kind: None,
    }];
    let pieces = vec![(unit.shape.clone(), 0)];
    Ground { units: vec![unit], tree, position: vec![0], pieces }
}
