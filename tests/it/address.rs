//! Addresses by the program itself: the bundled town's and a real town's, as they are written and as people write them.

use serde_json::{Value, json};
use wangge::address::{Index, Place, PlaceId, State, normalise};
use wangge::format::{AddressSource, read_addresses, unwatched};

use crate::cli::Desk;
use crate::mangle::{Dice, Mangled, mangle_han, mangle_russian, without_unit};
use crate::real_data::real;

const TOWN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/town.gpkg");

fn register(source: &AddressSource) -> Index {
    let table = read_addresses(source, &unwatched).unwrap();
    Index::new(table.rows.into_iter().map(|row| Place { text: row.text, point: row.point }).collect())
}

fn town() -> Index {
    register(&AddressSource { path: TOWN.into(), layer: Some("addresses".to_owned()), ..AddressSource::default() })
}

fn snezhinsk() -> Option<Index> {
    let path = real("ru_snezhinsk_osm.gpkg.zst")?;
    Some(register(&AddressSource { path, layer: Some("buildings".to_owned()), ..AddressSource::default() }))
}

/// Looks every address of a register up as it is written: how many there are alone, and how many several times.
fn each_is_found(register: &Index) -> (usize, usize) {
    let (mut alone, mut several) = (0, 0);
    for (id, place) in (0..).map(PlaceId).zip(register.places()) {
        let found = register.search(&place.text, 10);
        assert!(found.leaders.contains(&id), "{}: {found:?}", place.text);
        assert_eq!(found.candidates[0].score, 1000, "{}", place.text);
        if found.leaders.len() == 1 {
            assert_eq!(found.state, State::Exact, "{}", place.text);
            alone += 1;
        } else {
            // written alike, to the register as to us: never taken for one of them
            let normal = normalise(&place.text).replace("no ", "");
            assert_eq!(found.state, State::Ambiguous, "{}", place.text);
            assert!(
                found.leaders.iter().all(|id| {
                    let other = normalise(&register.place(*id).text).replace("no ", "");
                    other == normal
                }),
                "{}: {found:?}",
                place.text
            );
            several += 1;
        }
    }
    (alone, several)
}

/// How a thousand mangled addresses fare: first candidates that are right, those that are sure, and sure ones that are wrong.
fn fare(register: &Index, seed: u64, mangle: impl Fn(&mut Dice, &str) -> Option<Mangled>) -> (u32, u32, Vec<String>) {
    let mut dice = Dice(seed);
    let (mut asked, mut right, mut sure, mut wrong) = (0, 0, 0, Vec::new());
    while asked < 1000 {
        let place = &register.places()[dice.below(register.places().len())];
        let Some(mangled) = mangle(&mut dice, &place.text) else { continue };
        asked += 1;
        let found = register.search(&mangled.text, 5);
        let same = |text: &str| {
            if mangled.unit_dropped {
                without_unit(text) == without_unit(&place.text)
            } else {
                normalise(text) == normalise(&place.text)
            }
        };
        let is_right = found.candidates.first().is_some_and(|first| same(&register.place(first.place).text));
        let is_sure = matches!(found.state, State::Exact | State::Confident);
        right += u32::from(is_right);
        sure += u32::from(is_sure);
        if is_sure && !is_right {
            wrong.push(format!("{} for {}: {found:?}", mangled.text, place.text));
        }
    }
    (right, sure, wrong)
}

#[test]
fn every_address_of_the_town_is_found_exactly() {
    let town = town();
    assert_eq!(each_is_found(&town), (3423, 0));
}

#[test]
fn every_house_number_of_a_real_town_is_found_exactly_or_with_all_that_are_written_alike() {
    let Some(register) = snezhinsk() else { return };
    assert_eq!(register.places().len(), 4723);
    let (alone, several) = each_is_found(&register);
    assert_eq!((alone, several), (3050, 1673));
}

