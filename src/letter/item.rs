//! One line of law turned into sentences and labelled facts, in one language; the layouts only arrange them.

use serde::Serialize;

use super::facts::{counting, ends, facts, links, old, quote, warnings};
use super::input::{Kind, Letter, Line, Owner, Rung};
use super::state::{act_by, left, silent_about_days, states, when};
use super::texts::{Tongue, rule_text};
use super::{LetterError, clean};

/// What the layouts print of one line.
#[derive(Debug, Serialize)]
pub(super) struct Item {
    /// Colour class: `overdue`, `today`, `control`, `coming`, `news`.
    pub(super) tone: &'static str,
    /// "№ 2026-0147"; empty in a notice without a case.
    case: String,
    /// Short phrase.
    pub(super) what: String,
    /// Paragraph, as a phrase.
    paragraph: String,
    /// Whole sentence: what must be done and by whom.
    sentence: String,
    /// "Deadline: …", or empty.
    when: String,
    /// "3 working days left", or empty.
    left: String,
    /// "Last working day to act: …", where it is another day than the one shown.
    act_by: String,
    /// What the rung means, in sentences.
    states: Vec<String>,
    /// The old day of a moved date.
    old: Option<Fact>,
    /// Case, owner, starting event.
    facts: Vec<Fact>,
    /// How the day was counted.
    counting: Vec<Fact>,
    /// The words of the provision.
    pub(super) quote: Option<Quote>,
    /// "Event to be recorded: …".
    ends: String,
    /// Warnings, irregularities, unconfirmed entries; in a table only those of this line alone.
    pub(super) warnings: Vec<String>,
    /// `Warnings below: [1]`, where other lines carry the same.
    pub(super) marks: String,
    /// Where to record and to acknowledge.
    links: Vec<Link>,
}

/// A labelled value.
#[derive(Debug, Serialize)]
pub(super) struct Fact {
    pub(super) label: String,
    pub(super) value: String,
}

/// The words of a provision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Quote {
    pub(super) source: String,
    pub(super) kk: String,
    pub(super) own: String,
    pub(super) own_language: &'static str,
    pub(super) remark: String,
}

/// A link with its words.
#[derive(Debug, Serialize)]
pub(super) struct Link {
    pub(super) text: String,
    pub(super) url: String,
}

/// Builds what is printed of `line`; `many` leaves out what the table has no room for.
pub(super) fn item(letter: &Letter<'_>, line: &Line<'_>, tongue: &Tongue, many: bool) -> Result<Item, LetterError> {
    let notice = line.kind == Kind::OperatorNotice;
    let case = if line.case_number.is_empty() { String::new() } else { case_number(line, tongue)? };
    Ok(Item {
        tone: tone(line),
        case,
        what: if notice { String::new() } else { tongue.short(line.rule_id)? },
        paragraph: if notice { String::new() } else { tongue.paragraph(line.rule_id, line.paragraph)? },
        sentence: sentence(line, tongue)?,
        when: when(line, tongue)?,
        left: left(line, tongue)?,
        act_by: act_by(line, tongue)?,
        states: states(line, tongue, many)?,
        old: old(line, tongue)?,
        facts: facts(line, tongue, many)?,
        // Where no day is shown, none was counted.
        counting: if many || silent_about_days(line) { Vec::new() } else { counting(line, tongue)? },
        quote: if notice { None } else { Some(quote(line, tongue)?) },
        ends: ends(line, tongue)?,
        warnings: warnings(line, tongue)?,
        marks: String::new(),
        links: links(letter, line, tongue, many)?,
    })
}

/// The group and colour of a line: overdue first, then today, then past control, then coming, then news.
pub(super) fn tone(line: &Line<'_>) -> &'static str {
    match line.rung {
        Rung::Overdue { .. } | Rung::AfterRight { .. } => "overdue",
        Rung::LastDay | Rung::AlertWorkday | Rung::ControlDate | Rung::Ripened { .. } => "today",
        Rung::ControlPassed { .. } => "control",
        Rung::BeforeWorkingDays(_) | Rung::BeforeDays(_) => "coming",
        _ => "news",
    }
}

pub(super) fn case_number(line: &Line<'_>, tongue: &Tongue) -> Result<String, LetterError> {
    tongue.say("case-number", &[("case", clean::clean(line.case_number).into())])
}

pub(super) fn owner(owner: &Owner<'_>, tongue: &Tongue) -> Result<String, LetterError> {
    let given = owner.names.map(|names| names.get(tongue.language));
    if let Some(name) = given.filter(|name| !name.trim().is_empty()) {
        return Ok(clean::clean(name));
    }
    let actor = owner.actor.split(':').next().unwrap_or_default();
    tongue.say(&format!("office-{actor}"), &[])
}

pub(super) fn sentence(line: &Line<'_>, tongue: &Tongue) -> Result<String, LetterError> {
    if let Rung::Notice { code, detail } = &line.rung {
        return tongue.say(&format!("notice-{code}"), &[("detail", clean::clean(detail).into())]);
    }
    let rule_id = match &line.rung {
        // An unused right is no longer offered; what is owed now is the act.
        Rung::AfterRight { missing } if missing.is_empty() => "P9.ACT",
        // What has ended is no longer owed, nor barred for that reason: only its name is printed.
        Rung::BarEnded { .. } | Rung::Closed { .. } | Rung::AfterRight { .. } => {
            return name(line, tongue);
        }
        _ => line.rule_id,
    };
    let owner = owner(&line.owed_by, tongue)?;
    tongue.say(&rule_text(rule_id), &[("owner", owner.into())])
}

/// "Paragraph 9: the short phrase".
fn name(line: &Line<'_>, tongue: &Tongue) -> Result<String, LetterError> {
    let paragraph = tongue.paragraph(line.rule_id, line.paragraph)?;
    Ok(format!("{paragraph}: {}", tongue.short(line.rule_id)?))
}
