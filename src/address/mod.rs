//! Addresses: what their parts are, a register of them by names and numbers, and what a text may mean in it.
//!
//! In: addresses as text with their points ([`Place`]), and a text. Out: candidates, each with a score and the reasons for it
//! ([`Found`]).
//!
//! 1. Chinese addresses are read from the large to the small (省市区街道, 路号, 小区, 楼栋, 单元), in any width, with numerals or
//!    digits and any word for a building; others as a street with its kind and a house number, Cyrillic or Latin alike.
//! 2. Nothing is guessed in silence: a search is [`State::Exact`] or [`State::Confident`] only where one place is at least as
//!    sure as [`CONFIDENT`] and no other comes near it. A misspelt name, another kind of street or a number that differs never
//!    is.
//! 3. Texts are compared as [`crate::registry::normal`] writes them. `normalise(normalise(x)) == normalise(x)`.
//! 4. Same register and text, same answer. Scores are whole thousandths.
//!
//! It never reads files, clocks or random sources, and never says which grid owns a place.
//!
//! ```
//! use wangge::address::{Index, Place, State};
//! use wangge::geom::LatticePoint;
//! let place = |text: &str, x_e7| Place { text: text.to_owned(), point: LatticePoint::new(x_e7, 300_000_000) };
//! let register = Index::new(vec![
//!     place("澄浦区南埠街道人民路276号云锦花园3号楼1单元", 1_140_000_000),
//!     place("澄浦区南埠街道人民路276号云锦花园3号楼2单元", 1_140_000_100),
//! ]);
//! let found = register.search("云锦花园三栋２门", 5);
//! assert_eq!((found.state, found.candidates[0].place.0), (State::Confident, 1));
//! assert_eq!(register.search("云锦花园3号楼", 5).state, State::Ambiguous);
//! ```

mod compose;
mod fold;
mod han;
mod hits;
mod index;
mod parse;
mod search;
#[cfg(test)]
mod tests;
mod why;
mod words;

pub use compose::Fields;
pub use index::{Index, Place, PlaceId};
pub use parse::{Parts, normalise};
pub use search::{CONFIDENT, Candidate, Found, State};
pub use why::Why;
