//! `GET /metrics`: Prometheus text. Counts and ages only.

use std::fmt::{Display, Write as _};

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::{Web, failed};
use crate::register::DEFAULT_ZONE;
use crate::schedule::Beat;
use crate::store::Due;

/// Every state of a letter: one that has none is told as 0, so that a graph has no holes.
const LETTER_STATES: [&str; 8] =
    ["queued", "transmitting", "accepted", "deferred", "refused", "bounced", "unknown", "cancelled"];

/// The kinds of what can be open.
const OPEN_KINDS: [&str; 3] = ["duty", "right", "step"];

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
    let of = |counts: &[(String, i64)], name: &str| counts.iter().find(|(n, _)| n == name).map_or(0, |(_, n)| *n);

    let letters = tx.letters_by_state().await?;
    m.head("keshirim_letters", "Letters by state.");
    for state in LETTER_STATES {
        m.labelled("keshirim_letters", "state", state, of(&letters, state));
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

    let open = tx.open_by_kind().await?;
    m.head("keshirim_open_deadlines", "Open duties, rights and steps.");
    for kind in OPEN_KINDS {
        m.labelled("keshirim_open_deadlines", "kind", kind, of(&open, kind));
    }
    let overdue = tx.due(Due::Overdue, today, 0).await?.0;
    m.plain("keshirim_overdue_deadlines", "Duties that are late.", overdue);
    let past = tx.due(Due::PastControl, today, 0).await?.0;
    m.plain("keshirim_steps_past_control", "Steps whose internal control date has passed.", past);
    m.plain("keshirim_open_cases", "Cases that are open.", tx.count_open_cases().await?);
    m.plain("keshirim_pending_entries", "Entries that wait for a second person.", tx.count_pending().await?);
    Ok(m.0)
}
