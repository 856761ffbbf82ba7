//! The name of a coordinate reference system.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What coordinates are in. Written `wgs84`, `gcj02`, `bd09`, `cgcs2000` or `EPSG:n`, in any case; with `/ne` behind it where
/// the first coordinate is the northing or latitude, as Chinese surveys write X and Y.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Crs {
    /// WGS 84 longitude and latitude in degrees (GPS).
    Wgs84,
    /// GCJ-02 degrees (AMap, Tencent).
    Gcj02,
    /// BD-09 degrees (Baidu).
    Bd09,
    /// CGCS2000 longitude and latitude in degrees (EPSG:4490).
    Cgcs2000,
    /// Anything else PROJ knows: `EPSG:n`, or a definition in WKT as files carry it.
    Proj(String),
    /// The same, with the northing or latitude first.
    NorthFirst(Box<Crs>),
}

/// Why a coordinate reference system cannot be used, or a coordinate cannot be brought to WGS 84.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CrsError {
    /// Not one of the names.
    #[error(
        "unknown CRS {given:?}: say wgs84, gcj02, bd09, cgcs2000 or EPSG:n, such as EPSG:4547 (EPSG:4547/ne where X is north)"
    )]
    UnknownName {
        /// What was given.
        given: String,
    },
    /// No such number in PROJ's database, or a definition PROJ cannot read.
    #[error("{crs} is not a CRS that PROJ knows ({reason}): look the number up at epsg.org")]
    UnknownDefinition {
        /// What was given, shortened.
        crs: String,
        /// What PROJ says.
        reason: String,
    },
    /// A vertical, engineering or other CRS without a place on the Earth.
    #[error("{crs} is a {kind}, not a CRS of longitude and latitude or of a map projection")]
    NotHorizontal {
        /// What was given, shortened.
        crs: String,
        /// PROJ's word for it.
        kind: String,
    },
    /// Beijing 1954 or Xian 1980.
    #[error(
        "{crs} is {datum}, which needs local parameters to reach CGCS2000: ask the survey office for the data in CGCS2000"
    )]
    LocalParameters {
        /// What was given, shortened.
        crs: String,
        /// The datum.
        datum: &'static str,
    },
    /// An easting that cannot be of the zone.
    #[error("easting {easting} is not of {crs}, {name}: {hint}")]
    Zone {
        /// What was given.
        crs: String,
        /// Which zone that is.
        name: String,
        /// The easting as given.
        easting: f64,
        /// What to say instead.
        hint: String,
    },
    /// A coordinate outside the reach of the projection.
    #[error("coordinate ({x}, {y}) cannot be converted from {crs}: {reason}")]
    Conversion {
        /// What it is in.
        crs: String,
        /// Longitude or easting as given.
        x: f64,
        /// Latitude or northing as given.
        y: f64,
        /// What PROJ says.
        reason: String,
    },
}

impl Crs {
    /// The CRS with this definition in WKT, as data files carry it. Known geographic ones are recognised by EPSG number
    /// only; give those as `EPSG:n`.
    pub fn from_wkt(wkt: impl Into<String>) -> Self {
        Self::Proj(wkt.into())
    }

    /// The CRS with this EPSG number; whether it exists is known when a [`super::Transformer`] is made.
    pub fn from_epsg(number: u32) -> Self {
        match number {
            4326 => Self::Wgs84,
            4490 => Self::Cgcs2000,
            _ => Self::Proj(format!("EPSG:{number}")),
        }
    }

    /// Whether coordinates in it are WGS 84 degrees already, for all that can be known.
    pub fn is_wgs84_degrees(&self) -> bool {
        matches!(self, Self::Wgs84 | Self::Cgcs2000)
    }
}

impl FromStr for Crs {
    type Err = CrsError;

