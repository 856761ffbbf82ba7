//! The generation that nearly everybody asks for, at hand without waiting.

use std::sync::Arc;

use super::App;
use super::generation::{Generation, Key};
use super::known::Known;

/// A generation and for which instants it holds, as long as no more is known than was.
#[derive(Debug)]
pub(super) struct Hand {
    known: Arc<Known>,
    from_ms: i64,
    until_ms: i64,
    generation: Arc<Generation>,
    expires: Option<i64>,
}

impl App {
    /// What is in force at an instant, where that is ready in memory, and when something else comes into force as far as is
    /// recorded. Never waits and reads nothing: `None` says nothing about what is in force.
    pub fn at_hand(&self, at_ms: i64) -> Option<(Arc<Generation>, Option<i64>)> {
        let known = self.known.load();
        if let Some(hand) = &*self.hand.load()
            && Arc::ptr_eq(&hand.known, &known)
            && (hand.from_ms..hand.until_ms).contains(&at_ms)
        {
            return Some((Arc::clone(&hand.generation), hand.expires));
        }
        let effective = known.effective(at_ms);
        let from_ms = known.publications.iter().map(|record| record.effective_ms).filter(|&ms| ms <= at_ms).max()?;
        let key: Key = effective.iter().map(|record| record.seq).collect();
        let generation = self.generations.load().iter().find(|kept| *kept.key() == key).map(Arc::clone)?;
        let expires = known.publications.iter().map(|record| record.effective_ms).filter(|&ms| ms > at_ms).min();
        let hand = Hand {
            from_ms,
            until_ms: expires.unwrap_or(i64::MAX),
            generation: Arc::clone(&generation),
            expires,
            known: Arc::clone(&known),
        };
        self.hand.store(Some(Arc::new(hand)));
        Some((generation, expires))
    }
}
