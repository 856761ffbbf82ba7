//! `wangge partition` by the program itself: the frontier of a change, bands of jurisdictions and kinds.

use serde_json::{Value, json};

use crate::cli::Desk;
use crate::partition::{FIELDS, cells, check, even, grids_of, import, partition};

fn numbers(rows: &Value, name: &str) -> Vec<u64> {
    rows.as_array().unwrap().iter().map(|row| row[name].as_u64().unwrap()).collect()
}

#[test]
fn the_frontier_shows_what_each_price_moves_and_keeps_the_plan_of_one() {
    let desk = Desk::new();
    even(&desk);
    partition(&desk, &[]);
    desk.ok(&["publish", "--store", "s.gpkg"]);
    let alone = desk.run(&["partition", "--store", "s.gpkg", "--frontier"]);
    assert_eq!(alone.status.code(), Some(2), "a frontier is of changes");
    // households come and go: four squares are crowded, two are empty
    let drifted = |i: usize| match i {
        3 | 14 | 15 | 28 => (190, 240, "S", "C"),
        8 | 33 => (0, 0, "S", "C"),
        _ => (100, 240, "S", "C"),
    };
    import(&desk, &(0..36).map(drifted).collect::<Vec<_>>(), 6);
    let found = partition(&desk, &["--keep-from", "1", "--keep-price", "4", "--frontier", "0,2,1000"]);
    let rows = &found["frontier"];
    assert_eq!(numbers(rows, "keep_price_m"), [0, 2, 4, 1000], "{rows}");
    let moved = numbers(rows, "moved_households");
    assert!(moved[3] <= moved[0], "a thousand metres for each household keep at least as many: {rows}");
    let least = found["moved_at_least"].as_u64().unwrap();
    assert!(moved.iter().all(|&moved| moved >= least), "{least}: {rows}");
    // no row is better in all than one that is not marked
    let measures = ["outside", "moved_households", "border_m"].map(|name| numbers(rows, name));
    for (i, row) in rows.as_array().unwrap().iter().enumerate() {
        let is_worse = |other: usize| {
            let mut both = measures.iter().map(|measure| (measure[other], measure[i]));
            both.clone().all(|(other, own)| other <= own) && both.any(|(other, own)| other < own)
        };
        assert_eq!(row["dominated"], json!((0..4).any(is_worse)), "{rows}");
    }
    // one plan was kept, the one of the price asked for, and it is the same without a frontier
    let kept: Vec<&Value> = rows.as_array().unwrap().iter().filter(|row| !row["plan"].is_null()).collect();
    assert_eq!((kept.len(), &kept[0]["plan"], &kept[0]["keep_price_m"]), (1, &found["plan"], &json!(4)));
    assert_eq!((&found["plan"], &kept[0]["grids"]), (&json!(2), &found["grids"]));
    let border_m: u64 = found["border_m"].as_object().unwrap().values().map(|m| m.as_u64().unwrap()).sum();
    assert_eq!((&kept[0]["border_m"], &kept[0]["kept_pct"]), (&json!(border_m), &found["kept_percent"]));
    let once = partition(&desk, &["--keep-from", "1", "--keep-price", "4"]);
    assert_eq!((&once["plan"], &once["border_m"], &once["kept"]), (&json!(3), &found["border_m"], &found["kept"]));
    let told = desk.ok(&["partition", "--store", "s.gpkg", "--keep-from", "1", "--frontier"]);
    assert!(told.contains("at least have to move") && told.matches("  plan 4").count() == 1, "{told}");
    assert_eq!(told.lines().skip_while(|line| !line.contains("border m")).count(), 8, "{told}");
    let wrong = desk.run(&["partition", "--store", "s.gpkg", "--keep-from", "1", "--frontier", "0.5"]);
    assert_eq!(wrong.status.code(), Some(2));
}

