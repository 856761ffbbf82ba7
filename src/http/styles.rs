//! `GET /styles`, `GET /styles/{name}.json`: how to draw the tiles, as MapLibre styles.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::app::access::Caller;
use crate::app::serve::{App, Generation, TileDetail, TileLayer};
use crate::plan::Attribute;

use super::access::Asker;
use super::error::Problem;
use super::palette::{Ink, Scheme};
use super::params::{Params, Segments};
use super::tiles::{admit, camera, detail, origin};

/// A map that can be drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Chart {
    Grids,
    Coverage,
    Plan,
}

impl Chart {
    const ALL: [Self; 3] = [Self::Grids, Self::Coverage, Self::Plan];

    const fn name(self) -> &'static str {
        match self {
            Self::Grids => "grids",
            Self::Coverage => "coverage",
            Self::Plan => "plan",
        }
    }

    /// In English, and in Chinese (zh-CN).
    const fn title(self) -> [&'static str; 2] {
        match self {
            Self::Grids => ["Grids in force", "现行网格"],
            Self::Coverage => ["Coverage: grids outside the band, and findings", "覆盖情况：范围外的网格与发现"],
            Self::Plan => {
                ["Planning: atoms, buildings and streets under the grids", "规划：网格之下的原子、建筑与道路"]
            }
        }
    }

    /// Tile layers it draws, from the ground up.
    const fn sources(self) -> &'static [TileLayer] {
        match self {
            Self::Grids => &[TileLayer::Grids, TileLayer::Jurisdictions],
            Self::Coverage => &[TileLayer::Grids, TileLayer::Jurisdictions, TileLayer::Findings],
            Self::Plan => &[
                TileLayer::Atoms,
                TileLayer::Buildings,
                TileLayer::Streets,
                TileLayer::Grids,
                TileLayer::Jurisdictions,
            ],
        }
    }
}

/// The styles there are for the caller.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Styles {
    /// By name.
    styles: Vec<StyleLine>,
}

/// One style.
#[derive(Debug, Serialize, ToSchema)]
struct StyleLine {
    /// Its name.
    #[schema(example = "grids")]
    name: &'static str,
    /// Where it is.
    url: String,
    /// In English.
    en: &'static str,
    /// In Chinese (zh-CN).
    zh: &'static str,
}

/// The styles there are for the caller: one for each map.
#[utoipa::path(get, path = "/styles", tag = "tiles", responses((status = 200, body = Styles)))]
pub(super) async fn list(State(app): State<Arc<App>>, Asker(caller): Asker, headers: HeaderMap) -> Json<Styles> {
    let origin = origin(&headers);
    let drawable = |chart: &Chart| chart.sources().iter().all(|&layer| admit(&app, layer, &caller).is_ok());
    let line = |chart: Chart| {
        let [en, zh] = chart.title();
        StyleLine { name: chart.name(), url: format!("{origin}/styles/{}.json", chart.name()), en, zh }
    };
    Json(Styles { styles: Chart::ALL.into_iter().filter(drawable).map(line).collect() })
}

/// A MapLibre style (version 8) of a map. It needs neither sprites nor a server of glyphs, and so draws no labels.
#[utoipa::path(
    get, path = "/styles/{name}", tag = "tiles",
    params(
        ("name" = String, Path, description = "grids.json, coverage.json (for who reads coverage) or plan.json", example = "grids.json"),
        ("scheme" = Option<String>, Query, description = "light or dark; light when absent"),
    ),
    responses((status = 200, description = "A style for MapLibre", body = serde_json::Value))
)]
pub(super) async fn style(
    State(app): State<Arc<App>>,
    Asker(caller): Asker,
    Segments(name): Segments<String>,
    params: Params,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let chart = Chart::ALL.into_iter().find(|chart| name.strip_suffix(".json") == Some(chart.name()));
    let chart = chart.ok_or_else(|| {
        let shown: String = name.chars().take(40).collect();
        Problem::not_found(format!("there is no style {shown:?}: there are grids.json, coverage.json and plan.json"))
    })?;
    let scheme = match params.optional("scheme", "light or dark")? {
        None | Some("light") => Scheme::Light,
        Some("dark") => Scheme::Dark,
        Some(_) => return Err(Problem::parameter("scheme", "scheme is light or dark")),
    };
    chart.sources().iter().try_for_each(|&layer| admit(&app, layer, &caller))?;
    let generation = app.current().await?;
    let style = document(chart, scheme, &caller, generation.as_deref(), &origin(&headers));
    Ok(([(header::CACHE_CONTROL, "no-cache")], Json(style)).into_response())
}

