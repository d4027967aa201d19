//! What the status page and the metrics ask: counts, and short rows without findings or letters' bytes.

use chrono::{Days, NaiveDate};
use sqlx::FromRow;

use super::deadlines::FIRST_DAY;
use super::{Instant, Result, Tx};

/// A deadline in a list.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct DueRow {
    /// Its id.
    pub deadline_id: String,
    /// The case.
    pub case_number: String,
    /// The rule.
    pub rule: String,
    /// duty | right | step.
    pub kind: String,
    /// Whose act it is.
    pub actor: Option<String>,
    /// The day that started it.
    pub from_day: NaiveDate,
    /// The date shown; a step has none.
    pub shown_on: Option<NaiveDate>,
    /// The day it is watched by.
    pub watched_by: Option<NaiveDate>,
    /// The last day on which a duty is not late.
    pub late_after: Option<NaiveDate>,
}

/// Which open deadlines a list holds. A bar is in none: nobody counts down to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Duties that are late.
    Overdue,
    /// Duties, rights and steps whose day is today, and duties whose day has passed and that are not late yet.
    Today,
    /// Duties, rights and steps whose day comes, up to and including this one.
    Until(NaiveDate),
    /// Steps whose internal control date has passed.
    PastControl,
}

/// A letter in a list, without its bytes and its address.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct LetterLine {
    /// Its id.
    pub letter_id: String,
    /// The office it is for.
    pub office: String,
    /// kk | ru | en.
    pub language: String,
    /// The subject line.
    pub subject: String,
    /// When it was composed.
    pub composed_at: Instant,
    /// When it is meant to go.
    pub due_at: Instant,
    /// Where it stands.
    pub state: String,
    /// How often it was handed to the transport.
    pub attempts: i64,
}

/// A number for people who look at a page: beyond [`COUNT_MAX`] nothing is counted, only said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// How many, and at most [`COUNT_MAX`].
    pub n: i64,
    /// Whether there are more.
    pub at_least: bool,
}

/// How far is counted for a page or a graph: an exact number of what fills a register costs more the more is stored.
pub const COUNT_MAX: i64 = 10_000;

impl Count {
    /// Of what was found when it was looked for one more than [`COUNT_MAX`].
    fn of(found: i64) -> Self {
        Self { n: found.min(COUNT_MAX), at_least: found > COUNT_MAX }
    }
}

/// Every state of a letter.
pub const LETTER_STATES: [&str; 8] =
    ["queued", "transmitting", "accepted", "deferred", "refused", "bounced", "unknown", "cancelled"];

/// The kinds of what can be open.
pub const OPEN_KINDS: [&str; 3] = ["duty", "right", "step"];

/// One part of a list: it is read from the index in its order, and no further than asked.
#[derive(Clone, Copy, Debug)]
enum Part {
    /// Duties that are late on a day.
    Late(NaiveDate),
    /// Duties whose day has passed and that are not late yet on a day.
    Grace(NaiveDate),
    /// Of a kind, watched by a day between two.
    Range(&'static str, NaiveDate, NaiveDate),
}

impl Due {
    fn parts(self, today: NaiveDate) -> Vec<Part> {
        let (before, after) = (today - Days::new(1), today + Days::new(1));
        let of_each = |from, to| OPEN_KINDS.map(|kind| Part::Range(kind, from, to));
        match self {
            Self::Overdue => vec![Part::Late(today)],
            Self::Today => [Part::Grace(today)].into_iter().chain(of_each(today, today)).collect(),
            Self::Until(last) => of_each(after, last).to_vec(),
            Self::PastControl => vec![Part::Range("step", FIRST_DAY, before)],
        }
    }
}

impl Tx {
    /// How many open deadlines `which` holds (more than `count_max` are not counted), and the first `limit` of them by day, case and
    /// rule.
    pub async fn due(
        &mut self,
        which: Due,
        today: NaiveDate,
        count_max: i64,
        limit: i64,
    ) -> Result<(i64, Vec<DueRow>)> {
        let (mut count, mut rows) = (0, Vec::new());
        for part in which.parts(today) {
            count += self.count_part(part, count_max - count).await?;
            if limit > 0 {
                rows.extend(self.list_part(part, limit).await?);
            }
        }
        rows.sort_by(|a: &DueRow, b| {
            (a.watched_by, &a.case_number, &a.rule, &a.deadline_id).cmp(&(
                b.watched_by,
                &b.case_number,
                &b.rule,
                &b.deadline_id,
            ))
        });
        rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok((count, rows))
    }

