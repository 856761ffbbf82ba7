//! Rows matched to atoms, and what they change.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::normal::AFTER_PART;
use super::{count, normal};
use crate::atom::{Atom, AtomKind};
use crate::weigh::largest_remainder;

/// Candidates named for a row that is left.
const MOST_CANDIDATES: usize = 20;

/// A row of a register as it stands: text, `None` where blank or where the table has no such column.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entry {
    /// Codes a person has filled in for this row; taken before all else.
    pub codes: Vec<String>,
    /// Code of the atom, or of the building whose units are atoms.
    pub id: Option<String>,
    /// Compound (小区).
    pub compound: Option<String>,
    /// Number of the building in it (楼号).
    pub number: Option<String>,
    /// Address.
    pub address: Option<String>,
    /// Households.
    pub households: Option<String>,
    /// Persons.
    pub population: Option<String>,
    /// Name to show.
    pub name: Option<String>,
}

/// What to do with rows that say the same place more than once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Several {
    /// Leave them all, with the reason.
    #[default]
    Leave,
    /// Add them up.
    Sum,
}

/// Why a row was left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeftReason {
    /// Nothing in the columns that say where.
    NoKey,
    /// No atom is there.
    NoMatch,
    /// Several atoms are there that are not the units of one building.
    SeveralAtoms,
    /// Another row says the same place.
    SeveralRows,
    /// A building and parts of it are both in the table.
    WholeAndParts,
    /// A number that is none; which.
    BadNumber(String),
    /// A code that was filled in is none; which.
    UnknownCode(String),
}

impl LeftReason {
    /// Its name in answers.
    pub fn name(&self) -> &'static str {
        match self {
            Self::NoKey => "no_key",
            Self::NoMatch => "no_match",
            Self::SeveralAtoms => "several_atoms",
            Self::SeveralRows => "several_rows",
            Self::WholeAndParts => "whole_and_parts",
            Self::BadNumber(_) => "bad_number",
            Self::UnknownCode(_) => "unknown_code",
        }
    }

    /// In words for the person who mends the list, in both languages.
    pub fn words(&self) -> String {
        match self {
            Self::NoKey => "没有可用于匹配的内容 / nothing in the columns that say where".to_owned(),
            Self::NoMatch => "没有匹配 / no match".to_owned(),
            Self::SeveralAtoms => "匹配多个 / matches several".to_owned(),
            Self::SeveralRows => "多行指同一处 / several rows for one place".to_owned(),
            Self::WholeAndParts => "整栋与其单元同时出现 / a building and parts of it".to_owned(),
            Self::BadNumber(what) => format!("数字有误 / {what}"),
            Self::UnknownCode(code) => format!("编码不存在 / no such code: {code}"),
        }
    }

    /// Whether it is a matter of too many, rather than of none or of a wrong value.
    pub fn is_ambiguous(&self) -> bool {
        matches!(self, Self::SeveralAtoms | Self::SeveralRows | Self::WholeAndParts)
    }
}

/// A row that was left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// Position of the row.
    pub entry: usize,
    /// Why.
    pub reason: LeftReason,
    /// Codes of the atoms it may have meant.
    pub candidates: Vec<String>,
}

/// New values of an atom; `None` stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Change {
    /// Households.
    pub households: Option<u32>,
    /// Persons.
    pub population: Option<u32>,
    /// Name.
    pub name: Option<String>,
}

/// The result of [`update`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Update {
    /// By atom: what the rows say of it, whether or not that is new.
    pub said: BTreeMap<u32, Change>,
    /// How many rows were used.
    pub matched: usize,
    /// Those that were not, in order.
    pub left: Vec<Left>,
}

