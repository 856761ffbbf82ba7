//! Layers that are asked for together.

use super::coverage::MOST_BYTES;
use super::layer::Layer;
use super::mercator::TileId;

/// The layers of one tile address, prepared once and cut per request. Immutable.
#[derive(Debug, Clone)]
pub struct TileSource {
    layers: Vec<Layer>,
}

/// What a layer left out of a tile that would have been too large.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeftOut {
    /// Nothing.
    Nothing,
    /// So many of its finer levels: the next coarser one is shown.
    Levels(usize),
    /// All finer levels, and all properties but the first.
    Properties,
    /// The whole layer: with those before it the tile would have more than [`MOST_BYTES`].
    Layer,
}

/// A tile that was cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile {
    /// As MVT 2.1; empty where nothing lies.
    pub bytes: Vec<u8>,
    /// The layers that left something out, and what.
    pub left_out: Vec<(&'static str, LeftOut)>,
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
        let Tile { bytes, .. } = self.cut(tile);
        (!bytes.is_empty()).then_some(bytes)
    }

    /// The tile, and what was left out of it.
    pub fn cut(&self, tile: TileId) -> Tile {
        let mut cut = Tile { bytes: Vec::new(), left_out: Vec::new() };
        for layer in &self.layers {
            let (chunk, left_out) = layer.encode(tile);
            if !cut.bytes.is_empty() && cut.bytes.len() + chunk.len() > MOST_BYTES {
                cut.left_out.push((layer.name, LeftOut::Layer));
                continue;
            }
            // chunks of layers one after the other are a tile (protobuf: repeated fields may be concatenated)
            if cut.bytes.is_empty() {
                cut.bytes = chunk;
            } else {
                cut.bytes.extend_from_slice(&chunk);
            }
            if left_out != LeftOut::Nothing {
                cut.left_out.push((layer.name, left_out));
            }
        }
        cut
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geom::LatticePoint;
    use crate::tile::{Field, LayerBuilder, Value};

    /// A layer of points that weighs about so many kilobytes in the one tile of zoom 0.
    fn points(name: &'static str, kilobytes: u64) -> Layer {
        let mut layer = LayerBuilder::points(name, vec![Field::text("code", "its code")]);
        for id in 0..kilobytes * 10 {
            layer.point(id, vec![Value::from(format!("{id:080}").as_str())], LatticePoint::new(id as i32 * 1_000, 0));
        }
        layer.build()
    }

    #[test]
    fn a_layer_that_would_make_a_tile_too_large_is_left_out_whole_and_named() {
        let cut = |second: u64| {
            let source = TileSource::new(vec![points("shapes", 300), points("labels", second), points("marks", 10)]);
            source.cut(TileId::new(0, 0, 0).unwrap())
        };
        let (small, large) = (cut(100), cut(300));
        assert_eq!(small.left_out, []);
        assert_eq!(large.left_out, [("labels", LeftOut::Layer)]);
        assert!((400_000..500_000).contains(&small.bytes.len()), "{}", small.bytes.len());
        assert!((300_000..400_000).contains(&large.bytes.len()), "what comes after and fits is there");
    }
}
