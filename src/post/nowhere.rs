//! Nowhere: a letter handed over here is gone, and the instant is noted. No configuration leads here: it is what measurements of the
//! outbox alone, and tests of the instants at which letters leave, have in a relay's place.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::Verdict;

/// What was handed over.
#[derive(Debug, Default)]
pub struct Nowhere {
    handed: Mutex<Vec<(String, Duration)>>,
}

impl Nowhere {
    /// Takes a letter at an instant of the steady clock ([`Clock::steady`](crate::clock::Clock::steady)): accepted.
    pub(super) fn take(&self, letter_id: &str, at: Duration) -> Verdict {
        self.handed.lock().unwrap_or_else(PoisonError::into_inner).push((letter_id.to_owned(), at));
        Verdict::Accepted { reply: "250 gone".to_owned() }
    }

    /// The ids of the letters, each with the steady clock's time when it was handed over, in that order; forgotten afterwards.
    pub fn handed(&self) -> Vec<(String, Duration)> {
        std::mem::take(&mut self.handed.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
