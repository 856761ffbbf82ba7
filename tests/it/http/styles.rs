//! Styles, held against the TileJSON of what they draw; the list of layers, and the page that shows them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::server::Server;
use super::staff::Office;

/// Names in `["get", name]` and `["has", name]`, at any depth.
fn asked_for(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => {
            if let [Value::String(word), Value::String(name)] = &items[..]
                && (word == "get" || word == "has")
            {
                names.insert(name.clone());
            }
            for item in items {
                asked_for(item, names);
            }
        }
        Value::Object(members) => {
            for member in members.values() {
                asked_for(member, names);
            }
        }
        _ => {}
    }
}

/// Every layer draws a layer of its source's TileJSON, by properties that stand there.
fn validate(style: &Value, get: impl Fn(&str) -> Value) -> usize {
    assert_eq!(style["version"], 8);
    assert!(style.get("glyphs").is_none() && style.get("sprite").is_none());
    let mut fields: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    for (name, source) in style["sources"].as_object().unwrap() {
        assert_eq!(source["type"], "vector");
        let described = get(source["url"].as_str().unwrap());
        for layer in described["vector_layers"].as_array().unwrap() {
            let own = layer["fields"].as_object().unwrap().keys().cloned().collect();
            fields.insert((name.clone(), layer["id"].as_str().unwrap().to_owned()), own);
        }
    }
    let mut ids = BTreeSet::new();
    let mut drawn = BTreeSet::new();
    for layer in style["layers"].as_array().unwrap() {
        assert!(ids.insert(layer["id"].as_str().unwrap()), "{layer}");
        let word = |name: &str| layer[name].as_str().map(str::to_owned);
        let (Some(source), Some(own)) = (word("source"), word("source-layer")) else {
            assert_eq!(layer["type"], "background");
            continue;
        };
        assert!(["fill", "line", "circle"].contains(&layer["type"].as_str().unwrap()), "{layer}");
        let mut names = BTreeSet::new();
        asked_for(layer, &mut names);
        let there = fields.get(&(source.clone(), own)).unwrap_or_else(|| panic!("no such layer: {layer}"));
        assert!(names.is_subset(there), "{names:?} of {there:?}: {layer}");
        let text = layer.to_string();
        assert!(!text.contains("text-field") && !text.contains("-pattern") && !text.contains("icon-image"));
        drawn.insert(source);
    }
    assert_eq!(drawn, style["sources"].as_object().unwrap().keys().cloned().collect(), "a source that is not drawn");
    ids.len()
}

