//! Registers without geometry (台账): rows of a table matched to atoms by code, by compound and building number, or by
//! address, and the counts and names they bring.
//!
//! In: the atoms of a dataset, rows as text ([`Entry`]). Out: what changes in which atom, and the rows that could not be
//! used, each with its reason and the atoms it may have meant ([`Update`]).
//!
//! 1. A row is used whole or it is in the list of those left, never both; no row is guessed at.
//! 2. Texts are compared as [`normal`] writes them: width, case, blanks, Chinese numerals and the words for a building do
//!    not matter.
//! 3. Rows of units and doors (单元, 室) of one building are added up, also where the atom is the building. Rows that say
//!    the same place twice are left, unless they are told to be added up ([`Several`]).
//! 4. A row of a building whose units are the atoms is shared out over them: whole numbers that add up.
//!
//! It never reads files, clocks or random sources.

mod normal;
mod update;
#[cfg(test)]
mod update_tests;

pub use normal::{count, normal};
pub use update::{Change, Entry, Left, LeftReason, Several, Update, update};
