//! Tiles of drafts: any revision, each tile cut once for all revisions that it is the same in.
//!
//! The borders of a dataset's atoms are ranked once ([`Ground`]) and shared by all its drafts; a revision only says which atoms
//! are one grid. Tiles say what grids are called and nothing that is summed: a stroke then changes only the tiles it touches.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::app::access::{Caller, Role};
use crate::app::prepare;
use crate::plan::draft::{Draft, Drawn, Operation};
use crate::tile::{Coverage, Field, Ground, Layer, TileId, TileSource, Value};

use super::drafts::{DraftError, LiveDraft};
use super::ground::Sheet;
use super::kept::{Changed, Numbered, source_number};
use super::tiles::{DEEPEST_USEFUL_ZOOM, TileLayer, free_id};
use super::{App, ServeError};

/// Drafts are drawn from this zoom on: the whole of a district on a screen. Farther off, published grids are shown.
pub const DRAFTS_FROM_ZOOM: u8 = 10;
/// Grounds kept; the one asked for longest ago goes first.
const GROUNDS: usize = 3;
/// Revisions of a draft whose sources are kept ready.
const REVISIONS: usize = 4;
/// An operation that changes more tiles than these tells no list: all are read again.
const MOST_TOLD: usize = 2_000;

/// The ground of datasets, the one asked for last at the end.
#[derive(Debug, Default)]
pub(super) struct Grounds(tokio::sync::Mutex<Vec<(i64, Ground)>>);

/// What tiles of one draft need, once somebody asked for any.
#[derive(Debug)]
pub(super) struct DraftTiles {
    /// Of its shapes and of its borders.
    numbers: [u64; 2],
    changed: Arc<Changed>,
    /// And the revision since which it is known which tiles changed.
    ground: OnceLock<(Ground, i64)>,
    ready: Mutex<Vec<(i64, [Arc<Numbered>; 2])>>,
}

impl DraftTiles {
    pub fn new() -> Self {
        Self {
            numbers: [source_number(), source_number()],
            changed: Arc::default(),
            ground: OnceLock::new(),
            ready: Mutex::default(),
        }
    }

    /// The tiles that an operation changes; none where nobody ever asked for any. `after`: the draft right after it. O(its atoms;
    /// where a grid is called otherwise, all atoms).
    pub fn touched(&self, operation: &Operation, after: &Draft) -> Option<Vec<TileId>> {
        let (ground, _) = self.ground.get()?;
        let mut atoms: Vec<u32> = Vec::new();
        for moved in &operation.moves {
            // it was applied: its runs are lawful
            atoms.extend(moved.atoms.atoms(after.len()).unwrap_or_default());
        }
        let told = |drawn: &Option<Drawn>| drawn.clone().map(|drawn| (drawn.code, drawn.name));
        let renamed: HashSet<&str> = operation
            .grids
            .iter()
            .filter(|change| change.from.is_some() && change.to.is_some() && told(&change.from) != told(&change.to))
            .map(|change| change.id.0.as_str())
            .collect();
        if !renamed.is_empty() {
            let named: Vec<bool> = after.all_grids().map(|(id, _)| renamed.contains(id.0.as_str())).collect();
            let of_named = |(place, _): &(&Option<u32>, u32)| place.is_some_and(|place| named[place as usize]);
            atoms.extend(after.places().iter().zip(0..).filter(of_named).map(|(_, atom)| atom));
        }
        Some(ground.tiles_of(atoms, DRAFTS_FROM_ZOOM..=DEEPEST_USEFUL_ZOOM))
    }

    /// Notes what an operation changed, once it is done; what is told of it, nothing where too many are others.
    pub fn note(&self, rev: i64, tiles: Vec<TileId>) -> Option<Arc<[TileId]>> {
        self.changed.note(rev, &tiles);
        (tiles.len() <= MOST_TOLD).then(|| tiles.into())
    }

    /// The sources of a revision.
    fn sources(&self, rev: i64, draft: &Draft) -> Option<[Arc<Numbered>; 2]> {
        let (ground, known_from) = self.ground.get()?;
        // held while they are made, so that none is made twice; a panic in between leaves those that were there
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, sources)) = ready.iter().find(|(at, _)| *at == rev) {
            return Some(sources.clone());
        }
        let coverage = drawn(ground, draft);
        let source = |number: u64, layer: Layer| {
            let source = TileSource::new(vec![layer]);
            Arc::new(Numbered::of_revision(number, rev, *known_from, Arc::clone(&self.changed), source))
        };
        let [shapes, borders] = self.numbers;
        let sources = [source(shapes, coverage.shapes()), source(borders, coverage.borders("borders"))];
        if ready.len() >= REVISIONS {
            ready.remove(0);
        }
        ready.push((rev, sources.clone()));
        Some(sources)
    }
}

