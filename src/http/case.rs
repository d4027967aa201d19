//! `GET /cases/{number}`: a case with its timeline drawn, what runs in it, and what was said about it.

use std::collections::HashMap;

use anyhow::Result;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::NaiveDate;
use serde::Serialize;

use super::ask::Ask;
use super::auth::Reader;
use super::case_terms::{self, TermText};
use super::drawing::{self, Drawing, EventMark};
use super::pages::Frame;
use super::status::{LetterText, Paper, case_path, local};
use super::{Web, failed, problem};
use crate::law::finding::{Condition, Execution, ExecutionFinding};
use crate::law::regulation::{Provision, RuleId};
use crate::law::timeline::{Event, Moment};
use crate::register::query::{At, CaseView};
use crate::register::{Error, NATIONWIDE, Registrar};
use crate::store::{EventRow, LetterLine};

/// Letters listed at most.
const LETTERS_MAX: i64 = 100;

/// The page, or JSON: the same as `keshirim --json case show`.
pub(super) async fn case(State(web): State<Web>, reader: Reader, ask: Ask, Path(number): Path<String>) -> Response {
    let settings = web.app.settings();
    let registrar = Registrar {
        store: &web.app.store,
        calendar: &settings.calendar,
        config: &settings.loaded.config,
        who: &reader.name,
        now: web.app.clock.now(),
    };
    let path = case_path(&number);
    let frame = Frame {
        language: ask.language,
        lang_named: ask.lang_named,
        path: &path,
        query: Vec::new(),
        reader: Some(&reader),
    };
    let view = match registrar.case(&number, At::default()).await {
        Ok(view) => view,
        Err(Error::Refused(_)) if ask.json => {
            return problem(StatusCode::NOT_FOUND, "unknown-case", "There is no case of that number in this register.");
        }
        Err(Error::Refused(_)) => {
            let title = "unknown_title";
            return web.pages.answer(&web, StatusCode::NOT_FOUND, &frame, title, None, "unknown.html.j2", &());
        }
        Err(error) => return failed(&error.into()),
    };
    if ask.json {
        return view.json().map_or_else(|error| failed(&error.into()), |json| Json(json).into_response());
    }
    let letters = async { web.app.store.snapshot().await?.case_letter_lines(&number, LETTERS_MAX).await };
    let page = match letters.await {
        Ok(letters) => {
            let paper = Paper { web: &web, texts: &web.app.texts, settings: &settings, language: ask.language };
            page(&paper, &view, &letters, registrar.today(view.assembled.timeline.zone))
        }
        Err(error) => return failed(&error.into()),
    };
    match page {
        Ok(page) => web.pages.answer(&web, StatusCode::OK, &frame, "case_title", Some(&number), "case.html.j2", &page),
        Err(error) => failed(&error),
    }
}

/// What the template says.
#[derive(Serialize)]
struct Page {
    sentence: String,
    category: Option<String>,
    institution: String,
    institution_code: String,
    zone: String,
    closed: Option<String>,
    today: String,
    open_deadlines: usize,
    execution: Option<ExecutionText>,
    irregularities: Vec<Irregular>,
    warnings: Vec<String>,
    drawing: Option<Drawing>,
    terms: Vec<TermText>,
    conditions: Vec<ConditionText>,
    quotes: Vec<Quote>,
    events: Vec<EventText>,
    changes: Vec<ChangeText>,
    letters: Vec<LetterText>,
}

/// The execution block: what bars, what is unknown; never that nothing stands in the way.
#[derive(Serialize)]
struct ExecutionText {
    barred: bool,
    finding: &'static str,
    words: String,
    open: Vec<String>,
    unknown: Vec<String>,
    dated_until: Option<String>,
    never: String,
}

#[derive(Serialize)]
struct Irregular {
    text: String,
    event: usize,
}

#[derive(Serialize)]
struct ConditionText {
    rule: &'static str,
    what: String,
    met: bool,
    missing: Vec<String>,
    anchor: &'static str,
}

/// The words of a paragraph, once for all terms that rest on it.
#[derive(Serialize)]
struct Quote {
    anchor: &'static str,
    source: String,
    kk: &'static str,
    ru: &'static str,
    ru_official: bool,
    en: &'static str,
}

#[derive(Serialize)]
struct EventText {
    number: usize,
    day: String,
    time: Option<String>,
    what: String,
    details: Vec<(String, String)>,
    entry: String,
    nationwide: bool,
    recorded: String,
    by: String,
    struck: bool,
    waiting: bool,
}

