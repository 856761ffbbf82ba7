//! `wangge locate`

use std::collections::HashSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};
use serde_json::json;

use super::progress::Terminal;
use super::{Failure, Outcome, grouped, print_json, say};
use crate::app::serve::{
    App, Clock, Engine, Generation, GivenPoint, Located, OpenSnapshot, Owners, Sureness, TileMemory, open_snapshot,
};
use crate::app::{Step, Watch};
use crate::crs::Crs;
use crate::format::{Added, AddedColumns, NoPoint, PointChunk, PointColumns, PointReader, PointWriter, write_whole};
use crate::geom::LatticePoint;
use crate::locate::{Accuracy, MOST_ACCURACY_M};
use crate::store::{Open, open};

/// Say which grid owns a point, or each point of a file
///
/// With --in and --out the columns `grid`, `edge_distance_m` and `resolution` are added to each row, in order, and with --accuracy
/// also `candidates`, such as `310101001-004:0.84 310101001-005:0.16`. Rows without a point get empty cells and stand in a list of
/// their own; outside every grid `grid` is empty and the distance is to the nearest one.
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
    store: Option<String>,
    /// A snapshot (`wangge export --snapshot`) in place of a store
    #[arg(long, value_name = "F.wgs", conflicts_with_all = ["at", "accuracy"])]
    snapshot: Option<PathBuf>,
    /// By what points are looked up
    #[arg(long, value_enum, default_value = "coverage", conflicts_with = "snapshot")]
    index: Index,
    /// CRS of the points: wgs84, gcj02, bd09, cgcs2000, EPSG:n, or EPSG:n/ne where the northing stands in the place of lon
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
    /// Points: .csv, .ndjson, .parquet or .arrow
    #[arg(long = "in", value_name = "FILE", requires = "output", conflicts_with = "lon")]
    input: Option<PathBuf>,
    /// Where the same file with the columns `grid` and so on goes
    #[arg(long = "out", value_name = "FILE", requires = "input")]
    output: Option<PathBuf>,
    /// Where rows without a usable point are listed, with their numbers and reasons [default: OUT.rejected.csv]
    #[arg(long, value_name = "FILE", requires = "input")]
    rejects: Option<PathBuf>,
    /// Columns of longitude and latitude, where they are not called so
    #[arg(long, value_name = "X,Y", value_delimiter = ',', num_args = 1)]
    columns: Vec<String>,
    /// Print the answer as JSON
    #[arg(long)]
    json: bool,
}

/// By what points are looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Index {
    /// The index over proven borders; the R-tree where grids are no partition
    Coverage,
    /// The R-tree of envelopes with the rings: slower, the same answers
    Rtree,
}

