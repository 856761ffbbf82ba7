//! The words of sources for the use of buildings and land.
//!
//! Known are values of OpenStreetMap's `building`, `landuse`, `leisure` and `natural` (wiki.openstreetmap.org/wiki/Map_features),
//! of IGN's BD TOPO (`USAGE1`, `NATURE`), and common Chinese words.

use super::AtomKind;

const LIVED_IN: [&str; 20] = [
    "residential",
    "résidentiel",
    "residentiel",
    "apartment",
    "house",
    "detached",
    "terrace",
    "dormitory",
    "bungalow",
    "villa",
    "farm",
    "logement",
    "abitazione",
    "wohn",
    "住宅",
    "居住",
    "公寓",
    "宿舍",
    "民房",
    "居民",
];
const UNSAID: [&str; 7] = ["yes", "indifférencié", "indifferencie", "undefined", "unknown", "其他", "未知"];
/// Contain a word of the first list and mean something else.
const NOT_LIVED_IN: [&str; 5] = ["warehouse", "farm_auxiliary", "greenhouse", "boathouse", "非住宅"];

/// Whether people live in a building of this use; `None` where the source does not say.
pub fn lived_in(class: Option<&str>) -> Option<bool> {
    let class = class.map(str::trim).filter(|class| !class.is_empty())?.to_lowercase();
    if UNSAID.contains(&class.as_str()) {
        return None;
    }
    let has = |words: &[&str]| words.iter().any(|word| class.contains(word));
    Some(has(&LIVED_IN) && !has(&NOT_LIVED_IN))
}

const WATER: [&str; 17] = [
    "water",
    "wetland",
    "river",
    "lake",
    "reservoir",
    "basin",
    "pond",
    "canal",
    "eau",
    "ecoulement",
    "retenue",
    "lac",
    "水",
    "河",
    "湖",
    "塘",
    "渠",
];
const GREEN: [&str; 29] = [
    "grass",
    "wood",
    "forest",
    "park",
    "pitch",
    "playground",
    "recreation",
    "garden",
    "scrub",
    "meadow",
    "farmland",
    "cemetery",
    "stadium",
    "heath",
    "orchard",
    "vineyard",
    "golf",
    "village_green",
    "nature_reserve",
    "sports",
    "bois",
    "forêt",
    "绿",
    "公园",
    "林",
    "草",
    "农田",
    "耕地",
    "墓",
];
const OPEN: [&str; 12] = [
    "school",
    "kindergarten",
    "university",
    "hospital",
    "parking",
    "square",
    "plaza",
    "学校",
    "幼儿园",
    "医院",
    "广场",
    "停车",
];

/// What a piece of land without houses is; `None` for land that houses stand on (residential, industrial, allotments), and for words
/// that are not known.
pub fn ground_kind(class: &str) -> Option<AtomKind> {
    let class = class.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| class.contains(word));
    // a car park is no park
    if has(&OPEN) {
        Some(AtomKind::Open)
    } else if has(&WATER) {
        Some(AtomKind::Water)
    } else if has(&GREEN) {
        Some(AtomKind::Green)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uses_of_three_sources_are_told_apart() {
        for lived in ["Résidentiel", "apartments", "house", "semidetached_house", "住宅楼"] {
            assert_eq!(lived_in(Some(lived)), Some(true), "{lived}");
        }
        for not in ["garages", "Commercial et services", "warehouse", "industrial", "非住宅", "学校"] {
            assert_eq!(lived_in(Some(not)), Some(false), "{not}");
        }
        for unsaid in [None, Some(""), Some("yes"), Some("Indifférencié")] {
            assert_eq!(lived_in(unsaid), None);
        }
    }

    #[test]
    fn land_is_water_green_or_open_or_has_houses() {
        for (class, kind) in [
            ("water", Some(AtomKind::Water)),
            ("Ecoulement naturel", Some(AtomKind::Water)),
            ("leisure_park", Some(AtomKind::Green)),
            ("natural_wood", Some(AtomKind::Green)),
            ("amenity_parking", Some(AtomKind::Open)),
            ("公园绿地", Some(AtomKind::Green)),
            ("residential", None),
            ("industrial", None),
        ] {
            assert_eq!(ground_kind(class), kind, "{class}");
        }
    }
}
