//! Which matters go into one letter, and which travel alone.

use std::collections::BTreeMap;

use super::address::{Hearing, Why};
use super::matter::Matter;
use super::{ComposeError, Desk};
use crate::alert::Rung;
use crate::offices::Recipient;
use crate::store::Instant;

/// What one letter says, to whom.
#[derive(Debug)]
pub(super) struct Bundle {
    pub(super) recipient: Recipient,
    pub(super) hearings: Vec<Hearing>,
    pub(super) urgent: bool,
}

/// One letter an official; a last day and an overdue act travel alone, up to a number a day, then with the others.
pub(super) async fn group(
    desk: &Desk<'_>,
    matters: &[Matter],
    hearings: Vec<Hearing>,
) -> Result<Vec<Bundle>, ComposeError> {
    let mut by_address: BTreeMap<String, Vec<Hearing>> = BTreeMap::new();
    for hearing in hearings {
        let own = by_address.entry(hearing.recipient.address.clone()).or_default();
        // The same official hears of the same matter once, however many offices lead to him.
        match own.iter_mut().find(|other| other.matter == hearing.matter) {
            Some(other) => {
                // As one of those who were told, and as the office that owes it: that is one alert, and no copy of it.
                let new: Vec<_> = hearing.alerts.into_iter().filter(|alert| !other.alerts.contains(alert)).collect();
                other.alerts.extend(new);
                if as_superior(&hearing.why).is_some() {
                    other.why = hearing.why;
                }
            }
            None => own.push(hearing),
        }
    }
    let mut bundles = Vec::new();
    let mut tx = desk.store.snapshot().await?;
    for (address, mut own) in by_address {
        let zone = own[0].recipient.zone;
        let midnight = crate::law::timeline::day_begins(desk.now.with_timezone(&zone).date_naive(), zone);
        let sent = tx.urgent_letters_since(&address, Instant::new(midnight)).await?;
        let max = i64::from(desk.config.letters.alone_per_official_per_day_max);
        let mut alone = usize::try_from((max - sent).max(0)).unwrap_or(0);
        own.sort_by_key(|hearing| rank(&matters[hearing.matter]));
        // A deputy, a superior and the official himself are told different reasons: what a letter says of them holds for all of it.
        let mut together: Vec<Vec<Hearing>> = Vec::new();
        for hearing in own {
            if matters[hearing.matter].rung.is_urgent() && alone > 0 {
                alone -= 1;
                bundles.push(Bundle { recipient: hearing.recipient.clone(), hearings: vec![hearing], urgent: true });
            } else {
                let why = |hearing: &Hearing| (hearing.recipient.reached.clone(), as_superior(&hearing.why).cloned());
                match together.iter_mut().find(|others| why(&others[0]) == why(&hearing)) {
                    Some(others) => others.push(hearing),
                    None => together.push(vec![hearing]),
                }
            }
        }
        bundles.extend(together.into_iter().map(|hearings| Bundle {
            recipient: hearings[0].recipient.clone(),
            urgent: hearings.iter().any(|hearing| matters[hearing.matter].rung.is_urgent()),
            hearings,
        }));
    }
    Ok(bundles)
}

/// What a letter to a superior says of all its lines.
fn as_superior(why: &Why) -> Option<&Why> {
    Some(why).filter(|why| matches!(why, Why::SuperiorOf(_) | Why::Unacknowledged(_)))
}

/// The most overdue first, then the last day, then by day.
pub(super) fn rank(matter: &Matter) -> impl Ord + use<> {
    let order = match matter.rung {
        Rung::Overdue(_) => 0,
        Rung::LastDay => 1,
        _ => 2,
    };
    (order, matter.row.watched_by, matter.row.case_number.clone(), matter.row.rule.clone())
}
