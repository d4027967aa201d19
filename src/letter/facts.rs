//! What a line rests on: labelled facts, the counting, the quoted words, what ends it, warnings, links.

use chrono::NaiveDate;

use super::input::{Kind, Length, Letter, Line, Rung};
use super::item::{Fact, Link, Quote, case_number, owner};
use super::state::silent_about_days;
use super::texts::Tongue;
use super::{Language, LetterError, clean};

pub(super) fn events(events: &[&str], joint: &str, tongue: &Tongue) -> Result<String, LetterError> {
    Ok(events.iter().map(|event| tongue.event(event)).collect::<Result<Vec<_>, _>>()?.join(joint))
}

pub(super) fn old(line: &Line<'_>, tongue: &Tongue) -> Result<Option<Fact>, LetterError> {
    let Rung::Moved { old: Some(old), .. } = line.rung else {
        return Ok(None);
    };
    Ok(Some(Fact { label: tongue.say("label-old", &[])?, value: tongue.day(old)? }))
}

pub(super) fn facts(line: &Line<'_>, tongue: &Tongue, many: bool) -> Result<Vec<Fact>, LetterError> {
    let mut out = Facts { tongue, list: Vec::new() };
    if line.kind == Kind::OperatorNotice {
        if !many && !line.case_number.is_empty() {
            out.push("label-case", case_number(line, tongue)?)?;
        }
        return Ok(out.list);
    }
    if let Rung::Moved { reason, .. } = line.rung {
        out.push("label-reason", tongue.say(&format!("reason-{reason}"), &[])?)?;
    }
    if !many {
        out.push("label-case", case_number(line, tongue)?)?;
    }
    if line.kind != Kind::Bar {
        // Nobody owes what the convict may do; once it was not used, the act is owed.
        let informs = line.kind == Kind::Right && !matches!(line.rung, Rung::AfterRight { .. });
        out.push(if informs { "label-informs" } else { "label-owner" }, owner(&line.owed_by, tongue)?)?;
    }
    let event = format!("{} — {}", tongue.event(line.from_event)?, tongue.day(line.from)?);
    out.push("label-event", event)?;
    if many && line.kind == Kind::Duty && !silent_about_days(line) {
        out.day("count-late", line.late_after)?;
    }
    Ok(out.list)
}

/// A list of labelled values under construction.
struct Facts<'t> {
    tongue: &'t Tongue,
    list: Vec<Fact>,
}

impl Facts<'_> {
    fn push(&mut self, label: &str, value: String) -> Result<(), LetterError> {
        self.list.push(Fact { label: self.tongue.say(label, &[])?, value });
        Ok(())
    }

    fn day(&mut self, label: &str, day: Option<NaiveDate>) -> Result<(), LetterError> {
        day.map_or(Ok(()), |day| {
            let value = self.tongue.day(day)?;
            self.push(label, value)
        })
    }

    fn day_unless(&mut self, label: &str, day: Option<NaiveDate>, same: Option<NaiveDate>) -> Result<(), LetterError> {
        if day == same { Ok(()) } else { self.day(label, day) }
    }
}

pub(super) fn counting(line: &Line<'_>, tongue: &Tongue) -> Result<Vec<Fact>, LetterError> {
    let mut out = Facts { tongue, list: Vec::new() };
    let args = [("date", tongue.day(line.from)?.into()), ("event", tongue.event(line.from_event)?.into())];
    // Only a length is counted from the day after; a bar until an event simply begins.
    let id = match line.length {
        Length::UntilEvent => "count-from-plain",
        Length::None if line.kind != Kind::Step => "count-from-plain",
        _ => "count-from-value",
    };
    out.push("count-from", tongue.say(id, &args)?)?;
    out.push("count-length", length(line, tongue)?)?;
    if line.month_end_clamped {
        out.push("count-month-end", tongue.say("count-month-end-value", &[])?)?;
    }
    if line.kind != Kind::Step {
        out.day_unless("count-nominal", line.nominal, line.shown)?;
    }
    for (day, name) in &line.non_working_days {
        let name = tongue.day_off(name)?;
        let day = tongue.day(*day)?;
        out.push("count-skipped", if name.is_empty() { day } else { format!("{day} ({name})") })?;
    }
    match line.kind {
        Kind::Duty => {
            out.day("count-safe", line.safe)?;
            out.day("count-alert", line.alert_workday)?;
            out.day("count-shown", line.shown)?;
            out.day("count-late", line.late_after)?;
        }
        Kind::Right => out.day("count-shown", line.shown)?,
        Kind::Step => {
            out.day("count-control", line.shown)?;
            out.day_unless("count-alert", line.alert_workday, line.shown)?;
        }
        Kind::Bar => out.day("count-bar", line.shown)?,
        Kind::Wait => {
            out.day("count-wait", line.shown)?;
            out.day("count-free", line.free_from)?;
        }
        Kind::OperatorNotice => {}
    }
    Ok(out.list)
}

