//! `wangge geocode`

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde_json::json;

use super::{Failure, Outcome, grouped, print_json, say};
use crate::app::serve::{ADDRESS_CHARS, App, CONFIDENT, Clock, Generation, Geocoded, Match, State};
use crate::format::{read_table, unwatched, write_table};
use crate::geom::LonLat;
use crate::store::{Open, open};

/// Candidates looked at for a row of a table.
const OF_A_ROW: usize = 3;
/// Columns added to a table.
const ADDED: [&str; 7] = ["grid", "lon", "lat", "score", "state", "found", "why"];

/// Say where an address is and which grid owns it, or each address of a table
///
/// An answer is exact, confident (sure enough to be taken, and no other comes near it), ambiguous (several are as good, or none is
/// sure enough) or none; each candidate says why it is one. With --in and --out (CSV or XLSX) the columns `grid`, `lon`, `lat`,
/// `score`, `state`, `found` and `why` are added to each row; only what is exact or confident gets a place. Rows without one
/// are listed with their numbers.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  wangge geocode \"云锦花园三栋2单元\" --store city.gpkg\n  wangge geocode --store city.gpkg --in calls.csv --out placed.csv --column address"
)]
pub(super) struct Geocode {
    /// An address
    #[arg(required_unless_present = "input")]
    text: Option<String>,
    /// The store
    #[arg(long, env = "WANGGE_STORE")]
    store: String,
    /// As of this date or instant; now by default
    #[arg(long, value_name = "T")]
    at: Option<String>,
    /// How many candidates are shown
    #[arg(long, default_value = "5", value_name = "N", value_parser = clap::value_parser!(u8).range(1..=100))]
    limit: u8,
    /// A table of addresses: CSV (UTF-8, UTF-16, GBK) or XLSX
    #[arg(long = "in", value_name = "FILE", requires = "output", conflicts_with = "text")]
    input: Option<PathBuf>,
    /// Where the table with the added columns goes: .csv or .xlsx
    #[arg(long = "out", value_name = "FILE", requires = "input")]
    output: Option<PathBuf>,
    /// The column with the addresses
    #[arg(long, default_value = "address", value_name = "NAME")]
    column: String,
    /// Print the answer as JSON
    #[arg(long)]
    json: bool,
}

impl Geocode {
    pub(super) async fn run(self) -> Outcome {
        let store = open(&self.store, Open::Existing).await?;
        let app = App::open(store, Clock::system()).await.map_err(plain)?;
        let at_ms = match &self.at {
            Some(text) => app.known().calendar.parse_ms(text).map_err(plain)?,
            None => app.clock().now_ms(),
        };
        let generation = app.generation(at_ms).await.map_err(plain)?;
        if app.address_count().await.map_err(plain)? == 0 {
            let shown = crate::store::shown_name(&self.store);
            return Err(Failure::Plain(format!(
                "{shown} holds no addresses: import some first (wangge import FILE --as addresses --store {shown})"
            )));
        }
        if generation.is_none() {
            eprintln!("wangge: note: no publication is in force, so addresses have no grid yet");
        }
        match (&self.input, &self.output, &self.text) {
            (Some(input), Some(output), _) => self.table(&app, generation.as_ref(), input, output).await,
            (.., Some(text)) => self.single(&app, generation.as_ref(), text).await,
            _ => Err(Failure::Plain("give an address, or --in and --out".to_owned())),
        }
    }

    async fn single(&self, app: &App, generation: Option<&Arc<Generation>>, text: &str) -> Outcome {
        let chars = text.chars().count();
        if text.trim().is_empty() || chars > ADDRESS_CHARS {
            return Err(Failure::Plain(format!("the address has {chars} letters: give 1 to {ADDRESS_CHARS}")));
        }
        let found = app.geocode(text, self.limit.into(), generation.map(AsRef::as_ref)).await.map_err(plain)?;
        if self.json {
            return print_json(&json!({
                "state": found.state.as_str(), "stated_confidence": f64::from(CONFIDENT) / 1000.0,
                "candidates": found.matches.iter().map(candidate).collect::<Vec<_>>(),
            }));
        }
        say(found.state.as_str());
        for one in &found.matches {
            let LonLat { lon_deg, lat_deg } = one.point.to_lon_lat();
            let grid = one.grid.as_ref().map_or("no grid", |grid| &grid.record.code);
            say(&format!("{:.3}  {}  {grid}  {lon_deg:.7} {lat_deg:.7}", score(one), one.text));
            for why in &one.why {
                say(&format!("         {why}; {}", why.to_chinese()));
            }
        }
        Ok(())
    }

