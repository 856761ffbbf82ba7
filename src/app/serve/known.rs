//! What is known of the store's contents.

use std::collections::HashMap;

use super::{Calendar, ServeError};
use crate::store::{PlanRecord, PublicationRecord, Store, Workspace};

/// What is known of the store's contents, swapped whole.
#[derive(Debug)]
pub struct Known {
    /// Settings.
    pub workspace: Workspace,
    /// What dates mean here.
    pub calendar: Calendar,
    /// By sequence.
    pub publications: Vec<PublicationRecord>,
    /// Plans that were published, by id.
    pub(super) plans: HashMap<i64, PlanRecord>,
}

impl Known {
    /// The publications that may decide for some jurisdiction at an instant, in the order in which they come to hold:
    /// those effective, without those that a later one of the same import covers whole.
    pub(super) fn effective(&self, at_ms: i64) -> Vec<&PublicationRecord> {
        let mut effective: Vec<_> = self.publications.iter().filter(|p| p.effective_ms <= at_ms).collect();
        effective.sort_by_key(|p| (p.effective_ms, p.seq));
        let dataset = |record: &PublicationRecord| self.plans.get(&record.plan).map(|plan| plan.dataset);
        let covered_later = |position: usize, record: &PublicationRecord| {
            effective[position + 1..].iter().any(|later| later.scope.is_none() && dataset(later) == dataset(record))
        };
        effective
            .iter()
            .enumerate()
            .filter(|(i, record)| !covered_later(*i, record))
            .map(|(_, record)| *record)
            .collect()
    }

    /// The plan of a publication.
    pub fn plan(&self, record: &PublicationRecord) -> Option<&PlanRecord> {
        self.plans.get(&record.plan)
    }

    /// Reads it; `already` is what was read of it before.
    pub(super) async fn read(
        store: &dyn Store,
        already: Option<(Workspace, Vec<PublicationRecord>)>,
    ) -> Result<Self, ServeError> {
        let (workspace, publications) = match already {
            Some(read) => read,
            None => (store.workspace().await?, store.publications().await?),
        };
        let calendar = Calendar::new(&workspace.time_zone)?;
        let plans = store.plans().await?.into_iter().map(|plan| (plan.id, plan)).collect();
        Ok(Self { workspace, calendar, publications, plans })
    }
}
