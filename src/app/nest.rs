//! Atoms without jurisdictions of their own take those that were imported as polygons, by greatest overlap.

use std::collections::{BTreeMap, HashMap};

use super::AppError;
use super::town::tree;
use crate::atom::{Dataset, Feature, InputKind, Jurisdiction, KIND, UnitId};
use crate::geom::{MultiPolygon, area_m2, label_point};
use crate::store::{NewFinding, Store};
use crate::topology::overlay;

/// An atom straddles when more than one part in so many of it lies in another jurisdiction: less is the careless drawing of one border.
const STRADDLES: i128 = 100;

/// The jurisdictions of a store, by level.
pub(super) type Levels = BTreeMap<String, Vec<Feature>>;

/// Reads them: the newest input of each source.
pub(super) async fn levels(store: &dyn Store) -> Result<Levels, AppError> {
    let mut newest = BTreeMap::new();
    for record in store.inputs().await?.into_iter().filter(|record| record.kind == InputKind::Jurisdictions) {
        newest.insert(record.source, record.id);
    }
    let mut levels = Levels::new();
    for id in newest.into_values() {
        for feature in store.features(id).await? {
            levels.entry(feature.class.clone().unwrap_or_default()).or_default().push(feature);
        }
    }
    Ok(levels)
}

/// Gives each atom the jurisdiction of the lowest level that it shares most ground with (of equals, the smaller code); those that
/// straddle are findings.
///
/// # Errors
/// An atom in no jurisdiction, jurisdictions that make no tree.
pub(super) fn nest(
    dataset: &mut Dataset,
    levels: &Levels,
    notes: &mut Vec<String>,
) -> Result<Vec<NewFinding>, AppError> {
    let (levels, links) = tree(levels, notes)?;
    let Some((name, units)) = levels.last() else { return Ok(Vec::new()) };
    let jurisdictions: Vec<Jurisdiction> = jurisdictions(&levels, &links);
    let position: HashMap<&str, u32> = jurisdictions.iter().zip(0..).map(|(own, i)| (own.code.as_str(), i)).collect();
    let shapes: Vec<&MultiPolygon> = dataset.atoms.iter().map(|atom| &atom.shape).collect();
    let unit_shapes: Vec<&MultiPolygon> = units.iter().map(|unit| &unit.shape).collect();
    let mut within: Vec<Vec<(i128, u32)>> = vec![Vec::new(); shapes.len()];
    for (atom, unit, area_2) in overlay(&shapes, &unit_shapes)? {
        within[atom as usize].push((area_2, unit));
    }
    let mut findings = Vec::new();
    let mut nowhere = Vec::new();
    for (atom, mut within) in dataset.atoms.iter_mut().zip(within) {
        within.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| units[a.1 as usize].code.cmp(&units[b.1 as usize].code)));
        let Some(&(_, best)) = within.first() else {
            nowhere.push(atom.code.clone());
            continue;
        };
        atom.unit = UnitId(position[units[best as usize].code.as_str()]);
        let own_2 = atom.shape.area_2().abs().max(1);
        let others: Vec<&(i128, u32)> = within[1..].iter().filter(|(area_2, _)| area_2 * STRADDLES > own_2).collect();
        if others.is_empty() {
            continue;
        }
        let share = |area_2: i128| (area_2 as f64 / own_2 as f64 * 1000.0).round() / 10.0;
        let listed: Vec<String> = std::iter::once(&within[0])
            .chain(others.iter().copied())
            .map(|&(area_2, unit)| format!("{} ({} %)", units[unit as usize].code, share(area_2)))
            .collect();
        let (listed, to) = (listed.join(", "), &units[best as usize].code);
        findings.push(NewFinding {
            kind: "straddles".to_owned(),
            point: label_point(&atom.shape).unwrap_or_default(),
            shape: Some(atom.shape.clone()),
            area_m2: area_m2(&atom.shape),
            moved_m: None,
            parties: vec![atom.code.clone()],
            en: format!(
                "{} lies in several jurisdictions, {listed}: it went to {to}, with most of its ground",
                atom.code
            ),
            zh: format!("{} 跨多个辖区：{listed}；归面积最大的 {to}", atom.code),
        });
    }
    if let Some(first) = nowhere.first() {
        return Err(AppError::Jurisdictions(format!(
            "{} of {} atoms lie in no {name}, the first is {first:?}: import the jurisdictions they lie in, or say their fields with \
             --jurisdiction",
            nowhere.len(),
            dataset.atoms.len()
        )));
    }
    dataset.jurisdictions = jurisdictions;
    notes.push(format!(
        "atoms took the {} jurisdictions imported as polygons, by greatest overlap; {} straddle a border",
        units.len(),
        findings.len()
    ));
    Ok(findings)
}

/// Parents before children, then by code.
pub(super) fn jurisdictions(levels: &[(&str, Vec<&Feature>)], links: &[Vec<String>]) -> Vec<Jurisdiction> {
    let mut tree = Vec::new();
    for (depth, (name, features)) in levels.iter().enumerate() {
        let mut of_level: Vec<Jurisdiction> = features
            .iter()
            .enumerate()
            .map(|(i, feature)| Jurisdiction {
                code: feature.code.clone(),
                name: feature.name.clone().unwrap_or_else(|| feature.code.clone()),
                level: depth as u8 + 1,
                level_name: (*name).to_owned(),
                parent: links[depth].get(i).cloned(),
                kind: feature.attributes.get(KIND).and_then(|kind| kind.as_str()).map(str::to_owned),
            })
            .collect();
        of_level.sort_by(|a, b| a.code.cmp(&b.code));
        tree.extend(of_level);
    }
    tree
}
