//! A plan on paper: its figures as a table or as JSON, and why grids are outside.

use serde_json::{Map, Value, json};

use super::check::in_chinese;
use super::spent::Spent;
use super::{grouped, say};
use crate::app::{self, Figures, Planned};
use crate::plan::Attribute;

/// A plan with its figures, as JSON.
pub(super) fn answer(planned: &Planned, spent: Option<Spent>) -> Map<String, Value> {
    let counted = planned.counted;
    let mut answer = Map::new();
    let mut put = |name: &str, value: Value| answer.insert(name.to_owned(), value);
    put("plan", json!(planned.plan));
    put("dataset", json!(planned.dataset));
    put("level", json!(planned.level.as_str()));
    put("parent", json!(planned.parent));
    put("attribute", json!(counted.attribute));
    put("bounds", json!(counted.band));
    put("other_bounds", json!(counted.other));
    put("own_bounds", json!(planned.own_bands));
    if let Value::Object(figures) = json!(planned.figures) {
        answer.extend(figures);
    }
    let mut put = |name: &str, value: Value| answer.insert(name.to_owned(), value);
    put("kept_percent", json!(planned.figures.kept.map(app::Kept::percent)));
    if let Some(spent) = spent {
        put("wall_s", json!(spent.wall_s));
        put("cpu_s", json!(spent.cpu_s));
        put("peak_mb", json!(spent.peak_mb));
    }
    answer
}

/// A plan with its figures, as a table.
pub(super) fn show(planned: &Planned, spent: Option<Spent>) {
    let counted = planned.counted;
    let figures = &planned.figures;
    let known =
        if figures.unknown > 0 { format!(", {} of unknown size", grouped(figures.unknown)) } else { String::new() };
    let what = planned.level.many();
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
    for bands in &figures.bands {
        let other = bands.other_bounds.map(|other| format!(" and {other}")).unwrap_or_default();
        let (grids, units) = (grouped(bands.grids), grouped(bands.units));
        let (inside, bounds) = (grouped(bands.in_bounds), bands.bounds);
        row("bounds", &format!("{bounds}{other}: {inside} of {grids} grids, in {units} units"));
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
