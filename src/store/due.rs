//! What is due next: asked every second, so by one statement, outside a transaction.

use sqlx::FromRow;

use super::{Instant, Result, Store, Tx};

/// When the next of each is due; none when none waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromRow)]
pub struct NextDue {
    /// A deadline's next letter is to be composed.
    pub alert: Option<Instant>,
    /// A letter may be sent.
    pub attempt: Option<Instant>,
    /// Somebody else is to hear of a letter that did not arrive.
    pub follow_up: Option<Instant>,
}

impl NextDue {
    /// Whether there is something to compose.
    pub fn composes_at(&self, now: Instant) -> bool {
        [self.alert, self.follow_up].into_iter().flatten().any(|at| at <= now)
    }

    /// Whether there is something to send.
    pub fn sends_at(&self, now: Instant) -> bool {
        self.attempt.is_some_and(|at| at <= now)
    }
}

impl Store {
    /// What is due next.
    pub async fn next_due(&self) -> Result<NextDue> {
        const SQL: &str = "
            select (select next_alert_at from deadline where next_alert_at is not null
                     order by next_alert_at limit 1) as alert,
                   (select min(at) from (
                       select min(next_attempt_at) as at from outbox where urgency = 0 and next_attempt_at is not null
                       union all
                       select min(next_attempt_at) as at from outbox where urgency = 1 and next_attempt_at is not null
                   ) as firsts) as attempt,
                   (select follow_up_at from letter where follow_up_at is not null
                     order by follow_up_at limit 1) as follow_up";
        match self {
            Self::Sqlite { read, .. } => Ok(sqlx::query_as(SQL).fetch_one(read).await?),
            Self::Postgres(servers) => {
                let mut tx = Tx::Postgres(servers.connection().await?);
                Ok(on_backend!(&mut tx, db => sqlx::query_as(SQL).fetch_one(&mut **db).await?))
            }
        }
    }
}
