//! Drafts are put away and taken back.

use crate::app::access::{Caller, Role};
use crate::store::{DraftMarked, PlanRecord};

use super::App;
use super::drafts::DraftError;

impl App {
    /// Puts a draft away, or takes it back; answers the plan as it is then.
    ///
    /// # Errors
    /// When there is no such plan, it is beyond the caller or was put in force, or the store fails.
    pub async fn put_draft_away(
        &self,
        caller: &Caller,
        id: i64,
        away: bool,
        request: Option<String>,
    ) -> Result<PlanRecord, DraftError> {
        let plan = self.plan_for(caller, id, &[Role::Planner]).await?;
        let act = caller.act(self.clock().now_ms(), request);
        match self.store().put_draft_away(plan.id, away, &act).await? {
            DraftMarked::Same => Ok(plan),
            DraftMarked::Marked => self.plan_for(caller, id, &[Role::Planner]).await,
            DraftMarked::Published(publication) => Err(DraftError::Published { plan: id, publication }),
        }
    }
}
