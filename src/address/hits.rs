//! Names of a register that something said may mean.

use std::collections::{BTreeMap, HashSet};

use super::han;
use super::index::{Index, Name, NameId, NameScript};
use super::parse::Step;
use super::why::Why;

/// Of 1,000: how much of its worth a name keeps when a word for its kind was left out, added, or is another one.
const KIND_MISSING: u16 = 970;
const KIND_ADDED: u16 = 950;
const KIND_OTHER: u16 = 600;
/// When it differs by letters, or was said in part: below [`super::CONFIDENT`], so that it is never taken unasked.
const MISSPELT: u16 = 800;
const IN_PART: u16 = 800;
const LITTLE: u16 = 500;
/// When a word was said by its first letter.
const INITIAL: u16 = 950;
/// Names that one run of signs may mean.
const MOST: usize = 12;

/// A name that was perhaps meant.
#[derive(Debug, Clone)]
pub(super) struct Hit {
    pub name: NameId,
    /// Of 1,000.
    pub quality: u16,
    pub why: Vec<Why>,
    /// What was said beside it.
    pub rest: Vec<String>,
}

fn times(a: u16, b: u16) -> u16 {
    (u32::from(a) * u32::from(b) / 1000) as u16
}

/// The names a run of Chinese signs may end in.
pub(super) fn of_run(index: &Index, run: &str) -> Vec<Hit> {
    let signs: Vec<char> = run.chars().collect();
    let mut hits: Vec<Hit> = Vec::new();
    let mut seen = HashSet::new();
    let first = signs.len().saturating_sub(index.longest + 4);
    for start in first..signs.len() {
        let said: String = signs[start..].iter().collect();
        let before: String = signs[..start].iter().collect();
        let rest: Vec<String> = (!before.is_empty()).then_some(before).into_iter().collect();
        // a single sign is a name only where nothing else is said
        if signs.len() - start < 2 && start > 0 {
            continue;
        }
        if let Some(name) = index.named(&said)
            && seen.insert(name)
        {
            hits.push(Hit { name, quality: 1000, why: Vec::new(), rest: rest.clone() });
        }
        let (core, kind) = han::split(&said);
        for &name in index.cored(core) {
            let own = &index.names[name.0 as usize];
            if own.script != NameScript::Han || !seen.insert(name) {
                continue;
            }
            let shown = own.full.clone();
            let (quality, why) = match (kind, own.kind) {
                (None, Some(kind)) => (KIND_MISSING, Why::KindMissing { name: shown, kind: kind.to_owned() }),
                (Some(kind), None) => (KIND_ADDED, Why::KindAdded { name: shown, kind: kind.to_owned() }),
                _ => (KIND_OTHER, Why::KindOther { said: said.clone(), name: shown }),
            };
            hits.push(Hit { name, quality, why: vec![why], rest: rest.clone() });
        }
    }
    if hits.iter().all(|hit| hit.quality < KIND_ADDED) {
        hits.extend(like_run(index, run, &signs).into_iter().filter(|hit| seen.insert(hit.name)));
    }
    hits.sort_by_key(|hit| (std::cmp::Reverse(hit.quality), hit.rest.concat().len(), hit.name));
    hits.truncate(MOST);
    hits
}

/// Names that differ by a sign or two, or of which a part was said. Numbers in names must be the same.
fn like_run(index: &Index, run: &str, signs: &[char]) -> Vec<Hit> {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let tail = &signs[signs.len().saturating_sub(16)..];
    let mut shared: BTreeMap<NameId, usize> = BTreeMap::new();
    let mut own: Vec<String> = tail.iter().map(char::to_string).collect();
    own.sort_unstable();
    own.dedup();
    for sign in &own {
        for &name in index.with_piece(sign) {
            *shared.entry(name).or_default() += 1;
        }
    }
    let mut hits = Vec::new();
    for (id, shared) in shared {
        let name = &index.names[id.0 as usize];
        let letters: Vec<char> = name.full.chars().collect();
        if name.script != NameScript::Han || letters.len() < 2 || shared * 2 < letters.len().min(own.len()) {
            continue;
        }
        if let Some(at) = run.find(&name.full) {
            let rest = &run[at + name.full.len()..];
            let before = &run[..at];
            let why = Why::NotRead { said: rest.to_owned() };
            let rest = (!before.is_empty()).then(|| before.to_owned()).into_iter().collect();
            hits.push(Hit { name: id, quality: IN_PART, why: vec![why], rest });
            continue;
        }
        // what may be the name, after the areas
        let said = han::peel(run).1;
        let said = if said.is_empty() { run } else { &said };
        let before = run.strip_suffix(said).unwrap_or_default();
        if digits(said) != digits(&name.full) {
            continue;
        }
        let rest: Vec<String> = (!before.is_empty()).then(|| before.to_owned()).into_iter().collect();
        let of_said: Vec<char> = said.chars().collect();
        let off = distance(&of_said, &letters, 2);
        let (quality, why) = if of_said.len() >= 2 && name.full.contains(said) {
            (IN_PART, Why::NameInPart { said: said.to_owned(), name: name.full.clone() })
        } else if (off == 1 && letters.len() >= 3) || (off == 2 && letters.len() >= 6) {
            (if off == 1 { MISSPELT } else { LITTLE }, Why::Misspelt { said: said.to_owned(), name: name.full.clone() })
        } else {
            continue;
        };
        hits.push(Hit { name: id, quality, why: vec![why], rest });
    }
    hits
}

