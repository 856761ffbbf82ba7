//! The administrative tree as it stands in a generation: boundaries and sums of its jurisdictions.

use std::collections::HashMap;

use crate::atom::Jurisdiction;
use crate::geom::{Envelope, LatticePoint, MultiPolygon, label_point};

use super::generation::Generation;
use super::tally::Tally;

/// A jurisdiction with what lies in it.
#[derive(Debug, Clone)]
pub struct Node {
    /// Code, name, level and parent.
    pub jurisdiction: Jurisdiction,
    /// Codes one level down, ascending.
    pub children: Vec<String>,
    /// Sums over its grids.
    pub tally: Tally,
    /// The box around its boundary; `None` when it has none.
    pub envelope: Option<Envelope>,
    /// Its boundary.
    pub shape: MultiPolygon,
    /// A point inside, for its label.
    pub label: Option<LatticePoint>,
}

/// All jurisdictions in force, parents before children, then by code. Immutable.
#[derive(Debug, Clone)]
pub struct Tree {
    nodes: Vec<Node>,
    by_code: HashMap<String, usize>,
}

impl Tree {
    pub(super) fn new(generation: &Generation) -> Self {
        let jurisdictions = generation.jurisdictions();
        let by_code: HashMap<String, usize> =
            jurisdictions.iter().enumerate().map(|(i, (_, j))| (j.code.clone(), i)).collect();
        let mut nodes: Vec<Node> = jurisdictions
            .iter()
            .map(|(import, jurisdiction)| {
                let shape = import.boundary(&jurisdiction.code).cloned().unwrap_or_default();
                Node {
                    jurisdiction: (*jurisdiction).clone(),
                    children: Vec::new(),
                    tally: Tally::default(),
                    envelope: shape.envelope(),
                    label: label_point(&shape),
                    shape,
                }
            })
            .collect();
        for (_, jurisdiction) in &jurisdictions {
            if let Some(&parent) = jurisdiction.parent.as_ref().and_then(|parent| by_code.get(parent)) {
                nodes[parent].children.push(jurisdiction.code.clone());
            }
        }
        for grid in generation.grids() {
            for link in &grid.chain {
                if let Some(&position) = by_code.get(&link.code).filter(|_| link.level > 0) {
                    nodes[position].tally.add(&grid.record);
                }
            }
        }
        Self { nodes, by_code }
    }

    /// Parents before children, then by code.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The jurisdiction with this code and all above it, the lowest first.
    pub fn upward<'a>(&'a self, code: &str) -> impl Iterator<Item = &'a Node> {
        std::iter::successors(self.node(code), |node| self.node(node.jurisdiction.parent.as_deref()?))
    }

    /// The jurisdiction with this code.
    pub fn node(&self, code: &str) -> Option<&Node> {
        self.by_code.get(code).map(|&position| &self.nodes[position])
    }
}
