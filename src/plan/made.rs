//! What a plan is made of, and what it makes: the words its reasons are told in.

/// What a plan makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Made {
    /// Grids, of atoms.
    #[default]
    Grids,
    /// Patrol areas, of whole communities.
    Areas,
}

impl Made {
    /// One, in English.
    pub const fn one(self) -> &'static str {
        match self {
            Self::Grids => "grid",
            Self::Areas => "patrol area",
        }
    }

    /// One, with its article.
    pub const fn a(self) -> &'static str {
        match self {
            Self::Grids => "a grid",
            Self::Areas => "a patrol area",
        }
    }

    /// Several.
    pub const fn many(self) -> &'static str {
        match self {
            Self::Grids => "grids",
            Self::Areas => "patrol areas",
        }
    }

    /// One, in Chinese.
    pub const fn chinese(self) -> &'static str {
        match self {
            Self::Grids => "网格",
            Self::Areas => "片区",
        }
    }

    /// What they are made of, several.
    pub const fn pieces(self) -> &'static str {
        match self {
            Self::Grids => "areas",
            Self::Areas => "communities",
        }
    }

    /// The same in Chinese.
    pub const fn chinese_pieces(self) -> &'static str {
        match self {
            Self::Grids => "地块",
            Self::Areas => "社区",
        }
    }
}
