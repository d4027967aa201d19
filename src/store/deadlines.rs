//! Deadlines as last derived, each with its next alert.

use chrono::NaiveDate;
use sqlx::FromRow;

use super::{Instant, JsonText, Result, Tx};

/// No deadline is watched by an earlier day.
pub(super) const FIRST_DAY: NaiveDate = NaiveDate::from_ymd_opt(1, 1, 1).expect("it is a day");
/// No deadline is watched by a later day.
const LAST_DAY: NaiveDate = NaiveDate::from_ymd_opt(9999, 12, 31).expect("it is a day");

/// A deadline; the columns are explained in the PostgreSQL migration.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct DeadlineRow {
    /// D- and sixteen characters; never changes.
    pub deadline_id: String,
    /// The case.
    pub case_number: String,
    /// The rule.
    pub rule: String,
    /// The event (as first recorded) or the day that first started it; never changes.
    pub start_key: String,
    /// `petition`, `refusal_act` or empty.
    pub subject: String,
    /// duty | right | bar | wait | step.
    pub kind: String,
    /// Whose act it is.
    pub actor: Option<String>,
    /// Who else must hear.
    pub also_alert: Option<String>,
    /// The day that started it.
    pub from_day: NaiveDate,
    /// The date shown.
    pub shown_on: Option<NaiveDate>,
    /// The day it is watched by.
    pub watched_by: Option<NaiveDate>,
    /// The last day on which a duty is not late.
    pub late_after: Option<NaiveDate>,
    /// The status.
    pub status: String,
    /// Whether something is still to be done.
    pub is_open: bool,
    /// The whole finding as contract JSON; `null` where it was not read.
    #[sqlx(default)]
    pub finding: JsonText,
    /// Its hash; none in rows of an older program.
    pub finding_hash: Option<i64>,
    /// How often a date was recalculated.
    pub sequence: i64,
    /// Whether anyone has been told.
    pub told: bool,
    /// The date last told.
    pub told_shown: Option<NaiveDate>,
    /// Why it last moved.
    pub change: Option<String>,
    /// When the next letter about it is due.
    pub next_alert_at: Option<Instant>,
    /// Its rung.
    pub next_rung: Option<String>,
    /// The ladders it is told by; none for the configured ones.
    pub policy: Option<String>,
}

/// Which deadlines are asked for; everything left out is not asked.
#[derive(Clone, Debug, Default)]
pub struct DeadlineFilter {
    /// Of this case.
    pub case_number: Option<String>,
    /// Of this office: its own acts, and those it must hear of.
    pub office: Option<String>,
    /// Watched by that day or earlier.
    pub until: Option<NaiveDate>,
    /// Only those that are overdue or past control.
    pub overdue: bool,
    /// Only what runs: an open duty, right or step, a bar in force, a running wait; without it also what is met, over or closed.
    pub runs_only: bool,
}

impl DeadlineFilter {
    /// Whether every deadline that is asked for runs: then the list is in the order of the days, else in that of the cases.
    pub fn by_day(&self) -> bool {
        self.runs_only || self.overdue
    }
}

impl DeadlineRow {
    /// The case, the rule, what started it, and the subject: no two deadlines have the same. In its order a case's deadlines are locked.
    pub fn natural_key(&self) -> (&str, &str, &str, &str) {
        (&self.case_number, &self.rule, &self.start_key, &self.subject)
    }

    /// Whether it runs: an open duty, right or step, a bar in force, a running wait.
    pub fn runs(&self) -> bool {
        self.is_open || matches!(self.status.as_str(), "in_force" | "in_force_indefinite" | "running")
    }
}

/// All columns but the finding, which is the longest of them and is only for those who show it.
pub(super) const WITHOUT_FINDING: &str = "deadline_id, case_number, rule, start_key, subject, kind, actor, also_alert, from_day, \
     shown_on, watched_by, late_after, status, is_open, finding_hash, sequence, told, told_shown, change, next_alert_at, next_rung, \
     policy";