impl Update {
    /// Puts the changes into `atoms`, as counted; how many atoms are not as they were.
    pub fn apply(&self, atoms: &mut [Atom]) -> usize {
        let mut changed = 0;
        for (&atom, change) in &self.said {
            let atom = &mut atoms[atom as usize];
            let before = (atom.households, atom.population, atom.name.clone(), atom.households_origin.clone());
            let population_origin = atom.population_origin.clone();
            if let Some(households) = change.households {
                (atom.households, atom.households_origin) = (Some(households), crate::atom::Origin::Counted);
            }
            if let Some(population) = change.population {
                (atom.population, atom.population_origin) = (Some(population), crate::atom::Origin::Counted);
            }
            if let Some(name) = &change.name {
                atom.name = Some(name.clone());
            }
            let same = before == (atom.households, atom.population, atom.name.clone(), atom.households_origin.clone());
            changed += usize::from(!same || population_origin != atom.population_origin);
        }
        changed
    }
}

/// Matches `entries` to `atoms` and says what changes. O(atoms + entries).
pub fn update(atoms: &[Atom], entries: &[Entry], several: Several) -> Update {
    let index = Index::new(atoms);
    let mut out = Update::default();
    let mut left: BTreeMap<usize, (LeftReason, Vec<u32>)> = BTreeMap::new();
    // rows by the atoms they mean
    let mut meant: BTreeMap<Vec<u32>, Vec<Match>> = BTreeMap::new();
    for (i, entry) in entries.iter().enumerate() {
        match index.find(entry) {
            Ok((found, place, whole)) => match Numbers::read(entry) {
                Ok(numbers) => meant.entry(found).or_default().push(Match { entry: i, place, whole, numbers }),
                Err(problem) => {
                    left.insert(i, (LeftReason::BadNumber(problem), found));
                }
            },
            Err((reason, candidates)) => {
                left.insert(i, (reason, candidates));
            }
        }
    }
    // a row for a building and rows for its units are rows for the same people
    let mut users: BTreeMap<u32, usize> = BTreeMap::new();
    for atom in meant.keys().flatten() {
        *users.entry(*atom).or_default() += 1;
    }
    for (found, rows) in meant {
        let clash = found.iter().any(|atom| users[atom] > 1);
        let reason = if clash { Some(LeftReason::WholeAndParts) } else { refuse(&rows, several) };
        let sums = match reason {
            Some(reason) => Err(reason),
            None => Numbers::sum(&rows),
        };
        match sums {
            Err(reason) => left.extend(rows.iter().map(|row| (row.entry, (reason.clone(), found.clone())))),
            Ok(sums) => {
                out.matched += rows.len();
                say(&mut out.said, &found, &sums, entries[rows[0].entry].name.as_deref().filter(|_| rows.len() == 1));
            }
        }
    }
    let code = |&atom: &u32| atoms[atom as usize].code.clone();
    out.left = left
        .into_iter()
        .map(|(entry, (reason, found))| {
            let candidates = found.iter().take(MOST_CANDIDATES).map(code).collect();
            Left { entry, reason, candidates }
        })
        .collect();
    out
}

/// A row and what it means.
struct Match {
    entry: usize,
    /// The place in its normal form, which tells doors of one building apart.
    place: String,
    /// Whether it means the whole atom, not a door or unit in it.
    whole: bool,
    numbers: Numbers,
}

/// Why rows for the same atoms cannot be used together.
fn refuse(rows: &[Match], several: Several) -> Option<LeftReason> {
    if rows.len() == 1 || several == Several::Sum {
        return None;
    }
    let places: BTreeSet<&str> = rows.iter().map(|row| row.place.as_str()).collect();
    if places.len() < rows.len() {
        return Some(LeftReason::SeveralRows);
    }
    match rows.iter().filter(|row| row.whole).count() {
        0 => None,
        whole if whole == rows.len() => Some(LeftReason::SeveralRows),
        _ => Some(LeftReason::WholeAndParts),
    }
}

/// What a row counts.
#[derive(Debug, Clone, Copy, Default)]
struct Numbers {
    households: Option<u32>,
    population: Option<u32>,
}

impl Numbers {
    fn read(entry: &Entry) -> Result<Self, String> {
        let read = |text: &Option<String>| text.as_deref().map_or(Ok(None), count);
        Ok(Self { households: read(&entry.households)?, population: read(&entry.population)? })
    }

