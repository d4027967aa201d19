//! `GET /status`: what is late, due and coming, and whether letters leave. No person, no address.

use anyhow::Result;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Days, NaiveDate, Utc};
use serde::Serialize;
use serde_json::{Value, json};

use super::ask::Ask;
use super::auth::Reader;
use super::pages::Frame;
use super::paper::{LetterText, Paper, case_path, local};
use super::{Web, failed};
use crate::app::Settings;
use crate::law::regulation::RuleId;
use crate::post::BreakerSnapshot;
use crate::register::DEFAULT_ZONE;
use crate::store::{Count, Due, DueRow, EventRow, Instant, LETTER_STATES, LetterLine, OutboxCounts};

/// Rows of one list, at most; the count says how many there are.
const ROWS_MAX: i64 = 200;

/// How far ahead "coming" looks.
const COMING_DAYS: u64 = 30;

/// The lists, by their names in JSON.
const LISTS: [&str; 4] = ["overdue", "due", "past_control", "coming"];

/// Everything that the page says, read in one state of the register.
struct Overview {
    now: DateTime<Utc>,
    today: NaiveDate,
    lists: [(Count, Vec<DueRow>); 4],
    pending: (Count, Vec<EventRow>),
    by_state: Vec<(&'static str, Count)>,
    outbox: OutboxCounts,
    unsent: Vec<LetterLine>,
    refused: Vec<LetterLine>,
    last_accepted: Option<Instant>,
    open_cases: Count,
    breaker: BreakerSnapshot,
}

/// The page, or JSON.
pub(super) async fn status(State(web): State<Web>, reader: Reader, ask: Ask) -> Response {
    let overview = match Overview::read(&web).await {
        Ok(overview) => overview,
        Err(error) => return failed(&error.into()),
    };
    let settings = web.app.settings();
    if ask.json {
        return Json(overview.json(&settings)).into_response();
    }
    let page = Paper { web: &web, texts: &web.app.texts, settings: &settings, language: ask.language };
    let page = match overview.page(&page) {
        Ok(page) => page,
        Err(error) => return failed(&error),
    };
    let frame = Frame {
        language: ask.language,
        lang_named: ask.lang_named,
        path: "/status",
        query: Vec::new(),
        reader: Some(&reader),
    };
    web.pages.answer(&web, StatusCode::OK, &frame, "status_title", None, "status.html.j2", &page)
}

impl Overview {
    async fn read(web: &Web) -> crate::store::Result<Self> {
        let app = &web.app;
        let today = app.clock.today(DEFAULT_ZONE);
        let until = today.checked_add_days(Days::new(COMING_DAYS)).unwrap_or(today);
        let mut tx = app.store.snapshot().await?;
        Ok(Self {
            now: app.clock.now(),
            today,
            lists: [
                tx.due_for_page(Due::Overdue, today, ROWS_MAX).await?,
                tx.due_for_page(Due::Today, today, ROWS_MAX).await?,
                tx.due_for_page(Due::PastControl, today, ROWS_MAX).await?,
                tx.due_for_page(Due::Until(until), today, ROWS_MAX).await?,
            ],
            pending: (tx.count_pending().await?, tx.pending(ROWS_MAX).await?),
            by_state: LETTER_STATES
                .into_iter()
                .zip(tx.letters_by_state().await?)
                .filter(|(_, count)| count.n > 0)
                .collect(),
            outbox: tx.outbox_counts().await?,
            unsent: tx.unsent_lines(ROWS_MAX).await?,
            refused: tx.refused_lines(ROWS_MAX).await?,
            last_accepted: tx.last_accepted().await?,
            open_cases: tx.count_open_cases().await?,
            breaker: app.dispatcher.breaker_snapshot(),
        })
    }

    fn oldest_unsent_seconds(&self) -> Option<i64> {
        self.outbox.oldest_due_at.map(|at| (self.now - at.utc()).num_seconds().max(0))
    }