/// Two streets: an urban and a rural community, and two rural ones; each of 12 squares with 100 households.
fn kinds(desk: &Desk) {
    let mut value: Value = {
        let community = |i: usize| match i % 8 {
            0 | 1 => ("S", "a"),
            2 | 3 => ("S", "b"),
            4 | 5 => ("T", "c"),
            _ => ("T", "d"),
        };
        let cell = |i: usize| (100, 240, community(i).0, community(i).1);
        serde_json::from_str(&cells(&(0..48).map(cell).collect::<Vec<_>>(), 8)).unwrap()
    };
    for i in 0..48 {
        let kind = if i % 8 < 2 { "urban" } else { "rural" };
        // one square says nothing, which is no other kind
        value["features"][i]["properties"]["class"] = if i == 3 { Value::Null } else { kind.into() };
    }
    let file = desk.write("cells.geojson", value.to_string());
    desk.ok(&[&["import", &file, "--store", "s.gpkg", "--kind", "class"], &FIELDS[..]].concat());
}

#[test]
fn bands_of_kinds_and_codes_hold_where_they_are_given() {
    let desk = Desk::new();
    kinds(&desk);
    let usual = partition(&desk, &["--bounds", "300..500"]);
    assert_eq!((&usual["bands"], &usual["own_bounds"]), (&json!([]), &json!({})));
    let own = ["--bounds", "300..500", "--bounds-of-kind", "rural=100..200", "--bounds-of", "T=600..600,d=1200..1200"];
    let plan = partition(&desk, &own);
    assert_eq!((&plan["outside"], &plan["in_bounds"]), (&json!([]), &plan["grids"]), "{plan}");
    let band = |lower: u32, upper: u32| json!({"lower": lower, "upper": upper});
    assert_eq!(
        plan["own_bounds"],
        json!({"of": {"T": {"band": band(600, 600)}, "d": {"band": band(1200, 1200)}}, "of_kind": {"rural": {"band": band(100, 200)}}})
    );
    // the kind of a community is nearer than the code of its street; its own code is nearer than both
    let rows: Vec<(Value, u64)> = plan["bands"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["bounds"].clone(), row["units"].as_u64().unwrap()))
        .collect();
    assert_eq!(rows, [(band(100, 200), 2), (band(300, 500), 1), (band(1200, 1200), 1)], "{}", plan["bands"]);
    assert_eq!(plan["in_bounds_by"]["households"], plan["grids"]);
    // counted again, by the bands that are kept with the plan
    let audit = check(&desk, &[]);
    assert_eq!((&audit["own_bounds"], &audit["in_bounds"]), (&plan["own_bounds"], &plan["grids"]));
    assert_eq!(audit["figures"]["bands"], plan["bands"]);
    let told = desk.ok(&["partition", "--store", "s.gpkg", "--bounds-of-kind", "rural=100..200"]);
    assert!(told.contains("bounds        100..200: ") && told.contains("in 3 units"), "{told}");
    // what is in force by it is within its bands, whatever the band of the plan
    desk.ok(&["publish", "--store", "s.gpkg", "--plan", "2"]);
    assert_eq!(check(&desk, &["--plan", "2"])["outside"], json!([]));
    let file = desk.path("units.csv").to_str().unwrap().to_owned();
    desk.ok(&["export", "--store", "s.gpkg", "--layer", "jurisdictions", "--to", &file]);
    let units = std::fs::read_to_string(&file).unwrap();
    assert_eq!((units.matches("rural").count(), units.matches("urban").count()), (3, 1), "{units}");
}

#[test]
fn a_grid_outside_a_band_of_its_own_is_told_so_with_that_band() {
    let desk = Desk::new();
    kinds(&desk);
    let plan = partition(&desk, &["--bounds-of", "b=1300..2000", "--bounds", "300..500"]);
    let outside = plan["outside"].as_array().unwrap();
    assert_eq!(outside.len(), 1, "{plan}");
    let certificate = &outside[0]["certificate"];
    assert_eq!(
        (&outside[0]["bounds"], &certificate["kind"]),
        (&json!({"lower": 1300, "upper": 2000}), &json!("unit_below"))
    );
    assert!(certificate["text_en"].as_str().unwrap().contains("fewer than the 1300 of one grid"), "{certificate}");
    // a neighbour takes it in by its own band
    let way = certificate["ways_out"][0]["text_en"].as_str().unwrap();
    assert!(way.contains("together 2400 households") && way.contains("300 to 500"), "{way}");
    let audit = check(&desk, &[]);
    assert_eq!(
        (&audit["outside"][0]["bounds"], &audit["figures"]["outside"]),
        (&outside[0]["bounds"], &plan["outside"])
    );
}

