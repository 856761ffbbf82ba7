//! What a person should look at, in words.

use super::Measure;
use crate::geom::LatticePoint;

/// How many codes a sentence names.
const LISTED: usize = 5;

/// What kind of finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FindingKind {
    /// The places in a source have more people counted than it says. They keep them; nobody else gets any from it.
    CountedExceed,
    /// A source has people but no residential place: they went to the other places in it, by floor area.
    NoResidential,
    /// A source has people but no place at all: they went to the nearest residential one.
    NoPlace,
    /// People of a source that were given to nobody: all its residential places have counts, or none is near enough.
    Unplaced,
    /// Part of a source lies beyond the boundary: its share of people was left out.
    Beyond,
    /// Residential places outside all sources that say this measure: their number is unknown.
    NoSource,
    /// The same, but their number was reckoned from floor area.
    Reckoned,
    /// Places that several sources cover at once: sources overlap, and count their people twice.
    SourcesOverlap,
}

impl FindingKind {
    /// Its name in stores and answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::CountedExceed => "counted_exceed",
            Self::NoResidential => "no_residential",
            Self::NoPlace => "no_place",
            Self::Unplaced => "unplaced",
            Self::Beyond => "beyond",
            Self::NoSource => "no_source",
            Self::Reckoned => "reckoned",
            Self::SourcesOverlap => "sources_overlap",
        }
    }
}

/// One finding of [`weigh`](super::weigh).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub kind: FindingKind,
    /// Of what.
    pub measure: Measure,
    /// The source, with its noun, such as `square 123`; empty where there is none.
    pub source: String,
    /// How many households or persons it is about.
    pub amount: u64,
    /// The places, by position.
    pub places: Vec<u32>,
    /// Their codes, the first few.
    pub codes: Vec<String>,
    /// Where.
    pub at: LatticePoint,
}

impl Finding {
    pub(super) fn name_places<'a>(mut self, places: Vec<u32>, code: impl Fn(u32) -> &'a str) -> Self {
        self.codes = places.iter().take(LISTED).map(|&place| code(place).to_owned()).collect();
        self.places = places;
        self
    }

    fn list(&self, rest: impl Fn(usize) -> String) -> String {
        let more = self.places.len() - self.codes.len();
        let listed = self.codes.join(", ");
        if more > 0 { listed + &rest(more) } else { listed }
    }

    /// In English.
    pub fn en(&self) -> String {
        let Self { measure, source, amount, places, .. } = self;
        let count = places.len();
        let list = self.list(|more| format!(" and {more} more"));
        match self.kind {
            FindingKind::CountedExceed => {
                format!("places in {source} have {amount} {measure} more counted than it says: they keep them")
            }
            FindingKind::NoResidential => format!(
                "{source} has {amount} {measure} but no residential place: they went to the {count} others in it, by floor area"
            ),
            FindingKind::NoPlace => {
                format!("{source} has {amount} {measure} but no place in it: they went to the nearest, {list}")
            }
            FindingKind::Unplaced => format!(
                "{amount} {measure} of {source} were given to nobody: no place without a count lies in it or near it"
            ),
            FindingKind::Beyond => {
                format!("{source} reaches beyond the boundary: {amount} of its {measure} were left out, by ground area")
            }
            FindingKind::NoSource => format!(
                "{count} residential places lie in no source of {measure}, which stay unknown: {list}; give a total, or the floor area of one"
            ),
            FindingKind::Reckoned => format!(
                "{count} residential places lie in no source of {measure}: {amount} were reckoned from floor area ({list})"
            ),
            FindingKind::SourcesOverlap => {
                format!("sources of {measure} overlap on {count} places, whose people may count twice: {list}")
            }
        }
    }

    /// In Chinese.
    pub fn zh(&self) -> String {
        let Self { source, amount, places, .. } = self;
        let count = places.len();
        let (noun, one) = match self.measure {
            Measure::Households => ("户", "户数"),
            Measure::Population => ("人", "人口"),
        };
        let list = self.list(|more| format!(" 等另 {more} 处"));
        match self.kind {
            FindingKind::CountedExceed => format!("{source} 内实数比其总数多 {amount} {noun}：保留实数"),
            FindingKind::NoResidential => {
                format!("{source} 有 {amount} {noun}，但无住宅：按建筑面积分给其中其他 {count} 处")
            }
            FindingKind::NoPlace => format!("{source} 有 {amount} {noun}，但无建筑：归最近的 {list}"),
            FindingKind::Unplaced => format!("{source} 的 {amount} {noun}未能分配：其中及附近没有未计数的建筑"),
            FindingKind::Beyond => format!("{source} 超出边界：按占地面积略去 {amount} {noun}"),
            FindingKind::NoSource => {
                format!("{count} 处住宅不在任何{one}来源之内，{one}未知：{list}；请给出总数或每{noun}建筑面积")
            }
            FindingKind::Reckoned => {
                format!("{count} 处住宅不在任何{one}来源之内：按建筑面积推算 {amount} {noun}（{list}）")
            }
            FindingKind::SourcesOverlap => format!("{one}来源在 {count} 处互相重叠，可能重复计算：{list}"),
        }
    }
}
