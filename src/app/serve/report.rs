//! The intake of reports: located, kept, and only then acknowledged.

use std::sync::Arc;

use serde_json::json;
use sha2::{Digest, Sha256};

use crate::app::access::Reach;
use crate::store::{Act, Kept, NewReport, ReportRecord, Stage, StoreError};

use super::generation::Located;
use super::hex::hex;
use super::point::{GivenPoint, PointError};
use super::published::{Grid, Link};
use super::{App, ServeError};

/// The longest category, in letters.
pub const CATEGORY_CHARS: usize = 64;
/// The longest text, in letters (Open311 GeoReport v2: description).
pub const TEXT_CHARS: usize = 4000;
/// The longest answer to a report, in letters.
pub const ANSWER_CHARS: usize = 1000;
/// The longest Idempotency-Key, in bytes.
pub const KEY_BYTES: usize = 128;

/// Reports looked at first for those in a scope.
const LOOKED_AT: u32 = 500;
/// Reports looked at in all for those in a scope.
const LOOKED_AT_MOST: u32 = 200_000;

/// What a resident or officer sends.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// What it is about.
    pub category: String,
    /// In their words.
    pub text: String,
    /// Where.
    pub point: GivenPoint,
    /// The address in their words, where they gave one and the point is that of the one that was taken.
    pub address: Option<String>,
    /// What makes a second sending harmless.
    pub key: Option<String>,
}

/// Why a report is refused.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A category that is empty or too long.
    #[error("category has {chars} letters: it must have 1 to {CATEGORY_CHARS}, not only spaces")]
    Category {
        /// How many.
        chars: usize,
    },
    /// A text that is too long.
    #[error("text has {chars} letters: {TEXT_CHARS} at most")]
    Text {
        /// How many.
        chars: usize,
    },
    /// An answer that is empty or too long.
    #[error("answer has {chars} letters: it must have 1 to {ANSWER_CHARS}, not only spaces, to answer a report")]
    Answer {
        /// How many.
        chars: usize,
    },
    /// A letter that is no letter.
    #[error("{field} holds the control character U+{code:04X}: only tab and line breaks may stand in it")]
    Control {
        /// Where.
        field: &'static str,
        /// Which one.
        code: u32,
    },
    /// A key that cannot be one.
    #[error("Idempotency-Key must be 1 to {KEY_BYTES} visible ASCII letters")]
    Key,
    /// A point nobody can use.
    #[error(transparent)]
    Point(#[from] PointError),
    /// It could not be kept, or nothing could be read.
    #[error(transparent)]
    Serve(#[from] ServeError),
}

/// A report with the grid that owned it when it came.
#[derive(Debug, Clone)]
pub struct Filed {
    /// As it is kept.
    pub record: ReportRecord,
    /// Its grid, as published then.
    pub grid: Option<Arc<Grid>>,
}

/// What became of a draft.
#[derive(Debug, Clone)]
pub enum Received {
    /// It is new and kept.
    Created(Filed),
    /// It was kept before: same key, same body.
    Replayed(Filed),
}

impl Draft {
    fn check(&self) -> Result<(), ReportError> {
        let chars = self.category.chars().count();
        if self.category.trim().is_empty() || chars > CATEGORY_CHARS {
            return Err(ReportError::Category { chars });
        }
        let chars = self.text.chars().count();
        if chars > TEXT_CHARS {
            return Err(ReportError::Text { chars });
        }
        plain("category", &self.category)?;
        plain("text", &self.text)?;
        let lawful = |key: &str| (1..=KEY_BYTES).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic());
        if self.key.as_deref().is_some_and(|key| !lawful(key)) {
            return Err(ReportError::Key);
        }
        Ok(())
    }

    /// SHA-256 of everything said, in hex: two bodies are the same when it is.
    fn hash(&self) -> String {
        // what an address was taken for may change with the register; what was said does not
        if let Some(address) = &self.address {
            let said = json!({"category": self.category, "text": self.text, "address": address});
            return hex(&Sha256::digest(said.to_string()));
        }
        let crs = self.point.crs.to_string();
        let said = json!([self.category, self.text, self.point.lon.to_bits(), self.point.lat.to_bits(), crs]);
        hex(&Sha256::digest(said.to_string()))
    }
}

impl App {
    /// Locates a report by what is in force now, keeps it, and returns it once it is safe on disk. The events feed tells
    /// of it after that.
    ///
    /// # Errors
    /// When it is not lawful, its key was used for another body, or it could not be kept.
    pub async fn receive(&self, draft: Draft, act: &Act) -> Result<Received, ReportError> {
        draft.check()?;
        let point = draft.point.snap()?;
        let body_hash = draft.hash();
        let received_ms = act.at_ms;
        let generation = self.generation(received_ms).await?;
        let located = generation.as_ref().map(|generation| generation.locate(point));
        let owner = located.as_ref().and_then(Located::grid);
        let publication = match owner {
            Some(grid) => Some(grid.publication.seq),
            None => generation.as_ref().and_then(|generation| generation.latest()).map(|from| from.publication.seq),
        };
        let report = NewReport {
            id: uuid::Uuid::now_v7().to_string(),
            key: draft.key,
            body_hash,
            category: draft.category,
            text: draft.text,
            given: (draft.point.lon, draft.point.lat, draft.point.crs.to_string()),
            point,
            grid: owner.map(|grid| grid.record.code.clone()),
            chain: chain_to_json(owner.map_or(&[], |grid| &grid.chain)),
            resolution: located.as_ref().map_or("outside", Located::resolution).to_owned(),
            publication,
            received_ms,
        };
        let owner = owner.map(Arc::clone);
        match self.store().add_report(&report, act).await.map_err(ServeError::from)? {
            Kept::Created(record) => {
                self.wake_feed();
                Ok(Received::Created(Filed { record, grid: owner }))
            }
            Kept::Replayed(record) => Ok(Received::Replayed(self.filed(record).await?)),
        }
    }

