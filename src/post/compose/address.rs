//! Who hears: offices by the ladder, people by today's directory.

use std::collections::BTreeSet;

use super::matter::Matter;
use super::write::alert_row;
use super::{ComposeError, Desk};
use crate::alert::Party;
use crate::offices::{Finding, Recipient};
use crate::register;
use crate::store::Tx;

/// One official who hears of one matter, and why.
#[derive(Debug)]
pub(super) struct Hearing {
    pub(super) matter: usize,
    /// The offices asked for that lead to this official; the alert is kept under each.
    pub(super) offices: Vec<String>,
    pub(super) recipient: Recipient,
    pub(super) as_superior_of: Option<String>,
    /// The working body hears of another office's act.
    pub(super) for_information: bool,
}

/// A notice to the operators: code and detail.
pub(super) type Notice = (&'static str, String);

/// Who hears, and whom the directory does not reach.
#[derive(Debug, Default)]
pub(super) struct Addressed {
    pub(super) hearings: Vec<Hearing>,
    /// Matters of which an office cannot be told today.
    pub(super) unreached: BTreeSet<usize>,
    pub(super) notices: BTreeSet<Notice>,
}

/// Who hears of each matter: offices by the ladder, people by today's directory. What was decided before is left out.
pub(super) async fn address(desk: &Desk<'_>, matters: &[Matter]) -> Result<Addressed, ComposeError> {
    let mut tx = desk.store.snapshot().await?;
    let mut addressed = Addressed::default();
    for (position, matter) in matters.iter().enumerate() {
        if matter.is_undecided() {
            addressed.notices.insert(("actor_undecided", matter.row.case_number.clone()));
        }
        for party in matter.audience() {
            for (office, as_superior_of) in offices(&mut tx, desk, matter, &party).await? {
                if tx.is_decided(&alert_row(matter, &office, None, desk.now)).await? {
                    continue;
                }
                let people = desk.directory.recipients(&office, today(desk, &office));
                addressed.notices.extend(people.findings.iter().filter_map(|finding| notice(finding)));
                if people.to.is_empty() {
                    addressed.unreached.insert(position);
                }
                let owes = matter.row.actor.as_deref();
                let here = people.to.into_iter().map(|recipient| Hearing {
                    matter: position,
                    offices: vec![office.clone()],
                    recipient,
                    as_superior_of: as_superior_of.clone(),
                    // Where nobody is named yet, it is the working body's to ask.
                    for_information: office == "working_body" && owes.is_some_and(|actor| actor != "working_body"),
                });
                addressed.hearings.extend(here);
            }
        }
    }
    Ok(addressed)
}

/// The offices that a party means.
async fn offices(
    tx: &mut Tx,
    desk: &Desk<'_>,
    matter: &Matter,
    party: &Party,
) -> Result<Vec<(String, Option<String>)>, ComposeError> {
    let row = &matter.row;
    Ok(match party {
        Party::Office(office) => vec![(office.clone(), None)],
        Party::SuperiorOf(office) => {
            let superior = desk.directory.office(office).and_then(|o| o.superior.clone());
            superior.map(|superior| vec![(superior, Some(office.clone()))]).unwrap_or_default()
        }
        Party::AllTold => {
            let taken_along = matter.found().is_some_and(|deadline| !deadline.superseded.is_empty());
            let start_key = if taken_along { "" } else { row.start_key.as_str() };
            let told = tx.offices_told(&row.case_number, &row.rule, start_key, &row.subject).await?;
            told.into_iter().map(|office| (office, None)).collect()
        }
    })
}

pub(super) fn today(desk: &Desk<'_>, office: &str) -> chrono::NaiveDate {
    let zone = desk.directory.office(office).map_or(register::DEFAULT_ZONE, |office| office.zone);
    desk.now.with_timezone(&zone).date_naive()
}

/// What the operators hear of a finding in the directory.
pub(super) fn notice(finding: &Finding) -> Option<Notice> {
    Some(match finding {
        Finding::UnknownOffice { office } => ("office_unknown", office.clone()),
        Finding::WithoutAddress { office }
        | Finding::BadAddress { office, .. }
        | Finding::NobodyReachable { office, .. } => ("address_missing", office.clone()),
        Finding::WentToSuperior { office, .. } => ("nobody_reachable", office.clone()),
        _ => return None,
    })
}
