//! Who is written to on a day: absences, deputies, superiors.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::day;
use keshirim::config::parse_offices;
use keshirim::offices::{Absence, Directory, Finding, Language, Names, Office, Official, Recipients};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

/// A directory of offices written short: `code superior | address deputy from..until=deputy | …`, `-` for none.
fn offices(lines: &[&str]) -> Directory {
    let mut text = String::new();
    for line in lines {
        let mut parts = line.split('|').map(str::trim);
        let (code, superior) = parts.next().unwrap().split_once(' ').unwrap();
        let superior = superior.trim_start_matches('-');
        let _ = write!(
            text,
            "[[office]]\ncode = \"{code}\"\nname = {{ kk = \"k\", ru = \"r\", en = \"e\" }}\nsuperior = \"{superior}\"\n"
        );
        for official in parts {
            let words: Vec<&str> = official.split(' ').collect();
            let deputy = words[1].trim_start_matches('-');
            let _ = write!(
                text,
                "[[office.official]]\npost = \"p\"\naddress = \"{}\"\ndeputy = \"{deputy}\"\nabsences = [",
                words[0]
            );
            for absence in &words[2..] {
                let (days, deputy) = absence.split_once('=').unwrap_or((absence, ""));
                let (from, until) = days.split_once("..").unwrap();
                let _ = write!(text, "{{ from = \"{from}\", until = \"{until}\", deputy = \"{deputy}\" }},");
            }
            text += "]\n";
        }
    }
    parse_offices("o.toml", &text).unwrap()
}

fn told(recipients: &Recipients) -> Vec<String> {
    recipients.to.iter().map(|one| format!("{} {:?}", one.address, one.reached)).collect()
}

#[test]
fn an_absence_counts_on_both_of_its_days_and_not_beside_them() {
    let directory = offices(&["commission -|a@x.org b@x.org 2026-03-02..2026-03-04"]);
    let reached = |on| told(&directory.recipients("commission", day(on)));
    let deputy = ["b@x.org Deputy { for_address: \"a@x.org\" }"];
    assert_eq!(reached("2026-03-01"), ["a@x.org Direct"]);
    assert_eq!(reached("2026-03-02"), deputy);
    assert_eq!(reached("2026-03-04"), deputy);
    assert_eq!(reached("2026-03-05"), ["a@x.org Direct"]);
}

#[test]
fn the_deputy_of_those_days_goes_before_the_standing_one() {
    let directory = offices(&["commission -|a@x.org b@x.org 2026-03-02..2026-03-04=c@x.org"]);
    let reached = directory.recipients("commission", day("2026-03-03"));
    assert_eq!(told(&reached), ["c@x.org Deputy { for_address: \"a@x.org\" }"]);
}

#[test]
fn an_absent_deputy_is_stood_in_for_by_his_own_deputy_even_of_another_office() {
    let away = "2026-03-02..2026-03-04";
    let directory = offices(&[
        &format!("commission supreme_court|a@x.org b@x.org {away}"),
        &format!("supreme_court -|b@x.org c@x.org {away}|c@x.org d@x.org {away}"),
    ]);
    let reached = directory.recipients("commission", day("2026-03-03"));
    assert_eq!(told(&reached), ["d@x.org Deputy { for_address: \"a@x.org\" }"]);
    assert_eq!(reached.findings, []);
}

#[test]
fn deputies_in_a_circle_end_at_the_superior_and_the_operators_are_told() {
    let away = "2026-03-02..2026-03-04";
    let directory = offices(&[
        &format!("commission working_body|a@x.org b@x.org {away}|b@x.org a@x.org {away}"),
        "working_body -|w@x.org -",
    ]);
    let reached = directory.recipients("commission", day("2026-03-03"));
    assert_eq!(told(&reached), ["w@x.org Superior { office: \"commission\" }"]);
    let circle = |address: &str| Finding::DeputyCycle { office: "commission".to_owned(), address: address.to_owned() };
    assert_eq!(reached.findings[..2], [circle("a@x.org"), circle("b@x.org")]);
    assert_eq!(
        reached.findings[2].to_string(),
        "On 2026-03-03 nobody of office `commission` can be written to; its letters go to its superior `working_body`: name a deputy."
    );
}

#[test]
fn nobody_is_written_to_twice_and_an_official_goes_before_a_deputy() {
    let directory = offices(&["commission -|a@x.org b@x.org 2026-03-02..2026-03-04|b@x.org -"]);
    assert_eq!(told(&directory.recipients("commission", day("2026-03-03"))), ["b@x.org Direct"]);
}

#[test]
fn a_superior_is_reached_past_offices_without_anybody() {
    let directory =
        offices(&["commission supreme_court", "supreme_court working_body|bad -", "working_body -|w@x.org -"]);
    let reached = directory.recipients("commission", day("2026-03-03"));
    assert_eq!(told(&reached), ["w@x.org Superior { office: \"commission\" }"]);
    assert!(
        reached
            .findings
            .iter()
            .any(|finding| matches!(finding, Finding::BadAddress { address, .. } if address == "bad"))
    );
}

