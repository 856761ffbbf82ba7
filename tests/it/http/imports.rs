//! Files sent over HTTP: looked at, brought in, refused in words that help, cancelled.

use std::io::Write;
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

use fast_mvt::MvtReaderRef;
use serde_json::{Value, json};
use wangge::geom::LatticePoint;
use wangge::http::{LargestUpload, Settings};
use wangge::tile::TileId;

use super::server::Answer;
use super::staff::Office;

fn town() -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("data/town.gpkg")).unwrap()
}

fn send(office: &Office, login: &str, name: &str, bytes: &[u8]) -> Answer {
    let bearer = (login != "anonymous").then(|| office.account(login).bearer);
    let mut headers = vec![("content-type", "application/octet-stream"), ("connection", "close")];
    headers.extend(bearer.as_deref().map(|bearer| ("authorization", bearer)));
    office.server.send("POST", &format!("/v1/uploads?name={name}"), &headers, bytes)
}

#[track_caller]
fn upload(office: &Office, name: &str, bytes: &[u8]) -> Value {
    let answer = send(office, "planner", name, bytes);
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()
}

/// Begins an import and waits until it is over.
#[track_caller]
fn import(office: &Office, body: &Value) -> Value {
    let answer = office.ask("planner", "POST", "/v1/imports", Some(body));
    assert_eq!(answer.status, 202, "{}", answer.text());
    wait(office, answer.json()["id"].as_str().unwrap())
}

