//! Use cases: import (areas, officers), adopt, partition, publish, check, export; and [`serve`], what a running service answers from.
//!
//! In: what a person or a program asks for, as a typed request. Out: what was done, as a typed answer. This room wires the
//! core rooms to the store; the command line and HTTP only parse and show.
//!
//! 1. A request that fails changes nothing.
//! 2. Long work tells a [`Watch`] how far it is and stops when the watch says so.
//! 3. Dates come in as arguments (`recorded_ms`); a clock is read only to keep to a budget of seconds that was asked for.

pub mod access;
mod addresses;
mod adopt;
mod areas;
mod audit;
mod bands;
mod check;
mod copy;
mod error;
mod export;
mod figures;
mod frontier;
mod import;
mod inputs;
mod islands;
mod links;
mod marks;
mod nest;
mod nesting;
mod officers;
mod partition;
mod plan;
mod prepare;
mod publish;
mod redraw;
mod repairs;
mod search;
pub mod serve;
mod suggest;
mod suggest_draft;
mod town;
mod update;
mod workspace;

pub use addresses::{AddressesImported, AddressesRequest, import_addresses, import_addresses_into};
pub use adopt::{AdoptRequest, adopt};
pub use audit::{AuditFault, AuditVerdict, Unaccounted, audit_log, verify_audit};
pub use check::{Audit, AuditedGrid, check};
pub use copy::{BackupVerified, CopyDone, backup, copy, fingerprint_of, restore, verify_backup};
pub use error::AppError;
pub use export::{ExportLayer, ExportRequest, export};
pub use figures::{BandFigures, Certified, Figures, Kept, OutsideGrid};
pub use frontier::{Frontier, OnFrontier, frontier};
pub use import::{ImportRequest, Imported, RasterTotals, import, import_into};
pub use inputs::{InputImported, InputRequest, import_input, import_input_into};
pub use islands::Islands;
pub use links::{AuditedLink, LinksImported, LinksRequest, import_links};
pub use officers::{BadRow, BadRows, OfficersImported, OfficersRequest, check_officers, import_officers};
pub use partition::{Effort, Keep, PartitionRequest, partition};
pub use plan::Planned;
pub use prepare::{Prepared, prepare};
pub use publish::{PublishRequest, Published, publish};
pub use repairs::{KindOfRepair, MendingRecord, RepairReport, WorstRepair, export_repairs, repair_report};
pub use suggest::{KeepLast, Moved, Proposal, SuggestRequest, suggest};
pub use suggest_draft::{DrawnGround, GroundProposal, ProposedGrid, suggest_on_draft};
pub use town::{TessellateRequest, Tessellated, tessellate};
pub use update::{ChangedAtom, LeftRow, People, UpdateFields, UpdateRequest, Updated, update};
pub use workspace::{WorkspaceChange, workspace};

/// What long work is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Reading features.
    Read,
    /// Building borders.
    Build,
    /// Cutting ground into cells.
    Cut,
    /// Dividing jurisdictions.
    Divide,
    /// Writing to the store.
    Keep,
    /// Reading again what was written.
    Compare,
    /// Cutting tiles.
    Tile,
}

impl Step {
    /// The word for it on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Build => "build",
            Self::Cut => "cut",
            Self::Divide => "divide",
            Self::Keep => "keep",
            Self::Compare => "compare",
            Self::Tile => "tile",
        }
    }
}

/// Told how far long work is, and asked whether to go on. Called from any thread.
pub trait Watch: Sync {
    /// So much of the step is done.
    fn at(&self, step: Step, done: u64, total: u64);
    /// Whether the work should stop.
    fn cancelled(&self) -> bool;
}

/// Nobody watches.
impl Watch for () {
    fn at(&self, _: Step, _: u64, _: u64) {}
    fn cancelled(&self) -> bool {
        false
    }
}