#[test]
fn bands_of_their_own_hold_for_persons_beside_households_and_for_micro_grids() {
    let desk = Desk::new();
    kinds(&desk);
    let both = ["--bounds", "300..500", "--population-bounds", "700..1300"];
    let own = ["--bounds-of-kind", "rural=100..200", "--population-bounds-of-kind", "rural=240..480"];
    let plan = partition(&desk, &[&both[..], &own[..]].concat());
    assert_eq!((&plan["outside"], &plan["in_bounds"]), (&json!([]), &plan["grids"]), "{plan}");
    assert_eq!(plan["bands"][0]["other_bounds"], json!({"lower": 240, "upper": 480}), "{}", plan["bands"]);
    let refused = desk.refused(&[&["partition", "--store", "s.gpkg"], &own[..]].concat());
    assert!(refused.contains("--population-bounds L..U"), "{refused}");
    // micro-grids: one square each where it is urban, whole grids elsewhere
    let micro = partition(&desk, &["--level", "micro", "--bounds", "100..100", "--bounds-of-kind", "rural=100..200"]);
    assert_eq!((&micro["outside"], &micro["level"]), (&json!([]), &json!("micro")), "{micro}");
    assert_eq!(
        micro["bands"][0],
        json!({"bounds": {"lower": 100, "upper": 100}, "other_bounds": null, "units": 3, "grids": 12, "in_bounds": 12})
    );
    assert_eq!(check(&desk, &[])["figures"]["bands"], micro["bands"]);
}

#[test]
fn bands_and_kinds_that_fit_nothing_are_refused_in_words() {
    let desk = Desk::new();
    kinds(&desk);
    let refused = |more: &[&str]| desk.refused(&[&["partition", "--store", "s.gpkg"], more].concat());
    for (more, words) in [
        (&["--bounds-of", "X=1..2"][..], "no such jurisdiction"),
        (&["--bounds-of", "a=1..2", "--within", "street"], "\"a\" has bounds of its own, but nothing is divided"),
        (&["--bounds-of-kind", "town=1..2"], "they are rural, urban"),
        (&["--bounds-of-kind", "rural=1..2", "--within", "street"], "S holds a (urban) and b (rural)"),
        (&["--bounds-of", "a=1..2,a=3..4"], "\"a\" 1..2 and 3..4"),
    ] {
        let told = refused(more);
        assert!(told.contains(words), "{more:?}: {told}");
    }
    let crossed = desk.run(&["partition", "--store", "s.gpkg", "--bounds-of", "a=2..1"]);
    assert_eq!(crossed.status.code(), Some(2));
    // a street that is all of one kind has its band
    let street =
        partition(&desk, &["--within", "street", "--bounds-of-kind", "rural=100..200", "--bounds-of", "S=300..500"]);
    assert_eq!(street["bands"][0]["units"], json!(1), "{}", street["bands"]);
    // two kinds in one community
    let mut value: Value = serde_json::from_str(&cells(&[(100, 240, "S", "C"); 2], 2)).unwrap();
    for (i, kind) in [(0, "urban"), (1, "rural")] {
        value["features"][i]["properties"]["class"] = kind.into();
    }
    let file = desk.write("torn.geojson", value.to_string());
    let told = desk.refused(&[&["import", &file, "--store", "t.gpkg", "--kind", "class"], &FIELDS[..]].concat());
    for word in ["\"C\"", "\"urban\" by area \"a0\"", "\"rural\" by area \"a1\""] {
        assert!(told.contains(word), "{told}");
    }
    let told = desk.refused(&["import", &file, "--store", "t.gpkg", "--kind", "class", "--households", "hh"]);
    assert!(told.contains("--jurisdiction"), "{told}");
}

