//! `/tiles` of a node without a store: from files that `wangge export --pmtiles` wrote.

use std::sync::Arc;

use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::Serialize;

use crate::app::serve::{OpenTiles, TileFile, TileLayer};
use crate::format::FormatError;
use crate::tile::TileId;

use super::error::Problem;
use super::params::{Params, Segments};
use super::tiles::{Described, answer, between, coding, origin, place_of};

/// The files of a node, one for each layer.
#[derive(Debug, Clone)]
pub struct NodeTiles(Arc<Vec<Arc<TileFile>>>);

impl NodeTiles {
    /// Of these files.
    ///
    /// # Errors
    /// The name of a layer that two of them hold.
    pub fn new(files: Vec<Arc<TileFile>>) -> Result<Self, &'static str> {
        let layers: Vec<TileLayer> = files.iter().map(|file| file.current().layer()).collect();
        match layers.iter().enumerate().find(|(i, layer)| layers[..*i].contains(layer)) {
            Some((_, twice)) => Err(twice.as_str()),
            None => Ok(Self(Arc::new(files))),
        }
    }

    /// Takes up files that were replaced, and logs what becomes of them.
    pub(super) async fn refresh(&self) {
        for file in self.0.iter() {
            match file.refresh().await {
                Ok(true) => tracing::info!(version = file.current().version(), "took up the new tiles"),
                Err(error) => tracing::error!(%error, "the new tiles are not taken up; the old ones go on"),
                Ok(false) => {}
            }
        }
    }

    fn of(&self, name: &str) -> Result<Arc<OpenTiles>, Problem> {
        let mut open = self.0.iter().map(|file| file.current());
        open.find(|tiles| tiles.layer().as_str() == name).ok_or_else(|| {
            let shown: String = name.chars().take(40).collect();
            let named: Vec<_> = self.0.iter().map(|file| file.current().layer().as_str()).collect();
            let has = if named.is_empty() { "none: start it with --tiles".to_owned() } else { named.join(", ") };
            Problem::not_found(format!("this node has no tiles of {shown:?}; it has {has}"))
        })
    }
}

#[derive(Debug, Serialize)]
struct Tilesets {
    layers: Vec<Tileset>,
}

#[derive(Debug, Serialize)]
struct Tileset {
    name: &'static str,
    tilejson: String,
    zooms: [u8; 2],
    generation: String,
}

/// The layers there are.
pub(super) async fn list(Extension(tiles): Extension<NodeTiles>, headers: HeaderMap) -> Response {
    let origin = origin(&headers);
    let describe = |file: &Arc<TileFile>| {
        let tiles = file.current();
        let name = tiles.layer().as_str();
        Tileset {
            name,
            tilejson: format!("{origin}/tiles/{name}"),
            zooms: tiles.zooms().into(),
            generation: tiles.version().to_owned(),
        }
    };
    let layers = tiles.0.iter().map(describe).collect();
    ([(header::CACHE_CONTROL, "no-cache")], Json(Tilesets { layers })).into_response()
}

/// TileJSON 3.0 of a layer.
pub(super) async fn tilejson(
    Extension(tiles): Extension<NodeTiles>,
    Segments(name): Segments<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let tiles = tiles.of(&name)?;
    let template = format!("{}/tiles/{name}/{{z}}/{{x}}/{{y}}?v={}", origin(&headers), tiles.version());
    let [en, zh] = tiles.layer().legend().text;
    let described = Described {
        tilejson: tiles.described(vec![template]),
        description: format!("{en} / {zh}"),
        attribution: tiles.attribution().to_owned(),
        center: Some(between(tiles.bounds())),
        generation: Some(tiles.version()),
    };
    Ok(([(header::CACHE_CONTROL, "no-cache")], Json(described)).into_response())
}

/// One vector tile, byte for byte what the service with the store sends.
pub(super) async fn tile(
    Extension(tiles): Extension<NodeTiles>,
    Segments((name, z, x, y)): Segments<(String, String, String, String)>,
    params: Params,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let tiles = tiles.of(&name)?;
    let id: TileId = place_of(&z, &x, &y)?;
    let (first, last) = tiles.zooms();
    if id.z() > last {
        return Err(Problem::not_found(format!(
            "this node has zooms {first} to {last} of {name}: draw deeper ones from those of zoom {last}"
        )));
    }
    let Some(coding) = coding(&headers) else { return Err(Problem::not_acceptable()) };
    let asked = params.optional("v", "`generation` of the TileJSON")?;
    let named = asked.is_some_and(|asked| asked == tiles.version());
    let tile = tiles.tile(id, coding).await.map_err(|error: FormatError| Problem::unreadable_tiles(&error))?;
    Ok(answer(&headers, &tile, named))
}
