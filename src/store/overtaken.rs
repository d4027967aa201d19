//! Letters that waited so long that time has overtaken what they say.

use super::{Instant, Result, Tx};

impl Tx {
    /// Cancels every waiting letter all of whose alerts have been overtaken: a later letter to the same address, due as well, speaks of
    /// the same deadline at a later rung. After an outage of days an official hears the latest rung, not the whole ladder.
    ///
    /// Only steps of a ladder are overtaken. What corrects or closes (`moved`, `closed`, `lengthened`, `bar_ended`), what first permits
    /// something (`first_day`) and what tells operators always goes; so does a letter of which nobody knows whether it arrived. The
    /// cancelled letter keeps its bytes and its receipts. Yields how many.
    pub async fn cancel_overtaken(&mut self, now: Instant) -> Result<u64> {
        // An alert stands in `alert` for the first who hears of it and in `alert_copy` for the others; each arm uses its own index.
        let later = |table: &str| {
            format!(
                "exists (select 1 from {table} b join letter later on later.letter_id = b.letter_id
                          where b.case_number = a.case_number and b.rule = a.rule and b.start_key = a.start_key
                            and b.subject = a.subject and b.office = a.office and b.decided_at > a.decided_at
                            and later.address = outbox.address and later.due_at <= $1
                            and not exists (select 1 from mail join outbox ended on ended.number = mail.number
                                             where mail.letter_id = later.letter_id
                                               and ended.state in ('refused', 'bounced', 'cancelled')))"
            )
        };
        let later = format!("({} or {})", later("alert"), later("alert_copy"));
        let still_says = |table: &str| {
            format!(
                "exists (select 1 from {table} a
                          where a.letter_id = outbox.letter_id
                            and not ((a.rung like 'opened@%' or a.rung like 'before:%' or a.rung like 'alert_workday@%'
                                      or a.rung like 'last_day@%' or a.rung like 'overdue:%' or a.rung like 'control_date@%'
                                      or a.rung like 'after_control:%')
                                     and {later}))"
            )
        };
        let sql = format!(
            "update outbox set state = 'cancelled', next_attempt_at = null
              where next_attempt_at is not null and state in ('queued', 'deferred')
                and (exists (select 1 from alert a where a.letter_id = outbox.letter_id)
                     or exists (select 1 from alert_copy a where a.letter_id = outbox.letter_id))
                and not {} and not {}",
            still_says("alert"),
            still_says("alert_copy"),
        );
        Ok(
            on_backend!(self, db => sqlx::query(sqlx::AssertSqlSafe(sql)).bind(now).execute(&mut **db).await?.rows_affected()),
        )
    }
}
