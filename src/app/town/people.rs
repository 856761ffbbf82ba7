//! Buildings: which people live in, and how many.

use std::collections::BTreeMap;

use super::TessellateRequest;
use super::gather::Inputs;
use super::ground::Ground;
use crate::atom::{Atom, AtomKind, Attributes, Feature, Origin, lived_in};
use crate::geom::{MultiPolygon, area_m2, label_point};
use crate::plan::Attribute;
use crate::store::NewFinding;
use crate::tessellate::units::{Cut, Uncut, people_of_units, split, wants_units};
use crate::weigh::{self, Place, Settings, Source, Weighed, floor_area_2};

/// A building of which the source does not say what it is, and that is smaller than this, is taken for a shed: in m².
const LEAST_HOME_M2: f64 = 25.0;

/// A building, or a unit of one, on its way to be an atom.
#[derive(Debug, Clone)]
pub(super) struct Home {
    pub code: String,
    pub name: Option<String>,
    /// Code of the building; for a unit that of the building it is in.
    pub building: String,
    pub shape: MultiPolygon,
    pub kind: AtomKind,
    pub inhabited: bool,
    pub households: Option<u32>,
    pub households_origin: Origin,
    pub population: Option<u32>,
    pub population_origin: Origin,
    pub attributes: Attributes,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct People {
    pub footprints: Vec<Home>,
    pub findings: Vec<NewFinding>,
    pub attributes: Vec<Attribute>,
    pub unplaced_households: u64,
}

/// Says who lives where.
pub(super) fn people(inputs: &Inputs, ground: &Ground, request: &TessellateRequest, notes: &mut Vec<String>) -> People {
    let buildings = &inputs.buildings;
    let levels = levels(buildings, notes);
    let any_counts = buildings.iter().any(|b| b.households.is_some() || b.population.is_some());
    let inhabited: Vec<bool> = buildings.iter().map(|building| is_inhabited(building, any_counts)).collect();
    let mut people = People::default();
    if buildings.is_empty() {
        return people;
    }
    let places: Vec<Place<'_>> = buildings
        .iter()
        .zip(&inhabited)
        .zip(&levels)
        .map(|((building, &residential), &levels)| Place {
            code: &building.code,
            shape: &building.shape,
            floor_area_2: floor_area_2(&building.shape, levels),
            residential,
            households: building.households,
            population: building.population,
        })
        .collect();
    let weighed = share(&places, inputs, ground, request, notes);
    people.take(&weighed, notes);
    for (i, building) in buildings.iter().enumerate() {
        let given = &weighed.places[i];
        let mut attributes = building.attributes.clone();
        if let Some(class) = &building.class {
            attributes.insert("use".to_owned(), class.as_str().into());
        }
        let floor_m2 = area_m2(&building.shape) * f64::from(levels[i]);
        attributes.insert("floor_area_m2".to_owned(), (floor_m2.round() as u64).into());
        let home = Home {
            code: building.code.clone(),
            name: name(building),
            building: building.code.clone(),
            shape: building.shape.clone(),
            kind: AtomKind::Building,
            inhabited: inhabited[i] || given.households.unwrap_or(0) > 0 || given.population.unwrap_or(0) > 0,
            households: given.households,
            households_origin: given.households_origin.clone(),
            population: given.population,
            population_origin: given.population_origin.clone(),
            attributes,
        };
        let units =
            building.attributes.get("units").and_then(serde_json::Value::as_f64).map_or(0, |units| units as u32);
        if wants_units(home.households, request.split_over, units) {
            match split(&home.shape, Cut::Equal(units)) {
                Ok(shapes) => people.footprints.extend(units_of(&home, shapes)),
                Err(uncut) => {
                    people.findings.push(whole(&home, &uncut));
                    people.footprints.push(home);
                }
            }
        } else {
            people.footprints.push(home);
        }
    }
    people
}

/// The units of a tower, in order along it, with its people.
fn units_of(home: &Home, shapes: Vec<MultiPolygon>) -> Vec<Home> {
    let households = home.households.map(|people| people_of_units(people, shapes.len()));
    let population = home.population.map(|people| people_of_units(people, shapes.len()));
    let units = shapes.len();
    let floor_m2 = home.attributes.get("floor_area_m2").and_then(serde_json::Value::as_u64).unwrap_or(0);
    let unit = |(i, shape): (usize, MultiPolygon)| {
        let number = i + 1;
        let mut attributes = home.attributes.clone();
        attributes.insert("units".to_owned(), 1.into());
        attributes.insert("floor_area_m2".to_owned(), (floor_m2 / units as u64).into());
        let shared = |origin: &Origin, what: &str| match origin {
            Origin::Counted => Origin::Estimated(format!("an even share of {what} counted in building {}", home.code)),
            Origin::Estimated(by) => Origin::Estimated(by.clone()),
        };
        Home {
            code: format!("{}-{number}", home.code),
            name: home.name.as_ref().map(|name| format!("{name} {number}单元")),
            building: home.code.clone(),
            shape,
            kind: AtomKind::Unit,
            inhabited: true,
            households: households.as_ref().map(|people| people[i]),
            households_origin: shared(&home.households_origin, "the households"),
            population: population.as_ref().map(|people| people[i]),
            population_origin: shared(&home.population_origin, "the persons"),
            attributes,
        }
    };
    shapes.into_iter().enumerate().map(unit).collect()
}

/// A tower that could not be divided.
fn whole(home: &Home, uncut: &Uncut) -> NewFinding {
    NewFinding {
        kind: "tower_whole".to_owned(),
        point: label_point(&home.shape).unwrap_or_default(),
        shape: Some(home.shape.clone()),
        area_m2: area_m2(&home.shape),
        moved_m: None,
        parties: vec![home.code.clone()],
        en: format!("{} stays one atom of {} households: {uncut}", home.code, home.households.unwrap_or(0)),
        zh: format!("{} 无法按单元拆分，仍为一个 {} 户的原子", home.code, home.households.unwrap_or(0)),
    }
}

/// Shares totals over cells, where there are no buildings: by ground area, not into parks and water.
pub(super) fn over_cells(
    atoms: &mut [Atom],
    inputs: &Inputs,
    ground: &Ground,
    request: &TessellateRequest,
    notes: &mut Vec<String>,
) -> People {
    let mut people = People::default();
    let weighed = {
        let places: Vec<Place<'_>> = atoms
            .iter()
            .map(|atom| Place {
                code: &atom.code,
                shape: &atom.shape,
                floor_area_2: floor_area_2(&atom.shape, 1),
                residential: !matches!(atom.kind, AtomKind::Green | AtomKind::Water),
                households: None,
                population: None,
            })
            .collect();
        share(&places, inputs, ground, request, notes)
    };
    people.take(&weighed, notes);
    for (atom, given) in atoms.iter_mut().zip(weighed.places) {
        atom.households = given.households;
        atom.households_origin = given.households_origin;
        atom.population = given.population;
        atom.population_origin = given.population_origin;
    }
    people
}

/// Code, ground, households and persons of a source.
type Total = (String, MultiPolygon, Option<u32>, Option<u32>);

/// Gives places the people of the best sources there are: areas with totals, jurisdictions with totals, a total of the whole.
fn share(
    places: &[Place<'_>],
    inputs: &Inputs,
    ground: &Ground,
    request: &TessellateRequest,
    notes: &mut Vec<String>,
) -> Weighed {
    let says = |feature: &&Feature| feature.households.is_some() || feature.population.is_some();
    let source =
        |feature: &Feature| (feature.code.clone(), feature.shape.clone(), feature.households, feature.population);
    let whole = || MultiPolygon(ground.units.iter().flat_map(|unit| unit.shape.0.iter().cloned()).collect());
    let (noun, sources): (&str, Vec<Total>) = if inputs.totals.iter().any(|feature| says(&feature)) {
        ("area", inputs.totals.iter().filter(says).map(source).collect())
    } else if ground.units.iter().any(|unit| says(&unit)) {
        ("jurisdiction", ground.units.iter().filter(says).map(source).collect())
    } else if request.total_households.is_some() || request.total_population.is_some() {
        ("total of", vec![("all".to_owned(), whole(), request.total_households, request.total_population)])
    } else {
        ("source", Vec::new())
    };
    if sources.is_empty() && !places.iter().any(|place| place.households.is_some() || place.population.is_some()) {
        notes.push(
            "nobody counted households or persons here: say a total (--total-households N), import areas with totals (--as totals), or let \
             floor area stand for households (--m2-per-household 90)"
                .to_owned(),
        );
    }
    let within = whole();
    let settings = Settings {
        source_noun: noun,
        within: Some(&within),
        m2_per_household: request.m2_per_household,
        ..Settings::default()
    };
    let sources: Vec<Source<'_>> = sources
        .iter()
        .map(|(code, shape, households, population)| Source {
            code,
            shape,
            households: *households,
            population: *population,
        })
        .collect();
    weigh::weigh(places, &sources, &settings)
}

impl People {
    fn take(&mut self, weighed: &Weighed, notes: &mut Vec<String>) {
        let households = weighed.places.iter().any(|given| given.households.is_some());
        let population = weighed.places.iter().any(|given| given.population.is_some());
        self.attributes = super::super::import::attributes(households, population);
        self.unplaced_households = weighed.households.unplaced;
        for (ledger, what) in [(&weighed.households, "households"), (&weighed.population, "persons")] {
            if ledger.beyond > 0 {
                notes.push(format!("{} {what} of the totals live beyond the boundary, by ground area", ledger.beyond));
            }
            if ledger.unplaced > 0 {
                notes.push(format!("{} {what} of the totals could not be placed: see the findings", ledger.unplaced));
            }
        }
        // what nobody counted anywhere was said once, for the whole
        let known = |finding: &&weigh::Finding| match finding.measure {
            weigh::Measure::Households => households,
            weigh::Measure::Population => population,
        };
        self.findings.extend(weighed.findings.iter().filter(known).map(|finding| NewFinding {
            kind: finding.kind.name().to_owned(),
            point: finding.at,
            shape: None,
            area_m2: 0.0,
            moved_m: None,
            parties: finding.codes.clone(),
            en: finding.en(),
            zh: finding.zh(),
        }));
    }
}

/// Who is counted lives there; homes are lived in; where nobody counted, what the source does not say anything of is a home unless
/// it is as small as a shed.
fn is_inhabited(building: &Feature, any_counts: bool) -> bool {
    if building.households.unwrap_or(0) > 0 || building.population.unwrap_or(0) > 0 {
        return true;
    }
    lived_in(building.class.as_deref()).unwrap_or_else(|| !any_counts && area_m2(&building.shape) >= LEAST_HOME_M2)
}

/// The storeys of each building. Where the source does not say: the median of those of the same use, else one.
fn levels(buildings: &[Feature], notes: &mut Vec<String>) -> Vec<u32> {
    let said = |building: &Feature| {
        let levels = building.attributes.get("levels")?.as_f64()?;
        (1.0..=200.0).contains(&levels).then_some(levels.round() as u32)
    };
    let mut of_use: BTreeMap<Option<&str>, Vec<u32>> = BTreeMap::new();
    for building in buildings {
        if let Some(levels) = said(building) {
            of_use.entry(building.class.as_deref()).or_default().push(levels);
        }
    }
    let median: BTreeMap<Option<&str>, u32> = of_use
        .into_iter()
        .map(|(class, mut levels)| {
            levels.sort_unstable();
            (class, levels[levels.len() / 2])
        })
        .collect();
    let silent = buildings.iter().filter(|building| said(building).is_none()).count();
    if silent > 0 && silent < buildings.len() {
        notes.push(format!(
            "{silent} of {} buildings do not say their storeys: the median of buildings of the same use is taken",
            buildings.len()
        ));
    }
    let guess = |building: &Feature| median.get(&building.class.as_deref()).copied().unwrap_or(1);
    buildings.iter().map(|building| said(building).unwrap_or_else(|| guess(building))).collect()
}

/// What people call it: its name, else compound or street and number.
fn name(building: &Feature) -> Option<String> {
    let text = |key: &str| building.attributes.get(key).and_then(|value| value.as_str());
    building.name.clone().or_else(|| {
        let place = text("compound").or_else(|| text("address"));
        match (place, text("number")) {
            (Some(place), Some(number)) => Some(format!("{place} {number}")),
            (Some(place), None) => Some(place.to_owned()),
            (None, number) => number.map(str::to_owned),
        }
    })
}
