//! Ways out for a grid that cannot be within its band: what a planner can do about it, cheapest first.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Attribute, Band, Counted, Made, Reason};
use crate::atom::{AtomId, AtomKind, Dataset};
use crate::graph::Graph;

/// Something that brings a grid within its band, or settles that it stays outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum WayOut {
    /// Divide two neighbouring units as one.
    MergeUnits {
        /// Code of the unit.
        unit: String,
        /// Its name.
        unit_name: String,
        /// Code of the neighbour.
        with: String,
        /// Its name.
        with_name: String,
        /// Size of both together.
        total: u64,
        /// The same by the second count, where two are kept to.
        #[serde(skip_serializing_if = "Option::is_none")]
        other: Option<u64>,
        /// The fewest grids they divide into.
        grids: u64,
        /// Metres of border between them.
        border_m: u64,
    },
    /// Give a part that is cut off from its unit to a neighbour, which then divides.
    MergePart {
        /// Code of the unit that has the part.
        unit: String,
        /// Its name.
        unit_name: String,
        /// Code of the neighbour.
        with: String,
        /// Its name.
        with_name: String,
        /// Size of the neighbour and the part together.
        total: u64,
        /// The same by the second count, where two are kept to.
        #[serde(skip_serializing_if = "Option::is_none")]
        other: Option<u64>,
        /// The fewest grids they divide into.
        grids: u64,
        /// Metres of border between the part and the neighbour.
        border_m: u64,
    },
    /// Split an atom into its buildings, or a building into its units.
    SplitAtom {
        /// Code of the atom.
        atom: String,
        /// Its size, by the count that is over or in the way.
        total: u64,
        /// What is counted.
        of: Attribute,
        /// The fewest pieces that fit the upper bound.
        pieces: u64,
        /// Whether it is a building, which splits by unit.
        building: bool,
    },
    /// Let the part go with the nearest one of the same unit, as if a ferry joined them.
    JoinByFerry {
        /// Code of the unit.
        unit: String,
        /// Its name.
        unit_name: String,
    },
    /// Ask for another number of grids.
    AskFor {
        /// The fewest that hold the unit.
        grids: u64,
    },
    /// Keep fewer areas apart.
    KeepFewerApart {
        /// The most that the people are enough for.
        areas: u64,
    },
    /// Unlock grids, so that they can give or take.
    Unlock {
        /// Their codes.
        grids: Vec<String>,
    },
    /// Leave it as it is.
    Waive,
}

