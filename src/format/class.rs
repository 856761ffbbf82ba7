//! The words of sources for roads, railways, water and walls → what a line is.
//!
//! Known are the values of OpenStreetMap's `highway`, `railway`, `waterway` and `barrier`
//! (wiki.openstreetmap.org/wiki/Map_features), of IGN's BD TOPO (`NATURE`), and common Chinese words.

use crate::atom::LineClass;
use LineClass::{Arterial, Path, Rail, River, Street, Wall};

/// Words, all in lower case, that a value is or that stand in it, the longer before those they contain.
const WORDS: &[(&str, LineClass)] = &[
    // OpenStreetMap
    ("motorway", Arterial),
    ("trunk", Arterial),
    ("primary", Arterial),
    ("secondary", Arterial),
    ("tertiary", Street),
    ("residential", Street),
    ("unclassified", Street),
    ("living_street", Street),
    ("service", Street),
    ("road", Street),
    ("local", Street),
    ("lane", Street),
    ("alley", Street),
    ("bus_guideway", Street),
    ("pedestrian", Path),
    ("footway", Path),
    ("cycleway", Path),
    ("bridleway", Path),
    ("track", Path),
    ("steps", Path),
    ("path", Path),
    ("railway", Rail),
    ("rail", Rail),
    ("tram", Rail),
    ("subway", Rail),
    ("river", River),
    ("stream", River),
    ("canal", River),
    ("ditch", River),
    ("drain", River),
    ("water", River),
    ("coastline", River),
    ("wall", Wall),
    ("fence", Wall),
    ("hedge", Wall),
    ("barrier", Wall),
    // BD TOPO
    ("autoroute", Arterial),
    ("bretelle", Arterial),
    ("2 chaussées", Arterial),
    ("1 chaussée", Street),
    ("rond-point", Street),
    ("route empierrée", Path),
    ("chemin", Path),
    ("sentier", Path),
    ("escalier", Path),
    ("piste cyclable", Path),
    ("voie ferrée", Rail),
    ("cours d'eau", River),
    // Chinese
    ("高速", Arterial),
    ("快速路", Arterial),
    ("主干", Arterial),
    ("次干", Arterial),
    ("国道", Arterial),
    ("省道", Arterial),
    ("支路", Street),
    ("街巷", Street),
    ("小区路", Street),
    ("步行", Path),
    ("人行", Path),
    ("铁路", Rail),
    ("轨道", Rail),
    ("河", River),
    ("水", River),
    ("渠", River),
    ("围墙", Wall),
    ("栅栏", Wall),
];

/// What a value of a source means; `None` for words that are not known.
pub(super) fn line_class(value: &str) -> Option<LineClass> {
    let value = value.trim().to_lowercase();
    value.parse().ok().or_else(|| {
        let whole = WORDS.iter().find(|(word, _)| *word == value);
        whole.or_else(|| WORDS.iter().find(|(word, _)| value.contains(word))).map(|&(_, class)| class)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_three_sources_are_known_whole_or_as_a_part() {
        let known = [
            ("primary_link", Arterial),
            ("Secondary", Arterial),
            ("['footway', 'steps']", Path),
            ("residential", Street),
            ("Route à 1 chaussée", Street),
            ("Route à 2 chaussées", Arterial),
            ("Quasi-autoroute", Arterial),
            ("Sentier", Path),
            ("城市主干路", Arterial),
            ("railway", Rail),
            ("rail", Rail),
            ("waterway", River),
            ("路边围墙", Wall),
        ];
        for (value, class) in known {
            assert_eq!(line_class(value), Some(class), "{value}");
        }
        assert_eq!(line_class("xyz"), None);
    }
}