    /// Takes a step with a report: answers it, closes it, takes it up again. It is safe on disk when this returns; the events feed
    /// tells of it after that.
    ///
    /// # Errors
    /// When the words are not lawful, the report is closed and was to say more, there is none with this id, or the store fails.
    pub async fn step_report(
        &self,
        id: &str,
        to: Stage,
        answer: Option<&str>,
        act: &Act,
    ) -> Result<Filed, ReportError> {
        let answer = answer.map(str::trim).filter(|answer| !answer.is_empty());
        let chars = answer.map_or(0, |answer| answer.chars().count());
        if chars > ANSWER_CHARS || (to == Stage::Answered && chars == 0) {
            return Err(ReportError::Answer { chars });
        }
        if let Some(answer) = answer {
            plain("answer", answer)?;
        }
        let record = self.store().step_report(id, to, answer, act).await.map_err(ServeError::from)?;
        self.wake_feed();
        Ok(self.filed(record).await?)
    }

    /// One report with its grid.
    ///
    /// # Errors
    /// When there is none with this id, or the store fails.
    pub async fn report(&self, id: &str) -> Result<Filed, ServeError> {
        let record = self.store().report(id).await?;
        self.filed(record).await
    }

    /// The newest reports with their grids, newest first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn reports(&self, limit: u32) -> Result<Vec<Filed>, ServeError> {
        let records = self.store().reports(limit, None).await?;
        self.filed_all(records).await
    }

    /// The newest reports with their grids, newest first, that lie within a reach and, where one is given, stand at a stage.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn reports_within(
        &self,
        within: &Reach,
        stage: Option<Stage>,
        limit: u32,
    ) -> Result<Vec<Filed>, ServeError> {
        if within.is_everything() && stage.is_none() {
            return self.reports(limit).await;
        }
        let takes = |record: &ReportRecord| {
            within.holds_report(&record.sent.chain) && stage.is_none_or(|stage| record.standing.stage == stage)
        };
        // those asked for are few and reports many: read on until there are enough
        let mut looked_at = limit.max(LOOKED_AT);
        loop {
            let records = self.store().reports(looked_at, None).await?;
            let all = records.len() < looked_at as usize;
            let mut records: Vec<_> = records.into_iter().filter(|record| takes(record)).collect();
            if all || records.len() >= limit as usize || looked_at >= LOOKED_AT_MOST {
                records.truncate(limit as usize);
                return self.filed_all(records).await;
            }
            looked_at = looked_at.saturating_mul(4).min(LOOKED_AT_MOST);
        }
    }

    /// Reports kept after this one, oldest first, at most `limit`; nothing when there is no such report.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn reports_after(&self, id: &str, limit: u32) -> Result<Vec<Filed>, ServeError> {
        match self.store().reports(limit, Some(id)).await {
            Ok(records) => self.filed_all(records).await,
            Err(StoreError::NotFound { .. }) => Ok(Vec::new()),
            Err(error) => Err(error.into()),
        }
    }

    async fn filed_all(&self, records: Vec<ReportRecord>) -> Result<Vec<Filed>, ServeError> {
        let mut filed = Vec::with_capacity(records.len());
        for record in records {
            filed.push(self.filed(record).await?);
        }
        Ok(filed)
    }

    /// Finds the grid of a report in the publication that decided.
    pub(super) async fn filed(&self, record: ReportRecord) -> Result<Filed, ServeError> {
        let grid = match (&record.sent.grid, record.sent.publication) {
            (Some(code), Some(seq)) => {
                let published = self.published(seq).await?;
                published.and_then(|published| published.grid(code).map(Arc::clone))
            }
            _ => None,
        };
        Ok(Filed { record, grid })
    }
}

/// Whether a text has only letters: a category no line breaks either.
fn plain(field: &'static str, text: &str) -> Result<(), ReportError> {
    let breaks = ['\t', '\n', '\r'];
    match text.chars().find(|c| c.is_control() && (field == "category" || !breaks.contains(c))) {
        None => Ok(()),
        Some(c) => Err(ReportError::Control { field, code: c as u32 }),
    }
}

fn chain_to_json(chain: &[Link]) -> serde_json::Value {
    chain
        .iter()
        .map(|link| json!({"level": link.level, "level_name": link.level_name, "code": link.code, "name": link.name}))
        .collect()
}
