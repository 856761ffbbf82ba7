//! Declared links by the program itself: bridges, ferries and underpasses make neighbours of areas without a common border; and areas
//! that are kept apart.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use wangge::store::{FindingRecord, Open, open};

use crate::cli::Desk;
use crate::partition::{FIELDS, cells, check, grids_of, islets, partition};

const LINKS: [&str; 5] = ["--as", "links", "--store", "s.gpkg", "--json"];

fn links(desk: &Desk, name: &str, content: &str, more: &[&str]) -> Value {
    let file = desk.write(name, content);
    desk.json(&[&["import", &file], &LINKS[..], more].concat())
}

/// Every line of a refusal.
fn refused(desk: &Desk, name: &str, content: &str, more: &[&str]) -> String {
    let file = desk.write(name, content);
    let output = desk.run(&[&["import", &file, "--as", "links", "--store", "s.gpkg"], more].concat());
    assert_eq!(output.status.code(), Some(1), "{name} went through");
    String::from_utf8(output.stderr).unwrap()
}

/// Runs what asks the store in the folder.
fn ask<T>(desk: &Desk, asked: impl AsyncFnOnce(&dyn wangge::store::Store) -> T) -> T {
    let path = desk.path("s.gpkg");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = open(path.to_str().unwrap(), Open::Existing).await.unwrap();
        let answer = asked(store.as_ref()).await;
        store.close().await;
        answer
    })
}

/// What a plan found of links.
fn findings(desk: &Desk, plan: &Value) -> Vec<FindingRecord> {
    let dataset = plan["dataset"].as_i64().unwrap();
    let id = plan["plan"].as_i64();
    let mut found = ask(desk, async |store| store.findings(dataset, id).await.unwrap());
    found.retain(|record| record.plan == id && record.finding.kind.starts_with("link"));
    found
}

#[test]
fn a_grid_that_hangs_together_over_a_bridge_is_contiguous_and_named_with_it() {
    let desk = Desk::new();
    islets(&desk);
    assert_eq!(partition(&desk, &[])["outside"].as_array().unwrap().len(), 2);
    let table = "A,B,类型,名称\na3,a6,桥,东门桥\na6,a8,ferry,\n";
    let kept = links(&desk, "links.csv", table, &["--from", "A", "--to", "b"]);
    assert_eq!((&kept["links"], &kept["kinds"]), (&json!(2), &json!({"bridge": 1, "ferry": 1})), "{kept}");
    assert_eq!((&kept["already"], &kept["dataset"], &kept["crs"]), (&json!(false), &json!(1), &Value::Null));

    let plan = partition(&desk, &[]);
    assert_eq!((&plan["outside"], &plan["contiguous"]), (&json!([]), &plan["grids"]), "{plan}");
    let grids = grids_of(&desk, &plan["plan"]);
    assert!(grids["a6"] == grids["a8"] && grids["a6"] == grids["a3"], "{grids:?}");
    let audit = check(&desk, &[]);
    assert_eq!((&audit["noncontiguous"], &audit["joined_codes"]), (&json!(0), &json!([grids["a6"]])), "{audit}");
    assert_eq!(
        audit["links"],
        json!([
            {"kind": "bridge", "name": "东门桥", "from": "a3", "to": "a6", "grid": grids["a6"]},
            {"kind": "ferry", "name": null, "from": "a6", "to": "a8", "grid": grids["a6"]},
        ])
    );
    assert_eq!((&audit["ferry_codes"], &audit["lost_links"]), (&json!([]), &json!([])));
    let told = desk.ok(&["check", "--store", "s.gpkg"]);
    let line = format!("hanging together by a declared link: {} (bridge 东门桥 between a3 and a6)", grids["a6"]);
    assert!(told.contains(&line) && !told.contains("by a ferry alone"), "{told}");
    let found = findings(&desk, &plan);
    let words: Vec<_> = found.iter().map(|record| (record.finding.kind.as_str(), &record.finding.parties)).collect();
    let parties = |a: &str, b: &str| vec![grids["a6"].clone(), a.to_owned(), b.to_owned()];
    assert_eq!(words, [("link", &parties("a3", "a6")), ("link", &parties("a6", "a8"))]);
    assert!(found[0].finding.en.contains("over the bridge 东门桥 between a3 and a6"), "{}", found[0].finding.en);
    assert!(found[1].finding.zh.contains("经 a6 与 a8 之间的渡口相连"), "{}", found[1].finding.zh);

    // a plan that was there before is looked over with what is declared now; ferries of its own are still ferries
    let first = check(&desk, &["--plan", "1"]);
    assert_eq!((&first["noncontiguous"], &first["links"]), (&json!(0), &json!([])), "each islet is a grid there");
    let again = links(&desk, "links.csv", table, &["--from", "A", "--to", "B"]);
    assert_eq!((&again["already"], &again["set"]), (&json!(true), &kept["set"]));
    // a table without rows takes its links back
    let none = links(&desk, "links.csv", "A,B,类型,名称\n", &["--from", "A", "--to", "B"]);
    assert_eq!((&none["links"], &none["kinds"]), (&json!(0), &json!({})));
    assert_eq!(partition(&desk, &[])["outside"].as_array().unwrap().len(), 2);
    let withdrawn = check(&desk, &["--plan", "2"]);
    assert_eq!(withdrawn["noncontiguous_codes"], json!([grids["a6"]]), "what is declared now counts");
}

