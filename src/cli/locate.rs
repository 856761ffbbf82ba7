//! `wangge locate`

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};
use serde_json::json;

use super::{Failure, Outcome, grouped, print_json, say};
use crate::app::serve::{App, Clock, Generation, GivenPoint, Located, Sureness};
use crate::crs::Crs;
use crate::format::{NoPoint, PointColumns, PointReader, PointWriter};
use crate::geom::LatticePoint;
use crate::locate::{Accuracy, MOST_ACCURACY_M};
use crate::store::{Open, open};

/// Say which grid owns a point, or each point of a CSV
///
/// With --in and --out the columns `grid`, `edge_distance_m` and `resolution` are added to each row, in order, and with --accuracy
/// also `candidates`, such as `310101001-004:0.84 310101001-005:0.16`. Rows without a point get empty cells; outside every grid
/// `grid` is empty and the distance is to the nearest one.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  wangge locate --store city.gpkg 121.5 25.03 --crs wgs84\n  wangge locate --store city.gpkg --in reports.csv --out routed.csv --crs gcj02"
)]
pub(super) struct Locate {
    /// Longitude in degrees (easting where --crs is projected)
    #[arg(allow_negative_numbers = true, requires = "lat", required_unless_present = "input")]
    lon: Option<f64>,
    /// Latitude in degrees (northing)
    #[arg(allow_negative_numbers = true)]
    lat: Option<f64>,
    /// The store
    #[arg(long, env = "WANGGE_STORE")]
    store: String,
    /// CRS of the points: wgs84, gcj02, bd09, cgcs2000 or EPSG:n
    #[arg(long, default_value = "wgs84")]
    crs: Crs,
    /// How far off positions may be, in metres: says in which grids the true place may be, and how likely
    #[arg(long, value_name = "M", value_parser = accuracy_m)]
    accuracy: Option<f64>,
    /// What --accuracy means
    #[arg(long, value_enum, default_value = "p68", requires = "accuracy")]
    accuracy_model: Model,
    /// As of this date or instant; now by default
    #[arg(long, value_name = "T")]
    at: Option<String>,
    /// A CSV of points
    #[arg(long = "in", value_name = "FILE", requires = "output", conflicts_with = "lon")]
    input: Option<PathBuf>,
    /// Where the CSV with the column `grid` goes
    #[arg(long = "out", value_name = "FILE", requires = "input")]
    output: Option<PathBuf>,
    /// Columns of longitude and latitude, where they are not called so
    #[arg(long, value_name = "X,Y", value_delimiter = ',', num_args = 1)]
    columns: Vec<String>,
    /// Print the answer as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Model {
    /// The radius that holds 68 %, as Android gives it
    P68,
    /// The root mean square of the distance, as Apple gives it
    Rms,
}

fn accuracy_m(given: &str) -> Result<f64, String> {
    let metres = given.parse::<f64>().ok().filter(|metres| *metres > 0.0 && *metres <= MOST_ACCURACY_M);
    metres.ok_or_else(|| format!("{given:?}: give metres, above 0 and at most {MOST_ACCURACY_M}"))
}

impl Locate {
    pub(super) async fn run(self) -> Outcome {
        let store = open(&self.store, Open::Existing).await?;
        let app = App::open(store, Clock::system()).await.map_err(|error| Failure::Plain(error.to_string()))?;
        let known = app.known();
        let plain = |error: &dyn std::error::Error| Failure::Plain(error.to_string());
        let at_ms = match &self.at {
            Some(text) => known.calendar.parse_ms(text).map_err(|error| plain(&error))?,
            None => app.clock().now_ms(),
        };
        let generation = app.generation(at_ms).await.map_err(|error| plain(&error))?;
        let generation = generation.ok_or_else(|| {
            let when = self.at.as_deref().unwrap_or("now");
            Failure::Plain(format!(
                "nothing is in force at {when}: publish a plan first (wangge publish --store {})",
                crate::store::shown_name(&self.store)
            ))
        })?;
        match (&self.input, &self.output, self.lon, self.lat) {
            (Some(input), Some(output), ..) => self.file(&generation, input, output),
            (.., Some(lon), Some(lat)) => {
                let point = GivenPoint { lon, lat, crs: self.crs.clone() };
                let point = point.snap().map_err(|error| plain(&error))?;
                self.single(&generation, point)
            }
            _ => Err(Failure::Plain("give a longitude and a latitude, or --in and --out".to_owned())),
        }
    }

    fn accuracy(&self) -> Option<Accuracy> {
        self.accuracy.map(|metres| match self.accuracy_model {
            Model::P68 => Accuracy::Radius68M(metres),
            Model::Rms => Accuracy::Rms2dM(metres),
        })
    }