impl From<Index> for Engine {
    fn from(index: Index) -> Self {
        match index {
            Index::Coverage => Self::Coverage,
            Index::Rtree => Self::Rtree,
        }
    }
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
        let source = match (&self.store, &self.snapshot) {
            (_, Some(path)) => Source::Snapshot(
                tokio::task::block_in_place(|| open_snapshot(path))
                    .map_err(|error| Failure::Plain(error.to_string()))?,
            ),
            (Some(store), None) => Source::Generation(self.generation(store).await?),
            (None, None) => {
                return Err(Failure::Plain("say where the grids are: --store S or --snapshot F.wgs".to_owned()));
            }
        };
        match (&self.input, &self.output, self.lon, self.lat) {
            (Some(input), Some(output), ..) => self.file(&source, input, output),
            (.., Some(lon), Some(lat)) => {
                let point = GivenPoint { lon, lat, crs: self.crs.clone() };
                let point = point.snap().map_err(|error| Failure::Plain(error.to_string()))?;
                match &source {
                    Source::Generation(generation) => self.single(generation, point),
                    Source::Snapshot(snapshot) => self.single_of(snapshot, point),
                }
            }
            _ => Err(Failure::Plain("give a longitude and a latitude, or --in and --out".to_owned())),
        }
    }

    async fn generation(&self, name: &str) -> Result<Arc<Generation>, Failure> {
        let store = open(name, Open::Existing).await?;
        let plain = |error: &dyn std::error::Error| Failure::Plain(error.to_string());
        let app = App::open_with(store, Clock::system(), self.index.into(), TileMemory::default())
            .await
            .map_err(|error| plain(&error))?;
        let known = app.known();
        let at_ms = match &self.at {
            Some(text) => known.calendar.parse_ms(text).map_err(|error| plain(&error))?,
            None => app.clock().now_ms(),
        };
        let generation = app.generation(at_ms).await.map_err(|error| plain(&error))?;
        generation.ok_or_else(|| {
            let when = self.at.as_deref().unwrap_or("now");
            Failure::Plain(format!(
                "nothing is in force at {when}: publish a plan first (wangge publish --store {})",
                crate::store::shown_name(name)
            ))
        })
    }

    /// A point by a snapshot.
    fn single_of(&self, snapshot: &OpenSnapshot, point: LatticePoint) -> Outcome {
        let owner = snapshot.locate(point);
        let edge_distance_m = snapshot.edge_distance_m(point);
        let resolution = owner.map_or("outside", |owner| owner.resolution.as_str());
        let grid = owner.and_then(|owner| snapshot.grid(owner.face));
        let chain = || owner.into_iter().flat_map(|owner| snapshot.chain(owner.face));
        if self.json {
            let links = chain().map(|node| {
                json!({"level": node.level, "level_name": node.level_name, "code": node.code, "name": node.name})
            });
            return print_json(&json!({
                "grid": grid.map(|grid| grid.code), "name": grid.map(|grid| grid.name), "resolution": resolution,
                "chain": links.collect::<Vec<_>>(), "publication": grid.map(|grid| grid.publication),
                "edge_distance_m": edge_distance_m, "generation": snapshot.generation(),
            }));
        }
        let Some(grid) = grid else {
            say("outside every grid");
            if let Some(distance_m) = edge_distance_m {
                say(&format!("  the nearest border is {distance_m:.1} m away"));
            }
            return Ok(());
        };
        say(&format!("{}  {}", grid.code, grid.name));
        for node in chain() {
            say(&format!("  {}: {} {}", node.level_name, node.code, node.name));
        }
        if resolution == "edge_tie" {
            say("  on a border: the tie rule decided");
        } else if let Some(distance_m) = edge_distance_m {
            say(&format!("  {distance_m:.1} m from its border"));
        }
        Ok(())
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

    fn file(&self, source: &Source, input: &Path, output: &Path) -> Outcome {
        let columns = match &self.columns[..] {
            [] => PointColumns::Detect,
            [x, y] => PointColumns::Named { x: x.clone(), y: y.clone() },
            _ => return Err(Failure::Plain("--columns takes two names, such as --columns X,Y".to_owned())),
        };
        let accuracy = self.accuracy();
        let added = if accuracy.is_some() { Added::OwnersAndCandidates } else { Added::Owners };
        let mut reader = PointReader::open(input, &columns, &self.crs)?;
        let mut writer = PointWriter::create(output, &reader, added)?;
        let mut told = Told::default();
        let mut rejects = Rejects::beside(self.rejects.as_deref(), output);
        let terminal = Terminal::new();
        tokio::task::block_in_place(|| {
            while let Some(mut chunk) = reader.next_chunk()? {
                if terminal.cancelled() {
                    return Err(Failure::Plain("stopped: nothing was written".to_owned()));
                }
                let points = std::mem::take(&mut chunk.placed.points);
                let bad: HashSet<usize> = chunk.bad.iter().map(|(row, _)| *row).collect();
                let columns = source.columns(&points, &bad, accuracy);
                told.count(&columns, &chunk);
                rejects.note(&chunk);
                writer.write(&chunk, &columns)?;
                let (done, total) = reader.progress();
                terminal.at(Step::Read, done, total);
            }
            writer.finish()?;
            rejects.finish()?;
            Ok(())
        })?;
        terminal.finish();
        if let Some(first) = &told.first_bad {
            let named = rejects.path.display();
            eprintln!(
                "wangge: note: {} rows have no usable point, listed in {named}; the first: {first}",
                told.unusable
            );
        }
        let Told { located, outside, missing, unusable, .. } = told;
        if self.json {
            return print_json(
                &json!({"located": located, "outside": outside, "without_coordinates": missing, "unusable": unusable}),
            );
        }
        say(&format!(
            "{}: {} located, {} outside, {} without coordinates{}",
            output.display(),
            grouped(located),
            grouped(outside),
            grouped(missing),
            if unusable > 0 { format!(", {} unusable", grouped(unusable)) } else { String::new() },
        ));
        Ok(())
    }
}

