//! Writes a realistic register as JSON Lines for `keshirim import`: not a benchmark by itself, but what `tests/scale` measures with.
//!
//! ```text
//! cargo bench --bench register -- 10000 --seed 7 > register.jsonl
//! cargo bench --bench register -- 10000 --output register.jsonl --summary
//!
//! CASES            how many
//! --seed N         another register of the same kind (default 1)
//! --until DATE     the last day on which anything has happened (default 2026-11-20); must not lie ahead of the day of the import
//! --shuffled       lines of many cases among each other, each case's own in their order (default: case by case, as an export)
//! --all-open       no case is closed
//! --output FILE    instead of standard output
//! --summary        what it is made of, on standard error
//! ```
//!
//! With other words it measures what such a register costs: see [`measured`].
//!
//! Five to fifteen events a case beyond its opening, petitions of twelve years, one case in a hundred a death sentence under the
//! moratorium (the first line): see [`generator`]. The same arguments give the same octets. Memory does not grow with the cases.

mod generator;
mod measured;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};

use anyhow::{Context, Result, bail};
use chrono::NaiveDate;
use generator::{Case, Days, Plan, Sentence};

/// Cases whose lines are mixed by `--shuffled`.
const MIXED_CASES: usize = 4_096;
/// Octets gathered before they are written.
const WRITE_OCTETS: usize = 1 << 18;
/// The first line: the moratorium of 2003, under which the death cases stand.
const MORATORIUM: &str = "{\"event\":\"moratorium_declared\",\"date\":\"2003-12-19\",\"fields\":{\"act\":\"Decree No 1251 of 19 December 2003\"}}\n";

/// What was asked for on the command line.
struct Wanted {
    plan: Plan,
    shuffled: bool,
    summary: bool,
    output: Option<String>,
}

fn main() -> Result<()> {
    // `cargo bench` adds --bench.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if let Some(figures) = measured::measure(&words)? {
        writeln!(io::stdout(), "{figures}")?;
        return Ok(());
    }
    let Some(wanted) = read(&arguments)? else {
        // `cargo bench` runs every benchmark; without a number there is nothing to write.
        writeln!(io::stdout(), "how many cases? See the head of benches/register.rs")?;
        return Ok(());
    };
    let out: Box<dyn Write> = match &wanted.output {
        Some(file) => Box::new(File::create(file).with_context(|| format!("cannot write {file}"))?),
        None => Box::new(io::stdout().lock()),
    };
    let mut lines = Lines {
        out: BufWriter::with_capacity(0, out),
        text: String::with_capacity(WRITE_OCTETS + 1_000),
        days: Days::until(wanted.plan.until),
        tally: wanted.summary.then(Tally::default),
    };
    lines.text.push_str(MORATORIUM);
    let written = if wanted.shuffled { lines.shuffled(&wanted.plan) } else { lines.in_order(&wanted.plan) };
    match written.and_then(|()| lines.flush()) {
        // Whoever reads has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
        other => other.context("the register cannot be written")?,
    }
    if let Some(tally) = &lines.tally {
        tally.print()?;
    }
    Ok(())
}

fn read(arguments: &[String]) -> Result<Option<Wanted>> {
    let until = NaiveDate::from_ymd_opt(2026, 11, 20).context("a real day")?;
    let plan = Plan { cases: 0, seed: 1, until, all_open: false };
    let mut wanted = Wanted { plan, shuffled: false, summary: false, output: None };
    let mut cases = None;
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let mut value = || words.next().with_context(|| format!("{word} needs a value"));
        match word.as_str() {
            "--seed" => wanted.plan.seed = value()?.parse().context("--seed needs a number")?,
            "--until" => wanted.plan.until = value()?.parse().context("--until needs a day as YYYY-MM-DD")?,
            "--output" => wanted.output = Some(value()?.clone()),
            "--shuffled" => wanted.shuffled = true,
            "--all-open" => wanted.plan.all_open = true,
            "--summary" => wanted.summary = true,
            number if cases.is_none() && !number.starts_with('-') => {
                cases = Some(number.parse().with_context(|| format!("{number:?} is no number of cases"))?);
            }
            other => bail!("{other:?} is not known; see the head of benches/register.rs"),
        }
    }
    Ok(cases.map(|cases| {
        wanted.plan.cases = cases;
        wanted
    }))
}

