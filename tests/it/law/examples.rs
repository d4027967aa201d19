//! Every worked example, through the library: what is expected must be contained in what is found.

use serde_json::{Map, Value};

use super::{answer, json};

/// Why `want` is not contained in `got`; `None` when it is.
///
/// Objects are contained key by key (a key that is not found equals one that is null), lists are compared whole and without
/// order (a single value counts as a list of one), `warnings` as a subset.
fn miss(want: &Value, got: &Value, path: &str) -> Option<String> {
    let wrong = || Some(format!("{path}: want {want}, got {got}"));
    match (want, got) {
        (Value::Object(want), Value::Object(got)) => want.iter().find_map(|(key, value)| match got.get(key) {
            Some(found) => miss(value, found, &format!("{path}.{key}")),
            None if value.is_null() => None,
            None => Some(format!("{path}.{key}: missing, want {value}")),
        }),
        (Value::Object(_), _) => wrong(),
        (Value::Array(wanted), _) => {
            let found = got.as_array().cloned().unwrap_or_else(|| vec![got.clone()]);
            let subset = path.ends_with(".warnings") && wanted.iter().all(|w| found.contains(w));
            if subset || sorted(wanted) == sorted(&found) { None } else { wrong() }
        }
        _ if want == got => None,
        _ => wrong(),
    }
}

fn sorted(list: &[Value]) -> Vec<String> {
    let mut texts: Vec<String> = list.iter().map(Value::to_string).collect();
    texts.sort_unstable();
    texts
}

/// A deadline or condition is looked for by its rule, and by `from` and `subject` where they are given.
fn miss_in_section(section: &str, want: &Value, got: &Value) -> Option<String> {
    let same = |found: &&Value| {
        ["rule", "from", "subject"].iter().all(|key| want.get(key).is_none_or(|value| found.get(key) == Some(value)))
    };
    let pool: Vec<&Value> = got[section].as_array().into_iter().flatten().filter(same).collect();
    if pool.is_empty() {
        // A rule that does not apply may simply be absent.
        let absent = want.get("applies") == Some(&Value::Bool(false));
        return (!absent).then(|| format!("{section}: no {} from {:?}", want["rule"], want.get("from")));
    }
    let misses: Option<Vec<String>> =
        pool.iter().map(|found| miss(want, found, want["rule"].as_str().unwrap())).collect();
    misses.map(|misses| misses[0].clone())
}

/// Every way in which the answer to an example falls short.
fn misses(expect: &Map<String, Value>, got: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for section in ["deadlines", "conditions"] {
        let wanted = expect.get(section).and_then(Value::as_array).into_iter().flatten();
        found.extend(wanted.filter_map(|want| miss_in_section(section, want, got)));
    }
    for section in ["execution", "case"] {
        found.extend(expect.get(section).and_then(|want| miss(want, &got[section], section)));
    }
    found
}

/// Runs every example of a file, and says of each that fails what and why.
fn check(name: &str) {
    let examples = json(name);
    let examples = examples["vectors"].as_array().unwrap();
    let mut failed = String::new();
    for example in examples {
        let facts = example["facts"].to_string();
        let bad = match answer(&facts) {
            Ok(got) => misses(example["expect"].as_object().unwrap(), &got),
            Err(error) => vec![error],
        };
        if !bad.is_empty() {
            failed += &format!("\n{} {}\n    {}", example["id"], example["title"], bad.join("\n    "));
            failed += &format!("\n    why: {}", example["reasoning"]);
        }
    }
    assert!(failed.is_empty(), "{failed}");
    assert!(examples.len() >= 61, "{name} lost examples: {}", examples.len());
}

#[test]
fn every_worked_example_of_the_research_holds() {
    check("vectors.json");
}

#[test]
fn every_further_example_holds() {
    check("more.json");
}

#[test]
fn the_comparison_itself_sees_every_kind_of_miss() {
    let got = serde_json::json!({
        "deadlines": [{"rule": "R", "from": "a", "effective": null, "warnings": ["x", "y"], "superseded": ["1"]}],
        "case": {"status": "open"}
    });
    let short = |expect: Value| misses(expect.as_object().unwrap(), &got).len();
    assert_eq!(short(serde_json::json!({"deadlines": [{"rule": "R", "warnings": ["y"], "restored": null}]})), 0);
    assert_eq!(short(serde_json::json!({"deadlines": [{"rule": "Q", "applies": false}]})), 0);
    for wrong in [
        serde_json::json!({"deadlines": [{"rule": "R", "warnings": ["z"]}]}),
        serde_json::json!({"deadlines": [{"rule": "R", "superseded": []}]}),
        serde_json::json!({"deadlines": [{"rule": "R", "effective": "2005-01-01"}]}),
        serde_json::json!({"deadlines": [{"rule": "R", "from": "b"}]}),
        serde_json::json!({"deadlines": [{"rule": "R", "missing": 1}]}),
        serde_json::json!({"deadlines": [{"rule": "Q"}]}),
        serde_json::json!({"case": {"status": "closed"}}),
        serde_json::json!({"execution": {"finding": "barred"}}),
    ] {
        assert_eq!(short(wrong.clone()), 1, "{wrong}");
    }
}
