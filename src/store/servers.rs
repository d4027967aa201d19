//! The PostgreSQL servers named in `[store] url`: which of them is the primary now, and the connections to it.
//!
//! One daemon knows one primary at a time. As soon as it does not answer in time, hangs up, or refuses to write, every connection to it is
//! closed and whoever needs one next looks at all the servers named, at once, and moves to the one that [`choose`] picks. There is
//! no task in the background and nothing to be told: whoever has work finds the way, and nobody looks while nobody has work.
//!
//! A pool of our own and not sqlx's: that one asks the server "are you there?" before and after every transaction, waits for the
//! answer without limit, and keeps the connections of a server that it has left.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgRow};
use sqlx::{Connection as _, SqlSafeStr};
use tokio::sync::{Mutex as AsyncMutex, Semaphore};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::lent::{Asked, Lent, Live, in_time};
use super::server::{self, Limits, Lineage, Looked};
use super::{Error, Result};
use crate::clock::Clock;

/// Connections of one daemon to a server.
const CONNECTIONS_MAX: usize = 10;
/// How long anyone waits for a connection, a search for the primary included.
const ACQUIRE_TIMEOUT_SECONDS: u64 = 15;
/// How long a connection that nobody has used for [`IDLE_UNASKED_SECONDS`] may take to say that it still lives.
const PING_TIMEOUT_SECONDS: u64 = 5;
/// A connection used so recently is not asked whether it lives: the first statement would find out as soon.
const IDLE_UNASKED_SECONDS: u64 = 2;
/// A connection unused for so long is closed: what a busy hour needed is not kept for the night.
const IDLE_SECONDS_MAX: u64 = 60;
/// A connection so old is closed when it comes back: the server's memory of it grows with what it was asked.
const AGE_SECONDS_MAX: u64 = 1_800;
/// How long a connection that is not needed any more may take to say good-bye.
const FAREWELL_TIMEOUT_SECONDS: u64 = 5;

/// The servers, and what is known of them.
#[derive(Debug)]
pub struct Servers {
    named: Vec<PgConnectOptions>,
    places: Arc<Semaphore>,
    known: Mutex<Known>,
    /// One search at a time; the others wait for its result.
    search: AsyncMutex<()>,
}

#[derive(Debug, Default)]
struct Known {
    /// Counted up when the primary is doubted: connections made before are not used again.
    generation: u64,
    /// Which of the servers is the primary; none while that is in doubt.
    primary: Option<usize>,
    /// The history of the primary that was used last: an older one is never returned to.
    lineage: Option<Lineage>,
    /// Connections that wait for work, the one used last at the end.
    idle: Vec<Idle>,
    /// How many searches have ended, and what the last one found wrong.
    searches: u64,
    fault: String,
    closed: bool,
}

#[derive(Debug)]
struct Idle {
    live: Live,
    since: Duration,
}

/// The steady clock: for ages of connections, never for a date.
fn steady() -> Duration {
    Clock::System.steady()
}

impl Servers {
    /// Nothing is connected yet.
    pub(super) fn new(named: Vec<PgConnectOptions>) -> Arc<Self> {
        let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        Arc::new(Self { named, places, known: Mutex::default(), search: AsyncMutex::default() })
    }

    /// Begins a transaction by `sql`, on a second connection if the first turns out to be cut: nothing was done on it yet.
    pub(super) async fn begin(self: &Arc<Self>, sql: impl SqlSafeStr) -> Result<Lent> {
        let sql = sql.into_sql_str();
        match self.connection().await?.begin(sql.clone()).await {
            Err(error) if is_cut(&error) => self.connection().await?.begin(sql).await,
            begun => begun,
        }
    }

    /// The same with what else `sql` asks for ([`Lent::begin_asking`]).
    pub(super) async fn begin_asking(self: &Arc<Self>, sql: &str) -> Result<(Lent, Vec<PgRow>)> {
        match self.connection().await?.begin_asking(sql).await {
            Err(error) if is_cut(&error) => self.connection().await?.begin_asking(sql).await,
            begun => begun,
        }
    }

