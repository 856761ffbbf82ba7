//! `wangge partition --frontier`: what each price of a move leads to, as a table or as JSON.

use std::str::FromStr;

use serde_json::{Value, json};

use super::{grouped, say};
use crate::app::{Frontier, OnFrontier};
use crate::plan::Attribute;

/// Prices tried at once, at most: each takes as long as a partition.
const MOST_PRICES: usize = 32;
/// The highest price of a move, that of `--keep-price`.
const MOST_PRICE_M: u32 = 1_000_000;

/// Prices of a move in metres of border.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Prices(pub Vec<u32>);

impl FromStr for Prices {
    type Err = String;

    fn from_str(given: &str) -> Result<Self, String> {
        let price = |word: &str| {
            let price = word.trim().parse().ok().filter(|price| *price <= MOST_PRICE_M);
            price.ok_or_else(|| {
                format!(
                    "{word:?}: write whole metres of 0 to {MOST_PRICE_M} with commas between them, such as 0,2,8,32"
                )
            })
        };
        let prices = given.split(',').map(price).collect::<Result<Vec<u32>, _>>()?;
        if prices.len() > MOST_PRICES {
            return Err(format!("{} prices are given: {MOST_PRICES} at most", prices.len()));
        }
        Ok(Self(prices))
    }
}

/// The frontier as JSON, for the answer of the command.
pub(super) fn as_json(frontier: &Frontier) -> [(&'static str, Value); 2] {
    let of = frontier.planned.counted.attribute;
    let moved = if of == Attribute::Households { "moved_households" } else { "moved_persons" };
    let row = |point: &OnFrontier| {
        json!({
            "keep_price_m": point.keep_price_m, moved: point.moved, "kept_pct": point.kept_percent(),
            "border_m": point.border_m, "grids": point.grids, "outside": point.outside,
            "dominated": point.is_dominated, "plan": point.is_kept.then_some(frontier.planned.plan),
        })
    };
    let rows: Vec<Value> = frontier.points.iter().map(row).collect();
    [("frontier", rows.into()), ("moved_at_least", frontier.moved_at_least.into())]
}

/// The frontier as a table.
pub(super) fn table(frontier: &Frontier) {
    let of = if frontier.planned.counted.attribute == Attribute::Households { "households" } else { "persons" };
    say(&format!(
        "frontier by the price of a move (--keep-price, metres of border for one of the {of}); {} at least have to move:",
        grouped(frontier.moved_at_least)
    ));
    say(&format!("  {:>9}{:>12}{:>9}{:>12}{:>8}{:>9}", "price m", "moved", "kept %", "border m", "grids", "outside"));
    for point in &frontier.points {
        let mark = match (point.is_kept, point.is_dominated) {
            (true, true) => format!("  plan {}; another price is better in all", frontier.planned.plan),
            (true, false) => format!("  plan {}", frontier.planned.plan),
            (false, true) => "  another price is better in all".to_owned(),
            (false, false) => String::new(),
        };
        say(&format!(
            "  {:>9}{:>12}{:>9.2}{:>12}{:>8}{:>9}{mark}",
            grouped(point.keep_price_m.into()),
            grouped(point.moved),
            point.kept_percent(),
            grouped(point.border_m),
            grouped(point.grids),
            grouped(point.outside),
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_whole_metres_with_commas_between_them() {
        assert_eq!("0,2, 8".parse(), Ok(Prices(vec![0, 2, 8])));
        for wrong in ["", "1,,2", "0.5", "-1", "1000001"] {
            assert!(wrong.parse::<Prices>().unwrap_err().contains("whole metres"), "{wrong}");
        }
        assert!(vec!["1"; 33].join(",").parse::<Prices>().unwrap_err().contains("33 prices"));
    }
}