fn length(line: &Line<'_>, tongue: &Tongue) -> Result<String, LetterError> {
    let count = |id: &str, n: u32| tongue.say(id, &[("n", n.into())]);
    match line.length {
        Length::Days(n) => count("length-days", n),
        Length::Weeks(n) => count("length-weeks", n),
        Length::Months(n) => count("length-months", n),
        Length::Years(n) => count("length-years", n),
        Length::UntilEvent => tongue.say("length-until", &[]),
        Length::None if line.kind == Kind::Step && line.shown.is_some() => tongue.say("length-control", &[]),
        Length::None => tongue.say("length-none", &[]),
    }
}

pub(super) fn quote(line: &Line<'_>, tongue: &Tongue) -> Result<Quote, LetterError> {
    let paragraph = tongue.paragraph(line.rule_id, line.paragraph)?;
    let id = if line.rule_id.starts_with("D2") { "quote-source-decree" } else { "quote-source" };
    let remark = match tongue.language {
        Language::Kk => false,
        Language::Ru => line.russian_is_own_translation,
        Language::En => true,
    };
    let own = if tongue.language == Language::Kk { "" } else { line.words.get(tongue.language) };
    Ok(Quote {
        source: tongue.say(id, &[("paragraph", paragraph.into())])?,
        kk: line.words.kk.to_owned(),
        own: own.to_owned(),
        own_language: tongue.language.code(),
        remark: if remark { tongue.say("quote-own", &[])? } else { String::new() },
    })
}

/// What ends it; silent for bars (nobody is asked to end one) and for what has ended.
pub(super) fn ends(line: &Line<'_>, tongue: &Tongue) -> Result<String, LetterError> {
    if line.ended_by.is_empty() || line.kind == Kind::Bar || silent_about_days(line) {
        return Ok(String::new());
    }
    let joint = format!("; {} ", tongue.say("ends-or", &[])?);
    tongue.say("ends-event", &[("list", events(&line.ended_by, &joint, tongue)?.into())])
}

pub(super) fn warnings(line: &Line<'_>, tongue: &Tongue) -> Result<Vec<String>, LetterError> {
    let mut out = Vec::new();
    for code in &line.warnings {
        out.push(tongue.say(&format!("warning-{code}"), &[])?);
    }
    for irregularity in &line.irregularities {
        let id = format!("irregularity-{}", irregularity.code);
        let id = if tongue.has(&id) { id.as_str() } else { "irregularity-other" };
        out.push(tongue.say("note-irregular", &[("text", tongue.say(id, &[])?.into())])?);
    }
    if !line.unconfirmed.is_empty() {
        if !line.warnings.contains(&"unconfirmed") {
            out.push(tongue.say("warning-unconfirmed", &[])?);
        }
        let mut list = Vec::new();
        for entry in &line.unconfirmed {
            list.push(format!("{} — {}", tongue.event(entry.event)?, tongue.date(entry.on)?));
        }
        out.push(tongue.say("state-unconfirmed", &[("list", list.join("; ").into())])?);
    }
    Ok(out)
}

pub(super) fn links(
    letter: &Letter<'_>,
    line: &Line<'_>,
    tongue: &Tongue,
    many: bool,
) -> Result<Vec<Link>, LetterError> {
    let mut out = Vec::new();
    // In a table the case number itself is the link's place; one address per row is enough.
    if !line.case_number.is_empty() {
        // Nobody is asked to record the end of a bar.
        let asks = line.kind != Kind::Bar && !silent_about_days(line);
        let text = match (many, asks) {
            (true, _) => case_number(line, tongue)?,
            (false, true) => tongue.say("link-case", &[])?,
            (false, false) => tongue.say("link-see", &[])?,
        };
        out.push(Link { text, url: case_url(letter, line.case_number) });
    }
    // One link acknowledges a letter: in a table it stands below all rows.
    if let Some(url) = line.acknowledge_url.filter(|_| !many) {
        out.push(Link { text: tongue.say("link-acknowledge", &[])?, url: clean::clean(url) });
    }
    Ok(out)
}

/// The page of a case.
pub(super) fn case_url(letter: &Letter<'_>, case_number: &str) -> String {
    format!("{}/cases/{}", clean::clean(letter.public_url), clean::path_segment(case_number))
}