impl WayOut {
    /// The tag of the serialised form.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::MergeUnits { .. } => "merge_units",
            Self::MergePart { .. } => "merge_part",
            Self::SplitAtom { .. } => "split_atom",
            Self::JoinByFerry { .. } => "join_by_ferry",
            Self::AskFor { .. } => "ask_for",
            Self::KeepFewerApart { .. } => "keep_fewer_apart",
            Self::Unlock { .. } => "unlock",
            Self::Waive => "waive",
        }
    }

    /// In English, given what the plan counts and makes.
    pub fn to_english(&self, counted: Counted, made: Made) -> String {
        match self {
            Self::MergeUnits { unit, unit_name, with, with_name, total, other, grids, border_m } => format!(
                "merge {} with {}, {border_m} m of common border: together {}, which {}",
                named(unit, unit_name),
                named(with, with_name),
                sizes(counted, *total, *other),
                holds(counted, *grids, made)
            ),
            Self::MergePart { unit, unit_name, with, with_name, total, other, grids, border_m } => format!(
                "give this part of {} to {}, {border_m} m of common border: together {}, which {}",
                named(unit, unit_name),
                named(with, with_name),
                sizes(counted, *total, *other),
                holds(counted, *grids, made)
            ),
            Self::SplitAtom { atom, total, of, pieces, building } => format!(
                "split {atom} ({total} {}) by {} into at least {pieces}",
                noun(*of),
                if *building { "unit" } else { "building" }
            ),
            Self::JoinByFerry { unit, unit_name } => format!(
                "join this part to the nearest part of {} by a ferry (wangge partition --islands nearest)",
                named(unit, unit_name)
            ),
            Self::AskFor { grids } => format!("ask for {grids} {}, the fewest that hold it", made.many()),
            Self::KeepFewerApart { areas: 0 | 1 } => "no longer keep them apart".to_owned(),
            Self::KeepFewerApart { areas } => format!("keep {areas} of them apart at most"),
            Self::Unlock { grids } => format!("unlock {}", grids.join(" or ")),
            Self::Waive => format!("accept the {} as it is", made.one()),
        }
    }

    /// In Chinese (zh-CN), given what the plan counts and makes.
    pub fn to_chinese(&self, counted: Counted, made: Made) -> String {
        let one = made.chinese();
        match self {
            Self::MergeUnits { unit, unit_name, with, with_name, total, other, grids, border_m } => format!(
                "将{}与{}合并（共界 {border_m} 米）：合计 {}，可分成 {grids} 个{one}",
                named(unit, unit_name),
                named(with, with_name),
                zh_sizes(counted, *total, *other),
            ),
            Self::MergePart { unit, unit_name, with, with_name, total, other, grids, border_m } => format!(
                "将{}的这一部分划归{}（共界 {border_m} 米）：合计 {}，可分成 {grids} 个{one}",
                named(unit, unit_name),
                named(with, with_name),
                zh_sizes(counted, *total, *other),
            ),
            Self::SplitAtom { atom, total, of, pieces, building } => format!(
                "将 {atom}（{total} {}）按{}拆分为至少 {pieces} 块",
                zh_noun(*of),
                if *building { "单元" } else { "楼栋" }
            ),
            Self::JoinByFerry { unit, unit_name } => {
                format!("经渡口并入{}中最近的部分（wangge partition --islands nearest）", named(unit, unit_name))
            }
            Self::AskFor { grids } => format!("改为 {grids} 个{one}（能容纳的最少个数）"),
            Self::KeepFewerApart { areas: 0 | 1 } => "不再要求它们分开".to_owned(),
            Self::KeepFewerApart { areas } => format!("最多只让其中 {areas} 个分开"),
            Self::Unlock { grids } => format!("解锁 {}", grids.join(" 或 ")),
            Self::Waive => "予以认可，保持现状".to_owned(),
        }
    }
}

fn named(code: &str, name: &str) -> String {
    if code == name { code.to_owned() } else { format!("{name} ({code})") }
}

const fn noun(of: Attribute) -> &'static str {
    match of {
        Attribute::Households => "households",
        Attribute::Population => "persons",
    }
}

const fn zh_noun(of: Attribute) -> &'static str {
    match of {
        Attribute::Households => "户",
        Attribute::Population => "人",
    }
}

fn sizes(counted: Counted, total: u64, other: Option<u64>) -> String {
    let second = other.map(|other| format!(" and {other} {}", noun(counted.attribute.other()))).unwrap_or_default();
    format!("{total} {}{second}", noun(counted.attribute))
}

fn zh_sizes(counted: Counted, total: u64, other: Option<u64>) -> String {
    let second = other.map(|other| format!("、{other} {}", zh_noun(counted.attribute.other()))).unwrap_or_default();
    format!("{total} {}{second}", zh_noun(counted.attribute))
}

fn holds(counted: Counted, grids: u64, made: Made) -> String {
    let bands: Vec<String> = counted.bands().map(|(_, Band { lower, upper })| format!("{lower} to {upper}")).collect();
    if grids == 1 {
        format!("is one {} of {}", made.one(), bands.join(" and "))
    } else {
        format!("divides into {grids} {} of {}", made.many(), bands.join(" and "))
    }
}

/// Ways to merge that are told of one grid.
const MERGES: usize = 2;