fn document(
    chart: Chart,
    scheme: Scheme,
    caller: &Caller,
    generation: Option<&Generation>,
    origin: &str,
) -> Map<String, Value> {
    let pen = Pen { scheme, detail: detail(caller) };
    let source = |layer: &TileLayer| {
        let url = format!("{origin}/tiles/{}", layer.as_str());
        (layer.as_str().to_owned(), json!({ "type": "vector", "url": url }))
    };
    let mut layers = vec![json!({
        "id": "paper", "type": "background", "paint": { "background-color": pen.ink(Ink::Paper) },
    })];
    if chart == Chart::Plan {
        layers.extend(pen.ground());
    } else {
        layers.push(fill("grid-fill", TileLayer::Grids, "grids", &pen.status_colour(generation), 1.0));
    }
    layers.push(pen.line("grid-line", TileLayer::Grids, "grids", None, Ink::GridLine, (0.25, 0.9, 2.2)));
    layers.extend(pen.borders(generation));
    if chart == Chart::Coverage {
        layers.extend(pen.findings());
    }
    let mut style = Map::new();
    style.insert("version".to_owned(), json!(8));
    style.insert("name".to_owned(), json!(format!("Wangge {}", chart.name())));
    let [en, zh] = chart.title();
    style.insert("metadata".to_owned(), json!({ "wangge:en": en, "wangge:zh": zh }));
    if let Some([lon, lat, zoom]) = generation.and_then(Generation::envelope).map(camera) {
        style.insert("center".to_owned(), json!([lon, lat]));
        style.insert("zoom".to_owned(), json!(zoom));
    }
    style.insert("sources".to_owned(), Value::Object(chart.sources().iter().map(source).collect()));
    style.insert("layers".to_owned(), Value::Array(layers));
    style
}

fn fill(id: &str, source: TileLayer, layer: &str, colour: &Value, opacity: f64) -> Value {
    json!({
        "id": id, "type": "fill", "source": source.as_str(), "source-layer": layer,
        "paint": { "fill-color": colour, "fill-opacity": opacity, "fill-antialias": false },
    })
}

/// Draws layers of a style.
struct Pen {
    scheme: Scheme,
    detail: TileDetail,
}

impl Pen {
    fn ink(&self, ink: Ink) -> Value {
        json!(ink.hex(self.scheme))
    }

    /// Widths in pixels at zooms 9, 13 and 17.
    fn line(
        &self,
        id: &str,
        source: TileLayer,
        layer: &str,
        filter: Option<Value>,
        ink: Ink,
        (far, middle, near): (f64, f64, f64),
    ) -> Value {
        let mut line = json!({
            "id": id, "type": "line", "source": source.as_str(), "source-layer": layer,
            "layout": { "line-join": "round" },
            "paint": {
                "line-color": self.ink(ink),
                "line-width": ["interpolate", ["linear"], ["zoom"], 9, far, 13, middle, 17, near],
            },
        });
        if let (Some(filter), Some(own)) = (filter, line.as_object_mut()) {
            own.insert("filter".to_owned(), filter);
        }
        line
    }

    /// The colour of a grid: in band by its size, where that is told.
    fn status_colour(&self, generation: Option<&Generation>) -> Value {
        let plan = generation.and_then(Generation::latest).map(|from| &from.plan);
        let in_band = match (self.detail, plan) {
            (TileDetail::Full, Some(plan)) => {
                let size = match plan.attribute {
                    Attribute::Population => "population",
                    Attribute::Households => "households",
                };
                let (lower, upper) = (plan.band.lower, plan.band.upper);
                json!([
                    "interpolate",
                    ["linear"],
                    ["coalesce", ["get", size], lower],
                    lower,
                    self.ink(Ink::BandLow),
                    upper.max(lower + 1),
                    self.ink(Ink::BandHigh),
                ])
            }
            _ => self.ink(Ink::BandHigh),
        };
        // a jurisdiction that stands for its grids at low zooms: the larger the share of them outside the band, the warmer
        let together = json!([
            "interpolate",
            ["linear"],
            ["/", ["coalesce", ["get", "outside"], 0], ["max", ["get", "grids"], 1]],
            0,
            self.ink(Ink::BandLow),
            1,
            self.ink(Ink::Over),
        ]);
        let own = json!([
            "match",
            ["get", "status"],
            "over",
            self.ink(Ink::Over),
            "under",
            self.ink(Ink::Under),
            "uninhabited",
            self.ink(Ink::Uninhabited),
            "unknown",
            self.ink(Ink::Unknown),
            in_band,
        ]);
        json!(["case", ["has", "grids"], together, own])
    }