    fn from_str(given: &str) -> Result<Self, CrsError> {
        let unknown = || CrsError::UnknownName { given: given.chars().take(60).collect() };
        let name = given.trim().to_ascii_lowercase();
        if let Some(inner) = name.strip_suffix("/ne") {
            return match inner.parse()? {
                Self::NorthFirst(_) => Err(unknown()),
                inner => Ok(Self::NorthFirst(Box::new(inner))),
            };
        }
        let local = |datum| Err(CrsError::LocalParameters { crs: given.trim().to_owned(), datum });
        match name.as_str() {
            "wgs84" | "wgs-84" | "crs84" | "ogc:crs84" => Ok(Self::Wgs84),
            "gcj02" | "gcj-02" => Ok(Self::Gcj02),
            "bd09" | "bd-09" | "bd09ll" => Ok(Self::Bd09),
            "cgcs2000" => Ok(Self::Cgcs2000),
            "beijing54" | "beijing1954" | "bj54" => local("Beijing 1954"),
            "xian80" | "xian1980" => local("Xian 1980"),
            _ => {
                let number = name.strip_prefix("epsg:").ok_or_else(unknown)?;
                if number.is_empty() || !number.bytes().all(|digit| digit.is_ascii_digit()) {
                    return Err(unknown());
                }
                Ok(Self::from_epsg(number.parse().map_err(|_| unknown())?))
            }
        }
    }
}

impl fmt::Display for Crs {
    /// The name [`FromStr`] reads; for a definition in WKT, the name inside it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NorthFirst(inner) => return write!(f, "{inner}/ne"),
            Self::Wgs84 => "wgs84",
            Self::Gcj02 => "gcj02",
            Self::Bd09 => "bd09",
            Self::Cgcs2000 => "cgcs2000",
            // WKT is KEYWORD["name",…
            Self::Proj(definition) => definition.split('"').nth(1).unwrap_or(definition),
        })
    }
}

impl TryFrom<String> for Crs {
    type Error = CrsError;

    fn try_from(given: String) -> Result<Self, CrsError> {
        match given.strip_suffix("/ne") {
            Some(inner) if given.contains('[') => Ok(Self::NorthFirst(Box::new(Self::Proj(inner.to_owned())))),
            None if given.contains('[') => Ok(Self::Proj(given)),
            _ => given.parse(),
        }
    }
}

impl From<Crs> for String {
    fn from(crs: Crs) -> Self {
        match crs {
            Crs::Proj(definition) => definition,
            Crs::NorthFirst(inner) => String::from(*inner) + "/ne",
            named => named.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_in_any_case_and_written_back() {
        for name in ["wgs84", "gcj02", "bd09", "cgcs2000", "EPSG:4547", "EPSG:4547/ne", "cgcs2000/ne"] {
            for given in [name.to_lowercase(), name.to_uppercase(), format!(" {name} ")] {
                assert_eq!(given.parse::<Crs>().unwrap().to_string(), name);
            }
        }
        assert_eq!("epsg:4326".parse(), Ok(Crs::Wgs84));
        assert_eq!("EPSG:4490".parse(), Ok(Crs::Cgcs2000));
        assert_eq!("OGC:CRS84".parse(), Ok(Crs::Wgs84));
    }

    #[test]
    fn a_wrong_name_is_answered_with_the_possible_ones() {
        for given in [
            "",
            "mars",
            "EPSG:",
            "EPSG:-1",
            "EPSG:4326x",
            "EPSG:99999999999",
            "+proj=longlat",
            "/ne",
            "wgs84/ne/ne",
            "PROJCS[\"x\"]",
        ] {
            let message = given.parse::<Crs>().unwrap_err().to_string();
            for name in ["wgs84", "gcj02", "bd09", "cgcs2000", "EPSG:n"] {
                assert!(message.contains(name), "{message}");
            }
        }
        assert!("xian80".parse::<Crs>().unwrap_err().to_string().contains("local parameters"));
    }

    #[test]
    fn the_stored_form_comes_back() {
        for crs in [
            Crs::Gcj02,
            Crs::from_epsg(2154),
            Crs::from_wkt("LOCAL_CS[\"town\"]"),
            Crs::NorthFirst(Box::new(Crs::from_wkt("LOCAL_CS[\"town\"]"))),
        ] {
            let text = serde_json::to_string(&crs).unwrap();
            assert_eq!(serde_json::from_str::<Crs>(&text).unwrap(), crs);
        }
    }
}
