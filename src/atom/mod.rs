//! Atoms: the smallest pieces that are never cut, with their people and the jurisdiction they lie in.
//!
//! In: features that an edge has read, reprojected and snapped. Out: a [`Dataset`], checked.
//!
//! 1. Codes are unique; every atom names an existing jurisdiction of the lowest level.
//! 2. Jurisdictions form a forest: each but the top level has one parent, one level up.
//!
//! 3. A number of people says whether it was counted or estimated, and by what ([`Origin`]).
//!
//! Dense ids ([`AtomId`], [`UnitId`]) live inside one dataset only and are never stored. This room does no IO.

mod dataset;
mod feature;
mod line;
mod link;
mod usage;

pub use dataset::{
    APART, Atom, AtomId, AtomKind, Attributes, Dataset, DatasetError, EXCLUSIVE, Jurisdiction, KIND, Origin, TOGETHER,
    UnitId,
};
pub use feature::{Feature, InputKind};
pub use line::{Line, LineClass};
pub use link::{Link, LinkKind};
pub use usage::{ground_kind, lived_in};
