//! What putting a draft in force would change, told before and found true after.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::drafts::{done, grid, office, post};

fn sum(rows: &Value, field: &str) -> u64 {
    rows.as_array().unwrap().iter().map(|row| row[field].as_u64().unwrap()).sum()
}

#[test]
fn what_is_foreseen_comes_true_when_the_draft_is_published() {
    let (office, plan) = office();
    let place = "lon=121.01&lat=31.04&crs=wgs84";
    let report = json!({"category": "路灯", "text": "t", "lon": 121.01, "lat": 31.04, "crs": "wgs84"});
    assert_eq!(office.ask("anonymous", "POST", "/v1/reports", Some(&report)).status, 201);
    let (two, three) = (grid(&office, plan, "B-102"), grid(&office, plan, "B-103"));
    let path = format!("/v1/plans/{plan}/impact");
    let first = office.json("planner", &path);
    assert_eq!((&first["plan"], &first["rev"]), (&json!(plan), &json!(0)));
    assert_eq!(first["codes"].as_array().unwrap().iter().filter(|code| code["code"] == "B-103").count(), 1);

    let data = |code: &str, name: &str| json!({"code": code, "name": name, "locked": false});
    let ops = [
        json!({"id": "o1", "kind": "merge", "moves": [{"from": three, "to": two, "atoms": [4, 1]}],
               "grids": [{"id": three, "from": data("B-103", "B-103 网格"), "to": null}]}),
        json!({"id": "o2", "kind": "create", "moves": [{"from": null, "to": "new-grid", "atoms": [5, 1]}],
               "grids": [{"id": "new-grid", "from": null, "to": data("", "河滩")}]}),
    ];
    done(&post(&office, "planner", plan, 0, &ops));
    let told = office.json("planner", &path);
    assert_eq!(told["rev"], 2);
    assert_eq!(sum(&told["crossings"], "households"), told["households"]["changing"].as_u64().unwrap());
    assert_eq!(sum(&told["crossings"], "population"), told["population"]["changing"].as_u64().unwrap());
    assert!(told["households"]["changing"].as_u64() <= told["households"]["of"].as_u64());
    assert_eq!(office.json("planner", &format!("{path}?rev=0")), first, "an earlier revision can be asked for");

    let read = office.json("auditor", &path);
    assert_eq!((&read["crossings"], &read["codes"]), (&told["crossings"], &told["codes"]));

    // the tables hold the same rows
    for table in ["crossings", "reports", "officers", "codes"] {
        let answer = office.ask("planner", "GET", &format!("{path}?table={table}"), None);
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8; header=present");
        let rows = csv::Reader::from_reader(&*answer.bytes).records().map(Result::unwrap).count();
        assert_eq!(rows, told[table].as_array().unwrap().len(), "{table}");
    }
    office.ask("planner", "GET", &format!("{path}?table=x"), None).problem(400);
    office.ask("planner-a", "GET", &path, None).problem(403);
    assert_eq!(office.json("planner", "/v1/plans")["plans"].as_array().unwrap().len(), 2, "nothing was kept");

    let owner = || office.server.json(&format!("/v1/locate?{place}"))["grid"]["code"].clone();
    let before = owner();
    let answer = office.ask("publisher", "POST", &format!("/v1/plans/{plan}/publish"), Some(&json!({})));
    assert_eq!(answer.status, 201, "{}", answer.text());
    let after = owner();
    let rerouted = read["reports"].as_array().unwrap();
    assert_eq!(told["reports_rerouted"], u64::from(before != after), "{told}");
    assert!(told["reports"].as_array().unwrap().is_empty(), "who plans reads no reports");
    if before == after {
        assert!(rerouted.is_empty(), "{read}");
    } else {
        assert_eq!((rerouted.len(), &rerouted[0]["from"], &rerouted[0]["to"]), (1, &before, &after), "{read}");
    }
    let made = answer.json()["plan"].as_i64().unwrap();
    let grids = office.server.elsewhere(|store| async move { store.grids(made).await.unwrap() });
    let codes: BTreeSet<String> = grids.iter().map(|grid| grid.code.clone()).collect();
    let foreseen = told["codes"].as_array().unwrap().iter().filter(|code| code["fate"] != "gone");
    assert_eq!(foreseen.map(|code| code["code"].as_str().unwrap().to_owned()).collect::<BTreeSet<_>>(), codes);
    for grid in &grids {
        let row = told["codes"].as_array().unwrap().iter().find(|row| row["code"] == grid.code.as_str()).unwrap();
        assert_eq!(row["households"][1], grid.households, "{}", grid.code);
    }
    // now nothing would change any more
    let entries = told["crossings"].as_array().unwrap().len();
    assert!(entries > 0, "{told}");
}