/// A correction, a retraction or a confirmation.
#[derive(Serialize)]
struct ChangeText {
    entry: String,
    action: String,
    target: String,
    reason: Option<String>,
    day: Option<String>,
    recorded: String,
    by: String,
    waiting: bool,
    struck: bool,
}

/// The case's own entries, then the nation-wide ones that belong to it.
fn all_entries(view: &CaseView) -> impl Iterator<Item = &EventRow> {
    view.entries.iter().chain(&view.nationwide)
}

fn page(paper: &Paper<'_>, view: &CaseView, letters: &[LetterLine], today: NaiveDate) -> Result<Page> {
    let (case, timeline, findings) = (&view.case, &view.assembled.timeline, &view.findings);
    let numbers = numbers(&timeline.events);
    let number = |index: u32| index.checked_sub(1).and_then(|i| numbers.get(i as usize)).copied().unwrap_or_default();
    let terms = case_terms::terms(paper, view, &number, today)?;
    let conditions = findings.conditions.iter().map(|condition| condition_text(paper, condition));
    let irregular = |found: &crate::law::finding::Irregularity| -> Result<Irregular> {
        let text = paper.texts.phrase(paper.language, &format!("irregularity-{}", found.code.as_str()), &[])?;
        Ok(Irregular { text, event: number(found.event) })
    };
    let warning = |warning: crate::law::finding::Warning| {
        Ok(paper.texts.phrase(paper.language, &format!("warning-{}", warning.as_str()), &[])?)
    };
    let closed = case.closed_on.map(|day| paper.texts.day(paper.language, day)).transpose()?;
    Ok(Page {
        sentence: paper.say(&format!("sentence_{}", case.sentence))?,
        category: case.crime_category.as_ref().map(|code| paper.say(&format!("category_{code}"))).transpose()?,
        institution: paper.office(&case.institution),
        institution_code: case.institution.clone(),
        zone: case.zone.clone(),
        closed,
        today: paper.texts.day(paper.language, today)?,
        open_deadlines: findings.case.open_deadlines,
        execution: findings.execution.as_ref().map(|execution| execution_text(paper, execution)).transpose()?,
        irregularities: findings.irregularities.iter().map(irregular).collect::<Result<_>>()?,
        warnings: findings.warnings.iter().map(warning).collect::<Result<_>>()?,
        drawing: drawing::draw(
            marks(paper, &timeline.events, &numbers)?,
            case_terms::marks(&terms, &findings.deadlines),
            today,
        ),
        quotes: quotes(paper, view)?,
        terms,
        conditions: conditions.collect::<Result<_>>()?,
        events: events(paper, view, &numbers)?,
        changes: all_entries(view).filter_map(|row| change(paper, view, row).transpose()).collect::<Result<_>>()?,
        letters: letters.iter().map(|letter| paper.letter(letter)).collect::<Result<_>>()?,
    })
}

/// The number of each event on the page: by its day, where the register counts by the order of recording.
fn numbers(events: &[Event]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..events.len()).collect();
    order.sort_by_key(|i| (events[*i].date, *i));
    let mut numbers = vec![0; events.len()];
    for (position, i) in order.into_iter().enumerate() {
        numbers[i] = position + 1;
    }
    numbers
}

fn execution_text(paper: &Paper<'_>, execution: &Execution) -> Result<ExecutionText> {
    let language = paper.language;
    let barred = execution.finding == ExecutionFinding::Barred;
    let bar = |bar: &str| -> Result<String> {
        let id = format!("rule-{}", bar.replace('.', "-"));
        Ok(paper.texts.phrase(language, &id, &[("owner", "")])?)
    };
    let fact = |fact: &str| Ok(paper.texts.phrase(language, &format!("unknown-{fact}"), &[])?);
    let last = execution.dated_not_before.and_then(|day| day.pred_opt());
    Ok(ExecutionText {
        barred,
        finding: execution.finding.as_str(),
        words: paper.say(if barred { "finding_barred" } else { "finding_no_bar_known" })?,
        open: execution.open.iter().map(|open| bar(open.as_str())).collect::<Result<_>>()?,
        unknown: execution.unknown.iter().map(|unknown| fact(unknown.as_str())).collect::<Result<_>>()?,
        dated_until: last.map(|day| paper.texts.day(language, day)).transpose()?,
        never: paper.texts.phrase(language, "never-says", &[])?,
    })
}