#[test]
fn a_refused_address_is_passed_over() {
    let directory = offices(&["commission working_body|a@x.org b@x.org", "working_body -|w@x.org -"]);
    let refused = |addresses: &[&str]| {
        let refused = addresses.iter().map(|address| (*address).to_owned()).collect();
        told(&directory.recipients_without("commission", day("2026-03-03"), &refused))
    };
    assert_eq!(refused(&["a@x.org"]), ["b@x.org Deputy { for_address: \"a@x.org\" }"]);
    assert_eq!(refused(&["a@x.org", "b@x.org"]), ["w@x.org Superior { office: \"commission\" }"]);
    assert_eq!(refused(&["a@x.org", "b@x.org", "w@x.org"]), Vec::<String>::new());
}

#[test]
fn whoever_cannot_be_reached_leaves_a_finding_and_never_silence() {
    let directory = offices(&["commission supreme_court", "supreme_court commission", "working_body nobody"]);
    for office in ["commission", "supreme_court", "working_body", "institution:x", "operators"] {
        let reached = directory.recipients(office, day("2026-03-03"));
        assert!(reached.to.is_empty() && !reached.findings.is_empty(), "{office}");
    }
    let findings = directory.recipients("institution:x", day("2026-03-03")).findings;
    assert_eq!(
        findings[0].to_string(),
        "Office `institution:x` is not in the directory: add it to offices.toml, or a generic entry `kind:*`."
    );
}

#[test]
fn the_check_lists_every_problem_in_a_sentence() {
    let directory = offices(&[
        "commission supreme_court|a@x.org a@x.org 2026-03-04..2026-03-02",
        "supreme_court commission|with space@x.org -".replace("with space", "with\\tspace").as_str(),
        "working_body nobody|w@x.org someone",
        "prosecutor_general -",
        "instituton:x -|i@x.org -",
    ]);
    let sentences: Vec<String> = directory.check().iter().map(ToString::to_string).collect();
    for expected in [
        "Office `operators` is not in the directory: add it to offices.toml, or a generic entry `kind:*`.",
        "Office `instituton:x` has a code that the register never writes to: correct its code or remove it.",
        "Office `prosecutor_general` names nobody: its letters go to its superior until an official with an address is added.",
        "Office `working_body` names the superior `nobody`, which is not in the directory: correct the code or add the office.",
        "The superiors of office `commission` lead round in a circle: one of them must have another superior, or none.",
        "The superiors of office `supreme_court` lead round in a circle: one of them must have another superior, or none.",
        "Office `supreme_court`: the address \"with\\tspace@x.org\" has a space, a line break or a control character in it: correct it; nothing is sent to it.",
        "Office `working_body`: the deputy \"someone\" of \"w@x.org\" is neither an official nor an address: correct it.",
        "Office `commission`: the deputies of \"a@x.org\" lead round in a circle: name somebody else for one of them.",
        "Office `commission`: an absence of \"a@x.org\" ends on 2026-03-02, before it begins on 2026-03-04: swap or correct the days.",
    ] {
        assert!(sentences.iter().any(|sentence| sentence == expected), "{expected}\nnot among\n{sentences:#?}");
    }
}

/// Officials by number, each with a deputy and whether he is away; offices by number, each with a superior.
type Drawn = Vec<(Option<usize>, Vec<(usize, Option<usize>, bool)>)>;

fn drawn() -> impl Strategy<Value = Drawn> {
    let official = (0..6_usize, option::of(0..7_usize), any::<bool>());
    vec((option::of(0..5_usize), vec(official, 0..4)), 1..5)
}

proptest! {
    // No file of failures: a test writes nothing into the tree.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

    #[test]
    fn whatever_the_directory_nobody_away_is_written_to_and_silence_has_a_finding(drawn in drawn()) {
        let on = day("2026-03-03");
        let address = |number: usize| format!("o{number}@x.org");
        let office = |(index, (superior, officials)): (usize, &(Option<usize>, Vec<_>))| Office {
            code: format!("court:{index}"),
            name: Names::default(),
            language: Language::Kk,
            bilingual: false,
            zone: chrono_tz::Asia::Almaty,
            superior: superior.map(|superior| format!("court:{superior}")),
            officials: officials.iter().map(|(number, deputy, away): &(usize, Option<usize>, bool)| Official {
                post: String::new(),
                address: address(*number),
                language: None,
                deputy: deputy.map(address),
                absences: away.then(|| Absence { from: on, until: on, deputy: None }).into_iter().collect(),
            }).collect(),
        };
        let directory = Directory::new(drawn.iter().enumerate().map(office).collect()).unwrap();
        let _ = directory.check();
        for asked in 0..6 {
            let reached = directory.recipients(&format!("court:{asked}"), on);
            prop_assert!(!reached.to.is_empty() || !reached.findings.is_empty());
            let addresses: BTreeSet<_> = reached.to.iter().map(|one| &one.address).collect();
            prop_assert_eq!(addresses.len(), reached.to.len());
            for one in &reached.to {
                let entries = || drawn.iter().flat_map(|(_, officials)| officials);
                let is_away = |entry: &&(usize, Option<usize>, bool)| address(entry.0) == one.address && entry.2;
                prop_assert!(entries().filter(is_away).count() == 0, "{} is away", one.address);
            }
        }
    }
}