#[test]
fn lines_are_located_in_any_crs_by_the_rule_of_ties_and_ferries_go_on_from_there() {
    let desk = Desk::new();
    islets(&desk);
    // from the middle of a3 to the corner where a6 begins: the east and north of a corner own it
    let line = "wkt;name\n\"LINESTRING (121.0035 25.0005,121.005 25.003,121.006 25)\";东门桥\n";
    let kept = links(&desk, "lines.csv", line, &["--crs", "wgs84"]);
    assert_eq!((&kept["links"], &kept["crs"], &kept["layer"]), (&json!(1), &json!("wgs84"), &json!("lines")), "{kept}");
    let declared = ask(&desk, async |store| store.links(1).await.unwrap());
    assert_eq!(
        declared.iter().map(|link| (link.from.as_str(), link.to.as_str(), link.kind.name())).collect::<Vec<_>>(),
        [("a3", "a6", "bridge")]
    );
    // one islet by the bridge, the other by a ferry to the nearest part
    let plan = partition(&desk, &["--islands", "nearest"]);
    assert_eq!(plan["outside"], json!([]), "{plan}");
    let grids = grids_of(&desk, &plan["plan"]);
    assert_eq!(grids["a8"], grids["a6"]);
    let audit = check(&desk, &[]);
    assert_eq!(
        (&audit["joined_codes"], &audit["ferry_codes"]),
        (&json!([grids["a6"]]), &json!([grids["a6"]])),
        "{audit}"
    );
    assert_eq!(audit["links"].as_array().unwrap().len(), 1);

    // the same in metres, as a layer of its own file
    let metres = json!({
        "type": "FeatureCollection", "crs": {"type": "name", "properties": {"name": "EPSG:3857"}},
        "features": [{
            "type": "Feature", "properties": {"kind": "Underpass"},
            "geometry": {"type": "LineString", "coordinates": [[13_470_048.3, 2_875_806.2], [13_470_326.6, 2_875_806.2]]},
        }],
    });
    let kept = links(&desk, "metres.geojson", &metres.to_string(), &[]);
    assert_eq!((&kept["kinds"], &kept["crs"]), (&json!({"underpass": 1}), &json!("EPSG:3857")), "{kept}");
    let declared = ask(&desk, async |store| store.links(2).await.unwrap());
    assert_eq!((declared[0].from.as_str(), declared[0].to.as_str()), ("a3", "a6"));
}