fn condition_text(paper: &Paper<'_>, condition: &Condition) -> Result<ConditionText> {
    Ok(ConditionText {
        rule: condition.rule.as_str(),
        what: paper.what(condition.rule.as_str())?,
        met: condition.met,
        missing: condition.missing.iter().map(|rule| paper.what(rule.as_str())).collect::<Result<_>>()?,
        anchor: condition.rule.provision().id,
    })
}

/// The words of every paragraph that the page rests on, in the decree's order.
fn quotes(paper: &Paper<'_>, view: &CaseView) -> Result<Vec<Quote>> {
    let findings = &view.findings;
    let deadlines = findings.deadlines.iter().map(|deadline| deadline.rule);
    let mut rules: Vec<RuleId> = deadlines.chain(findings.conditions.iter().map(|condition| condition.rule)).collect();
    rules.sort_unstable();
    let mut provisions: Vec<(&'static Provision, RuleId)> = Vec::new();
    for rule in rules {
        let provision = rule.provision();
        if !provisions.iter().any(|(known, _)| known.id == provision.id) {
            provisions.push((provision, rule));
        }
    }
    let quote = |(provision, rule): (&'static Provision, RuleId)| {
        let id = if rule == RuleId::D2Commission { "quote-source-decree" } else { "quote-source" };
        let paragraph = paper.texts.paragraph(paper.language, rule.as_str(), provision.paragraph)?;
        let words = &provision.words;
        Ok(Quote {
            anchor: provision.id,
            source: paper.texts.phrase(paper.language, id, &[("paragraph", &paragraph)])?,
            kk: words.kk,
            ru: words.ru,
            ru_official: words.ru_official,
            en: words.en,
        })
    };
    provisions.into_iter().map(quote).collect()
}

fn marks(paper: &Paper<'_>, events: &[Event], numbers: &[usize]) -> Result<Vec<EventMark>> {
    let mark = |(event, number): (&Event, &usize)| {
        let title = format!("{number}. {} — {}", event.date, paper.event(event.kind.as_str())?);
        let tone = match (event.retracted_at, event.unconfirmed) {
            (Some(_), _) => "done",
            (None, true) => "pending",
            (None, false) => "coming",
        };
        Ok(EventMark { number: *number, day: event.date, title, tone, struck: event.retracted_at.is_some() })
    };
    events.iter().zip(numbers).map(mark).collect()
}

fn events(paper: &Paper<'_>, view: &CaseView, numbers: &[usize]) -> Result<Vec<EventText>> {
    let rows: HashMap<&str, &EventRow> = all_entries(view).map(|row| (row.event_id.as_str(), row)).collect();
    let assembled = &view.assembled;
    let mut out = Vec::with_capacity(numbers.len());
    for ((event, origin), number) in assembled.timeline.events.iter().zip(&assembled.origins).zip(numbers) {
        let row = rows.get(origin.event_id.as_str());
        let scalar = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let details = row.map(|row| row.fields.iter().map(|(name, value)| (name.clone(), scalar(value))).collect());
        let recorded = match event.recorded_at {
            Some(Moment::Instant(at)) => local(at.into()),
            _ => String::new(),
        };
        out.push(EventText {
            number: *number,
            day: paper.texts.day(paper.language, event.date)?,
            time: event.local_time.map(|time| time.format("%H:%M").to_string()),
            what: paper.event(event.kind.as_str())?,
            details: details.unwrap_or_default(),
            entry: origin.event_id.clone(),
            nationwide: origin.chain == NATIONWIDE,
            recorded,
            by: row.map(|row| row.recorded_by.clone()).unwrap_or_default(),
            struck: event.retracted_at.is_some(),
            waiting: event.unconfirmed && event.retracted_at.is_none(),
        });
    }
    out.sort_by_key(|event| event.number);
    Ok(out)
}

fn change(paper: &Paper<'_>, view: &CaseView, row: &EventRow) -> Result<Option<ChangeText>> {
    let Some(target) = row.target.as_ref().filter(|_| row.action != "record") else { return Ok(None) };
    let reason = |code: &String| paper.texts.phrase(paper.language, &format!("reason-{code}"), &[]);
    Ok(Some(ChangeText {
        entry: row.event_id.clone(),
        action: paper.say(&format!("action_{}", row.action))?,
        target: target.clone(),
        reason: row.reason.as_ref().map(reason).transpose()?,
        day: row.day.map(|day| paper.texts.day(paper.language, day)).transpose()?,
        recorded: local(row.recorded_at),
        by: row.recorded_by.clone(),
        waiting: view.is_waiting(row),
        struck: view.standing(row) == Some("struck"),
    }))
}
