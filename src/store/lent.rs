//! One connection to the primary for one transaction (or for single statements), every answer awaited for a time.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{AssertSqlSafe, Executor as _, SqlSafeStr, SqlStr};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

use super::{Error, Result, Servers, recording, server};

/// How long undoing a transaction may take before its connection is cut instead (the server then undoes it by itself).
const UNDO_TIMEOUT_SECONDS: u64 = 5;

/// A connection to a primary.
#[derive(Debug)]
pub(super) struct Live {
    pub(super) connection: PgConnection,
    /// The steady clock's time when it was made, and what was known of the primary then.
    pub(super) born: Duration,
    pub(super) generation: u64,
    /// The server has prepared [`recording::PREPARE`] for it.
    pub(super) prepared: bool,
}

/// A connection lent for one transaction. Dropped before [`Lent::commit`], it leaves nothing behind. One on which nothing was begun
/// goes back as it is.
#[derive(Debug)]
pub struct Lent {
    /// None once it has gone back.
    live: Option<Live>,
    servers: Arc<Servers>,
    /// One of the daemon's connections; none once it has gone back.
    place: Option<OwnedSemaphorePermit>,
    /// How long a statement may take.
    limit: Duration,
    /// A transaction was begun; until then each statement is one by itself.
    begun: bool,
    /// A statement has been begun and its answer was not heard to the end: the connection is good for nothing more.
    busy: bool,
    /// A statement was refused: the server will undo the transaction, whatever it is asked.
    failed: bool,
}

const LENT: &str = "it goes back only when this is consumed or dropped";

impl std::ops::Deref for Lent {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.live.as_ref().expect(LENT).connection
    }
}

impl std::ops::DerefMut for Lent {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.live.as_mut().expect(LENT).connection
    }
}

impl Lent {
    pub(super) fn new(live: Live, servers: Arc<Servers>, place: OwnedSemaphorePermit) -> Self {
        let limit = server::STATEMENT_TIMEOUT;
        Self { live: Some(live), servers, place: Some(place), limit, begun: false, busy: false, failed: false }
    }

    /// Begins the transaction by `sql`.
    pub(super) async fn begin(mut self, sql: impl SqlSafeStr) -> Result<Self> {
        self.begun = true;
        self.tell(sql.into_sql_str(), self.limit).await?;
        Ok(self)
    }

    /// Begins the transaction by `sql`, which goes there in one message with what it asks for, and may execute what is prepared
    /// ([`recording::PREPARE`]). Yields the rows of all its statements.
    pub(super) async fn begin_asking(mut self, sql: &str) -> Result<(Self, Vec<PgRow>)> {
        self.begun = true;
        let prepared = self.live.as_ref().is_some_and(|live| live.prepared);
        let prepare = if prepared { "" } else { recording::PREPARE.as_str() };
        let sql = AssertSqlSafe(format!("{prepare}{sql}"));
        // Two of its statements wait for a lock, and the server gives each the time of one.
        let limit = 2 * self.attend();
        let asked: Asked<'_, _> = Box::pin(async { Ok(sqlx::raw_sql(sql).fetch_all(&mut *self).await?) });
        let answer = in_time(limit, asked).await;
        let rows = self.heard(answer).inspect_err(|error| {
            // Nobody knows how much of it was prepared, or what was prepared fits the schema no more: not for the next one.
            self.busy |= !prepared || !matches!(error, Error::Busy(_));
        })?;
        self.live.as_mut().expect(LENT).prepared = true;
        Ok((self, rows))
    }

    /// Has the server do something that it answers with nothing.
    async fn tell(&mut self, sql: SqlStr, limit: Duration) -> Result<()> {
        self.attend();
        let asked: Asked<'_, _> = Box::pin(async { Ok(self.execute(sqlx::raw_sql(sql)).await?) });
        let answer = in_time(limit, asked).await;
        self.heard(answer).map(drop)
    }

    /// A statement begins; yields how long it may take.
    pub(super) fn attend(&mut self) -> Duration {
        self.busy = true;
        self.limit
    }

    /// It has ended.
    pub(super) fn heard<T>(&mut self, answer: Result<T>) -> Result<T> {
        match &answer {
            Ok(_) => self.busy = false,
            Err(error) => {
                self.failed = true;
                // What failed by itself left the connection as good as it was.
                self.busy = error.is_of_the_connection();
                if let (true, Some(live)) = (error.is_of_the_server(), &self.live) {
                    self.servers.doubt(live.generation);
                }
            }
        }
        answer
    }

    /// Gives the statements of this transaction more time, at the server, too.
    pub(super) async fn be_patient(&mut self) -> Result<()> {
        self.tell(server::PATIENT.into_sql_str(), self.limit).await?;
        self.limit = server::PATIENT_STATEMENT_TIMEOUT;
        Ok(())
    }

    /// Makes it so. When the server falls silent meanwhile it is not known whether it is so, and that is what is said.
    pub(super) async fn commit(mut self) -> Result<()> {
        if self.failed {
            // The server would answer "rollback", and nobody would notice.
            return Err(Error::Undone);
        }
        if !self.begun {
            return Ok(());
        }
        match self.tell("commit".into_sql_str(), self.limit).await {
            Ok(()) => {
                self.give_back();
                Ok(())
            }
            Err(error) if error.is_of_the_connection() => Err(Error::NotKnown(error.to_string())),
            Err(error) => Err(error),
        }
    }

    /// Undoes it, and waits until it is undone.
    pub(super) async fn rollback(mut self) -> Result<()> {
        if self.begun {
            self.tell("rollback".into_sql_str(), Duration::from_secs(UNDO_TIMEOUT_SECONDS)).await?;
            self.give_back();
        }
        Ok(())
    }

    fn give_back(&mut self) {
        if let Some(live) = self.live.take() {
            self.servers.keep(live);
        }
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if !self.begun && !self.busy {
            return self.give_back();
        }
        let Some(mut live) = self.live.take() else { return };
        // Closing the socket undoes it, too: when the answer to a statement was not heard to its end, or nobody can wait.
        if let (false, Ok(runtime)) = (self.busy, tokio::runtime::Handle::try_current()) {
            let servers = Arc::clone(&self.servers);
            let place = self.place.take();
            runtime.spawn(async move {
                let undo = live.connection.execute(sqlx::raw_sql("rollback"));
                match timeout(Duration::from_secs(UNDO_TIMEOUT_SECONDS), undo).await {
                    Ok(Ok(_)) => servers.keep(live),
                    _ => servers.doubt(live.generation),
                }
                drop(place);
            });
        }
    }
}

/// A question to the server that is not answered yet.
pub(super) type Asked<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// Waits for an answer no longer than `limit`.
///
/// Boxed and named: the compiler cannot see that a future within a future within a future may go to another thread.
pub(super) async fn in_time<T>(limit: Duration, asked: Asked<'_, T>) -> Result<T> {
    timeout(limit, asked).await.unwrap_or(Err(Error::NoAnswer(limit.as_secs())))
}
