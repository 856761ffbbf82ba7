//! How far what somebody may do reaches: the whole workspace, some subtrees of jurisdictions, or nothing.

use std::collections::BTreeSet;

use crate::store::{Grant, Role};

/// The jurisdictions something holds for, each with all below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// Everywhere.
    Everything,
    /// In these jurisdictions and below; nowhere when there are none.
    Within(BTreeSet<String>),
}

impl Reach {
    /// Nowhere.
    pub const NOTHING: Self = Self::Within(BTreeSet::new());

    /// Where any of these roles holds. An administrator has every role.
    pub fn of(grants: &[Grant], roles: &[Role]) -> Self {
        let fitting = grants.iter().filter(|grant| grant.role == Role::Administrator || roles.contains(&grant.role));
        let mut within = BTreeSet::new();
        for grant in fitting {
            match &grant.scope {
                None => return Self::Everything,
                Some(code) => {
                    within.insert(code.clone());
                }
            }
        }
        Self::Within(within)
    }

    /// Whether it is nowhere.
    pub fn is_nothing(&self) -> bool {
        matches!(self, Self::Within(codes) if codes.is_empty())
    }

    /// Whether it is everywhere.
    pub fn is_everything(&self) -> bool {
        *self == Self::Everything
    }

    /// Whether it reaches something that lies in all of these: a grid's or jurisdiction's code with all above it.
    pub fn holds<'a>(&self, chain: impl IntoIterator<Item = &'a str>) -> bool {
        match self {
            Self::Everything => true,
            Self::Within(codes) => !codes.is_empty() && chain.into_iter().any(|code| codes.contains(code)),
        }
    }

    /// Whether it reaches a report, by the owner chain kept with it. One without an owner is seen from everywhere only.
    pub fn holds_report(&self, chain: &serde_json::Value) -> bool {
        let links = chain.as_array().map_or(&[][..], Vec::as_slice);
        // a grid's code may be that of a jurisdiction: only the latter are scopes
        let above = links.iter().filter(|link| link["level"].as_i64().is_some_and(|level| level > 0));
        self.holds(above.filter_map(|link| link["code"].as_str()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn grant(role: Role, scope: Option<&str>) -> Grant {
        Grant { role, scope: scope.map(str::to_owned) }
    }

    #[test]
    fn reach_is_the_sum_of_the_grants_that_fit() {
        let grants = [grant(Role::Officer, Some("A")), grant(Role::Officer, Some("B")), grant(Role::Viewer, None)];
        let officer = Reach::of(&grants, &[Role::Officer]);
        assert!(officer.holds(["B1", "B", "D"]) && officer.holds(["A"]));
        assert!(!officer.holds(["D"]) && !officer.holds(["C1", "C", "D"]));
        assert!(Reach::of(&grants, &[Role::Viewer, Role::Officer]).is_everything());
        assert!(Reach::of(&grants, &[Role::Planner]).is_nothing());
        assert!(!Reach::NOTHING.holds(["A"]));
    }

    #[test]
    fn an_administrator_has_every_role_in_its_scope() {
        let reach = Reach::of(&[grant(Role::Administrator, Some("A"))], &[Role::Publisher]);
        assert!(reach.holds(["A1", "A"]) && !reach.holds(["B"]));
    }

    #[test]
    fn a_report_is_reached_by_the_jurisdictions_of_its_chain_and_not_by_its_grid() {
        let chain = json!([{"level": 0, "code": "X"}, {"level": 3, "code": "A"}, {"level": 1, "code": "D"}]);
        let within = |code: &str| Reach::Within([code.to_owned()].into());
        assert!(within("A").holds_report(&chain) && within("D").holds_report(&chain));
        assert!(!within("X").holds_report(&chain));
        assert!(!within("A").holds_report(&json!([])));
        assert!(Reach::Everything.holds_report(&json!([])));
    }
}