/// What ways out are looked for in: atoms, who borders on whom, what nests.
#[derive(Debug)]
pub struct Ground<'a> {
    dataset: &'a Dataset,
    graph: &'a Graph,
    unit: &'a [Option<u32>],
    names: &'a [(String, String)],
    counted: Counted,
    /// Units with other bands, ascending.
    own: Vec<(u32, Counted)>,
    totals: Vec<(u64, u64)>,
    members: Vec<Vec<u32>>,
    /// Units from here on join no other.
    closed: u32,
    /// The code of the locked grid of each atom.
    locked: BTreeMap<u32, &'a str>,
}

impl<'a> Ground<'a> {
    /// `graph` has the lengths of borders as they are; `unit` is what each atom nests in, `None` for atoms that are not
    /// divided, with code and name of each unit in `names`. O(atoms).
    pub fn new(
        dataset: &'a Dataset,
        graph: &'a Graph,
        (unit, names): (&'a [Option<u32>], &'a [(String, String)]),
        counted: Counted,
    ) -> Self {
        let mut ground = Self {
            dataset,
            graph,
            unit,
            names,
            counted,
            own: Vec::new(),
            totals: vec![(0, 0); names.len()],
            members: vec![Vec::new(); names.len()],
            closed: u32::MAX,
            locked: BTreeMap::new(),
        };
        for (atom, unit) in (0_u32..).zip(unit) {
            if let Some(unit) = unit {
                let (main, other) = ground.size(atom);
                let total = &mut ground.totals[*unit as usize];
                (total.0, total.1) = (total.0 + main, total.1 + other);
                ground.members[*unit as usize].push(atom);
            }
        }
        ground
    }

    /// With units that are not to be joined with others, exclusive ones: from this one on.
    #[must_use]
    pub fn closed_from(mut self, unit: u32) -> Self {
        self.closed = unit;
        self
    }

    /// With units that keep to other bands, ascending.
    #[must_use]
    pub fn with_bands(mut self, own: Vec<(u32, Counted)>) -> Self {
        self.own = own;
        self
    }

    /// The bands in a unit.
    fn counted_in(&self, unit: u32) -> Counted {
        let own = self.own.binary_search_by_key(&unit, |&(unit, _)| unit);
        own.map_or(self.counted, |i| self.own[i].1)
    }

    /// The bands a way out is told by: those of the unit that takes another in, where it is a merger. O(units).
    pub fn counted_of(&self, way: &WayOut) -> Counted {
        let (WayOut::MergeUnits { with, .. } | WayOut::MergePart { with, .. }) = way else { return self.counted };
        let unit = (0_u32..).zip(self.names).find(|&(unit, (code, _))| unit < self.closed && code == with);
        unit.map_or(self.counted, |(unit, _)| self.counted_in(unit))
    }