    fn json(&self, settings: &Settings) -> Value {
        let mut answer = json!({
            "at": Instant::new(self.now), "today": self.today, "open_cases": self.open_cases.n,
            "pending": list_json(self.pending.0, self.pending.1.iter().map(|row| json!({
                "case": row.chain, "entry": row.event_id, "action": row.action, "event": row.kind, "date": row.day,
                "recorded_at": row.recorded_at,
            }))),
            "letters": {
                "by_state": self.by_state.iter().map(|(state, count)| ((*state).to_owned(), json!(count.n))).collect::<serde_json::Map<_, _>>(),
                "unsent": { "count": self.outbox.unsent, "rows": letters_json(&self.unsent) },
                "refused": { "count": self.outbox.refused, "rows": letters_json(&self.refused) },
                "oldest_unsent_seconds": self.oldest_unsent_seconds(), "last_accepted_at": self.last_accepted,
            },
            // The relay's own words may quote an address: they are in the receipts, not here.
            "breaker": {
                "state": self.breaker.state, "since": self.breaker.since, "until": self.breaker.until,
                "failures": self.breaker.failures,
            },
            "calendar": {
                "verified_until": settings.calendar.verified_until(), "known_until": settings.calendar.known_until(),
            },
        });
        for (name, (count, rows)) in LISTS.iter().zip(&self.lists) {
            answer[*name] = list_json(*count, rows.iter().map(due_json));
        }
        if self.open_cases.at_least {
            answer["open_cases_at_least"] = true.into();
        }
        let at_least: Vec<&str> =
            self.by_state.iter().filter(|(_, count)| count.at_least).map(|(state, _)| *state).collect();
        if !at_least.is_empty() {
            answer["letters"]["at_least"] = json!(at_least);
        }
        answer
    }

    fn page(&self, paper: &Paper<'_>) -> Result<Page> {
        let say = |key: &str| paper.say(key);
        let mut lists = Vec::with_capacity(LISTS.len());
        for (name, (count, rows)) in LISTS.iter().zip(&self.lists) {
            lists.push(List {
                name,
                heading: say(&format!("list_{name}"))?,
                count: Shown::of(*count),
                more: more(*count, rows.len()),
                rows: rows.iter().map(|row| paper.line(row, name, self.today)).collect::<Result<_>>()?,
            });
        }
        let pending = self.pending.1.iter().map(|row| paper.waiting(row)).collect::<Result<Vec<_>>>()?;
        let calendar = &paper.settings.calendar;
        let wanted = self.today.checked_add_days(Days::new(366)).unwrap_or(self.today);
        Ok(Page {
            today: paper.texts.day(paper.language, self.today)?,
            time: self.now.with_timezone(&DEFAULT_ZONE).format("%H:%M").to_string(),
            zone: DEFAULT_ZONE.name(),
            open_cases: Shown::of(self.open_cases),
            lists,
            pending_count: Shown::of(self.pending.0),
            pending_more: more(self.pending.0, pending.len()),
            pending,
            states: self
                .by_state
                .iter()
                .map(|(state, count)| Ok((say(&format!("letter_{state}"))?, Shown::of(*count))))
                .collect::<Result<_>>()?,
            unsent_count: self.outbox.unsent,
            unsent_late: self.oldest_unsent_seconds().is_some_and(|seconds| seconds > 3_600),
            unsent_since: self.outbox.oldest_due_at.map(local),
            unsent_more: more(exactly(self.outbox.unsent), self.unsent.len()),
            unsent: self.unsent.iter().map(|letter| paper.letter(letter)).collect::<Result<_>>()?,
            refused_count: self.outbox.refused,
            refused_more: more(exactly(self.outbox.refused), self.refused.len()),
            refused: self.refused.iter().map(|letter| paper.letter(letter)).collect::<Result<_>>()?,
            last_accepted: self.last_accepted.map(local),
            breaker: self.breaker.state,
            breaker_word: say(&format!("breaker_{}", self.breaker.state))?,
            breaker_until: self.breaker.until.map(|at| local(Instant::new(at))),
            breaker_failures: self.breaker.failures,
            verified_until: paper.texts.day(paper.language, calendar.verified_until())?,
            known_until: paper.texts.day(paper.language, calendar.known_until())?,
            calendar_short: calendar.known_until() < wanted,
        })
    }
}

/// How many rows a list leaves out.
fn more(count: Count, shown: usize) -> Shown {
    Shown::of(Count { n: count.n - i64::try_from(shown).unwrap_or(i64::MAX), ..count })
}

/// A number that was counted to its end.
fn exactly(n: i64) -> Count {
    Count { n, at_least: false }
}

/// A list with how many there are; `"at_least": true` says that no more were counted.
fn list_json(count: Count, rows: impl Iterator<Item = Value>) -> Value {
    let mut list = json!({ "count": count.n, "rows": rows.collect::<Vec<_>>() });
    if count.at_least {
        list["at_least"] = true.into();
    }
    list
}

/// A number on the page: 0 shows nothing where the page asks whether there is any.
#[derive(Serialize)]
#[serde(untagged)]
enum Shown {
    Exactly(i64),
    AtLeast(String),
}

impl Shown {
    fn of(count: Count) -> Self {
        if count.at_least { Self::AtLeast(format!("≥ {}", count.n)) } else { Self::Exactly(count.n) }
    }
}

fn due_json(row: &DueRow) -> Value {
    let rule = row.rule.parse::<RuleId>().ok();
    json!({
        "case": row.case_number, "deadline": row.deadline_id, "rule": row.rule, "kind": row.kind,
        "paragraph": rule.map(|rule| rule.rule().paragraph), "actor": row.actor, "from": row.from_day,
        "effective": row.shown_on,
        "internal_control_date": row.watched_by.filter(|_| row.kind == "step"), "late_after": row.late_after,
    })
}

fn letters_json(letters: &[LetterLine]) -> Vec<Value> {
    let one = |letter: &LetterLine| {
        json!({
            "letter": letter.letter_id, "office": letter.office, "language": letter.language, "subject": letter.subject,
            "composed_at": letter.composed_at, "due_at": letter.due_at, "state": letter.state,
            "attempts": letter.attempts,
        })
    };
    letters.iter().map(one).collect()
}

impl Paper<'_> {
    fn line(&self, row: &DueRow, list: &str, today: NaiveDate) -> Result<Line> {
        let count = |id: &str, n: i64| self.texts.counted(self.language, id, u32::try_from(n).unwrap_or(0));
        let days = |day: Option<NaiveDate>| day.map_or(0, |day| (day - today).num_days());
        let left = match list {
            "overdue" => Some(count("left-overdue", -days(row.late_after))?),
            "coming" => Some(count("left-days", days(row.watched_by))?),
            _ => None,
        };
        let late_after = row.late_after.filter(|day| list == "due" && Some(*day) != row.watched_by);
        Ok(Line {
            case: row.case_number.clone(),
            href: case_path(&row.case_number),
            rule: row.rule.clone(),
            paragraph: self.paragraph(&row.rule)?,
            what: self.what(&row.rule)?,
            office: self.office(row.actor.as_deref().unwrap_or("undecided")),
            day: row.watched_by.map(|day| self.texts.day(self.language, day)).transpose()?.unwrap_or_default(),
            step: row.kind == "step",
            left,
            late_after: late_after.map(|day| self.texts.day(self.language, day)).transpose()?,
        })
    }

