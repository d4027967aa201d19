//! From due deadlines to letters in the outbox.
//!
//! [`tick`] is the whole story, and each step has its file: due → judge (each case derived once, as it stands now: [`matter`]) →
//! address (who hears, by today's directory) → group (one letter an official, the urgent ones alone) → draft (rendered) → write
//! (letters, alerts and next rungs in one transaction), and what the operators must hear. Before it, what did not arrive is passed
//! on ([`follow_up`]), and whoever stands at an address that does not work is taken out of the directory. Nothing is sent here.

mod address;
mod draft;
mod follow_up;
mod group;
mod hand_over;
pub mod matter;
mod operators;
mod write;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::alert::Context;
use crate::config::Config;
use crate::law::calendar::Calendar;
use crate::letter::{LetterError, Texts};
use crate::offices::Directory;
use crate::post::ack_link::AckLinks;
use crate::register::policy::Policies;
use crate::register::query::At;
use crate::register::save::held_in;
use crate::register::{self, Registrar};
use crate::store::{self, Instant, Store};
use address::{Addressed, address};
use draft::letter;
pub(crate) use draft::{addressed, letter_id, queued};
use group::group;
pub use hand_over::hand_over;
use matter::{Case, Matter};
use write::write;

/// Deadlines composed in one go: whoever has more due letters hears of the rest at the next tick.
pub const DEADLINES_PER_TICK_MAX: i64 = 2_000;

/// The name under which the daemon reads the register.
const WHO: &str = "keshirim";

/// What composing needs at hand.
#[derive(Clone, Copy, Debug)]
pub struct Desk<'a> {
    /// The register.
    pub store: &'a Store,
    /// Who is behind each office.
    pub directory: &'a Directory,
    /// Working days.
    pub calendar: &'a Calendar,
    /// Ladders, grouping, names of the sender.
    pub config: &'a Config,
    /// The texts of letters.
    pub texts: &'a Texts,
    /// The links with which letters are acknowledged.
    pub links: &'a AckLinks,
    /// The instant it is.
    pub now: DateTime<Utc>,
}

/// What a tick came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Composed {
    /// Deadlines whose alert was due.
    pub deadlines: usize,
    /// Letters put into the outbox.
    pub letters: usize,
    /// Whether more are due.
    pub more: bool,
}

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    /// The database.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The register.
    #[error(transparent)]
    Register(#[from] register::Error),
    /// A letter cannot be rendered: a defect of texts or code, never of the moment.
    #[error("a letter cannot be rendered: {0}")]
    Letter(#[from] LetterError),
}

/// Composes every letter that is due.
pub async fn tick(desk: &Desk<'_>) -> Result<Composed, ComposeError> {
    let waiting = follow_up::waiting(desk).await?;
    let desk = &Desk { directory: &waiting.directory, ..*desk };
    let passed_on = follow_up::follow_up(desk, &waiting).await?;
    let due = due(desk).await?;
    if due.is_empty() {
        return Ok(Composed { letters: passed_on, ..Composed::default() });
    }
    let more = i64::try_from(due.len()).is_ok_and(|count| count == DEADLINES_PER_TICK_MAX);
    let matters = judge(desk, due).await?;
    let addressed = address(desk, &matters).await?;
    let Addressed { hearings, mut unreached, mut notices } = addressed;
    let bundles = group(desk, &matters, hearings).await?;
    // One letter that cannot be rendered must not silence all the others.
    let mut drafts = Vec::with_capacity(bundles.len());
    for bundle in bundles {
        match letter(desk, &matters, &bundle) {
            Ok(row) => drafts.push((bundle, row)),
            Err(error) => {
                tracing::error!(%error, "a letter cannot be rendered: the operators are told, and it is tried again");
                unreached.extend(bundle.hearings.iter().map(|hearing| hearing.matter));
                let cases = bundle.hearings.iter().map(|hearing| matters[hearing.matter].row.case_number.clone());
                notices.extend(cases.map(|case| ("letter_failed", case)));
            }
        }
    }
    let letters = write(desk, &matters, drafts, &unreached, &notices).await?;
    Ok(Composed { deadlines: matters.len(), letters: passed_on + letters, more })
}

/// Puts notices to the operators into the outbox, once a day each; yields how many letters that makes.
pub async fn notify(desk: &Desk<'_>, notices: &BTreeSet<(&'static str, String)>) -> Result<usize, ComposeError> {
    let mut tx = desk.store.begin().await?;
    let letters = operators::tell_operators(desk, &mut tx, notices, Instant::new(desk.now)).await?;
    tx.commit().await?;
    Ok(letters)
}

/// Every deadline whose alert is due: "due and not done", never a window of time.
async fn due(desk: &Desk<'_>) -> Result<Vec<store::DeadlineRow>, ComposeError> {
    let mut tx = desk.store.snapshot().await?;
    Ok(tx.due_deadlines(Instant::new(desk.now), DEADLINES_PER_TICK_MAX).await?)
}

/// Derives each case once, as it stands now, and says of each due deadline which rung is told.
async fn judge(desk: &Desk<'_>, due: Vec<store::DeadlineRow>) -> Result<Vec<Matter>, ComposeError> {
    judged(desk, due, Matter::judge).await
}

/// The same of rows that nothing is planned for now: what a letter says of them as they stand.
async fn judge_as_they_stand(desk: &Desk<'_>, rows: Vec<store::DeadlineRow>) -> Result<Vec<Matter>, ComposeError> {
    judged(desk, rows, Matter::as_it_stands).await
}

async fn judged(
    desk: &Desk<'_>,
    due: Vec<store::DeadlineRow>,
    how: fn(store::DeadlineRow, &Arc<Case>, &Context<'_>) -> Matter,
) -> Result<Vec<Matter>, ComposeError> {
    let registrar =
        Registrar { store: desk.store, calendar: desk.calendar, config: desk.config, who: WHO, now: desk.now };
    let mut cases: HashMap<String, Arc<Case>> = HashMap::new();
    let policies = Policies::read(&mut desk.store.snapshot().await?, &desk.config.ladder, &due).await?;
    let mut matters = Vec::with_capacity(due.len());
    for row in due {
        if !cases.contains_key(&row.case_number) {
            let derived = match registrar.derived(&row.case_number, At::default()).await {
                Ok(derived) => derived,
                // The database is away: nothing can be composed. Anything else is wrong with this one case, and the others
                // must not wait for it.
                Err(register::Error::Store(error)) => return Err(error.into()),
                Err(error) => {
                    tracing::error!(case = row.case_number, %error, "a case cannot be derived: its letters are not composed");
                    continue;
                }
            };
            let Some((assembled, findings)) = derived else { continue };
            let today = registrar.today(assembled.timeline.zone);
            let held = held_in(&assembled.timeline, today);
            let case = Case { assembled, findings, institution: held, today };
            cases.insert(row.case_number.clone(), Arc::new(case));
        }
        let case = &cases[&row.case_number];
        let planning = registrar.planning(case.assembled.timeline.zone);
        let context = Context { ladders: policies.ladders(row.policy.as_deref()), ..planning };
        matters.push(how(row, case, &context));
    }
    Ok(matters)
}
