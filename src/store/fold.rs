//! SQLite's write-ahead log is folded into the file beside the writers and not by one of them: whoever's commit fills the log would
//! else wait until thousands of pages, scattered over the whole file, are written and on the disk.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use sqlx::SqlitePool;

/// After so many transactions: a few thousand pages (an entry changes about twenty).
const TRANSACTIONS: u32 = 100;

/// Counts the writing transactions of this process.
#[derive(Debug, Default)]
pub struct Folding {
    begun: AtomicU32,
    under_way: AtomicBool,
}

impl Folding {
    /// A writing transaction begins. Should folding fail, the log grows until a writer folds it
    /// ([`super::open`]'s `SQLITE_LOG_PAGES_MAX`), which says what is wrong.
    pub(super) fn count(self: &Arc<Self>, read: &SqlitePool) {
        let begun = self.begun.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        if !begun.is_multiple_of(TRANSACTIONS) || self.under_way.swap(true, Ordering::Relaxed) {
            return;
        }
        let (this, read) = (Arc::clone(self), read.clone());
        tokio::spawn(async move {
            // Waits for nobody: pages that a reader still looks at stay in the log.
            const SQL: &str = "pragma wal_checkpoint(passive)";
            if let Err(error) = sqlx::query(SQL).execute(&read).await {
                tracing::debug!(%error, "the write-ahead log is not folded yet");
            }
            this.under_way.store(false, Ordering::Relaxed);
        });
    }
}
