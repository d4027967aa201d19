//! The operators' letter of a working morning: plain data in, and the same kind of letter out as for officials. PURE.
//!
//! It comes also when all is quiet, because its absence is the alarm; what was entered is in it with its weekday and with what
//! follows, so that a second person can check it; and the seal, so that what was sealed cannot be changed unnoticed.

mod input;
mod sample;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

pub use input::{Action, AuditCounts, DeadlineCounts, Digest, Entry, Follow, LetterCounts};
pub use sample::every_digest;

use super::input::Kind;
use super::item::{Fact, Link};
use super::texts::{Texts, Tongue};
use super::{LetterError, Rendered, clean, mime, page};

/// Most entries that the letter prints; the others are counted.
pub const ENTRIES_SHOWN_MAX: usize = 100;
/// A calendar that ends sooner needs the acts of the next year.
const CALENDAR_DAYS_LEFT_MIN: i64 = 366;
/// A letter that has waited longer is late.
const UNSENT_SECONDS_MAX: i64 = 3_600;
/// An audit older than this is an auditor that has stopped.
const AUDIT_SECONDS_MAX: i64 = 7_200;
/// The root of the thread of these letters; never sent.
const ROOT: &str = "operators.morning";

/// What the layouts print.
#[derive(Debug, Serialize)]
pub(super) struct DigestPage {
    language: &'static str,
    title: String,
    sections: Vec<Section>,
}

#[derive(Debug, Serialize)]
struct Section {
    language: &'static str,
    stem: String,
    notes: Vec<String>,
    lead: String,
    quiet: bool,
    blocks: Vec<Block>,
    seal: Seal,
    links: Vec<Link>,
    footer: Vec<String>,
}

/// Facts or entries under a heading.
#[derive(Debug, Serialize)]
struct Block {
    heading: String,
    facts: Vec<Point>,
    intro: String,
    entries: Vec<Item>,
    remark: String,
}

/// A labelled value, and whether somebody should look at it.
#[derive(Debug, Serialize)]
struct Point {
    fact: Fact,
    alarm: bool,
}

