//! Grid codes: how they are written, and which new grid keeps which old code.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

/// How grid codes are made: a pattern with `{parent}` (code of the jurisdiction) and `{seq}` or `{seq:03}` (a number inside
/// it, padded with zeros), or the name of a published scheme:
///
/// * `nbs12+3`: 12-digit statistical code of the community, then 3 digits;
/// * `db11-15`: 15 digits in all, the same shape (DB11 unit grids, GB/T 30428.1);
/// * `cjt213-14`: 12 digits, then 2 (CJ/T 213-2005).
///
/// Codes are strings and never reused; the pattern only proposes new ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeScheme {
    name: String,
    before: String,
    between: String,
    after: String,
    width: usize,
    /// Named schemes: this many digits of parent, and a number that must not outgrow its width.
    parent_digits: Option<usize>,
}

/// Why a scheme or a code is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// Not a scheme.
    #[error(
        "code scheme {text:?}: write {{parent}} before {{seq}} or {{seq:03}}, or name one of nbs12+3, db11-15, cjt213-14"
    )]
    Scheme {
        /// As given.
        text: String,
    },
    /// The jurisdictions do not carry the codes that the scheme is built on.
    #[error(
        "code scheme {scheme} needs jurisdiction codes of {digits} digits; {parent:?} is not: choose another --code-scheme"
    )]
    Parent {
        /// The scheme.
        scheme: String,
        /// Digits wanted.
        digits: usize,
        /// The jurisdiction.
        parent: String,
    },
    /// More grids than numbers.
    #[error("code scheme {scheme} has no number left for another grid of {parent:?}")]
    Full {
        /// The scheme.
        scheme: String,
        /// The jurisdiction.
        parent: String,
    },
}

impl FromStr for CodeScheme {
    type Err = CodeError;

    fn from_str(text: &str) -> Result<Self, CodeError> {
        let named = |width, parent_digits| Self {
            name: text.to_owned(),
            before: String::new(),
            between: String::new(),
            after: String::new(),
            width,
            parent_digits: Some(parent_digits),
        };
        match text {
            "nbs12+3" | "db11-15" => return Ok(named(3, 12)),
            "cjt213-14" => return Ok(named(2, 12)),
            _ => {}
        }
        let wrong = || CodeError::Scheme { text: text.to_owned() };
        let (before, rest) = text.split_once("{parent}").ok_or_else(wrong)?;
        let (between, rest) = rest.split_once("{seq").ok_or_else(wrong)?;
        let (format, after) = rest.split_once('}').ok_or_else(wrong)?;
        let width = match format.strip_prefix(':') {
            None if format.is_empty() => 1,
            Some(digits) => digits.parse().ok().filter(|width| (1..=9).contains(width)).ok_or_else(wrong)?,
            None => return Err(wrong()),
        };
        let plain = |part: &str| !part.contains(['{', '}']);
        if !(plain(before) && plain(between) && plain(after)) {
            return Err(wrong());
        }
        Ok(Self {
            name: text.to_owned(),
            before: before.to_owned(),
            between: between.to_owned(),
            after: after.to_owned(),
            width,
            parent_digits: None,
        })
    }
}

impl std::fmt::Display for CodeScheme {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)
    }
}

impl CodeScheme {
    /// The code with this number.
    ///
    /// # Errors
    /// When the parent's code does not fit the scheme, or the number outgrows it.
    pub fn write(&self, parent: &str, seq: u32) -> Result<String, CodeError> {
        let Self { name, before, between, after, width, parent_digits } = self;
        if let Some(digits) = *parent_digits {
            if parent.len() != digits || !parent.bytes().all(|b| b.is_ascii_digit()) {
                return Err(CodeError::Parent { scheme: name.clone(), digits, parent: parent.to_owned() });
            }
            if seq >= 10_u32.pow(*width as u32) {
                return Err(CodeError::Full { scheme: name.clone(), parent: parent.to_owned() });
            }
        }
        Ok(format!("{before}{parent}{between}{seq:0width$}{after}"))
    }

    /// The number in a code of this parent; `None` when the code is not of this scheme. O(length).
    pub fn read(&self, parent: &str, code: &str) -> Option<u32> {
        let number = code
            .strip_prefix(self.before.as_str())?
            .strip_prefix(parent)?
            .strip_prefix(self.between.as_str())?
            .strip_suffix(self.after.as_str())?;
        let seq = number.parse().ok()?;
        (self.write(parent, seq).ok()? == code).then_some(seq)
    }
}

/// A new grid that wants a code.
#[derive(Debug, Clone, PartialEq)]
pub struct Uncoded<'a> {
    /// Code of its jurisdiction.
    pub jurisdiction: &'a str,
    /// Where its label stands: `(x_e7, y_e7)`.
    pub label: (i32, i32),
    /// Height of its envelope in lattice units.
    pub height: u32,
}

/// How much of an old grid went into a new one: people first, area where nobody lives.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Overlap {
    /// Households (persons where those are counted) that went there.
    pub people: u64,
    /// Square metres that went there.
    pub area_m2: f64,
}

/// The old code of each new grid (by position) that continues an old one.
pub type KeptCodes = BTreeMap<u32, String>;

