//! How far a report has come: open, answered, closed.
//!
//! A step is an event of the report that is only ever added; where a report stands is what its newest step says, and a report without
//! any is open. What a step may follow is said here once, for every store.

use serde_json::{Value, json};

/// How far a report has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Stage {
    /// Nobody has answered it, or it was taken up again.
    #[default]
    Open,
    /// Its sender was told something, and work may go on.
    Answered,
    /// Nothing more is to be done.
    Closed,
}

impl Stage {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Open, Self::Answered, Self::Closed];

    /// `open`, `answered` or `closed`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Answered => "answered",
            Self::Closed => "closed",
        }
    }

    /// The stage with this name.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.as_str() == word)
    }

    /// The kind of event that leads here.
    pub fn event(self) -> &'static str {
        match self {
            Self::Open => "reopened",
            Self::Answered => "answered",
            Self::Closed => "closed",
        }
    }

    /// Where an event of this kind leads; `None` for events that lead nowhere.
    pub fn of_event(kind: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.event() == kind)
    }
}

/// Where a report stands.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Standing {
    /// How far it has come.
    pub stage: Stage,
    /// Since when, in milliseconds since 1970; `None` while nobody has taken a step.
    pub since_ms: Option<i64>,
    /// What its sender was told, the newest words.
    pub answer: Option<String>,
}

/// What a step does to a standing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stepped {
    /// It is so already.
    Same,
    /// It stands so now.
    To(Standing),
    /// A closed report says nothing more until it is taken up again.
    Closed,
}

impl Standing {
    /// What a step to a stage, with words for the sender or without, at a time, does here.
    pub fn step(&self, to: Stage, answer: Option<&str>, at_ms: i64) -> Stepped {
        let says_more = answer.is_some_and(|answer| self.answer.as_deref() != Some(answer));
        if self.stage == to && (!says_more || to == Stage::Open) {
            return Stepped::Same;
        }
        if self.stage == Stage::Closed && to != Stage::Open {
            return Stepped::Closed;
        }
        let answer = match to {
            // what was told before is in the events; it is not the answer to what comes now
            Stage::Open => None,
            Stage::Answered | Stage::Closed => answer.map(str::to_owned).or_else(|| self.answer.clone()),
        };
        Stepped::To(Self { stage: to, since_ms: Some(at_ms), answer })
    }

    /// What an event keeps of it beside its kind and time.
    pub fn detail(&self) -> Value {
        json!({ "answer": self.answer })
    }

    /// What [`Standing::detail`] kept with an event.
    pub fn of_event(stage: Stage, at_ms: i64, detail: &Value) -> Self {
        let answer = detail.get("answer").and_then(Value::as_str).map(str::to_owned);
        Self { stage, since_ms: Some(at_ms), answer }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(stage: Stage, answer: Option<&str>) -> Standing {
        Standing { stage, since_ms: Some(1), answer: answer.map(str::to_owned) }
    }

    #[test]
    fn what_may_follow_what() {
        let to = |stage, answer: Option<&str>| {
            Stepped::To(Standing { stage, since_ms: Some(9), answer: answer.map(str::to_owned) })
        };
        let open = Standing::default();
        assert_eq!(open.step(Stage::Open, None, 9), Stepped::Same);
        assert_eq!(open.step(Stage::Answered, Some("soon"), 9), to(Stage::Answered, Some("soon")));
        assert_eq!(open.step(Stage::Closed, None, 9), to(Stage::Closed, None));
        let answered = at(Stage::Answered, Some("soon"));
        assert_eq!(answered.step(Stage::Answered, Some("soon"), 9), Stepped::Same);
        assert_eq!(answered.step(Stage::Answered, Some("done"), 9), to(Stage::Answered, Some("done")));
        assert_eq!(answered.step(Stage::Closed, None, 9), to(Stage::Closed, Some("soon")), "the answer stays");
        assert_eq!(answered.step(Stage::Open, None, 9), to(Stage::Open, None));
        let closed = at(Stage::Closed, Some("soon"));
        assert_eq!(closed.step(Stage::Closed, None, 9), Stepped::Same);
        assert_eq!(closed.step(Stage::Closed, Some("soon"), 9), Stepped::Same);
        assert_eq!(closed.step(Stage::Closed, Some("more"), 9), Stepped::Closed);
        assert_eq!(closed.step(Stage::Answered, Some("more"), 9), Stepped::Closed);
        assert_eq!(closed.step(Stage::Open, None, 9), to(Stage::Open, None));
    }

    #[test]
    fn an_event_says_again_where_a_report_stands() {
        for stage in Stage::ALL {
            assert_eq!((Stage::of_event(stage.event()), Stage::from_word(stage.as_str())), (Some(stage), Some(stage)));
            for answer in [None, Some("好的")] {
                let standing = at(stage, answer);
                assert_eq!(Standing::of_event(stage, 1, &standing.detail()), standing);
            }
        }
        assert_eq!(Stage::of_event("routed"), None);
    }
}
