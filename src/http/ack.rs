//! `GET /ack/{token}` shows what a letter asks to be acknowledged; `POST /ack/{token}` acknowledges it. A GET changes nothing:
//! mail scanners follow links.
//!
//! Whoever holds the link is the reader of that letter. The page says no more than the letter did.

use anyhow::Result;
use axum::Json;
use axum::extract::rejection::{PathRejection, StringRejection};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};

use super::ask::{self, Ask};
use super::pages::Frame;
use super::paper::{Paper, local};
use super::{Web, failed, form, guard, problem};
use crate::post::ack_link::NoLetter;
use crate::post::acknowledge::{Standing, Told, acknowledge, told};
use crate::store::{Instant, LetterRow};

/// Deadlines shown of one letter: a letter prints no more.
const ROWS_MAX: usize = crate::letter::LINES_SHOWN_MAX;

/// A deadline for people.
#[derive(Serialize)]
struct Row {
    id: String,
    case: String,
    what: String,
    paragraph: String,
    day: String,
    state: String,
    tone: &'static str,
    /// It can still be acknowledged.
    open: bool,
}

/// The page.
#[derive(Serialize)]
struct Page {
    path: String,
    post: String,
    subject: String,
    rows: Vec<Row>,
    more: usize,
    /// Something is still to be acknowledged.
    open: bool,
    /// It has just been acknowledged.
    thanks: bool,
}

/// A link that leads to no letter: the key of what to say.
#[derive(Serialize)]
struct Nothing {
    why: &'static str,
}

/// The page, or JSON.
pub(super) async fn show(State(web): State<Web>, ask: Ask, token: Result<Path<String>, PathRejection>) -> Response {
    let (token, letter_id) = match named(&web, &ask, token) {
        Ok(named) => named,
        Err(answer) => return *answer,
    };
    let read = async {
        let mut tx = web.app.store.snapshot().await?;
        let Some(letter) = tx.letter(&letter_id).await? else { return Ok(None) };
        let all = told(&mut tx, &letter).await?;
        Ok::<_, crate::store::Error>(Some((letter, all)))
    };
    match read.await {
        Ok(Some((letter, all))) => answer(&web, &ask, &token, &letter, &all, false),
        Ok(None) => nothing(&web, &ask, NoLetter::Forged),
        Err(error) => failed(&error.into()),
    }
}

/// Acknowledges everything that the letter asks for, or what the form names.
pub(super) async fn say(
    State(web): State<Web>,
    ask: Ask,
    headers: HeaderMap,
    token: Result<Path<String>, PathRejection>,
    body: Result<String, StringRejection>,
) -> Response {
    if guard::is_foreign(&headers) {
        return problem(StatusCode::FORBIDDEN, "foreign-form", "This form was sent from another site's page.");
    }
    let (token, letter_id) = match named(&web, &ask, token) {
        Ok(named) => named,
        Err(answer) => return *answer,
    };
    let Ok(body) = body else {
        return problem(StatusCode::PAYLOAD_TOO_LARGE, "body", "The form is longer than 1 MiB, or no UTF-8.");
    };
    let only = form::values(&body, "deadline");
    let now = Instant::new(web.app.clock.now());
    let said = async {
        let said = acknowledge(&web.app.store, &letter_id, &only, now).await?;
        let letter = web.app.store.snapshot().await?.letter(&letter_id).await?;
        Ok::<_, crate::store::Error>(said.zip(letter))
    };
    match said.await {
        Ok(Some((all, letter))) => {
            tracing::info!(letter_id, office = letter.office, "a letter was acknowledged");
            answer(&web, &ask, &token, &letter, &all, true)
        }
        Ok(None) => nothing(&web, &ask, NoLetter::Forged),
        Err(error) => failed(&error.into()),
    }
}

/// The token and the letter it names; or the answer for a token that names none.
fn named(web: &Web, ask: &Ask, token: Result<Path<String>, PathRejection>) -> Result<(String, String), Box<Response>> {
    let Ok(Path(token)) = token else { return Err(Box::new(nothing(web, ask, NoLetter::Forged))) };
    match web.app.links.letter_of(&token, web.app.clock.now()) {
        Ok(letter_id) => Ok((token, letter_id)),
        Err(why) => Err(Box::new(nothing(web, ask, why))),
    }
}