#[test]
fn every_row_that_is_wrong_is_named_and_nothing_is_kept() {
    let desk = Desk::new();
    islets(&desk);
    let table = "from,to,kind\na3,a6,bridge\na3,X7,bridge\na6,a6,\n,a8,\na6,a8,tunnel\n";
    let told = refused(&desk, "links.csv", table, &[]);
    for line in [
        "note: row 3, to \"X7\": no area of dataset 1 has this code",
        "note: row 4, from and to \"a6\": both ends are in this one area",
        "note: row 5, from: the code of the area at this end is missing",
        "note: row 6, kind \"tunnel\": it is no kind of link: write bridge, ferry or underpass",
    ] {
        assert!(told.contains(line), "{line}: {told}");
    }
    assert!(told.contains("links.csv: 4 rows are wrong, nothing was changed") && !told.contains("row 2"), "{told}");
    let lines = "wkt,kind\n\"LINESTRING (121.0035 25.0005,121.0055 25.0005)\",\n\"LINESTRING (121.0001 25.0005,121.0009 25.0005)\",\n\"POINT (121.0001 25.0005)\",\n\"LINESTRING (121.0001 25.0001,121.0001 25.0001)\",\n";
    let told = refused(&desk, "lines.csv", lines, &["--crs", "wgs84"]);
    for line in [
        "row 1, end \"121.0055000, 25.0005000\": it lies in no area of dataset 1; \"a6\" is nearest, 50 m away",
        "row 2, start and end \"a0\": both ends are in this one area",
        "row 3, geometry: it is a POINT, not a line",
        "row 4, geometry: it begins and ends at one place",
    ] {
        assert!(told.contains(line), "{line}: {told}");
    }
    assert!(refused(&desk, "lines.csv", lines, &[]).contains("CRS"));
    let table = "one,two\na3,a6\n";
    let nothing = refused(&desk, "table.csv", table, &[]);
    assert!(nothing.contains("it holds no lines, and none of its fields \"one\", \"two\""), "{nothing}");
    assert!(refused(&desk, "table.csv", table, &["--from", "one"]).contains("--from FIELD and --to FIELD"));
    assert!(refused(&desk, "table.csv", table, &["--from", "one", "--to", "zwei"]).contains("no field \"zwei\""));
    assert_eq!(ask(&desk, async |store| store.link_sets().await.unwrap()), []);

    let usage = |words: &[&str]| assert_eq!(desk.run(words).status.code(), Some(2), "{words:?}");
    usage(&["import", "links.csv", "--as", "links", "--store", "s.gpkg", "--households", "hh"]);
    usage(&["import", "links.csv", "--as", "streets", "--store", "s.gpkg", "--from", "from"]);
    usage(&["import", "links.csv", "--as", "buildings", "--store", "s.gpkg", "--kind", "kind"]);
}

#[test]
fn links_survive_another_import_of_the_areas_and_those_that_lost_an_end_are_findings() {
    let desk = Desk::new();
    islets(&desk);
    links(&desk, "links.csv", "from,to,name\na3,a6,东门桥\na6,a8,二号桥\n", &[]);
    partition(&desk, &[]);
    // the same ground again, with one islet under another code
    let text = std::fs::read_to_string(desk.path("cells.geojson")).unwrap().replace("\"a8\"", "\"b8\"");
    let file = desk.write("again.geojson", text);
    desk.ok(&[&["import", &file, "--store", "s.gpkg"], &FIELDS[..]].concat());
    let plan = partition(&desk, &[]);
    assert_eq!(plan["dataset"], 2);
    let grids = grids_of(&desk, &plan["plan"]);
    assert_eq!(grids["a6"], grids["a3"], "{grids:?}");
    let found = findings(&desk, &plan);
    let kinds: Vec<&str> = found.iter().map(|record| record.finding.kind.as_str()).collect();
    assert_eq!(kinds, ["link", "link_lost"], "{found:?}");
    let lost = &found[1].finding;
    assert!(lost.en.contains("the bridge 二号桥 between a6 and a8 joins nothing: dataset 2 has no a8;"), "{}", lost.en);
    assert!(lost.zh.contains("数据集 2 中没有 a8"), "{}", lost.zh);
    let audit = check(&desk, &[]);
    assert_eq!(
        audit["lost_links"],
        json!([{"kind": "bridge", "name": "二号桥", "from": "a6", "to": "a8", "grid": null}])
    );
    assert!(
        desk.ok(&["check", "--store", "s.gpkg"])
            .contains("joins nothing, not both areas are in dataset 2: bridge 二号桥")
    );
    // the codes of the dataset it was made on
    assert_eq!(check(&desk, &["--plan", "1"])["lost_links"], json!([]));
}

