//! Why a use case stopped.

use super::officers::BadRows;
use super::serve::{ServeError, TimeError};
use crate::atom::DatasetError;
use crate::format::FormatError;
use crate::partition::PartitionError;
use crate::plan::CodeError;
use crate::store::StoreError;
use crate::tessellate::TessellateError;
use crate::topology::TopologyError;

/// Why a use case stopped. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AppError {
    /// The file.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// The atoms.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// The borders.
    #[error(transparent)]
    Topology(#[from] TopologyError),
    /// The cells.
    #[error(transparent)]
    Tessellate(#[from] TessellateError),
    /// Nothing to make atoms from.
    #[error(
        "the store holds neither streets nor buildings: import them first (wangge import FILE --as streets, --as buildings)"
    )]
    NoInputs,
    /// Jurisdictions that make no tree.
    #[error("{0}")]
    Jurisdictions(String),
    /// The partition.
    #[error(transparent)]
    Partition(#[from] PartitionError),
    /// The codes.
    #[error(transparent)]
    Code(#[from] CodeError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Nothing was imported yet.
    #[error("the store holds no dataset: import one first (wangge import FILE --store …)")]
    NoDataset,
    /// Nothing was planned yet.
    #[error("the store holds no plan: make one first (wangge partition --store …, or wangge adopt FILE --store …)")]
    NoPlan,
    /// A plan that does not exist.
    #[error("there is no plan {id}; the store has {known}")]
    UnknownPlan {
        /// As asked.
        id: i64,
        /// Those there are.
        known: String,
    },
    /// A count that the dataset does not have.
    #[error("dataset {dataset} has no {attribute}: import it with --{attribute} FIELD")]
    NoCount {
        /// The dataset.
        dataset: i64,
        /// What was asked for.
        attribute: &'static str,
    },
    /// Two bands for one count.
    #[error(
        "--bounds and --population-bounds both say how many persons a grid should have, as the plan counts persons alone: give one of them"
    )]
    TwoBands,
    /// A level that no jurisdiction has.
    #[error("no jurisdiction is of the level {level:?}: --within takes one of {known}, or all")]
    UnknownLevel {
        /// As asked.
        level: String,
        /// Those there are, top first.
        known: String,
    },
    /// Micro-grids without grids.
    #[error("the store holds no plan of grids to divide into micro-grids: make one first (wangge partition --store …)")]
    NoPlanAbove,
    /// Micro-grids nest in grids alone.
    #[error("micro-grids nest in the grids of a plan: leave out --within with --level micro")]
    MicroWithin,
    /// Grids to lock that are not there.
    #[error(
        "{unknown} cannot be locked: {place} has {grids} grids, such as {example}; wangge export --layer grids lists them"
    )]
    UnknownLock {
        /// As asked, those that are not there.
        unknown: String,
        /// Where grids are looked for.
        place: String,
        /// How many there are.
        grids: usize,
        /// One of them.
        example: String,
    },
    /// Locks without grids.
    #[error("there is no grid to lock: the store holds neither a publication nor a plan of grids")]
    NothingToLock,
    /// A publication that is not there.
    #[error("there is no publication {seq} to change: the store has {known}")]
    UnknownPublication {
        /// As asked.
        seq: i64,
        /// Those there are.
        known: String,
    },
    /// A frontier of changes to nothing.
    #[error("a frontier is of changes to grids that stand: say which with --keep-from GENERATION")]
    NothingToKeep,
    /// Micro-grids are made anew.
    #[error("--lock and --keep-from are for grids: leave them out with --level micro")]
    MicroKept,
    /// Areas are made anew.
    #[error("--lock and --keep-from are for grids: leave them out with --level area")]
    AreaKept,
    /// Areas take communities whole, exclusive grids too.
    #[error("patrol areas take communities whole, exclusive grids too: leave out --exclusive-bounds with --level area")]
    AreaExclusive,
    /// A plan of areas cannot be put in force.
    #[error(
        "plan {plan} is of patrol areas of whole communities: these stay a draft to look at and export; name a plan of grids"
    )]
    Area {
        /// The plan.
        plan: i64,
    },
    /// What cannot be kept to.
    #[error("{0}")]
    Terms(String),
    /// A plan of micro-grids cannot be put in force.
    #[error(
        "plan {plan} is of micro-grids in the grids of plan {parent}: micro-grids stay a draft to look at and export; publish a plan of grids (--plan)"
    )]
    Micro {
        /// The plan.
        plan: i64,
        /// The plan above.
        parent: i64,
    },
    /// A grid over several communities cannot be put in force.
    #[error(
        "grid {grid} of plan {plan} lies in several jurisdictions of the lowest level and belongs to {jurisdiction}: in force, a grid has one. \
         Partition again without --within, or import the areas without the levels below the one that grids should keep to (--jurisdiction)"
    )]
    CrossesUnits {
        /// The plan.
        plan: i64,
        /// The first such grid.
        grid: String,
        /// What it belongs to.
        jurisdiction: String,
    },
    /// A draft that leaves ground over cannot be put in force.
    #[error(
        "plan {plan} has {atoms} atoms of its scope in no grid, the first {first}: give them to grids, then publish"
    )]
    Unassigned {
        /// The plan.
        plan: i64,
        /// How many.
        atoms: u64,
        /// Code of the first.
        first: String,
    },
    /// A grid drawn across what it nests in cannot be put in force.
    #[error(
        "grid {grid:?} of plan {plan} lies in {one} and in {other}, which no grid of this plan crosses: redraw it, then publish"
    )]
    CrossesNests {
        /// The plan.
        plan: i64,
        /// Name or code of the grid, as drawn.
        grid: String,
        /// Code of one of them.
        one: String,
        /// Code of another.
        other: String,
    },
    /// A plan that was put in force as it was redrawn.
    #[error("plan {plan} was put in force by publication {publication}: it is a draft no more")]
    DraftOver {
        /// The plan.
        plan: i64,
        /// The publication.
        publication: i64,
    },
    /// The log of a draft does not fit its plan.
    #[error("revision {rev} of plan {plan} cannot be done again: {reason}")]
    DraftLog {
        /// The plan.
        plan: i64,
        /// The revision.
        rev: i64,
        /// Why.
        reason: String,
    },
    /// A jurisdiction that does not exist.
    #[error("there is no jurisdiction {code:?} in dataset {dataset}")]
    UnknownJurisdiction {
        /// As asked.
        code: String,
        /// The dataset.
        dataset: i64,
    },
    /// A date, or the workspace's time zone.
    #[error(transparent)]
    Time(#[from] TimeError),
    /// What is in force could not be read.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// Rows of a list of officers.
    #[error(transparent)]
    Rows(BadRows),
    /// A file that is there already.
    #[error("{path} is there already: name a new file")]
    FileExists {
        /// The file.
        path: String,
    },
    /// A file that cannot be written.
    #[error("{path} cannot be written: {reason}")]
    CannotWrite {
        /// The file.
        path: String,
        /// Why.
        reason: String,
    },
    /// A store that is no backup.
    #[error("{path} is a store, but not a backup: backups are made with `wangge backup`")]
    NotABackup {
        /// The file.
        path: String,
    },
    /// The target of a copy has contents of its own.
    #[error("{path} holds {reason}: copy into a new or an empty store")]
    Occupied {
        /// The target.
        path: String,
        /// What it holds.
        reason: String,
    },
    /// What an interrupted copy brought is no longer what the source holds.
    #[error(
        "table {table} of the unfinished copy differs from the source, which was changed since: remove the target and \
         copy into a new store"
    )]
    CopyDiffers {
        /// The table.
        table: &'static str,
    },
    /// Somebody said stop.
    #[error("cancelled; the same command goes on where this one stopped")]
    CopyCancelled,
    /// Somebody said stop.
    #[error("cancelled; nothing was changed")]
    Cancelled,
}
