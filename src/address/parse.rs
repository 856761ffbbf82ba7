//! What the parts of an address are: areas, names, numbers.

use super::fold::{self, Script};
use super::han;
use super::words;

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Counts {
    /// A house or building, or a part of one (корпус, строение).
    House,
    /// A unit or stair of a building (单元).
    Unit,
}

/// A number of an address.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Number {
    /// As it is compared: `12a`, `21`, `k2`.
    pub text: String,
    pub counts: Counts,
}

impl Number {
    pub fn house(text: impl Into<String>) -> Self {
        Self { text: text.into(), counts: Counts::House }
    }

    pub fn unit(text: impl Into<String>) -> Self {
        Self { text: text.into(), counts: Counts::Unit }
    }

    /// The number it begins with.
    pub fn value(&self) -> Option<u32> {
        let digits: String = self.text.chars().skip_while(|c| !c.is_ascii_digit()).collect();
        let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
        digits[..end].parse().ok()
    }
}

/// A name and the numbers that follow it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Step {
    /// Chinese: the whole run of signs, with areas in front. Words: without those of the kind.
    pub name: String,
    /// Words: what it is (`street`, `avenue`), where that is said.
    pub kind: Option<&'static str>,
    pub numbers: Vec<Number>,
}

/// What stands at the end of an address and says where from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Near {
    /// At the place itself: 门口, 楼下.
    At(&'static str),
    /// Not far from it: 附近, 对面.
    Off(&'static str),
}

/// One reading of an address.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Reading {
    pub steps: Vec<Step>,
    /// Words: what else was said, such as a town or a postal code.
    pub others: Vec<String>,
    /// A room or flat.
    pub room: Option<String>,
    pub near: Option<Near>,
}

/// An address in the form it is compared in, whole. `normalise(normalise(x)) == normalise(x)`.
///
/// ```
/// use wangge::address::normalise;
/// assert_eq!(normalise("人民路２７６號，文昌里遊園十二幢３單元"), "人民路276-文昌里遊园12-3~");
/// assert_eq!(normalise("Улица Щёлкина, д. 12А"), normalise("улица щелкина д 12A"));
/// ```
pub fn normalise(text: &str) -> String {
    let mut out = once(text);
    // as in `normal`: what one reading takes away may bring signs together that the next one knows
    for _ in 0..=text.len() {
        let next = once(&out);
        if next == out {
            break;
        }
        out = next;
    }
    out
}

fn once(text: &str) -> String {
    match fold::script(text) {
        Script::Han => fold::han(text),
        Script::Words => fold::words(text, fold::alphabet(text)).join(" "),
    }
}

/// The ways an address can be read, the most likely first; at least one.
pub(super) fn readings(text: &str) -> Vec<Reading> {
    match fold::script(text) {
        Script::Han => han::read(text),
        Script::Words => words::read(text),
    }
}

/// The parts of an address, as they are kept and shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Parts {
    /// Province, city, district and the like, from the large to the small, as they are written.
    pub area: String,
    /// Street or lane.
    pub street: String,
    /// Number in the street, with its parts (корпус).
    pub number: String,
    /// Compound (小区) or other name within the street.
    pub compound: String,
    /// Building (楼栋) of the compound.
    pub building: String,
    /// Unit or stair (单元).
    pub unit: String,
}

impl Parts {
    /// Reads an address.
    ///
    /// ```
    /// use wangge::address::Parts;
    /// let parts = Parts::read("澄浦区南埠街道人民路276号云锦花园3号楼2单元");
    /// assert_eq!((parts.area.as_str(), parts.street.as_str(), parts.number.as_str()), ("澄浦区南埠街道", "人民路", "276"));
    /// assert_eq!((parts.compound.as_str(), parts.building.as_str(), parts.unit.as_str()), ("云锦花园", "3", "2"));
    /// ```
    pub fn read(text: &str) -> Self {
        let reading = readings(text).swap_remove(0);
        let is_han = fold::script(text) == Script::Han;
        let mut parts = Self { area: reading.others.join(" "), ..Self::default() };
        let last = reading.steps.len().saturating_sub(1);
        for (i, step) in reading.steps.iter().enumerate() {
            let houses: Vec<&str> =
                step.numbers.iter().filter(|n| n.counts == Counts::House).map(|n| n.text.as_str()).collect();
            let name = if i == 0 && is_han {
                let (areas, rest) = han::areas(&step.name);
                parts.area = areas.iter().map(|area| area.text.as_str()).collect();
                rest
            } else {
                step.name.clone()
            };
            let in_street = !is_han || (i == 0 && (last > 0 || han::is_street(&name)));
            let (place, number) = if in_street {
                (&mut parts.street, &mut parts.number)
            } else {
                (&mut parts.compound, &mut parts.building)
            };
            place.push_str(&name);
            if let Some(kind) = step.kind {
                place.push(' ');
                place.push_str(kind);
            }
            *number = houses.join("-");
            if let Some(unit) = step.numbers.iter().find(|n| n.counts == Counts::Unit) {
                parts.unit.clone_from(&unit.text);
            }
        }
        parts
    }
}
