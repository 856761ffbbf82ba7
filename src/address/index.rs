//! The addresses of a register, by their names and numbers.

use std::collections::{HashMap, HashSet};

use super::fold::{self, Script};
use super::han::{self, Area};
use super::parse::{Counts, Number, normalise, readings};
use crate::geom::LatticePoint;

/// An address of a register and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// As it is written.
    pub text: String,
    /// Where.
    pub point: LatticePoint,
}

/// Position of a place in its index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PlaceId(pub u32);

/// Position of a name in an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct NameId(pub u32);

/// A street, a compound or another name of a register.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Name {
    /// Whole, as it is compared: with its kind where that is a part of the word (Chinese).
    pub full: String,
    /// Without its kind.
    pub core: String,
    pub kind: Option<&'static str>,
    pub script: NameScript,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum NameScript {
    Han,
    Words,
}

impl Name {
    /// As it is shown in a reason.
    pub fn shown(&self) -> String {
        match (self.script, self.kind) {
            (NameScript::Words, Some(kind)) => format!("{} {kind}", self.core),
            _ => self.full.clone(),
        }
    }
}

/// An entry of a register, read.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub areas: Vec<Area>,
    /// Names from the large to the small, with the numbers that follow each.
    pub steps: Vec<(NameId, Vec<Number>)>,
}

impl Entry {
    /// The numbers from a step on.
    pub fn numbers_from(&self, step: usize) -> impl Iterator<Item = &Number> {
        self.steps[step..].iter().flat_map(|(_, numbers)| numbers)
    }

    /// What tells its building from others: names and numbers, without units.
    pub fn building(&self) -> Vec<(NameId, Vec<&Number>)> {
        let houses =
            |numbers: &'_ [Number]| -> usize { numbers.iter().take_while(|n| n.counts == Counts::House).count() };
        self.steps.iter().map(|(name, numbers)| (*name, numbers[..houses(numbers)].iter().collect())).collect()
    }
}

/// The addresses of a register. Building it is O(n) in their letters; memory about 0.5 kB for each.
#[derive(Debug, Default)]
pub struct Index {
    places: Vec<Place>,
    pub(super) entries: Vec<Entry>,
    pub(super) names: Vec<Name>,
    /// Places whose normal form is this.
    pub(super) whole: HashMap<String, Vec<PlaceId>>,
    by_full: HashMap<String, NameId>,
    by_core: HashMap<String, Vec<NameId>>,
    /// Signs (Chinese) or words of names.
    by_piece: HashMap<String, Vec<NameId>>,
    /// Pairs of letters of words, for those that are misspelt.
    by_pair: HashMap<[char; 2], Vec<String>>,
    /// Places with a name, at which of their steps.
    by_name: Vec<Vec<(PlaceId, u32)>>,
    /// The same by the first number that follows.
    by_number: HashMap<(NameId, String), Vec<(PlaceId, u32)>>,
    /// Areas without the words for what they are.
    pub(super) known_areas: HashSet<String>,
    /// Signs of the longest name.
    pub(super) longest: usize,
}

impl Index {
    /// Builds it.
    pub fn new(places: Vec<Place>) -> Self {
        let mut index = Self::default();
        for (at, place) in (0..).zip(&places) {
            index.add(PlaceId(at), &place.text);
        }
        index.places = places;
        let mut words: Vec<&String> = index.by_piece.keys().filter(|piece| is_word(piece)).collect();
        words.sort_unstable();
        for word in words {
            for pair in pairs(word) {
                index.by_pair.entry(pair).or_default().push(word.clone());
            }
        }
        index
    }

    /// All places, in the order they came.
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// One place.
    pub fn place(&self, id: PlaceId) -> &Place {
        &self.places[id.0 as usize]
    }

