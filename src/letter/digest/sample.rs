//! Built-in samples: the start of the daemon renders them, tests and previews read them.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Action, AuditCounts, DeadlineCounts, Digest, Entry, Follow, LetterCounts};
use crate::letter::sample::{TRIED_IN_FULL, day, letter};
use crate::letter::{Kind, Language, Letter, RULES};

/// The operators' morning letter in every language (and bilingually): full, and when all is quiet.
pub fn every_digest() -> Vec<Digest<'static>> {
    let languages = Language::ALL.into_iter().map(|language| (language, false)).chain([(Language::Kk, true)]);
    languages.flat_map(|(language, bilingual)| [true, false].map(|full| digest(language, bilingual, full))).collect()
}

fn digest(language: Language, bilingual: bool, full: bool) -> Digest<'static> {
    const SEAL: &str = "20050307e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let now = day(2005, 3, 8).and_hms_opt(3, 30, 0).expect("a time of day").and_utc();
    let entered = now - TimeDelta::hours(20);
    let (entries, waiting) = entries(entered);
    let counts = LetterCounts {
        composed: 21,
        accepted: 18,
        deferred: 2,
        refused: 1,
        bounced: 1,
        unknown: 1,
        unsent: 3,
        oldest: Some(entered),
    };
    Digest {
        letter: Letter {
            lines: Vec::new(),
            notes: Vec::new(),
            date: now,
            high_importance: false,
            ..letter(language, bilingual, Vec::new())
        },
        since: now - TimeDelta::days(1),
        letters: if full { counts } else { LetterCounts::default() },
        deadlines: if full {
            DeadlineCounts { open: 12, today: 2, overdue: 1, past_control: 4 }
        } else {
            DeadlineCounts::default()
        },
        entries: if full { entries } else { Vec::new() },
        entries_total: if full { 10 } else { 0 },
        waiting: if full { vec![waiting] } else { Vec::new() },
        waiting_total: u32::from(full),
        flagged: u32::from(full),
        flagged_offices: if full { vec!["institution:sample"] } else { Vec::new() },
        audit: Some(AuditCounts {
            finished: now - TimeDelta::minutes(20),
            cases: 5,
            expected: 31,
            accepted: 31 - u32::from(full),
            differences: u32::from(full),
        }),
        verified_until: day(2005, 12, 31),
        known_until: if full { day(2005, 12, 31) } else { day(2006, 12, 31) },
        breaker: if full { "open" } else { "closed" },
        failing_since: full.then_some(entered),
        seal: SEAL,
        sealed_on: day(2005, 3, 7),
    }
}

/// An entry of each kind, and one that waits.
fn entries(entered: DateTime<Utc>) -> (Vec<Entry<'static>>, Entry<'static>) {
    let entry = |action, event, waits| Entry {
        case_number: "2005-0147",
        action,
        event,
        on: Some(day(2005, 3, 7)).filter(|_| !event.is_empty()),
        entered,
        waits,
        struck: false,
        follows: Vec::new(),
    };
    let follows = RULES.iter().map(|&(rule_id, kind, paragraph, _, _)| Follow {
        rule_id,
        paragraph,
        kind,
        date: (rule_id != "P9.PETITION_MORATORIUM").then_some(day(2005, 4, 7)),
        ends: rule_id == "P11.ARRIVAL",
    });
    let follows = follows.filter(|follow| follow.kind != Kind::Bar || follow.rule_id == "P9.BAR_YEAR");
    let recorded = Entry {
        follows: follows.filter(|follow| TRIED_IN_FULL.contains(&follow.rule_id)).collect(),
        ..entry(Action::Recorded, "petition_accepted", false)
    };
    let corrected = Action::Corrected { old: Some(day(2005, 3, 1)), reason: "typo" };
    let waiting = entry(Action::Recorded, "refusal_materials_considered", true);
    let entries = vec![
        entry(Action::Opened, "", false),
        recorded,
        Entry { struck: true, ..entry(Action::Recorded, "verdict_copy_handed", false) },
        entry(corrected, "verdict_copy_handed", false),
        entry(Action::Retracted { reason: "wrong_case" }, "forwarded", false),
        entry(Action::Confirmed, "decree_received_sc", false),
        Entry { case_number: "", ..entry(Action::Recorded, "moratorium_declared", false) },
        waiting.clone(),
    ];
    (entries, waiting)
}
