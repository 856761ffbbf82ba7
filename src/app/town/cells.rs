//! The tessellation as a dataset.

use std::collections::{HashMap, HashSet};

use super::gather::Inputs;
use super::ground::Ground;
use super::people::{Home, People};
use crate::atom::{Atom, AtomKind, Dataset, Origin, UnitId, ground_kind};
use crate::store::NewFinding;
use crate::tessellate::{Footprint, Ground as Open, Tessellation, Town, Unit};

/// What is cut into cells.
pub(super) fn town<'a>(
    inputs: &'a Inputs,
    ground: &'a Ground,
    people: &'a People,
    notes: &mut Vec<String>,
) -> Town<'a> {
    let mut unknown = 0;
    let grounds = inputs
        .landuse
        .iter()
        .filter_map(|(source, feature)| {
            let kind = feature.class.as_deref().and_then(ground_kind).or_else(|| {
                // a layer called water says what is in it, where its features do not
                let layer = source.rsplit(": ").next().unwrap_or(source);
                ground_kind(layer).filter(|_| feature.class.as_deref().is_none_or(|class| class != "residential"))
            });
            unknown += usize::from(kind.is_none());
            Some(Open { code: &feature.code, shape: &feature.shape, kind: kind? })
        })
        .collect();
    if unknown > 0 {
        notes.push(format!(
            "{unknown} pieces of land are built on (residential, industrial …) or of a kind that is not known: no cells of their own"
        ));
    }
    let footprint = |home: &'a Home| Footprint {
        code: &home.code,
        shape: &home.shape,
        kind: home.kind,
        building: &home.building,
        inhabited: home.inhabited,
    };
    Town {
        units: ground
            .pieces
            .iter()
            .map(|(shape, unit)| Unit { code: &ground.units[*unit as usize].code, shape })
            .collect(),
        lines: &inputs.lines,
        footprints: people.footprints.iter().map(footprint).collect(),
        grounds,
    }
}

/// How many inhabited footprints have exactly one cell: their own, or that of the one they repeat.
pub(super) fn in_one_cell(people: &People, tessellation: &Tessellation) -> u64 {
    let mut cells = vec![0_u32; people.footprints.len()];
    for footprint in tessellation.cells.iter().filter_map(|cell| cell.footprint) {
        cells[footprint as usize] += 1;
    }
    for &(footprint, into) in &tessellation.merged {
        cells[footprint as usize] += cells[into as usize];
    }
    let inhabited = people.footprints.iter().zip(&cells).filter(|(home, _)| home.inhabited);
    inhabited.filter(|&(_, &cells)| cells == 1).count() as u64
}

/// Sums counts of atoms; with `counted`, only those that were counted.
pub(super) fn sum(atoms: &[Atom], counted: bool, count: impl Fn(&Atom) -> Option<u32>) -> u64 {
    let included = |atom: &&Atom| !counted || atom.households_origin == Origin::Counted;
    atoms.iter().filter(included).filter_map(count).map(u64::from).sum()
}

/// Cells become atoms with the people of the buildings in them.
pub(super) fn dataset(ground: &Ground, people: &People, tessellation: &Tessellation) -> (Dataset, Vec<NewFinding>) {
    let homes = &people.footprints;
    let mut used: HashSet<String> = homes.iter().map(|home| home.code.clone()).collect();
    let mut numbers: HashMap<(u32, AtomKind), u32> = HashMap::new();
    let mut atom_of: HashMap<u32, usize> = HashMap::new();
    let mut atoms: Vec<Atom> = Vec::with_capacity(tessellation.cells.len());
    let counts = (
        people.attributes.contains(&crate::plan::Attribute::Households),
        people.attributes.contains(&crate::plan::Attribute::Population),
    );
    for cell in &tessellation.cells {
        let own_unit = ground.pieces[cell.unit as usize].1;
        let unit = UnitId(ground.position[own_unit as usize]);
        let mut atom = Atom { shape: cell.shape.clone(), unit, kind: cell.kind, ..Atom::default() };
        if let Some(footprint) = cell.footprint {
            let home = &homes[footprint as usize];
            atom.code.clone_from(&home.code);
            atom.name.clone_from(&home.name);
            (atom.households, atom.households_origin) = (home.households, home.households_origin.clone());
            (atom.population, atom.population_origin) = (home.population, home.population_origin.clone());
            atom.attributes = home.attributes.clone();
            if home.building != home.code {
                atom.attributes.insert("building".to_owned(), home.building.as_str().into());
            }
            atom_of.insert(footprint, atoms.len());
        } else {
            let unit = &ground.units[own_unit as usize].code;
            let letter = match cell.kind {
                AtomKind::Green => 'g',
                AtomKind::Water => 'w',
                _ => 'o',
            };
            loop {
                let number = numbers.entry((own_unit, cell.kind)).or_default();
                *number += 1;
                atom.code = format!("{unit}-{letter}{number:04}");
                if used.insert(atom.code.clone()) {
                    break;
                }
            }
            // nobody lives where there is no building
            (atom.households, atom.population) = (counts.0.then_some(0), counts.1.then_some(0));
        }
        atoms.push(atom);
    }
    let mut findings = Vec::new();
    for (i, home) in homes.iter().enumerate() {
        if atom_of.contains_key(&(i as u32)) || home.households.unwrap_or(0) + home.population.unwrap_or(0) == 0 {
            continue;
        }
        let into = tessellation.merged.iter().find(|(footprint, _)| *footprint == i as u32);
        match into.and_then(|(_, into)| atom_of.get(into)) {
            Some(&into) => add(&mut atoms[into], home),
            None => findings.push(lost(home)),
        }
    }
    for finding in &tessellation.findings {
        let codes = finding.codes.join(", ");
        let (en, zh) = (finding.kind.english(), finding.kind.chinese());
        let named = |text: &str| if codes.is_empty() { text.to_owned() } else { format!("{codes}: {text}") };
        findings.push(NewFinding {
            kind: finding.kind.name().to_owned(),
            point: finding.at,
            shape: finding.shape.clone(),
            area_m2: finding.area_m2,
            moved_m: None,
            parties: finding.codes.clone(),
            en: named(en),
            zh: named(zh),
        });
    }
    (Dataset { atoms, jurisdictions: ground.tree.clone(), lines: tessellation.lines.clone() }, findings)
}

/// Adds the people of a building to the atom it shares.
fn add(atom: &mut Atom, home: &Home) {
    let plus = |own: Option<u32>, more: Option<u32>| match (own, more) {
        (None, None) => None,
        (own, more) => Some(own.unwrap_or(0).saturating_add(more.unwrap_or(0))),
    };
    atom.households = plus(atom.households, home.households);
    atom.population = plus(atom.population, home.population);
    for (own, more) in
        [(&mut atom.households_origin, &home.households_origin), (&mut atom.population_origin, &home.population_origin)]
    {
        if *own == Origin::Counted {
            *own = more.clone();
        }
    }
}

/// People of a building that is in no cell.
fn lost(home: &Home) -> NewFinding {
    let (households, persons) = (home.households.unwrap_or(0), home.population.unwrap_or(0));
    NewFinding {
        kind: "people_outside".to_owned(),
        point: crate::geom::label_point(&home.shape).unwrap_or_default(),
        shape: Some(home.shape.clone()),
        area_m2: crate::geom::area_m2(&home.shape),
        moved_m: None,
        parties: vec![home.code.clone()],
        en: format!(
            "{}: {households} households and {persons} persons live in a building outside every jurisdiction",
            home.code
        ),
        zh: format!("{}：{households} 户、{persons} 人住在辖区之外的建筑里", home.code),
    }
}
