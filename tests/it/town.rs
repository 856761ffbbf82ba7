//! Streets and buildings of towns become atoms, and those lawful grids, through the program itself.
//!
//! Real towns lie in the folder of [`real_data`](crate::real_data); without it their tests say so and do nothing.

use std::path::Path;

use serde_json::Value;

use crate::cli::Desk;
use crate::real_data::real;

const STORE: [&str; 3] = ["--store", "t.gpkg", "--json"];

fn import(desk: &Desk, file: &Path, kind: &str, more: &[&str]) -> Value {
    let file = file.to_str().unwrap();
    desk.json(&[&["import", file, "--as", kind], more, &STORE].concat())
}

/// Makes atoms; what must hold of all of them is looked at.
fn tessellate(desk: &Desk, more: &[&str]) -> Value {
    let made = desk.json(&[&["tessellate"], more, &STORE].concat());
    assert_eq!(made["inhabited_in_one_cell"], made["inhabited"], "{made}");
    assert_eq!(made["repairs"], 0, "{made}");
    assert_eq!(made["households_unplaced"], 0, "{made}");
    // a boundary takes in the points where streets cross it, each within half a lattice unit (6 mm)
    assert!(made["area_difference_m2"].as_f64().unwrap().abs() < 20.0, "{made}");
    made
}

/// Cuts the atoms into grids; every grid outside the band must say why.
fn partition(desk: &Desk) -> Value {
    desk.json(&[&["partition"], &STORE[..]].concat());
    let check = desk.json(&[&["check"], &STORE[..]].concat());
    assert_eq!(
        (&check["area_ok"], &check["unassigned"], &check["overlaps"]["count"]),
        (&true.into(), &0.into(), &0.into())
    );
    for grid in check["outside"].as_array().unwrap() {
        assert!(grid["reason"].is_string(), "{grid}");
    }
    check
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is no number"))
}

/// A tree: the program's answer is that of the last of these.
fn town_inputs(desk: &Desk) {
    let town = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/town.gpkg");
    let named = ["--id", "code", "--name", "name"];
    import(desk, &town, "jurisdictions", &[&["--layer", "jurisdictions", "--parent", "parent"], &named[..]].concat());
    import(desk, &town, "streets", &["--layer", "streets"]);
    import(desk, &town, "streets", &["--layer", "barriers"]);
    let buildings = import(
        desk,
        &town,
        "buildings",
        &[&["--layer", "buildings", "--households", "households"], &named[..]].concat(),
    );
    assert_eq!(buildings["households"], 39_834);
}

#[test]
fn the_town_is_made_again_from_its_streets_and_buildings() {
    let desk = Desk::new();
    town_inputs(&desk);
    let made = tessellate(&desk, &[]);
    assert_eq!((&made["households"], &made["units"]), (&39_834.into(), &16.into()));
    assert_eq!(made["households_unplaced"], 0);
    // the tower of 620 households has units: it is no longer one atom over the band
    assert!(number(&made["kinds"]["unit"]) >= 2, "{made}");
    let check = partition(&desk);
    assert_eq!(check["households"], 39_834);
    let oversize =
        check["outside"].as_array().unwrap().iter().filter(|grid| grid["reason_kind"] == "atom_over").count();
    assert_eq!(oversize, 0, "{check}");
    assert!(check["border_along_percent"].as_f64().unwrap() > 60.0, "{}", check["border_along_percent"]);
    // the same inputs give the same atoms
    let again = tessellate(&desk, &[]);
    assert_eq!((&again["already"], &again["dataset"]), (&true.into(), &made["dataset"]));
}

#[test]
fn without_streets_or_buildings_there_is_nothing_to_make_atoms_from() {
    let desk = Desk::new();
    let town = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/town.gpkg");
    import(&desk, &town, "jurisdictions", &["--layer", "jurisdictions", "--id", "code"]);
    let said = desk.refused(&["tessellate", "--store", "t.gpkg"]);
    assert!(said.contains("neither streets nor buildings"), "{said}");
}