/// Keeps the deadlines of the case `$1` of which an alert is still to come from everybody else until the transaction ends: what a composer
/// notes of them meanwhile (that somebody was told, the next rung) must not be overwritten with what was read before it. Nobody but who has
/// locked the chain writes to the others. In the order in which a composer notes: neither waits for what the other waits with.
// Differs by necessity: SQLite has one writer and no locks of rows; PostgreSQL must be asked for them, and before it reads.
pub(super) const LOCK_DEADLINES_POSTGRES: &str = "
    select deadline_id as locked from deadline where case_number = $1 and next_alert_at is not null
     order by case_number, rule, start_key, subject for update";

/// Deadlines that are named when they refer to nothing; a longer list nobody reads.
const LOST_MAX: i64 = 100;

/// The deadlines of the case `$1` without their findings.
pub(super) fn of_case() -> String {
    format!("select {WITHOUT_FINDING} from deadline where case_number = $1 order by from_day, rule, start_key, subject")
}

impl Tx {
    /// Every deadline of a case, those that are gone included, in the order they were first derived.
    pub async fn deadlines_of(&mut self, case_number: &str) -> Result<Vec<DeadlineRow>> {
        const SQL: &str = "
            select * from deadline where case_number = $1 order by from_day, rule, start_key, subject";
        Ok(on_backend!(self, db => sqlx::query_as(SQL).bind(case_number).fetch_all(&mut **db).await?))
    }

    /// Deadlines of no case, or opened under ladders that are not kept, by case and id: up to a hundred.
    pub async fn deadlines_of_nothing(&mut self) -> Result<Vec<(String, String)>> {
        const SQL: &str = "
            select case_number, deadline_id from deadline
             where not exists (select 1 from case_file where number = case_number)
                or policy is not null and not exists (select 1 from policy kept where kept.policy_id = deadline.policy)
             order by case_number, deadline_id limit $1";
        Ok(on_backend!(self, db => sqlx::query_as(SQL).bind(LOST_MAX).fetch_all(&mut **db).await?))
    }

    /// The deadline with that id.
    pub async fn deadline(&mut self, deadline_id: &str) -> Result<Option<DeadlineRow>> {
        const SQL: &str = "select * from deadline where deadline_id = $1";
        Ok(on_backend!(self, db => sqlx::query_as(SQL).bind(deadline_id).fetch_optional(&mut **db).await?))
    }

    /// Up to `limit` deadlines that `filter` asks for (its case aside), after the row `after` of the page before: in the order of
    /// the days and those without a date last, where [`DeadlineFilter::by_day`] says so, else case by case.
    pub async fn deadlines_after(
        &mut self,
        filter: &DeadlineFilter,
        after: Option<&DeadlineRow>,
        limit: i64,
    ) -> Result<Vec<DeadlineRow>> {
        if !filter.by_day() {
            return self.deadlines_by_case(filter, after, limit).await;
        }
        let mut rows = match after {
            Some(DeadlineRow { watched_by: None, .. }) => Vec::new(),
            _ => self.dated_deadlines(filter, after, limit).await?,
        };
        let left = limit - i64::try_from(rows.len()).unwrap_or(i64::MAX);
        // What has no date is neither overdue nor due by a day.
        if left > 0 && !filter.overdue && filter.until.is_none() {
            let after = after.filter(|row| row.watched_by.is_none());
            rows.extend(self.undated_deadlines(filter, after, left).await?);
        }
        Ok(rows)
    }

    async fn dated_deadlines(
        &mut self,
        filter: &DeadlineFilter,
        after: Option<&DeadlineRow>,
        limit: i64,
    ) -> Result<Vec<DeadlineRow>> {
        // The first condition is that of the index deadline_runs, word for word.
        const SQL: &str = "
            select * from deadline
             where (is_open or status in ('in_force', 'in_force_indefinite', 'running'))
               and (watched_by, case_number, rule, deadline_id) > ($1, $2, $3, $4)
               and watched_by <= $5
               and (actor = $6 or also_alert = $6 or $6 is null)
               and (not $7 or status in ('overdue', 'control_passed'))
             order by watched_by, case_number, rule, deadline_id
             limit $8";
        let (day, case_number, rule, id) =
            after.map_or((None, "", "", ""), |row| (row.watched_by, &row.case_number, &row.rule, &row.deadline_id));
        Ok(on_backend!(self, db => sqlx::query_as(SQL)
            .bind(day.unwrap_or(FIRST_DAY))
            .bind(case_number)
            .bind(rule)
            .bind(id)
            .bind(filter.until.unwrap_or(LAST_DAY))
            .bind(&filter.office)
            .bind(filter.overdue)
            .bind(limit)
            .fetch_all(&mut **db)
            .await?))
    }

