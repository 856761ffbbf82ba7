//! Why a grid lies outside its band, in words a planner reads.

use serde::{Deserialize, Serialize};

use super::{Attribute, Band, Made};

/// Why a grid is outside the band. Sizes are households or persons, whichever the plan counts.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// The whole unit is smaller than one grid.
    UnitBelow {
        /// Code of the jurisdiction.
        unit: String,
        /// Its size.
        total: u64,
        /// The band.
        band: Band,
        /// What is counted, where a plan keeps to two counts.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<Attribute>,
    },
    /// No number of grids within the band adds up to the unit's size.
    UnitGap {
        /// Code of the jurisdiction.
        unit: String,
        /// Its size.
        total: u64,
        /// The band.
        band: Band,
        /// What is counted, where a plan keeps to two counts.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<Attribute>,
    },
    /// No number of grids serves both counts of the unit.
    UnitClash {
        /// Code of the jurisdiction.
        unit: String,
        /// Its size by the count the plan divides by.
        total: u64,
        /// The band of that count.
        band: Band,
        /// Its size by the second count.
        other: u64,
        /// The band of the second count.
        other_band: Band,
    },
    /// No number of grids serves both counts of a part cut off from the rest of its unit.
    PartClash {
        /// Code of the jurisdiction.
        unit: String,
        /// Size of the part by the count the plan divides by.
        total: u64,
        /// The band of that count.
        band: Band,
        /// Its size by the second count.
        other: u64,
        /// The band of the second count.
        other_band: Band,
    },
    /// One atom is larger than the upper bound by itself.
    AtomOver {
        /// Code of the atom.
        atom: String,
        /// Its size.
        total: u64,
        /// The band.
        band: Band,
        /// What is counted, where a plan keeps to two counts.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<Attribute>,
    },
    /// A part cut off from the rest of its unit (an island, an exclave) is smaller than one grid.
    PartBelow {
        /// Code of the jurisdiction.
        unit: String,
        /// Size of the part.
        total: u64,
        /// The band.
        band: Band,
        /// What is counted, where a plan keeps to two counts.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<Attribute>,
    },
    /// No number of grids within the band adds up to the size of a part cut off from the rest of its unit.
    PartGap {
        /// Code of the jurisdiction.
        unit: String,
        /// Size of the part.
        total: u64,
        /// The band.
        band: Band,
        /// What is counted, where a plan keeps to two counts.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<Attribute>,
    },
    /// A part shut in by atoms that are over the upper bound by themselves cannot be divided for itself.
    Pocket {
        /// Code of the jurisdiction.
        unit: String,
        /// Size of the part.
        total: u64,
        /// The band.
        band: Band,
    },
    /// The grid is locked as it is.
    Locked {
        /// Code of the jurisdiction.
        unit: String,
        /// Size of the grid.
        total: u64,
        /// The band.
        band: Band,
    },
    /// The number of grids asked for does not fit the size of the unit.
    Count {
        /// Code of the jurisdiction.
        unit: String,
        /// Its size.
        total: u64,
        /// The number asked for.
        grids: u32,
        /// The band.
        band: Band,
    },
    /// Areas that stay apart take more grids than there are people for.
    Apart {
        /// Code of the jurisdiction.
        unit: String,
        /// Its size, or that of a part cut off from the rest.
        total: u64,
        /// Grids they take.
        grids: u32,
        /// The band.
        band: Band,
        /// What is counted, where a plan keeps to two counts.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<Attribute>,
    },
    /// What locked grids leave of a unit cannot be divided.
    Residue {
        /// Code of the jurisdiction.
        unit: String,
        /// Size of what is left here.
        total: u64,
        /// The band.
        band: Band,
    },
    /// Parts behind this atom can be neither grids of their own nor join it.
    DeadEnd {
        /// Code of the atom.
        atom: String,
        /// Size of the parts.
        total: u64,
        /// The band.
        band: Band,
    },
    /// No contiguous group of atoms around this one is within the band.
    Stranded {
        /// Code of the atom.
        atom: String,
        /// Size of the grid.
        total: u64,
        /// The band.
        band: Band,
    },
    /// Every division was tried, and none has less outside the band.
    Exhausted {
        /// Code of the jurisdiction.
        unit: String,
        /// Size of the grid.
        total: u64,
        /// The band.
        band: Band,
    },
    /// The grid was taken over from a layer that stood already.
    AsAdopted {
        /// Code of the grid.
        grid: String,
        /// Its size.
        total: u64,
        /// The band.
        band: Band,
    },
    /// The grid was drawn by hand.
    ByHand {
        /// Its size.
        total: u64,
        /// The band.
        band: Band,
        /// What is counted, where a plan keeps to two counts.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<Attribute>,
        /// Why it was accepted, in the words of who did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        accepted: Option<String>,
    },
    /// An exclusive grid stays whole, whatever its size.
    Exclusive {
        /// Its name.
        unit: String,
        /// Its size.
        total: u64,
        /// The band of exclusive grids.
        band: Band,
    },
    /// The same of a plan of patrol areas: units are what they nest in, atoms are whole communities.
    InAreas {
        /// The reason.
        reason: Box<Reason>,
    },
    /// No better division was found, and none is proven impossible.
    NotProven {
        /// Code of the jurisdiction.
        unit: String,
        /// Size of the grid.
        total: u64,
        /// The band.
        band: Band,
    },
}

