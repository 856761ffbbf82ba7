//! Lists of officers as offices keep them, brought in by the program.

use gdal::DriverManager;
use gdal::vector::{LayerAccess, LayerOptions, OGRFieldType, OGRwkbGeometryType};
use serde_json::{Value, json};

use crate::cli::Desk;

const HEADER: &str = "工号,姓名,值班电话,电话,网格编码,角色,起,止\n";

/// A desk with a published store of four grids; their codes come with it.
fn published() -> (Desk, Vec<String>) {
    published_with(4)
}

fn published_with(grids: usize) -> (Desk, Vec<String>) {
    let desk = Desk::new();
    desk.squares(&vec![350; grids], 2);
    desk.ok(&["partition", "--store", "s.gpkg"]);
    desk.ok(&["publish", "--store", "s.gpkg", "--effective", "2026-01-01"]);
    desk.ok(&["export", "--store", "s.gpkg", "--layer", "grids", "--to", "grids.csv"]);
    let csv = std::fs::read_to_string(desk.path("grids.csv")).unwrap();
    let mut rows = csv.lines();
    let column = rows.next().unwrap().split(',').position(|name| name == "code").unwrap();
    let mut codes: Vec<String> = rows.map(|row| row.split(',').nth(column).unwrap().replace('"', "")).collect();
    codes.sort();
    assert_eq!(codes.len(), grids);
    (desk, codes)
}

fn import<'a>(file: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["import", file, "--as", "officers", "--store", "s.gpkg"], more].concat()
}

fn list(codes: &[String]) -> String {
    let rows = codes[..3].iter().enumerate().map(|(i, code)| {
        format!("W{i},网格员{i},6271000{i},1390000000{i},{code},{},2026-03-01,\n", ["主责", "Primary", "主"][i])
    });
    format!("{HEADER}{}W9,副手,62710009,13900000009,{},副,2026/3/1,2026年7月1日\n", rows.collect::<String>(), codes[0])
}

#[test]
fn a_list_is_kept_whole_and_a_second_time_changes_nothing() {
    let (desk, codes) = published();
    let file = desk.write("officers.csv", list(&codes));
    let dry = desk.ok(&import(&file, &["--dry-run"]));
    assert!(dry.contains("+ W0 网格员0 primary of") && dry.contains("dry run"), "{dry}");
    assert!(dry.contains("until 2026-07-01"), "{dry}");
    let first = desk.json(&import(&file, &["--json"]));
    assert_eq!((&first["rows"], &first["changed"]), (&json!(4), &json!(true)), "the dry run kept nothing");
    assert_eq!(first["new_officers"], json!(["W0", "W1", "W2", "W9"]));
    assert_eq!(first["begun"][0]["from"], "2026-03-01T00:00:00+08:00");
    assert!(!first.to_string().contains("139"), "private numbers are not printed");
    let again = desk.ok(&import(&file, &[]));
    assert!(again.contains("the store holds all of it already"), "{again}");
    let log = desk.json(&["check", "--store", "s.gpkg", "--at", "2026-03-02", "--json"]);
    let officers = &log["officers"];
    assert_eq!(officers["findings"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&officers["findings"][0]["kind"], &officers["findings"][0]["grids"]),
        (&json!("no_officer"), &json!([codes[3]]))
    );
    assert_eq!((&officers["officers"], &officers["primaries"]), (&json!(4), &json!(3)));
    assert_eq!((&officers["households_mean"], &officers["households_max"]), (&json!(350.0), &json!(350)));
    let before = desk.json(&["check", "--store", "s.gpkg", "--at", "2026-02-28", "--json"]);
    assert_eq!(before["officers"]["without_officer"], 4);
    let text = desk.ok(&["check", "--store", "s.gpkg", "--at", "2026-03-02"]);
    assert!(text.contains(&format!("grid {} has no primary officer", codes[3])), "{text}");
}

