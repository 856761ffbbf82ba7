//! Officers, and the duties they have in grids.

use serde::Serialize;

/// Whether an officer is one person or several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// One person (个人).
    Person,
    /// Several who stand in for each other (班组).
    Team,
}

/// What an officer is to a grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The one who is responsible (主责).
    Primary,
    /// Stands in (副).
    Deputy,
}

impl Kind {
    /// `person` or `team`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Team => "team",
        }
    }

    /// The kind of this word of [`Kind::as_str`].
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Person, Self::Team].into_iter().find(|kind| kind.as_str() == word)
    }
}

impl Role {
    /// `primary` or `deputy`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Deputy => "deputy",
        }
    }

    /// The role of this word of [`Role::as_str`].
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Primary, Self::Deputy].into_iter().find(|role| role.as_str() == word)
    }

    /// In Chinese.
    pub const fn to_chinese(self) -> &'static str {
        match self {
            Self::Primary => "主责",
            Self::Deputy => "副岗",
        }
    }
}

/// A grid officer (网格员), or a team of them.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Officer {
    /// Given by the office (工号); unique.
    pub code: String,
    /// The person's name, or the team's.
    pub name: String,
    /// One person or a team.
    pub kind: Kind,
    /// The team a person belongs to.
    pub team: Option<String>,
    /// The number of the desk on duty: public.
    pub desk: Option<String>,
    /// A private number: for staff only.
    pub phone: Option<String>,
    /// Id of the principal who signs in as this officer.
    pub principal: Option<String>,
}

/// Personal numbers stay out of logs.
impl std::fmt::Debug for Officer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Officer")
            .field("code", &self.code)
            .field("name", &self.name)
            .field("kind", &self.kind)
            .field("team", &self.team)
            .field("desk", &self.desk)
            .finish_non_exhaustive()
    }
}

/// What anybody may know of an officer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// The person's name, or the team's.
    pub name: String,
    /// One person or a team.
    pub kind: Kind,
    /// The team a person belongs to.
    pub team: Option<String>,
    /// The number of the desk on duty.
    pub desk: Option<String>,
}

impl Officer {
    /// An officer of whom only the code is known.
    pub fn new(code: &str, kind: Kind) -> Self {
        Self { code: code.to_owned(), name: String::new(), kind, team: None, desk: None, phone: None, principal: None }
    }

    /// What anybody may know: no code, no private number, no principal.
    pub fn card(&self) -> Card {
        Card { name: self.name.clone(), kind: self.kind, team: self.team.clone(), desk: self.desk.clone() }
    }
}

/// When a duty holds, in milliseconds since 1970-01-01 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// From this instant on.
    pub from_ms: i64,
    /// Until this instant, itself not included; `None` = no end is known.
    pub to_ms: Option<i64>,
}

impl Span {
    /// The end; the end of time where none is known.
    pub fn end_ms(self) -> i64 {
        self.to_ms.unwrap_or(i64::MAX)
    }

    /// Whether it never holds.
    pub fn is_empty(self) -> bool {
        self.end_ms() <= self.from_ms
    }

    /// Whether it holds at an instant.
    pub fn holds(self, at_ms: i64) -> bool {
        self.from_ms <= at_ms && at_ms < self.end_ms()
    }

    /// Whether both hold at some instant.
    pub fn meets(self, other: Self) -> bool {
        self.from_ms.max(other.from_ms) < self.end_ms().min(other.end_ms())
    }
}

/// An officer's duty in a grid (值守).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Duty {
    /// Ascending in the order of recording; 0 before it is kept.
    pub id: i64,
    /// Code of the officer.
    pub officer: String,
    /// Code of the grid. It outlives the grid: the duty of a code that ended stays as history.
    pub grid: String,
    /// Primary or deputy.
    pub role: Role,
    /// When.
    pub span: Span,
}
