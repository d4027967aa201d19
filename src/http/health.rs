//! `GET /health`: whether the daemon does its work. No personal data, no secrets, no database write.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::{Days, TimeDelta};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::app::App;
use crate::register::DEFAULT_ZONE;
use crate::schedule::Beat;

/// A beat older than this is a metronome that has stopped.
const BEAT_AGE_SECONDS_MAX: i64 = 10;

/// A letter that has waited longer than this is late.
const UNSENT_SECONDS_MAX: i64 = 3_600;

/// Rights and bars reach a year ahead: the calendar should, too.
const CALENDAR_DAYS_AHEAD_MIN: u64 = 366;

/// A comparison older than this is an auditor that has stopped.
const AUDIT_AGE_SECONDS_MAX: i64 = 7_200;

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Ok,
    Degraded,
    Failing,
}

/// What was looked at.
struct Checks {
    worst: Status,
    found: Map<String, Value>,
}

impl Checks {
    fn add(&mut self, name: &str, status: Status, mut details: Value) {
        self.worst = self.worst.max(status);
        details["status"] = json!(status);
        self.found.insert(name.to_owned(), details);
    }
}

/// 200 when ok or degraded, 503 when failing.
pub(super) async fn health(State(app): State<Arc<App>>) -> Response {
    let mut checks = Checks { worst: Status::Ok, found: Map::new() };
    // Of a register that does not answer nothing more is asked.
    if store(&app, &mut checks).await {
        auditor(&app, &mut checks).await;
    }
    scheduler(&app, &mut checks);
    mail(&app, &mut checks);
    brake(&app, &mut checks);
    calendar(&app, &mut checks);
    let status = if checks.worst == Status::Failing { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    (status, Json(json!({ "status": checks.worst, "checks": checks.found }))).into_response()
}

/// A probe older than this is a register that cannot be written.
const PROBE_AGE_SECONDS_MAX: i64 = 35;

/// Whoever asks has an answer within so long, also while the database is silent or another primary is looked for.
const ANSWER_SECONDS_MAX: u64 = 3;

/// The register answers and can be written, and the oldest letter still to go is not late. Yields whether it answers.
async fn store(app: &App, checks: &mut Checks) -> bool {
    let counts = async {
        let mut tx = app.store.snapshot().await?;
        Ok::<_, crate::store::Error>((tx.outbox_counts().await?, tx.flagged_addresses().await?))
    };
    let silent = Err(crate::store::Error::NoAnswer(ANSWER_SECONDS_MAX));
    let counts = tokio::time::timeout(Duration::from_secs(ANSWER_SECONDS_MAX), counts).await.unwrap_or(silent);
    let answers = counts.is_ok();
    match counts {
        Ok((counts, flagged)) => {
            let age = counts.oldest_due_at.map(|at| (app.clock.now() - at.utc()).num_seconds().max(0));
            let late = age.is_some_and(|age| age > UNSENT_SECONDS_MAX);
            let written = app.beat_age(Beat::Probe);
            let silent = app.beat_silence(Beat::Probe) > TimeDelta::seconds(PROBE_AGE_SECONDS_MAX);
            let stale = silent || app.beat_failed(Beat::Probe);
            let details = json!({ "written_seconds_ago": written.map(|age| age.num_seconds()) });
            checks.add("store", if stale { Status::Failing } else { Status::Ok }, details);
            // Of those that were flagged, the ones somebody is still to be written to at; how many, never which.
            let directory = &app.settings().loaded.directory;
            let flagged = flagged.iter().filter(|address| !directory.offices_with(address).is_empty()).count();
            let status = if late || counts.refused > 0 || flagged > 0 { Status::Degraded } else { Status::Ok };
            let details = json!({
                "unsent": counts.unsent, "oldest_unsent_seconds": age, "refused": counts.refused,
                "flagged_addresses": flagged,
            });
            checks.add("letters", status, details);
        }
        Err(error) => {
            tracing::error!(%error, "the register does not answer");
            checks.add("store", Status::Failing, json!({ "detail": "the register's database does not answer" }));
        }
    }
    answers
}

/// The last comparison found nothing missing, and is not long ago.
async fn auditor(app: &App, checks: &mut Checks) {
    let last = async {
        let mut tx = app.store.snapshot().await?;
        tx.last_audit(None).await
    };
    let Ok(last) = last.await else { return };
    let Some(last) = last else {
        // The first comparison comes within a minute of the first start.
        checks.add("auditor", Status::Ok, json!({ "finished_at": null }));
        return;
    };
    let age = app.clock.now() - last.finished_at.utc();
    let well = last.differences == 0 && last.heartbeat != "failed" && age <= TimeDelta::seconds(AUDIT_AGE_SECONDS_MAX);
    let details = json!({
        "scope": last.scope, "finished_at": last.finished_at, "age_seconds": age.num_seconds(), "cases": last.cases,
        "expected": last.expected, "accepted": last.accepted, "differences": last.differences,
        "heartbeat": last.heartbeat,
    });
    checks.add("auditor", if well { Status::Ok } else { Status::Degraded }, details);
}

/// The metronome beats.
fn scheduler(app: &App, checks: &mut Checks) {
    let beats = [Beat::Compose, Beat::Dispatch];
    let begun = beats.iter().all(|beat| app.beat_age(*beat).is_some());
    let age = beats.map(|beat| app.beat_age(beat)).into_iter().flatten().max();
    let silence = beats.map(|beat| app.beat_silence(beat)).into_iter().max().unwrap_or_default();
    let failed = beats.iter().any(|beat| app.beat_failed(*beat));
    let status = match (silence <= TimeDelta::seconds(BEAT_AGE_SECONDS_MAX) && !failed, begun) {
        (true, true) => Status::Ok,
        (true, false) => Status::Degraded,
        (false, _) => Status::Failing,
    };
    let details = json!({ "tick_age_seconds": age.map(|age| age.num_seconds()), "last_tick_failed": failed });
    checks.add("scheduler", status, details);
}

/// The way out is open.
fn mail(app: &App, checks: &mut Checks) {
    let breaker = app.dispatcher.breaker_snapshot();
    let status = if breaker.state == "closed" { Status::Ok } else { Status::Degraded };
    // The relay's own words may quote an address: they are in the receipts, not here.
    let details = json!({
        "breaker": breaker.state, "since": breaker.since, "until": breaker.until, "failures": breaker.failures,
    });
    checks.add("mail", status, details);
}

/// No ordinary letter waits because too many went.
fn brake(app: &App, checks: &mut Checks) {
    let brake = app.dispatcher.brake_snapshot();
    let status = if brake.engaged { Status::Degraded } else { Status::Ok };
    checks.add("brake", status, json!(brake));
}

/// The calendar reaches as far ahead as the longest term.
fn calendar(app: &App, checks: &mut Checks) {
    let settings = app.settings();
    let (verified, known) = (settings.calendar.verified_until(), settings.calendar.known_until());
    let today = app.clock.today(DEFAULT_ZONE);
    let wanted = today.checked_add_days(Days::new(CALENDAR_DAYS_AHEAD_MIN)).unwrap_or(today);
    let status = if known >= wanted { Status::Ok } else { Status::Degraded };
    let details = json!({ "verified_until": verified, "known_until": known, "provisional_today": today > verified });
    checks.add("calendar", status, details);
}