/// Nanyuan street office: 80 grids need 80 officers, 78 have one.
#[test]
fn of_eighty_grids_with_seventy_eight_officers_exactly_the_two_without_are_listed() {
    let (desk, codes) = published_with(80);
    let equipped = codes.iter().enumerate().filter(|(i, _)| ![16, 52].contains(i));
    let rows: Vec<String> = equipped.map(|(i, code)| format!("W{i:03},网格员{i},{code}")).collect();
    let file = desk.write("officers.csv", format!("工号,姓名,网格\n{}\n", rows.join("\n")));
    let imported = desk.json(&import(&file, &["--replace-from", "2026-01-01", "--json"]));
    assert_eq!(imported["begun"].as_array().unwrap().len(), 78);
    let officers = desk.json(&["check", "--store", "s.gpkg", "--json"])["officers"].clone();
    assert_eq!((&officers["grids"], &officers["without_officer"]), (&json!(80), &json!(2)));
    let found: Vec<&Value> = officers["findings"].as_array().unwrap().iter().map(|f| &f["grids"][0]).collect();
    assert_eq!(found, [&json!(codes[16]), &json!(codes[52])]);
}

#[test]
fn the_same_list_in_gbk_utf_16_and_semicolons_says_the_same() {
    let (desk, codes) = published();
    let text = list(&codes);
    desk.ok(&import(&desk.write("utf8.csv", &text), &[]));
    let (gbk, _, lossy) = encoding_rs::GBK.encode(&text);
    assert!(!lossy);
    let utf_16: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(text.replace(',', "\t").encode_utf16().flat_map(u16::to_le_bytes)).collect();
    for (name, bytes) in [
        ("gbk.csv", gbk.into_owned()),
        ("utf16.txt", utf_16),
        ("bom.csv", [b"\xef\xbb\xbf".as_slice(), text.as_bytes()].concat()),
        ("semicolon.csv", text.replace(',', ";").into_bytes()),
    ] {
        let answer = desk.json(&import(&desk.write(name, bytes), &["--json"]));
        assert_eq!((&answer["rows"], &answer["changed"]), (&json!(4), &json!(false)), "{name}");
    }
    let broken = desk.write("broken.csv", [b"\xff\xff\xff", text.as_bytes()].concat());
    assert!(desk.refused(&import(&broken, &[])).contains("neither UTF-8 nor GBK"));
}

/// A sheet as an office fills it: dates as dates, numbers as numbers.
fn spreadsheet(path: &std::path::Path, codes: &[String]) {
    let mut file = DriverManager::get_driver_by_name("XLSX").unwrap().create_vector_only(path).unwrap();
    let sheet = LayerOptions { name: "网格员", ty: OGRwkbGeometryType::wkbNone, ..LayerOptions::default() };
    let layer = file.create_layer(sheet).unwrap();
    let text = OGRFieldType::OFTString;
    layer
        .create_defn_fields(&[
            ("工号", OGRFieldType::OFTInteger),
            ("姓名", text),
            ("班组", text),
            ("值班电话", text),
            ("电话", OGRFieldType::OFTInteger64),
            ("网格编码", text),
            ("角色", text),
            ("起", OGRFieldType::OFTDate),
        ])
        .unwrap();
    let rows =
        [("101", "王芳", "", 0, "主责"), ("102", "", "东风班组", 1, "主责"), ("103", "李雷", "东风班组", 1, "副")];
    for (i, (number, name, team, grid, role)) in rows.into_iter().enumerate() {
        let mut feature = gdal::vector::Feature::new(layer.defn()).unwrap();
        feature.set_field_integer(0, number.parse().unwrap()).unwrap();
        if !name.is_empty() {
            feature.set_field_string(1, name).unwrap();
        }
        if !team.is_empty() {
            feature.set_field_string(2, team).unwrap();
        }
        feature.set_field_string(3, "02162710001").unwrap();
        feature.set_field_integer64(4, 13_900_000_000 + i as i64).unwrap();
        feature.set_field_string(5, &codes[grid]).unwrap();
        feature.set_field_string(6, role).unwrap();
        feature.set_field_string(7, "2026/03/01").unwrap();
        feature.create(&layer).unwrap();
    }
    file.close().unwrap();
}

