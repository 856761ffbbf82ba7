//! Which bands hold in each unit, where jurisdictions or kinds of them have their own.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::AppError;
use super::nesting::Upward;
use crate::atom::{Dataset, Jurisdiction};
use crate::plan::{Attribute, Counted, OwnBand, OwnBands};

/// Where a unit lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Home {
    /// Nothing is divided by it.
    Unused,
    /// Everywhere.
    Everything,
    /// In the jurisdiction at this position.
    In(u32),
}

/// The own bands of each unit, by where it lies.
///
/// # Errors
/// Bands of a jurisdiction or a kind that is not there or in which nothing is divided, and a unit that holds jurisdictions of
/// kinds with different bands.
pub(super) fn of_units(dataset: &Dataset, homes: &[Home], own: &OwnBands) -> Result<Vec<OwnBand>, AppError> {
    if own.is_empty() {
        return Ok(vec![OwnBand::default(); homes.len()]);
    }
    let upward = Upward::new(dataset);
    refuse_unknown(dataset, homes, &upward, own)?;
    let tree = &dataset.jurisdictions;
    let lowest = dataset.lowest_level();
    let within = Within::new(dataset, &upward);
    let band = |home: &Home| match *home {
        Home::Unused => Ok(OwnBand::default()),
        Home::Everything => within.with_kinds(None, OwnBand::default(), own),
        Home::In(unit) => {
            let words = |unit: u32| {
                let Jurisdiction { code, kind, .. } = &tree[unit as usize];
                (code.as_str(), kind.as_deref())
            };
            let chain: Vec<_> = upward.chain(unit).map(words).collect();
            let by_code = own.of.get(chain[0].0).copied().unwrap_or_default();
            // a jurisdiction without a kind is of that of all in it
            let of_kindless = tree[unit as usize].level < lowest && tree[unit as usize].kind.is_none();
            let here = if of_kindless { within.with_kinds(Some(unit), by_code, own)? } else { by_code };
            Ok(here.or(own.upward(chain)))
        }
    };
    homes.iter().map(band).collect()
}

/// The bands as a plan that counts this keeps them: of persons alone, those of persons are those it divides by.
///
/// # Errors
/// Two bands of one count, and a second count where the plan has none.
pub(super) fn of_counts(own: &OwnBands, counted: Counted) -> Result<OwnBands, AppError> {
    let of = |(name, band): (&String, &OwnBand)| {
        let band = match (counted.attribute, counted.other, band) {
            (Attribute::Population, _, OwnBand { band: Some(_), other: Some(_) }) => Err(AppError::TwoBands),
            (Attribute::Population, _, OwnBand { band, other }) => Ok(OwnBand { band: band.or(*other), other: None }),
            (Attribute::Households, None, OwnBand { other: Some(band), .. }) => Err(AppError::Terms(format!(
                "{name:?} has bounds {band} of persons, but the others have none: say how many persons a grid should have elsewhere (--population-bounds L..U)"
            ))),
            (Attribute::Households, _, band) => Ok(*band),
        };
        Ok((name.clone(), band?))
    };
    Ok(OwnBands {
        of: own.of.iter().map(of).collect::<Result<_, AppError>>()?,
        of_kind: own.of_kind.iter().map(of).collect::<Result<_, AppError>>()?,
    })
}

/// The lowest jurisdictions in each other one.
struct Within<'a> {
    tree: &'a [Jurisdiction],
    lowest: Vec<u32>,
    below: HashMap<u32, Vec<u32>>,
}

impl<'a> Within<'a> {
    fn new(dataset: &'a Dataset, upward: &Upward) -> Self {
        let tree = &dataset.jurisdictions;
        let level = dataset.lowest_level();
        let lowest: Vec<u32> = (0..tree.len() as u32).filter(|&unit| tree[unit as usize].level == level).collect();
        let mut below: HashMap<u32, Vec<u32>> = HashMap::new();
        for &unit in &lowest {
            for up in upward.chain(unit).skip(1) {
                below.entry(up).or_default().push(unit);
            }
        }
        Self { tree, lowest, below }
    }

    /// What is said of a jurisdiction (of everything, without) by its code, and by the kinds of all lowest ones in it, which have to
    /// agree in what the code does not say.
    fn with_kinds(&self, unit: Option<u32>, by_code: OwnBand, own: &OwnBands) -> Result<OwnBand, AppError> {
        if own.of_kind.is_empty() {
            return Ok(by_code);
        }
        let units = unit.map_or(Some(&self.lowest), |unit| self.below.get(&unit));
        let band = |unit: u32| {
            let kind = self.tree[unit as usize].kind.as_deref();
            by_code.or(kind.and_then(|kind| own.of_kind.get(kind)).copied().unwrap_or_default())
        };
        let mut units = units.into_iter().flatten().copied();
        let Some(first) = units.next() else { return Ok(by_code) };
        let Some(other) = units.find(|&unit| band(unit) != band(first)) else { return Ok(band(first)) };
        let named = |unit: u32| {
            let Jurisdiction { code, kind, .. } = &self.tree[unit as usize];
            format!("{code} ({})", kind.as_deref().unwrap_or("of no kind"))
        };
        let place = unit.map_or_else(
            || "the whole area, divided as one (--within all),".to_owned(),
            |unit| self.tree[unit as usize].code.clone(),
        );
        Err(AppError::Terms(format!(
            "{place} holds {} and {}, whose kinds have different bounds: give it bounds by its code (--bounds-of CODE=L..U), or let grids keep to a lower level",
            named(first),
            named(other)
        )))
    }
}

