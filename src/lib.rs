//! Keshirim (кешірім: pardon) keeps the deadlines of the pardon decree: it stores each case as a timeline of dated events, derives
//! every deadline from it by the decree's own words, and writes to the officials responsible before it is too late.
//!
//! # The map
//!
//! ```text
//! keshirim record / import  ─▶ register::intake     ONE WAY IN, one transaction
//!    lock the case → append the event (hash-chained) → read the timeline
//!    → law::derive (pure) → alert::plan (pure) → save deadlines, each with its next alert → commit
//!
//! every second ▶ post::compose    due deadlines → one letter an official → outbox, next rungs: one transaction
//! every second ▶ post::dispatch   ONE WAY OUT: claim → send → settle; no transaction is open while mail is sent
//! every minute ▶ register::replan what a new day (or a new calendar) changed is derived anew
//! every hour ▶ auditor            expected (from the events) = accepted? then the heartbeat; every morning the operators' letter
//! ```
//!
//! # One event, followed through the house
//!
//! 1. A registrar types `keshirim record 2026-0147 petition_accepted --on 2026-11-20`. [`cli`] reads the words and opens the
//!    register that [`config`] names; the person is the system's user.
//! 2. [`register::intake`] locks the case by counting its revision, reads it, refuses the impossible, questions the unlikely, and
//!    seals the event into the case's hash chain ([`register::chain`]).
//! 3. [`register::assemble`] turns the entries into a [`law::timeline::Timeline`], nation-wide events merged in, corrections
//!    applied, what still waits for a second person marked.
//! 4. [`law::derive()`] answers with [`law::finding::Findings`]: `P11.FORWARD`, a duty of seven days (paragraph 11), shown on
//!    27 November, its warning at the latest on the last working day before.
//! 5. [`alert::plan`] says when the office hears of it first: after the minute in which notices are grouped.
//!    [`register::save`] writes the event and the deadline with that instant in one go, and the transaction commits: both, or neither.
//! 6. Within a second [`app`] is woken by its metronome ([`schedule`]); [`post::compose`] finds the row due, derives the case once
//!    more, asks [`offices`] who is behind the office today, lets [`letter::render`] write the letter in that office's language,
//!    and puts it into the outbox with the next rung planned.
//! 7. [`post::dispatch`] claims the letter, hands its bytes to [`post::smtp`] (or [`post::maildir`]), and settles the one exact
//!    verdict with a receipt. Where it is refused, or comes back ([`post::bounce`]), somebody else hears of it at the next tick.
//! 8. The reader presses the button behind the letter's link ([`post::ack_link`], `http::ack`): [`post::acknowledge`] notes it, and he
//!    is spared the countdown. If nobody of the office does, the superior hears one working day before the end.
//! 9. The next letters follow by themselves, up the ladder, until `forwarded` is recorded: then a closing line goes to everyone
//!    who was told, and silence.
//!
//! # Reading order
//!
//! [`law`] (pure) → [`alert`] (pure) → [`letter`] (pure) → [`offices`] (pure) → [`store`] → [`register`] → [`post`] → [`auditor`] → [`schedule`],
//! [`http`] → [`app`] → [`cli`]. Dependencies point the other way: from [`cli`] down to [`law`], never up.
//!
//! # What is absent (each is a test in `tests/it/architecture.rs`)
//!
//! 1. `law`, `alert`, `letter`, `offices` name no database, no runtime, no web server, no file, no environment, no clock.
//! 2. Only [`clock`] reads the time; only [`config`] the environment; only [`store`] names sqlx; only [`post::smtp`] and
//!    [`letter`] name lettre; only [`schedule`] names tokio-cron-scheduler; only [`post::report`] names mail-parser; only
//!    [`auditor::heartbeat`] names hyper.
//! 3. One way in, one way out: nothing but [`register::intake`] (and [`register::import`], through it) writes events, nothing but
//!    [`post::dispatch`] sends.
//! 4. Every deadline carries its paragraph and its words; every letter quotes them.
//! 5. No boolean, status or sentence anywhere says that a death sentence may be carried out.

pub mod alert;
pub mod app;
pub mod auditor;
pub mod cli;
pub mod clock;
pub mod config;
pub mod http;
pub mod law;
pub mod letter;
pub mod offices;
pub mod post;
pub mod register;
pub mod schedule;
pub mod store;

/// Not the C library's: on its locks threads that hand rows to each other wait for each other (an import took half as long again), and
/// what a busy hour needed it keeps for ever. SQLite goes on using that one: were it replaced for C, too, libfaketime, under which the
/// daemon is tested, would hang.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;
