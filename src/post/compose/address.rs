//! Who hears: offices by the ladder, people by today's directory; who has acknowledged, and whose superior hears that nobody did.

use std::collections::BTreeSet;

use super::matter::Matter;
use super::write::alert_row;
use super::{ComposeError, Desk};
use crate::alert::{self, Party};
use crate::law::timeline::day_begins;
use crate::offices::{Finding, Recipient};
use crate::register;
use crate::store::{AcknowledgementRow, AlertRow, Instant, Tx};

/// Why an official hears of a matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// It is the office's by the ladder.
    Office,
    /// The working body hears of another office's act.
    ForInformation,
    /// The superior hears that the act of an office is late.
    SuperiorOf(String),
    /// The superior hears that nobody of an office has acknowledged.
    Unacknowledged(String),
}

/// One official who hears of one matter, and why.
#[derive(Debug)]
pub(super) struct Hearing {
    pub(super) matter: usize,
    /// What is decided with it: one for each office asked for that leads to this official.
    pub(super) alerts: Vec<AlertRow>,
    pub(super) recipient: Recipient,
    pub(super) why: Why,
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
            for (office, why) in offices(&mut tx, desk, matter, &party).await? {
                let alert = alert_row(matter, &matter.rung_key(), &office, desk.now);
                addressed.hear(&mut tx, desk, matters, (position, alert, why)).await?;
            }
        }
        if matter.escalates {
            escalate(&mut tx, desk, matters, position, &mut addressed).await?;
        }
    }
    Ok(addressed)
}

impl Addressed {
    /// Adds everybody of the alert's office who can be written to, unless it was decided before.
    async fn hear(
        &mut self,
        tx: &mut Tx,
        desk: &Desk<'_>,
        matters: &[Matter],
        (position, alert, why): (usize, AlertRow, Why),
    ) -> Result<(), ComposeError> {
        if tx.is_decided(&alert).await? {
            return Ok(());
        }
        let mut people = desk.directory.recipients(&alert.office, today(desk, &alert.office));
        self.notices.extend(people.findings.iter().filter_map(|finding| notice(finding)));
        if people.to.is_empty() {
            self.unreached.insert(position);
        }
        let matter = &matters[position];
        // That nobody of another office has answered is no repeat of what he said he knows.
        if matter.spares_who_acknowledged && !matches!(why, Why::Unacknowledged(_)) {
            let given = tx.acknowledgements(&matter.row).await?;
            people.to.retain(|recipient| given.iter().all(|given| given.address != recipient.address));
        }
        let hearing =
            |recipient| Hearing { matter: position, alerts: vec![alert.clone()], recipient, why: why.clone() };
        self.hearings.extend(people.to.into_iter().map(hearing));
        Ok(())
    }
}

/// Nobody of the office has said that he knows, and the end is near: its superior hears, or the working body, or the operators.
async fn escalate(
    tx: &mut Tx,
    desk: &Desk<'_>,
    matters: &[Matter],
    position: usize,
    addressed: &mut Addressed,
) -> Result<(), ComposeError> {
    let matter = &matters[position];
    let asked = matter.found().and_then(|deadline| alert::asked_office(deadline, &matter.case.institution));
    let Some(office) = asked else { return Ok(()) };
    // Whoever is written to in the office's place answers for it, too; whoever stands there no longer has taken his word along.
    let behind = desk.directory.recipients(&office, today(desk, &office)).to;
    let listed = desk.directory.office(&office).map(|office| office.code.as_str());
    let answers = |given: &AcknowledgementRow| {
        let stands = || desk.directory.offices_with(&given.address).into_iter().any(|code| Some(code) == listed);
        given.office == office && stands() || behind.iter().any(|recipient| recipient.address == given.address)
    };
    if tx.acknowledgements(&matter.row).await?.iter().any(answers) {
        return Ok(());
    }
    // Whoever was first told today has had no time to answer, and whose letter never left has not been asked.
    let zone = matter.case.assembled.timeline.zone;
    let midnight = Instant::new(day_begins(matter.case.today, zone));
    if !tx.was_told(&matter.row, &office, midnight).await? {
        return Ok(());
    }
    let superior = desk.directory.office(&office).and_then(|o| o.superior.clone());
    let superior = superior.or_else(|| (office != "working_body").then(|| "working_body".to_owned()));
    let Some(superior) = superior else {
        addressed.notices.insert(("unacknowledged", matter.row.case_number.clone()));
        return Ok(());
    };
    // Told once for each date, on whichever rung it comes: the key is not that of the rung.
    let key = format!("{}@{}", alert::Rung::Unacknowledged.key(), matter.row.sequence);
    let alert = alert_row(matter, &key, &superior, desk.now);
    addressed.hear(tx, desk, matters, (position, alert, Why::Unacknowledged(office))).await
}

/// The offices that a party means.
async fn offices(
    tx: &mut Tx,
    desk: &Desk<'_>,
    matter: &Matter,
    party: &Party,
) -> Result<Vec<(String, Why)>, ComposeError> {
    let row = &matter.row;
    Ok(match party {
        Party::Office(office) => {
            // Where nobody is named yet, it is the working body's to ask.
            let informed = office == "working_body" && row.actor.as_ref().is_some_and(|actor| actor != "working_body");
            vec![(office.clone(), if informed { Why::ForInformation } else { Why::Office })]
        }
        Party::SuperiorOf(office) => {
            let superior = desk.directory.office(office).and_then(|o| o.superior.clone());
            superior.map(|superior| vec![(superior, Why::SuperiorOf(office.clone()))]).unwrap_or_default()
        }
        Party::AllTold => {
            let taken_along = matter.found().is_some_and(|deadline| !deadline.superseded.is_empty());
            let start_key = if taken_along { "" } else { row.start_key.as_str() };
            let told = tx.offices_told(&row.case_number, &row.rule, start_key, &row.subject).await?;
            told.into_iter().map(|office| (office, Why::Office)).collect()
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