#[test]
fn a_link_never_takes_a_grid_across_a_unit_and_is_named_where_it_would() {
    let desk = Desk::new();
    // two communities of one street, with a gap of a column between them
    let row = |community: &'static str| vec![(150, 300, "S", community); 3];
    let mut value: Value = serde_json::from_str(&cells(&[row("a"), row("x"), row("b")].concat(), 9)).unwrap();
    value["features"].as_array_mut().unwrap().retain(|cell| cell["properties"]["community"] != "x");
    let file = desk.write("cells.geojson", value.to_string());
    desk.ok(&[&["import", &file, "--store", "s.gpkg"], &FIELDS[..]].concat());
    links(&desk, "links.csv", "from,to\na2,a6\n", &[]);
    let plan = partition(&desk, &["--bounds", "900..900"]);
    assert_eq!((&plan["grids"], plan["outside"].as_array().unwrap().len()), (&json!(2), 2), "{plan}");
    let found = findings(&desk, &plan);
    assert_eq!(found.len(), 1, "{found:?}");
    let across = &found[0].finding;
    assert_eq!(across.kind, "link_across");
    assert!(across.en.contains("the bridge between a2 and a6 joins no grid: it leads from a to b"), "{}", across.en);
    assert_eq!(check(&desk, &[])["nesting_breaks"], 0);
    let whole = partition(&desk, &["--bounds", "900..900", "--within", "street"]);
    assert_eq!(
        (&whole["grids"], &whole["outside"], &whole["contiguous"]),
        (&json!(1), &json!([]), &json!(1)),
        "{whole}"
    );
    assert_eq!(findings(&desk, &whole)[0].finding.kind, "link");
}

/// Squares of which some have a word in a field.
fn marked(desk: &Desk, households: &[u32], columns: usize, field: &str, marks: &[(usize, &str)]) {
    let given: Vec<_> = households.iter().map(|&hh| (hh, hh * 2, "S", "C")).collect();
    let mut value: Value = serde_json::from_str(&cells(&given, columns)).unwrap();
    for &(i, word) in marks {
        value["features"][i]["properties"][field] = word.into();
    }
    let file = desk.write("cells.geojson", value.to_string());
    desk.ok(&[&["import", &file, "--store", "s.gpkg"], &FIELDS[..], &["--apart", field]].concat());
}

#[test]
fn areas_marked_apart_lie_in_different_grids_and_what_that_costs_is_certified() {
    let desk = Desk::new();
    let marks = [(0, "school"), (1, "school"), (7, "school"), (14, "fire"), (15, "fire"), (30, " ")];
    marked(&desk, &[100; 36], 6, "apart", &marks);
    for seed in ["1", "2", "3"] {
        let plan = partition(&desk, &["--seed", seed]);
        assert_eq!((&plan["outside"], &plan["contiguous"]), (&json!([]), &plan["grids"]), "{plan}");
        let grids = grids_of(&desk, &plan["plan"]);
        assert_eq!(
            ["a0", "a1", "a7"].map(|atom| &grids[atom]).into_iter().collect::<BTreeSet<_>>().len(),
            3,
            "{grids:?}"
        );
        assert_ne!(grids["a14"], grids["a15"]);
    }
    // locked in one grid before, they cannot be apart: said by their codes
    let other = Desk::new();
    other.ok(&[
        &["import", &other.write("cells.geojson", cells(&[(100, 240, "S", "C"); 4], 2)), "--store", "s.gpkg"],
        &FIELDS[..],
    ]
    .concat());
    let plan = partition(&other, &[]);
    let grid = grids_of(&other, &plan["plan"])["a0"].clone();
    marked(&other, &[100; 4], 2, "apart", &[(0, "x"), (1, "x")]);
    let refused = other.refused(&["partition", "--store", "s.gpkg", "--lock", &grid]);
    assert!(refused.contains("a0 and a1 are to stay apart, but are held together"), "{refused}");
    // 400 households fill one grid, and two are needed
    let plan = partition(&other, &[]);
    let outside = plan["outside"].as_array().unwrap();
    assert_eq!((outside.len(), &plan["certified"]), (1, &json!(1)), "{plan}");
    let certificate = &outside[0]["certificate"];
    assert_eq!(certificate["kind"], "apart");
    assert!(
        certificate["text_en"].as_str().unwrap().starts_with("2 areas of C that stay apart take a grid each"),
        "{certificate}"
    );
    assert!(certificate["text_zh"].as_str().unwrap().contains("2 个地块须分属不同网格"), "{certificate}");
    assert_eq!(certificate["ways_out"][0]["kind"], "keep_fewer_apart");
    // a field that says the same of everything was hardly meant
    let wide = Desk::new();
    marked(&wide, &[100; 225], 15, "community", &[]);
    let refused = wide.refused(&["partition", "--store", "s.gpkg"]);
    assert!(refused.contains("225 areas of C are to stay apart as \"C\"") && refused.contains("--apart"), "{refused}");
}
