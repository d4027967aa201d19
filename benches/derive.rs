//! How fast facts become findings. Targets: a death case of twelve events in at most 5 µs without JSON, and `keshirim derive`
//! at 100,000 lines a second or more.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use keshirim::cli::derive::run;
use keshirim::config::CalendarFile;
use keshirim::law::{derive, facts, wire};

/// A death case with a moratorium: twelve events from the entry into force to a petition after the lifting.
const CASE: &str = r#"{"id":"b","sentence":"death","as_of":"2006-06-01","events":[
{"type":"verdict_in_force","date":"2003-03-14"},{"type":"verdict_copy_handed","date":"2003-03-20"},
{"type":"petition_accepted","date":"2003-05-05"},{"type":"forwarded","date":"2003-05-08"},
{"type":"received_by_administration","date":"2003-05-12"},{"type":"dispatched_to_supreme_court","date":"2003-05-20"},
{"type":"dispatched_to_prosecutor_general","date":"2003-05-20"},{"type":"conclusion_supreme_court","date":"2003-06-10"},
{"type":"rejection_decree","date":"2003-10-10"},{"type":"moratorium_declared","date":"2003-12-17"},
{"type":"moratorium_lifted","date":"2006-03-01"},{"type":"petition_accepted","date":"2006-04-10"}]}"#;

/// Lines in one call of the command.
const LINES: usize = 20_000;

fn benches(criterion: &mut Criterion) {
    let calendar = CalendarFile::shipped().calendar();
    let line = CASE.replace('\n', "");
    let facts = facts::read(&line).expect("the case is well written");
    assert_eq!(facts.timeline.events.len(), 12);

    criterion.bench_function("derive a death case of 12 events", |b| {
        b.iter(|| derive(black_box(&facts.timeline), &calendar, &facts.question));
    });
    criterion.bench_function("read the facts of one line", |b| b.iter(|| facts::read(black_box(&line))));
    let findings = derive(&facts.timeline, &calendar, &facts.question);
    criterion.bench_function("write the findings of one line", |b| {
        b.iter(|| serde_json::to_vec(&wire::Answer { id: facts.id, findings: black_box(&findings) }));
    });

    let lines = format!("{line}\n").repeat(LINES);
    let mut group = criterion.benchmark_group("keshirim derive");
    group.throughput(Throughput::Elements(LINES as u64)).sample_size(20);
    group.bench_function("lines in and out, every core", |b| {
        b.iter(|| run(black_box(lines.as_bytes()), std::io::sink(), &calendar));
    });
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);
