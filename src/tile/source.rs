//! Layers that are asked for together.

use super::layer::Layer;
use super::mercator::TileId;

/// The layers of one tile address, prepared once and cut per request. Immutable.
#[derive(Debug, Clone)]
pub struct TileSource {
    layers: Vec<Layer>,
}

impl TileSource {
    /// A source of these layers, which have different names.
    pub fn new(layers: Vec<Layer>) -> Self {
        Self { layers }
    }

    /// The layers, in the order they stand in a tile.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// The encoded tile; `None` where nothing lies. O(vertices of the features whose envelope meets the tile).
    pub fn tile(&self, tile: TileId) -> Option<Vec<u8>> {
        // chunks of layers one after the other are a tile (protobuf: repeated fields may be concatenated)
        let bytes: Vec<u8> = self.layers.iter().flat_map(|layer| layer.encode(tile)).collect();
        (!bytes.is_empty()).then_some(bytes)
    }
}