    /// [`Tx::due`] for a page: how many as far as is counted, and the first `limit`.
    pub async fn due_for_page(&mut self, which: Due, today: NaiveDate, limit: i64) -> Result<(Count, Vec<DueRow>)> {
        let (found, rows) = self.due(which, today, COUNT_MAX + 1, limit).await?;
        Ok((Count::of(found), rows))
    }

    async fn count_part(&mut self, part: Part, max: i64) -> Result<i64> {
        const LATE: &str = "
            select count(*) from (select 1 from deadline
                                   where is_open and kind = 'duty' and watched_by < $1 and late_after < $1 limit $2) as found";
        const GRACE: &str = "
            select count(*) from (select 1 from deadline
                                   where is_open and kind = 'duty' and watched_by < $1 and late_after >= $1 limit $2) as found";
        const RANGE: &str = "
            select count(*) from (select 1 from deadline
                                   where is_open and kind = $1 and watched_by >= $2 and watched_by <= $3 limit $4) as found";
        Ok(on_backend!(self, db => match part {
            Part::Late(day) => sqlx::query_scalar(LATE).bind(day).bind(max).fetch_one(&mut **db).await?,
            Part::Grace(day) => sqlx::query_scalar(GRACE).bind(day).bind(max).fetch_one(&mut **db).await?,
            Part::Range(kind, from, to) => {
                sqlx::query_scalar(RANGE).bind(kind).bind(from).bind(to).bind(max).fetch_one(&mut **db).await?
            }
        }))
    }

    async fn list_part(&mut self, part: Part, limit: i64) -> Result<Vec<DueRow>> {
        const LATE: &str = "
            select deadline_id, case_number, rule, kind, actor, from_day, shown_on, watched_by, late_after from deadline
             where is_open and kind = 'duty' and watched_by < $1 and late_after < $1
             order by watched_by, case_number, rule, deadline_id limit $2";
        const GRACE: &str = "
            select deadline_id, case_number, rule, kind, actor, from_day, shown_on, watched_by, late_after from deadline
             where is_open and kind = 'duty' and watched_by < $1 and late_after >= $1
             order by watched_by, case_number, rule, deadline_id limit $2";
        const RANGE: &str = "
            select deadline_id, case_number, rule, kind, actor, from_day, shown_on, watched_by, late_after from deadline
             where is_open and kind = $1 and watched_by >= $2 and watched_by <= $3
             order by watched_by, case_number, rule, deadline_id limit $4";
        Ok(on_backend!(self, db => match part {
            Part::Late(day) => sqlx::query_as(LATE).bind(day).bind(limit).fetch_all(&mut **db).await?,
            Part::Grace(day) => sqlx::query_as(GRACE).bind(day).bind(limit).fetch_all(&mut **db).await?,
            Part::Range(kind, from, to) => {
                sqlx::query_as(RANGE).bind(kind).bind(from).bind(to).bind(limit).fetch_all(&mut **db).await?
            }
        }))
    }

    /// Open duties, rights and steps, one number for each of [`OPEN_KINDS`]; more than `count_max` are not counted.
    pub async fn open_by_kind(&mut self, count_max: i64) -> Result<[i64; 3]> {
        const SQL: &str = "select count(*) from (select 1 from deadline where is_open and kind = $1 limit $2) as found";
        let mut found = [0; 3];
        for (place, kind) in found.iter_mut().zip(OPEN_KINDS) {
            *place = on_backend!(self, db => sqlx::query_scalar(SQL)
                .bind(kind).bind(count_max).fetch_one(&mut **db).await?);
        }
        Ok(found)
    }

    /// [`Tx::open_by_kind`] for a graph: as far as is counted.
    pub async fn open_for_page(&mut self) -> Result<[Count; 3]> {
        Ok(self.open_by_kind(COUNT_MAX + 1).await?.map(Count::of))
    }

    /// How many cases are open, as far as is counted.
    pub async fn count_open_cases(&mut self) -> Result<Count> {
        const SQL: &str = "
            select count(*) from (select 1 from case_file where status = 'open' limit $1) as found";
        let found = on_backend!(self, db => sqlx::query_scalar(SQL).bind(COUNT_MAX + 1).fetch_one(&mut **db).await?);
        Ok(Count::of(found))
    }