    /// With locked grids: each atom in one, and its code.
    #[must_use]
    pub fn with_locks(mut self, locked: impl IntoIterator<Item = (AtomId, &'a str)>) -> Self {
        self.locked.extend(locked.into_iter().map(|(atom, code)| (atom.0, code)));
        self
    }

    /// Locked grids that hold or touch these atoms, within their unit.
    fn locks_at(&self, grid: &[AtomId]) -> Option<WayOut> {
        let mut codes = BTreeSet::new();
        for &AtomId(atom) in grid {
            let unit = self.unit[atom as usize];
            let near = self.graph.neighbours(atom).map(|(next, _)| next).filter(|&n| self.unit[n as usize] == unit);
            codes.extend(near.chain([atom]).filter_map(|atom| self.locked.get(&atom)).map(|&code| code.to_owned()));
        }
        (!codes.is_empty()).then(|| WayOut::Unlock { grids: codes.into_iter().collect() })
    }

    fn size(&self, atom: u32) -> (u64, u64) {
        let atom = self.dataset.atom(AtomId(atom));
        let of = |attribute| match attribute {
            Attribute::Households => u64::from(atom.households.unwrap_or(0)),
            Attribute::Population => u64::from(atom.population.unwrap_or(0)),
        };
        (of(self.counted.attribute), of(self.counted.attribute.other()))
    }

    /// What can be done about a grid of these atoms that is outside for this reason: nothing where the reason proves nothing.
    /// O(atoms of the unit).
    pub fn ways_out(&self, reason: &Reason, grid: &[AtomId]) -> Vec<WayOut> {
        let Some(&AtomId(first)) = grid.first() else { return Vec::new() };
        let Some(unit) = self.unit[first as usize] else { return Vec::new() };
        let of_areas = reason.made() == Made::Areas;
        let mut ways = match reason.told() {
            Reason::NotProven { .. } | Reason::AsAdopted { .. } | Reason::ByHand { .. } => return Vec::new(),
            Reason::UnitBelow { .. } | Reason::UnitGap { .. } | Reason::UnitClash { .. } | Reason::Exhausted { .. } => {
                self.merges(unit, &self.members[unit as usize], self.totals[unit as usize])
                    .map(|merge| merge.as_units(self))
                    .collect()
            }
            // nothing splits a community
            Reason::AtomOver { .. } | Reason::DeadEnd { .. } | Reason::Pocket { .. } | Reason::Stranded { .. }
                if of_areas =>
            {
                Vec::new()
            }
            Reason::PartBelow { .. } | Reason::PartGap { .. } | Reason::PartClash { .. } => {
                let part = self.part_of(first, unit);
                let total = part.iter().map(|&atom| self.size(atom)).fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
                let (code, name) = self.names[unit as usize].clone();
                let ferry = WayOut::JoinByFerry { unit: code, unit_name: name };
                self.merges(unit, &part, total).map(|merge| merge.as_part(self)).chain([ferry]).collect()
            }
            Reason::Count { .. } => {
                let (main, other) = self.totals[unit as usize];
                let fewest = self.counted_in(unit).divides_into(main, other);
                fewest.map(|grids| WayOut::AskFor { grids }).into_iter().collect()
            }
            Reason::Apart { total, band, .. } => total
                .checked_div(u64::from(band.lower))
                .map(|areas| WayOut::KeepFewerApart { areas })
                .into_iter()
                .collect(),
            Reason::AtomOver { atom, .. } => {
                let over = grid.iter().find(|&&id| self.dataset.atom(id).code == *atom);
                over.and_then(|&id| self.split(id.0)).into_iter().collect()
            }
            Reason::DeadEnd { atom, .. } => {
                let mut here = self.members[unit as usize].iter();
                let neck = here.find(|&&id| self.dataset.atom(AtomId(id)).code == *atom);
                neck.and_then(|&id| self.split(id)).into_iter().collect()
            }
            Reason::Exclusive { .. } | Reason::InAreas { .. } => Vec::new(),
            Reason::Locked { .. } => {
                let own = self.locked.get(&first).map(|&code| code.to_owned());
                own.map(|code| WayOut::Unlock { grids: vec![code] }).into_iter().collect()
            }
            Reason::Residue { .. } => self.locks_at(grid).into_iter().collect(),
            Reason::Pocket { .. } | Reason::Stranded { .. } => self.in_the_way(grid).into_iter().collect::<Vec<_>>(),
        };
        ways.push(WayOut::Waive);
        ways
    }

    /// The connected part of a unit that holds an atom.
    fn part_of(&self, atom: u32, unit: u32) -> Vec<u32> {
        let mut seen = BTreeSet::from([atom]);
        let mut stack = vec![atom];
        while let Some(atom) = stack.pop() {
            for (next, _) in self.graph.neighbours(atom) {
                if self.unit[next as usize] == Some(unit) && seen.insert(next) {
                    stack.push(next);
                }
            }
        }
        seen.into_iter().collect()
    }

    /// Neighbours that divide together with these atoms of a unit, by the bands of the neighbour: the one with the longest common border, and the smallest
    /// of the others.
    fn merges(&self, unit: u32, atoms: &[u32], total: (u64, u64)) -> impl Iterator<Item = Merge> + use<> {
        let mut borders: BTreeMap<u32, u64> = BTreeMap::new();
        for &atom in atoms {
            for (next, mm) in self.graph.neighbours(atom) {
                if let Some(with) = self.unit[next as usize].filter(|&with| with != unit && with < self.closed) {
                    *borders.entry(with).or_default() += mm;
                }
            }
        }
        let merge = |(with, border_mm): (u32, u64)| {
            let (main, other) = self.totals[with as usize];
            let (main, other) = (main + total.0, other + total.1);
            let grids = self.counted_in(with).divides_into(main, other)?;
            Some(Merge { unit, with, total: main, other, grids, border_mm })
        };
        let mut merges: Vec<Merge> = borders.into_iter().filter_map(merge).collect();
        merges.sort_by_key(|merge| (std::cmp::Reverse(merge.border_mm), merge.with));
        if let Some((_, rest)) = merges.split_first_mut() {
            rest.sort_by_key(|merge| (merge.total, std::cmp::Reverse(merge.border_mm), merge.with));
        }
        merges.into_iter().take(MERGES)
    }

    /// An atom cut into pieces below the upper bounds; `None` for the units of a building, which nothing splits.
    fn split(&self, atom: u32) -> Option<WayOut> {
        let (main, other) = self.size(atom);
        let counted = self.unit[atom as usize].map_or(self.counted, |unit| self.counted_in(unit));
        let pieces = counted
            .bands()
            .zip([main, other])
            .map(|((of, band), total)| (total.div_ceil(u64::from(band.upper)), total, of));
        let (pieces, total, of) = pieces.max_by_key(|&(pieces, ..)| pieces)?;
        let atom = self.dataset.atom(AtomId(atom));
        (atom.kind != AtomKind::Unit).then(|| WayOut::SplitAtom {
            atom: atom.code.clone(),
            total,
            of,
            pieces: pieces.max(2),
            building: atom.kind == AtomKind::Building,
        })
    }

    /// The smallest atom beside a grid in its unit that would bring it over the upper bound: split, part of it could join.
    fn in_the_way(&self, grid: &[AtomId]) -> Option<WayOut> {
        let mut sum = (0, 0);
        let mut beside = BTreeSet::new();
        for &AtomId(atom) in grid {
            let (main, other) = self.size(atom);
            sum = (sum.0 + main, sum.1 + other);
            let unit = self.unit[atom as usize];
            beside.extend(self.graph.neighbours(atom).map(|(next, _)| next).filter(|&n| self.unit[n as usize] == unit));
        }
        let over = |&atom: &u32| {
            let (main, other) = self.size(atom);
            let wider = [main + sum.0, other + sum.1];
            let counted = self.unit[atom as usize].map_or(self.counted, |unit| self.counted_in(unit));
            counted.bands().zip(wider).any(|((_, band), total)| total > u64::from(band.upper))
        };
        let inside: BTreeSet<u32> = grid.iter().map(|atom| atom.0).collect();
        let candidates = beside.into_iter().filter(|atom| !inside.contains(atom)).filter(over);
        self.split(candidates.min_by_key(|&atom| (self.size(atom), atom))?)
    }
}

/// Two units, or a part of one and another, put together.
struct Merge {
    unit: u32,
    with: u32,
    total: u64,
    other: u64,
    grids: u64,
    border_mm: u64,
}

impl Merge {
    fn words(&self, ground: &Ground<'_>) -> ([(String, String); 2], Option<u64>) {
        let name = |unit: u32| ground.names[unit as usize].clone();
        ([name(self.unit), name(self.with)], ground.counted.other.map(|_| self.other))
    }

    fn as_units(&self, ground: &Ground<'_>) -> WayOut {
        let ([(unit, unit_name), (with, with_name)], other) = self.words(ground);
        let (total, grids, border_m) = (self.total, self.grids, self.border_mm / 1000);
        WayOut::MergeUnits { unit, unit_name, with, with_name, total, other, grids, border_m }
    }

    fn as_part(&self, ground: &Ground<'_>) -> WayOut {
        let ([(unit, unit_name), (with, with_name)], other) = self.words(ground);
        let (total, grids, border_m) = (self.total, self.grids, self.border_mm / 1000);
        WayOut::MergePart { unit, unit_name, with, with_name, total, other, grids, border_m }
    }
}
