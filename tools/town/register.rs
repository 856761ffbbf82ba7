//! The registers of the town: codes, names, house numbers, addresses, people and officers.
//!
//! In: lots and buildings. Out: rows as they are written, geometry on the lattice.

use std::collections::{BTreeMap, HashSet};

use super::dice::Dice;
use super::houses::{Building, middle};
use super::lots::Town;
use super::names::person;
use super::plane::{Lattice, Place, to_segment_m};
use super::skeleton::{Class, RAILWAY, RIVER};
use super::zones::{CITY, COMMUNITIES, DISTRICT, DISTRICT_CODE, Kind, OFFICES};

/// A row of `parcels`.
pub struct Parcel {
    /// Code: the community's twelve digits and four of its own.
    pub code: String,
    /// Use.
    pub kind: Kind,
    /// Name.
    pub name: String,
    /// Address.
    pub address: String,
    /// Compound or site.
    pub compound: String,
    /// Building, for lots with one.
    pub building: String,
    /// Stairs.
    pub units: i64,
    /// Homes.
    pub households: i64,
    /// People.
    pub population: i64,
    /// Index of the community.
    pub community: usize,
    /// Open ring, counter-clockwise.
    pub ring: Vec<Lattice>,
}

/// A row of `buildings`.
pub struct BuildingRow {
    /// Code: the parcel's and two digits.
    pub code: String,
    /// Index of the parcel.
    pub parcel: usize,
    /// Compound or site.
    pub compound: String,
    /// Name.
    pub name: String,
    /// Storeys.
    pub levels: i64,
    /// Stairs.
    pub units: i64,
    /// Homes.
    pub households: i64,
    /// Use.
    pub use_word: &'static str,
    /// Open ring, counter-clockwise.
    pub ring: Vec<Lattice>,
}

/// A row of `addresses`.
pub struct AddressRow {
    /// Full text.
    pub text: String,
    /// Index of the parcel.
    pub parcel: usize,
    /// Code of the building.
    pub building: String,
    /// Stair, from 1; 0 for a building without.
    pub unit: i64,
    /// Where.
    pub at: Lattice,
}

/// A row of `officers`.
pub struct Officer {
    /// Invented name.
    pub name: String,
    /// 网格长 or 网格员.
    pub role: &'static str,
    /// Desk number under an area code that is not assigned.
    pub desk_phone: String,
    /// Index of the community.
    pub community: usize,
}

/// All registers.
pub struct Registers {
    /// Parcels in code order.
    pub parcels: Vec<Parcel>,
    /// Buildings in code order.
    pub buildings: Vec<BuildingRow>,
    /// Addresses in code order.
    pub addresses: Vec<AddressRow>,
    /// Officers by community.
    pub officers: Vec<Officer>,
}

/// Nine-digit code of a street office.
pub fn office_code(office: usize) -> String {
    format!("{DISTRICT_CODE}{:03}", office + 1)
}

/// Twelve-digit code of a community.
pub fn community_code(community: usize) -> String {
    let office = COMMUNITIES[community].0;
    let rank = COMMUNITIES[..=community].iter().filter(|c| c.0 == office).count();
    format!("{}{rank:03}", office_code(office))
}

struct Numbers<'a> {
    town: &'a Town,
    given: HashSet<(u16, i64)>,
}

impl Numbers<'_> {
    /// The next free number near a place on a street: odd on the left, even on the right, growing along it.
    fn near(&mut self, street: u16, at: Place, pace_m: f64) -> i64 {
        let (mut best, mut run_m) = ((f64::INFINITY, 0.0, true), 0.0);
        for line in &self.town.streets[street as usize].lines {
            for w in line.windows(2) {
                let (step, away_m) = (w[1].minus(w[0]), to_segment_m(at, w[0], w[1]));
                if away_m < best.0 {
                    let along_m = at.minus(w[0]).dot(step.unit()).clamp(0.0, step.length_m());
                    best = (away_m, run_m + along_m, step.cross(at.minus(w[0])) > 0.0);
                }
                run_m += step.length_m();
            }
        }
        let mut number = 2 * (best.1 / pace_m) as i64 + if best.2 { 1 } else { 2 };
        while !self.given.insert((street, number)) {
            number += 2;
        }
        number
    }
}

/// The streets along some faces with the metres of border on each.
fn frontage(town: &Town, faces: &[u32]) -> BTreeMap<u16, f64> {
    let mut out = BTreeMap::new();
    for &face in faces {
        for (a, b) in town.mesh.edges(face) {
            if let Some(street) = town.mesh.street_on(a, b) {
                *out.entry(street).or_insert(0.0) += town.mesh.at(a).to_m(town.mesh.at(b));
            }
        }
    }
    out
}

fn nearest_street(town: &Town, at: Place, least: Class) -> u16 {
    let mut best = (f64::INFINITY, 0);
    for (id, street) in town.streets.iter().enumerate().filter(|(_, s)| s.class >= least) {
        for line in &street.lines {
            for w in line.windows(2) {
                let away_m = to_segment_m(at, w[0], w[1]);
                if away_m < best.0 {
                    best = (away_m, id as u16);
                }
            }
        }
    }
    best.1
}