    fn single(&self, generation: &Generation, point: LatticePoint) -> Outcome {
        let located = generation.locate(point);
        let sure = generation.sureness(point, &located, self.accuracy());
        if self.json {
            return print_json(&answer(&located, &sure));
        }
        match &located {
            Located::Owned { grid, .. } => {
                let record = &grid.record;
                say(&format!("{}  {}", record.code, record.name));
                for link in grid.chain.iter().skip(1) {
                    say(&format!("  {}: {} {}", link.level_name, link.code, link.name));
                }
                if located.resolution() != "interior" {
                    say("  on a border: the tie rule decided");
                } else if let Some(distance_m) = sure.edge_distance_m {
                    say(&format!("  {distance_m:.1} m from its border"));
                }
            }
            Located::Outside { nearest } => {
                say("outside every grid");
                if let Some((grid, distance_m)) = nearest {
                    say(&format!("  nearest: {} {}, {distance_m:.1} m away", grid.record.code, grid.record.name));
                }
            }
        }
        for (grid, p) in sure.candidates.iter().flatten() {
            let code = grid.as_ref().map_or("outside", |grid| &grid.record.code);
            say(&format!("  {:>5.1} %  {code}", p * 100.0));
        }
        Ok(())
    }

    fn file(&self, generation: &Arc<Generation>, input: &Path, output: &Path) -> Outcome {
        let columns = match &self.columns[..] {
            [] => PointColumns::Detect,
            [x, y] => PointColumns::Named { x: x.clone(), y: y.clone() },
            _ => return Err(Failure::Plain("--columns takes two names, such as --columns X,Y".to_owned())),
        };
        let mut reader = PointReader::open(input, &columns, &self.crs)?;
        let accuracy = self.accuracy();
        let added = ["grid", "edge_distance_m", "resolution", "candidates"];
        let added = &added[..if accuracy.is_some() { 4 } else { 3 }];
        let mut writer = PointWriter::create(output, &reader, added)?;
        let (mut owned, mut outside, mut missing, mut bad) = (0_u64, 0_u64, 0_u64, 0_u64);
        let mut first_bad = None;
        tokio::task::block_in_place(|| {
            while let Some(row) = reader.next_row()? {
                let answer = row.point.as_ref().ok().map(|&point| {
                    let located = generation.locate(point);
                    let sure = generation.sureness(point, &located, accuracy);
                    (located, sure)
                });
                let grid = answer.as_ref().and_then(|(located, _)| located.grid());
                match (&row.point, grid) {
                    (Ok(_), Some(_)) => owned += 1,
                    (Ok(_), None) => outside += 1,
                    (Err(NoPoint::Missing), _) => missing += 1,
                    (Err(problem), _) => {
                        bad += 1;
                        first_bad.get_or_insert_with(|| format!("line {}: {problem}", row.line));
                    }
                }
                let cells = answer.as_ref().map_or_else(Default::default, |(located, sure)| cells(located, sure));
                let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
                writer.write(&row, &cells[..added.len()])?;
            }
            writer.finish()
        })?;
        if let Some(first) = first_bad {
            eprintln!("wangge: note: {bad} rows have no usable point, the first: {first}");
        }
        if self.json {
            return print_json(
                &json!({"located": owned, "outside": outside, "without_coordinates": missing, "unusable": bad}),
            );
        }
        say(&format!(
            "{}: {} located, {} outside, {} without coordinates{}",
            output.display(),
            grouped(owned),
            grouped(outside),
            grouped(missing),
            if bad > 0 { format!(", {} unusable", grouped(bad)) } else { String::new() },
        ));
        Ok(())
    }
}

/// What is added to a row.
fn cells(located: &Located, sure: &Sureness) -> [String; 4] {
    let candidates = sure.candidates.iter().flatten();
    let candidates: Vec<String> = candidates
        .map(|(grid, p)| format!("{}:{p:.4}", grid.as_ref().map_or("outside", |grid| &grid.record.code)))
        .collect();
    [
        located.grid().map_or_else(String::new, |grid| grid.record.code.clone()),
        sure.edge_distance_m.map_or_else(String::new, |metres| format!("{metres:.2}")),
        located.resolution().to_owned(),
        candidates.join(" "),
    ]
}

fn answer(located: &Located, sure: &Sureness) -> serde_json::Value {
    let candidates = sure.candidates.as_ref().map(|candidates| {
        let each = candidates.iter();
        each.map(|(grid, p)| json!({"grid": grid.as_ref().map(|grid| &grid.record.code), "p": p})).collect::<Vec<_>>()
    });
    let mut answer = decided(located);
    answer["edge_distance_m"] = json!(sure.edge_distance_m);
    answer["stable_within_m"] = json!(sure.stable_within_m);
    answer["candidates"] = json!(candidates);
    answer
}

fn decided(located: &Located) -> serde_json::Value {
    match located {
        Located::Owned { grid, .. } => {
            let links = grid.chain.iter();
            let chain: Vec<_> = links
                .map(|l| json!({"level": l.level, "level_name": l.level_name, "code": l.code, "name": l.name}))
                .collect();
            json!({
                "grid": grid.record.code, "name": grid.record.name, "resolution": located.resolution(),
                "chain": chain, "publication": grid.publication.seq, "nearest": null,
            })
        }
        Located::Outside { nearest } => json!({
            "grid": null, "resolution": located.resolution(),
            "nearest": nearest.as_ref().map(|(grid, distance_m)| json!({"code": grid.record.code, "distance_m": distance_m})),
        }),
    }
}