    async fn undated_deadlines(
        &mut self,
        filter: &DeadlineFilter,
        after: Option<&DeadlineRow>,
        limit: i64,
    ) -> Result<Vec<DeadlineRow>> {
        const SQL: &str = "
            select * from deadline
             where (is_open or status in ('in_force', 'in_force_indefinite', 'running'))
               and watched_by is null
               and (case_number, rule, deadline_id) > ($1, $2, $3)
               and (actor = $4 or also_alert = $4 or $4 is null)
             order by case_number, rule, deadline_id
             limit $5";
        let (case_number, rule, id) = after.map_or(("", "", ""), |row| (&row.case_number, &row.rule, &row.deadline_id));
        Ok(on_backend!(self, db => sqlx::query_as(SQL)
            .bind(case_number)
            .bind(rule)
            .bind(id)
            .bind(&filter.office)
            .bind(limit)
            .fetch_all(&mut **db)
            .await?))
    }

    async fn deadlines_by_case(
        &mut self,
        filter: &DeadlineFilter,
        after: Option<&DeadlineRow>,
        limit: i64,
    ) -> Result<Vec<DeadlineRow>> {
        const SQL: &str = "
            select * from deadline
             where (case_number, rule, start_key, subject) > ($1, $2, $3, $4)
               and status <> 'gone'
               and (actor = $5 or also_alert = $5 or $5 is null)
               and (watched_by <= $6 or $6 is null)
             order by case_number, rule, start_key, subject
             limit $7";
        let (case_number, rule, start_key, subject) = after.map_or(("", "", "", ""), DeadlineRow::natural_key);
        Ok(on_backend!(self, db => sqlx::query_as(SQL)
            .bind(case_number)
            .bind(rule)
            .bind(start_key)
            .bind(subject)
            .bind(&filter.office)
            .bind(filter.until)
            .bind(limit)
            .fetch_all(&mut **db)
            .await?))
    }

    /// Up to `limit` deadlines whose next alert is due: never a window, so that after any outage everything is found.
    pub async fn due_deadlines(&mut self, now: Instant, limit: i64) -> Result<Vec<DeadlineRow>> {
        const SQL: &str = "
            select * from deadline where next_alert_at <= $1 order by next_alert_at, deadline_id limit $2";
        Ok(on_backend!(self, db => sqlx::query_as(SQL).bind(now).bind(limit).fetch_all(&mut **db).await?))
    }

    /// Moves a deadline to its next rung, unless its alert or its date has been planned anew since it was read as `was`; `told`
    /// notes that its date has been told. False if nothing was moved.
    pub async fn advance_alert(
        &mut self,
        was: &DeadlineRow,
        next: Option<(Instant, &str)>,
        told: Option<Option<NaiveDate>>,
    ) -> Result<bool> {
        // A notice that waits keeps its time when an entry moves the date: only the sequence tells that it was moved.
        const SQL: &str = "
            update deadline
               set next_alert_at = $3, next_rung = $4, told = (told or $5),
                   told_shown = case when $5 then $6 else told_shown end
             where deadline_id = $1 and next_alert_at = $2 and sequence = $7 and next_rung = $8 and status = $9";
        let (at, rung) = next.unzip();
        Ok(on_backend!(self, db => sqlx::query(SQL)
            .bind(&was.deadline_id)
            .bind(was.next_alert_at)
            .bind(at)
            .bind(rung)
            .bind(told.is_some())
            .bind(told.flatten())
            .bind(was.sequence)
            .bind(&was.next_rung)
            .bind(&was.status)
            .execute(&mut **db)
            .await?
            .rows_affected())
            == 1)
    }
}
