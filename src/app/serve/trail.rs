//! What the sender of a report may see of its way: what happened when, and whom to ask.
//!
//! Whoever knows the id of a report may read its trail. So only events this file has words for are in it, said in those
//! words; the text of the report and who sent it never are, and of what staff wrote only the answers meant for its sender.

use crate::geom::LatticePoint;
use crate::officer::Card;
use crate::store::{ReportEvent, StoreError};

use super::report::Filed;
use super::{App, ServeError};

/// To what the place of a report is rounded, in lattice units: a thousandth of a degree, about 100 m.
const ROUNDED_E7: i32 = 10_000;

/// The longest id, in bytes: a UUID has 36.
const ID_BYTES: usize = 64;

/// Something that happened to a report.
#[derive(Debug, Clone, PartialEq)]
pub struct TrailStep {
    /// `received`, `routed`, `outside`, `answered`, `closed` or `reopened`.
    pub kind: &'static str,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// In English.
    pub en: String,
    /// In Chinese.
    pub zh: String,
    /// Who was responsible then, of what was done to the report.
    pub officer: Option<Card>,
}

/// The way of a report, as its sender sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Trail {
    /// The report's id.
    pub id: String,
    /// What it is about.
    pub category: String,
    /// Its place, rounded to a thousandth of a degree in both directions.
    pub near: LatticePoint,
    /// Oldest first.
    pub steps: Vec<TrailStep>,
    /// Code and name of the grid it went to.
    pub grid: Option<(String, String)>,
    /// Who is responsible now, for that grid or, where it is no longer in force, for the one at its place: whom to ask.
    pub responsible: Option<Card>,
}

impl App {
    /// The way of a report, as its sender sees it.
    ///
    /// # Errors
    /// When there is none with this id, or the store fails.
    pub async fn trail(&self, id: &str) -> Result<Trail, ServeError> {
        // what is no id never reaches the store
        if id.len() > ID_BYTES || !id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            return Err(StoreError::NotFound { what: "report", id: id.chars().take(ID_BYTES).collect() }.into());
        }
        let filed = self.report(id).await?;
        let events = self.store.report_events(id).await?;
        let grid = grid_of(&filed);
        let officer = |at_ms| self.cards(&grid.as_ref()?.0, at_ms).primary;
        // words that were said once are not said again when the report is closed with them
        let said = |at: usize| events[..at].last().map_or("", |before| answer(before));
        let steps = events.iter().enumerate();
        let steps = steps.filter_map(|(at, event)| step(event, said(at), &filed, officer(event.at_ms))).collect();
        let responsible = self.responsible_now(&filed).await?;
        let near = rounded(filed.record.sent.point);
        Ok(Trail { id: filed.record.sent.id, category: filed.record.sent.category, near, steps, grid, responsible })
    }
}

impl App {
    async fn responsible_now(&self, filed: &Filed) -> Result<Option<Card>, ServeError> {
        let now_ms = self.clock().now_ms();
        let (Some(code), Some(generation)) = (&filed.record.sent.grid, self.generation(now_ms).await?) else {
            return Ok(None);
        };
        let there = generation.locate(filed.record.sent.point);
        let code = match there.grid() {
            Some(there) if generation.grid(code).is_none() => &there.record.code,
            _ => code,
        };
        Ok(self.cards(code, now_ms).primary)
    }
}

fn grid_of(filed: &Filed) -> Option<(String, String)> {
    let code = filed.record.sent.grid.clone()?;
    let name = link(filed, 0).map_or_else(|| code.clone(), |(_, name)| name);
    Some((code, name))
}

/// Code and name of a step of the owner chain, counted from the grid.
fn link(filed: &Filed, position: usize) -> Option<(String, String)> {
    let link = filed.record.sent.chain.get(position)?;
    let text = |member: &str| link.get(member)?.as_str().map(str::to_owned);
    Some((text("code")?, text("name")?))
}

/// The words of an event; `None` for those that are not for the public.
fn step(event: &ReportEvent, said: &str, filed: &Filed, officer: Option<Card>) -> Option<TrailStep> {
    let at_ms = event.at_ms;
    match event.kind.as_str() {
        "received" => Some(TrailStep {
            kind: "received",
            at_ms,
            en: "received".to_owned(),
            zh: "已收到".to_owned(),
            officer: None,
        }),
        "routed" => {
            let (code, name) = grid_of(filed)?;
            let (grid, zh) = if name == code {
                (code.clone(), format!("已分派到网格 {code}"))
            } else {
                (format!("{name} ({code})"), format!("已分派到{name}（{code}）"))
            };
            let (en, zh) = match link(filed, 1) {
                Some((_, community)) => {
                    (format!("routed to grid {grid} of {community}"), format!("{zh}，属{community}"))
                }
                None => (format!("routed to grid {grid}"), zh),
            };
            Some(TrailStep { kind: "routed", at_ms, en, zh, officer })
        }
        "outside" => Some(TrailStep {
            kind: "outside",
            at_ms,
            en: "the place lies outside every grid".to_owned(),
            zh: "该地点不在任何网格内".to_owned(),
            officer: None,
        }),
        "answered" => {
            let words = answer(event);
            Some(TrailStep {
                kind: "answered",
                at_ms,
                en: format!("answered: {words}"),
                zh: format!("已答复：{words}"),
                officer,
            })
        }
        "closed" => {
            let words = Some(answer(event)).filter(|words| !words.is_empty() && *words != said);
            let (en, zh) = match words {
                Some(words) => (format!("closed: {words}"), format!("已办结：{words}")),
                None => ("closed".to_owned(), "已办结".to_owned()),
            };
            Some(TrailStep { kind: "closed", at_ms, en, zh, officer })
        }
        "reopened" => Some(TrailStep {
            kind: "reopened",
            at_ms,
            en: "taken up again".to_owned(),
            zh: "已重新受理".to_owned(),
            officer,
        }),
        _ => None,
    }
}

/// What the sender of a report is told by an event; empty where it says nothing.
fn answer(event: &ReportEvent) -> &str {
    event.detail.get("answer").and_then(serde_json::Value::as_str).unwrap_or("")
}

/// The nearest point of the lattice of thousandths of a degree.
fn rounded(point: LatticePoint) -> LatticePoint {
    let round = |e7: i32| (e7 + ROUNDED_E7 / 2).div_euclid(ROUNDED_E7) * ROUNDED_E7;
    LatticePoint::new(round(point.x_e7), round(point.y_e7))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_rounded_to_thousandths_of_a_degree() {
        let at = |x, y| rounded(LatticePoint::new(x, y));
        assert_eq!(at(1_214_737_421, 312_304_999), LatticePoint::new(1_214_740_000, 312_300_000));
        assert_eq!(at(-5_001, -15_000), LatticePoint::new(-10_000, -10_000));
        assert_eq!(at(1_800_000_000, -900_000_000), LatticePoint::new(1_800_000_000, -900_000_000));
    }
}
