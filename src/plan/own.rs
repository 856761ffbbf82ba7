//! Bands of single jurisdictions, and of kinds of them, where they are not those of the plan.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Band, Counted};

/// The bands of a jurisdiction or of a kind; what it does not say stays as it is for the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct OwnBand {
    /// Of the count the plan divides by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub band: Option<Band>,
    /// Of the second count, where two are kept to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<Band>,
}

impl OwnBand {
    /// What is kept to where these bands hold, given what holds elsewhere. A plan that keeps to one count keeps to one here, too.
    #[must_use]
    pub fn over(self, usual: Counted) -> Counted {
        Counted {
            attribute: usual.attribute,
            band: self.band.unwrap_or(usual.band),
            other: usual.other.map(|other| self.other.unwrap_or(other)),
        }
    }

    /// With what another one says where this one says nothing.
    #[must_use]
    pub fn or(self, farther: Self) -> Self {
        Self { band: self.band.or(farther.band), other: self.other.or(farther.other) }
    }
}

/// All of them that a plan has.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct OwnBands {
    /// By the code of a jurisdiction of any level: for all in it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub of: BTreeMap<String, OwnBand>,
    /// By the kind of a jurisdiction (城乡分类), such as `rural`: for all in those of the kind.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub of_kind: BTreeMap<String, OwnBand>,
}

impl OwnBands {
    /// Whether the bands of the plan hold everywhere.
    pub fn is_empty(&self) -> bool {
        self.of.is_empty() && self.of_kind.is_empty()
    }

    /// What holds in a jurisdiction, given code and kind of it and of all above it, the lowest first: each band is the nearest one
    /// upward, and at one jurisdiction that of its code goes before that of its kind.
    pub fn upward<'a>(&self, chain: impl IntoIterator<Item = (&'a str, Option<&'a str>)>) -> OwnBand {
        let here = |(code, kind): (&str, Option<&str>)| {
            let by_code = self.of.get(code).copied().unwrap_or_default();
            by_code.or(kind.and_then(|kind| self.of_kind.get(kind)).copied().unwrap_or_default())
        };
        chain.into_iter().map(here).fold(OwnBand::default(), OwnBand::or)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Attribute;

    const fn band(lower: u32, upper: u32) -> OwnBand {
        OwnBand { band: Some(Band { lower, upper }), other: None }
    }

    #[test]
    fn the_nearest_band_upward_holds_and_a_code_goes_before_a_kind() {
        let persons = OwnBand { band: None, other: Some(Band { lower: 400, upper: 800 }) };
        let own = OwnBands {
            of: [("street".to_owned(), band(200, 400)), ("village".to_owned(), persons)].into(),
            of_kind: [("rural".to_owned(), band(150, 300))].into(),
        };
        let district = ("district", None);
        let upward = |chain: &[(&'static str, Option<&'static str>)]| own.upward(chain.iter().copied());
        assert_eq!(upward(&[("town", None), district]), OwnBand::default());
        assert_eq!(upward(&[("lane", None), ("street", None), district]), band(200, 400));
        // the kind of the community is nearer than the code of its street
        assert_eq!(upward(&[("hamlet", Some("rural")), ("street", None), district]), band(150, 300));
        // at one jurisdiction the code goes first; what it does not say is said by the next
        assert_eq!(upward(&[("street", Some("rural")), district]), band(200, 400));
        let both = upward(&[("village", Some("rural")), ("street", None), district]);
        assert_eq!(both, OwnBand { other: persons.other, ..band(150, 300) });
    }

    #[test]
    fn a_plan_of_one_count_keeps_to_one_whatever_is_said_of_the_other() {
        let own = OwnBand { band: Some(Band { lower: 150, upper: 300 }), other: Some(Band::POPULATION) };
        let one = Counted::one(Attribute::Households, Band::HOUSEHOLDS);
        assert_eq!(own.over(one), Counted::one(Attribute::Households, Band { lower: 150, upper: 300 }));
        let both = Counted { other: Some(Band { lower: 1, upper: 2 }), ..one };
        assert_eq!(own.over(both).other, Some(Band::POPULATION));
        assert_eq!(OwnBand::default().over(both), both);
    }

    #[test]
    fn what_is_written_is_read_again() {
        let own = OwnBands { of: [("A".to_owned(), band(1, 2))].into(), ..OwnBands::default() };
        let text = serde_json::to_string(&own).unwrap();
        assert_eq!(text, r#"{"of":{"A":{"band":{"lower":1,"upper":2}}}}"#);
        assert_eq!(serde_json::from_str::<OwnBands>(&text).unwrap(), own);
        assert_eq!(serde_json::from_str::<OwnBands>("{}").unwrap(), OwnBands::default());
    }
}