    async fn table(&self, app: &App, generation: Option<&Arc<Generation>>, input: &Path, output: &Path) -> Outcome {
        let read = tokio::task::block_in_place(|| read_table(input, None, &[&self.column], &unwatched))?;
        let at = read.field(&self.column).expect("the table was read for having the column");
        if let Some(name) = ADDED.iter().find(|name| read.field(name).is_some()) {
            let path = input.display();
            return Err(Failure::Plain(format!("{path}: there is a column {name:?} already: rename it first")));
        }
        let mut fields = read.fields.clone();
        fields.extend(ADDED.map(str::to_owned));
        let (mut rows, mut bad) = (Vec::with_capacity(read.rows.len()), Vec::new());
        let mut counts = [0_u64; 4];
        for row in &read.rows {
            let mut cells = row.cells.clone();
            cells.resize(read.fields.len(), None);
            let said = cells[at].clone().unwrap_or_default();
            let long = said.chars().count() > ADDRESS_CHARS;
            let found = if said.is_empty() || long {
                Geocoded { state: State::None, matches: Vec::new() }
            } else {
                app.geocode(&said, OF_A_ROW, generation.map(AsRef::as_ref)).await.map_err(plain)?
            };
            counts[position(found.state)] += 1;
            let reason = match (&found.taken(), found.matches.first()) {
                (Some(taken), _) => reasons(taken),
                _ if said.is_empty() => "no address".to_owned(),
                _ if long => format!("longer than {ADDRESS_CHARS} letters"),
                (None, None) => "nothing like it in the register".to_owned(),
                (None, Some(first)) => format!("perhaps {}: {}", first.text, reasons(first)),
            };
            if found.taken().is_none() {
                bad.push(json!({"row": row.row, "address": said, "state": found.state.as_str(), "why": reason}));
            }
            cells.extend(added(&found, reason));
            rows.push(cells);
        }
        tokio::task::block_in_place(|| write_table(output, &fields, &rows))?;
        let [exact, confident, ambiguous, none] = counts;
        if self.json {
            return print_json(&json!({
                "rows": rows.len(), "exact": exact, "confident": confident, "ambiguous": ambiguous, "none": none,
                "unplaced": bad,
            }));
        }
        for row in bad.iter().take(5) {
            eprintln!(
                "wangge: note: row {}: {}: {}",
                row["row"],
                row["state"].as_str().unwrap_or_default(),
                row["why"].as_str().unwrap_or_default()
            );
        }
        if bad.len() > 5 {
            eprintln!("wangge: note: and {} more rows without a place; --json lists them all", bad.len() - 5);
        }
        say(&format!(
            "{}: {} exact, {} confident, {} ambiguous, {} none",
            output.display(),
            grouped(exact),
            grouped(confident),
            grouped(ambiguous),
            grouped(none),
        ));
        Ok(())
    }
}

fn plain(error: impl std::fmt::Display) -> Failure {
    Failure::Plain(error.to_string())
}

const fn position(state: State) -> usize {
    match state {
        State::Exact => 0,
        State::Confident => 1,
        State::Ambiguous => 2,
        State::None => 3,
    }
}

fn score(found: &Match) -> f64 {
    f64::from(found.score) / 1000.0
}

fn reasons(found: &Match) -> String {
    found.why.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

fn candidate(found: &Match) -> serde_json::Value {
    let LonLat { lon_deg, lat_deg } = found.point.to_lon_lat();
    let why: Vec<_> = found.why.iter().map(|why| json!({"en": why.to_string(), "zh": why.to_chinese()})).collect();
    json!({
        "address": found.text, "lon": lon_deg, "lat": lat_deg, "score": score(found), "why": why,
        "grid": found.grid.as_ref().map(|grid| &grid.record.code),
    })
}

/// What is added to a row: a place only where one is sure enough.
fn added(found: &Geocoded, reason: String) -> [Option<String>; 7] {
    let taken = found.taken();
    let place = taken.map(|taken| taken.point.to_lon_lat());
    [
        taken.and_then(|taken| taken.grid.as_ref()).map(|grid| grid.record.code.clone()),
        place.map(|place| format!("{:.7}", place.lon_deg)),
        place.map(|place| format!("{:.7}", place.lat_deg)),
        found.matches.first().map(|first| format!("{:.3}", score(first))),
        Some(found.state.as_str().to_owned()),
        taken.map(|taken| taken.text.clone()),
        Some(reason),
    ]
}