/// The lines on their way out.
struct Lines {
    out: BufWriter<Box<dyn Write>>,
    text: String,
    days: Days,
    tally: Option<Tally>,
}

/// A case of which some lines are still to be written.
struct Begun {
    case: Case,
    next: usize,
}

impl Lines {
    fn in_order(&mut self, plan: &Plan) -> io::Result<()> {
        for serial in 1..=plan.cases {
            let case = plan.case(serial);
            self.open(&case)?;
            for at in 0..case.events.len() {
                self.tell(&case, at)?;
            }
        }
        Ok(())
    }

    /// Keeps [`MIXED_CASES`] cases at hand and takes the next line of any of them.
    fn shuffled(&mut self, plan: &Plan) -> io::Result<()> {
        let mut coming = 1..=plan.cases;
        let mut begun: Vec<Begun> = Vec::with_capacity(MIXED_CASES);
        let mut choice = plan.seed | 1;
        loop {
            while begun.len() < MIXED_CASES
                && let Some(serial) = coming.next()
            {
                let case = plan.case(serial);
                self.open(&case)?;
                begun.push(Begun { case, next: 0 });
            }
            if begun.is_empty() {
                return Ok(());
            }
            // Xorshift: enough to mix lines.
            choice ^= choice << 13;
            choice ^= choice >> 7;
            choice ^= choice << 17;
            let at = usize::try_from(choice % begun.len() as u64).unwrap_or(0);
            let Begun { case, next } = &mut begun[at];
            generator::told(&mut self.text, &self.days, &case.opening, &case.events, *next);
            *next += 1;
            if *next == case.events.len() {
                begun.swap_remove(at);
            }
            self.spill()?;
        }
    }

    fn open(&mut self, case: &Case) -> io::Result<()> {
        if let Some(tally) = &mut self.tally {
            tally.count(case);
        }
        generator::opening(&mut self.text, &case.opening);
        self.spill()
    }

    fn tell(&mut self, case: &Case, at: usize) -> io::Result<()> {
        generator::told(&mut self.text, &self.days, &case.opening, &case.events, at);
        self.spill()
    }

    fn spill(&mut self) -> io::Result<()> {
        if self.text.len() >= WRITE_OCTETS {
            self.out.write_all(self.text.as_bytes())?;
            self.text.clear();
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.write_all(self.text.as_bytes())?;
        self.out.flush()
    }
}

/// What a register is made of.
#[derive(Default)]
struct Tally {
    cases: u64,
    deaths: u64,
    closed: u64,
    events: u64,
    kinds: BTreeMap<&'static str, u64>,
    lengths: BTreeMap<usize, u64>,
}

impl Tally {
    fn count(&mut self, case: &Case) {
        self.cases += 1;
        self.deaths += u64::from(case.opening.sentence == Sentence::Death);
        self.closed += u64::from(case.events.iter().any(|event| event.kind.closes()));
        self.events += case.events.len() as u64;
        *self.lengths.entry(case.events.len()).or_default() += 1;
        for event in &case.events {
            *self.kinds.entry(event.kind.as_str()).or_default() += 1;
        }
    }

    fn print(&self) -> io::Result<()> {
        let mut err = io::stderr().lock();
        #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
        let mean = self.events as f64 / self.cases.max(1) as f64;
        writeln!(
            err,
            "{} cases ({} death, {} closed), {} events, {mean:.1} a case",
            self.cases, self.deaths, self.closed, self.events
        )?;
        for (length, cases) in &self.lengths {
            writeln!(err, "  {length:>2} events: {cases} cases")?;
        }
        for (kind, events) in &self.kinds {
            writeln!(err, "  {kind}: {events}")?;
        }
        Ok(())
    }
}
