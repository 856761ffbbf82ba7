//! The inputs of the store that atoms are made from: the newest of each kind and source.

use std::collections::BTreeMap;

use crate::app::AppError;
use crate::atom::{Feature, InputKind, Line};
use crate::store::{InputRecord, Store};

/// What the store holds.
#[derive(Debug, Default)]
pub(super) struct Inputs {
    pub records: Vec<InputRecord>,
    pub lines: Vec<Line>,
    pub buildings: Vec<Feature>,
    /// Name of its source with each piece of land: a layer called `water` says what is in it.
    pub landuse: Vec<(String, Feature)>,
    pub totals: Vec<Feature>,
    /// Jurisdictions by the name of their level.
    pub jurisdictions: BTreeMap<String, Vec<Feature>>,
}

impl Inputs {
    /// What the dataset is said to come from.
    pub fn source(&self) -> String {
        let names: Vec<&str> = self.records.iter().map(|record| record.source.as_str()).collect();
        format!("tessellation of {}", names.join(", "))
    }

    /// A file name the workspace can be called after.
    pub fn first_file(&self) -> String {
        let of = |kind| self.records.iter().find(|record| record.kind == kind);
        let record = of(InputKind::Jurisdictions).or_else(|| of(InputKind::Buildings)).or(self.records.first());
        record.map_or_else(|| "town".to_owned(), |record| record.source.split(": ").next().unwrap_or("town").to_owned())
    }
}

/// Reads them.
pub(super) async fn gather(store: &dyn Store) -> Result<Inputs, AppError> {
    let mut newest: BTreeMap<(InputKind, String), InputRecord> = BTreeMap::new();
    for record in store.inputs().await? {
        newest.insert((record.kind, record.source.clone()), record);
    }
    let mut inputs = Inputs::default();
    let mut codes = std::collections::HashSet::new();
    for ((kind, source), record) in newest {
        let features = if kind == InputKind::Streets { Vec::new() } else { store.features(record.id).await? };
        match kind {
            InputKind::Streets => inputs.lines.extend(store.lines(record.id).await?),
            InputKind::Buildings => inputs.buildings.extend(features.into_iter().map(|mut building| {
                // several files may number their buildings alike
                while !codes.insert(building.code.clone()) {
                    building.code = format!("{}-{}", record.id, building.code);
                }
                building
            })),
            InputKind::Landuse => {
                inputs.landuse.extend(features.into_iter().map(|feature| (source.clone(), feature)));
            }
            InputKind::Totals => inputs.totals.extend(features),
            InputKind::Jurisdictions => {
                for feature in features {
                    let level = feature.class.clone().unwrap_or_else(|| "community".to_owned());
                    inputs.jurisdictions.entry(level).or_default().push(feature);
                }
            }
        }
        inputs.records.push(record);
    }
    if inputs.lines.is_empty() && inputs.buildings.is_empty() {
        return Err(AppError::NoInputs);
    }
    Ok(inputs)
}
