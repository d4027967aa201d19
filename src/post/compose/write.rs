//! Letters, alerts and next rungs into the register, in one transaction.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::address::Notice;
use super::draft::letter;
use super::group::Bundle;
use super::matter::Matter;
use super::operators::tell_operators;
use super::{ComposeError, Desk, WHO};
use crate::alert::{Planned, Rung};
use crate::register::Registrar;
use crate::store::{AlertRow, Instant, LetterRow, Tx};

/// Letters, alerts and next rungs: all of it, or nothing.
pub(super) async fn write(
    desk: &Desk<'_>,
    matters: &[Matter],
    drafts: Vec<(Bundle, LetterRow)>,
    unreached: &BTreeSet<usize>,
    notices: &BTreeSet<Notice>,
) -> Result<usize, ComposeError> {
    let now = Instant::new(desk.now);
    let told: BTreeSet<usize> = drafts.iter().flat_map(|(bundle, _)| &bundle.hearings).map(|h| h.matter).collect();
    let mut tx = desk.store.begin_beside().await?;
    let mut moved_on = vec![false; matters.len()];
    for (position, matter) in in_order(matters) {
        let again = unreached.contains(&position).then(|| try_again(desk, matter)).flatten();
        moved_on[position] = advance(&mut tx, matter, told.contains(&position), again).await?;
    }
    let mut letters = 0;
    for (mut bundle, mut row) in drafts {
        // An entry between reading and writing planned it anew: the next tick tells the newest.
        let drafted = bundle.hearings.len();
        bundle.hearings.retain(|hearing| moved_on[hearing.matter]);
        if bundle.hearings.is_empty() {
            continue;
        }
        if bundle.hearings.len() < drafted {
            row = letter(desk, matters, &bundle)?;
        }
        tx.insert_letter(&row).await?;
        for hearing in &bundle.hearings {
            for alert in &hearing.alerts {
                tx.insert_alert(&AlertRow { letter_id: Some(row.letter_id.clone()), ..alert.clone() }).await?;
            }
        }
        letters += 1;
    }
    letters += tell_operators(desk, &mut tx, notices, now).await?;
    tx.commit().await?;
    Ok(letters)
}

/// Each with its position, in the order in which whoever records in a case locks its deadlines
/// ([`Store::begin_in_case`](crate::store::Store::begin_in_case)): in different orders each could wait for the other for ever.
fn in_order(matters: &[Matter]) -> Vec<(usize, &Matter)> {
    let mut all: Vec<_> = matters.iter().enumerate().collect();
    all.sort_by_key(|(_, matter)| matter.row.natural_key());
    all
}

/// When an office that could not be told today is tried again: on the next morning, until the directory names somebody. Those
/// who were told are not told twice. A closing line is not worth it: nothing is to be done any more.
fn try_again(desk: &Desk<'_>, matter: &Matter) -> Option<Planned> {
    let registrar =
        Registrar { store: desk.store, calendar: desk.calendar, config: desk.config, who: WHO, now: desk.now };
    let at = registrar.planning(matter.case.assembled.timeline.zone).next_morning();
    (matter.rung != Rung::Closed).then_some(Planned { at, rung: matter.planned.rung })
}

/// Moves a deadline to its next rung, or to `again` where that comes first; false if it was planned anew since it was read.
async fn advance(tx: &mut Tx, matter: &Matter, told: bool, again: Option<Planned>) -> Result<bool, ComposeError> {
    let next = match (&matter.next, &again) {
        // On one morning the rung says more than a repetition; a notice takes the rung of the day along.
        (Some(next), Some(again)) if next.at < again.at || next.at == again.at && !again.rung.is_notice() => Some(next),
        (next, None) => next.as_ref(),
        (_, again) => again.as_ref(),
    };
    let key = next.map(|planned| (Instant::new(planned.at), planned.rung.key()));
    let next = key.as_ref().map(|(at, rung)| (*at, rung.as_str()));
    let told = told.then_some(matter.row.watched_by);
    Ok(tx.advance_alert(&matter.row, next, told).await?)
}

/// What is decided: that an office hears of a matter on a rung. No letter says it yet.
pub(super) fn alert_row(matter: &Matter, rung_key: &str, office: &str, now: DateTime<Utc>) -> AlertRow {
    let row = &matter.row;
    AlertRow {
        case_number: row.case_number.clone(),
        rule: row.rule.clone(),
        start_key: row.start_key.clone(),
        subject: row.subject.clone(),
        about: matter.about(),
        rung: rung_key.to_owned(),
        office: office.to_owned(),
        letter_id: None,
        decided_at: Instant::new(now),
    }
}
