//! The metronome: the only place that names tokio-cron-scheduler.
//!
//! Its entries are one call each and it never holds one job per deadline: all state is in rows, so a beat that it loses (its
//! channel may overflow, its time zones are fixed offsets, its stores do not survive a restart) is made up for by the next one.

use std::sync::Arc;

use anyhow::{Context, Result};
use tokio_cron_scheduler::{Job, JobScheduler};

use crate::app::App;

/// What is called, and when (cron with seconds, UTC: no entry depends on a civil hour).
const ENTRIES: &[(Beat, &str)] = &[
    (Beat::Compose, "* * * * * *"),
    (Beat::Dispatch, "* * * * * *"),
    (Beat::Replan, "15 * * * * *"),
    (Beat::Probe, "*/10 * * * * *"),
    (Beat::Audit, "*/5 * * * * *"),
    (Beat::Morning, "25 * * * * *"),
];

/// One entry of the metronome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beat {
    /// Due deadlines become letters.
    Compose,
    /// Due letters are sent.
    Dispatch,
    /// Cases in which the passing of a day has changed something are derived anew. Every minute it asks whether there is one:
    /// a query for what is due, never a window around midnight.
    Replan,
    /// One row is written: a disk that is full or read-only is seen before a letter is due.
    Probe,
    /// What should have been said is compared with what was accepted: hourly, and every case once a night. The runs that were
    /// written down say whether one is due.
    Audit,
    /// The operators' letter of a working morning, if it has come and the letter has not gone yet.
    Morning,
}

/// The running metronome.
pub struct Metronome {
    scheduler: JobScheduler,
}

impl std::fmt::Debug for Metronome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Metronome").finish_non_exhaustive()
    }
}

impl Metronome {
    /// Starts it.
    pub async fn start(app: &Arc<App>) -> Result<Self> {
        let scheduler = JobScheduler::new().await.context("the metronome cannot be set up")?;
        for (beat, cron) in ENTRIES {
            let app = Arc::clone(app);
            let job = Job::new_async(*cron, move |_, _| {
                let app = Arc::clone(&app);
                Box::pin(async move { app.beat(*beat).await })
            });
            scheduler
                .add(job.context("a metronome entry is not valid")?)
                .await
                .context("a metronome entry is refused")?;
        }
        scheduler.start().await.context("the metronome does not start")?;
        Ok(Self { scheduler })
    }

    /// Starts it anew: the instants of its next beats are reckoned from the clock as it stands now.
    pub async fn start_anew(&mut self, app: &Arc<App>) -> Result<()> {
        let new = Self::start(app).await?;
        std::mem::replace(self, new).stop().await;
        Ok(())
    }

    /// Stops it: no new beat begins; one that runs is awaited by whoever holds its lock.
    pub async fn stop(mut self) {
        if let Err(error) = self.scheduler.shutdown().await {
            tracing::warn!(%error, "the metronome did not stop cleanly");
        }
    }
}
