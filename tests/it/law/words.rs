//! The decree's own words beside its rules, by machine.

use keshirim::law::regulation::{ALL, Kind, Model, RULES, RuleId};
use keshirim::law::timeline::EventKind;

use super::{file, json};

/// Letters of one line, with letter-spaced words closed up and the footnote marks `<*>` dropped.
///
/// The text of 1996 was set in fixed columns: the short last line of a paragraph is often spaced out letter by letter, its words
/// set apart by two blanks (`қ а р а у ғ а  х а қ ы л ы .  < * >`). In such a line most of what stands between blanks is one letter.
fn closed_up(line: &str) -> String {
    let line = line.trim();
    let parts: Vec<&str> = line.split_whitespace().collect();
    let single = parts.iter().filter(|part| part.chars().count() == 1).count();
    if parts.len() < 3 || single * 2 < parts.len() {
        return line.to_owned();
    }
    let words = line.split("  ").map(|word| word.chars().filter(|c| *c != ' ').collect::<String>());
    words.collect::<Vec<_>>().join(" ")
}

/// The decree as running text: lines joined, blanks single, no footnote marks.
fn running_text(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(closed_up).collect();
    let joined = lines.join(" ").replace("<*>", " ");
    let words: Vec<&str> = joined.split_whitespace().collect();
    words.join(" ").replace(" ;", ";").replace(" .", ".")
}

#[test]
fn the_kazakh_words_of_every_provision_stand_in_the_decree() {
    let decree = running_text(&file("regulation.kk.txt"));
    for provision in ALL {
        let words = running_text(provision.words.kk);
        assert!(!words.is_empty() && decree.contains(&words), "{}: not in the decree: {words}", provision.id);
    }
    // The text itself was read whole: its first and its last word are there, and a spaced line was closed up.
    assert!(decree.contains("қарауға хақылы.") && decree.contains("Күшін жойған") && decree.len() > 15_000);
    assert!(!decree.contains("қ а р а у"));
}

#[test]
fn all_49_provisions_are_there_in_the_decrees_order_with_their_words() {
    let list = json("provisions.json");
    let list = list["provisions"].as_array().unwrap();
    assert_eq!((ALL.len(), list.len()), (49, 49));
    for expected in list {
        let id = expected["id"].as_str().unwrap();
        let provision = ALL.iter().find(|p| p.id == id).unwrap_or_else(|| panic!("{id} is missing"));
        assert_eq!(provision.words.kk, expected["kk"], "{id}");
        assert_eq!(provision.words.ru, expected["ru"], "{id}");
        assert_eq!(provision.words.ru_official, expected["ru_source"] == "official", "{id}");
        assert!(!provision.words.en.is_empty(), "{id}");
        let rules: Vec<&str> = match &provision.model {
            Model::Rules(rules) => rules.iter().map(|r| r.id.as_str()).collect(),
            Model::SeeRules(rules) => rules.iter().map(|r| r.as_str()).collect(),
            Model::Silent(_) => Vec::new(),
        };
        for rule in expected["rules"].as_array().unwrap() {
            assert!(rules.contains(&rule.as_str().unwrap()), "{id} does not name {rule}");
        }
    }
    // In the order of the text: each begins where, or after, the one before it began.
    let decree = running_text(&file("regulation.kk.txt"));
    let places: Vec<usize> = ALL.iter().map(|p| decree.find(&running_text(p.words.kk)).unwrap()).collect();
    for (pair, names) in places.windows(2).zip(ALL.windows(2)) {
        assert!(pair[0] <= pair[1], "{} stands before {}", names[1].id, names[0].id);
    }
}

/// The rule ids that the contract fixes, in its order.
const CONTRACT: &str = "D2.COMMISSION P8.IN_FORCE P9.PETITION P9.PETITION_MORATORIUM P9.ACT P9.BAR_YEAR P9.BAR_AFTER_LIFT \
    P9.BAR_PENDING P9.BAR_MORATORIUM P11.FORWARD P11.ARRIVAL P11.DISPATCH_SC P11.DISPATCH_PG P11.CONCL_SC P11.CONCL_PG \
    P11.READY_FOR_COMMISSION P12.VERIFY P13.SUBMIT_COMMISSION P15.NOTICE P16.WAIT P16.ATTACH P17.DISPATCH_SC P17.DISPATCH_PG \
    P17.DISPATCH_EXEC P18.REPORT P18.REPORT_PG P19.COURT_NOTICE";

/// The event types that the contract fixes, in its order.
const EVENTS: &str = "verdict_in_force verdict_copy_handed cassation_ruling_handed petition_accepted refusal_declared \
    refusal_act_drawn forwarded received_by_administration dispatched_to_supreme_court dispatched_to_prosecutor_general \
    received_by_supreme_court received_by_prosecutor_general conclusion_supreme_court conclusion_prosecutor_general \
    sent_for_verification verification_returned no_grounds_decided petitioner_notified petition_attached \
    new_circumstances_recognised submitted_to_commission commission_sat minutes_signed submitted_to_head_of_state \
    rejection_decree pardon_decree decree_dispatched decree_received_sc decree_received_pg decree_received_exec \
    execution_reported sentence_executed refusal_materials_considered verdict_quashed_or_changed court_notice_received \
    window_restored convict_transferred convict_died petition_withdrawn moratorium_declared moratorium_lifted \
    decree_in_force convict_informed amnesty_applied case_closed";

#[test]
fn every_name_of_the_contract_is_known_and_no_other() {
    assert_eq!(RuleId::NAMES, CONTRACT.split_whitespace().collect::<Vec<_>>());
    let events: Vec<&str> = EventKind::ALL.iter().map(|kind| kind.as_str()).collect();
    assert_eq!(events, EVENTS.split_whitespace().collect::<Vec<_>>());
    for kind in EventKind::ALL {
        assert_eq!(kind.as_str().parse(), Ok(*kind));
    }
}

#[test]
fn every_rule_stands_in_a_provision_and_every_silence_has_its_reason() {
    assert_eq!(RULES.len(), RuleId::ALL.len());
    for id in RuleId::ALL {
        assert_eq!(id.rule().id, *id);
        let provision = id.provision();
        assert!(provision.id.starts_with(id.as_str().split('.').next().unwrap()), "{id} stands in {}", provision.id);
    }
    for provision in ALL {
        match &provision.model {
            Model::Silent(reason) => assert!(reason.len() > 10, "{}: {reason:?} is no reason", provision.id),
            Model::Rules(rules) => assert!(!rules.is_empty(), "{}", provision.id),
            Model::SeeRules(rules) => assert!(!rules.is_empty(), "{}", provision.id),
        }
    }
}

#[test]
fn every_duty_has_a_length_and_no_step_has_one() {
    for rule in RULES {
        match rule.kind {
            Kind::Duty | Kind::Right => assert!(rule.length.is_some(), "{} has no length", rule.id),
            // The decree gives no number: its control date is not the rule's.
            Kind::Step | Kind::Condition => assert!(rule.length.is_none(), "{} has a length", rule.id),
            // A bar may be open-ended; the wait's length depends on the crime.
            Kind::Bar | Kind::Wait => {}
        }
    }
}
