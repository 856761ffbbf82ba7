//! What an address may mean in a register: candidates, each with a score and its reasons.

use std::collections::{BTreeSet, HashMap};

use super::fold::{self, Script};
use super::han::{self, Area};
use super::hits::{self, Hit};
use super::index::{Entry, Index, PlaceId};
use super::parse::{Counts, Near, Number, Reading, normalise, readings};
use super::why::Why;

/// From this score on, of 1,000, a candidate is sure enough to be taken, where no other comes near it.
pub const CONFIDENT: u16 = 850;
/// Another candidate that comes so near the best, of 1,000, is as good.
const MARGIN: u16 = 20;
/// Below this score, of 1,000, nothing is said to have been found.
const LEAST: u16 = 300;
/// Places looked at for one name.
const LOOKED_AT: usize = 20_000;

/// Of 1,000: what is left when a part is missing or differs. Below [`CONFIDENT`] stands what is never taken unasked.
mod worth {
    pub const AREA_MISSING: u16 = 990;
    pub const AREA_UNKNOWN: u16 = 970;
    pub const AREA_OTHER: u16 = 600;
    pub const STREET_MISSING: u16 = 970;
    pub const STREET_NUMBER_MISSING: u16 = 985;
    pub const COMPOUND_MISSING: u16 = 970;
    pub const BUILDING_MISSING: u16 = 750;
    pub const UNIT_MISSING: u16 = 940;
    pub const UNIT_UNKNOWN: u16 = 960;
    pub const UNIT_OTHER: u16 = 500;
    pub const TAKEN_FOR_UNIT: u16 = 960;
    pub const ROOM_LEFT: u16 = 990;
    pub const NUMBER_UNKNOWN: u16 = 700;
    pub const NUMBER_OTHER: u16 = 200;
    pub const IN_RANGE: u16 = 800;
    pub const NOT_READ: u16 = 840;
    pub const AT_PLACE: u16 = 990;
    pub const NEAR_PLACE: u16 = 800;
}

/// What came of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// One place agrees in every part.
    Exact,
    /// One place is surer than [`CONFIDENT`], and no other comes near it.
    Confident,
    /// Several are as good, or none is sure enough.
    Ambiguous,
    /// Nothing was found. Candidates, if any, are only near it.
    None,
}

impl State {
    /// The word for it on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Confident => "confident",
            Self::Ambiguous => "ambiguous",
            Self::None => "none",
        }
    }
}

/// A place that may be meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Which.
    pub place: PlaceId,
    /// How well it agrees, of 1,000.
    pub score: u16,
    /// Why.
    pub why: Vec<Why>,
}

/// What a text may mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What came of it.
    pub state: State,
    /// The best first; as many as were asked for.
    pub candidates: Vec<Candidate>,
    /// All places as good as the first, in the order of the register.
    pub leaders: Vec<PlaceId>,
    /// Whether the leaders are entries of one building: its units, or the same address several times.
    pub one_building: bool,
}

struct Score {
    worth: u32,
    why: Vec<Why>,
}

impl Score {
    fn times(&mut self, worth: u16) {
        self.worth = self.worth * u32::from(worth) / 1000;
    }

    fn note(&mut self, worth: u16, why: Why) {
        self.times(worth);
        self.why.push(why);
    }
}

/// Something said, with the names it may mean.
struct Said {
    reading: Reading,
    hits: Vec<Vec<Hit>>,
}

impl Index {
    /// The places a text may mean, at most `limit`, the best first.
    ///
    /// O(k) in the places that share a name with the text, and with the number after it where one is said.
    pub fn search(&self, text: &str, limit: usize) -> Found {
        let mut best: HashMap<PlaceId, (u16, Vec<Why>)> = HashMap::new();
        let normal = normalise(text);
        for &id in self.whole.get(&normal).filter(|_| !normal.is_empty()).into_iter().flatten() {
            best.insert(id, (1000, vec![Why::Same]));
        }
        let script = fold::script(text);
        let mut said = Vec::new();
        for reading in readings(text) {
            let hits = reading.steps.iter().map(|step| match script {
                Script::Han => hits::of_run(self, &step.name),
                Script::Words => hits::of_words(self, step),
            });
            let hits = hits.collect();
            said.push(Said { reading, hits });
        }
        for said in &said {
            for id in self.gather(said) {
                let Some(score) = self.compare(said, &self.entries[id.0 as usize], script) else { continue };
                let worth = score.worth as u16;
                let kept = best.get(&id).map_or(0, |(worth, _)| *worth);
                if worth > kept {
                    let why = if score.why.is_empty() { vec![Why::Same] } else { score.why };
                    best.insert(id, (worth, why));
                }
            }
        }
        let mut all: Vec<Candidate> = best
            .into_iter()
            .filter(|(_, (score, _))| *score >= LEAST)
            .map(|(place, (score, why))| Candidate { place, score, why })
            .collect();
        all.sort_by(|a, b| (b.score, a.place).cmp(&(a.score, b.place)));
        if all.is_empty() {
            let candidates = said.iter().find_map(|said| self.nearby(said, limit)).unwrap_or_default();
            return Found { state: State::None, candidates, leaders: Vec::new(), one_building: false };
        }
        self.judged(all, limit)
    }

