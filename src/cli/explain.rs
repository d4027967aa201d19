//! `explain NUMBER RULE`: step by step, how a deadline was found.

use anyhow::{Result, bail};
use clap::Args;
use serde_json::{Value, json};

use super::DONE;
use super::context::Context;
use crate::law::explanation::steps;
use crate::law::finding::Condition;
use crate::law::finding::Deadline;
use crate::law::regulation::{RuleId, readings};
use crate::register::query::At;

#[derive(Debug, Args)]
pub(super) struct Explain {
    /// The office's own case number
    number: String,
    /// The rule, such as P11.FORWARD
    rule: String,
}

pub(super) async fn run(arguments: Explain, context: &mut Context) -> Result<u8> {
    let rule: RuleId = arguments.rule.to_uppercase().parse()?;
    let desk = context.desk().await?;
    let registrar = desk.registrar();
    let view = registrar.case(&arguments.number, At::default()).await?;
    let timeline = &view.assembled.timeline;
    let question = registrar.question(registrar.today(timeline.zone));
    let found: Vec<&Deadline> = view.findings.deadlines.iter().filter(|d| d.rule == rule).collect();
    let conditions: Vec<&Condition> = view.findings.conditions.iter().filter(|c| c.rule == rule).collect();
    if found.is_empty() && conditions.is_empty() {
        bail!(
            "{rule} does not apply in case {} as it stands: nothing recorded starts it (it starts with {})",
            arguments.number,
            starts(rule)
        );
    }
    let (law, words) = (rule.rule(), &rule.provision().words);
    if context.print.json {
        let deadlines: Vec<Value> = found
            .iter()
            .map(|deadline| {
                let steps = steps(deadline, timeline, &desk.calendar, &question);
                let steps: Vec<Value> = steps.iter().map(|s| json!({ "about": s.about, "text": s.text })).collect();
                json!({ "finding": deadline, "steps": steps })
            })
            .collect();
        context.print.json(&json!({
            "case": arguments.number, "rule": rule, "paragraph": law.paragraph,
            "words": { "kk": words.kk, "ru": words.ru, "en": words.en }, "ru_official": words.ru_official,
            "readings": law.readings, "deadlines": deadlines, "conditions": conditions,
        }))?;
        return Ok(DONE);
    }
    let print = &mut context.print;
    print.line(format_args!("case {}, {rule}, para {}", arguments.number, law.paragraph))?;
    print.line(format_args!("\n  kk: {}", words.kk))?;
    print.line(format_args!(
        "  ru{}: {}",
        if words.ru_official { "" } else { " (the project's translation)" },
        words.ru
    ))?;
    print.line(format_args!("  en: {}", words.en))?;
    for condition in conditions {
        let missing: Vec<&str> = condition.missing.iter().map(|r| r.as_str()).collect();
        let state = if condition.met { "met".to_owned() } else { format!("not met; missing: {}", missing.join(", ")) };
        print.line(format_args!("\ncondition: {}", state.trim_end_matches("; missing: ")))?;
    }
    for deadline in found {
        print.line("")?;
        for (number, step) in steps(deadline, timeline, &desk.calendar, &question).iter().enumerate() {
            print.line(format_args!("{:>3}. {:<11}{}", number + 1, step.about, step.text))?;
        }
    }
    print.line("\nreadings:")?;
    for reading in law.readings.iter().filter_map(|id| readings::reading(id)) {
        print.line(format_args!("  {}  {} -> {}", reading.id, reading.question, reading.default))?;
    }
    Ok(DONE)
}

fn starts(rule: RuleId) -> String {
    let starts: Vec<&str> = rule.rule().starts.iter().map(|kind| kind.as_str()).collect();
    if starts.is_empty() { "no event".to_owned() } else { starts.join(" or ") }
}