#[test]
fn a_spreadsheet_with_numbers_dates_and_teams_is_read_as_it_is_meant() {
    let (desk, codes) = published();
    spreadsheet(&desk.path("officers.xlsx"), &codes);
    let answer = desk.json(&import("officers.xlsx", &["--json"]));
    assert_eq!(answer["new_officers"], json!(["101", "102", "103"]));
    let begun: Vec<(&str, &str, &str)> = answer["begun"]
        .as_array()
        .unwrap()
        .iter()
        .map(|duty| (duty["officer"].as_str().unwrap(), duty["role"].as_str().unwrap(), duty["from"].as_str().unwrap()))
        .collect();
    let first = "2026-03-01T00:00:00+08:00";
    assert_eq!(begun, [("101", "primary", first), ("102", "primary", first), ("103", "deputy", first)]);
    assert_eq!(desk.json(&import("officers.xlsx", &["--json"]))["changed"], false);
    // the whole number in a cell of the sheet is the telephone number, not 1.39e10
    let csv = desk.write("same.csv", "工号,电话,值班电话\n101,13900000000,02162710001\n");
    assert_eq!(desk.json(&import(&csv, &["--json"]))["changed"], false);
}

#[test]
fn every_wrong_row_is_named_and_nothing_is_kept() {
    let (desk, codes) = published();
    desk.ok(&import(&desk.write("good.csv", list(&codes)), &[]));
    let [a, b, _, d] = [&codes[0], &codes[1], &codes[2], &codes[3]];
    let bad = [
        format!("W5,张三,,,{d},主责,2026-03-01,\n"), // row 2: good
        format!("W6,李四,,,{a}x,主责,2026-03-01,\n"),
        format!("W6,李四,,,{d},组长,2026-03-01,\n"),
        format!("W6,李四,,,{d},副,三月一日,\n"),
        format!("W6,李四,,,{d},副,2026-02-30,\n"),
        format!(",李四,,,{d},副,2026-03-01,\n"),
        format!("W6,李四,,,{d},,2026-03-01,\n"),
    ]
    .concat();
    let file = desk.write("bad.csv", format!("{HEADER}{bad}"));
    let output = desk.run(&import(&file, &["--json"]));
    assert_eq!(output.status.code(), Some(1));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let told: Vec<(i64, &str, &str)> = answer["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| (p["row"].as_i64().unwrap(), p["field"].as_str().unwrap(), p["value"].as_str().unwrap()))
        .collect();
    let unknown = format!("{a}x");
    assert_eq!(
        told,
        [
            (3, "网格编码", unknown.as_str()),
            (4, "角色", "组长"),
            (5, "起", "三月一日"),
            (6, "起", "2026-02-30"),
            (7, "工号", ""),
            (8, "角色", ""),
        ]
    );
    let line = desk.refused(&import(&file, &[]));
    assert!(line.contains("6 rows are wrong, nothing was changed; row 3, 网格编码"), "{line}");
    let stderr = String::from_utf8(desk.run(&import(&file, &[])).stderr).unwrap();
    assert_eq!(stderr.lines().filter(|line| line.starts_with("wangge: note: row ")).count(), 6, "{stderr}");
    assert!(stderr.contains("write 主责 or 副"), "{stderr}");

    for (rows, words) in [
        (format!("W5,张三,,,{d},主责,2026-03-01,2026-02-01\n"), "ends before it begins"),
        (format!("W5,张三,,,{d},主责,2026-03-01,2026-03-01\n"), "ends before it begins"),
        (format!("W5,张三,,,{a},主责,2026-03-01,\n"), "would have two primaries at once: 网格员0 (W0)"),
        (format!("W5,张三,,,{d},主责,2026-03-01,\nW5,张三,,,{d},主责,2026-03-01,\n"), "row 3, 网格编码"),
        (format!("W5,张三,,,{d},主责,2026-03-01,\nW6,李四,,,{d},主责,2026-04-01,\n"), "two primaries"),
        (format!("W5,,,,{d},主责,2026-03-01,\n"), "is new and has no name"),
        (format!("W1,别人,,,{b},主责,2026-03-01,\nW1,网格员1,,,{d},副,2026-03-01,\n"), "say the same in all rows"),
        ("W5,张三,,,,主责,2026-03-01,\n".to_owned(), "the grid of this duty is missing"),
    ] {
        let file = desk.write("bad.csv", format!("{HEADER}{rows}"));
        let line = desk.refused(&import(&file, &[]));
        assert!(line.contains(words), "{rows}: {line}");
    }
    let columns = desk.write("columns.csv", "姓名,网格编码\n张三,x\n");
    assert!(desk.refused(&import(&columns, &[])).contains("--officer-id"));
    assert!(desk.refused(&import(&columns, &["--officer-id", "号"])).contains("its fields are \"姓名\", \"网格编码\""));
    let ragged = desk.write("ragged.csv", format!("{HEADER}W5,张三\n"));
    assert!(desk.refused(&import(&ragged, &[])).contains("line 2 has 2 cells"));
    desk.refused(&import("none.csv", &[]));
    let same = desk.json(&import("good.csv", &["--json", "--dry-run"]));
    assert_eq!(same["changed"], false, "nothing of all this was kept");
}

#[test]
fn replace_from_ends_what_is_not_in_the_list() {
    let (desk, codes) = published();
    desk.ok(&import(&desk.write("old.csv", list(&codes)), &[]));
    let new = format!("{HEADER}W0,网格员0,,,{},主责,,\nW7,新来的,,,{},主责,,\n", codes[0], codes[1]);
    let new = desk.write("new.csv", new);
    assert!(desk.refused(&import(&new, &[])).contains("two primaries"));
    let answer = desk.json(&import(&new, &["--replace-from", "2026-06-01", "--json"]));
    let ended: Vec<(&str, &str)> = answer["ended"]
        .as_array()
        .unwrap()
        .iter()
        .map(|duty| (duty["officer"].as_str().unwrap(), duty["to"].as_str().unwrap()))
        .collect();
    let june = "2026-06-01T00:00:00+08:00";
    assert_eq!(ended, [("W1", june), ("W2", june), ("W9", june)]);
    assert_eq!(answer["begun"].as_array().unwrap().len(), 1, "W0 goes on: {answer}");
    assert_eq!(desk.json(&import(&new, &["--replace-from", "2026-06-01", "--json"]))["changed"], false);
    let at = |date: &str| {
        desk.json(&["check", "--store", "s.gpkg", "--at", date, "--json"])["officers"]["primaries"].clone()
    };
    assert_eq!((at("2026-05-31"), at("2026-06-01")), (json!(3), json!(2)));
    assert!(desk.refused(&import(&new, &["--replace-from", "June"])).contains("June"));
    let numbers = desk.write("numbers.csv", "工号,值班电话\nW0,1\n");
    assert!(desk.refused(&import(&numbers, &["--replace-from", "2026-07-01"])).contains("would end them all"));
}

#[test]
fn options_for_one_kind_of_file_are_refused_for_the_other() {
    let desk = Desk::new();
    let code = |words: &[&str]| desk.run(words).status.code();
    assert_eq!(code(&["import", "x", "--store", "s.gpkg"]), Some(2));
    assert_eq!(code(&["import", "x", "--store", "s.gpkg", "--households", "h", "--grid", "g"]), Some(2));
    assert_eq!(code(&["import", "x", "--as", "officers", "--store", "s.gpkg", "--households", "h"]), Some(2));
    assert!(
        desk.refused(&["import", "x.csv", "--as", "officers", "--store", "none.gpkg"]).contains("there is no store")
    );
}