    /// How many entries wait for a second person, as far as is counted.
    pub async fn count_pending(&mut self) -> Result<Count> {
        const SQL: &str = "
            select count(*) from (select 1 from event e
                                   where e.needs_confirmation
                                     and not exists (select 1 from event c
                                                      where c.target = e.event_id
                                                        and (c.action = 'confirm' or not c.needs_confirmation))
                                   order by e.recorded_at limit $1) as found";
        let found = on_backend!(self, db => sqlx::query_scalar(SQL).bind(COUNT_MAX + 1).fetch_one(&mut **db).await?);
        Ok(Count::of(found))
    }

    /// Letters, one number for each of [`LETTER_STATES`], as far as is counted.
    pub async fn letters_by_state(&mut self) -> Result<[Count; 8]> {
        const IN_STATE: &str = "
            select (select count(*) from (select 1 from outbox
                                           where state = $1 and next_attempt_at is not null limit $2) as waiting)
                 + (select count(*) from (select 1 from outbox
                                           where state = $1 and next_attempt_at is null limit $2) as ended)";
        // All but those in the outbox: no more of them are read than are said, and so many as may be there.
        const IN_OUTBOX: &str = "select count(*) from outbox";
        const ALL: &str = "select count(*) from (select 1 from letter limit $1) as found";
        let mut found = [Count::default(); 8];
        for (place, state) in found.iter_mut().zip(LETTER_STATES) {
            let n: i64 = if state == "accepted" {
                let others: i64 = on_backend!(self, db => sqlx::query_scalar(IN_OUTBOX).fetch_one(&mut **db).await?);
                let all: i64 = on_backend!(self, db => sqlx::query_scalar(ALL)
                    .bind(COUNT_MAX + 1 + others).fetch_one(&mut **db).await?);
                all - others
            } else {
                on_backend!(self, db => sqlx::query_scalar(IN_STATE)
                    .bind(state).bind(COUNT_MAX + 1).fetch_one(&mut **db).await?)
            };
            *place = Count::of(n);
        }
        Ok(found)
    }

    /// When a letter was last accepted.
    pub async fn last_accepted(&mut self) -> Result<Option<Instant>> {
        const SQL: &str = "select at from receipt where verdict = 'accepted' order by at desc limit 1";
        Ok(on_backend!(self, db => sqlx::query_scalar(SQL).fetch_optional(&mut **db).await?))
    }

    /// The first `limit` letters that are still to go, longest due first.
    pub async fn unsent_lines(&mut self, limit: i64) -> Result<Vec<LetterLine>> {
        const SQL: &str = "
            select letter_id, office, language, subject, composed_at, due_at, state, attempts from letter_stand
             where number in (select number from outbox where next_attempt_at is not null
                               order by due_at, letter_id limit $1)
             order by due_at, letter_id";
        Ok(on_backend!(self, db => sqlx::query_as(SQL).bind(limit).fetch_all(&mut **db).await?))
    }

    /// The newest `limit` letters that were refused, or came back.
    pub async fn refused_lines(&mut self, limit: i64) -> Result<Vec<LetterLine>> {
        const SQL: &str = "
            select letter_id, office, language, subject, composed_at, due_at, state, attempts from letter_stand
             where number in (select number from outbox where state = $2 and next_attempt_at is null)
             order by composed_at desc, letter_id limit $1";
        let mut lines: Vec<LetterLine> = Vec::new();
        for state in ["refused", "bounced"] {
            lines.extend(on_backend!(self, db => sqlx::query_as(SQL)
                .bind(limit).bind(state).fetch_all(&mut **db).await?) as Vec<LetterLine>);
        }
        lines.sort_by(|a, b| (b.composed_at, &a.letter_id).cmp(&(a.composed_at, &b.letter_id)));
        lines.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(lines)
    }

    /// The newest `limit` letters that speak of a case.
    pub async fn case_letter_lines(&mut self, case_number: &str, limit: i64) -> Result<Vec<LetterLine>> {
        const SQL: &str = "
            select letter_id, office, language, subject, composed_at, due_at, state, attempts from letter_stand
             where letter_id in (select letter_id from alert where case_number = $1
                                 union select letter_id from alert_copy where case_number = $1)
             order by composed_at desc, letter_id limit $2";
        Ok(on_backend!(self, db => sqlx::query_as(SQL).bind(case_number).bind(limit).fetch_all(&mut **db).await?))
    }
}
