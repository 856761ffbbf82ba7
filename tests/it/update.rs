//! Tables without geometry, brought in by the program: the bundled town with counts from somebody's spreadsheet.

use gdal::DriverManager;
use gdal::vector::{LayerAccess, LayerOptions, OGRFieldType, OGRwkbGeometryType};
use serde_json::{Value, json};

use crate::cli::Desk;

/// A desk with the town's 1,156 parcels, 39,834 households, named by compound and building or by address.
fn town() -> Desk {
    let desk = Desk::new();
    let town = concat!(env!("CARGO_MANIFEST_DIR"), "/data/town.gpkg");
    desk.ok(&[
        "import",
        town,
        "--store",
        "s.gpkg",
        "--layer",
        "parcels",
        "--id",
        "code",
        "--households",
        "households",
        "--population",
        "population",
        "--name",
        "name",
        "--jurisdiction",
        "district,street_office,community",
    ]);
    desk
}

fn update<'a>(file: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["update", file, "--store", "s.gpkg"], more].concat()
}

fn households(desk: &Desk) -> Value {
    desk.json(&["update", "same.csv", "--store", "s.gpkg", "--id", "id", "--households", "hh", "--dry-run", "--json"])["households_after"].clone()
}

const TOWER: &str = "4297010010040001";

#[test]
fn counts_by_code_make_a_new_dataset_and_a_dry_run_makes_none() {
    let desk = town();
    let file = desk.write("counts.csv", format!("id,hh,who\n{TOWER},600,a\n９,1,b\n,2,c\n"));
    let words = update(&file, &["--id", "id", "--households", "hh", "--json"]);
    let dry = desk.json(&[&words[..], &["--dry-run"]].concat());
    assert_eq!((&dry["households_before"], &dry["households_after"]), (&json!(39_834), &json!(39_814)));
    assert_eq!((&dry["written"], &dry["dataset"]), (&json!(false), &json!(1)));
    let done = desk.json(&words);
    assert_eq!((&done["written"], &done["dataset"], &done["base"]), (&json!(true), &json!(2), &json!(1)));
    assert_eq!(
        (&done["rows"], &done["matched"], &done["unmatched"], &done["ambiguous"]),
        (&json!(3), &json!(1), &json!(2), &json!(0))
    );
    assert_eq!((&done["changed"], &done["changes"][0]["households"]), (&json!(1), &json!([620, 600])));
    assert_eq!((&done["left"][0]["row"], &done["left"][0]["reason"]), (&json!(3), &json!("no_match")));
    // the new dataset is what plans are made on, in the same jurisdictions, with the population it had
    let again = desk.json(&words);
    assert_eq!((&again["written"], &again["changed"], &again["dataset"]), (&json!(false), &json!(0), &json!(2)));
    assert_eq!((&again["population_before"], &again["population_after"]), (&json!(101_397), &json!(101_397)));
    desk.json(&["partition", "--store", "s.gpkg", "--json"]);
    let outside = desk.json(&["check", "--store", "s.gpkg", "--json"])["outside"].clone();
    assert!(outside.to_string().contains("alone has 600"), "{outside}");
    desk.ok(&["audit", "verify", "--store", "s.gpkg"]);
}

/// A sheet as an office fills it: numbers as numbers, buildings in their own words.
fn spreadsheet(path: &std::path::Path, rows: &[(&str, &str, i32)]) {
    let mut file = DriverManager::get_driver_by_name("XLSX").unwrap().create_vector_only(path).unwrap();
    let sheet = LayerOptions { name: "台账", ty: OGRwkbGeometryType::wkbNone, ..LayerOptions::default() };
    let layer = file.create_layer(sheet).unwrap();
    let text = OGRFieldType::OFTString;
    layer.create_defn_fields(&[("小区", text), ("楼号", text), ("户数", OGRFieldType::OFTInteger)]).unwrap();
    for (compound, number, households) in rows {
        let mut feature = gdal::vector::Feature::new(layer.defn()).unwrap();
        feature.set_field_string(0, compound).unwrap();
        feature.set_field_string(1, number).unwrap();
        feature.set_field_integer(2, *households).unwrap();
        feature.create(&layer).unwrap();
    }
    file.close().unwrap();
}

