//! The letters that are out with the transport, and the connections that wait for the next one.
//!
//! One task a letter, never more than the dispatcher allows connections: a task takes an idle connection along and brings it back.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::task::{JoinError, JoinSet};
use tokio::time::timeout;

use super::Verdict;
use super::dispatch::{Dispatched, Dispatcher};
use super::smtp::Connection;
use crate::store::ClaimedRow;

/// How long a letter that is back waits for those that are still out, to be settled with them in one commit. A quick relay answers
/// all within it, and a turn costs the disk as much for one letter as for all; a slow one cannot hold up a verdict for longer.
const GROUP: Duration = Duration::from_millis(1);

/// A letter that came back from the transport; it is forgotten only when its receipt is committed.
#[derive(Clone, Debug)]
pub(super) struct Back {
    /// The letter as it was claimed, without its bytes.
    pub(super) letter: ClaimedRow,
    /// What became of it.
    pub(super) verdict: Verdict,
    /// When that was known.
    pub(super) at: DateTime<Utc>,
}

/// What one tick has out and has done.
pub(super) struct Round {
    dispatcher: Arc<Dispatcher>,
    sending: JoinSet<(Back, Option<Connection>)>,
    idle: Vec<Connection>,
    /// What has come back.
    pub(super) done: Dispatched,
}

impl Round {
    pub(super) fn new(dispatcher: Arc<Dispatcher>) -> Self {
        Self { dispatcher, sending: JoinSet::new(), idle: Vec::new(), done: Dispatched::default() }
    }

    /// Letters that are out.
    pub(super) fn out(&self) -> usize {
        self.sending.len()
    }

    /// Hands a claimed letter to the transport.
    pub(super) fn hand_out(&mut self, mut letter: ClaimedRow) {
        let (dispatcher, kept) = (Arc::clone(&self.dispatcher), self.idle.pop());
        self.sending.spawn(async move {
            let (verdict, connection) = dispatcher.send(&letter, kept).await;
            letter.bytes = Vec::new();
            (Back { letter, verdict, at: dispatcher.clock.now() }, connection)
        });
    }

    /// Waits for one letter to come back, and takes along those that follow closely. Empty-handed after `look_again`, if it is given.
    pub(super) async fn come_back(&mut self, look_again: Option<Duration>) -> Vec<Back> {
        let first = match look_again {
            Some(pause) => timeout(pause, self.sending.join_next()).await.unwrap_or_default(),
            None => self.sending.join_next().await,
        };
        let mut back: Vec<Back> = first.into_iter().filter_map(|joined| self.take_back(joined)).collect();
        if !back.is_empty() {
            let close_behind = async {
                while let Some(joined) = self.sending.join_next().await {
                    back.extend(self.take_back(joined));
                }
            };
            // Either all are back, or it is time.
            let _all = timeout(GROUP, close_behind).await;
        }
        back
    }

    fn take_back(&mut self, joined: Result<(Back, Option<Connection>), JoinError>) -> Option<Back> {
        match joined {
            Ok((back, connection)) => {
                self.idle.extend(connection);
                self.done.tried += 1;
                self.done.accepted += usize::from(matches!(back.verdict, Verdict::Accepted { .. }));
                Some(back)
            }
            Err(panic) => {
                // Nobody knows how far it came: the letter stays `transmitting` and comes back when its lease ends.
                tracing::error!(%panic, "a letter's sending ended abruptly");
                None
            }
        }
    }

    /// Takes leave of the relay.
    pub(super) async fn quit(self) -> Dispatched {
        let mut farewells = JoinSet::new();
        for connection in self.idle {
            farewells.spawn(connection.quit());
        }
        farewells.join_all().await;
        self.done
    }
}
