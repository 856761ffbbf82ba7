//! What a tile address gives, for clients.

use std::collections::BTreeMap;

use serde::Serialize;

use super::layer::{Kind, Layer};

/// The deepest zoom a client should ask for; deeper ones are drawn from it (one unit is then 15 cm at the equator).
const DEEPEST_USEFUL_ZOOM: u8 = 16;

/// TileJSON 3.0.0 (<https://github.com/mapbox/tilejson-spec/tree/master/3.0.0>).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TileJson {
    /// Version of the specification.
    pub tilejson: &'static str,
    /// The name of the source.
    pub name: String,
    /// Address templates with `{z}`, `{x}`, `{y}`.
    pub tiles: Vec<String>,
    /// The first zoom that has anything.
    pub minzoom: u8,
    /// The last zoom worth asking for.
    pub maxzoom: u8,
    /// West, south, east, north in degrees; absent when there is nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bounds: Option<[f64; 4]>,
    /// The layers in a tile.
    pub vector_layers: Vec<VectorLayer>,
}

/// One layer of [`TileJson`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VectorLayer {
    /// Its name in the tile.
    pub id: String,
    /// The first zoom it stands in.
    pub minzoom: u8,
    /// The last zoom worth asking for.
    pub maxzoom: u8,
    /// Names of properties and what they are.
    pub fields: BTreeMap<&'static str, String>,
}

impl TileJson {
    /// Describes a source of these layers.
    pub fn new(name: impl Into<String>, tiles: Vec<String>, bounds: Option<[f64; 4]>, layers: &[Layer]) -> Self {
        let vector_layers: Vec<VectorLayer> = layers
            .iter()
            .map(|layer| VectorLayer {
                id: layer.name.to_owned(),
                minzoom: layer.min_zoom,
                maxzoom: DEEPEST_USEFUL_ZOOM,
                fields: layer
                    .fields
                    .iter()
                    .map(|field| {
                        let kind = match field.kind {
                            Kind::Text => "String",
                            Kind::Number => "Number",
                        };
                        (field.name, format!("{kind}: {}", field.description))
                    })
                    .collect(),
            })
            .collect();
        Self {
            tilejson: "3.0.0",
            name: name.into(),
            tiles,
            minzoom: vector_layers.iter().map(|layer| layer.minzoom).min().unwrap_or(0),
            maxzoom: DEEPEST_USEFUL_ZOOM,
            bounds,
            vector_layers,
        }
    }
}
