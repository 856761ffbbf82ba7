//! Bounds of single jurisdictions and of kinds of them.

use std::collections::BTreeMap;

use clap::Args;

use super::Failure;
use crate::plan::{Band, OwnBand, OwnBands};

/// Bounds that hold in single jurisdictions or kinds of them.
#[derive(Debug, Args)]
pub(super) struct OwnBounds {
    /// Bounds of a jurisdiction of any level, by its code: for all in it. Of several, those of the nearest jurisdiction upward hold,
    /// and those of its code before those of its kind
    #[arg(long, value_name = "CODE=L..U,…", value_delimiter = ',', value_parser = named)]
    bounds_of: Vec<(String, Band)>,
    /// Bounds of a kind of jurisdictions (wangge import --kind), such as rural=150..300
    #[arg(long, value_name = "KIND=L..U,…", value_delimiter = ',', value_parser = named)]
    bounds_of_kind: Vec<(String, Band)>,
    /// The same for persons, beside --population-bounds; alone where only persons are counted
    #[arg(long, value_name = "CODE=L..U,…", value_delimiter = ',', value_parser = named)]
    population_bounds_of: Vec<(String, Band)>,
    /// The same for persons by kind
    #[arg(long, value_name = "KIND=L..U,…", value_delimiter = ',', value_parser = named)]
    population_bounds_of_kind: Vec<(String, Band)>,
}

/// `CODE=L..U`, or `KIND=L..U`.
fn named(given: &str) -> Result<(String, Band), String> {
    let (name, band) = given
        .rsplit_once('=')
        .filter(|(name, _)| !name.trim().is_empty())
        .ok_or_else(|| format!("{given:?}: write a code or a kind and its bounds, such as 310101002=150..300"))?;
    let band = band.parse().map_err(|error: crate::plan::BandError| error.to_string())?;
    Ok((name.trim().to_owned(), band))
}

impl OwnBounds {
    /// As a partition takes them.
    pub(super) fn checked(self) -> Result<OwnBands, Failure> {
        Ok(OwnBands {
            of: bands("--bounds-of", self.bounds_of, self.population_bounds_of)?,
            of_kind: bands("--bounds-of-kind", self.bounds_of_kind, self.population_bounds_of_kind)?,
        })
    }
}

fn bands(
    option: &str,
    main: Vec<(String, Band)>,
    persons: Vec<(String, Band)>,
) -> Result<BTreeMap<String, OwnBand>, Failure> {
    let mut bands: BTreeMap<String, OwnBand> = BTreeMap::new();
    let all = main.into_iter().map(|of| (of, false)).chain(persons.into_iter().map(|of| (of, true)));
    for ((name, band), of_persons) in all {
        let own = bands.entry(name.clone()).or_default();
        let slot = if of_persons { &mut own.other } else { &mut own.band };
        if let Some(first) = slot.replace(band) {
            let option = if of_persons { option.replace("--", "--population-") } else { option.to_owned() };
            return Err(Failure::Plain(format!("{option} gives {name:?} {first} and {band}: give it one of them")));
        }
    }
    Ok(bands)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_and_its_bounds_are_parted_at_the_last_equals_sign() {
        let band = Band { lower: 150, upper: 300 };
        assert_eq!(named("310101002=150..300"), Ok(("310101002".to_owned(), band)));
        assert_eq!(named("a=b = 150..300"), Ok(("a=b".to_owned(), band)));
        for (wrong, word) in
            [("150..300", "such as"), ("=1..2", "such as"), ("a=2..1", "above the upper"), ("a=", "..")]
        {
            assert!(named(wrong).unwrap_err().contains(word), "{wrong}");
        }
    }

    #[test]
    fn one_name_has_one_band_of_each_count() {
        let band = |lower| ("A".to_owned(), Band { lower, upper: 9 });
        let found = bands("--bounds-of", vec![band(1)], vec![band(2)]);
        let found = found.unwrap_or_default();
        let own = OwnBand { band: Some(band(1).1), other: Some(band(2).1) };
        assert_eq!(found, [("A".to_owned(), own)].into());
        let Err(Failure::Plain(words)) = bands("--bounds-of", Vec::new(), vec![band(1), band(2)]) else {
            panic!("two bands of one count")
        };
        assert_eq!(words, "--population-bounds-of gives \"A\" 1..9 and 2..9: give it one of them");
    }
}