#[track_caller]
fn wait(office: &Office, id: &str) -> Value {
    let started = Instant::now();
    loop {
        let job = office.json("planner", &format!("/v1/jobs/{id}"));
        if !["waiting", "running"].contains(&job["state"].as_str().unwrap()) {
            return job;
        }
        assert!(started.elapsed() < Duration::from_mins(1), "{job}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn features(bytes: &[u8], layer: &str) -> Vec<Vec<(String, String)>> {
    let reader = MvtReaderRef::new(bytes).unwrap();
    let named = reader.layers().filter(|found| found.name() == layer);
    named
        .flat_map(|found| {
            let texts = found.features().map(|feature| {
                feature
                    .properties()
                    .map(|pair| pair.unwrap())
                    .map(|(key, value)| (key.to_owned(), format!("{value:?}")))
                    .collect()
            });
            texts.collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn streets_and_buildings_of_the_town_are_looked_at_kept_and_drawn() {
    let office = Office::new();
    let sent = upload(&office, "..%2Ftown.gpkg", &town());
    assert_eq!((&sent["name"], sent["bytes"].as_u64().unwrap()), (&json!("town.gpkg"), town().len() as u64));
    let layer =
        |name: &str| sent["layers"].as_array().unwrap().iter().find(|layer| layer["name"] == name).unwrap().clone();
    let streets = layer("streets");
    assert_eq!((&streets["features"], &streets["crs"]), (&json!(656), &json!("cgcs2000")));
    assert_eq!((&streets["lines"], &streets["polygons"]), (&json!(true), &json!(false)));
    assert!(layer("buildings")["fields"].as_array().unwrap().contains(&json!("households")));
    assert_eq!(layer("officers")["geometry"], Value::Null);

    let mut body = json!({"upload": sent["id"], "as": "streets", "layer": "streets", "fields": {"class": "class"}, "preview": true});
    let looked = import(&office, &body);
    assert_eq!(looked["state"], "done", "{looked}");
    let result = &looked["result"];
    assert_eq!((&result["lines"], &result["input"]), (&json!(656), &Value::Null));
    assert_eq!(result["classes"]["arterial"].as_u64().unwrap() + result["classes"]["street"].as_u64().unwrap(), 656);
    let shown = result["sample"]["features"].as_array().unwrap();
    assert!((300..=500).contains(&shown.len()), "{}", shown.len());
    assert_eq!(shown[0]["geometry"]["type"], "LineString");
    let [west, south, east, north] = [0, 1, 2, 3].map(|i| result["envelope"][i].as_f64().unwrap());
    assert!(west < east && south < north && (100.0..130.0).contains(&west), "{result}");
    // nothing was kept
    let id =
        TileId::holding(14, LatticePoint::new(((west + east) * 5e6) as i32, ((south + north) * 5e6) as i32)).unwrap();
    assert_eq!(office.ask("anonymous", "GET", &format!("/tiles/streets/{id}"), None).status, 204);

    body["preview"] = json!(false);
    let kept = import(&office, &body);
    assert_eq!((&kept["state"], &kept["result"]["input"]), (&json!("done"), &json!(1)), "{kept}");
    office.server.set_clock(super::district::NOW_MS + 1);
    assert_eq!(import(&office, &body)["result"]["already"], true);
    let buildings = import(
        &office,
        &json!({"upload": sent["id"], "as": "buildings", "layer": "buildings",
                "fields": {"id": "code", "class": "use", "households": "households", "levels": "levels", "units": "units"}}),
    );
    assert_eq!((&buildings["result"]["features"], &buildings["result"]["households"]), (&json!(2022), &json!(39_834)));

    let tile = |caller: &str, layer: &str| office.ask(caller, "GET", &format!("/tiles/{layer}/{id}"), None);
    let streets = features(&tile("anonymous", "streets").bytes, "streets");
    assert!(streets.len() > 50, "{}", streets.len());
    assert!(streets.iter().flatten().any(|(key, value)| key == "class" && value.contains("arterial")));
    let told = |caller: &str| tile(caller, "buildings").text().contains("households");
    assert!(told("viewer") && !told("anonymous") && !told("reporter"));
    let described = office.json("viewer", "/tiles/buildings");
    let template = described["tiles"][0].as_str().unwrap();
    let version = template.split("?v=").nth(1).unwrap();
    let named = office.ask("viewer", "GET", &format!("/tiles/buildings/{id}?v={version}"), None);
    assert_eq!(named.header("cache-control"), "private, max-age=31536000, immutable");
    assert_ne!(office.json("anonymous", "/tiles/buildings")["tiles"], described["tiles"]);

    // who did it stands in the log, with the request
    let log = office.json("auditor", "/v1/audit?limit=1000");
    let entries = log["entries"].as_array().unwrap();
    let entry = entries.iter().find(|entry| entry["kind"] == "input").unwrap();
    assert_eq!(entry["by"], office.account("planner").id.as_str(), "{entry}");
}

#[test]
fn streets_buildings_and_jurisdictions_sent_in_become_atoms() {
    let office = Office::new();
    let make = |body: &Value| {
        let answer = office.ask("planner", "POST", "/v1/tessellations", Some(body));
        assert_eq!(answer.status, 202, "{}", answer.text());
        wait(&office, answer.json()["id"].as_str().unwrap())
    };
    let nothing = make(&json!({}));
    assert_eq!((&nothing["state"], &nothing["result"]), (&json!("failed"), &Value::Null), "{nothing}");
    let sent = upload(&office, "town.gpkg", &town());
    for (kind, layer, fields) in [
        ("jurisdictions", "jurisdictions", json!({"id": "code", "name": "name", "parent": "parent"})),
        ("streets", "streets", json!({"class": "class"})),
        ("streets", "barriers", json!({})),
        (
            "buildings",
            "buildings",
            json!({"id": "code", "name": "name", "class": "use", "households": "households", "levels": "levels", "units": "units"}),
        ),
    ] {
        let kept = import(&office, &json!({"upload": sent["id"], "as": kind, "layer": layer, "fields": fields}));
        assert_eq!(kept["state"], "done", "{layer}: {kept}");
    }
    let made = make(&json!({"tolerance_m": 5.0}));
    let result = &made["result"];
    assert_eq!(
        (&made["state"], &result["dataset"], &result["already"]),
        (&json!("done"), &json!(2), &json!(false)),
        "{made}"
    );
    assert_eq!((&result["households"], &result["households_counted"]), (&json!(39_834), &json!(39_214)), "{made}");
    // the tower of 620 households has units: how many live in each is shared out, not counted
    assert!(result["classes"]["unit"].as_u64().unwrap() >= 2, "{made}");
    assert!(result["features"].as_u64().unwrap() > 1_000, "{made}");
    let again = make(&json!({"tolerance_m": 5.0}));
    assert_eq!((&again["result"]["already"], &again["result"]["dataset"]), (&json!(true), &json!(2)), "{again}");
    assert_eq!(office.json("viewer", "/v1/workspace")["counts"]["grids"], 4, "what is in force stays");
    let log = office.json("auditor", "/v1/audit?limit=1000");
    let planner = office.account("planner").id;
    let mut entries = log["entries"].as_array().unwrap().iter();
    assert_eq!(entries.clone().filter(|entry| entry["kind"] == "input" && entry["by"] == *planner).count(), 4);
    assert!(entries.any(|entry| entry["kind"] == "import" && entry["by"] == *planner), "{log}");

    let problem = office.ask("planner", "POST", "/v1/tessellations", Some(&json!({"tolerance_m": 101}))).problem(422);
    assert_eq!(problem["parameter"], "tolerance_m", "{problem}");
    office.ask("viewer", "POST", "/v1/tessellations", Some(&json!({}))).problem(403);
    office.ask("anonymous", "POST", "/v1/tessellations", Some(&json!({}))).problem(401);
}

#[test]
fn parcels_become_atoms_with_their_jurisdictions() {
    let office = Office::new();
    let sent = upload(&office, "town.gpkg", &town());
    let fields = json!({"id": "code", "households": "households", "population": "population",
                        "jurisdiction": ["district", "street_office", "community"],
                        "jurisdiction_name": ["district_name", "street_office_name", "community_name"]});
    let mut body = json!({"upload": sent["id"], "as": "atoms", "layer": "parcels", "fields": fields, "preview": true});
    let looked = import(&office, &body);
    assert_eq!(
        (&looked["result"]["features"], &looked["result"]["households"]),
        (&json!(1156), &json!(39_834)),
        "{looked}"
    );
    assert_eq!(looked["result"]["levels"][2], json!({"name": "community", "count": 16}));
    assert_eq!(looked["result"]["repairs"], json!({}));
    body["preview"] = json!(false);
    let kept = import(&office, &body);
    assert_eq!((&kept["state"], &kept["result"]["dataset"]), (&json!("done"), &json!(2)), "{kept}");
    assert_eq!(office.json("viewer", "/v1/workspace")["counts"]["grids"], 4, "what is in force stays");
}

#[test]
fn links_are_looked_at_with_their_ends_and_kept_whole_or_not_at_all() {
    let office = Office::new();
    let table = upload(&office, "links.csv", "A,B,what,name\nB1,B2,bridge,东门桥\n".as_bytes());
    let fields = json!({"from": "A", "to": "B", "kind": "what"});
    let mut body = json!({"upload": table["id"], "as": "links", "fields": fields, "preview": true});
    let looked = import(&office, &body);
    let result = &looked["result"];
    assert_eq!((&result["links"], &result["classes"]), (&json!(1), &json!({"bridge": 1})), "{looked}");
    assert_eq!(result["sample"]["features"][0]["geometry"]["type"], "LineString");
    assert_eq!(
        (&result["link_set"], &result["sample"]["features"][0]["properties"]["name"]),
        (&Value::Null, &json!("东门桥"))
    );
    body["preview"] = json!(false);
    let kept = import(&office, &body);
    assert_eq!((&kept["result"]["link_set"], &kept["result"]["already"]), (&json!(1), &json!(false)), "{kept}");
    assert_eq!(import(&office, &body)["result"]["already"], true);
    let log = office.json("auditor", "/v1/audit?limit=1000");
    let entries = log["entries"].as_array().unwrap();
    let entry = entries.iter().find(|entry| entry["kind"] == "links").unwrap();
    assert_eq!(entry["by"], office.account("planner").id.as_str(), "{entry}");

    let wrong = upload(&office, "links.csv", b"from,to\nB1,X7\n");
    let job = import(&office, &json!({"upload": wrong["id"], "as": "links"}));
    assert_eq!((&job["state"], &job["problem"]["status"]), (&json!("failed"), &json!(422)), "{job}");
    let detail = job["problem"]["detail"].as_str().unwrap();
    assert!(detail.starts_with("links.csv: 1 row is wrong") && detail.contains("row 2, to \"X7\""), "{detail}");
    for fields in [json!({"from": "A", "to": "B"}), json!({"apart": "A"}), json!({"exclusive": "A"})] {
        let body = json!({"upload": wrong["id"], "as": "streets", "fields": fields});
        let problem = office.ask("planner", "POST", "/v1/imports", Some(&body)).problem(422);
        assert_eq!(problem["parameter"], "fields", "{problem}");
    }
}

#[test]
fn areas_are_marked_exclusive_together_and_apart() {
    let office = Office::new();
    let square = |x: u32| {
        let next = x + 1;
        format!("\"POLYGON ((114.00{x} 30,114.00{next} 30,114.00{next} 30.001,114.00{x} 30.001,114.00{x} 30))\"")
    };
    let rows = ["yes,,", ",花园,x", ",花园, ", ",,x"].into_iter().zip(0..);
    let rows: Vec<String> = rows.map(|(marks, x)| format!("{},A{x},400,{marks}", square(x))).collect();
    let sent = upload(&office, "areas.csv", format!("wkt,id,hh,ex,tog,ap\n{}\n", rows.join("\n")).as_bytes());
    let fields = json!({"id": "id", "households": "hh", "exclusive": "ex", "together": "tog", "apart": "ap"});
    let kept = import(&office, &json!({"upload": sent["id"], "as": "atoms", "crs": "wgs84", "fields": fields}));
    let dataset = kept["result"]["dataset"].as_i64().unwrap_or_else(|| panic!("{kept}"));
    let atoms = office.server.elsewhere(|store| async move { store.dataset(dataset).await.unwrap() }).atoms;
    let told: Vec<Value> = atoms.iter().map(|atom| json!(atom.attributes)).collect();
    assert_eq!(
        json!(told),
        json!([{"exclusive": true}, {"together": "花园", "apart": "x"}, {"together": "花园"}, {"apart": "x"}])
    );
}

#[test]
fn what_does_not_fit_is_said_in_one_line_without_a_path_of_the_server() {
    let office = Office::new();
    let town = upload(&office, "town.gpkg", &town())["id"].clone();
    let wrong = |body: Value| {
        let job = import(&office, &body);
        assert_eq!((&job["state"], &job["problem"]["status"]), (&json!("failed"), &json!(422)), "{job}");
        let detail = job["problem"]["detail"].as_str().unwrap().to_owned();
        assert!(!detail.contains("wangge-upload") && !detail.contains('\n'), "{detail}");
        detail
    };
    let missing =
        wrong(json!({"upload": town, "as": "buildings", "layer": "buildings", "fields": {"households": "huhu"}}));
    assert!(missing.starts_with("town.gpkg: layer \"buildings\" has no field \"huhu\"; its fields are "), "{missing}");
    let lines = wrong(json!({"upload": town, "as": "buildings", "layer": "streets", "preview": true}));
    assert!(lines.contains("holds no polygons"), "{lines}");
    // degrees read as if they were metres: what is left lies where the CRS is not meant for, and that is said before it is kept
    let far = import(
        &office,
        &json!({"upload": town, "as": "streets", "layer": "streets", "crs": "EPSG:2056", "preview": true}),
    );
    assert_eq!(far["result"]["left_out"], 595, "{far}");
    assert!(far["result"]["warnings"].to_string().contains("is the CRS right?"), "{far}");
    let bare = upload(&office, "bare.csv", b"wkt,id,hh\n\"POLYGON ((114 30,114.01 30,114 30.01,114 30))\",A-1,312\n");
    assert_eq!(bare["layers"][0]["crs"], Value::Null);
    let fields = json!({"id": "id", "households": "hh"});
    let order = json!({"upload": bare["id"], "as": "atoms", "fields": fields, "preview": true});
    assert!(wrong(order.clone()).contains("CRS"));
    let mut named = order;
    named["crs"] = json!("cgcs2000");
    assert_eq!(import(&office, &named)["result"]["households"], 312);

    // a bow tie beside a large square: refused with its place, or kept with both its wings
    let tie = "wkt,id,hh\n\"POLYGON ((114 30,114.01 30,114.01 30.01,114 30.01,114 30))\",A-1,312\n\
               \"POLYGON ((114.02 30,114.021 30.001,114.021 30,114.02 30.001,114.02 30))\",A-2,5\n";
    let tie = upload(&office, "tie.csv", tie.as_bytes());
    let mut order = json!({"upload": tie["id"], "as": "atoms", "crs": "wgs84", "fields": fields});
    let refused = wrong(order.clone());
    assert!(
        refused.contains("A-2, ring 1: crosses itself at (114.0205") && refused.contains("--crossings keep"),
        "{refused}"
    );
    order["crossings"] = json!("keep");
    let kept = import(&office, &order);
    assert_eq!((&kept["state"], &kept["result"]["households"]), (&json!("done"), &json!(317)), "{kept}");

    for (body, field) in [
        (json!({"upload": town, "as": "houses"}), "as"),
        (json!({"upload": town, "as": "atoms", "fields": fields, "crossings": "cut"}), "crossings"),
        (json!({"upload": town, "as": "atoms", "fields": fields, "overlaps": "both"}), "overlaps"),
        (json!({"upload": town, "as": "streets", "crs": "mars"}), "crs"),
        (json!({"upload": town, "as": "atoms"}), "fields"),
        (json!({"upload": town, "as": "streets", "class_is": "canal"}), "class_is"),
        (json!({"upload": town, "as": "atoms", "fields": fields, "null_households": "zero"}), "null_households"),
    ] {
        let problem = office.ask("planner", "POST", "/v1/imports", Some(&body)).problem(422);
        assert_eq!(problem["parameter"], field, "{problem}");
    }
    let nothing = json!({"upload": "none", "as": "streets"});
    office.ask("planner", "POST", "/v1/imports", Some(&nothing)).problem(404);
}

#[test]
fn a_file_that_is_none_is_refused_when_it_is_sent() {
    let office = Office::new();
    for name in ["town.exe", "town", "town.vrt"] {
        assert_eq!(send(&office, "planner", name, b"x").problem(400)["parameter"], "name", "{name}");
    }
    let whole = town();
    send(&office, "planner", "town.gpkg", &[]).problem(422);
    send(&office, "planner", "town.gpkg", &whole[..whole.len() / 3]).problem(422);
    let problem = send(&office, "planner", "town.geojson", b"not a map").problem(422);
    assert!(!problem["detail"].as_str().unwrap().contains("wangge-upload"), "{problem}");
    // a file that names others is opened as nothing, whatever it is called
    let vrt = "<OGRVRTDataSource><OGRVRTLayer name=\"x\"><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>";
    for name in ["x.geojson", "x.kml", "x.gpkg", "x.fgb"] {
        let problem = send(&office, "planner", name, vrt.as_bytes()).problem(422);
        assert!(!problem.to_string().contains("passwd"), "{problem}");
    }
}

#[test]
fn a_file_that_is_too_large_or_breaks_off_is_not_kept() {
    let office = Office::with(Settings { largest_upload: LargestUpload(100_000), ..Settings::default() });
    send(&office, "planner", "town.gpkg", &town()).problem(413);
    // without a length, in pieces; and one that breaks off
    let bearer = office.account("planner").bearer;
    let head = |extra: &str| {
        format!("POST /v1/uploads?name=a.csv HTTP/1.1\r\nhost: localhost\r\nauthorization: {bearer}\r\n{extra}\r\n\r\n")
    };
    let mut stream = TcpStream::connect(office.server.address).unwrap();
    stream.write_all(head("transfer-encoding: chunked").as_bytes()).unwrap();
    let piece = vec![b'x'; 60_000];
    for _ in 0..3 {
        // the server may hang up on what is too large
        if stream.write_all(format!("{:x}\r\n", piece.len()).as_bytes()).is_err() || stream.write_all(&piece).is_err() {
            break;
        }
        let _ = stream.write_all(b"\r\n");
    }
    let mut answer = [0; 12];
    std::io::Read::read_exact(&mut stream, &mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 413");
    let mut stream = TcpStream::connect(office.server.address).unwrap();
    stream.write_all(head("content-length: 50000").as_bytes()).unwrap();
    stream.write_all(b"id,wkt\n1,").unwrap();
    drop(stream);
    // nothing of these counts: a caller has room for eight files
    for i in 0..8 {
        upload(&office, &format!("{i}.csv"), b"id,hh\nA,1\n");
    }
    let problem = send(&office, "planner", "9.csv", b"id,hh\nA,1\n").problem(409);
    assert!(problem["detail"].as_str().unwrap().contains("8 files"), "{problem}");
}

#[test]
fn a_file_and_a_job_are_for_who_made_them_and_files_go_after_an_hour() {
    let office = Office::new();
    let id = upload(&office, "town.gpkg", &town())["id"].as_str().unwrap().to_owned();
    let body = json!({"upload": id, "as": "streets", "layer": "streets", "preview": true});
    office.ask("administrator", "POST", "/v1/imports", Some(&body)).problem(404);
    let job = import(&office, &body)["id"].as_str().unwrap().to_owned();
    office.ask("administrator", "GET", &format!("/v1/jobs/{job}"), None).problem(404);
    office.ask("administrator", "DELETE", &format!("/v1/uploads/{id}"), None).problem(404);
    for caller in ["viewer", "publisher"] {
        send(&office, caller, "town.gpkg", b"x").problem(403);
        office.ask(caller, "POST", "/v1/imports", Some(&body)).problem(403);
    }
    send(&office, "anonymous", "town.gpkg", b"x").problem(401);
    // one district's planner does not bring in what is everybody's
    send(&office, "planner-a", "town.gpkg", b"x").problem(403);
    let again = upload(&office, "b.csv", b"id,hh\nA,1\n")["id"].as_str().unwrap().to_owned();
    assert_eq!(office.ask("planner", "DELETE", &format!("/v1/uploads/{again}"), None).status, 204);
    office.ask("planner", "DELETE", &format!("/v1/uploads/{again}"), None).problem(404);
    office.server.set_clock(super::district::NOW_MS + 3_600_001);
    office.ask("planner", "POST", "/v1/imports", Some(&body)).problem(404);
}

#[test]
fn a_browser_brings_the_sessions_word_to_send_a_file() {
    let office = Office::new();
    let browser = office.browser("planner");
    let headers = [("cookie", browser.cookie.as_str()), ("content-type", "application/octet-stream")];
    let file = b"wkt,id\n\"LINESTRING (114 30,114.01 30)\",1\n";
    let problem = office.server.send("POST", "/v1/uploads?name=a.csv", &headers, file).problem(403);
    assert_eq!(problem["type"], "urn:wangge:problem:csrf");
    let mut headers = headers.to_vec();
    headers.push(("x-csrf-token", browser.csrf.as_str()));
    let sent = office.server.send("POST", "/v1/uploads?name=a.csv", &headers, file);
    assert_eq!(sent.status, 201, "{}", sent.text());
    let body = json!({"upload": sent.json()["id"], "as": "streets", "crs": "wgs84"});
    let begun = office.browse(&browser, "POST", "/v1/imports", Some(&body));
    assert_eq!(begun.status, 202, "{}", begun.text());
    assert_eq!(wait(&office, begun.json()["id"].as_str().unwrap())["result"]["lines"], 1);
}

#[test]
fn a_cancelled_job_keeps_nothing() {
    let office = Office::new();
    let sent = upload(&office, "town.gpkg", &town());
    let look = json!({"upload": sent["id"], "as": "buildings", "layer": "buildings", "preview": true});
    // one at a time: those behind it wait, and one that waits is cancelled at once
    let first: Vec<String> = (0..3)
        .map(|_| office.ask("planner", "POST", "/v1/imports", Some(&look)).json()["id"].as_str().unwrap().to_owned())
        .collect();
    let keep = json!({"upload": sent["id"], "as": "buildings", "layer": "buildings", "fields": {"id": "code"}});
    let last = office.ask("planner", "POST", "/v1/imports", Some(&keep)).json()["id"].as_str().unwrap().to_owned();
    let cancelled = office.ask("planner", "DELETE", &format!("/v1/jobs/{last}"), None);
    assert_eq!(cancelled.status, 202, "{}", cancelled.text());
    assert_eq!(wait(&office, &last)["state"], "cancelled");
    for id in first {
        assert_eq!(wait(&office, &id)["state"], "done");
    }
    office.ask("planner", "DELETE", "/v1/jobs/none", None).problem(404);
    let log = office.json("auditor", "/v1/audit?limit=1000").to_string();
    assert!(!log.contains("\"input"), "{log}");
}
