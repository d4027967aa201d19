//! Letters as officials get them: the samples with the decree's own words, one for each rung and language, and tables.

use keshirim::law::regulation::RuleId;
use keshirim::letter::{Irregularity, Language, Letter, Line, Names, Note, Rung, every_letter};

use super::{day, letter};

/// A sample with the words of its rule and without the warnings that samples try all at once.
fn usual(line: &Line<'static>) -> Line<'static> {
    let mut line = line.clone();
    line.warnings.clear();
    line.irregularities.clear();
    line.unconfirmed.clear();
    line.month_end_clamped = false;
    if let Ok(id) = line.rule_id.parse::<RuleId>() {
        let words = &id.provision().words;
        line.words = Names { kk: words.kk, ru: words.ru, en: words.en };
        line.from_event = id.rule().starts.first().map_or(line.from_event, |kind| kind.as_str());
        line.ended_by = id.rule().met_by.iter().map(|kind| kind.as_str()).collect();
    }
    line
}

/// Every rule at every rung.
fn lines() -> Vec<Line<'static>> {
    let samples = every_letter();
    let singles = samples.iter().filter(|letter| letter.language == Language::Kk && letter.lines.len() == 1);
    singles.filter(|letter| !letter.bilingual).map(|letter| usual(&letter.lines[0])).collect()
}

/// One letter for each kind and rung and each notice, in each language; then tables of several sizes and a bilingual letter.
pub(super) fn letters() -> Vec<Letter<'static>> {
    let lines = lines();
    let mut first_of_each: Vec<&Line<'static>> = Vec::new();
    for line in &lines {
        let known = |other: &&Line<'static>| match (&line.rung, &other.rung) {
            (Rung::Notice { code, .. }, Rung::Notice { code: told, .. }) => code == told,
            (rung, told) => line.kind == other.kind && rung.name() == told.name(),
        };
        if !first_of_each.iter().any(known) {
            first_of_each.push(line);
        }
    }
    let mut out = Vec::new();
    for language in Language::ALL {
        out.extend(first_of_each.iter().map(|line| letter(language, vec![(*line).clone()])));
        for count in [3, 10, 40] {
            out.push(table(language, &lines, count));
        }
    }
    let mut both = letter(Language::Kk, vec![(*first_of_each[0]).clone()]);
    both.bilingual = true;
    out.push(both);
    out
}

/// A table of `count` rows of as many cases, of every urgency, with what a row can carry.
pub(super) fn table(language: Language, lines: &[Line<'static>], count: usize) -> Letter<'static> {
    const CASES: [&str; 7] =
        ["2026-0147", "2026-0148", "ҚР-12-2026/0000147 «А»", "2026-0150", "2026-0151", "2026-0152", "2026-0153"];
    let rows = lines.iter().filter(|line| !line.case_number.is_empty()).step_by(lines.len() / count).take(count);
    let mut rows: Vec<_> = rows.cloned().collect();
    for (number, row) in rows.iter_mut().enumerate() {
        row.case_number = CASES[number % CASES.len()];
        row.warnings =
            [vec!["calendar_provisional"], vec![], vec!["calendar_provisional", "unconfirmed"]][number % 3].clone();
        if number == 1 {
            row.irregularities = vec![Irregularity { code: "petition_after_window" }];
        }
    }
    let mut letter = letter(language, rows);
    letter.notes = vec![
        Note::DeputyOf { post: "Бөлім меңгерушісі" },
        Note::Nationwide { event: "moratorium_lifted", on: day("2005-03-01") },
    ];
    letter
}
