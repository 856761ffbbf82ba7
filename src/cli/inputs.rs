//! `wangge import --as streets|buildings|jurisdictions|landuse|totals`

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::import::Fields;
use super::progress::Terminal;
use super::{Outcome, act, grouped, print_json, say};
use crate::app::{self, InputRequest};
use crate::atom::{InputKind, KIND, LineClass};
use crate::format::InputSource;

/// What only streets, buildings and the like have.
#[derive(Debug, Args, Default, PartialEq, Eq)]
pub(super) struct InputOptions {
    /// Field that says what a street, building or piece of land is, or of which level a jurisdiction; one of the usual names
    /// (highway, nature, building, level, …) by default
    #[arg(long, value_name = "FIELD")]
    class: Option<String>,
    /// What all lines of the file are: river, rail, arterial, street, path, wall
    #[arg(long, value_name = "CLASS")]
    class_is: Option<LineClass>,
    /// What single values of the class mean, such as "Piste cyclable=path,3=arterial"
    #[arg(long, value_name = "VALUE=CLASS[,…]", value_delimiter = ',', value_parser = meaning)]
    classes: Vec<(String, LineClass)>,
    /// Field with the storeys (层数) of a building
    #[arg(long, value_name = "FIELD")]
    levels: Option<String>,
    /// Field with the number of units or stairs (单元数) of a building
    #[arg(long, value_name = "FIELD")]
    units: Option<String>,
    /// Field with the compound (小区) of a building
    #[arg(long, value_name = "FIELD")]
    pub(super) compound: Option<String>,
    /// Field with the number (楼号) of a building in its compound or street
    #[arg(long, value_name = "FIELD")]
    pub(super) number: Option<String>,
    /// Field with the address of a building, or with the whole address for --as addresses
    #[arg(long, value_name = "FIELD")]
    pub(super) address: Option<String>,
    /// Field with the code of the jurisdiction one level up; the one it lies in by default
    #[arg(long, value_name = "FIELD")]
    parent: Option<String>,
    /// What the level of all jurisdictions of the file is called, where no field says it; community by default
    #[arg(long, value_name = "WORD")]
    level: Option<String>,
}

fn meaning(given: &str) -> Result<(String, LineClass), String> {
    let (value, class) = given.rsplit_once('=').ok_or_else(|| format!("{given:?} is not VALUE=CLASS"))?;
    Ok((value.trim().to_owned(), class.trim().parse()?))
}

impl InputOptions {
    pub(super) async fn run(
        self,
        kind: InputKind,
        path: PathBuf,
        store: &str,
        fields: Fields,
        as_json: bool,
    ) -> Outcome {
        let attributes = [
            ("levels", self.levels),
            ("units", self.units),
            ("compound", self.compound),
            ("number", self.number),
            ("address", self.address),
            ("parent", self.parent),
            (KIND, fields.of_kind),
        ];
        let source = InputSource {
            path,
            layer: fields.layer,
            crs: fields.crs,
            id: fields.id,
            name: fields.name,
            class: self.class,
            class_is: self.class_is,
            classes: self.classes,
            households: fields.households,
            population: fields.population,
            attributes: attributes.into_iter().filter_map(|(name, field)| Some((name, field?))).collect(),
        };
        let watch = Terminal::new();
        let request = InputRequest { kind, source, level: self.level, act: act() };
        let imported = app::import_input(store, &request, &watch).await;
        watch.finish();
        let imported = imported?;
        let report = &imported.report;
        for warning in &report.warnings {
            eprintln!("wangge: note: {warning}");
        }
        if imported.already {
            eprintln!(
                "wangge: note: the store holds the same already, as input {}; nothing was written",
                imported.input
            );
        }
        if as_json {
            return print_json(&json!({
                "input": imported.input, "kind": kind, "features": imported.features, "lines": imported.lines,
                "read": report.read, "left_out": report.left_out, "households": report.households,
                "population": report.population, "classes": report.classes, "crs": report.crs, "layer": report.layer,
                "content_hash": report.content_hash, "warnings": report.warnings,
            }));
        }
        let what = if kind == InputKind::Streets { imported.lines } else { imported.features };
        let classes: Vec<String> =
            report.classes.iter().map(|(class, n)| format!("{} {class}", grouped(*n))).take(12).collect();
        let people = match (request.source.households.is_some(), request.source.population.is_some()) {
            (false, false) => String::new(),
            _ => format!(", {} households, {} persons", grouped(report.households), grouped(report.population)),
        };
        let classes = if classes.is_empty() { String::new() } else { format!(" ({})", classes.join(", ")) };
        say(&format!("input {}: {} {kind}{classes}{people}", imported.input, grouped(what)));
        Ok(())
    }
}
