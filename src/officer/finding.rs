//! What is wrong with the officers of the grids in force at a date, and how much each has to look after.

use std::collections::{BTreeMap, BTreeSet};

use super::{Kind, Role, Roster};

/// Something about officers that a person should look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OfficerFinding {
    /// A grid in force without a primary officer.
    NoOfficer {
        /// Code of the grid.
        grid: String,
    },
    /// A person who is primary in several grids at once: lawful (一员多格), but worth a look.
    TwoPrimaries {
        /// Code of the officer.
        officer: String,
        /// The officer's name.
        name: String,
        /// Codes of the grids, ascending.
        grids: Vec<String>,
    },
    /// A duty in a grid that is not in force.
    DutyWithoutGrid {
        /// Code of the officer.
        officer: String,
        /// The officer's name.
        name: String,
        /// The code that is not in force.
        grid: String,
        /// Primary or deputy.
        role: Role,
    },
}

impl OfficerFinding {
    /// `no_officer`, `two_primaries` or `duty_without_grid`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::NoOfficer { .. } => "no_officer",
            Self::TwoPrimaries { .. } => "two_primaries",
            Self::DutyWithoutGrid { .. } => "duty_without_grid",
        }
    }

    /// Codes of the grids concerned.
    pub fn grids(&self) -> Vec<&str> {
        match self {
            Self::NoOfficer { grid } | Self::DutyWithoutGrid { grid, .. } => vec![grid],
            Self::TwoPrimaries { grids, .. } => grids.iter().map(String::as_str).collect(),
        }
    }

    /// Code of the officer concerned.
    pub fn officer(&self) -> Option<&str> {
        match self {
            Self::NoOfficer { .. } => None,
            Self::TwoPrimaries { officer, .. } | Self::DutyWithoutGrid { officer, .. } => Some(officer),
        }
    }

    /// In English.
    pub fn to_english(&self) -> String {
        match self {
            Self::NoOfficer { grid } => format!("grid {grid} has no primary officer"),
            Self::TwoPrimaries { officer, name, grids } => {
                format!("{name} ({officer}) is primary officer of {} grids: {}", grids.len(), grids.join(", "))
            }
            Self::DutyWithoutGrid { officer, name, grid, role } => {
                format!("{name} ({officer}) is {} of {grid}, which is not in force: end the duty", role.as_str())
            }
        }
    }

    /// In Chinese.
    pub fn to_chinese(&self) -> String {
        match self {
            Self::NoOfficer { grid } => format!("网格 {grid} 没有主责网格员"),
            Self::TwoPrimaries { officer, name, grids } => {
                format!("{name}（{officer}）同时主责 {} 个网格：{}", grids.len(), grids.join("、"))
            }
            Self::DutyWithoutGrid { officer, name, grid, role } => {
                format!("{name}（{officer}）{}的网格 {grid} 已不在生效网格中：请结束该值守", role.to_chinese())
            }
        }
    }
}

/// Officers and grids at an instant, in figures and findings.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Staffing {
    /// Officers with a duty in a grid in force.
    pub officers: u64,
    /// Of them, those who are primary somewhere.
    pub primaries: u64,
    /// Grids in force.
    pub grids: u64,
    /// Of them, those without a primary officer.
    pub without_officer: u64,
    /// Households a primary officer looks after, on average; `None` without any primary officer.
    pub households_mean: Option<f64>,
    /// The most households one primary officer looks after, and the officer's code.
    pub households_max: Option<(u64, String)>,
    /// Grids without officer by code, then persons with several grids by code, then duties without grid by officer and
    /// grid.
    pub findings: Vec<OfficerFinding>,
}

/// Looks over officers at an instant; `grids` are the codes in force with their households. O(grids + duties).
pub fn staffing<'a>(roster: &Roster, grids: impl IntoIterator<Item = (&'a str, u64)>, at_ms: i64) -> Staffing {
    let in_force: BTreeMap<&str, u64> = grids.into_iter().collect();
    let mut on_duty: BTreeSet<&str> = BTreeSet::new();
    let mut grids_of: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut covered: BTreeSet<&str> = BTreeSet::new();
    let mut lost: BTreeSet<(&str, &str, Role)> = BTreeSet::new();
    for duty in roster.standing(at_ms) {
        let (officer, grid) = (duty.officer.as_str(), duty.grid.as_str());
        if !in_force.contains_key(grid) {
            lost.insert((officer, grid, duty.role));
            continue;
        }
        on_duty.insert(officer);
        if duty.role == Role::Primary {
            covered.insert(grid);
            grids_of.entry(officer).or_default().insert(grid);
        }
    }
    let name = |code: &str| roster.officer(code).map_or_else(String::new, |officer| officer.name.clone());
    let without: Vec<&str> = in_force.keys().filter(|grid| !covered.contains(*grid)).copied().collect();
    let mut findings: Vec<OfficerFinding> =
        without.iter().map(|grid| OfficerFinding::NoOfficer { grid: (*grid).to_owned() }).collect();
    let is_person = |code: &str| roster.officer(code).is_some_and(|officer| officer.kind == Kind::Person);
    findings.extend(grids_of.iter().filter(|(officer, grids)| grids.len() > 1 && is_person(officer)).map(
        |(officer, grids)| OfficerFinding::TwoPrimaries {
            officer: (*officer).to_owned(),
            name: name(officer),
            grids: grids.iter().map(|&grid| grid.to_owned()).collect(),
        },
    ));
    findings.extend(lost.into_iter().map(|(officer, grid, role)| OfficerFinding::DutyWithoutGrid {
        officer: officer.to_owned(),
        name: name(officer),
        grid: grid.to_owned(),
        role,
    }));
    let loads: Vec<(u64, &str)> =
        grids_of.iter().map(|(officer, grids)| (grids.iter().map(|grid| in_force[grid]).sum(), *officer)).collect();
    let most = loads.iter().max_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(a.1)));
    Staffing {
        officers: on_duty.len() as u64,
        primaries: loads.len() as u64,
        grids: in_force.len() as u64,
        without_officer: without.len() as u64,
        households_mean: (!loads.is_empty())
            .then(|| loads.iter().map(|(households, _)| *households).sum::<u64>() as f64 / loads.len() as f64),
        households_max: most.map(|(households, officer)| (*households, (*officer).to_owned())),
        findings,
    }
}