impl Reason {
    /// Stands for the code of the unit where nothing but the whole area holds all.
    pub const EVERYTHING: &'static str = "*";

    /// The reason itself, where it is that of a plan of patrol areas.
    pub fn told(&self) -> &Self {
        match self {
            Self::InAreas { reason } => reason.told(),
            reason => reason,
        }
    }

    /// What the plan makes.
    pub fn made(&self) -> Made {
        if matches!(self, Self::InAreas { .. }) { Made::Areas } else { Made::Grids }
    }

    /// The kind of the reason, such as `unit_below`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::UnitBelow { .. } => "unit_below",
            Self::UnitGap { .. } => "unit_gap",
            Self::UnitClash { .. } => "unit_clash",
            Self::PartClash { .. } => "part_clash",
            Self::AtomOver { .. } => "atom_over",
            Self::PartBelow { .. } => "part_below",
            Self::PartGap { .. } => "part_gap",
            Self::Pocket { .. } => "pocket",
            Self::Locked { .. } => "locked",
            Self::Count { .. } => "count",
            Self::Apart { .. } => "apart",
            Self::Residue { .. } => "residue",
            Self::DeadEnd { .. } => "dead_end",
            Self::Stranded { .. } => "stranded",
            Self::Exhausted { .. } => "exhausted",
            Self::AsAdopted { .. } => "as_adopted",
            Self::ByHand { .. } => "by_hand",
            Self::Exclusive { .. } => "exclusive",
            Self::InAreas { reason } => reason.kind(),
            Self::NotProven { .. } => "not_proven",
        }
    }

    /// The same with words for the unit where it is everything.
    fn with_unit(&self, words: &str) -> Self {
        let mut named = self.clone();
        match &mut named {
            Self::UnitBelow { unit, .. }
            | Self::UnitGap { unit, .. }
            | Self::UnitClash { unit, .. }
            | Self::PartClash { unit, .. }
            | Self::PartBelow { unit, .. }
            | Self::PartGap { unit, .. }
            | Self::Pocket { unit, .. }
            | Self::Exhausted { unit, .. }
            | Self::Locked { unit, .. }
            | Self::Residue { unit, .. }
            | Self::Exclusive { unit, .. }
            | Self::Count { unit, .. }
            | Self::Apart { unit, .. }
            | Self::NotProven { unit, .. } => {
                if unit == Self::EVERYTHING {
                    words.clone_into(unit);
                }
            }
            Self::AtomOver { .. }
            | Self::DeadEnd { .. }
            | Self::Stranded { .. }
            | Self::AsAdopted { .. }
            | Self::ByHand { .. }
            | Self::InAreas { .. } => {}
        }
        named
    }

    /// In English.
    pub fn to_english(&self) -> String {
        self.told().english(self.made())
    }

    fn english(&self, made: Made) -> String {
        let (one, a, many, pieces) = (made.one(), made.a(), made.many(), made.pieces());
        let areas = made == Made::Areas;
        match &self.with_unit("the whole area") {
            Self::UnitBelow { unit, total, band, of } => {
                format!(
                    "{unit} has {total}{} in all, fewer than the {} of one {one}: join it with a neighbour or accept it",
                    noun(*of),
                    band.lower
                )
            }
            Self::UnitGap { unit, total, band, of } => {
                format!(
                    "{unit} has {total}{} in all, which no number of {many} of {} to {} adds up to: join it with a neighbour or accept it",
                    noun(*of),
                    band.lower,
                    band.upper
                )
            }
            Self::UnitClash { unit, total, band, other, other_band } => {
                format!(
                    "{unit} has {total} for {} to {} in {a} and {other} for {} to {}: no number of {many} serves both; widen one of the bands, join it with a neighbour or accept it",
                    band.lower, band.upper, other_band.lower, other_band.upper
                )
            }
            Self::PartClash { unit, total, band, other, other_band } => {
                format!(
                    "this part of {unit} is cut off from the rest and has {total} for {} to {} in {a} and {other} for {} to {}: no number of {many} serves both",
                    band.lower, band.upper, other_band.lower, other_band.upper
                )
            }
            Self::AtomOver { atom, total, band, of } => {
                format!(
                    "{}{atom} alone has {total}{}, more than {}: {}",
                    if areas { "community " } else { "" },
                    noun(*of),
                    band.upper,
                    if areas {
                        "a patrol area takes it whole; widen the bounds, or accept it"
                    } else {
                        "split it by building or unit, or accept it"
                    }
                )
            }
            Self::PartBelow { unit, total, band, of } => {
                format!(
                    "this part of {unit} is cut off from the rest and has {total}{}, fewer than the {} of one {one}",
                    noun(*of),
                    band.lower
                )
            }
            Self::PartGap { unit, total, band, of } => {
                format!(
                    "this part of {unit} is cut off from the rest and has {total}{}, which no number of {many} of {} to {} adds up to",
                    noun(*of),
                    band.lower,
                    band.upper
                )
            }
            Self::Pocket { unit, total, band } => {
                format!(
                    "this part of {unit} is shut in by {pieces} that are over {} by themselves and has {total}, which no number of {many} of {} to {} adds up to",
                    band.upper, band.lower, band.upper
                )
            }
            Self::Locked { unit, total, band } => {
                format!(
                    "this {one} of {unit} is locked with {total}, outside {} to {}: unlock it or accept it",
                    band.lower, band.upper
                )
            }
            Self::Count { unit, total, grids, band } => {
                format!(
                    "{unit} has {total} in all, which {grids} {many} of {} to {} cannot hold: ask for another number or accept it",
                    band.lower, band.upper
                )
            }
            Self::Apart { unit, total, grids, band, of } => {
                format!(
                    "{grids} areas of {unit} that stay apart take a grid each, and {total}{} here do not fill so many of {} or more: keep fewer of them apart or accept it",
                    noun(*of),
                    band.lower
                )
            }
            Self::Residue { unit, total, band } => {
                format!(
                    "the locked grids of {unit} leave {total} here, which no number of {many} of {} to {} adds up to: unlock a grid beside it or accept it",
                    band.lower, band.upper
                )
            }
            Self::DeadEnd { atom, total, band } => {
                format!(
                    "behind {atom}, the only way out, lies {total}, which no number of {many} of {} to {} adds up to, and what is left over does not fit with {atom}: {}accept it",
                    band.lower,
                    band.upper,
                    if areas { String::new() } else { format!("split {atom}, or ") }
                )
            }
            Self::Stranded { atom, total, band } => {
                format!(
                    "no group of neighbouring {pieces} around {atom} adds up to {} to {}; this {one} has {total}: {}accept it",
                    band.lower,
                    band.upper,
                    if areas { "" } else { "split a larger area beside it, or " }
                )
            }
            Self::Exhausted { unit, total, band } => {
                format!(
                    "every division of {unit} was tried, and none leaves less outside {} to {} than this {one} of {total} does",
                    band.lower, band.upper
                )
            }
            Self::AsAdopted { grid, total, band } => {
                format!("{grid} was adopted as it stands, with {total} against {} to {}", band.lower, band.upper)
            }
            Self::ByHand { total, band, of, accepted } => {
                let why = accepted.as_ref().map_or(String::new(), |why| format!("; accepted: {why}"));
                format!("drawn by hand with {total}{} against {} to {}{why}", noun(*of), band.lower, band.upper)
            }
            Self::Exclusive { unit, total, band } => {
                format!(
                    "the exclusive grid {unit} has {total}, outside {} to {}, and stays whole: accept it, or mark its areas otherwise",
                    band.lower, band.upper
                )
            }
            Self::NotProven { unit, total, band } => {
                format!(
                    "no division of {unit} was found that brings this {one} of {total} within {} to {}; none is proven impossible",
                    band.lower, band.upper
                )
            }
            Self::InAreas { reason } => reason.english(Made::Areas),
        }
    }

    /// In Chinese (zh-CN).
    pub fn to_chinese(&self) -> String {
        self.told().chinese(self.made())
    }

    fn chinese(&self, made: Made) -> String {
        let (one, pieces) = (made.chinese(), made.chinese_pieces());
        let areas = made == Made::Areas;
        match &self.with_unit("全域") {
            Self::UnitBelow { unit, total, band, of } => {
                format!(
                    "{unit} 总共只有 {total}{}，不足一个{one}的下限 {}：可与相邻辖区合并，或予以认可",
                    zh_noun(*of),
                    band.lower
                )
            }
            Self::UnitGap { unit, total, band, of } => {
                format!(
                    "{unit} 总共 {total}{}，无论分成几个 {}–{} 的{one}都凑不成整数：可与相邻辖区合并，或予以认可",
                    zh_noun(*of),
                    band.lower,
                    band.upper
                )
            }
            Self::UnitClash { unit, total, band, other, other_band } => {
                format!(
                    "{unit} 共 {total}（每格 {}–{}）、{other}（每格 {}–{}），没有任何{one}数能同时满足两项：可放宽其中一项、与相邻辖区合并，或予以认可",
                    band.lower, band.upper, other_band.lower, other_band.upper
                )
            }
            Self::PartClash { unit, total, band, other, other_band } => {
                format!(
                    "{unit} 的这一部分与其余部分不相连，共 {total}（每格 {}–{}）、{other}（每格 {}–{}），没有任何{one}数能同时满足两项",
                    band.lower, band.upper, other_band.lower, other_band.upper
                )
            }
            Self::AtomOver { atom, total, band, of } => {
                format!(
                    "{}{atom} 单独就有 {total}{}，超过上限 {}：{}",
                    if areas { "社区 " } else { "" },
                    zh_noun(*of),
                    band.upper,
                    if areas {
                        "片区不拆分社区，可放宽上限，或予以认可"
                    } else {
                        "可按楼栋或单元拆分，或予以认可"
                    }
                )
            }
            Self::PartBelow { unit, total, band, of } => {
                format!(
                    "{unit} 的这一部分与其余部分不相连，只有 {total}{}，不足一个{one}的下限 {}",
                    zh_noun(*of),
                    band.lower
                )
            }
            Self::PartGap { unit, total, band, of } => {
                format!(
                    "{unit} 的这一部分与其余部分不相连，共 {total}{}，无论分成几个 {}–{} 的{one}都凑不成整数",
                    zh_noun(*of),
                    band.lower,
                    band.upper
                )
            }
            Self::Pocket { unit, total, band } => {
                format!(
                    "{unit} 的这一部分被单独就超过 {} 的{pieces}围住，共 {total}，无论分成几个 {}–{} 的{one}都凑不成整数",
                    band.upper, band.lower, band.upper
                )
            }
            Self::Locked { unit, total, band } => {
                format!(
                    "{unit} 的这个{one}已锁定，为 {total}，不在 {}–{} 之内：可解锁，或予以认可",
                    band.lower, band.upper
                )
            }
            Self::Count { unit, total, grids, band } => {
                format!(
                    "{unit} 总共 {total}，按指定的 {grids} 个{one}无法都落在 {}–{} 之内：可改{one}数，或予以认可",
                    band.lower, band.upper
                )
            }
            Self::Apart { unit, total, grids, band, of } => {
                format!(
                    "{unit} 有 {grids} 个地块须分属不同网格，此处共 {total}{}，不够每格至少 {}：可减少须分开的地块，或予以认可",
                    zh_noun(*of),
                    band.lower
                )
            }
            Self::Residue { unit, total, band } => {
                format!(
                    "{unit} 的{one}锁定后此处只剩 {total}，无论分成几个 {}–{} 的{one}都凑不成整数：可解锁相邻{one}，或予以认可",
                    band.lower, band.upper
                )
            }
            Self::DeadEnd { atom, total, band } => {
                format!(
                    "{atom} 是这一带的唯一通路，其后共 {total}，无论分成几个 {}–{} 的{one}都凑不成整数，余下的与 {atom} 合在一起又超过上限：{}予以认可",
                    band.lower,
                    band.upper,
                    if areas { "可".to_owned() } else { format!("可拆分 {atom}，或") }
                )
            }
            Self::Stranded { atom, total, band } => {
                format!(
                    "{atom} 周围没有任何一组相邻{pieces}能凑成 {}–{}，本{one}为 {total}：{}予以认可",
                    band.lower,
                    band.upper,
                    if areas { "可" } else { "可拆分旁边较大的地块，或" }
                )
            }
            Self::Exhausted { unit, total, band } => {
                format!(
                    "{unit} 的所有分法都已试过，没有一种比现在（本{one} {total}）超出 {}–{} 更少",
                    band.lower, band.upper
                )
            }
            Self::AsAdopted { grid, total, band } => {
                format!("{grid} 按现状接收，现有 {total}，标准为 {}–{}", band.lower, band.upper)
            }
            Self::ByHand { total, band, of, accepted } => {
                let why = accepted.as_ref().map_or(String::new(), |why| format!("；认可理由：{why}"));
                format!("人工划定，现有 {total}{}，标准为 {}–{}{why}", zh_noun(*of), band.lower, band.upper)
            }
            Self::Exclusive { unit, total, band } => {
                format!(
                    "专属网格 {unit} 为 {total}，不在 {}–{} 之内，且不可拆分：可予以认可，或另行标注其地块",
                    band.lower, band.upper
                )
            }
            Self::NotProven { unit, total, band } => {
                format!(
                    "在 {unit} 内未找到能使本{one}（{total}）落入 {}–{} 的分法，但也未证明不可能",
                    band.lower, band.upper
                )
            }
            Self::InAreas { reason } => reason.chinese(Made::Areas),
        }
    }
}

/// The noun of a count with a space before it, where it has to be told.
const fn noun(of: Option<Attribute>) -> &'static str {
    match of {
        Some(Attribute::Households) => " households",
        Some(Attribute::Population) => " persons",
        None => "",
    }
}

/// The same in Chinese.
const fn zh_noun(of: Option<Attribute>) -> &'static str {
    match of {
        Some(Attribute::Households) => " 户",
        Some(Attribute::Population) => " 人",
        None => "",
    }
}
