//! `wangge partition` by the program itself: its words, its figures, its proofs and ways out, what stays and what is nested.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use wangge::store::{Open, open};

use crate::cli::Desk;

/// Squares of 0.001° in rows: households, persons, street, community.
pub fn cells(cells: &[(u32, u32, &str, &str)], columns: usize) -> String {
    let feature = |(i, &(hh, pop, street, community)): (usize, &(u32, u32, &str, &str))| {
        let (x, y) = (121.0 + (i % columns) as f64 * 0.001, 25.0 + (i / columns) as f64 * 0.001);
        let corners = [(0.0, 0.0), (0.001, 0.0), (0.001, 0.001), (0.0, 0.001), (0.0, 0.0)];
        let ring: Vec<Value> = corners.iter().map(|(dx, dy)| json!([x + dx, y + dy])).collect();
        json!({
            "type": "Feature", "geometry": {"type": "Polygon", "coordinates": [ring]},
            "properties": {"id": format!("a{i}"), "hh": hh, "pop": pop, "street": street, "community": community},
        })
    };
    let features: Vec<Value> = cells.iter().enumerate().map(feature).collect();
    json!({"type": "FeatureCollection", "features": features}).to_string()
}

pub const FIELDS: [&str; 8] =
    ["--id", "id", "--households", "hh", "--population", "pop", "--jurisdiction", "street,community"];

pub fn import(desk: &Desk, given: &[(u32, u32, &str, &str)], columns: usize) {
    let file = desk.write("cells.geojson", cells(given, columns));
    desk.ok(&[&["import", &file, "--store", "s.gpkg"], &FIELDS[..]].concat());
}

pub fn partition(desk: &Desk, more: &[&str]) -> Value {
    desk.json(&[&["partition", "--store", "s.gpkg", "--json"], more].concat())
}

pub fn check(desk: &Desk, more: &[&str]) -> Value {
    desk.json(&[&["check", "--store", "s.gpkg", "--json"], more].concat())
}

/// The grid of each atom of a plan.
pub fn grids_of(desk: &Desk, plan: &Value) -> BTreeMap<String, String> {
    let path = desk.path("s.gpkg");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = open(path.to_str().unwrap(), Open::Existing).await.unwrap();
        let atoms = store.plan_atoms(plan.as_i64().unwrap()).await.unwrap();
        store.close().await;
        atoms.into_iter().filter_map(|(atom, grid)| Some((atom, grid?))).collect()
    })
}

/// One community of 36 squares in which 100 households live each, and 240 persons.
pub fn even(desk: &Desk) {
    import(desk, &[(100, 240, "S", "C"); 36], 6);
}

#[test]
fn grids_keep_to_households_and_persons_at_once() {
    let desk = Desk::new();
    // the west is crowded: four squares of it have 1,600 persons, and three 300 households
    let cell = |i: usize| (100, if i % 6 < 3 { 400 } else { 200 }, "S", "C");
    import(&desk, &(0..36).map(cell).collect::<Vec<_>>(), 6);
    let plan = partition(&desk, &["--bounds", "300..500", "--population-bounds", "700..1300"]);
    assert_eq!(
        (&plan["bounds"], &plan["other_bounds"]),
        (&json!({"lower": 300, "upper": 500}), &json!({"lower": 700, "upper": 1300}))
    );
    assert_eq!((&plan["outside"], &plan["in_bounds"]), (&json!([]), &plan["grids"]), "{plan}");
    assert_eq!(plan["in_bounds_by"], json!({"households": plan["grids"], "population": plan["grids"]}));
    assert_eq!((&plan["contiguous"], &plan["certified"], &plan["not_proven"]), (&plan["grids"], &json!(0), &json!(0)));
    for measured in ["wall_s", "cpu_s", "peak_mb", "polsby_popper_mean", "reock_min"] {
        assert!(plan[measured].as_f64().unwrap() >= 0.0, "{measured}: {plan}");
    }
    let audit = check(&desk, &[]);
    assert_eq!((&audit["other_bounds"], &audit["in_bounds"]), (&plan["other_bounds"], &plan["in_bounds"]));
    // what was measured when the plan was made is measured again
    for figure in ["border_m", "polsby_popper_mean", "polsby_popper_min", "reock_mean", "reock_min", "outside"] {
        assert_eq!(audit["figures"][figure], plan[figure], "{figure}");
    }
    // by households alone, some grid has too many persons
    let one = partition(&desk, &["--bounds", "300..500"]);
    assert_eq!((&one["other_bounds"], one["in_bounds_by"].as_object().unwrap().len()), (&Value::Null, 1));
    // the same words, the same plan
    let again = partition(&desk, &["--bounds", "300..500", "--population-bounds", "700..1300"]);
    let atoms = |plan: &Value| grids_of(&desk, &plan["plan"]);
    let groups = |grids: BTreeMap<String, String>| {
        let mut groups: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (atom, grid) in grids {
            groups.entry(grid).or_default().insert(atom);
        }
        groups.into_values().collect::<BTreeSet<_>>()
    };
    assert_eq!(groups(atoms(&plan)), groups(atoms(&again)));
}

