//! `keshirim law`: the regulation as modelled.

use anyhow::{Result, bail};
use clap::Args;
use serde_json::{Value, json};

use super::DONE;
use super::context::Context;
use crate::law::regulation::{ALL, Model, Provision, Rule, RuleId, WAIT_GRAVE, WAIT_OTHER, readings};
use crate::law::timeline::EventKind;

#[derive(Debug, Args)]
pub(super) struct Law {
    /// A rule (P11.FORWARD), a provision (P5.1) or a paragraph (11, 17(1)); all without it
    rule: Option<String>,
}

pub(super) fn run(arguments: &Law, context: &mut Context) -> Result<u8> {
    let rule = arguments.rule.as_deref();
    if context.print.json {
        context.print.json(&json(rule)?)?;
    } else {
        context.print.line(text(rule)?.trim_end())?;
    }
    Ok(DONE)
}

/// The regulation for people: every paragraph, its words, its rule or why it sets no term, its readings.
fn text(rule: Option<&str>) -> Result<String> {
    let mut out = String::new();
    for provision in chosen(rule)? {
        out.push_str(&provision_text(provision, rule.is_some()));
        out.push('\n');
    }
    Ok(out)
}

/// The same as JSON.
fn json(rule: Option<&str>) -> Result<Value> {
    Ok(Value::Array(chosen(rule)?.into_iter().map(provision_json).collect()))
}

fn chosen(rule: Option<&str>) -> Result<Vec<&'static Provision>> {
    let Some(name) = rule else { return Ok(ALL.to_vec()) };
    let wanted = name.to_uppercase();
    let unknown = match wanted.parse::<RuleId>() {
        Ok(id) => return Ok(vec![id.provision()]),
        Err(unknown) => unknown,
    };
    // A paragraph ("11", "17(1)") or a provision's id ("P5.1") is an answer, too.
    let of_paragraph = |p: &&&Provision| {
        p.id.to_uppercase() == wanted || p.paragraph == name || p.paragraph.split([' ', '(']).next() == Some(name)
    };
    let found: Vec<_> = ALL.iter().filter(of_paragraph).copied().collect();
    if found.is_empty() {
        bail!("{unknown}; `keshirim law` lists all");
    }
    Ok(found)
}

fn provision_text(provision: &Provision, in_full: bool) -> String {
    let words = &provision.words;
    let russian = if words.ru_official { "ru" } else { "ru (the project's translation)" };
    let mut out = format!("para {}   [{}]\n", provision.paragraph, provision.id);
    out.push_str(&format!("  kk: {}\n  {russian}: {}\n  en: {}\n", words.kk, words.ru, words.en));
    match &provision.model {
        Model::Silent(why) => out.push_str(&format!("  no term: {why}\n")),
        Model::SeeRules(rules) => {
            let names: Vec<_> = rules.iter().map(|r| r.as_str()).collect();
            out.push_str(&format!("  modelled by {}\n", names.join(", ")));
        }
        Model::Rules(rules) => {
            for rule in *rules {
                out.push_str(&rule_text(rule, in_full));
            }
        }
    }
    out
}

fn rule_text(rule: &Rule, in_full: bool) -> String {
    let mut out = format!("  rule {}: {}", rule.id, rule.kind);
    match rule.length {
        Some(length) => out.push_str(&format!(", {length:?}")),
        None if rule.id == RuleId::P16Wait => {
            out.push_str(&format!(", {WAIT_GRAVE:?} (grave and especially grave crimes) or {WAIT_OTHER:?} (others)"));
        }
        None => out.push_str(", no number in the text"),
    }
    out.push('\n');
    for (label, events) in [("starts with", rule.starts), ("met by", rule.met_by)] {
        if !events.is_empty() {
            out.push_str(&format!("    {label}: {}\n", names(events).join(", ")));
        }
    }
    out.push_str(&format!("    words established from edition {}\n", rule.established_from));
    if !in_full {
        out.push_str(&format!("    readings: {}\n", rule.readings.join(" ")));
        return out;
    }
    for id in rule.readings {
        if let Some(reading) = readings::reading(id) {
            out.push_str(&format!(
                "    {id}: {}\n      taken: {}\n      why: {}\n",
                reading.question, reading.default, reading.why
            ));
        }
    }
    out
}

fn names(events: &[EventKind]) -> Vec<&'static str> {
    events.iter().map(|e| e.as_str()).collect()
}

fn provision_json(provision: &Provision) -> Value {
    let words = &provision.words;
    let mut out = json!({
        "id": provision.id,
        "paragraph": provision.paragraph,
        "words": { "kk": words.kk, "ru": words.ru, "en": words.en },
        "ru_official": words.ru_official,
    });
    match &provision.model {
        Model::Silent(why) => out["silent_because"] = json!(why),
        Model::SeeRules(rules) => out["modelled_by"] = json!(rules),
        Model::Rules(rules) => out["rules"] = rules.iter().map(rule_json).collect(),
    }
    out
}

fn rule_json(rule: &Rule) -> Value {
    let readings: Vec<Value> = rule
        .readings
        .iter()
        .filter_map(|id| readings::reading(id))
        .map(|r| json!({ "id": r.id, "question": r.question, "taken": r.default, "why": r.why }))
        .collect();
    json!({
        "rule": rule.id,
        "kind": rule.kind.as_str(),
        "length": rule.length.map(|length| format!("{length:?}")),
        "starts": names(rule.starts),
        "met_by": names(rule.met_by),
        "established_from": rule.established_from.as_str(),
        "readings": readings,
    })
}