#[test]
fn jurisdictions_imported_as_polygons_bring_their_kind() {
    let desk = Desk::new();
    let square = |code: &str, kind: &str, x: f64| {
        let ring =
            [(x, 25.0), (x + 0.003, 25.0), (x + 0.003, 25.006), (x, 25.006), (x, 25.0)].map(|(x, y)| json!([x, y]));
        json!({
            "type": "Feature", "geometry": {"type": "Polygon", "coordinates": [ring]},
            "properties": {"code": code, "class": kind},
        })
    };
    let units =
        json!({"type": "FeatureCollection", "features": [square("W", "urban", 121.0), square("E", "rural", 121.003)]});
    let units = desk.write("units.geojson", units.to_string());
    desk.ok(&["import", &units, "--store", "s.gpkg", "--as", "jurisdictions", "--id", "code", "--kind", "class"]);
    let file = desk.write("cells.geojson", cells(&[(100, 240, "", ""); 36], 6));
    desk.ok(&["import", &file, "--store", "s.gpkg", "--id", "id", "--households", "hh"]);
    let plan = partition(&desk, &["--bounds", "300..500", "--bounds-of-kind", "rural=100..100"]);
    let grids = grids_of(&desk, &plan["plan"]);
    let east = grids.values().filter(|grid| grid.starts_with("E-")).collect::<std::collections::BTreeSet<_>>();
    assert_eq!((east.len(), &plan["outside"]), (18, &json!([])), "{plan}");
    let streets = desk.run(&["import", &units, "--store", "s.gpkg", "--as", "streets", "--kind", "class"]);
    assert_eq!(streets.status.code(), Some(2));
}

/// Rows of 8 squares with 100 households and 240 persons each; a letter for the community of each, capitals are of street T.
fn communities(desk: &Desk, rows: &[&str]) {
    let named =
        |letter: char| if letter.is_uppercase() { ("T", letter.to_string()) } else { ("S", letter.to_string()) };
    let named: Vec<(&str, String)> = rows.iter().flat_map(|row| row.chars().map(named)).collect();
    let given: Vec<_> = named.iter().map(|(street, community)| (100, 240, *street, community.as_str())).collect();
    import(desk, &given, 8);
}

fn export(desk: &Desk, layer: &str, plan: &Value) -> String {
    let file = desk.path(&format!("{layer}-{plan}.csv")).to_str().unwrap().to_owned();
    desk.ok(&["export", "--store", "s.gpkg", "--layer", layer, "--plan", &plan.to_string(), "--to", &file]);
    std::fs::read_to_string(&file).unwrap()
}