    fn judged(&self, mut all: Vec<Candidate>, limit: usize) -> Found {
        let first = all[0].score;
        let as_good = |candidate: &&Candidate| {
            if first == 1000 { candidate.score == 1000 } else { candidate.score + MARGIN >= first }
        };
        let mut leaders: Vec<PlaceId> = all.iter().take_while(as_good).map(|candidate| candidate.place).collect();
        leaders.sort_unstable();
        let state = match (leaders.len(), first) {
            (1, 1000) => State::Exact,
            (1, CONFIDENT..) => State::Confident,
            _ => State::Ambiguous,
        };
        let entry = |id: PlaceId| &self.entries[id.0 as usize];
        let one =
            |id: PlaceId| (entry(id).building(), entry(id).areas.iter().map(|area| &area.text).collect::<Vec<_>>());
        let one_building = first >= CONFIDENT && leaders.iter().skip(1).all(|&id| one(id) == one(leaders[0]));
        all.truncate(limit);
        Found { state, candidates: all, leaders, one_building }
    }

    /// The places worth a look: with one of the names, and the number after it where there is one.
    fn gather(&self, said: &Said) -> BTreeSet<PlaceId> {
        let mut ids = BTreeSet::new();
        for (step, hits) in said.reading.steps.iter().zip(&said.hits) {
            let first = step.numbers.first().filter(|number| number.counts == Counts::House);
            for hit in hits {
                let with = |text: &str| self.numbered(hit.name, text);
                let mut found = first.map_or(&[][..], |number| with(&number.text));
                if found.is_empty()
                    && let Some((house, _)) = first.and_then(|number| number.text.split_once('-'))
                {
                    found = with(house);
                }
                if found.is_empty() {
                    found = self.places_of(hit.name);
                }
                ids.extend(found.iter().take(LOOKED_AT).map(|(id, _)| *id));
            }
        }
        ids
    }

    /// How well an entry agrees with what was said; `None` when no name does.
    fn compare(&self, said: &Said, entry: &Entry, script: Script) -> Option<Score> {
        let mut score = Score { worth: 1000, why: Vec::new() };
        let mut of_step: Vec<Option<(usize, &Hit)>> = vec![None; entry.steps.len()];
        let mut next = 0;
        for (i, hits) in said.hits.iter().enumerate() {
            let found = (next..entry.steps.len()).find_map(|e| {
                let hit = hits.iter().find(|hit| hit.name == entry.steps[e].0)?;
                Some((e, hit))
            });
            if let Some((e, hit)) = found {
                of_step[e] = Some((i, hit));
                next = e + 1;
            } else {
                let step = &said.reading.steps[i];
                if !step.name.is_empty() {
                    score.note(worth::NOT_READ, Why::NotRead { said: step.name.clone() });
                }
            }
        }
        let first = of_step.iter().position(Option::is_some)?;
        let (_, hit) = of_step[first]?;
        let rest = self.streets_within(&hit.rest, entry, first, script, &mut score);
        self.compare_areas(&rest, &said.reading.others, entry, script, &mut score);
        for (e, found) in of_step.iter().enumerate().skip(first) {
            let Some((i, hit)) = found else {
                // the numbers were compared with those of the name before
                let name = self.names[entry.steps[e].0.0 as usize].shown();
                score.note(worth::COMPOUND_MISSING, Why::CompoundMissing { name });
                continue;
            };
            score.times(hit.quality);
            score.why.extend(hit.why.iter().cloned());
            if e > first {
                for rest in &hit.rest {
                    score.note(worth::NOT_READ, Why::NotRead { said: rest.clone() });
                }
            }
            let until = (e + 1..entry.steps.len()).find(|&e| of_step[e].is_some()).unwrap_or(entry.steps.len());
            let own: Vec<&Number> = entry.steps[e..until].iter().flat_map(|(_, numbers)| numbers).collect();
            let numbers = &said.reading.steps[*i].numbers;
            if numbers.is_empty() && until < entry.steps.len() {
                if let Some(number) = own.first() {
                    let number = number.text.clone();
                    score.note(worth::STREET_NUMBER_MISSING, Why::StreetNumberMissing { number });
                }
                continue;
            }
            compare_numbers(numbers, &own, &mut score);
        }
        if let Some(room) = &said.reading.room {
            score.note(worth::ROOM_LEFT, Why::RoomLeft { said: room.clone() });
        }
        match said.reading.near {
            Some(Near::At(word)) => score.note(worth::AT_PLACE, Why::AtPlace { said: word.to_owned() }),
            Some(Near::Off(word)) => score.note(worth::NEAR_PLACE, Why::NearPlace { said: word.to_owned() }),
            None => {}
        }
        Some(score)
    }

