//! `wangge import --as addresses`: its options and answer.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::import::{Fields, usage};
use super::inputs::InputOptions;
use super::progress::Terminal;
use super::{Outcome, act, grouped, print_json, say};
use crate::app::{self, AddressesRequest};
use crate::format::AddressSource;

/// What only addresses have.
#[derive(Debug, Args, Default, PartialEq, Eq)]
pub(super) struct AddressOptions {
    /// Field with the street or lane
    #[arg(long, value_name = "FIELD")]
    street: Option<String>,
    /// Field with the unit or stair (单元) of an address
    #[arg(long, value_name = "FIELD")]
    unit: Option<String>,
    /// Field with what stands above a street: a district, a street office, a village
    #[arg(long, value_name = "FIELD")]
    place: Option<String>,
}

impl AddressOptions {
    /// Imports the addresses of a file.
    pub(super) async fn run(
        self,
        path: PathBuf,
        store: &str,
        fields: Fields,
        mut inputs: InputOptions,
        as_json: bool,
    ) -> Outcome {
        let (address, compound, number) = (inputs.address.take(), inputs.compound.take(), inputs.number.take());
        if inputs != InputOptions::default() || !fields.only_where() {
            return usage(
                "with --as addresses go --layer, --crs, --address, --street, --compound, --number, --unit and --place alone",
            );
        }
        let source = AddressSource {
            path,
            layer: fields.layer,
            crs: fields.crs,
            address,
            street: self.street,
            compound,
            number,
            unit: self.unit,
            place: self.place,
        };
        let watch = Terminal::new();
        let imported = app::import_addresses(store, &AddressesRequest { source, act: act() }, &watch).await;
        watch.finish();
        let imported = imported?;
        for warning in &imported.warnings {
            eprintln!("wangge: note: {warning}");
        }
        let set = imported.set;
        if imported.already {
            eprintln!("wangge: note: the store holds the same already, as addresses {set}; nothing was written");
        }
        if as_json {
            return print_json(&json!({
                "set": set, "already": imported.already, "addresses": imported.addresses, "repeated": imported.repeated,
                "left_out": imported.left_out, "layer": imported.layer, "crs": imported.crs, "warnings": imported.warnings,
            }));
        }
        say(&format!("addresses {set}: {}", grouped(imported.addresses)));
        Ok(())
    }
}