#[test]
fn a_spreadsheet_by_compound_and_building_is_matched_in_the_offices_own_words() {
    let desk = town();
    spreadsheet(
        &desk.path("ledger.xlsx"),
        &[("云锦花园", "一栋１单元", 200), ("云锦 花园", "1#2单元", 210), ("云锦花园", "九十九幢", 5)],
    );
    let fields = ["--compound", "小区", "--number", "楼号", "--households", "户数", "--json"];
    let list = ["--repair-list", "left.xlsx"];
    let done = desk.json(&update("ledger.xlsx", &[&fields[..], &list].concat()));
    assert_eq!((&done["matched"], &done["unmatched"]), (&json!(2), &json!(1)), "{done}");
    assert_eq!(
        done["changes"],
        json!([{"code": TOWER, "name": "云锦花园1号楼", "households": [620, 410], "population": done["changes"][0]["population"]}])
    );
    assert_eq!(done["left"][0]["row"], 4);
    // the list goes back in as it is: nothing matches, and nothing changes
    let back = desk.json(&update("left.xlsx", &fields));
    assert_eq!((&back["rows"], &back["unmatched"], &back["changed"]), (&json!(1), &json!(1), &json!(0)), "{back}");
}

#[test]
fn a_repair_list_with_codes_filled_in_is_taken_up_by_the_same_command() {
    let desk = town();
    let file = desk.write("a.csv", "名称,户数\n没有这个小区1号楼,7\n云锦花园1号楼,601\n,9\n");
    let words = ["--address", "名称", "--households", "户数", "--json"];
    let done = desk.json(&update(&file, &[&words[..], &["--repair-list", "left.csv"]].concat()));
    assert_eq!((&done["matched"], &done["unmatched"]), (&json!(1), &json!(2)));
    let left = std::fs::read_to_string(desk.path("left.csv")).unwrap();
    let lines: Vec<&str> = left.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!(lines[0], "名称,户数,code,reason,candidates");
    assert_eq!(lines[1], "没有这个小区1号楼,7,,没有匹配 / no match,");
    let filled = left.replace("7,,", &format!("7,{TOWER},")).replace(",9,,", ",9,nonsense,");
    let filled = desk.write("filled.csv", filled);
    let back = desk.json(&update(&filled, &words));
    assert_eq!((&back["matched"], &back["changes"][0]["households"]), (&json!(1), &json!([601, 7])));
    assert_eq!(back["left"][0]["reason"], "unknown_code");
    let there = desk.refused(&update(&file, &[&words[..], &["--repair-list", "left.csv"]].concat()));
    assert!(there.contains("left.csv is there already"), "{there}");
}

#[test]
fn what_is_wrong_with_the_table_is_said_in_one_line_and_changes_nothing() {
    let desk = town();
    desk.write("same.csv", format!("id,hh\n{TOWER},620\n"));
    let by = |file: &'static str| update(file, &["--id", "id", "--households", "hh"]);
    desk.write("empty.csv", "");
    desk.write("header.csv", "id,hh\n");
    desk.write("other.csv", "code,hh\nx,1\n");
    desk.write("list.csv", "id,hh,code\nx,1,y\n");
    assert!(desk.refused(&by("gone.csv")).contains("gone.csv"));
    assert!(desk.refused(&by("empty.csv")).contains("empty"));
    assert!(desk.refused(&by("header.csv")).contains("no row"));
    assert!(desk.refused(&by("other.csv")).contains("no field \"id\""));
    assert!(desk.refused(&[&by("list.csv")[..], &["--repair-list", "out.csv"]].concat()).contains("rename it"));
    assert!(desk.refused(&[&by("same.csv")[..], &["--repair-list", "out.pdf"]].concat()).contains(".xlsx or .csv"));
    let usage = desk.run(&update("same.csv", &["--id", "id"]));
    assert_eq!(usage.status.code(), Some(2), "nothing to update");
    let usage = desk.run(&update("same.csv", &["--households", "hh"]));
    assert_eq!(usage.status.code(), Some(2), "no way to match");
    assert_eq!(households(&desk), json!(39_834));
    assert_eq!(desk.json(&by("same.csv").into_iter().chain(["--json"]).collect::<Vec<_>>())["dataset"], 1);
}

#[test]
fn an_older_state_comes_back_as_a_new_dataset() {
    let desk = town();
    let set = |households: u32| {
        let file = desk.write("set.csv", format!("id,hh\n{TOWER},{households}\n"));
        desk.json(&update(&file, &["--id", "id", "--households", "hh", "--json"]))
    };
    for (households, dataset) in [(601, 2), (602, 3), (601, 4), (602, 5), (601, 6), (620, 7)] {
        assert_eq!((&set(households)["dataset"], households), (&json!(dataset), households));
    }
    assert_eq!(set(620)["written"], false);
}
