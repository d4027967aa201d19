//! The page that both layouts print: one line as a short letter, many as a table, one section per language.

use serde::Serialize;

use super::facts::case_url;
use super::input::{Letter, Line, Note};
use super::item::{Item, Link, Quote, item, tone};
use super::texts::{Texts, Tongue};
use super::{LINES_SHOWN_MAX, LetterError, clean};

/// What the layouts print.
#[derive(Debug, Serialize)]
pub(super) struct Page {
    language: &'static str,
    title: String,
    sections: Vec<Section>,
}

/// The letter in one language.
#[derive(Debug, Serialize)]
struct Section {
    language: &'static str,
    stem: String,
    notes: Vec<String>,
    single: Option<Item>,
    groups: Vec<Group>,
    more: Option<Link>,
    /// What several lines of a table warn of, numbered.
    warnings: Vec<String>,
    quotes: Vec<Quote>,
    headings: Headings,
    links: Vec<Link>,
    footer: Vec<String>,
}

/// Lines of one urgency.
#[derive(Debug, Serialize)]
struct Group {
    tone: &'static str,
    heading: String,
    count: usize,
    items: Vec<Item>,
}

/// The fixed words of the layouts.
#[derive(Debug, Serialize)]
struct Headings {
    why: String,
    counting: String,
    ends: String,
    warnings: String,
    quotes: String,
    case: String,
    what: String,
    when: String,
}

/// The groups in their order: overdue first, then today, then past the control date, then coming, then news.
const TONES: [(&str, &str); 5] = [
    ("overdue", "heading-overdue"),
    ("today", "heading-today"),
    ("control", "heading-control"),
    ("coming", "heading-coming"),
    ("news", "heading-news"),
];

/// The lines in the order in which they are printed, by urgency, then day, then case and rule.
pub(super) fn in_order<'l, 'a>(lines: &'l [Line<'a>]) -> Vec<&'l Line<'a>> {
    let rank = |line: &Line<'_>| TONES.iter().position(|(name, _)| *name == tone(line));
    let mut ordered: Vec<&Line<'_>> = lines.iter().collect();
    ordered.sort_by_key(|line| (rank(line), line.shown.is_none(), line.shown, line.case_number, line.rule_id));
    ordered
}