#[test]
fn areas_are_whole_communities_within_the_next_level_up_and_stay_a_draft() {
    let desk = Desk::new();
    // communities of six squares; c lies in two parts
    communities(
        &desk,
        &["aaabbbcc", "aaabbbcc", "dddeeeff", "dddeeeff", "ccXXXYff", "ZZXXXYYY", "ZZZZYYWW", "VVVVVVWW"],
    );
    let grids = partition(&desk, &["--bounds", "100..10000"]);
    let plan = partition(&desk, &["--level", "area", "--bounds", "1200..1900"]);
    assert_eq!(
        (&plan["level"], &plan["parent"], &plan["outside"]),
        (&json!("area"), &json!(null), &json!([])),
        "{plan}"
    );
    assert_eq!((&plan["bounds"], &plan["contiguous"]), (&json!({"lower": 1200, "upper": 1900}), &plan["grids"]));
    let area_of = grids_of(&desk, &plan["plan"]);
    let community_of = grids_of(&desk, &grids["plan"]);
    let mut area: std::collections::BTreeMap<&str, &str> = std::collections::BTreeMap::new();
    for (atom, grid) in &community_of {
        let community = grid.rsplit_once('-').unwrap().0;
        let here = area_of[atom].as_str();
        assert_eq!(*area.entry(community).or_insert(here), here, "{community} is in two areas");
        let street = if community.chars().all(char::is_uppercase) { "T-A" } else { "S-A" };
        assert!(here.starts_with(street), "{community} is in {here}");
    }
    let audit = check(&desk, &[]);
    assert_eq!(
        (&audit["level"], &audit["nesting_breaks"], &audit["noncontiguous"]),
        (&json!("area"), &json!(0), &json!(0))
    );
    // the two parts of c hang together by a ferry, which is a finding
    assert_eq!(audit["joined_codes"], json!([area["c"]]), "{audit}");
    let findings = export(&desk, "findings", &plan["plan"]);
    assert!(findings.contains("a patrol area takes a community whole"), "{findings}");
    assert!(export(&desk, "grids", &plan["plan"]).contains("S第1片区"));
    let told = desk.ok(&["check", "--store", "s.gpkg"]);
    assert!(told.starts_with(&format!("plan {}: {} patrol areas: ", plan["plan"], plan["grids"])), "{told}");
    // a draft: neither published nor divided nor locked
    let id = plan["plan"].to_string();
    let refused = |words: &[&str]| desk.refused(&[&words[..1], &["--store", "s.gpkg"], &words[1..]].concat());
    assert!(refused(&["publish", "--plan", &id]).contains("name a plan of grids"));
    assert!(refused(&["partition", "--level", "micro", "--parent", &id]).contains("name a plan of grids"));
    assert!(refused(&["partition", "--level", "area", "--lock", "S-A01"]).contains("--level area"));
    assert!(refused(&["partition", "--level", "area", "--within", "community"]).contains("street, all"));
    let published = desk.json(&["publish", "--store", "s.gpkg", "--json"]);
    assert_eq!(published["plan"], grids["plan"]);
    // everything as one, or a number that is asked for
    let whole = partition(&desk, &["--level", "area", "--within", "all", "--bounds", "1200..1900"]);
    assert_eq!((&whole["outside"], &check(&desk, &[])["nesting_breaks"]), (&json!([]), &json!(0)));
    let asked = partition(&desk, &["--level", "area", "--bounds", "100..10000", "--grids", "S=3"]);
    let codes: std::collections::BTreeSet<String> = grids_of(&desk, &asked["plan"]).into_values().collect();
    assert_eq!(codes.iter().filter(|code| code.starts_with("S-A")).count(), 3, "{codes:?}");
}

#[test]
fn reasons_of_areas_speak_of_communities_and_areas() {
    let desk = Desk::new();
    communities(&desk, &["aaaaaabb", "aaaaaabb", "XXXXXXXX"]);
    let plan = partition(&desk, &["--level", "area", "--bounds", "900..1000"]);
    let outside = plan["outside"].as_array().unwrap();
    let texts: Vec<(&str, &str)> = outside
        .iter()
        .map(|grid| (grid["certificate"]["kind"].as_str().unwrap(), grid["certificate"]["text_en"].as_str().unwrap()))
        .collect();
    let over = texts.iter().find(|(kind, _)| *kind == "atom_over").unwrap_or_else(|| panic!("{plan}"));
    assert!(
        over.1.starts_with("community a alone has 1200, more than 1000: a patrol area takes it whole"),
        "{texts:?}"
    );
    let below = texts.iter().find(|(kind, _)| *kind == "unit_below").unwrap_or_else(|| panic!("{plan}"));
    assert_eq!(
        below.1,
        "T has 800 in all, fewer than the 900 of one patrol area: join it with a neighbour or accept it"
    );
    for grid in outside {
        let ways = grid["certificate"]["ways_out"].as_array().unwrap();
        assert!(ways.iter().all(|way| way["kind"] != "split_atom"), "{grid}");
        assert_eq!(ways.last().unwrap()["text_en"], "accept the patrol area as it is");
    }
    // said again from what is kept
    assert_eq!(check(&desk, &[])["figures"]["outside"], plan["outside"]);
    assert_eq!(partition(&desk, &["--level", "area"])["bounds"], json!({"lower": 1500, "upper": 4000}));
}