    fn sum(rows: &[Match]) -> Result<Self, LeftReason> {
        let sum = |number: fn(&Self) -> Option<u32>| {
            let said = rows.iter().filter_map(|row| number(&row.numbers));
            said.map(u64::from).reduce(|a, b| a + b).map(u32::try_from).transpose()
        };
        let too_many = |_| LeftReason::BadNumber(format!("the rows together are over {}", u32::MAX));
        Ok(Self {
            households: sum(|numbers| numbers.households).map_err(too_many)?,
            population: sum(|numbers| numbers.population).map_err(too_many)?,
        })
    }
}

/// Notes what rows say of their atoms: of one, or shared evenly over the units of a building.
fn say(said: &mut BTreeMap<u32, Change>, found: &[u32], sums: &Numbers, name: Option<&str>) {
    let shares = |number: Option<u32>| -> Vec<Option<u32>> {
        let shared = number.and_then(|number| largest_remainder(number.into(), &vec![1; found.len()]));
        match shared {
            Some(shares) => shares.into_iter().map(|share| u32::try_from(share).ok()).collect(),
            None => vec![None; found.len()],
        }
    };
    let (households, population) = (shares(sums.households), shares(sums.population));
    for (i, &atom) in found.iter().enumerate() {
        let change = said.entry(atom).or_default();
        change.households = households[i].or(change.households);
        change.population = population[i].or(change.population);
        // the name of a building is not that of each unit
        if let Some(name) = name.filter(|_| found.len() == 1) {
            change.name = Some(name.trim().to_owned());
        }
    }
}

/// Atoms by all that a row may call them.
struct Index<'a> {
    atoms: &'a [Atom],
    codes: HashMap<&'a str, u32>,
    /// By code in normal form, without the words of addresses: width and case.
    loose: HashMap<String, Vec<u32>>,
    /// Units by the code of their building.
    buildings: HashMap<String, Vec<u32>>,
    /// By compound and number.
    numbered: HashMap<(String, String), Vec<u32>>,
    compounds: HashMap<String, Vec<u32>>,
    /// By address, by name, and by compound with number.
    addresses: HashMap<String, Vec<u32>>,
}

type Found = Result<(Vec<u32>, String, bool), (LeftReason, Vec<u32>)>;

impl<'a> Index<'a> {
    fn new(atoms: &'a [Atom]) -> Self {
        let mut index = Self {
            atoms,
            codes: HashMap::with_capacity(atoms.len()),
            loose: HashMap::new(),
            buildings: HashMap::new(),
            numbered: HashMap::new(),
            compounds: HashMap::new(),
            addresses: HashMap::new(),
        };
        for (i, atom) in atoms.iter().enumerate() {
            let i = i as u32;
            index.codes.insert(&atom.code, i);
            index.loose.entry(loose(&atom.code)).or_default().push(i);
            if let Some(building) = attribute(atom, "building") {
                index.buildings.entry(building).or_default().push(i);
            }
            let (compound, number) = (attribute(atom, "compound"), attribute(atom, "number"));
            let mut names: BTreeSet<String> = BTreeSet::new();
            if let Some(compound) = &compound {
                index.compounds.entry(normal(compound)).or_default().push(i);
                if let Some(number) = &number {
                    index.numbered.entry((normal(compound), normal(number))).or_default().push(i);
                    names.insert(joined(compound, number));
                }
            }
            names.extend(attribute(atom, "address").map(|address| normal(&address)));
            names.extend(atom.name.as_deref().map(normal));
            for name in names.into_iter().filter(|name| !name.is_empty()) {
                index.addresses.entry(name).or_default().push(i);
            }
        }
        index
    }