#[test]
fn options_that_mean_nothing_for_a_kind_are_refused() {
    let desk = Desk::new();
    let town = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/town.gpkg");
    let town = town.to_str().unwrap();
    for (words, expected) in [
        (["--as", "atoms", "--levels", "levels"], "--as buildings"),
        (["--as", "streets", "--jurisdiction", "name"], "--as jurisdictions"),
        (["--as", "streets", "--class-is", "motorway"], "none of river, rail"),
    ] {
        let words = [&["import", town, "--layer", "streets", "--store", "t.gpkg"], &words[..]].concat();
        let output = desk.run(&words);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && said.contains(expected), "{said}");
    }
    assert!(!desk.path("t.gpkg").exists(), "nothing was made");
}

#[test]
fn olemps_keeps_its_dwellings_and_its_grids_follow_streets() {
    let Some(file) = real("fr_olemps_raw.gpkg.zst") else { return };
    let desk = Desk::new();
    import(&desk, &file, "jurisdictions", &["--layer", "COMMUNE_v3", "--id", "INSEE_COM", "--name", "NOM"]);
    let buildings =
        import(&desk, &file, "buildings", &["--layer", "BATIMENT_v3", "--id", "ID", "--households", "NB_LOGTS"]);
    assert_eq!((&buildings["features"], &buildings["households"]), (&2_273.into(), &1_429.into()));
    import(&desk, &file, "streets", &["--layer", "ROUTE_v2"]);
    import(&desk, &file, "streets", &["--layer", "TRONCON_DE_VOIE_FERREE_v3", "--class-is", "rail"]);
    import(&desk, &file, "landuse", &["--layer", "SURFACE_HYDROGRAPHIQUE_v3"]);
    let made = tessellate(&desk, &[]);
    assert_eq!((&made["households"], &made["households_counted"]), (&1_429.into(), &1_429.into()));
    let check = partition(&desk);
    assert_eq!(check["households"], 1_429);
    assert!(check["border_along_percent"].as_f64().unwrap() >= 90.0, "{}", check["border_m"]);
}

#[test]
fn povo_gets_its_people_from_sections_in_another_crs_than_its_streets() {
    let Some(file) = real("it_povo.gpkg.zst") else { return };
    let desk = Desk::new();
    import(&desk, &file, "jurisdictions", &["--layer", "circoscrizione", "--name", "nome"]);
    import(&desk, &file, "streets", &["--layer", "osm_walk_edges"]);
    let totals =
        [&["--layer", "sezioni_2021", "--id", "SEZ21_ID"], &["--households", "FAM21", "--population", "POP21"][..]];
    import(&desk, &file, "totals", &totals.concat());
    let made = tessellate(&desk, &["--dividing", "river,rail,arterial,street,path,wall"]);
    // two sections reach over the district's border: one person of each lives beyond it, and that is a finding
    assert_eq!((&made["households"], &made["population"]), (&3_494.into(), &8_292.into()));
    assert_eq!(made["findings"]["beyond"], 2, "{made}");
    assert_eq!(made["households_counted"], 0);
    assert_eq!(partition(&desk)["households"], 3_494);
}

#[test]
fn snezhinsk_takes_a_total_of_the_whole_town() {
    let Some(file) = real("ru_snezhinsk_osm.gpkg.zst") else { return };
    let desk = Desk::new();
    import(&desk, &file, "buildings", &["--layer", "buildings"]);
    import(&desk, &file, "streets", &["--layer", "roads"]);
    import(&desk, &file, "streets", &["--layer", "railway"]);
    import(&desk, &file, "landuse", &["--layer", "water"]);
    import(&desk, &file, "landuse", &["--layer", "landuse"]);
    let made = tessellate(&desk, &["--total-households", "21000"]);
    assert_eq!((&made["households"], &made["households_counted"]), (&21_000.into(), &0.into()));
    assert_eq!(partition(&desk)["households"], 21_000);
}
