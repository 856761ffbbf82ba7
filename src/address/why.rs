//! Why an address of the register is a candidate: each thing that agrees, differs or is missing, in words.

use std::fmt;

/// A reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// Everything that was said agrees, and nothing is missing.
    Same,
    /// A word for what a street or compound is was left out.
    KindMissing {
        /// The name in the register.
        name: String,
        /// The word.
        kind: String,
    },
    /// A word for what a street or compound is was added.
    KindAdded {
        /// The name in the register.
        name: String,
        /// The word.
        kind: String,
    },
    /// Another word for what a street or compound is.
    KindOther {
        /// As it was said.
        said: String,
        /// The name in the register.
        name: String,
    },
    /// A name that differs by letters.
    Misspelt {
        /// As it was said.
        said: String,
        /// The name in the register.
        name: String,
    },
    /// A name of which a part was said.
    NameInPart {
        /// As it was said.
        said: String,
        /// The name in the register.
        name: String,
    },
    /// The street was not said.
    StreetMissing {
        /// The name in the register.
        name: String,
    },
    /// The number in the street was not said.
    StreetNumberMissing {
        /// The number in the register.
        number: String,
    },
    /// The compound was not said.
    CompoundMissing {
        /// The name in the register.
        name: String,
    },
    /// Areas were not said: a district, a street office.
    AreaMissing {
        /// Those of the register.
        areas: String,
    },
    /// Another area was said.
    AreaOther {
        /// As it was said.
        said: String,
        /// That of the register.
        area: String,
    },
    /// An area that the register does not have at this address.
    AreaUnknown {
        /// As it was said.
        said: String,
    },
    /// Something was said that means nothing here.
    NotRead {
        /// As it was said.
        said: String,
    },
    /// The building or house was not said.
    BuildingMissing {
        /// The number in the register.
        number: String,
    },
    /// The unit was not said.
    UnitMissing {
        /// The number in the register.
        number: String,
    },
    /// A unit that the register does not have.
    UnitUnknown {
        /// As it was said.
        said: String,
    },
    /// A room or flat; the register goes down to the building or unit.
    RoomLeft {
        /// As it was said.
        said: String,
    },
    /// A number taken for a unit, as no word says what it is.
    TakenForUnit {
        /// The number.
        number: String,
    },
    /// A building or house that the register does not have.
    NumberUnknown {
        /// As it was said.
        said: String,
    },
    /// Another number.
    NumberOther {
        /// As it was said.
        said: String,
        /// That of the register.
        number: String,
    },
    /// A number within a range of the register.
    InRange {
        /// As it was said.
        said: String,
        /// The range of the register.
        range: String,
    },
    /// At the place: 门口.
    AtPlace {
        /// As it was said.
        said: String,
    },
    /// Not at the place itself: 对面.
    NearPlace {
        /// As it was said.
        said: String,
    },
    /// Several entries of the register fit as well, and all are of one building or stand side by side in one grid.
    OneGrid {
        /// How many.
        entries: u64,
    },
}

/// A reason in English: `unit missing; the register has 2`.
impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Same => write!(f, "every part agrees"),
            Self::KindMissing { name, kind } => write!(f, "{name} matched without {kind}"),
            Self::KindAdded { name, kind } => write!(f, "{name} matched after dropping {kind}"),
            Self::KindOther { said, name } => write!(f, "{said} was said, the register has {name}"),
            Self::Misspelt { said, name } => write!(f, "{said} is spelt like {name}"),
            Self::NameInPart { said, name } => write!(f, "{said} is part of {name}"),
            Self::StreetMissing { name } => write!(f, "street missing; the register has {name}"),
            Self::StreetNumberMissing { number } => write!(f, "street number missing; the register has {number}"),
            Self::CompoundMissing { name } => write!(f, "compound missing; the register has {name}"),
            Self::AreaMissing { areas } => write!(f, "district missing; the register has {areas}"),
            Self::AreaOther { said, area } => write!(f, "{said} was said, the register has {area}"),
            Self::AreaUnknown { said } => write!(f, "the register does not say {said}"),
            Self::NotRead { said } => write!(f, "not understood: {said}"),
            Self::BuildingMissing { number } => write!(f, "building missing; the register has {number}"),
            Self::UnitMissing { number } => write!(f, "unit missing; the register has {number}"),
            Self::UnitUnknown { said } => write!(f, "the register has no unit {said} here"),
            Self::RoomLeft { said } => write!(f, "room {said} was left out"),
            Self::TakenForUnit { number } => write!(f, "{number} was taken for the unit"),
            Self::NumberUnknown { said } => write!(f, "the register has no number {said} here"),
            Self::NumberOther { said, number } => write!(f, "{said} was said, the register has {number}"),
            Self::InRange { said, range } => write!(f, "{said} lies within {range} of the register"),
            Self::AtPlace { said } => write!(f, "{said}: at the place"),
            Self::NearPlace { said } => write!(f, "{said}: near the place, not at it"),
            Self::OneGrid { entries } => write!(f, "{entries} entries fit as well, side by side in one grid"),
        }
    }
}

impl Why {
    /// A reason in Chinese: 缺单元，地址库为 2.
    pub fn to_chinese(&self) -> String {
        match self {
            Self::Same => "各部分一致".to_owned(),
            Self::KindMissing { name, kind } => format!("缺“{kind}”，按{name}匹配"),
            Self::KindAdded { name, kind } => format!("去掉“{kind}”后与{name}匹配"),
            Self::KindOther { said, name } => format!("所报为{said}，地址库为{name}"),
            Self::Misspelt { said, name } => format!("{said}与{name}写法相近"),
            Self::NameInPart { said, name } => format!("{said}是{name}的一部分"),
            Self::StreetMissing { name } => format!("缺道路名，地址库为{name}"),
            Self::StreetNumberMissing { number } => format!("缺门牌号，地址库为{number}号"),
            Self::CompoundMissing { name } => format!("缺小区名，地址库为{name}"),
            Self::AreaMissing { areas } => format!("缺区划，地址库为{areas}"),
            Self::AreaOther { said, area } => format!("所报为{said}，地址库为{area}"),
            Self::AreaUnknown { said } => format!("地址库未记{said}"),
            Self::NotRead { said } => format!("未识别：{said}"),
            Self::BuildingMissing { number } => format!("缺楼号，地址库为{number}"),
            Self::UnitMissing { number } => format!("缺单元，地址库为{number}"),
            Self::UnitUnknown { said } => format!("地址库此处无{said}单元"),
            Self::RoomLeft { said } => format!("房号{said}未用"),
            Self::TakenForUnit { number } => format!("{number}按单元理解"),
            Self::NumberUnknown { said } => format!("地址库此处无{said}号"),
            Self::NumberOther { said, number } => format!("所报为{said}，地址库为{number}"),
            Self::InRange { said, range } => format!("{said}在地址库的{range}之内"),
            Self::AtPlace { said } => format!("{said}：就在该处"),
            Self::NearPlace { said } => format!("{said}：在该处附近"),
            Self::OneGrid { entries } => format!("共{entries}条同样匹配，相邻且同属一个网格"),
        }
    }
}