    fn add(&mut self, id: PlaceId, text: &str) {
        self.whole.entry(normalise(text)).or_default().push(id);
        let script = fold::script(text);
        let reading = readings(text).swap_remove(0);
        let mut areas: Vec<Area> =
            reading.others.into_iter().map(|core| Area { text: core.clone(), core, rank: 0 }).collect();
        let mut steps = Vec::with_capacity(reading.steps.len());
        for (i, step) in reading.steps.into_iter().enumerate() {
            let name = match script {
                Script::Words => self.name(step.name, step.kind, NameScript::Words),
                Script::Han => {
                    let mut name = step.name;
                    if i == 0 {
                        (areas, name) = han::areas(&name);
                    }
                    self.name(name, None, NameScript::Han)
                }
            };
            steps.push((name, step.numbers));
        }
        self.known_areas.extend(areas.iter().map(|area| area.core.clone()));
        let entry = Entry { areas, steps };
        for (step, (name, _)) in (0..).zip(&entry.steps) {
            self.by_name[name.0 as usize].push((id, step));
            if let Some(first) = entry.numbers_from(step as usize).next() {
                self.by_number.entry((*name, first.text.clone())).or_default().push((id, step));
            }
        }
        self.entries.push(entry);
    }

    fn name(&mut self, text: String, kind: Option<&'static str>, script: NameScript) -> NameId {
        let name = match script {
            NameScript::Han => {
                let (core, kind) = han::split(&text);
                Name { core: core.to_owned(), kind, full: text, script }
            }
            NameScript::Words => {
                let mut words: Vec<&str> = text.split(' ').collect();
                words.sort_unstable();
                let full = format!("{} {}", words.join(" "), kind.unwrap_or_default());
                Name { full, core: text, kind, script }
            }
        };
        if let Some(&id) = self.by_full.get(&name.full) {
            return id;
        }
        let id = NameId(self.names.len() as u32);
        self.longest = self.longest.max(name.full.chars().count());
        let mut pieces: Vec<String> = match script {
            NameScript::Han => name.full.chars().map(String::from).collect(),
            NameScript::Words => name.core.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect(),
        };
        pieces.sort_unstable();
        pieces.dedup();
        for piece in pieces {
            self.by_piece.entry(piece).or_default().push(id);
        }
        self.by_full.insert(name.full.clone(), id);
        self.by_core.entry(name.core.clone()).or_default().push(id);
        self.by_name.push(Vec::new());
        self.names.push(name);
        id
    }

    /// The name that is written so.
    pub(super) fn named(&self, full: &str) -> Option<NameId> {
        self.by_full.get(full).copied().filter(|id| self.names[id.0 as usize].script == NameScript::Han)
    }

    /// Names that are the same but for their kind.
    pub(super) fn cored(&self, core: &str) -> &[NameId] {
        self.by_core.get(core).map_or(&[], Vec::as_slice)
    }

    /// Names with this sign or word.
    pub(super) fn with_piece(&self, piece: &str) -> &[NameId] {
        self.by_piece.get(piece).map_or(&[], Vec::as_slice)
    }

    /// Words of names that share pairs of letters with this one, and are nearly as long.
    pub(super) fn words_like(&self, word: &str) -> Vec<&str> {
        let mut shared: HashMap<&str, usize> = HashMap::new();
        for pair in pairs(word) {
            for like in self.by_pair.get(&pair).into_iter().flatten() {
                *shared.entry(like).or_default() += 1;
            }
        }
        let length = word.chars().count();
        let mut like: Vec<&str> = shared
            .into_iter()
            .filter(|&(like, n)| n * 2 + 1 >= length && like.chars().count().abs_diff(length) <= 2)
            .map(|(like, _)| like)
            .collect();
        like.sort_unstable();
        like
    }

    /// Places with a name, at which of their steps.
    pub(super) fn places_of(&self, name: NameId) -> &[(PlaceId, u32)] {
        &self.by_name[name.0 as usize]
    }

    /// Places with a name that this number follows, at which of their steps.
    pub(super) fn numbered(&self, name: NameId, number: &str) -> &[(PlaceId, u32)] {
        self.by_number.get(&(name, number.to_owned())).map_or(&[], Vec::as_slice)
    }
}

fn is_word(piece: &str) -> bool {
    piece.chars().nth(3).is_some() && !piece.contains(fold::is_han) && !piece.starts_with(|c: char| c.is_ascii_digit())
}

/// Pairs of neighbouring letters, with the ends of the word.
fn pairs(word: &str) -> Vec<[char; 2]> {
    let letters: Vec<char> = std::iter::once('^').chain(word.chars()).chain(std::iter::once('$')).collect();
    let mut pairs: Vec<[char; 2]> = letters.windows(2).map(|pair| [pair[0], pair[1]]).collect();
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}
