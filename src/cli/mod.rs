//! The command line: one file per family of commands. A new command is one line in `Command` and one in `carry_out`.
//!
//! Answers go to the standard output (for people, or JSON with `--json`), errors to the standard error as one sentence, and the
//! exit status is 0 = done, 1 = refused or failed, 2 = wrong usage; `bounce` alone, which a mail server runs, also has 75 = try later.

mod bounce;
mod bulk;
mod case;
mod check;
pub mod context;
mod deadlines;
mod demo;
mod demo_register;
pub mod derive;
mod explain;
mod ics;
mod law;
mod letters;
mod offices;
pub mod print;
mod record;
mod serve;
mod token;

use std::ffi::OsString;
use std::io::{BufWriter, ErrorKind, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::clock::Clock;
use context::Context;
use print::Print;

/// Done.
pub const DONE: u8 = 0;
/// Refused or failed.
pub const REFUSED: u8 = 1;
/// Wrong usage.
pub const USAGE: u8 = 2;
/// `EX_TEMPFAIL` of sysexits.h: the mail server that piped a mail to `bounce` keeps it and tries again.
pub const TRY_LATER: u8 = 75;

/// Keeps the deadlines of the pardon decree, and writes to the officials responsible before it is too late.
#[derive(Debug, Parser)]
#[command(name = "keshirim", version, arg_required_else_help = true, max_term_width = 100)]
struct Arguments {
    /// Configuration file [default: `$KESHIRIM_CONFIG`, then /etc/keshirim/keshirim.toml, then the built-in defaults]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Answer in JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The whole service with a sample register and a capture mailbox; Ctrl-C ends it
    Demo(demo::Demo),
    /// The daemon
    Serve,
    /// Check configuration, offices, calendar, store, clock and mail relay
    Check(check::Check),
    /// Open, list, show and close register entries
    #[command(subcommand)]
    Case(case::Command),
    /// Record one event
    Record(record::Record),
    /// Correct the day of an event; the old entry stays visible, struck
    Correct(record::Correct),
    /// Strike an entry; it stays visible
    Retract(record::Retract),
    /// List the entries that wait for a second person
    Pending,
    /// Confirm an entry that another person made
    Confirm(record::Confirm),
    /// List deadlines
    Deadlines(deadlines::Deadlines),
    /// Explain step by step how a deadline of a case was found
    Explain(explain::Explain),
    /// The regulation as modelled: every paragraph, its words, its rule or why it sets no term
    Law(law::Law),
    /// What was sent, to whom, when, with which verdict
    #[command(subcommand)]
    Letters(letters::Command),
    /// Read one mail that came back: the local mail server pipes them here
    Bounce(bounce::Bounce),
    /// Who is written to today for each office, and which addresses do not work
    Offices(offices::Offices),
    /// Derive findings from facts, without a register: JSON Lines in, JSON Lines out
    Derive(derive::Arguments),
    /// Take cases and events from a CSV or JSON Lines file, all or nothing
    Import(bulk::Import),
    /// Write the whole register as JSON Lines that `import` reads
    Export,
    /// Derive every open case anew
    Replan(bulk::Replan),
    /// Check the hash chains, and a seal
    Verify(bulk::Verify),
    /// Make, list and revoke the tokens with which HTTP is used
    #[command(subcommand)]
    Token(token::Command),
}

async fn carry_out(command: Command, context: &mut Context) -> Result<u8> {
    match command {
        Command::Demo(arguments) => demo::run(arguments, context).await,
        Command::Serve => serve::run(context).await,
        Command::Check(arguments) => check::run(arguments, context).await,
        Command::Explain(arguments) => explain::run(arguments, context).await,
        Command::Letters(command) => letters::run(command, context).await,
        Command::Bounce(arguments) => bounce::run(&arguments, context).await,
        Command::Offices(arguments) => offices::run(arguments, context).await,
        Command::Law(arguments) => law::run(&arguments, context),
        Command::Case(command) => case::run(command, context).await,
        Command::Record(arguments) => record::record(arguments, context).await,
        Command::Correct(arguments) => record::correct(arguments, context).await,
        Command::Retract(arguments) => record::retract(arguments, context).await,
        Command::Pending => record::pending(context).await,
        Command::Confirm(arguments) => record::confirm(arguments, context).await,
        Command::Deadlines(arguments) => deadlines::run(arguments, context).await,
        Command::Derive(arguments) => derive::command(&arguments, context),
        Command::Import(arguments) => bulk::import(arguments, context).await,
        Command::Export => bulk::export(context).await,
        Command::Replan(arguments) => bulk::replan(arguments, context).await,
        Command::Verify(arguments) => bulk::verify(arguments, context).await,
        Command::Token(command) => token::run(command, context).await,
    }
}

/// The surroundings of a run: a test gives its own.
pub struct Surroundings {
    /// The time.
    pub clock: Clock,
    /// Who runs the command; none asks the system.
    pub who: Option<String>,
    /// The standard output.
    pub output: Box<dyn Write + Send>,
    /// The standard error.
    pub errors: Box<dyn Write + Send>,
}

/// Entry point of the binary.
pub fn main() -> ExitCode {
    let output: Box<dyn Write + Send> = Box::new(BufWriter::new(std::io::stdout()));
    let errors = Box::new(std::io::stderr());
    let surroundings = Surroundings { clock: Clock::System, who: None, output, errors };
    ExitCode::from(run(std::env::args_os(), surroundings))
}

/// Runs one command; yields the exit status.
pub fn run(arguments: impl IntoIterator<Item = OsString>, mut surroundings: Surroundings) -> u8 {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // `--help` and `--version` are answers; everything else is wrong usage.
            let (to, status) =
                if error.use_stderr() { (&mut surroundings.errors, USAGE) } else { (&mut surroundings.output, DONE) };
            let written = write!(to, "{}", error.render()).and_then(|()| to.flush());
            return if written.is_ok() { status } else { REFUSED };
        }
    };
    let mut context = Context {
        config: arguments.config,
        print: Print::new(arguments.json, surroundings.output),
        clock: surroundings.clock,
        who: surroundings.who,
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return complain(&mut surroundings.errors, &error.into()),
    };
    let done = runtime.block_on(carry_out(arguments.command, &mut context));
    match done.and_then(|status| Ok(context.print.flush().map(|()| status)?)) {
        Ok(status) => status,
        Err(error) => complain(&mut surroundings.errors, &error),
    }
}

/// An error with its causes, each said once: many causes repeat the words of what caused them.
fn sentence(error: &anyhow::Error) -> String {
    let mut said = String::new();
    for cause in error.chain().map(ToString::to_string).filter(|cause| !cause.is_empty()) {
        if said.is_empty() {
            said = cause;
        } else if !said.contains(&cause) {
            said = format!("{said}: {cause}");
        }
    }
    said
}

/// Says what went wrong, in one sentence; who closed the pipe (`| head`) has heard enough.
fn complain(errors: &mut dyn Write, error: &anyhow::Error) -> u8 {
    let closed = |cause: &std::io::Error| cause.kind() == ErrorKind::BrokenPipe;
    if error.chain().any(|cause| cause.downcast_ref().is_some_and(closed)) {
        return DONE;
    }
    // Where even the standard error is closed, the status must do.
    let _ = writeln!(errors, "keshirim: {}", sentence(error));
    if error.is::<bounce::TryLater>() { TRY_LATER } else { REFUSED }
}
