//! Declared links: what joins two atoms that share no border.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What joins two atoms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkKind {
    /// A bridge; what is meant where nothing is said.
    #[default]
    Bridge,
    /// A ferry.
    Ferry,
    /// A way under a street, a railway or water.
    Underpass,
}

impl LinkKind {
    /// All, in order.
    pub const ALL: [Self; 3] = [Self::Bridge, Self::Ferry, Self::Underpass];

    /// Its name in files and answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bridge => "bridge",
            Self::Ferry => "ferry",
            Self::Underpass => "underpass",
        }
    }

    /// Its name in Chinese (zh-CN).
    pub fn zh_name(self) -> &'static str {
        match self {
            Self::Bridge => "桥",
            Self::Ferry => "渡口",
            Self::Underpass => "地下通道",
        }
    }
}

impl fmt::Display for LinkKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for LinkKind {
    type Err = String;

    /// In English in any case, or in Chinese.
    fn from_str(given: &str) -> Result<Self, String> {
        let word = given.trim();
        let same = |kind: &Self| kind.name().eq_ignore_ascii_case(word) || kind.zh_name() == word;
        let found = Self::ALL.into_iter().find(same);
        found.ok_or_else(|| format!("{given:?} is none of bridge, ferry, underpass (桥, 渡口, 地下通道)"))
    }
}

/// A link between two atoms, by their codes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Link {
    /// Code of the atom at one end.
    pub from: String,
    /// Code of the atom at the other end, not the same.
    pub to: String,
    /// What it is.
    pub kind: LinkKind,
    /// Its name, where the source has one.
    pub name: Option<String>,
}

impl Link {
    /// What it is called, in English: its kind, and its name where it has one.
    pub fn to_english(&self) -> String {
        self.name.as_ref().map_or_else(|| format!("the {}", self.kind), |name| format!("the {} {name}", self.kind))
    }

    /// The same in Chinese.
    pub fn to_chinese(&self) -> String {
        let kind = self.kind.zh_name();
        self.name.as_ref().map_or_else(|| kind.to_owned(), |name| format!("{kind}“{name}”"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_known_by_its_words_and_any_other_word_names_the_three() {
        for kind in LinkKind::ALL {
            assert_eq!(kind.name().parse(), Ok(kind));
            assert_eq!(kind.zh_name().parse(), Ok(kind));
            assert_eq!(format!(" {} ", kind.name().to_uppercase()).parse(), Ok(kind));
        }
        for word in ["", "tunnel", "bridges", "桥梁隧道"] {
            let error = word.parse::<LinkKind>().unwrap_err();
            assert!(error.contains("bridge, ferry, underpass") && error.contains(word), "{error}");
        }
    }
}
