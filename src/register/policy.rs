//! The ladders by which a deadline is told: those that were configured when it opened. What was promised for a deadline that runs
//! is not changed by a later edit of the configuration; a deadline that begins anew begins under the ladders of the day.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::chain;
use crate::config::Ladders;
use crate::store::{self, DeadlineRow, Instant, Tx};

/// Ladders that were read of the store, by their ids.
pub(super) type Kept = Arc<HashMap<String, Ladders>>;

/// The ladders of today and those that running deadlines keep.
#[derive(Debug)]
pub struct Policies<'a> {
    current: &'a Ladders,
    current_id: String,
    kept: Kept,
}

impl<'a> Policies<'a> {
    /// The ladders configured now, and those that any of `rows` keeps.
    pub async fn read(tx: &mut Tx, current: &'a Ladders, rows: &[DeadlineRow]) -> store::Result<Self> {
        let ids = rows.iter().filter_map(|row| row.policy.as_deref()).collect();
        let mut policies = Self::only(current);
        policies.kept = Self::kept(tx, &policies.current_id, ids, &policies.kept).await?;
        Ok(policies)
    }

    /// The ladders configured now, and others that were read before.
    pub(super) fn new(current: &'a Ladders, kept: Kept) -> Self {
        Self { current, current_id: id(current), kept }
    }

    /// The ladders configured now.
    pub fn only(current: &'a Ladders) -> Self {
        Self::new(current, Kept::default())
    }

    /// `known`, and of `ids` those that are neither there nor the ladders configured now, whose id is `current_id`.
    pub(super) async fn kept(tx: &mut Tx, current_id: &str, ids: HashSet<&str>, known: &Kept) -> store::Result<Kept> {
        let missing: Vec<&str> = ids.into_iter().filter(|id| *id != current_id && !known.contains_key(*id)).collect();
        if missing.is_empty() {
            return Ok(Arc::clone(known));
        }
        let mut kept = HashMap::clone(known);
        for id in missing {
            let ladders = tx.policy(id).await?.and_then(|json| serde_json::from_value(json).ok());
            if let Some(ladders) = ladders {
                kept.insert(id.to_owned(), ladders);
            } else {
                // Written by another version of this program: a letter by today's ladders is better than none.
                tracing::error!(policy = id, "the ladders that a deadline opened under cannot be read");
            }
        }
        Ok(kept.into())
    }

    /// The id of the ladders configured now.
    pub fn current_id(&self) -> &str {
        &self.current_id
    }

    /// Whether any of `rows` is told by the ladders configured now.
    pub(super) fn current_serve(&self, rows: &[DeadlineRow]) -> bool {
        rows.iter().any(|row| row.policy.as_deref() == Some(self.current_id()))
    }

    /// The ladders kept under `policy`.
    pub fn ladders(&self, policy: Option<&str>) -> &Ladders {
        policy.and_then(|id| self.kept.get(id)).unwrap_or(self.current)
    }

    /// Keeps the current ladders, for a deadline that opens under them.
    pub async fn keep(&self, tx: &mut Tx, now: Instant) -> store::Result<()> {
        tx.put_policy(&self.current_id, &json(self.current), now).await
    }
}

fn json(ladders: &Ladders) -> serde_json::Value {
    serde_json::to_value(ladders).expect("ladders are numbers and words")
}

fn id(ladders: &Ladders) -> String {
    chain::hex(&Sha256::digest(json(ladders).to_string()))
}