/// Where owners come from.
enum Source {
    Generation(Arc<Generation>),
    Snapshot(OpenSnapshot),
}

impl Source {
    /// What is added to rows with these points.
    fn columns(&self, points: &[LatticePoint], bad: &HashSet<usize>, accuracy: Option<Accuracy>) -> AddedColumns<'_> {
        let owners: &dyn Owners = match self {
            Self::Generation(generation) => &**generation,
            Self::Snapshot(snapshot) => snapshot,
        };
        let mut found = vec![None; points.len()];
        owners.owners(points, &mut found);
        let mut added = AddedColumns { candidates: accuracy.map(|_| Vec::new()), ..AddedColumns::default() };
        for (row, (&point, owner)) in points.iter().zip(found).enumerate() {
            let has_point = !bad.contains(&row);
            let owner = owner.filter(|_| has_point);
            added.grid.push(owner.map(|owner| owners.code(owner.face)));
            added.edge_distance_m.push(owners.edge_distance_m(point).filter(|_| has_point));
            added.resolution.push(has_point.then(|| owner.map_or("outside", |owner| owner.resolution.as_str())));
            if let (Some(listed), Self::Generation(generation), Some(accuracy)) =
                (&mut added.candidates, self, accuracy)
            {
                let said = || {
                    let sure = generation.sureness(point, &generation.locate(point), Some(accuracy));
                    candidates(&sure)
                };
                listed.push(if has_point { said() } else { String::new() });
            }
        }
        added
    }
}

/// How many rows of which kind.
#[derive(Default)]
struct Told {
    located: u64,
    outside: u64,
    missing: u64,
    unusable: u64,
    first_bad: Option<String>,
}

impl Told {
    fn count(&mut self, columns: &AddedColumns, chunk: &PointChunk) {
        let located = columns.grid.iter().flatten().count() as u64;
        self.located += located;
        self.outside += (chunk.len() - chunk.bad.len()) as u64 - located;
        for (row, problem) in &chunk.bad {
            if *problem == NoPoint::Missing {
                self.missing += 1;
            } else {
                self.unusable += 1;
                self.first_bad.get_or_insert_with(|| format!("line {}: {problem}", chunk.places[*row]));
            }
        }
    }
}

/// The rows that have no usable point, with the reason, in a CSV of their own; no file when there is none.
struct Rejects {
    path: PathBuf,
    text: Vec<u8>,
    rows: u64,
}

impl Rejects {
    fn beside(named: Option<&Path>, output: &Path) -> Self {
        let path = named.map_or_else(
            || {
                let mut name = output.as_os_str().to_owned();
                name.push(".rejected.csv");
                PathBuf::from(name)
            },
            Path::to_owned,
        );
        Self { path, text: b"row,reason\n".to_vec(), rows: 0 }
    }

    fn note(&mut self, chunk: &PointChunk) {
        for (row, problem) in &chunk.bad {
            self.rows += 1;
            let reason = problem.to_string().replace('"', "\"\"");
            // writing to memory does not fail
            let _ = writeln!(self.text, "{},\"{reason}\"", chunk.places[*row]);
        }
    }

    fn finish(&self) -> Result<(), Failure> {
        if self.rows > 0 {
            write_whole(&self.path, &self.text)?;
        } else if self.path.exists() {
            // what an earlier run rejected is not what this one did
            std::fs::remove_file(&self.path)
                .map_err(|error| Failure::Plain(format!("{}: {error}", self.path.display())))?;
        }
        Ok(())
    }
}

/// Candidates in one cell: `310101001-004:0.8412 outside:0.1588`.
fn candidates(sure: &Sureness) -> String {
    let each = sure.candidates.iter().flatten();
    let each = each.map(|(grid, p)| format!("{}:{p:.4}", grid.as_ref().map_or("outside", |grid| &grid.record.code)));
    each.collect::<Vec<_>>().join(" ")
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