/// Which old grid each new one continues: pairs of (new position, old code), and the share of each old grid that went to
/// each new one. An old code stays with the new grid that keeps most of its people (of its area, where nobody
/// lived), if that new grid does not keep more of another. O(m log m).
pub fn continue_codes(overlaps: &BTreeMap<(String, u32), Overlap>) -> (KeptCodes, Vec<(String, u32, f64)>) {
    let mut totals: BTreeMap<&str, Overlap> = BTreeMap::new();
    for ((old, _), overlap) in overlaps {
        let total = totals.entry(old).or_default();
        total.people += overlap.people;
        total.area_m2 += overlap.area_m2;
    }
    let share = |old: &str, overlap: &Overlap| {
        let total = totals[old];
        if total.people > 0 {
            overlap.people as f64 / total.people as f64
        } else {
            overlap.area_m2 / total.area_m2.max(f64::MIN_POSITIVE)
        }
    };
    let mut pairs: Vec<(&str, u32, &Overlap)> =
        overlaps.iter().map(|((old, new), o)| (old.as_str(), *new, o)).collect();
    pairs.sort_by(|a, b| {
        b.2.people.cmp(&a.2.people).then(b.2.area_m2.total_cmp(&a.2.area_m2)).then((a.0, a.1).cmp(&(b.0, b.1)))
    });
    let mut kept = KeptCodes::new();
    let mut taken = BTreeSet::new();
    for &(old, new, overlap) in &pairs {
        if share(old, overlap) > 0.5 && !taken.contains(old) && !kept.contains_key(&new) {
            taken.insert(old);
            kept.insert(new, old.to_owned());
        }
    }
    let shares = overlaps.iter().map(|((old, new), overlap)| (old.clone(), *new, share(old, overlap))).collect();
    (kept, shares)
}

/// One code for each grid: kept ones first, then new numbers inside each jurisdiction, above all that were ever used
/// there, from north to south in bands of the median grid's height and west to east within a band (the order of DB11
/// unit grids, with its missing tie rule filled in).
///
/// # Errors
/// When the scheme does not fit a jurisdiction.
pub fn assign_codes(
    scheme: &CodeScheme,
    grids: &[Uncoded<'_>],
    kept: &KeptCodes,
    used: &BTreeSet<String>,
) -> Result<Vec<String>, CodeError> {
    let mut codes: Vec<Option<String>> = (0..grids.len() as u32).map(|i| kept.get(&i).cloned()).collect();
    let mut by_parent: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (i, grid) in grids.iter().enumerate() {
        by_parent.entry(grid.jurisdiction).or_default().push(i);
    }
    for (parent, mut members) in by_parent {
        let mut heights: Vec<u32> = members.iter().map(|&i| grids[i].height).collect();
        heights.sort_unstable();
        let band = i64::from(heights[heights.len() / 2].max(1));
        let north = members.iter().map(|&i| i64::from(grids[i].label.1)).max().unwrap_or(0);
        members.sort_by_key(|&i| {
            let (x, y) = grids[i].label;
            ((north - i64::from(y)) / band, x, -i64::from(y), i)
        });
        let last = used.iter().filter_map(|code| scheme.read(parent, code)).max().unwrap_or(0);
        let mut seq = last;
        for i in members {
            if codes[i].is_none() {
                seq += 1;
                codes[i] = Some(scheme.write(parent, seq)?);
            }
        }
    }
    Ok(codes.into_iter().map(|code| code.expect("every grid is in one jurisdiction")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scheme(text: &str) -> CodeScheme {
        text.parse().unwrap()
    }

    #[test]
    fn codes_are_read_back_as_they_were_written() {
        let default = scheme("{parent}-{seq:03}");
        assert_eq!(default.write("A01", 7).unwrap(), "A01-007");
        assert_eq!(default.read("A01", "A01-007"), Some(7));
        assert_eq!(default.read("A01", "A01-7"), None);
        assert_eq!(default.read("A0", "A01-007"), None);
        assert_eq!(default.write("A01", 1_234).unwrap(), "A01-1234");
        assert_eq!(scheme("nbs12+3").write("420106001002", 12).unwrap(), "420106001002012");
    }

    #[test]
    fn schemes_refuse_what_does_not_fit() {
        assert!(matches!("{seq}".parse::<CodeScheme>(), Err(CodeError::Scheme { .. })));
        assert!(matches!("{parent}{seq:x}".parse::<CodeScheme>(), Err(CodeError::Scheme { .. })));
        assert!(matches!(scheme("db11-15").write("A01", 1), Err(CodeError::Parent { .. })));
        assert!(matches!(scheme("cjt213-14").write("420106001002", 100), Err(CodeError::Full { .. })));
    }

    #[test]
    fn new_codes_run_north_to_south_and_west_to_east_above_all_used_ones() {
        let grid = |x, y| Uncoded { jurisdiction: "A", label: (x, y), height: 10 };
        let grids = [grid(0, 0), grid(20, 101), grid(0, 98), grid(0, 50)];
        let used = BTreeSet::from(["A-004".to_owned(), "B-900".to_owned()]);
        let kept = KeptCodes::from([(3, "A-002".to_owned())]);
        let codes = assign_codes(&scheme("{parent}-{seq:03}"), &grids, &kept, &used).unwrap();
        assert_eq!(codes, ["A-007", "A-006", "A-005", "A-002"]);
    }

    #[test]
    fn a_code_stays_with_the_grid_that_keeps_most_of_its_people() {
        let people = |people| Overlap { people, area_m2: 1.0 };
        let overlaps = BTreeMap::from([
            (("a".to_owned(), 0), people(300)),
            (("a".to_owned(), 1), people(100)),
            (("b".to_owned(), 1), people(200)),
            (("c".to_owned(), 2), Overlap { people: 0, area_m2: 5.0 }),
        ]);
        let (kept, shares) = continue_codes(&overlaps);
        assert_eq!(kept, KeptCodes::from([(0, "a".to_owned()), (1, "b".to_owned()), (2, "c".to_owned())]));
        assert_eq!(shares[0], ("a".to_owned(), 0, 0.75));
    }
}