    /// Names of an entry that stand in front of the first that was found; what else stands there is given back.
    fn streets_within(
        &self,
        rest: &[String],
        entry: &Entry,
        first: usize,
        script: Script,
        score: &mut Score,
    ) -> Vec<String> {
        let mut rest = rest.to_vec();
        for (name, numbers) in entry.steps[..first].iter().rev() {
            let name = &self.names[name.0 as usize];
            let within = match (script, rest.first_mut()) {
                (Script::Han, Some(run)) => {
                    let cut = run.strip_suffix(name.full.as_str()).or_else(|| run.strip_suffix(name.core.as_str()));
                    let cut = cut.map(str::to_owned);
                    cut.map(|cut| *run = cut).is_some()
                }
                _ => false,
            };
            if within {
                if let Some(number) = numbers.first() {
                    let number = number.text.clone();
                    score.note(worth::STREET_NUMBER_MISSING, Why::StreetNumberMissing { number });
                }
            } else {
                score.note(worth::STREET_MISSING, Why::StreetMissing { name: name.shown() });
            }
        }
        rest.retain(|run| !run.is_empty());
        rest
    }

    fn compare_areas(&self, rest: &[String], others: &[String], entry: &Entry, script: Script, score: &mut Score) {
        let mut said: Vec<bool> = vec![false; entry.areas.len()];
        let mut take = |core: &str| {
            let at = entry.areas.iter().position(|area| area.core == core);
            at.map(|at| said[at] = true).is_some()
        };
        match script {
            Script::Words => {
                for word in rest {
                    if !take(word) {
                        score.note(worth::NOT_READ, Why::NotRead { said: word.clone() });
                    }
                }
                for word in others {
                    if take(word) {
                        continue;
                    }
                    if self.known_areas.contains(word) && !word.starts_with(|c: char| c.is_ascii_digit()) {
                        let area = entry.areas.iter().map(|area| area.text.as_str()).collect::<Vec<_>>().join(" ");
                        score.note(worth::AREA_OTHER, Why::AreaOther { said: word.clone(), area });
                    } else {
                        score.note(worth::AREA_UNKNOWN, Why::AreaUnknown { said: word.clone() });
                    }
                }
            }
            Script::Han => {
                for run in rest {
                    let (areas, left) = han::peel(run);
                    for area in areas {
                        compare_area(&area, entry, &mut said, score);
                    }
                    if !left.is_empty() && !abbreviated(&left, entry, &mut said) {
                        score.note(worth::NOT_READ, Why::NotRead { said: left });
                    }
                }
            }
        }
        let missing: Vec<&str> =
            entry.areas.iter().zip(&said).filter(|(_, said)| !**said).map(|(area, _)| area.text.as_str()).collect();
        if !missing.is_empty() {
            let areas = missing.join(if script == Script::Han { "" } else { " " });
            score.note(worth::AREA_MISSING, Why::AreaMissing { areas });
        }
    }

    /// Where a name is known but not the number: the numbers next to it.
    fn nearby(&self, said: &Said, limit: usize) -> Option<Vec<Candidate>> {
        let (step, hits) = said
            .reading
            .steps
            .iter()
            .zip(&said.hits)
            .rev()
            .find(|(step, hits)| !step.numbers.is_empty() && hits.first().is_some_and(|hit| hit.quality >= 900))?;
        let (hit, wanted) = (hits.first()?, step.numbers.first()?);
        let value = wanted.value()?;
        let mut near: Vec<(u32, PlaceId, String)> = self
            .places_of(hit.name)
            .iter()
            .filter_map(|&(id, at)| {
                let first = self.entries[id.0 as usize].numbers_from(at as usize).next()?;
                Some((first.value()?.abs_diff(value), id, first.text.clone()))
            })
            .collect();
        near.sort_unstable();
        near.truncate(limit);
        let candidate = |(_, place, number): (u32, PlaceId, String)| Candidate {
            place,
            score: worth::NUMBER_OTHER,
            why: vec![Why::NumberOther { said: wanted.text.clone(), number }],
        };
        Some(near.into_iter().map(candidate).collect())
    }
}

