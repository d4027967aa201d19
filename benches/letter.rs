//! How long one letter takes from its data to its MIME bytes. Target: at most 100 µs.

mod sample;

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use keshirim::letter::{Texts, render};

fn benches(criterion: &mut Criterion) {
    let texts = Texts::embedded().expect("the embedded texts are well written");
    criterion.bench_function("compose, render and wrap one letter", |b| {
        b.iter(|| render(&sample::letter(black_box("L-7Q2M4K9XWA")), &texts));
    });
}

criterion_group!(all, benches);
criterion_main!(all);
