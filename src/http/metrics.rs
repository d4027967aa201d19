//! `GET /metrics`: Prometheus text. Counts and ages only.
//!
//! What fills a register is counted up to [`COUNT_MAX`], and the help line says so: an exact number would cost more the more is
//! stored, every time somebody scrapes.

use std::fmt::{Display, Write as _};

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::{Web, failed};
use crate::register::DEFAULT_ZONE;
use crate::schedule::Beat;
use crate::store::{COUNT_MAX, Due, LETTER_STATES, OPEN_KINDS};

/// The text under construction.
struct Metrics(String);

impl Metrics {
    fn head(&mut self, name: &str, help: &str) {
        let _ = write!(self.0, "# HELP {name} {help}\n# TYPE {name} gauge\n");
    }

    fn plain(&mut self, name: &str, help: &str, value: impl Display) {
        self.head(name, help);
        let _ = writeln!(self.0, "{name} {value}");
    }

    fn labelled(&mut self, name: &str, label: &str, value: &str, number: impl Display) {
        let _ = writeln!(self.0, "{name}{{{label}=\"{value}\"}} {number}");
    }
}

/// Whoever reaches the listener may read them.
pub(super) async fn metrics(State(web): State<Web>) -> Response {
    match collect(&web).await {
        Ok(text) => ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response(),
        Err(error) => failed(&error.into()),
    }
}

async fn collect(web: &Web) -> crate::store::Result<String> {
    let app = &web.app;
    let now = app.clock.now();
    let today = app.clock.today(DEFAULT_ZONE);
    let mut tx = app.store.snapshot().await?;
    let mut m = Metrics(String::new());

    let letters = tx.letters_by_state().await?;
    m.head("keshirim_letters", &counted("Letters by state"));
    for (state, count) in LETTER_STATES.iter().zip(letters) {
        m.labelled("keshirim_letters", "state", state, count.n);
    }
    let oldest = tx.outbox_counts().await?.oldest_due_at.map_or(0, |at| (now - at.utc()).num_seconds().max(0));
    m.plain(
        "keshirim_oldest_unsent_seconds",
        "Seconds since the oldest letter still to go was due; 0 if none is.",
        oldest,
    );

    let breaker = app.dispatcher.breaker_snapshot();
    m.head("keshirim_mail_breaker", "1 at the state of the way out.");
    for state in ["closed", "trial", "open"] {
        m.labelled("keshirim_mail_breaker", "state", state, u8::from(breaker.state == state));
    }
    m.plain("keshirim_mail_failures", "Failures of the relay in a row.", breaker.failures);

    let brake = app.dispatcher.brake_snapshot();
    m.plain("keshirim_volume_brake", "1 while ordinary letters wait because too many went.", u8::from(brake.engaged));
    m.plain(
        "keshirim_letters_handed_over_last_hour",
        "Letters of the last hour, as last counted.",
        brake.handed_last_hour,
    );

    m.head("keshirim_beat_age_seconds", "Seconds since the metronome's last beat; absent before the first.");
    for (beat, name) in [(Beat::Compose, "compose"), (Beat::Dispatch, "dispatch"), (Beat::Replan, "replan")] {
        if let Some(age) = app.beat_age(beat) {
            m.labelled("keshirim_beat_age_seconds", "beat", name, age.num_seconds());
        }
    }

    if let Some(audit) = tx.last_audit(None).await? {
        let age = (app.clock.now() - audit.finished_at.utc()).num_seconds();
        m.plain("keshirim_audit_age_seconds", "Seconds since the auditor's last run; absent before the first.", age);
        m.plain("keshirim_audit_cases", "Cases that the auditor's last run derived anew.", audit.cases);
        m.plain("keshirim_audit_expected", "What should have been said by then.", audit.expected);
        m.plain("keshirim_audit_accepted", "What of it a relay has accepted.", audit.accepted);
        m.plain("keshirim_audit_differences", "Differences that the auditor's last run found.", audit.differences);
        m.head("keshirim_audit_heartbeat", "1 at what became of the last heartbeat.");
        for outcome in ["pinged", "withheld", "failed", "none"] {
            m.labelled("keshirim_audit_heartbeat", "outcome", outcome, u8::from(audit.heartbeat == outcome));
        }
    }

    let open = tx.open_for_page().await?;
    m.head("keshirim_open_deadlines", &counted("Open duties, rights and steps"));
    for (kind, count) in OPEN_KINDS.iter().zip(open) {
        m.labelled("keshirim_open_deadlines", "kind", kind, count.n);
    }
    let overdue = tx.due_for_page(Due::Overdue, today, 0).await?.0;
    m.plain("keshirim_overdue_deadlines", &counted("Duties that are late"), overdue.n);
    let past = tx.due_for_page(Due::PastControl, today, 0).await?.0;
    m.plain("keshirim_steps_past_control", &counted("Steps whose internal control date has passed"), past.n);
    m.plain("keshirim_open_cases", &counted("Cases that are open"), tx.count_open_cases().await?.n);
    m.plain("keshirim_pending_entries", &counted("Entries that wait for a second person"), tx.count_pending().await?.n);
    Ok(m.0)
}

/// A help line that says how far is counted.
fn counted(what: &str) -> String {
    format!("{what}; at {COUNT_MAX} there may be more.")
}