    /// Borders of jurisdictions, the inner levels first: the heavier line of an outer one covers them.
    fn borders(&self, generation: Option<&Generation>) -> Vec<Value> {
        let nodes = generation.map_or(&[][..], |generation| generation.tree().nodes());
        let mut levels: Vec<u8> = nodes.iter().map(|node| node.jurisdiction.level).collect();
        levels.sort_unstable();
        levels.dedup();
        let mut lines = Vec::new();
        for (rank, level) in levels.into_iter().rev().enumerate() {
            let width = [1.0, 1.7, 2.7, 3.6][rank.min(3)];
            for (id, ink, more) in [
                (format!("border-casing-{level}"), Ink::BorderCasing, if rank == 0 { 1.2 } else { 2.6 }),
                (format!("border-{level}"), Ink::Border, 0.0),
            ] {
                let filter = json!(["==", ["get", "level"], level]);
                let widths = (width * 0.55 + more, width + more, width * 1.7 + more);
                lines.push(self.line(&id, TileLayer::Jurisdictions, "jurisdictions", Some(filter), ink, widths));
            }
        }
        lines
    }

    /// Atoms, buildings and streets.
    fn ground(&self) -> Vec<Value> {
        let kind = json!([
            "match",
            ["get", "kind"],
            "water",
            self.ink(Ink::River),
            "green",
            self.ink(Ink::Counted),
            "open",
            self.ink(Ink::Uninhabited),
            self.ink(Ink::BandLow),
        ]);
        let mut left = fill("atom-left", TileLayer::Atoms, "atoms", &self.ink(Ink::Fault), 0.35);
        if let Some(own) = left.as_object_mut() {
            own.insert("filter".to_owned(), json!(["!", ["has", "grid"]]));
        }
        let mut layers = vec![
            fill("atom-fill", TileLayer::Atoms, "atoms", &kind, 0.8),
            left,
            self.line("atom-line", TileLayer::Atoms, "atoms", None, Ink::StreetCasing, (0.1, 0.3, 0.8)),
            fill("building-fill", TileLayer::Buildings, "buildings", &self.ink(Ink::Building), 0.85),
            self.line("building-line", TileLayer::Buildings, "buildings", None, Ink::BuildingLine, (0.1, 0.3, 0.8)),
        ];
        for (class, casing, ink, width) in [
            ("wall", None, Ink::Wall, 0.9),
            ("path", None, Ink::Path, 1.0),
            ("street", Some(2.6), Ink::Street, 1.6),
            ("arterial", Some(5.0), Ink::Arterial, 3.6),
            ("rail", None, Ink::Rail, 2.2),
            ("river", None, Ink::River, 2.6),
        ] {
            let of_class = || Some(json!(["==", ["get", "class"], class]));
            let mut stroke = |id: String, ink: Ink, width: f64| {
                let widths = (width * 0.3, width, width * 3.0);
                layers.push(self.line(&id, TileLayer::Streets, "streets", of_class(), ink, widths));
            };
            if let Some(casing) = casing {
                stroke(format!("{class}-casing"), Ink::StreetCasing, casing);
            }
            stroke(class.to_owned(), ink, width);
        }
        layers
    }

    fn findings(&self) -> Vec<Value> {
        let mended = ["gap_closed", "gap_split", "overlap_settled", "overlap_halved", "fold_settled"];
        let colour =
            json!(["case", ["in", ["get", "kind"], ["literal", mended]], self.ink(Ink::Mended), self.ink(Ink::Fault),]);
        vec![
            fill("finding-fill", TileLayer::Findings, "findings", &colour, 0.4),
            json!({
                "id": "finding-point", "type": "circle", "source": TileLayer::Findings.as_str(),
                "source-layer": "finding_points",
                "paint": {
                    "circle-color": self.ink(Ink::Halo),
                    "circle-radius": ["interpolate", ["linear"], ["zoom"], 9, 2.5, 14, 4.5, 18, 7],
                    "circle-stroke-color": colour,
                    "circle-stroke-width": 2.2,
                },
            }),
        ]
    }
}