fn compare_area(area: &Area, entry: &Entry, said: &mut [bool], score: &mut Score) {
    let same = |own: &Area| own.core == area.core || (own.rank == area.rank && area.core.ends_with(&own.core));
    if let Some(at) = entry.areas.iter().position(same) {
        said[at] = true;
    } else if let Some(at) = entry.areas.iter().position(|own| own.rank == area.rank) {
        said[at] = true;
        let own = entry.areas[at].text.clone();
        score.note(worth::AREA_OTHER, Why::AreaOther { said: area.text.clone(), area: own });
    } else {
        score.note(worth::AREA_UNKNOWN, Why::AreaUnknown { said: area.text.clone() });
    }
}

/// Whether a run of signs names areas of an entry without the words for them, in their order: 澄浦南埠.
fn abbreviated(run: &str, entry: &Entry, said: &mut [bool]) -> bool {
    let mut left = run;
    let mut found = Vec::new();
    for (at, area) in entry.areas.iter().enumerate() {
        let cut = left.strip_prefix(area.text.as_str()).or_else(|| left.strip_prefix(area.core.as_str()));
        if let Some(cut) = cut {
            left = cut;
            found.push(at);
        }
    }
    if left.is_empty() {
        for at in found {
            said[at] = true;
        }
    }
    left.is_empty()
}

/// Compares numbers in their order: houses and buildings, then units.
fn compare_numbers(said: &[Number], own: &[&Number], score: &mut Score) {
    let (mut i, mut j) = (0, 0);
    while i < said.len() || j < own.len() {
        let (Some(a), Some(b)) = (said.get(i), own.get(j).copied()) else {
            match (said.get(i), own.get(j)) {
                (None, Some(b)) => missing(b, score),
                (Some(a), None) => unknown(a, score),
                _ => {}
            }
            (i, j) = (i + 1, j + 1);
            continue;
        };
        match (a.counts, b.counts) {
            (Counts::Unit, Counts::House) => {
                missing(b, score);
                j += 1;
                continue;
            }
            _ if a.text == b.text => {
                if a.counts != b.counts {
                    score.note(worth::TAKEN_FOR_UNIT, Why::TakenForUnit { number: a.text.clone() });
                }
            }
            (Counts::Unit, Counts::Unit) if said.len() == i + 1 && a.text.len() >= 3 => {
                // 3号楼301: a room, as no building has so many units
                score.note(worth::ROOM_LEFT, Why::RoomLeft { said: a.text.clone() });
                i += 1;
                continue;
            }
            _ => {
                let range = own.get(j + 1).and_then(|to| range(b, to));
                let flat = a.text.strip_prefix(b.text.as_str()).and_then(|rest| rest.strip_prefix('-'));
                if let (Some((from, to)), Some(value), true) = (range, a.value(), a.counts == Counts::House)
                    && (from..=to).contains(&value)
                    && a.text.bytes().all(|b| b.is_ascii_digit())
                {
                    let range = format!("{from}-{to}");
                    score.note(worth::IN_RANGE, Why::InRange { said: a.text.clone(), range });
                    j += 1;
                } else if let Some(flat) = flat {
                    score.note(worth::NOT_READ, Why::RoomLeft { said: flat.to_owned() });
                } else {
                    let lost = if b.counts == Counts::Unit { worth::UNIT_OTHER } else { worth::NUMBER_OTHER };
                    score.note(lost, Why::NumberOther { said: a.text.clone(), number: b.text.clone() });
                }
            }
        }
        (i, j) = (i + 1, j + 1);
    }
}

fn missing(number: &Number, score: &mut Score) {
    let text = number.text.clone();
    match number.counts {
        Counts::House => score.note(worth::BUILDING_MISSING, Why::BuildingMissing { number: text }),
        Counts::Unit => score.note(worth::UNIT_MISSING, Why::UnitMissing { number: text }),
    }
}

fn unknown(number: &Number, score: &mut Score) {
    let said = number.text.clone();
    match number.counts {
        Counts::House => score.note(worth::NUMBER_UNKNOWN, Why::NumberUnknown { said }),
        Counts::Unit if said.len() >= 3 => score.note(worth::ROOM_LEFT, Why::RoomLeft { said }),
        Counts::Unit => score.note(worth::UNIT_UNKNOWN, Why::UnitUnknown { said }),
    }
}

/// Two numbers of houses that may be the ends of a range: 21-31.
fn range(from: &Number, to: &Number) -> Option<(u32, u32)> {
    let value = |number: &Number| (number.counts == Counts::House).then(|| number.text.parse::<u32>().ok()).flatten();
    let (from, to) = (value(from)?, value(to)?);
    (from < to).then_some((from, to))
}
