//! The subject: a stem that stays the same for a case, so that mail programs thread its letters, then the rung.

use super::input::{Kind, Letter, Line, Rung};
use super::page::count;
use super::texts::Tongue;
use super::{LetterError, clean};

/// `[Кешірім № 2026-0147]`, or `[Кешірім]` for a letter of several cases.
pub(super) fn stem(letter: &Letter<'_>, tongue: &Tongue) -> Result<String, LetterError> {
    match letter.only_case() {
        Some(case) => tongue.say("stem-case", &[("case", clean::clean(case).into())]),
        None => tongue.say("stem", &[]),
    }
}

/// The whole subject. For a bar it names the paragraph only: no end date, and nothing of the sentence.
pub(super) fn subject(letter: &Letter<'_>, tongue: &Tongue) -> Result<String, LetterError> {
    let stem = stem(letter, tongue)?;
    let rest = match letter.lines.as_slice() {
        [line] => one(line, tongue)?,
        lines => many(lines, tongue)?,
    };
    Ok(format!("{stem} {rest}"))
}

fn many(lines: &[Line<'_>], tongue: &Tongue) -> Result<String, LetterError> {
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let total = number(lines.len());
    let (overdue, today) = (number(count(lines, "overdue")), number(count(lines, "today")));
    let coming = number(count(lines, "coming"));
    let other = total - overdue - today - coming;
    if overdue + today + coming == 0 {
        return tongue.say("subject-many-news", &[("total", total.into())]);
    }
    let args = [
        ("total", total.into()),
        ("overdue", overdue.into()),
        ("today", today.into()),
        ("coming", coming.into()),
        ("other", other.into()),
    ];
    tongue.say("subject-many", &args)
}

fn one(line: &Line<'_>, tongue: &Tongue) -> Result<String, LetterError> {
    if line.kind == Kind::OperatorNotice {
        return tongue.say("subject-notice", &[]);
    }
    if line.kind == Kind::Bar && !matches!(line.rung, Rung::Waiting { .. }) {
        let id = match line.rung {
            Rung::Opened => "subject-bar",
            Rung::Lengthened => "subject-bar-lengthened",
            _ => "subject-bar-ended",
        };
        return tongue.say(id, &[("paragraph", tongue.paragraph(line.rule_id, line.paragraph)?.into())]);
    }
    let what = match line.kind {
        Kind::Bar => tongue.paragraph(line.rule_id, line.paragraph)?,
        _ => tongue.short(line.rule_id)?,
    };
    let plain = |id: &str| tongue.say(id, &[("what", what.as_str().into())]);
    let counted = |id: &str, n: u32| tongue.say(id, &[("what", what.as_str().into()), ("n", n.into())]);
    match line.rung {
        Rung::Opened => plain(match line.kind {
            Kind::Right => "subject-right-opened",
            Kind::Step => "subject-step-opened",
            Kind::Wait => "subject-wait-opened",
            _ => "subject-opened",
        }),
        Rung::BeforeWorkingDays(n) if line.kind == Kind::Step => counted("subject-before-control", n),
        Rung::BeforeWorkingDays(n) => counted("subject-before-working-days", n),
        Rung::BeforeDays(n) => counted("subject-before-days", n),
        Rung::AlertWorkday => plain("subject-alert-workday"),
        Rung::LastDay => plain("subject-last-day"),
        Rung::Overdue { days } => counted("subject-overdue", days),
        Rung::AfterRight { ref missing } if !missing.is_empty() => tongue.say("subject-after-right-missing", &[]),
        Rung::AfterRight { .. } => tongue.say("subject-after-right", &[]),
        Rung::OpenIndefinite => plain("subject-open-indefinite"),
        Rung::Ripened { .. } => tongue.say("subject-ripened", &[]),
        Rung::ControlDate => plain("subject-control-date"),
        Rung::ControlPassed { weeks } => counted("subject-control-passed", weeks),
        Rung::Moved { .. } if line.kind == Kind::Step => plain("subject-moved-control"),
        Rung::Moved { .. } => plain("subject-moved"),
        Rung::Closed { .. } => plain("subject-closed"),
        Rung::Waiting { .. } => plain("subject-waiting"),
        Rung::Lengthened | Rung::BarEnded { .. } | Rung::Notice { .. } => tongue.say("subject-notice", &[]),
    }
}