#[test]
fn where_only_persons_are_counted_their_bounds_stand_alone() {
    let desk = Desk::new();
    let file = desk.write("cells.geojson", cells(&[(0, 250, "S", "C"); 8], 4));
    desk.ok(&["import", &file, "--store", "s.gpkg", "--id", "id", "--population", "pop"]);
    let plan = partition(&desk, &["--population-bounds", "900..1100"]);
    assert_eq!((&plan["attribute"], &plan["bounds"]), (&json!("population"), &json!({"lower": 900, "upper": 1100})));
    assert_eq!((&plan["grids"], &plan["in_bounds"]), (&json!(2), &json!(2)));
    let both = ["--bounds", "900..1100", "--population-bounds", "900..1100"];
    let refused = desk.refused(&[&["partition", "--store", "s.gpkg"], &both[..]].concat());
    assert!(refused.contains("give one of them"), "{refused}");
}

/// A street of two communities, one too small for a grid, and another street.
fn small_community(desk: &Desk) {
    import(
        desk,
        &[(100, 240, "S", "small"), (350, 800, "S", "large"), (400, 900, "T", "far"), (420, 950, "T", "other")],
        4,
    );
}

#[test]
fn a_grid_outside_has_a_proof_and_the_cheapest_ways_out() {
    let desk = Desk::new();
    small_community(&desk);
    let plan = partition(&desk, &[]);
    assert_eq!((&plan["certified"], &plan["not_proven"]), (&json!(1), &json!(0)));
    let outside = plan["outside"].as_array().unwrap();
    assert_eq!(outside.len(), 1, "{plan}");
    let (grid, certificate) = (&outside[0], &outside[0]["certificate"]);
    assert_eq!((&grid["households"], &grid["persons"]), (&json!(100), &json!(240)));
    assert_eq!(certificate["kind"], "unit_below");
    assert!(certificate["text_en"].as_str().unwrap().contains("small has 100"), "{certificate}");
    assert!(certificate["text_zh"].as_str().unwrap().contains("small 总共只有 100"), "{certificate}");
    let ways = certificate["ways_out"].as_array().unwrap();
    let kinds: Vec<&str> = ways.iter().map(|way| way["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["merge_units", "waive"]);
    assert_eq!(
        (&ways[0]["with"], &ways[0]["total"], &ways[0]["grids"]),
        (&json!("large"), &json!(450), &json!(1)),
        "{certificate}"
    );
    let border_m = ways[0]["border_m"].as_u64().unwrap();
    assert!((110..112).contains(&border_m), "a thousandth of a degree of latitude is 110.8 m: {border_m}");
    for way in ways {
        assert!(way["text_en"].is_string() && way["text_zh"].is_string(), "{way}");
    }
    let told = desk.ok(&["partition", "--store", "s.gpkg", "--explain"]);
    let merge = ways[0]["text_en"].as_str().unwrap();
    assert!(told.contains(&format!("  - {merge}")) && told.contains("1 certified, 0 not proven"), "{told}");
    assert_eq!(check(&desk, &["--plan", "1"])["figures"]["outside"], plan["outside"]);
}

#[test]
fn within_a_higher_level_a_small_community_is_no_longer_alone() {
    let desk = Desk::new();
    small_community(&desk);
    let plan = partition(&desk, &["--within", "street"]);
    assert_eq!((&plan["outside"], &plan["grids"]), (&json!([]), &json!(3)), "{plan}");
    let grids = grids_of(&desk, &plan["plan"]);
    assert_eq!(grids["a0"], grids["a1"]);
    // what lies in one community belongs to it, what does not to their street
    assert!(grids["a0"].starts_with("S-") && grids["a2"].starts_with("far-"), "{grids:?}");
    let audit = check(&desk, &[]);
    assert_eq!((&audit["nesting_breaks"], &audit["noncontiguous"]), (&json!(0), &json!(0)));
    let refused = desk.refused(&["publish", "--store", "s.gpkg"]);
    assert!(refused.contains(&grids["a0"]) && refused.contains("without --within"), "{refused}");
    let unknown = desk.refused(&["partition", "--store", "s.gpkg", "--within", "district"]);
    assert!(unknown.contains("street, community, or all"), "{unknown}");
    // the lowest level by its name is the lowest level
    assert_eq!(partition(&desk, &["--within", "community"])["outside"].as_array().unwrap().len(), 1);
    desk.ok(&["publish", "--store", "s.gpkg"]);
}

#[test]
fn within_nothing_grids_only_hang_together() {
    let desk = Desk::new();
    import(&desk, &[(150, 300, "S", "a"), (150, 300, "T", "b"), (150, 300, "T", "c"), (150, 300, "T", "d")], 4);
    let plan = partition(&desk, &["--within", "all", "--bounds", "300..300"]);
    assert_eq!((&plan["outside"], &plan["grids"]), (&json!([]), &json!(2)), "{plan}");
    let grids = grids_of(&desk, &plan["plan"]);
    assert!(grids["a2"].starts_with("T-"), "{grids:?}");
    assert_eq!(check(&desk, &[])["nesting_breaks"], 0);
}

#[test]
fn micro_grids_nest_in_the_grids_of_the_newest_plan_and_stay_a_draft() {
    let desk = Desk::new();
    let refused =
        |more: &[&str]| desk.refused(&[&["partition", "--store", "s.gpkg", "--level", "micro"], more].concat());
    import(
        &desk,
        &(0..64).map(|i| (if i == 63 { 90 } else { 20 }, 50, "S", if i < 32 { "C" } else { "D" })).collect::<Vec<_>>(),
        8,
    );
    assert!(refused(&[]).contains("make one first"));
    let grids = partition(&desk, &[]);
    let above = grids_of(&desk, &grids["plan"]);
    let micro = partition(&desk, &["--level", "micro"]);
    assert_eq!((&micro["level"], &micro["parent"]), (&json!("micro"), &grids["plan"]));
    assert_eq!(micro["bounds"], json!({"lower": 30, "upper": 60}));
    let below = grids_of(&desk, &micro["plan"]);
    for (atom, grid) in &above {
        assert!(below[atom].starts_with(&format!("{grid}-")), "{atom}: {} in {grid}", below[atom]);
    }
    // one area has 90 households: larger than a micro-grid by itself, and said so
    let outside = micro["outside"].as_array().unwrap();
    assert_eq!(outside.len(), 1, "{micro}");
    assert_eq!((&outside[0]["certificate"]["kind"], &outside[0]["code"]), (&json!("atom_over"), &json!(below["a63"])));
    assert_eq!(outside[0]["certificate"]["ways_out"][0]["kind"], "split_atom");
    let audit = check(&desk, &[]);
    assert_eq!(
        (&audit["plan"], &audit["level"], &audit["nesting_breaks"]),
        (&micro["plan"], &json!("micro"), &json!(0))
    );
    assert!(refused(&["--within", "street"]).contains("leave out --within"));
    assert!(refused(&["--parent", "2"]).contains("micro-grids stay a draft"));
    assert!(refused(&["--lock", "C-001"]).contains("--level micro"));
    assert!(desk.refused(&["publish", "--store", "s.gpkg", "--plan", "2"]).contains("publish a plan of grids"));
    // the newest plan of grids goes in force, not the newest plan
    let published = desk.json(&["publish", "--store", "s.gpkg", "--json"]);
    assert_eq!(published["plan"], grids["plan"]);
}

#[test]
fn a_locked_grid_stays_just_as_it_is() {
    let desk = Desk::new();
    even(&desk);
    let first = partition(&desk, &[]);
    let before = grids_of(&desk, &first["plan"]);
    let code = before["a14"].clone();
    let members = |grids: &BTreeMap<String, String>| {
        grids.iter().filter(|(_, grid)| **grid == code).map(|(atom, _)| atom.clone()).collect::<BTreeSet<_>>()
    };
    for (published, seed) in [(false, "2"), (true, "3")] {
        if published {
            desk.ok(&["publish", "--store", "s.gpkg", "--plan", "1"]);
        }
        let again = partition(&desk, &["--seed", seed, "--lock", &code]);
        assert_eq!(again["locked"], json!([code]));
        assert_eq!(members(&grids_of(&desk, &again["plan"])), members(&before), "published: {published}");
    }
    let refused = desk.refused(&["partition", "--store", "s.gpkg", "--lock", &format!("{code},X-1")]);
    assert!(
        refused.contains("X-1 cannot be locked: publication 1 has") && !refused.contains(&format!("{code},")),
        "{refused}"
    );
}

#[test]
fn what_locks_leave_is_certified_and_unlocking_is_a_way_out() {
    let desk = Desk::new();
    // a row: locked grids of 400 on both sides leave 100 between them
    import(&desk, &[(400, 900, "S", "C"), (100, 200, "S", "C"), (400, 900, "S", "C")], 3);
    let first = partition(&desk, &["--infeasible", "fewest"]);
    let grids = grids_of(&desk, &first["plan"]);
    let alone = [&grids["a0"], &grids["a2"]].into_iter().find(|grid| **grid != grids["a1"]).unwrap().clone();
    let second = partition(&desk, &["--lock", &alone]);
    assert_eq!(second["locked"], json!([alone]));
    assert_eq!(second["outside"], json!([]), "500 are left: {second}");
    let all = partition(&desk, &["--bounds", "100..400"]);
    let grids = grids_of(&desk, &all["plan"]);
    assert_eq!(all["outside"], json!([]), "{all}");
    let locks = format!("{},{}", grids["a0"], grids["a2"]);
    let locked = partition(&desk, &["--lock", &locks, "--bounds", "300..500"]);
    let outside = locked["outside"].as_array().unwrap();
    assert_eq!(outside.len(), 1, "{locked}");
    let certificate = &outside[0]["certificate"];
    assert_eq!(certificate["kind"], "residue", "{certificate}");
    assert_eq!(certificate["ways_out"][0]["grids"], json!([grids["a0"], grids["a2"]]));
    assert_eq!(certificate["ways_out"][0]["text_en"], format!("unlock {} or {}", grids["a0"], grids["a2"]));
}

#[test]
fn a_plan_made_from_the_one_in_force_keeps_nearly_all_where_they_are() {
    let desk = Desk::new();
    even(&desk);
    partition(&desk, &[]);
    desk.ok(&["publish", "--store", "s.gpkg"]);
    let same = partition(&desk, &["--keep-from", "1", "--keep-price", "1000"]);
    assert_eq!((&same["kept_percent"], &same["kept"]["moved_at_least"]), (&json!(100.0), &json!(0)));
    assert_eq!(grids_of(&desk, &same["plan"]), grids_of(&desk, &json!(1)));
    // one square grows by 150
    let grown: Vec<_> = (0..36).map(|i| (if i == 14 { 250 } else { 100 }, 240, "S", "C")).collect();
    import(&desk, &grown, 6);
    let after = partition(&desk, &["--keep-from", "1"]);
    assert_eq!(after["outside"], json!([]), "{after}");
    assert!(after["kept_percent"].as_f64().unwrap() >= 80.0, "{}", after["kept"]);
    let refused = desk.refused(&["partition", "--store", "s.gpkg", "--keep-from", "7"]);
    assert!(refused.contains("no publication 7") && refused.contains("has 1"), "{refused}");
}

#[test]
fn more_seconds_never_end_with_a_worse_plan() {
    let desk = Desk::new();
    even(&desk);
    let border = |plan: &Value| plan["border_m"]["none"].as_u64().unwrap();
    let usual = partition(&desk, &[]);
    let searched = partition(&desk, &["--seconds", "1"]);
    assert_eq!((&usual["outside"], &searched["outside"]), (&json!([]), &json!([])));
    assert!(border(&searched) <= border(&usual), "{} against {}", border(&searched), border(&usual));
    let both = desk.run(&["partition", "--store", "s.gpkg", "--seconds", "1", "--moves", "5"]);
    assert_eq!(both.status.code(), Some(2));
}

#[test]
fn bounds_that_no_grid_can_keep_are_refused_in_words() {
    let desk = Desk::new();
    even(&desk);
    for (bounds, words) in [("500..300", "above the upper"), ("0..0", "at least 1"), ("300-500", "such as 300..500")] {
        let refused = desk.run(&["partition", "--store", "s.gpkg", "--population-bounds", bounds]);
        let told = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(refused.status.code() == Some(2) && told.contains(words), "{bounds}: {told}");
    }
    let plans = desk.refused(&["check", "--store", "s.gpkg"]);
    assert!(plans.contains("no plan"), "{plans}");
}

#[test]
fn exclusive_areas_are_grids_of_their_own_and_what_is_marked_together_stays_whole() {
    let desk = Desk::new();
    let mut value: Value = serde_json::from_str(&cells(&[(100, 240, "S", "C"); 36], 6)).unwrap();
    let mut mark = |i: usize, field: &str, word: &str| value["features"][i]["properties"][field] = word.into();
    for (i, word) in [(7, "School"), (8, "School"), (35, "yes"), (0, "no")] {
        mark(i, "special", word);
    }
    for i in [20, 21, 27] {
        mark(i, "compound", "Garden");
    }
    let file = desk.write("cells.geojson", value.to_string());
    let marked = ["--exclusive", "special", "--together", "compound"];
    desk.ok(&[&["import", &file, "--store", "s.gpkg"], &FIELDS[..], &marked].concat());
    let plan = partition(&desk, &[]);
    let grids = grids_of(&desk, &plan["plan"]);
    let members = |atom: &str| grids.values().filter(|grid| **grid == grids[atom]).count();
    assert_eq!((members("a7"), members("a35"), &grids["a7"]), (2, 1, &grids["a8"]), "{grids:?}");
    assert!(grids["a20"] == grids["a21"] && grids["a20"] == grids["a27"], "{grids:?}");
    assert_eq!(plan["exclusive"], json!(BTreeSet::from([&grids["a7"], &grids["a35"]])));
    assert_eq!((&plan["outside"], &plan["in_bounds"]), (&json!([]), &plan["grids"]), "{plan}");
    let audit = check(&desk, &[]);
    assert_eq!((&audit["nesting_breaks"], &audit["outside"]), (&json!(0), &json!([])));
    assert_eq!(audit["figures"]["exclusive"], plan["exclusive"]);
    // with a band of their own, the single one is too small and says so
    let plan = partition(&desk, &["--exclusive-bounds", "150..400"]);
    let outside = plan["outside"].as_array().unwrap();
    assert_eq!(outside.len(), 1, "{plan}");
    assert_eq!(outside[0]["certificate"]["kind"], "exclusive");
    assert!(outside[0]["certificate"]["text_en"].as_str().unwrap().contains("a35 has 100, outside 150 to 400"));
    assert_eq!(check(&desk, &[])["outside"].as_array().unwrap().len(), 1);
    desk.ok(&["publish", "--store", "s.gpkg"]);
    let owner = desk.json(&["locate", "--store", "s.gpkg", "121.0015", "25.0015", "--json"]);
    assert_eq!(owner["chain"][0]["name"], "C School", "{owner}");
}

#[test]
fn what_is_marked_together_but_lies_apart_is_refused_by_its_codes() {
    let desk = Desk::new();
    let mut value: Value = serde_json::from_str(&cells(&[(100, 240, "S", "C"); 36], 6)).unwrap();
    for i in [0, 35] {
        value["features"][i]["properties"]["compound"] = "Garden".into();
    }
    let file = desk.write("cells.geojson", value.to_string());
    desk.ok(&[&["import", &file, "--store", "s.gpkg"], &FIELDS[..], &["--together", "compound"]].concat());
    let refused = desk.refused(&["partition", "--store", "s.gpkg"]);
    assert!(refused.contains("a0 and a35 are to stay together"), "{refused}");
}

/// A mainland of eight squares and two islets of 100 households each, all one community.
pub fn islets(desk: &Desk) {
    let mut value: Value = serde_json::from_str(&cells(&[(100, 240, "S", "C"); 20], 10)).unwrap();
    let features = value["features"].as_array_mut().unwrap();
    // the mainland is columns 0 to 3 of both rows, the islets stand at columns 6 and 8 of the first
    let kept = [0, 1, 2, 3, 10, 11, 12, 13, 6, 8];
    let mut i = 0;
    features.retain(|_| {
        i += 1;
        kept.contains(&(i - 1))
    });
    let file = desk.write("cells.geojson", value.to_string());
    desk.ok(&[&["import", &file, "--store", "s.gpkg"], &FIELDS[..]].concat());
}

#[test]
fn islets_are_grids_of_their_own_or_go_with_the_nearest_part_by_ferry() {
    let desk = Desk::new();
    islets(&desk);
    let own = partition(&desk, &[]);
    let kinds: Vec<&str> =
        own["outside"].as_array().unwrap().iter().map(|grid| grid["certificate"]["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["part_below", "part_below"], "{own}");
    let ways = own["outside"][0]["certificate"]["ways_out"].as_array().unwrap();
    assert!(ways.iter().any(|way| way["kind"] == "join_by_ferry"), "{ways:?}");
    assert_eq!(check(&desk, &[])["joined_codes"], json!([]));

    let joined = partition(&desk, &["--islands", "nearest"]);
    assert_eq!((&joined["outside"], &joined["contiguous"]), (&json!([]), &joined["grids"]), "{joined}");
    let grids = grids_of(&desk, &joined["plan"]);
    assert_eq!(grids["a6"], grids["a8"], "{grids:?}");
    let audit = check(&desk, &[]);
    assert_eq!((&audit["noncontiguous"], &audit["joined_codes"]), (&json!(0), &json!([grids["a6"]])), "{audit}");
    assert!(desk.ok(&["check", "--store", "s.gpkg"]).contains(&format!("by a ferry alone: {}", grids["a6"])));
    let path = desk.path("s.gpkg");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let ferries = runtime.block_on(async {
        let store = open(path.to_str().unwrap(), Open::Existing).await.unwrap();
        let findings = store.findings(1, joined["plan"].as_i64()).await.unwrap();
        store.close().await;
        findings
            .into_iter()
            .filter(|found| found.finding.kind == "ferry")
            .map(|found| found.finding)
            .collect::<Vec<_>>()
    });
    let parties: Vec<_> = ferries.iter().map(|ferry| ferry.parties.clone()).collect();
    assert_eq!(parties, [["a6", "a8"], ["a6", "a3"]].map(|pair| pair.map(str::to_owned).to_vec()), "{ferries:?}");
    assert!(ferries[0].en.contains("over 101 m"), "{}", ferries[0].en);
}

#[test]
fn a_number_of_grids_that_is_asked_for_is_kept_to() {
    let desk = Desk::new();
    even(&desk);
    // 3,600 households are 8 to 12 grids
    for asked in [8, 11] {
        let plan = partition(&desk, &["--grids", &format!("C={asked}")]);
        assert_eq!((&plan["grids"], &plan["outside"]), (&json!(asked), &json!([])), "{plan}");
    }
    let plan = partition(&desk, &["--grids", "C=4"]);
    assert_eq!(plan["grids"], 4);
    let kinds: BTreeSet<&str> =
        plan["outside"].as_array().unwrap().iter().filter_map(|grid| grid["certificate"]["kind"].as_str()).collect();
    assert_eq!(kinds, BTreeSet::from(["count"]), "{plan}");
    let told = plan["outside"].to_string();
    assert!(told.contains("ask for 8 grids"), "{told}");
    let refused = desk.refused(&["partition", "--store", "s.gpkg", "--grids", "D=4"]);
    assert!(refused.contains("\"D\" cannot be given 4 grids") && refused.contains("such as \"C\""), "{refused}");
    assert_eq!(desk.run(&["partition", "--store", "s.gpkg", "--grids", "C=0"]).status.code(), Some(2));
}
