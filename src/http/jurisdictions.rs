//! `GET /v1/jurisdictions`, `GET /v1/jurisdictions/{code}`: the administrative tree in force.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::access::Reach;
use crate::app::serve::{App, Node, Tree};

use super::access::Asker;
use super::error::Problem;
use super::locate::in_force;
use super::params::Segments;
use super::wire::{Box4, MultiPolygon};

/// All jurisdictions.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Jurisdictions {
    /// Parents before children, then by code; empty before the first publication.
    jurisdictions: Vec<Jurisdiction>,
}

/// A jurisdiction in short.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Jurisdiction {
    /// Its code.
    #[schema(example = "310101001")]
    code: String,
    /// Its name.
    name: String,
    /// 1 is the top level.
    #[schema(example = 3)]
    level: u8,
    /// What the level is called.
    #[schema(example = "community")]
    level_name: String,
    /// Code of the jurisdiction one level up; null at the top.
    parent: Option<String>,
    /// Households in its grids; null for who may not know.
    households: Option<u64>,
    /// Persons in them, where they are counted; null for who may not know.
    population: Option<u64>,
    /// Grids in it.
    grids: u64,
    /// West, south, east, north in degrees; null when it has no boundary.
    #[schema(value_type = Option<Vec<f64>>)]
    envelope: Option<Box4>,
}

/// A jurisdiction with its boundary.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct JurisdictionDetail {
    #[serde(flatten)]
    summary: Jurisdiction,
    /// Its boundary.
    geometry: MultiPolygon,
    /// Codes one level down.
    children: Vec<String>,
}

impl Jurisdiction {
    /// A jurisdiction, with its counts where `insight` reaches.
    fn new(node: &Node, tree: &Tree, insight: &Reach) -> Self {
        let counted = insight.holds(tree.upward(&node.jurisdiction.code).map(|up| up.jurisdiction.code.as_str()));
        let jurisdiction = node.jurisdiction.clone();
        Self {
            code: jurisdiction.code,
            name: jurisdiction.name,
            level: jurisdiction.level,
            level_name: jurisdiction.level_name,
            parent: jurisdiction.parent,
            households: counted.then_some(node.tally.households),
            population: node.tally.population.filter(|_| counted),
            grids: node.tally.grids,
            envelope: node.envelope.map(|envelope| envelope.to_degrees()),
        }
    }
}

/// The administrative tree.
#[utoipa::path(get, path = "/v1/jurisdictions", tag = "jurisdictions", responses((status = 200, body = Jurisdictions)))]
pub(super) async fn list(State(app): State<Arc<App>>, Asker(caller): Asker) -> Result<Json<Jurisdictions>, Problem> {
    let generation = app.current().await?;
    let insight = caller.insight();
    let trees = generation.iter().map(|generation| generation.tree());
    let jurisdictions =
        trees.flat_map(|tree| tree.nodes().iter().map(|node| Jurisdiction::new(node, tree, &insight))).collect();
    Ok(Json(Jurisdictions { jurisdictions }))
}

/// One jurisdiction with its boundary and children.
#[utoipa::path(
    get, path = "/v1/jurisdictions/{code}", tag = "jurisdictions",
    params(("code" = String, Path, description = "Code of the jurisdiction", example = "310101001")),
    responses((status = 200, body = JurisdictionDetail))
)]
pub(super) async fn one(
    State(app): State<Arc<App>>,
    Asker(caller): Asker,
    Segments(code): Segments<String>,
) -> Result<Json<JurisdictionDetail>, Problem> {
    let generation = in_force(&app, app.clock().now_ms()).await?;
    let node = generation.tree().node(&code).ok_or_else(|| {
        let shown: String = code.chars().take(100).collect();
        Problem::not_found(format!("there is no jurisdiction {shown:?}: /v1/jurisdictions lists them"))
    })?;
    Ok(Json(JurisdictionDetail {
        summary: Jurisdiction::new(node, generation.tree(), &caller.insight()),
        geometry: MultiPolygon::from(&node.shape),
        children: node.children.clone(),
    }))
}