fn refuse_unknown(dataset: &Dataset, homes: &[Home], upward: &Upward, own: &OwnBands) -> Result<(), AppError> {
    let tree = &dataset.jurisdictions;
    let position: BTreeMap<&str, u32> = tree.iter().map(|unit| unit.code.as_str()).zip(0..).collect();
    let mut governs: BTreeSet<u32> = BTreeSet::new();
    for home in homes {
        if let Home::In(unit) = *home {
            governs.extend(upward.chain(unit));
        }
    }
    for code in own.of.keys() {
        match position.get(code.as_str()) {
            None => {
                return Err(AppError::Terms(format!(
                    "{code:?} has bounds of its own, but there is no such jurisdiction: wangge export --layer jurisdictions lists them"
                )));
            }
            Some(unit) if !governs.contains(unit) => {
                return Err(AppError::Terms(format!(
                    "{code:?} has bounds of its own, but nothing is divided within it alone: it lies below what is kept to, or holds no area; give the bounds of a jurisdiction above it"
                )));
            }
            Some(_) => {}
        }
    }
    let kinds: BTreeSet<&str> = tree.iter().filter_map(|unit| unit.kind.as_deref()).collect();
    match own.of_kind.keys().find(|kind| !kinds.contains(kind.as_str())) {
        None => Ok(()),
        Some(kind) if kinds.is_empty() => Err(AppError::Terms(format!(
            "{kind:?} has bounds of its own, but the jurisdictions are of no kind: import them with --kind FIELD"
        ))),
        Some(kind) => {
            let known: Vec<&str> = kinds.into_iter().collect();
            Err(AppError::Terms(format!(
                "{kind:?} has bounds of its own, but no jurisdiction is of this kind: they are {}",
                known.join(", ")
            )))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Band;

    /// A street of two communities, urban and rural, and one of two rural communities.
    fn dataset() -> Dataset {
        let unit = |code: &str, level, parent: Option<&str>, kind: Option<&str>| Jurisdiction {
            code: code.to_owned(),
            name: code.to_owned(),
            level,
            level_name: ["", "street", "community"][usize::from(level)].to_owned(),
            parent: parent.map(str::to_owned),
            kind: kind.map(str::to_owned),
        };
        let jurisdictions = vec![
            unit("S", 1, None, None),
            unit("T", 1, None, None),
            unit("a", 2, Some("S"), Some("urban")),
            unit("b", 2, Some("S"), Some("rural")),
            unit("c", 2, Some("T"), Some("rural")),
            unit("d", 2, Some("T"), Some("rural")),
        ];
        Dataset { jurisdictions, ..Dataset::default() }
    }

    fn band(lower: u32) -> OwnBand {
        OwnBand { band: Some(Band { lower, upper: 2 * lower }), other: None }
    }

    fn own(of: &[(&str, u32)], of_kind: &[(&str, u32)]) -> OwnBands {
        let map = |bands: &[(&str, u32)]| bands.iter().map(|&(key, lower)| (key.to_owned(), band(lower))).collect();
        OwnBands { of: map(of), of_kind: map(of_kind) }
    }

    const COMMUNITIES: [Home; 6] = [Home::Unused, Home::Unused, Home::In(2), Home::In(3), Home::In(4), Home::In(5)];
    const STREETS: [Home; 6] = [Home::In(0), Home::In(1), Home::Unused, Home::Unused, Home::Unused, Home::Unused];

    #[test]
    fn communities_have_the_band_of_their_kind_or_code_or_that_of_their_street() {
        let none = OwnBand::default();
        let found = of_units(&dataset(), &COMMUNITIES, &own(&[("T", 5), ("c", 7)], &[("urban", 3)])).unwrap();
        assert_eq!(found, [none, none, band(3), none, band(7), band(5)]);
    }

    #[test]
    fn a_street_has_the_band_of_the_kind_of_all_its_communities_or_is_refused_by_two_of_them() {
        let refused = of_units(&dataset(), &STREETS, &own(&[], &[("rural", 3)])).unwrap_err().to_string();
        assert!(refused.starts_with("S holds a (urban) and b (rural)"), "{refused}");
        let refused = of_units(&dataset(), &[Home::Everything], &own(&[], &[("rural", 3)])).unwrap_err().to_string();
        assert!(refused.starts_with("the whole area") && refused.contains("a (urban) and b (rural)"), "{refused}");
        // where the street itself or both kinds say it alike there is nothing to refuse
        let found = of_units(&dataset(), &STREETS, &own(&[("S", 9)], &[("rural", 3)])).unwrap();
        assert_eq!(found[..2], [band(9), band(3)]);
        let found = of_units(&dataset(), &STREETS, &own(&[], &[("rural", 3), ("urban", 3)])).unwrap();
        assert_eq!(found[..2], [band(3), band(3)]);
    }

    #[test]
    fn bands_of_what_is_not_there_are_refused_in_words() {
        let refused = |homes: &[Home], own: &OwnBands| of_units(&dataset(), homes, own).unwrap_err().to_string();
        assert!(refused(&COMMUNITIES, &own(&[("X", 3)], &[])).contains("no such jurisdiction"));
        assert!(
            refused(&STREETS, &own(&[("a", 3)], &[])).contains("\"a\" has bounds of its own, but nothing is divided")
        );
        assert!(refused(&COMMUNITIES, &own(&[], &[("town", 3)])).contains("they are rural, urban"));
        let mut kindless = dataset();
        kindless.jurisdictions.iter_mut().for_each(|unit| unit.kind = None);
        let refused = of_units(&kindless, &COMMUNITIES, &own(&[], &[("rural", 3)])).unwrap_err().to_string();
        assert!(refused.contains("--kind FIELD"), "{refused}");
    }
}