    /// The atoms a row means, its place, and whether it means them whole.
    fn find(&self, entry: &Entry) -> Found {
        let given =
            |text: &Option<String>| text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
        if !entry.codes.is_empty() {
            return self.filled_in(entry);
        }
        if let Some(id) = given(&entry.id) {
            return self.by_code(&id);
        }
        if let (Some(compound), Some(number)) = (given(&entry.compound), given(&entry.number)) {
            let place = joined(&compound, &number);
            let exact = |place: &str, number: &str| {
                let found = self.numbered.get(&(normal(&compound), number.to_owned()));
                found.or_else(|| self.addresses.get(place))
            };
            let (mut rest, mut tail) = (normal(&number), place.clone());
            loop {
                if let Some(found) = exact(&tail, &rest) {
                    return self.one_building(found, place.clone(), tail == place);
                }
                match (without_part(&rest), without_part(&tail)) {
                    (Some(shorter), Some(shorter_tail)) => (rest, tail) = (shorter, shorter_tail),
                    _ => break,
                }
            }
            let near = self.compounds.get(&normal(&compound)).cloned().unwrap_or_default();
            return Err((LeftReason::NoMatch, near));
        }
        if let Some(address) = given(&entry.address) {
            let place = normal(&address);
            let mut tail = Some(place.clone()).filter(|place| !place.is_empty());
            while let Some(here) = tail {
                if let Some(found) = self.addresses.get(&here) {
                    return self.one_building(found, place.clone(), here == place);
                }
                tail = without_part(&here);
            }
            return Err((LeftReason::NoMatch, Vec::new()));
        }
        Err((LeftReason::NoKey, Vec::new()))
    }

    fn by_code(&self, id: &str) -> Found {
        let whole = |found: Vec<u32>| Ok((found, loose(id), true));
        if let Some(&atom) = self.codes.get(id) {
            return whole(vec![atom]);
        }
        if let Some(units) = self.buildings.get(id) {
            return whole(units.clone());
        }
        match self.loose.get(&loose(id)).map(Vec::as_slice) {
            Some(&[atom]) => whole(vec![atom]),
            Some(several) => Err((LeftReason::SeveralAtoms, several.to_vec())),
            None => Err((LeftReason::NoMatch, Vec::new())),
        }
    }

    /// Atoms a person has named: one, or several that share the row.
    fn filled_in(&self, entry: &Entry) -> Found {
        let mut found = BTreeSet::new();
        for code in &entry.codes {
            match self.by_code(code) {
                Ok((atoms, ..)) => found.extend(atoms),
                Err(_) => return Err((LeftReason::UnknownCode(code.clone()), Vec::new())),
            }
        }
        // rows that a person put to the same atom are parts of it: told apart by what they say of the place
        let said = [&entry.id, &entry.compound, &entry.number, &entry.address];
        let place = said.into_iter().flatten().map(|text| normal(text)).collect::<Vec<_>>().join("|");
        Ok((found.into_iter().collect(), place, false))
    }

    /// One atom, or the units of one building.
    fn one_building(&self, found: &[u32], place: String, whole: bool) -> Found {
        let atom = |i: &u32| &self.atoms[*i as usize];
        let building = found.first().and_then(|first| attribute(atom(first), "building"));
        let units = building.is_some()
            && found.iter().all(|i| atom(i).kind == AtomKind::Unit && attribute(atom(i), "building") == building);
        if found.len() == 1 || units {
            Ok((found.to_vec(), place, whole))
        } else {
            Err((LeftReason::SeveralAtoms, found.to_vec()))
        }
    }
}

/// Compound and number as one place.
fn joined(compound: &str, number: &str) -> String {
    normal(&format!("{}{}", compound.trim(), number.trim()))
}

/// A code by width and case alone.
fn loose(code: &str) -> String {
    let narrow = |c: char| {
        if ('\u{ff01}'..='\u{ff5e}').contains(&c) { char::from_u32(c as u32 - 0xfee0).unwrap_or(c) } else { c }
    };
    code.chars().filter(|c| !c.is_whitespace()).map(narrow).flat_map(char::to_lowercase).collect()
}

fn attribute(atom: &Atom, name: &str) -> Option<String> {
    match atom.attributes.get(name)? {
        serde_json::Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        serde_json::Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A place without its last unit or door; `None` when it names none.
fn without_part(place: &str) -> Option<String> {
    let rest = place.strip_suffix(AFTER_PART)?;
    let rest = rest.trim_end_matches(|c: char| c.is_ascii_alphanumeric());
    let rest = rest.trim_end_matches('-');
    (!rest.is_empty()).then(|| rest.to_owned())
}
