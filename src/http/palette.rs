//! The colours of the map, for styles: those of `web-map/src/map/palette.ts`.

/// For bright or dark surroundings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    Light,
    Dark,
}

/// A colour of the map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    Paper,
    /// In band, the smaller sizes and the larger.
    BandLow,
    BandHigh,
    Under,
    Over,
    Uninhabited,
    Unknown,
    GridLine,
    Border,
    BorderCasing,
    Halo,
    Fault,
    /// A finding that was mended.
    Mended,
    River,
    Rail,
    Arterial,
    Street,
    StreetCasing,
    Path,
    Wall,
    Building,
    BuildingLine,
    Counted,
}

impl Ink {
    /// As `#rrggbb`.
    pub const fn hex(self, scheme: Scheme) -> &'static str {
        let (light, dark) = match self {
            Self::Paper => ("#f1efea", "#14191c"),
            Self::BandLow => ("#e3ece4", "#25352f"),
            Self::BandHigh => ("#b9d2c3", "#3d5a4c"),
            Self::Under => ("#c3dbf0", "#21415f"),
            Self::Over => ("#f8cfa2", "#5e3a17"),
            Self::Uninhabited => ("#efece4", "#1f2427"),
            Self::Unknown => ("#dfe4e8", "#2b343a"),
            Self::Border => ("#3c4a50", "#b4c2c6"),
            Self::GridLine | Self::BorderCasing | Self::Halo => ("#ffffff", "#14191c"),
            Self::Fault => ("#c2185b", "#ff6fa5"),
            Self::Mended => ("#0f7f74", "#4fd0bf"),
            Self::River => ("#4f97c8", "#3f7fae"),
            Self::Rail => ("#5c5f66", "#a9adb5"),
            Self::Arterial => ("#f2d58a", "#8f7430"),
            Self::Street => ("#fffdf6", "#4b555a"),
            Self::StreetCasing => ("#b3a98f", "#0b0f11"),
            Self::Path => ("#8a7a5c", "#9a8a66"),
            Self::Wall => ("#8d4f3b", "#c07a60"),
            Self::Building => ("#cdbfae", "#5a5148"),
            Self::BuildingLine => ("#8f7f6b", "#8c8072"),
            Self::Counted => ("#7fb8a4", "#2f6b5a"),
        };
        match scheme {
            Scheme::Light => light,
            Scheme::Dark => dark,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [(Ink, &str, usize); 23] = [
        (Ink::Paper, "paper", 0),
        (Ink::BandLow, "band", 0),
        (Ink::BandHigh, "band", 1),
        (Ink::Under, "under", 0),
        (Ink::Over, "over", 0),
        (Ink::Uninhabited, "uninhabited", 0),
        (Ink::Unknown, "unknown", 0),
        (Ink::GridLine, "gridLine", 0),
        (Ink::Border, "border", 0),
        (Ink::BorderCasing, "borderCasing", 0),
        (Ink::Halo, "halo", 0),
        (Ink::Fault, "fault", 0),
        (Ink::Mended, "mended", 0),
        (Ink::River, "river", 0),
        (Ink::Rail, "rail", 0),
        (Ink::Arterial, "arterial", 0),
        (Ink::Street, "street", 0),
        (Ink::StreetCasing, "streetCasing", 0),
        (Ink::Path, "path", 0),
        (Ink::Wall, "wall", 0),
        (Ink::Building, "building", 0),
        (Ink::BuildingLine, "buildingLine", 0),
        (Ink::Counted, "counted", 0),
    ];

    #[test]
    fn the_colours_are_those_of_the_map() {
        let source = include_str!("../../web-map/src/map/palette.ts");
        for (scheme, start) in [(Scheme::Light, "const LIGHT"), (Scheme::Dark, "const DARK")] {
            let block = source.split(start).nth(1).unwrap().split("};").next().unwrap();
            for (ink, name, at) in NAMES {
                let line = block.lines().find(|line| line.trim_start().starts_with(&format!("{name}:"))).unwrap();
                let colour = line.split('"').filter(|piece| piece.starts_with('#')).nth(at).unwrap();
                assert_eq!(ink.hex(scheme), colour, "{name}");
            }
        }
    }
}