#[test]
fn every_style_draws_what_its_tiles_hold_by_properties_they_have() {
    let server = Server::published();
    let path = |url: &str| url.strip_prefix(&server.url("")).expect("an address of this server").to_owned();
    let listed = server.json("/styles");
    let names: Vec<_> = listed["styles"].as_array().unwrap().iter().map(|style| style["name"].clone()).collect();
    assert_eq!(names, [json!("grids"), json!("coverage"), json!("plan")]);
    for line in listed["styles"].as_array().unwrap() {
        let address = path(line["url"].as_str().unwrap());
        let light = server.json(&address);
        let layers = validate(&light, |url| server.json(&path(url)));
        assert!(layers >= 5, "{layers}");
        assert_eq!(light["center"], json!([121.03, 31.025]));
        assert!(light["zoom"].as_f64().is_some_and(|zoom| (12.0..15.0).contains(&zoom)), "{}", light["zoom"]);
        let dark = server.json(&format!("{address}?scheme=dark"));
        assert_ne!(light["layers"][0], dark["layers"][0]);
        assert_eq!(light["sources"], dark["sources"]);
    }
    // sizes shade the grids in band where they are told
    let grids = server.json("/styles/grids.json").to_string();
    assert!(grids.contains(r#"["get","households"]"#));
    assert_eq!(
        server.get("/styles/grids").problem(404)["detail"].as_str().map(|text| text.contains("plan.json")),
        Some(true)
    );
    server.get("/styles/none.json").problem(404);
    server.get("/styles/grids.json?scheme=blue").problem(400);
}

#[test]
fn styles_and_layers_are_those_the_caller_may_see() {
    let office = Office::new();
    let server = &office.server;
    let proxied = [("x-forwarded-for", "198.51.100.7")];
    let get = |caller: &str, path: &str| office.ask_with(caller, "GET", path, None, &proxied);
    let names = |caller: &str, path: &str, member: &str| -> Vec<String> {
        let answer = get(caller, path).json();
        answer[member].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names("anonymous", "/styles", "styles"), ["grids", "plan"]);
    assert_eq!(names("viewer", "/styles", "styles"), ["grids", "coverage", "plan"]);
    assert_eq!(names("anonymous", "/tiles", "layers").last().unwrap(), "cells");
    assert_eq!(names("viewer", "/tiles", "layers").last().unwrap(), "findings");
    get("anonymous", "/styles/coverage.json").problem(401);
    get("reporter", "/styles/coverage.json").problem(403);
    // for a stranger no style asks for counts
    for name in ["grids", "plan"] {
        let style = get("anonymous", &format!("/styles/{name}.json")).json();
        validate(&style, |url| get("anonymous", url.strip_prefix(&server.url("")).unwrap()).json());
        assert!(!style.to_string().contains("households"));
    }
}

#[test]
fn a_browser_gets_a_page_that_loads_nothing_from_elsewhere_and_a_program_a_list() {
    let server = Server::published();
    let listed = server.json("/tiles");
    let layers = listed["layers"].as_array().unwrap();
    let names: Vec<_> = layers.iter().map(|layer| layer["name"].as_str().unwrap()).collect();
    let all = ["grids", "borders", "atoms", "jurisdictions", "streets", "buildings", "cells", "findings", "reports"];
    assert_eq!(names, all);
    for layer in layers {
        let described = server.json(layer["tilejson"].as_str().unwrap().strip_prefix(&server.url("")).unwrap());
        assert_eq!(layer["zooms"], json!([described["minzoom"], described["maxzoom"]]));
        for language in ["en", "zh"] {
            assert!(["title", "text"].iter().all(|part| layer[language][part].as_str().is_some_and(|t| !t.is_empty())));
        }
    }
    assert_eq!(server.get("/tiles").header("vary"), "accept");
    let page = server.get_with("/tiles", &[("accept", "text/html,application/xhtml+xml,*/*;q=0.8")]);
    if page.status == 503 {
        eprintln!("SKIPPED: the map is not built (npm run build in web-map)");
        return;
    }
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    assert!(page.header("content-security-policy").starts_with("default-src 'self'; script-src 'self'"));
    assert!(page.text().contains("/assets/preview-") && !page.text().contains("<script>"));
    assert!(!page.text().contains("style="));
    // a page is had by its address alone, with its policy
    server.get("/preview.html").problem(404);
}

#[test]
fn tilejson_says_in_two_languages_what_is_where_and_whose() {
    let server = Server::published();
    let described = server.json("/tiles/grids");
    let fields = &described["vector_layers"][0]["fields"];
    assert_eq!(fields["code"], "String: code of the grid / 网格编码");
    assert_eq!(described["center"][0], 121.03);
    let version = server.json("/v1/workspace")["tiles_version"].clone();
    assert_eq!(described["generation"], version);
    assert!(described["description"].as_str().unwrap().contains(" / 现行网格"));
    let name = server.json("/v1/workspace")["name"].as_str().unwrap().to_owned();
    assert_eq!(described["attribution"], json!(name));
    // of findings nothing is known without looking at them
    assert!(server.json("/tiles/findings").get("bounds").is_none());
    let renamed = json!({"name": "<b>\"A\" & B</b>"}).to_string();
    let kind = [("content-type", "application/json")];
    assert_eq!(server.send("PATCH", "/v1/workspace", &kind, renamed.as_bytes()).status, 200);
    assert_eq!(server.json("/tiles/grids")["attribution"], "&lt;b&gt;&quot;A&quot; &amp; B&lt;/b&gt;");
}
