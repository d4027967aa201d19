//! What the worked examples cannot say: irregularities, and the words for what nobody may read into a finding.

use serde_json::Value;

use super::answer;

/// The irregularities of a death case with these events (`type date key=value…`).
fn flagged(events: &[&str]) -> Vec<(String, String, u64)> {
    let found = told("death", "", events);
    let found = found["irregularities"].as_array().unwrap();
    found
        .iter()
        .map(|i| {
            let text = |key: &str| i[key].as_str().unwrap().to_owned();
            (text("paragraph"), text("code"), i["event"].as_u64().unwrap())
        })
        .collect()
}

fn told(sentence: &str, more: &str, events: &[&str]) -> Value {
    let events: Vec<String> = events.iter().map(|text| event(text)).collect();
    answer(&format!(r#"{{"sentence":"{sentence}"{more},"events":[{}]}}"#, events.join(","))).unwrap()
}

fn event(text: &str) -> String {
    let mut parts = text.split_whitespace();
    let mut fields = format!(r#""type":"{}","date":"{}""#, parts.next().unwrap(), parts.next().unwrap());
    for part in parts {
        let (key, value) = part.split_once('=').unwrap();
        let bare = value.parse::<u64>().is_ok() || value == "true";
        let value = if bare { value.to_owned() } else { format!("\"{value}\"") };
        fields += &format!(r#","{key}":{value}"#);
    }
    format!("{{{fields}}}")
}

fn one(paragraph: &str, code: &str, event: u64) -> Vec<(String, String, u64)> {
    vec![(paragraph.to_owned(), code.to_owned(), event)]
}

#[test]
fn what_was_done_against_the_decree_is_recorded_and_flagged_with_its_paragraph() {
    let before = ["commission_sat 2005-03-01", "verdict_in_force 2005-04-01"];
    assert_eq!(flagged(&before), one("8", "considered_before_verdict_in_force", 1));
    let thin = ["verdict_in_force 2005-01-01", "commission_sat 2005-03-01 members=15 present=9"];
    assert_eq!(flagged(&thin), one("5", "commission_below_two_thirds", 2));
    let two_thirds = ["verdict_in_force 2005-01-01", "commission_sat 2005-03-01 members=15 present=10"];
    assert_eq!(flagged(&two_thirds), []);
    let tie = ["commission_sat 2005-03-01 members=15 present=10 votes_for=5 votes_against=5 outcome=rejected"];
    assert_eq!(flagged(&tie), one("6", "tie_not_counted_as_support", 1));
    let early = ["submitted_to_commission 2005-03-01"];
    assert_eq!(flagged(&early), one("7(2), 11", "submitted_without_both_conclusions", 1));
    let half = ["rejection_decree 2005-03-01", "decree_dispatched 2005-03-02 to=supreme_court"];
    assert_eq!(flagged(&half), one("17(1)", "decree_to_one_addressee_of_two", 2));
    let wait = told(
        "imprisonment",
        r#","crime_category":"grave""#,
        &["rejection_decree 2005-03-01", "submitted_to_commission 2005-06-01"],
    );
    assert_eq!(wait["irregularities"][0]["code"], "submitted_before_wait_over");
}

#[test]
fn an_execution_is_flagged_unless_no_bar_was_known_on_its_day() {
    let full = [
        "verdict_in_force 2002-07-01",
        "verdict_copy_handed 2002-07-05",
        "refusal_act_drawn 2003-07-10",
        "refusal_materials_considered 2003-11-20",
    ];
    let on = |date: &str| {
        let executed = format!("sentence_executed {date}");
        flagged(&[&full[..], &[executed.as_str()]].concat())
    };
    assert_eq!(on("2003-11-19"), one("9", "executed_while_barred", 5));
    assert_eq!(on("2003-11-21"), []);
    let unconfirmed =
        ["verdict_in_force 2002-07-01 unconfirmed=true", full[1], full[2], full[3], "sentence_executed 2003-12-01"];
    assert_eq!(flagged(&unconfirmed), one("9", "executed_while_barred", 5));
}

#[test]
fn a_late_petition_is_flagged_and_bars_all_the_same() {
    let late = ["verdict_copy_handed 2002-10-05", "petition_accepted 2003-10-07"];
    assert_eq!(flagged(&late), one("9", "petition_after_window", 2));
    let in_time = ["verdict_copy_handed 2002-10-05", "petition_accepted 2003-10-06"];
    assert_eq!(flagged(&in_time), []);
}

#[test]
fn a_lifting_years_after_a_case_was_closed_opens_nothing_in_it() {
    let found = told(
        "death",
        r#","as_of":"2006-06-01""#,
        &[
            "verdict_copy_handed 2003-07-05",
            "moratorium_declared 2003-12-17",
            "amnesty_applied 2005-01-01",
            "moratorium_lifted 2006-03-01",
        ],
    );
    assert_eq!(found["case"]["open_deadlines"], 0);
    assert_eq!(found["case"]["status"], "closed");
    assert_eq!(found["execution"]["finding"], "barred");
}

#[test]
fn an_answer_that_names_its_event_goes_before_one_that_does_not() {
    for order in [
        ["forwarded 2005-06-10", "forwarded 2005-06-10 answers=1"],
        ["forwarded 2005-06-10 answers=1", "forwarded 2005-06-10"],
    ] {
        let found = told(
            "imprisonment",
            "",
            &["petition_accepted 2005-06-06", "petition_accepted 2005-06-08", order[0], order[1]],
        );
        let forwards = found["deadlines"].as_array().unwrap().iter().filter(|d| d["rule"] == "P11.FORWARD");
        assert_eq!(forwards.filter(|d| d["status"] == "satisfied_on_time").count(), 2, "{found}");
    }
}

#[test]
fn what_is_attached_is_the_repeat_petition_and_not_the_one_that_was_rejected() {
    let found = told(
        "imprisonment",
        r#","crime_category":"grave","as_of":"2005-11-20""#,
        &[
            "petition_accepted 2005-01-12",
            "forwarded 2005-01-14",
            "received_by_administration 2005-01-19",
            "submitted_to_commission 2005-02-02",
            "rejection_decree 2005-05-04",
            "petition_accepted 2005-07-06 repeat=true",
            "petition_attached 2005-07-15",
        ],
    );
    let steps: Vec<_> = found["deadlines"].as_array().unwrap().iter().filter(|d| d["rule"] == "P16.ATTACH").collect();
    assert_eq!(steps.len(), 1);
    assert_eq!((&steps[0]["from"], &steps[0]["status"]), (&"2005-07-06".into(), &"done".into()));
}
