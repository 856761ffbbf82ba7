//! Who looks after a grid: officers, their duties over time, and what is wrong with them at a date.
//!
//! In: officers and duties as they are kept, and lines of a list that should hold from now on. Out: who is responsible at
//! an instant; what has to change for the list to hold; findings.
//!
//! 1. A duty holds from an instant on until another, that one not included; a duty that ends where it begins never held.
//! 2. A duty is never rewritten: it ends, earlier than planned perhaps, and another begins.
//! 3. A grid never has two primary officers at once; nobody is primary and deputy of one grid at once.
//! 4. Merging a list a second time changes nothing.
//! 5. What the public may know of an officer is a [`Card`]; a phone number is not on it.
//!
//! Times are milliseconds since 1970-01-01 UTC. It knows no time zone: what a date means is for the caller to say.
//!
//! ```
//! use wangge::officer::{Duty, Kind, Officer, Role, Roster, Span};
//! let officer = Officer { name: "王芳".into(), desk: Some("62710001".into()), ..Officer::new("W-07", Kind::Person) };
//! let span = Span { from_ms: 1_000, to_ms: None };
//! let duty = Duty { id: 1, officer: "W-07".into(), grid: "A-001".into(), role: Role::Primary, span };
//! let roster = Roster::new(1, vec![officer], vec![duty]);
//! assert_eq!(roster.at("A-001", 1_000).primary.map(|officer| officer.card().name), Some("王芳".to_owned()));
//! assert!(roster.at("A-001", 999).primary.is_none());
//! ```

mod duty;
mod finding;
mod merge;
mod roster;
mod words;

pub use duty::{Card, Duty, Kind, Officer, Role, Span};
pub use finding::{OfficerFinding, Staffing, staffing};
pub use merge::{Changes, Column, Ended, Line, NewDuty, RowProblem, merge};
pub use roster::{Responsible, Roster};
pub use words::{civil_date, role_of};
