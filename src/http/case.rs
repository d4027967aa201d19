//! `GET /cases/{number}`: a case with its timeline drawn, what runs in it, and what was said about it.

use anyhow::Result;
use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::NaiveDate;
use serde::Serialize;

use super::ask::Ask;
use super::auth::Reader;
use super::case_events::{self, ChangeText, EventText};
use super::case_terms::{self, TermText};
use super::drawing::{self, Drawing};
use super::pages::Frame;
use super::paper::{LetterText, Paper, case_path};
use super::{Web, failed, problem};
use crate::law::finding::{Condition, Execution, ExecutionFinding};
use crate::law::regulation::{Provision, RuleId};
use crate::register::query::{At, CaseView};
use crate::register::{Error, Registrar};
use crate::store::LetterLine;

/// Letters listed at most.
const LETTERS_MAX: i64 = 100;

/// The page, or JSON: the same as `keshirim --json case show`.
pub(super) async fn case(
    State(web): State<Web>,
    reader: Reader,
    ask: Ask,
    number: Result<Path<String>, PathRejection>,
) -> Response {
    let Ok(Path(number)) = number else {
        return problem(StatusCode::NOT_FOUND, "unknown-case", "The number of a case is UTF-8.");
    };
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

fn page(paper: &Paper<'_>, view: &CaseView, letters: &[LetterLine], today: NaiveDate) -> Result<Page> {
    let (case, timeline, findings) = (&view.case, &view.assembled.timeline, &view.findings);
    let numbers = case_events::numbers(&timeline.events);
    let number = |index: u32| index.checked_sub(1).and_then(|i| numbers.get(i as usize)).copied().unwrap_or_default();
    let (terms, drawn) = case_terms::terms(paper, view, &number, today)?;
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
        drawing: drawing::draw(case_events::marks(paper, &timeline.events, &numbers)?, drawn, today),
        quotes: quotes(paper, view)?,
        terms,
        conditions: conditions.collect::<Result<_>>()?,
        events: case_events::events(paper, view, &numbers)?,
        changes: case_events::changes(paper, view)?,
        letters: letters.iter().map(|letter| paper.letter(letter)).collect::<Result<_>>()?,
    })
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