#[test]
fn of_a_thousand_mangled_addresses_of_the_town_nearly_all_are_found_and_none_is_taken_wrongly() {
    let (right, sure, wrong) = fare(&town(), 7, |dice, text| Some(mangle_han(dice, text)));
    assert_eq!(wrong, Vec::<String>::new());
    assert!(right >= 950 && sure >= 850, "{right} right, {sure} sure");
}

#[test]
fn of_a_thousand_mangled_addresses_of_a_real_town_nearly_all_are_found_and_none_is_taken_wrongly() {
    let Some(register) = snezhinsk() else { return };
    let (right, sure, wrong) = fare(&register, 7, |dice, text| {
        let (street, house) = text.split_once(", ")?;
        Some(mangle_russian(dice, street, house))
    });
    assert_eq!(wrong, Vec::<String>::new());
    assert!(right >= 950 && sure >= 600, "{right} right, {sure} sure");
}

fn published(desk: &Desk) {
    desk.ok(&[
        "import",
        TOWN,
        "--layer",
        "parcels",
        "--store",
        "s.gpkg",
        "--id",
        "code",
        "--households",
        "households",
        "--jurisdiction",
        "district,street_office,community",
    ]);
    desk.ok(&["partition", "--store", "s.gpkg"]);
    desk.ok(&["publish", "--store", "s.gpkg"]);
}

#[test]
fn a_table_of_addresses_gets_places_and_grids_and_says_why_where_not() {
    let desk = Desk::new();
    let refused = desk.write("calls.csv", "来电,address\n");
    desk.ok(&[
        "import",
        TOWN,
        "--layer",
        "parcels",
        "--store",
        "bare.gpkg",
        "--id",
        "code",
        "--households",
        "households",
    ]);
    let line = desk.refused(&["geocode", "--store", "bare.gpkg", "--in", &refused, "--out", "o.csv"]);
    assert!(line.contains("holds no addresses") && line.contains("--as addresses"), "{line}");

    published(&desk);
    let kept = desk.json(&["import", TOWN, "--layer", "addresses", "--as", "addresses", "--store", "s.gpkg", "--json"]);
    assert_eq!((&kept["set"], &kept["addresses"], &kept["repeated"]), (&json!(1), &json!(3423), &json!(0)), "{kept}");
    let again =
        desk.json(&["import", TOWN, "--layer", "addresses", "--as", "addresses", "--store", "s.gpkg", "--json"]);
    assert_eq!((&again["already"], &again["set"]), (&json!(true), &json!(1)));

    let found = desk.json(&["geocode", "紫薇路４２号幸福小区六栋1门", "--store", "s.gpkg", "--json"]);
    assert_eq!(found["state"], "confident", "{found}");
    let first = &found["candidates"][0];
    assert_eq!(first["address"], "云泽市澄浦区南埠街道紫薇路42号幸福小区6号楼1单元");
    let located =
        desk.json(&["locate", "--store", "s.gpkg", "--json", &first["lon"].to_string(), &first["lat"].to_string()]);
    assert_eq!(located["grid"], first["grid"]);
    assert!(first["why"][0]["zh"].as_str().unwrap().contains("缺区划"), "{first}");
    // a building of which the unit is not said, all units of which lie side by side in one grid
    let whole = desk.json(&["geocode", "紫薇路42号幸福小区6号楼", "--store", "s.gpkg", "--json"]);
    assert_eq!(whole["state"], "confident", "{whole}");
    let why = whole["candidates"][0]["why"].to_string();
    assert!(why.contains("unit missing") && why.contains("side by side in one grid"), "{why}");
    let told = desk.ok(&["geocode", "紫薇路42号幸福小区6号楼1单元", "--store", "s.gpkg"]);
    assert!(told.starts_with("confident\n0.990  云泽市"), "{told}");

    let rows = "来电,address\n甲,云泽市澄浦区南埠街道一人巷24号\n乙,\n丙,幸福大道99号\n丁,\"柏树二十二巷，9号\"\n";
    let input = desk.write("calls.csv", rows);
    let done = desk.json(&["geocode", "--store", "s.gpkg", "--in", &input, "--out", "placed.csv", "--json"]);
    assert_eq!(
        [&done["rows"], &done["exact"], &done["confident"], &done["none"]].map(Value::as_u64),
        [4, 1, 1, 2].map(Some),
        "{done}"
    );
    let bad: Vec<_> = done["unplaced"].as_array().unwrap().iter().map(|row| (&row["row"], &row["state"])).collect();
    assert_eq!(bad, [(&json!(3), &json!("none")), (&json!(4), &json!("none"))]);
    let placed = std::fs::read_to_string(desk.path("placed.csv")).unwrap();
    let lines: Vec<&str> = placed.lines().collect();
    assert_eq!(lines[0].trim_start_matches('\u{feff}'), "来电,address,grid,lon,lat,score,state,found,why");
    assert!(
        lines[1].starts_with("甲,云泽市澄浦区南埠街道一人巷24号,429701001") && lines[1].contains(",1.000,exact,"),
        "{placed}"
    );
    assert_eq!(lines[2], "乙,,,,,,none,,no address");
    assert!(lines[3].starts_with("丙,幸福大道99号,,,,") && lines[3].contains("none"), "{placed}");
    let line = desk.refused(&["geocode", "--store", "s.gpkg", "--in", &input, "--out", "o.csv", "--column", "地址"]);
    assert!(line.contains("no field \"地址\"") && line.contains("address"), "{line}");
}