/// North to south in bands, west to east inside a band.
fn reading_order(at: Place, band_m: f64) -> (i64, i64) {
    (-(at.north_m / band_m).floor() as i64, (at.east_m * 100.0) as i64)
}

/// Writes the registers.
pub fn fill(seed: u64, town: &Town, buildings: &[Building]) -> Registers {
    let mut numbers = Numbers { town, given: HashSet::new() };
    let mut order: Vec<usize> = (0..town.lots.len()).collect();
    order.sort_by_key(|&i| {
        let lot = &town.lots[i];
        (lot.community, reading_order(town.mesh.inner(lot.face), 150.0), i)
    });
    // Compounds: gate street, number, and the rank of each lot inside.
    let mut inside: Vec<Vec<usize>> = vec![Vec::new(); town.compounds.len()];
    for (i, lot) in town.lots.iter().enumerate() {
        if let Some(compound) = lot.compound {
            inside[compound].push(i);
        }
    }
    let mut gate: Vec<String> = Vec::new();
    let mut rank: BTreeMap<usize, usize> = BTreeMap::new();
    for lots in &mut inside {
        lots.sort_by_key(|&i| (reading_order(town.mesh.inner(town.lots[i].face), 34.0), i));
        let faces: Vec<u32> = lots.iter().map(|&i| town.lots[i].face).collect();
        let streets = frontage(town, &faces);
        let at = middle(&faces.iter().map(|&f| town.mesh.inner(f)).collect::<Vec<_>>());
        let weight = |class: Class| if class == Class::Secondary { 1.25 } else { 1.0 };
        let street = streets
            .iter()
            .max_by(|a, b| {
                (a.1 * weight(town.streets[*a.0 as usize].class))
                    .total_cmp(&(b.1 * weight(town.streets[*b.0 as usize].class)))
            })
            .map_or_else(|| nearest_street(town, at, Class::Arterial), |(&street, _)| street);
        gate.push(format!("{}{}号", town.streets[street as usize].name, numbers.near(street, at, 9.0)));
        let mut built = 0;
        for &i in lots.iter() {
            if town.lots[i].kind != Kind::Park {
                built += 1;
            }
            rank.insert(i, built);
        }
    }

    let mut of_lot: Vec<Vec<usize>> = vec![Vec::new(); town.lots.len()];
    for (b, building) in buildings.iter().enumerate() {
        of_lot[building.lot].push(b);
    }
    let (mut parcels, mut rows, mut addresses): (Vec<Parcel>, Vec<BuildingRow>, Vec<AddressRow>) =
        (Vec::new(), Vec::new(), Vec::new());
    let (mut serial, mut reach, mut piece) = (vec![0; COMMUNITIES.len()], 0, 0);
    for &i in &order {
        let lot = &town.lots[i];
        serial[lot.community] += 1;
        let code = format!("{}{:04}", community_code(lot.community), serial[lot.community]);
        let mut dice = Dice::of(seed, "people", i as u64);
        let own = &of_lot[i];
        let households: i64 = own.iter().map(|&b| buildings[b].households).sum();
        let per_home = match lot.kind {
            Kind::Tower => dice.between(2.5, 3.0),
            Kind::Lane => dice.between(1.9, 2.5),
            Kind::Village => dice.between(2.1, 2.9),
            _ => dice.between(2.2, 2.8),
        };
        let site = lot.compound.map(|c| &town.compounds[c]);
        let compound = site.map_or(String::new(), |c| c.name.clone());
        let mut parcel = Parcel {
            code,
            kind: lot.kind,
            name: String::new(),
            address: String::new(),
            compound: compound.clone(),
            building: String::new(),
            units: own.iter().filter(|&&b| buildings[b].households > 0).map(|&b| buildings[b].units).sum(),
            households,
            population: (households as f64 * per_home).round() as i64,
            community: lot.community,
            ring: town.mesh.lattice_ring(lot.face),
        };
        let index = parcels.len();
        let full = format!("{CITY}{DISTRICT}{}", OFFICES[COMMUNITIES[lot.community].0]);
        let add = |number: usize,
                   b: usize,
                   name: String,
                   door: &str,
                   rows: &mut Vec<BuildingRow>,
                   addresses: &mut Vec<AddressRow>| {
            let building = &buildings[b];
            let code = format!("{}{number:02}", parcel.code);
            let named = building.units > 1;
            for unit in 1..=building.units {
                let away_m = (unit as f64 - 0.5) / building.units as f64 - 0.5;
                let at = middle(&building.ring).plus(building.along.times(building.length_m * away_m));
                addresses.push(AddressRow {
                    text: if named { format!("{full}{door}{unit}单元") } else { format!("{full}{door}") },
                    parcel: index,
                    building: code.clone(),
                    unit: if named { unit } else { 0 },
                    at: Lattice::nearest(at),
                });
            }
            rows.push(BuildingRow {
                code,
                parcel: index,
                compound: compound.clone(),
                name,
                levels: building.levels,
                units: building.units,
                households: building.households,
                use_word: building.use_word,
                ring: building.ring.iter().map(|&p| Lattice::nearest(p)).collect(),
            });
        };
        match (lot.kind, site) {
            (Kind::River, _) => {
                reach += 1;
                parcel.name = format!("{RIVER}第{reach}河段");
            }
            (Kind::Rail, _) => {
                piece += 1;
                parcel.name = format!("{RAILWAY}第{piece}区段");
                for (k, &b) in own.iter().enumerate() {
                    add(k + 1, b, "澄浦站".into(), "站前路澄浦站", &mut rows, &mut addresses);
                }
            }
            (Kind::Lane | Kind::Village | Kind::Island, _) | (_, None) => {
                let streets = frontage(town, &[lot.face]);
                let narrow = streets.iter().filter(|(s, _)| town.streets[**s as usize].class == Class::Lane);
                let street = narrow
                    .max_by(|a, b| a.1.total_cmp(b.1))
                    .or_else(|| streets.iter().max_by(|a, b| a.1.total_cmp(b.1)))
                    .map_or_else(|| nearest_street(town, town.mesh.inner(lot.face), Class::Local), |(&s, _)| s);
                let name = &town.streets[street as usize].name;
                let mut doors: Vec<(i64, usize)> =
                    own.iter().map(|&b| (numbers.near(street, middle(&buildings[b].ring), 5.0), b)).collect();
                doors.sort_unstable();
                for (k, &(door, b)) in doors.iter().enumerate() {
                    add(k + 1, b, format!("{name}{door}号"), &format!("{name}{door}号"), &mut rows, &mut addresses);
                }
                parcel.address = match (doors.first(), doors.last()) {
                    (Some(first), Some(last)) if first.0 != last.0 => {
                        format!("{name}{}-{}号", first.0, last.0)
                    }
                    (Some(first), _) => format!("{name}{}号", first.0),
                    _ => name.clone(),
                };
                parcel.name = if lot.kind == Kind::Park { format!("{name}绿地") } else { parcel.address.clone() };
            }
            (kind, Some(site)) => {
                let door = &gate[lot.compound.expect("a site has a compound")];
                let lots_inside = inside[lot.compound.expect("a site has a compound")].len();
                let number = rank[&i];
                let place_inside = |i: &usize| {
                    1 + inside[lot.compound.expect("a site has a compound")].iter().position(|j| j == i).unwrap_or(0)
                };
                if matches!(kind, Kind::Tower | Kind::Slab | Kind::Midrise) {
                    parcel.building = format!("{number}号楼");
                    parcel.name = format!("{}{number}号楼", site.name);
                    parcel.address = format!("{door}{}{number}号楼", site.name);
                    for (k, &b) in own.iter().enumerate() {
                        add(k + 1, b, parcel.building.clone(), &parcel.address.clone(), &mut rows, &mut addresses);
                    }
                } else {
                    parcel.name = match kind {
                        Kind::Park if site.kind == Kind::Tower => format!("{}中心花园", site.name),
                        Kind::Park if site.kind != Kind::Park => format!("{}绿地", site.name),
                        _ if lots_inside > 1 => format!(
                            "{}{}区",
                            site.name,
                            ["A", "B", "C", "D", "E", "F", "G", "H", "J", "K"][(place_inside(&i) - 1) % 10]
                        ),
                        _ => site.name.clone(),
                    };
                    parcel.address = format!("{door}{}", parcel.name);
                    for (k, &b) in own.iter().enumerate() {
                        let name = if own.len() > 1 { format!("{}号楼", k + 1) } else { site.name.clone() };
                        let text = if own.len() > 1 {
                            format!("{}{}号楼", parcel.address, k + 1)
                        } else {
                            parcel.address.clone()
                        };
                        add(k + 1, b, name, &text, &mut rows, &mut addresses);
                    }
                }
            }
        }
        parcels.push(parcel);
    }
    let officers = appoint(seed, &parcels);
    Registers { parcels, buildings: rows, addresses, officers }
}

/// One grid leader for each community and one officer for about 400 households.
fn appoint(seed: u64, parcels: &[Parcel]) -> Vec<Officer> {
    let (mut out, mut used) = (Vec::new(), HashSet::new());
    let mut dice = Dice::of(seed, "officers", 0);
    for community in 0..COMMUNITIES.len() {
        let households: i64 = parcels.iter().filter(|p| p.community == community).map(|p| p.households).sum();
        for k in 0..=(households + 399) / 400 {
            let mut name = person(&mut dice);
            while !used.insert(name.clone()) {
                name = person(&mut dice);
            }
            let desk_phone = format!("0000-{:07}", 1000 * (community + 1) as i64 + k);
            out.push(Officer { name, role: if k == 0 { "网格长" } else { "网格员" }, desk_phone, community });
        }
    }
    out
}