    /// A connection to the primary, for one transaction; none is begun.
    pub(super) fn connection(self: &Arc<Self>) -> Asked<'static, Lent> {
        let this = Arc::clone(self);
        let found: Asked<'static, Lent> = Box::pin(async move { this.find().await });
        Box::pin(in_time(Duration::from_secs(ACQUIRE_TIMEOUT_SECONDS), found))
    }

    async fn find(self: &Arc<Self>) -> Result<Lent> {
        let place = Arc::clone(&self.places).acquire_owned().await.map_err(|_| sqlx::Error::PoolClosed)?;
        let lend = |live| Lent::new(live, Arc::clone(self), place);
        while let Some(Idle { mut live, since }) = self.take_idle() {
            if steady().saturating_sub(since) <= Duration::from_secs(IDLE_UNASKED_SECONDS) {
                return Ok(lend(live));
            }
            match timeout(Duration::from_secs(PING_TIMEOUT_SECONDS), live.connection.ping()).await {
                Ok(Ok(())) => return Ok(lend(live)),
                _ => self.doubt(live.generation),
            }
        }
        let (connection, generation) = self.connect().await?;
        Ok(lend(Live { connection, born: steady(), generation, prepared: false }))
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // Whoever panicked with it held it for one assignment.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_idle(&self) -> Option<Idle> {
        self.known().idle.pop()
    }

    /// The primary is gone, or is none any more: what was connected to it is closed, and the next one in need looks for it anew.
    pub(super) fn doubt(&self, generation: u64) {
        let mut known = self.known();
        if known.generation == generation {
            known.generation += 1;
            known.primary = None;
            let idle = std::mem::take(&mut known.idle);
            drop(known);
            // No farewell to a server that may not listen: closing the socket is enough.
            drop(idle);
        }
    }

    /// A new connection to the primary, and the generation that it belongs to.
    async fn connect(&self) -> Result<(PgConnection, u64)> {
        let (generation, primary, searches) = {
            let known = self.known();
            (known.generation, known.primary, known.searches)
        };
        if let Some(primary) = primary {
            match self.look_again(primary).await {
                Ok(Some(connection)) => return Ok((connection, generation)),
                // Too many connections, a changed password: no other server would be the primary for it.
                Err(error) if !error.is_of_the_server() => return Err(error),
                Ok(None) | Err(_) => self.doubt(generation),
            }
        }
        self.search(searches).await
    }

    /// One more connection to the primary; none if another server answers under its address now, or it has another history.
    async fn look_again(&self, primary: usize) -> Result<Option<PgConnection>> {
        let looked = server::look(&self.named[primary], Limits::Usual).await?;
        let same = looked.lineage == self.known().lineage;
        Ok(same.then_some(looked.connection))
    }

    /// Looks at every server at once and moves to the primary. Who waited for another's search takes its result.
    async fn search(&self, searches: u64) -> Result<(PgConnection, u64)> {
        let _alone = self.search.lock().await;
        let (found, seen) = {
            let known = self.known();
            match known.primary {
                Some(primary) => (Some((primary, known.generation)), None),
                None if known.searches != searches => return Err(Error::NoPrimary(known.fault.clone())),
                None => (None, known.lineage.clone()),
            }
        };
        if let Some((primary, generation)) = found {
            let connection = self.look_again(primary).await?;
            return Ok((connection.ok_or_else(|| Error::NoPrimary("it has just changed".to_owned()))?, generation));
        }
        let looked = self.look_at_all().await;
        let mut known = self.known();
        known.searches += 1;
        match pick(looked, seen.as_ref()) {
            Ok((place, looked)) => {
                known.generation += 1;
                known.primary = Some(place);
                known.lineage = looked.lineage.or(seen);
                "it has just gone".clone_into(&mut known.fault);
                let server = server::name(&self.named[place]);
                tracing::info!(server, "this PostgreSQL server is the primary");
                Ok((looked.connection, known.generation))
            }
            Err(error) => {
                known.fault = match &error {
                    Error::NoPrimary(fault) => fault.clone(),
                    error => error.to_string(),
                };
                Err(error)
            }
        }
    }

    async fn look_at_all(&self) -> Vec<Result<Looked>> {
        if let [only] = self.named.as_slice() {
            return vec![server::look(only, Limits::Usual).await];
        }
        let mut looks = JoinSet::new();
        for (place, options) in self.named.iter().cloned().enumerate() {
            looks.spawn(async move { (place, server::look(&options, Limits::Usual).await) });
        }
        let mut looked: Vec<_> = looks.join_all().await;
        looked.sort_by_key(|(place, _)| *place);
        looked.into_iter().map(|(_, looked)| looked).collect()
    }

    /// A connection of one's own to the primary, for what no limit fits: migrations.
    pub(super) async fn unlimited(self: &Arc<Self>) -> Result<PgConnection> {
        // It finds the primary, if nobody has yet.
        drop(self.connection().await?);
        let primary = self.known().primary.ok_or_else(|| Error::NoPrimary("it has just gone".to_owned()))?;
        Ok(server::look(&self.named[primary], Limits::None).await?.connection)
    }

    /// Takes a connection back.
    pub(super) fn keep(&self, live: Live) {
        let now = steady();
        let old = |since: Duration, seconds| now.saturating_sub(since) > Duration::from_secs(seconds);
        let mut over = Vec::new();
        {
            let mut known = self.known();
            if known.closed || known.generation != live.generation || old(live.born, AGE_SECONDS_MAX) {
                over.push(live.connection);
            } else {
                known.idle.push(Idle { live, since: now });
                while known.idle.first().is_some_and(|idle| old(idle.since, IDLE_SECONDS_MAX)) {
                    over.push(known.idle.remove(0).live.connection);
                }
            }
        }
        for connection in over {
            part(connection);
        }
    }

    /// Closes what is not in use; nothing is lent any more.
    pub(super) async fn close(&self) {
        self.places.close();
        let idle = {
            let mut known = self.known();
            known.closed = true;
            std::mem::take(&mut known.idle)
        };
        for idle in idle {
            farewell(idle.live.connection).await;
        }
    }
}