/// How many lines of each urgency a letter has.
pub(super) fn count(lines: &[Line<'_>], wanted: &str) -> usize {
    lines.iter().filter(|line| tone(line) == wanted).count()
}

/// Builds the page.
pub(super) fn page(
    letter: &Letter<'_>,
    ordered: &[&Line<'_>],
    subject: &str,
    texts: &Texts,
) -> Result<Page, LetterError> {
    let sections = letter.languages().into_iter().map(|language| section(letter, ordered, texts.tongue(language)));
    Ok(Page {
        language: letter.subject_language().code(),
        title: subject.to_owned(),
        sections: sections.collect::<Result<_, _>>()?,
    })
}

fn section(letter: &Letter<'_>, ordered: &[&Line<'_>], tongue: &Tongue) -> Result<Section, LetterError> {
    let many = ordered.len() > 1;
    let shown = &ordered[..ordered.len().min(LINES_SHOWN_MAX)];
    let single = if many { None } else { Some(item(letter, ordered[0], tongue, false)?) };
    let mut groups = if many { groups(letter, shown, ordered, tongue)? } else { Vec::new() };
    let warnings = said_once(&mut groups, tongue)?;
    let quotes = quotes(&groups, tongue)?;
    let left_out = u32::try_from(ordered.len() - shown.len()).unwrap_or(u32::MAX);
    let all = || format!("{}/status", clean::clean(letter.public_url));
    let more = match left_out {
        0 => None,
        n => Some(Link { text: tongue.say("more-lines", &[("n", n.into())])?, url: all() }),
    };
    Ok(Section {
        language: tongue.language.code(),
        stem: super::subject::stem(letter, tongue)?,
        notes: notes(letter, tongue)?,
        single,
        groups,
        more,
        warnings,
        quotes,
        headings: headings(tongue)?,
        links: if many { links(letter, all(), tongue)? } else { Vec::new() },
        footer: footer(letter, tongue)?,
    })
}

fn groups(
    letter: &Letter<'_>,
    shown: &[&Line<'_>],
    ordered: &[&Line<'_>],
    tongue: &Tongue,
) -> Result<Vec<Group>, LetterError> {
    let mut out = Vec::new();
    for (name, heading) in TONES {
        let items = shown.iter().filter(|line| tone(line) == name).map(|line| item(letter, line, tongue, true));
        let items = items.collect::<Result<Vec<_>, _>>()?;
        if !items.is_empty() {
            let count = ordered.iter().filter(|line| tone(line) == name).count();
            out.push(Group { tone: name, heading: tongue.say(heading, &[])?, count, items });
        }
    }
    Ok(out)
}

/// Takes the warnings that several lines share out of them, numbers them and leaves the numbers.
fn said_once(groups: &mut [Group], tongue: &Tongue) -> Result<Vec<String>, LetterError> {
    let mut counts: Vec<(String, usize)> = Vec::new();
    for warning in groups.iter().flat_map(|group| &group.items).flat_map(|item| &item.warnings) {
        match counts.iter_mut().find(|(known, _)| known == warning) {
            Some((_, count)) => *count += 1,
            None => counts.push((warning.clone(), 1)),
        }
    }
    let shared: Vec<String> = counts.into_iter().filter(|(_, count)| *count > 1).map(|(warning, _)| warning).collect();
    for item in groups.iter_mut().flat_map(|group| &mut group.items) {
        let places = item.warnings.iter().filter_map(|warning| shared.iter().position(|other| other == warning));
        let marks: Vec<String> = places.map(|place| format!("[{}]", place + 1)).collect();
        if !marks.is_empty() {
            item.marks = tongue.say("warning-marks", &[("list", marks.join(", ").into())])?;
            item.warnings.retain(|warning| !shared.contains(warning));
        }
    }
    Ok(shared.into_iter().enumerate().map(|(place, warning)| format!("[{}] {warning}", place + 1)).collect())
}

/// Each provision once; where one paragraph is quoted in several pieces, each names the rules it is the ground of.
fn quotes(groups: &[Group], tongue: &Tongue) -> Result<Vec<Quote>, LetterError> {
    let mut found: Vec<(Quote, Vec<&str>)> = Vec::new();
    for item in groups.iter().flat_map(|group| &group.items) {
        let Some(quote) = &item.quote else { continue };
        match found.iter_mut().find(|(known, _)| known == quote) {
            Some((_, rules)) if rules.contains(&item.what.as_str()) => {}
            Some((_, rules)) => rules.push(&item.what),
            None => found.push((quote.clone(), vec![&item.what])),
        }
    }
    let mut out: Vec<Quote> = Vec::with_capacity(found.len());
    for (quote, rules) in &found {
        let alone = found.iter().filter(|(other, _)| other.source == quote.source).count() == 1;
        let source = if alone {
            quote.source.clone()
        } else {
            let args = [("source", quote.source.as_str().into()), ("rules", rules.join("; ").into())];
            tongue.say("quote-rule", &args)?
        };
        out.push(Quote { source, ..quote.clone() });
    }
    Ok(out)
}

/// Below a table: the case, if there is one only, the page that acknowledges the letter, and every deadline.
fn links(letter: &Letter<'_>, all: String, tongue: &Tongue) -> Result<Vec<Link>, LetterError> {
    let mut out = Vec::new();
    if let Some(case) = letter.only_case() {
        out.push(Link { text: tongue.say("link-see", &[])?, url: case_url(letter, case) });
    }
    if let Some(url) = letter.lines.iter().find_map(|line| line.acknowledge_url) {
        out.push(Link { text: tongue.say("link-acknowledge", &[])?, url: clean::clean(url) });
    }
    out.push(Link { text: tongue.say("link-all", &[])?, url: all });
    Ok(out)
}

fn notes(letter: &Letter<'_>, tongue: &Tongue) -> Result<Vec<String>, LetterError> {
    let post = |id: &str, post: &str| tongue.say(id, &[("post", clean::clean(post).into())]);
    let say = |note: &Note<'_>| match *note {
        Note::DeputyOf { post: name } => post("note-deputy", name),
        Note::SuperiorOf { post: name } => post("note-superior", name),
        Note::NobodyReachable { post: name } => post("note-nobody", name),
        Note::HandOver { post: name } => post("note-hand-over", name),
        Note::Unacknowledged { post: name } => post("note-unacknowledged", name),
        Note::WorkingBody => tongue.say("note-working-body", &[]),
        Note::Nationwide { event, on } => {
            let args = [("event", tongue.event(event)?.into()), ("date", tongue.date(on)?.into())];
            tongue.say("note-nationwide", &args)
        }
    };
    letter.notes.iter().map(say).collect()
}

fn headings(tongue: &Tongue) -> Result<Headings, LetterError> {
    let say = |id: &str| tongue.say(id, &[]);
    Ok(Headings {
        why: say("heading-why")?,
        counting: say("heading-counting")?,
        ends: say("heading-ends")?,
        warnings: say("heading-warnings")?,
        quotes: say("heading-quotes")?,
        case: say("column-case")?,
        what: say("column-what")?,
        when: say("column-when")?,
    })
}

fn footer(letter: &Letter<'_>, tongue: &Tongue) -> Result<Vec<String>, LetterError> {
    let local = letter.date.with_timezone(&letter.zone);
    let args = [
        ("date", tongue.date(local.date_naive())?.into()),
        ("time", local.format("%H:%M").to_string().into()),
        ("zone", letter.zone.name().into()),
    ];
    Ok(vec![tongue.say("footer-composed", &args)?, tongue.say("footer-privacy", &[])?])
}