/// The names that words may mean.
pub(super) fn of_words(index: &Index, step: &Step) -> Vec<Hit> {
    let said: Vec<&str> = step.name.split(' ').filter(|word| !word.is_empty()).collect();
    // for each name which words of it were said, by which of ours, and whether letter by letter
    let mut found: BTreeMap<NameId, Vec<(usize, String, Spelt)>> = BTreeMap::new();
    for (i, word) in said.iter().enumerate() {
        let exact = index.with_piece(word);
        for &name in exact {
            found.entry(name).or_default().push((i, (*word).to_owned(), Spelt::Right));
        }
        if !exact.is_empty() || !word.chars().all(char::is_alphabetic) {
            continue;
        }
        let letters: Vec<char> = word.chars().collect();
        let most = match letters.len() {
            ..4 => continue,
            4..7 => 1,
            _ => 2,
        };
        for like in index.words_like(word) {
            let own: Vec<char> = like.chars().collect();
            if distance(&letters, &own, most) <= most {
                for &name in index.with_piece(like) {
                    found.entry(name).or_default().push((i, like.to_owned(), Spelt::Nearly));
                }
            }
        }
    }
    let mut hits: Vec<Hit> = found
        .into_iter()
        .filter_map(|(id, matched)| hit(&index.names[id.0 as usize], id, step, &said, &matched))
        .collect();
    hits.sort_by_key(|hit| (std::cmp::Reverse(hit.quality), hit.rest.len(), hit.name));
    hits.truncate(MOST);
    hits
}

/// Whether a word was written as in the register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spelt {
    Right,
    Nearly,
}

fn hit(name: &Name, id: NameId, step: &Step, said: &[&str], matched: &[(usize, String, Spelt)]) -> Option<Hit> {
    if name.script != NameScript::Words {
        return None;
    }
    let (mut quality, mut why) = (1000, Vec::new());
    let mut used: HashSet<usize> = HashSet::new();
    let mut missing: Vec<&str> = Vec::new();
    let mut initials: Vec<&str> = Vec::new();
    for own in name.core.split(' ') {
        if let Some((i, _, spelt)) = matched.iter().find(|(i, word, _)| word == own && !used.contains(i)) {
            used.insert(*i);
            if *spelt == Spelt::Nearly {
                quality = times(quality, MISSPELT);
                why.push(Why::Misspelt { said: said[*i].to_owned(), name: own.to_owned() });
            }
        } else {
            missing.push(own);
        }
    }
    missing.retain(|own| {
        let initial = (0..said.len()).find(|i| !used.contains(i) && said[*i].len() == 1 && own.starts_with(said[*i]));
        if let Some(i) = initial {
            used.insert(i);
            initials.push(own);
        }
        initial.is_none()
    });
    if !initials.is_empty() {
        quality = times(quality, INITIAL);
        why.push(Why::NameInPart { said: step.name.clone(), name: name.core.clone() });
    }
    if !missing.is_empty() {
        let much = used.iter().any(|&i| said[i].chars().nth(3).is_some());
        let numbered = missing.iter().any(|own| own.starts_with(|c: char| c.is_ascii_digit()));
        quality = times(quality, if much && !numbered { IN_PART } else { LITTLE });
        let words: Vec<&str> = (0..said.len()).filter(|i| used.contains(i)).map(|i| said[i]).collect();
        why.push(Why::NameInPart { said: words.join(" "), name: name.core.clone() });
    }
    match (step.kind, name.kind) {
        (None, Some(kind)) => {
            quality = times(quality, KIND_MISSING);
            why.push(Why::KindMissing { name: name.core.clone(), kind: kind.to_owned() });
        }
        (Some(kind), None) => {
            quality = times(quality, KIND_ADDED);
            why.push(Why::KindAdded { name: name.core.clone(), kind: kind.to_owned() });
        }
        (Some(said), Some(kind)) if said != kind => {
            quality = times(quality, KIND_OTHER);
            why.push(Why::KindOther { said: said.to_owned(), name: name.shown() });
        }
        _ => {}
    }
    let rest = (0..said.len()).filter(|i| !used.contains(i)).map(|i| said[i].to_owned()).collect();
    Some(Hit { name: id, quality, why, rest })
}

/// The least number of letters to change, add or drop (Levenshtein 1966), or more than `most`. O(nm).
fn distance(a: &[char], b: &[char], most: usize) -> usize {
    if a.len().abs_diff(b.len()) > most {
        return most + 1;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, own) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, other) in b.iter().enumerate() {
            let changed = diagonal + usize::from(own != other);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