/// Whether a connection turned out to be cut when it was first used: nothing was done on it.
fn is_cut(error: &Error) -> bool {
    error.is_of_the_connection() && !matches!(error, Error::NoAnswer(_))
}

/// Says good-bye to the server, if it listens.
async fn farewell(connection: PgConnection) {
    let _gone = timeout(Duration::from_secs(FAREWELL_TIMEOUT_SECONDS), connection.close()).await;
}

/// The same, and nobody waits for it.
fn part(connection: PgConnection) {
    if let Ok(runtime) = tokio::runtime::Handle::try_current() {
        runtime.spawn(farewell(connection));
    }
}

/// The server to be used, of those that were looked at in the order of the configuration.
fn pick(looked: Vec<Result<Looked>>, seen: Option<&Lineage>) -> Result<(usize, Looked)> {
    let alone = looked.len() == 1;
    let mut fault = "no URL is given".to_owned();
    let mut writable = Vec::new();
    for (place, looked) in looked.into_iter().enumerate() {
        match looked {
            Ok(looked) => writable.push((place, looked)),
            Err(error) if alone => return Err(error),
            Err(error) => fault = error.to_string(),
        }
    }
    let lineages: Vec<_> = writable.iter().map(|(_, looked)| looked.lineage.clone()).collect();
    match choose(&lineages, seen) {
        Some(chosen) => Ok(writable.swap_remove(chosen)),
        None if writable.is_empty() => Err(Error::NoPrimary(fault)),
        None => Err(Error::OldPrimary),
    }
}

/// Which of several writable primaries is used. With replication there is one; a second one is an old primary that nobody has fenced (a
/// promotion begins a new timeline, and the old one goes on on its own), or a server that has nothing to do with the first.
///
/// Of the same family the one with the newest timeline, and of equals the first in the order of the configuration. Once a daemon has
/// written to a server, one of an older timeline or another family is none for it: what was acknowledged may be missing there.
fn choose(writable: &[Option<Lineage>], seen: Option<&Lineage>) -> Option<usize> {
    let family = seen.or(writable.iter().flatten().next()).map(|lineage| &lineage.system);
    let oldest = seen.map_or(0, |lineage| lineage.timeline);
    let of_it = |lineage: &&Lineage| Some(&lineage.system) == family && lineage.timeline >= oldest;
    let newest = writable.iter().flatten().filter(of_it).map(|lineage| lineage.timeline).max();
    // A server that does not tell its history is taken by its place in the order.
    writable.iter().position(|lineage| match lineage {
        None => true,
        Some(lineage) => of_it(&lineage) && Some(lineage.timeline) == newest,
    })
}
