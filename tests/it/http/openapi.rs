//! The description of the interface is the interface.

use super::server::Server;

#[test]
fn every_route_stands_in_the_description_and_answers() {
    let server = Server::published();
    let document = server.json("/openapi.json");
    let mut routes: Vec<String> = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            routes.push(format!("{} {path}", method.to_uppercase()));
            assert!(operation["summary"].is_string(), "{method} {path} has no summary");
            let responses = operation["responses"].as_object().unwrap();
            let problems = responses.iter().filter(|(status, _)| status.as_str() >= "400");
            for (status, problem) in problems {
                let reference = &problem["content"]["application/problem+json"]["schema"]["$ref"];
                assert_eq!(reference, "#/components/schemas/Problem", "{method} {path} {status}");
            }
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                assert!(parameter["description"].is_string(), "{method} {path}: {parameter}");
            }
            // a route that is only described would answer as one that does not exist
            let asked = path
                .replace("{code}", "A-001")
                .replace("{id}", "1")
                .replace("{layer}", "grids")
                .replace("{name}", "grids.json");
            let asked = asked.replace("{z}", "0").replace("{x}", "0").replace("{y}", "0");
            if method == "get" && !path.ends_with("/events") {
                let answer = server.get(&asked);
                assert!(!answer.text().contains("/openapi.json lists"), "{asked}: {}", answer.text());
            }
        }
    }
    insta::assert_snapshot!(routes.join("\n"), @"
    GET /healthz
    GET /metrics
    GET /openapi.json
    GET /readyz
    GET /styles
    GET /styles/{name}
    GET /tiles
    GET /tiles/{layer}
    GET /tiles/{layer}/{z}/{x}/{y}
    GET /v1/audit
    GET /v1/audit/verify
    GET /v1/coverage
    GET /v1/events
    GET /v1/geocode
    GET /v1/geocode/reverse
    GET /v1/grids
    GET /v1/grids/{code}
    GET /v1/grids/{code}/officers
    POST /v1/imports
    DELETE /v1/jobs/{id}
    GET /v1/jobs/{id}
    GET /v1/jurisdictions
    GET /v1/jurisdictions/{code}
    GET /v1/locate
    POST /v1/locate:batch
    POST /v1/locate:shape
    POST /v1/locate:stream
    GET /v1/officers
    GET /v1/plans
    GET /v1/plans/{id}
    GET /v1/plans/{id}/assignment
    GET /v1/plans/{id}/draft
    GET /v1/plans/{id}/events
    GET /v1/plans/{id}/export
    GET /v1/plans/{id}/impact
    GET /v1/plans/{id}/ops
    POST /v1/plans/{id}/ops
    POST /v1/plans/{id}/presence
    POST /v1/plans/{id}/publish
    POST /v1/plans/{id}/state
    POST /v1/plans/{id}/suggest
    POST /v1/plans/{id}/table
    GET /v1/principals
    POST /v1/principals
    GET /v1/principals/{id}
    PATCH /v1/principals/{id}
    POST /v1/principals/{id}/keys
    DELETE /v1/principals/{id}/keys/{key}
    GET /v1/reports
    POST /v1/reports
    GET /v1/reports/{id}
    POST /v1/reports/{id}/state
    GET /v1/reports/{id}/trail
    DELETE /v1/session
    GET /v1/session
    POST /v1/session
    POST /v1/tessellations
    GET /v1/topologies/{hash}
    POST /v1/uploads
    DELETE /v1/uploads/{id}
    GET /v1/workspace
    PATCH /v1/workspace
    ");
    assert_eq!(document["info"]["title"], "Wangge (网格)");
    assert_eq!(document["info"]["license"]["name"], "MIT OR Apache-2.0");
    assert!(document["components"]["schemas"]["Problem"]["properties"]["detail"].is_object());
    assert!(
        document["paths"]["/v1/locate"]["get"]["responses"]["200"]["content"]["application/json"]["example"]
            .is_object()
    );
}

#[test]
fn every_reference_in_the_description_leads_somewhere() {
    let document = serde_json::to_value(wangge::http::document()).unwrap();
    let text = document.to_string();
    let mut seen = 0;
    for reference in text.split("\"$ref\":\"#").skip(1) {
        let pointer = reference.split('"').next().unwrap();
        assert!(document.pointer(pointer).is_some(), "{pointer}");
        seen += 1;
    }
    assert!(seen > 20, "{seen}");
}
