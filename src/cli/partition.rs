//! `wangge partition`

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::check::in_chinese;
use super::progress::Terminal;
use super::spent::{Since, Spent};
use super::{Outcome, act, grouped, print_json, say};
use crate::app::{self, Effort, Figures, Islands, Keep, PartitionRequest, Planned};
use crate::partition::Infeasible;
use crate::plan::{Attribute, Band};
use crate::store::{NestedIn, Open, PlanLevel, open};

/// Divide jurisdictions into grids within the bounds, as a draft plan
///
/// Grids are contiguous, their number is free, and both ends of the bounds are lawful. No grid crosses a jurisdiction of the
/// lowest level, unless --within says otherwise. Every grid that ends up outside carries the proof that it cannot be otherwise,
/// or is listed as not proven; --explain prints each with the cheapest ways out.
///
/// With --population-bounds beside households, grids keep to both counts at once.
///
/// With --level micro, the grids of a plan are divided into micro-grids (微网格), which stay a draft.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  wangge partition --store city.gpkg --bounds 300..500 --population-bounds 700..1300 --explain\n  wangge partition --store city.gpkg --within street --seconds 20 --json\n  wangge partition --store city.gpkg --level micro --bounds 30..60\n  wangge partition --store city.gpkg --keep-from 3 --lock 310101001-004,310101001-007"
)]
pub(super) struct Partition {
    /// The store
    #[arg(long, env = "WANGGE_STORE")]
    store: String,
    /// Least and largest lawful size; 300..500 households, or 700..1300 persons where only persons are counted (micro-grids:
    /// 30..60, or 70..160)
    #[arg(long, value_name = "L..U")]
    bounds: Option<Band>,
    /// Least and largest lawful number of persons, kept to beside the households; alone where only persons are counted
    #[arg(long, value_name = "L..U")]
    population_bounds: Option<Band>,
    /// Least and largest lawful size of exclusive grids (专属网格: wangge import --exclusive); any by default
    #[arg(long, value_name = "L..U")]
    exclusive_bounds: Option<Band>,
    /// What sizes count; households where the dataset has them
    #[arg(long, value_enum)]
    by: Option<By>,
    /// What is made
    #[arg(long, value_enum, default_value = "grid")]
    level: Level,
    /// With --level micro: the plan whose grids are divided; the newest plan of grids by default
    #[arg(long, value_name = "PLAN")]
    parent: Option<i64>,
    /// What no grid crosses: a level of jurisdictions, by the name it was imported with, or all for nothing; the lowest level by
    /// default
    #[arg(long, value_name = "LEVEL|all")]
    within: Option<String>,
    /// Same input and seed, same plan
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// What to prefer where no division keeps to the bounds
    #[arg(long, value_enum, default_value = "least")]
    infeasible: Prefer,
    /// Code of the jurisdiction to divide; everything by default
    #[arg(long, value_name = "CODE")]
    scope: Option<String>,
    /// The dataset; the newest by default
    #[arg(long, value_name = "ID")]
    dataset: Option<i64>,
    /// Boundary moves tried for each atom: more gives shorter borders and takes longer
    #[arg(long, value_name = "N", conflicts_with = "seconds", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    moves: Option<u32>,
    /// Search again and again for so long, and keep the best; another run may end with another plan
    #[arg(long, value_name = "T", value_parser = clap::value_parser!(u32).range(1..=86_400))]
    seconds: Option<u32>,
    /// Codes of grids that stay just as they are, of those in force (of --keep-from where that is given; of the newest plan while
    /// nothing is published)
    #[arg(long, value_name = "CODE,…", value_delimiter = ',')]
    lock: Vec<String>,
    /// Change the grids of this publication as little as needed
    #[arg(long, value_name = "GENERATION")]
    keep_from: Option<i64>,
    /// With --keep-from: metres of border it is worth that one household stays in its grid; more keeps more of them
    #[arg(long, value_name = "M", default_value_t = 2, requires = "keep_from", value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    keep_price: u32,
    /// The number of grids in a unit (a jurisdiction of the level that grids keep to), for one or several of them
    #[arg(long, value_name = "CODE=N,…", value_delimiter = ',', value_parser = asked)]
    grids: Vec<(String, u32)>,
    /// What becomes of islands and other parts that share no border with the rest, where they are smaller than one grid
    #[arg(long, value_enum, default_value = "own")]
    islands: Parts,
    /// Print every grid outside with its proof and the cheapest ways out
    #[arg(long)]
    explain: bool,
    /// Print the answer as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    /// Households
    Households,
    /// Persons
    Population,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Parts {
    /// Each is a grid of its own
    Own,
    /// Each goes with the nearest part of the same unit, as if a ferry joined them; listed as findings
    Nearest,
}

/// `CODE=N` of --grids.
fn asked(given: &str) -> Result<(String, u32), String> {
    let form = || format!("{given:?}: write the code of a unit and how many grids it is to have, such as 310101001=4");
    let (code, grids) = given.rsplit_once('=').ok_or_else(form)?;
    let grids = grids.trim().parse().ok().filter(|&grids: &u32| grids > 0).ok_or_else(form)?;
    Ok((code.trim().to_owned(), grids))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Level {
    /// Grids in jurisdictions
    Grid,
    /// Micro-grids in the grids of a plan
    Micro,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Prefer {
    /// Least total violation, then fewest grids outside
    Least,
    /// Fewest grids outside, then least total violation
    Fewest,
}

impl Partition {
    pub(super) async fn run(self) -> Outcome {
        let since = Since::now();
        let store = open(&self.store, Open::Existing).await?;
        let effort = match (self.moves, self.seconds) {
            (_, Some(seconds)) => Effort::Seconds(seconds),
            (Some(moves), None) => Effort::Moves(moves),
            (None, None) => Effort::Usual,
        };
        let request = PartitionRequest {
            dataset: self.dataset,
            attribute: self
                .by
                .map(|by| if by == By::Households { Attribute::Households } else { Attribute::Population }),
            band: self.bounds,
            population_band: self.population_bounds,
            exclusive_band: self.exclusive_bounds,
            level: if self.level == Level::Micro { PlanLevel::Micro } else { PlanLevel::Grid },
            parent: self.parent,
            nested_in: match self.within {
                None => NestedIn::Lowest,
                Some(word) if word == "all" => NestedIn::Nothing,
                Some(level) => NestedIn::Level(level),
            },
            seed: self.seed,
            infeasible: if self.infeasible == Prefer::Least {
                Infeasible::LeastViolation
            } else {
                Infeasible::FewestOutside
            },
            effort,
            scope: self.scope,
            lock: self.lock,
            grids: self.grids,
            islands: if self.islands == Parts::Nearest { Islands::Nearest } else { Islands::Own },
            keep: self.keep_from.map_or(Keep::Nothing, Keep::Publication),
            keep_m: self.keep_price,
            act: act(),
        };
        let watch = Terminal::new();
        let planned = app::partition(store.as_ref(), &request, &watch).await;
        watch.finish();
        let planned = planned?;
        store.close().await;
        if self.seconds.is_some() {
            eprintln!(
                "wangge: note: how far the search comes in --seconds depends on the machine: another run may end with another plan (--moves is the same every time)"
            );
        }
        show(&planned, Some(since.spent()), self.json)?;
        if self.explain && !self.json {
            explain(&planned.figures);
        }
        Ok(())
    }
}

/// A plan with its figures, as a table or as JSON.
pub(super) fn show(planned: &Planned, spent: Option<Spent>, json: bool) -> Outcome {
    let counted = planned.counted;
    let figures = &planned.figures;
    if json {
        let mut answer = json!({
            "plan": planned.plan, "dataset": planned.dataset, "level": planned.level.as_str(), "parent": planned.parent,
            "attribute": counted.attribute, "bounds": counted.band, "other_bounds": counted.other,
        });
        if let (Value::Object(answer), Value::Object(figures)) = (&mut answer, json!(figures)) {
            answer.extend(figures);
            answer.insert("kept_percent".to_owned(), json!(planned.figures.kept.map(app::Kept::percent)));
            if let Some(spent) = spent {
                answer.insert("wall_s".to_owned(), json!(spent.wall_s));
                answer.insert("cpu_s".to_owned(), json!(spent.cpu_s));
                answer.insert("peak_mb".to_owned(), json!(spent.peak_mb));
            }
        }
        return print_json(&answer);
    }
    let known =
        if figures.unknown > 0 { format!(", {} of unknown size", grouped(figures.unknown)) } else { String::new() };
    let what = if planned.level == PlanLevel::Micro { "micro-grids" } else { "grids" };
    let bands: Vec<String> = counted.bands().map(|(of, band)| format!("{band} {}", of.as_str())).collect();
    say(&format!(
        "plan {}: {} {what}, {} within {}, {} outside, {} uninhabited{known}",
        planned.plan,
        grouped(figures.grids),
        grouped(figures.in_bounds),
        bands.join(" and "),
        grouped(figures.outside.len() as u64),
        grouped(figures.uninhabited),
    ));
    table(figures);
    if let Some(Spent { wall_s, cpu_s, peak_mb }) = spent {
        let cpu = cpu_s.map(|cpu_s| format!(", {cpu_s:.1} s of processors")).unwrap_or_default();
        let memory = peak_mb.map(|mb| format!(", {} MB at most", grouped(mb))).unwrap_or_default();
        row("took", &format!("{wall_s:.1} s{cpu}{memory}"));
    }
    Ok(())
}

fn row(name: &str, value: &str) {
    say(&format!("  {name:<14}{value}"));
}

/// The figures of a plan, a row each.
pub(super) fn table(figures: &Figures) {
    if figures.in_bounds_by.len() > 1 {
        let by: Vec<String> =
            figures.in_bounds_by.iter().map(|(count, grids)| format!("{} by {count}", grouped(*grids))).collect();
        row("within", &by.join(", "));
    }
    if !figures.exclusive.is_empty() {
        row("exclusive", &format!("{} grids, each whole", grouped(figures.exclusive.len() as u64)));
    }
    if !figures.outside.is_empty() {
        row(
            "outside",
            &format!("{} certified, {} not proven", grouped(figures.certified), grouped(figures.not_proven)),
        );
    }
    row("contiguous", &format!("{} of {}", grouped(figures.contiguous), grouped(figures.grids)));
    let border_m: u64 = figures.border_m.values().sum();
    if border_m > 0 {
        let lines = figures.border_m.keys().any(|class| class != "none");
        let classes: Vec<String> =
            figures.border_m.iter().map(|(class, m)| format!("{} m {class}", grouped(*m))).collect();
        let along = [
            ("streets", figures.border_on_streets_percent),
            ("rail", figures.border_on_rail_percent),
            ("river", figures.border_on_river_percent),
        ];
        let along: Vec<String> =
            along.iter().filter_map(|(what, share)| Some(format!("{:.1} % {what}", (*share)?))).collect();
        let detail = if lines { format!(" ({}; {})", classes.join(", "), along.join(", ")) } else { String::new() };
        row("borders", &format!("{} m between grids{detail}", grouped(border_m)));
    }
    let form = |mean: Option<f64>, least: Option<f64>| Some(format!("{:.3} mean, {:.3} least", mean?, least?));
    if let Some(form) = form(figures.polsby_popper_mean, figures.polsby_popper_min) {
        row("Polsby-Popper", &form);
    }
    if let Some(form) = form(figures.reock_mean, figures.reock_min) {
        row("Reock", &form);
    }
    if let Some(kept) = figures.kept {
        let of = if kept.of == Attribute::Households { "households" } else { "persons" };
        row(
            "kept",
            &format!(
                "{} of {} {of} ({:.2} %) stay in a grid of the same code{}",
                grouped(kept.kept),
                grouped(kept.total),
                kept.percent(),
                kept.moved_at_least
                    .map(|least| format!("; {} at least have to move", grouped(least)))
                    .unwrap_or_default()
            ),
        );
    }
}

/// Every grid outside, why, and what can be done.
pub(super) fn explain(figures: &Figures) {
    let chinese = in_chinese();
    for grid in &figures.outside {
        let persons = grid.persons.map(|persons| format!(", {} persons", grouped(persons))).unwrap_or_default();
        say(&format!("{} ({} households{persons})", grid.code, grouped(grid.households)));
        let Some(certificate) = &grid.certificate else {
            say(if chinese {
                "  未证明无法改善：可用 --seconds 延长搜索时间"
            } else {
                "  not proven: a longer search (--seconds) may do better"
            });
            continue;
        };
        say(&format!("  {}", if chinese { &certificate.text_zh } else { &certificate.text_en }));
        let word = if chinese { "text_zh" } else { "text_en" };
        for way in &certificate.ways_out {
            say(&format!("  - {}", way[word].as_str().unwrap_or_default()));
        }
    }
}