#[test]
fn addresses_come_from_footprints_and_from_tables_with_coordinates() {
    let desk = Desk::new();
    let table = desk.write(
        "a.csv",
        "小区,楼号,单元,经度,纬度\n云锦花园,3,2,112.91,30.57\n云锦花园,4,,112.92,30.57\n,,,112.9,30.5\n云锦花园,5,,,\n",
    );
    let line = desk.refused(&["import", &table, "--as", "addresses", "--store", "s.gpkg"]);
    assert!(line.contains("--crs"), "{line}");
    assert!(!desk.path("s.gpkg").exists(), "no store is left behind");
    let kept = desk.json(&["import", &table, "--as", "addresses", "--store", "s.gpkg", "--crs", "wgs84", "--json"]);
    assert_eq!(
        (&kept["addresses"], &kept["left_out"], &kept["crs"]),
        (&json!(2), &json!(2), &json!("wgs84")),
        "{kept}"
    );
    let found = desk.json(&["geocode", "云锦花园三号楼二单元", "--store", "s.gpkg", "--json"]);
    let first = &found["candidates"][0];
    assert_eq!((&found["state"], &first["address"]), (&json!("exact"), &json!("云锦花园3号楼2单元")), "{found}");
    assert_eq!((&first["lon"], &first["lat"], &first["grid"]), (&json!(112.91), &json!(30.57), &Value::Null));
    let wrong = desk.write("b.csv", "地址,lon,lat\n人民路1号,1e3,x\n");
    let line = desk.refused(&["import", &wrong, "--as", "addresses", "--store", "s.gpkg", "--crs", "wgs84"]);
    assert!(line.contains("line 2") && line.contains("人民路1号") && line.contains("\"x\""), "{line}");
    let output = desk.run(&["import", &wrong, "--as", "addresses", "--store", "s.gpkg", "--households", "a"]);
    assert_eq!(output.status.code(), Some(2));

    let Some(path) = real("ru_snezhinsk_osm.gpkg.zst") else { return };
    let words = ["import", path.to_str().unwrap(), "--layer", "buildings", "--as", "addresses", "--store", "r.gpkg"];
    let named = ["--street", "street", "--number", "housenumber", "--json"];
    let kept = desk.json(&[&words[..], &named[..]].concat());
    assert_eq!(kept["addresses"], 4723, "{kept}");
    let found = desk.json(&["geocode", "ул. Васильева, 12", "--store", "r.gpkg", "--json"]);
    assert!(found["candidates"][0]["address"].as_str().unwrap().starts_with("улица Васильева, 12"), "{found}");
}