/// What tiles of drafts say of a grid.
pub(super) fn draft_fields() -> Vec<Field> {
    vec![
        Field::text("code", "code of the grid; empty for one that was drawn, until it is published"),
        Field::text("name", "name of the grid"),
        Field::text("grid", "id of the grid in the draft, by which operations name it"),
    ]
}

/// A layer of drafts without features.
pub(super) fn draft_layers(layer: TileLayer) -> Vec<Layer> {
    let none = Ground::new(&[], DRAFTS_FROM_ZOOM).and_then(|ground| ground.divided("grids", draft_fields(), &[], &[]));
    let none = none.expect("nothing is a ground");
    vec![if layer == TileLayer::Borders { none.borders("borders") } else { none.shapes() }]
}

/// The grids of a draft on its ground.
fn drawn(ground: &Ground, draft: &Draft) -> Coverage {
    let mut taken = HashSet::new();
    let features: Vec<(u64, Vec<Value>)> = draft
        .all_grids()
        .map(|(id, drawn)| {
            let text = |text: Option<&str>| Value::from(text);
            let values = vec![
                text(drawn.map(|drawn| drawn.code.as_str())),
                text(drawn.map(|drawn| drawn.name.as_str())),
                Value::from(id.0.as_str()),
            ];
            (free_id(&mut taken, &id.0), values)
        })
        .collect();
    ground
        .divided("grids", draft_fields(), draft.places(), &features)
        .expect("a draft has as many atoms as its dataset, in grids it has")
}

impl App {
    fn grounds(&self) -> &Grounds {
        &self.grounds
    }

    /// What tiles of a draft are cut from: its grids or their borders at a revision; at the newest without one.
    ///
    /// # Errors
    /// As [`App::draft`], and when there is no such revision.
    pub async fn draft_sheet(
        &self,
        caller: &Caller,
        id: i64,
        roles: &[Role],
        rev: Option<i64>,
        layer: TileLayer,
    ) -> Result<(Sheet, i64), DraftError> {
        let live = self.draft(caller, id, roles).await?;
        self.lay_ground(&live).await?;
        let (rev, draft) = self.draft_at(&live, rev).await?;
        let made = tokio::task::spawn_blocking(move || {
            let around = live.tiles.ground.get().and_then(|(ground, _)| ground.envelope());
            live.tiles.sources(rev, &draft).map(|sources| (sources, around))
        });
        let lost = |error: tokio::task::JoinError| ServeError::Lost(error.to_string());
        let ([shapes, borders], around) =
            made.await.map_err(lost)?.ok_or_else(|| ServeError::Lost("the ground of a draft".to_owned()))?;
        let source = if layer == TileLayer::Borders { borders } else { shapes };
        Ok((Sheet::ready(format!("plan{id}.{rev}"), source, around), rev))
    }

    /// Sees to it that the ground of a draft is there.
    async fn lay_ground(&self, live: &LiveDraft) -> Result<(), DraftError> {
        if live.tiles.ground.get().is_some() {
            return Ok(());
        }
        let dataset = live.frame().plan.dataset;
        // one at a time: ranking takes all cores
        let mut shelf = self.grounds().0.lock().await;
        let ground = if let Some(at) = shelf.iter().position(|(id, _)| *id == dataset) {
            let found = shelf.remove(at);
            shelf.push(found.clone());
            found.1
        } else {
            let prepared = prepare(self.store().as_ref(), Some(dataset)).await?;
            let made = tokio::task::spawn_blocking(move || {
                let cells: Vec<_> = prepared.dataset.atoms.iter().map(|atom| &atom.shape).collect();
                Ground::new(&cells, DRAFTS_FROM_ZOOM)
            });
            let made = made.await.map_err(|error| ServeError::Lost(error.to_string()))?;
            let ground = made.map_err(|error| ServeError::Lost(error.to_string()))?;
            shelf.push((dataset, ground.clone()));
            let over = shelf.len().saturating_sub(GROUNDS);
            shelf.drain(..over);
            ground
        };
        drop(shelf);
        // nobody adds operations between the revision that is noted and the ground that is there from then on
        let _ = live.with_rev(|rev| live.tiles.ground.set((ground, rev))).await;
        Ok(())
    }
}