/// One entry as it is printed.
#[derive(Debug, Serialize)]
struct Item {
    case: String,
    what: String,
    old: Option<Fact>,
    day: Option<Fact>,
    struck: bool,
    entered: String,
    remarks: Vec<String>,
    follows: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Seal {
    heading: String,
    words: String,
    value: String,
}

/// Renders the letter.
pub fn digest(digest: &Digest<'_>, texts: &Texts) -> Result<Rendered, LetterError> {
    let letter = &digest.letter;
    let tongue = texts.tongue(letter.subject_language());
    let alarms = u32::try_from(state(digest, tongue)?.iter().filter(|point| point.alarm).count()).unwrap_or(u32::MAX);
    let today = letter.date.with_timezone(&letter.zone).date_naive();
    let args = [("date", tongue.date(today)?.into()), ("n", alarms.into())];
    let subject = format!("{} {}", tongue.say("stem", &[])?, tongue.say("digest-subject", &args)?);
    let sections = letter.languages().into_iter().map(|language| section(digest, texts.tongue(language)));
    let sections = sections.collect::<Result<_, _>>()?;
    let page = DigestPage { language: letter.subject_language().code(), title: subject.clone(), sections };
    let (text, html) = texts.digest(&page)?;
    let (message_id, bytes) = mime::message(letter, Some(ROOT), &subject, &text, &html, None)?;
    Ok(Rendered { subject, text, html, ics: None, message_id, bytes })
}

fn section(digest: &Digest<'_>, tongue: &Tongue) -> Result<Section, LetterError> {
    let say = |id: &str| tongue.say(id, &[]);
    let points = state(digest, tongue)?;
    let alarms = points.iter().filter(|point| point.alarm).count();
    let count = [("n", u32::try_from(alarms).unwrap_or(u32::MAX).into())];
    let facts = |id: &str, facts: Vec<Point>| {
        Ok::<_, LetterError>(Block {
            heading: say(id)?,
            facts,
            intro: String::new(),
            entries: Vec::new(),
            remark: String::new(),
        })
    };
    let since = [("since", moment(digest, digest.since, tongue)?.into())];
    let mut letters = facts("digest-heading-letters", letters(digest, tongue)?)?;
    letters.remark = tongue.say("digest-since", &since)?;
    let blocks = vec![
        facts("digest-heading-state", points)?,
        letters,
        facts("digest-heading-deadlines", deadlines(digest, tongue)?)?,
        entries("digest-heading-entries", "digest-no-entries", &digest.entries, digest.entries_total, digest, tongue)?,
        entries("digest-heading-waiting", "digest-no-waiting", &digest.waiting, digest.waiting_total, digest, tongue)?,
    ];
    let sealed = [("date", tongue.day(digest.sealed_on)?.into())];
    Ok(Section {
        language: tongue.language.code(),
        stem: say("stem")?,
        notes: page::notes(&digest.letter, tongue)?,
        lead: tongue.say("digest-lead", &count)?,
        quiet: alarms == 0,
        blocks,
        seal: Seal {
            heading: say("digest-heading-seal")?,
            words: tongue.say("digest-seal", &sealed)?,
            value: digest.seal.to_owned(),
        },
        links: vec![Link { text: say("link-all")?, url: format!("{}/status", clean::clean(digest.letter.public_url)) }],
        footer: page::footer(&digest.letter, tongue)?,
    })
}

/// An instant as the reader's clock shows it, with its day.
fn moment(digest: &Digest<'_>, at: DateTime<Utc>, tongue: &Tongue) -> Result<String, LetterError> {
    let local = at.with_timezone(&digest.letter.zone);
    Ok(format!("{}, {}", tongue.date(local.date_naive())?, local.format("%H:%M")))
}

fn point(tongue: &Tongue, label: &str, value: String, alarm: bool) -> Result<Point, LetterError> {
    Ok(Point { fact: Fact { label: tongue.say(label, &[])?, value }, alarm })
}

/// What somebody may have to do something about.
fn state(digest: &Digest<'_>, tongue: &Tongue) -> Result<Vec<Point>, LetterError> {
    let now = digest.letter.date;
    let age = |at: DateTime<Utc>| (now - at).num_seconds();
    let mut points = Vec::new();
    let (audited, alarm) = match &digest.audit {
        None => (tongue.say("digest-audit-none", &[])?, true),
        Some(audit) => {
            let args = [
                ("at", moment(digest, audit.finished, tongue)?.into()),
                ("cases", audit.cases.into()),
                ("expected", audit.expected.into()),
                ("accepted", audit.accepted.into()),
                ("differences", audit.differences.into()),
            ];
            let alarm = audit.differences > 0 || age(audit.finished) > AUDIT_SECONDS_MAX;
            (tongue.say("digest-audit", &args)?, alarm)
        }
    };
    points.push(point(tongue, "digest-label-audit", audited, alarm)?);
    let way = match digest.failing_since {
        Some(since) => tongue.say("digest-way-failing", &[("since", moment(digest, since, tongue)?.into())])?,
        None => tongue.say("digest-way-open", &[])?,
    };
    points.push(point(tongue, "digest-label-way", way, digest.breaker != "closed")?);
    let LetterCounts { unsent, oldest, refused, bounced, .. } = digest.letters;
    let waiting = match oldest {
        Some(oldest) if unsent > 0 => {
            tongue.say("digest-unsent", &[("n", unsent.into()), ("since", moment(digest, oldest, tongue)?.into())])?
        }
        _ => "0".to_owned(),
    };
    let late = oldest.is_some_and(|oldest| age(oldest) > UNSENT_SECONDS_MAX);
    points.push(point(tongue, "digest-label-unsent", waiting, late)?);
    points.push(point(tongue, "digest-label-returned", (refused + bounced).to_string(), refused + bounced > 0)?);
    let offices = digest.flagged_offices.iter().map(|code| clean::clean(code)).collect::<Vec<_>>().join(", ");
    let flagged =
        if offices.is_empty() { digest.flagged.to_string() } else { format!("{} ({offices})", digest.flagged) };
    points.push(point(tongue, "digest-label-flagged", flagged, digest.flagged > 0)?);
    points.push(point(tongue, "digest-label-waiting", digest.waiting_total.to_string(), digest.waiting_total > 0)?);
    let today = now.with_timezone(&digest.letter.zone).date_naive();
    let left = (digest.known_until - today).num_days();
    let args = [
        ("verified", tongue.date(digest.verified_until)?.into()),
        ("known", tongue.date(digest.known_until)?.into()),
        ("days", left.max(0).into()),
    ];
    points.push(point(
        tongue,
        "digest-label-calendar",
        tongue.say("digest-calendar", &args)?,
        left < CALENDAR_DAYS_LEFT_MIN,
    )?);
    Ok(points)
}

fn letters(digest: &Digest<'_>, tongue: &Tongue) -> Result<Vec<Point>, LetterError> {
    let LetterCounts { composed, accepted, deferred, refused, bounced, unknown, .. } = digest.letters;
    let rows = [
        ("digest-label-composed", composed),
        ("digest-label-accepted", accepted),
        ("digest-label-deferred", deferred),
        ("digest-label-refused", refused),
        ("digest-label-bounced", bounced),
        ("digest-label-unknown", unknown),
    ];
    rows.into_iter().map(|(label, n)| point(tongue, label, n.to_string(), false)).collect()
}

fn deadlines(digest: &Digest<'_>, tongue: &Tongue) -> Result<Vec<Point>, LetterError> {
    let DeadlineCounts { open, today, overdue, past_control } = digest.deadlines;
    let rows = [
        ("digest-label-open", open),
        ("digest-label-today", today),
        ("digest-label-overdue", overdue),
        ("digest-label-past-control", past_control),
    ];
    rows.into_iter().map(|(label, n)| point(tongue, label, n.to_string(), false)).collect()
}

fn entries(
    heading: &str,
    nothing: &str,
    entries: &[Entry<'_>],
    total: u32,
    digest: &Digest<'_>,
    tongue: &Tongue,
) -> Result<Block, LetterError> {
    let shown = entries.iter().take(ENTRIES_SHOWN_MAX);
    let items = shown.map(|entry| item(entry, digest, tongue)).collect::<Result<Vec<_>, _>>()?;
    let left_out = total.saturating_sub(u32::try_from(items.len()).unwrap_or(u32::MAX));
    let remark = match (items.is_empty(), left_out) {
        (true, 0) => tongue.say(nothing, &[])?,
        (_, 0) => String::new(),
        (_, n) => tongue.say("digest-more", &[("n", n.into())])?,
    };
    let intro = if items.is_empty() { String::new() } else { tongue.say("digest-check", &[])? };
    let heading = tongue.say(heading, &[("n", total.into())])?;
    Ok(Block { heading, facts: Vec::new(), intro, entries: items, remark })
}

fn item(entry: &Entry<'_>, digest: &Digest<'_>, tongue: &Tongue) -> Result<Item, LetterError> {
    let say = |id: &str| tongue.say(id, &[]);
    let reason = |reason: &str| -> Result<String, LetterError> {
        let id = format!("reason-{reason}");
        let known = if tongue.has(&id) { id } else { "reason-other".to_owned() };
        Ok(format!("{}: {}", say("label-reason")?, say(&known)?))
    };
    let mut remarks = Vec::new();
    let (action, old) = match entry.action {
        Action::Opened => ("digest-opened", None),
        Action::Recorded => ("digest-recorded", None),
        Action::Corrected { old, reason: why } => {
            remarks.push(reason(why)?);
            ("digest-corrected", old)
        }
        Action::Retracted { reason: why } => {
            remarks.push(reason(why)?);
            ("digest-retracted", entry.on)
        }
        Action::Confirmed => ("digest-confirmed", None),
    };
    if entry.waits {
        remarks.push(say("digest-waits")?);
    }
    if entry.struck {
        remarks.push(say("digest-struck")?);
    }
    let retracted = matches!(entry.action, Action::Retracted { .. });
    let dated = |id: &str, day: NaiveDate| Ok::<_, LetterError>(Fact { label: say(id)?, value: tongue.day(day)? });
    let event = if entry.event.is_empty() { String::new() } else { format!(": {}", tongue.event(entry.event)?) };
    Ok(Item {
        case: match entry.case_number {
            "" => say("digest-nationwide")?,
            number => tongue.say("case-number", &[("case", clean::clean(number).into())])?,
        },
        what: format!("{}{event}", say(action)?),
        old: old.map(|day| dated("digest-label-old", day)).transpose()?,
        day: entry.on.filter(|_| !retracted).map(|day| dated("digest-label-day", day)).transpose()?,
        struck: entry.struck,
        entered: tongue.say("digest-entered", &[("at", moment(digest, entry.entered, tongue)?.into())])?,
        remarks,
        follows: entry.follows.iter().map(|follow| self::follow(follow, tongue)).collect::<Result<_, _>>()?,
    })
}

/// "paragraph 11: the short phrase. Deadline: Monday, …"
fn follow(follow: &Follow<'_>, tongue: &Tongue) -> Result<String, LetterError> {
    let what = format!("{}: {}", tongue.paragraph(follow.rule_id, follow.paragraph)?, tongue.short(follow.rule_id)?);
    if follow.ends {
        return tongue.say("digest-ends", &[("what", what.into())]);
    }
    let id = match (follow.date, follow.kind) {
        (None, _) => "when-open",
        (_, Kind::Right) => "when-right",
        (_, Kind::Step) => "when-step",
        (_, Kind::Wait) => "digest-when-wait",
        (_, Kind::Bar) => "when-bar",
        (_, Kind::Duty | Kind::OperatorNotice) => "when-due",
    };
    let when = match follow.date {
        None => tongue.say(id, &[])?,
        Some(day) => tongue.say(id, &[("date", tongue.day(day)?.into())])?,
    };
    Ok(format!("{what}. {when}"))
}
