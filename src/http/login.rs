//! The token form: a browser shows a token once and gets a session; a GET changes nothing.

use std::collections::VecDeque;

use axum::extract::State;
use axum::extract::rejection::StringRejection;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::ask::{self, Ask};
use super::auth::{self, base, cookie_name, is_plain_loopback, session_of};
use super::pages::Frame;
use super::{Web, failed, form, guard, problem, secret};
use crate::letter::Language;
use crate::store::Instant;

/// How long a session lasts: a working day.
const SESSION_HOURS: i64 = 12;

/// Wrong tokens taken in a minute, from everybody together: behind a proxy all come from one address, and a guess among 2^256
/// is no danger; the bound keeps the log and the database quiet.
const FAILURES_PER_MINUTE_MAX: usize = 10;

/// Longest path that a sign-in leads back to, in octets.
const NEXT_OCTETS_MAX: usize = 2_000;

/// The instants of the wrong tokens of the last minute.
#[derive(Debug, Default)]
pub(super) struct Failures(VecDeque<DateTime<Utc>>);

impl Failures {
    /// Whether another token is looked at.
    fn admit(&mut self, now: DateTime<Utc>) -> bool {
        let minute_ago = now - TimeDelta::minutes(1);
        // A clock that was set back must not shut the door for good.
        self.0.retain(|at| *at > minute_ago && *at <= now);
        self.0.len() < FAILURES_PER_MINUTE_MAX
    }

    fn add(&mut self, now: DateTime<Utc>) {
        self.0.push_back(now);
    }
}

/// What the form shows.
#[derive(Serialize)]
struct Form {
    next: String,
    /// The key of what went wrong, in words.toml.
    wrong: Option<&'static str>,
}

/// `GET /login`: the form.
pub(super) async fn show(State(web): State<Web>, ask: Ask) -> Response {
    let next = own_path(form::value(&ask.query, "next"));
    page(&web, ask.language, ask.lang_named, next, StatusCode::OK, None)
}

/// `POST /login`: the token for a session.
pub(super) async fn sign_in(
    State(web): State<Web>,
    ask: Ask,
    headers: HeaderMap,
    body: Result<String, StringRejection>,
) -> Response {
    if guard::is_foreign(&headers) {
        return foreign();
    }
    let Ok(body) = body else {
        return problem(StatusCode::PAYLOAD_TOO_LARGE, "body", "The form is longer than 1 MiB, or no UTF-8.");
    };
    let named = form::value(&body, "lang").and_then(|code| ask::language(&code));
    let language = named.unwrap_or(ask.language);
    let next = own_path(form::value(&body, "next"));
    let now = web.app.clock.now();
    let admitted = web.failures.lock().expect("the lock is held for one look").admit(now);
    if !admitted {
        let mut answer = page(&web, language, named.is_some(), next, StatusCode::TOO_MANY_REQUESTS, Some("login_wait"));
        answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
        return answer;
    }
    let token = form::value(&body, "token").unwrap_or_default();
    match begin(&web, token.trim(), now).await {
        Ok(Some(cookie)) => {
            let mut to = format!("{}{next}", base(&web));
            if named.is_some() && form::value(to.split_once('?').map_or("", |(_, query)| query), "lang").is_none() {
                let joint = if to.contains('?') { '&' } else { '?' };
                to = format!("{to}{joint}lang={}", language.code());
            }
            ([(header::SET_COOKIE, cookie)], Redirect::to(&to)).into_response()
        }
        Ok(None) => {
            web.failures.lock().expect("the lock is held for one note").add(now);
            tracing::warn!("a sign-in was refused: no such token");
            page(&web, language, named.is_some(), next, StatusCode::UNAUTHORIZED, Some("login_wrong"))
        }
        Err(error) => failed(&error),
    }
}

/// `POST /logout`: the session ends.
pub(super) async fn sign_out(State(web): State<Web>, headers: HeaderMap) -> Response {
    if guard::is_foreign(&headers) {
        return foreign();
    }
    if let Some(hash) = session_of(&web, &headers).and_then(|cookie| secret::hash(&cookie)) {
        let ended = async {
            let mut tx = web.app.store.begin().await?;
            tx.end_session(&hash).await?;
            tx.commit().await
        };
        if let Err(error) = ended.await {
            return failed(&error.into());
        }
    }
    let to = format!("{}/login", base(&web));
    ([(header::SET_COOKIE, cookie(&web, "", 0))], Redirect::to(&to)).into_response()
}

/// Begins a session for the holder of `token`; yields the cookie. None for a token that holds no more, or never did.
async fn begin(web: &Web, token: &str, now: DateTime<Utc>) -> anyhow::Result<Option<String>> {
    let Some(row) = auth::by_token(web, token).await? else { return Ok(None) };
    let value = secret::secret("")?;
    let Some(hash) = secret::hash(&value) else { return Ok(None) };
    let until = Instant::new(now + TimeDelta::hours(SESSION_HOURS));
    let mut tx = web.app.store.begin().await?;
    tx.begin_session(&hash, &row.token_id, Instant::new(now), until).await?;
    tx.commit().await?;
    tracing::info!(token = row.token_id, "signed in");
    Ok(Some(cookie(web, &value, SESSION_HOURS * 3_600)))
}

fn cookie(web: &Web, value: &str, seconds: i64) -> String {
    let plain = is_plain_loopback(&web.app.settings().loaded.config.http.public_url);
    let secure = if plain { "" } else { "; Secure" };
    format!("{}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}", cookie_name(web))
}

fn foreign() -> Response {
    problem(StatusCode::FORBIDDEN, "foreign-form", "This form was sent from another site's page.")
}

/// A path of our own to lead back to; /status instead of anything else.
fn own_path(next: Option<String>) -> String {
    let own = |next: &String| {
        next.len() <= NEXT_OCTETS_MAX
            && next.starts_with('/')
            && !next.starts_with("//")
            && next.bytes().all(|octet| octet.is_ascii_graphic() && octet != b'\\')
    };
    next.filter(own).unwrap_or_else(|| "/status".to_owned())
}

fn page(
    web: &Web,
    language: Language,
    named: bool,
    next: String,
    status: StatusCode,
    wrong: Option<&'static str>,
) -> Response {
    let frame =
        Frame { language, lang_named: named, path: "/login", query: vec![("next", next.clone())], reader: None };
    web.pages.answer(web, status, &frame, "login_title", None, "login.html.j2", &Form { next, wrong })
}
