//! What was put off by a clock that has been set back since.

use super::{Instant, Result, Tx};

impl Tx {
    /// Makes due at `now` every letter, every passing-on to somebody else and every notice that waits for an instant after `until`: the
    /// clock by which it was put off was ahead. A letter in transmission and the mornings of a ladder stay. Yields how many.
    pub async fn bring_forward(&mut self, now: Instant, until: Instant) -> Result<u64> {
        const LETTERS: &str = "
            update outbox set next_attempt_at = $1 where next_attempt_at > $2 and state <> 'transmitting'";
        const PASSING_ON: &str = "
            update letter set follow_up_at = $1 where follow_up_at > $2";
        const NOTICES: &str = "
            update deadline set next_alert_at = $1
             where next_alert_at > $2 and next_rung in ('opened', 'moved', 'closed', 'lengthened', 'bar_ended')";
        let mut brought = 0;
        for sql in [LETTERS, PASSING_ON, NOTICES] {
            brought += on_backend!(self, db => sqlx::query(sql)
                .bind(now).bind(until).execute(&mut **db).await?.rows_affected());
        }
        Ok(brought)
    }
}