fn nothing(web: &Web, ask: &Ask, why: NoLetter) -> Response {
    let (status, kind, word, detail) = match why {
        NoLetter::Forged => (
            StatusCode::NOT_FOUND,
            "no-such-link",
            "ack_forged",
            "This link names no letter; copy it whole, as the letter has it.",
        ),
        NoLetter::Expired => {
            (StatusCode::GONE, "expired-link", "ack_expired", "This link has expired; use that of a newer letter.")
        }
    };
    if ask.json {
        return problem(status, kind, detail);
    }
    let frame =
        Frame { language: ask.language, lang_named: ask.lang_named, path: "/ack/x", query: Vec::new(), reader: None };
    web.pages.answer(web, status, &frame, "ack_title", None, "ack_nothing.html.j2", &Nothing { why: word })
}

fn answer(web: &Web, ask: &Ask, token: &str, letter: &LetterRow, all: &[Told], thanks: bool) -> Response {
    if ask.json {
        let deadlines: Vec<Value> = all.iter().map(json_of).collect();
        return Json(json!({ "letter": letter.letter_id, "subject": letter.subject, "deadlines": deadlines }))
            .into_response();
    }
    // The letter's language, unless the reader has chosen another.
    let own = ask::language(&letter.language).filter(|_| !ask.lang_named);
    let language = own.unwrap_or(ask.language);
    let path = format!("/ack/{token}");
    let settings = web.app.settings();
    let paper = Paper { web, texts: &web.app.texts, settings: &settings, language };
    match page(&paper, &path, letter, all, thanks) {
        Ok(page) => {
            let frame = Frame { language, lang_named: ask.lang_named, path: &path, query: Vec::new(), reader: None };
            web.pages.answer(web, StatusCode::OK, &frame, "ack_title", None, "ack.html.j2", &page)
        }
        Err(error) => failed(&error),
    }
}

fn json_of(told: &Told) -> Value {
    let row = &told.row;
    let (state, at) = match told.standing {
        Standing::Open => ("open", None),
        Standing::Acknowledged(at) => ("acknowledged", Some(at)),
        Standing::Moved => ("moved", None),
        Standing::Ended => ("ended", None),
    };
    json!({
        "deadline": row.deadline_id, "case": row.case_number, "rule": row.rule, "date": row.watched_by, "state": state,
        "acknowledged_at": at,
    })
}

fn page(paper: &Paper<'_>, path: &str, letter: &LetterRow, all: &[Told], thanks: bool) -> Result<Page> {
    // What the button acknowledges is what the page shows: first what is open still, so that the next page shows the next of it.
    let (open, rest): (Vec<_>, Vec<_>) = all.iter().partition(|told| told.standing == Standing::Open);
    let shown = open.into_iter().chain(rest).take(ROWS_MAX);
    let rows: Vec<Row> = shown.map(|told| row(paper, told)).collect::<Result<_>>()?;
    Ok(Page {
        path: path.to_owned(),
        post: letter.post.clone(),
        subject: letter.subject.clone(),
        more: all.len() - rows.len(),
        open: all.iter().any(|told| told.standing == Standing::Open),
        thanks,
        rows,
    })
}

fn row(paper: &Paper<'_>, told: &Told) -> Result<Row> {
    let row = &told.row;
    let (state, tone) = match told.standing {
        Standing::Open => (paper.say("ack_open")?, "due"),
        Standing::Acknowledged(at) => (format!("{}: {}", paper.say("ack_given")?, local(at)), "fine"),
        Standing::Moved => (paper.say("ack_moved")?, "dim"),
        Standing::Ended => (paper.say("ack_ended")?, "dim"),
    };
    let day = row.watched_by.map(|day| paper.texts.day(paper.language, day)).transpose()?;
    Ok(Row {
        id: row.deadline_id.clone(),
        case: row.case_number.clone(),
        what: paper.what(&row.rule)?,
        paragraph: paper.paragraph(&row.rule)?,
        // The date of a moved deadline is for the newer letter to tell.
        day: day.filter(|_| told.standing != Standing::Moved).unwrap_or_default(),
        state,
        tone,
        open: told.standing == Standing::Open,
    })
}