    fn waiting(&self, row: &EventRow) -> Result<Waiting> {
        let what = match row.kind.as_deref() {
            Some(kind) => self.event(kind)?,
            None => String::new(),
        };
        Ok(Waiting {
            case: (row.chain != "*").then(|| row.chain.clone()),
            href: case_path(&row.chain),
            entry: row.event_id.clone(),
            action: self.say(&format!("action_{}", row.action))?,
            what,
            day: row.day.map(|day| day.to_string()).unwrap_or_default(),
            recorded: local(row.recorded_at),
        })
    }
}

#[derive(Serialize)]
struct Line {
    case: String,
    href: String,
    rule: String,
    paragraph: String,
    what: String,
    office: String,
    day: String,
    step: bool,
    left: Option<String>,
    late_after: Option<String>,
}

#[derive(Serialize)]
struct List {
    name: &'static str,
    heading: String,
    count: Shown,
    more: Shown,
    rows: Vec<Line>,
}

#[derive(Serialize)]
struct Waiting {
    case: Option<String>,
    href: String,
    entry: String,
    action: String,
    what: String,
    day: String,
    recorded: String,
}

#[derive(Serialize)]
struct Page {
    today: String,
    time: String,
    zone: &'static str,
    open_cases: Shown,
    lists: Vec<List>,
    pending_count: Shown,
    pending_more: Shown,
    pending: Vec<Waiting>,
    states: Vec<(String, Shown)>,
    unsent_count: i64,
    unsent_late: bool,
    unsent_since: Option<String>,
    unsent_more: Shown,
    unsent: Vec<LetterText>,
    refused_count: i64,
    refused_more: Shown,
    refused: Vec<LetterText>,
    last_accepted: Option<String>,
    breaker: &'static str,
    breaker_word: String,
    breaker_until: Option<String>,
    breaker_failures: u32,
    verified_until: String,
    known_until: String,
    calendar_short: bool,
}
