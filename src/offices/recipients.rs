//! Who is written to for an office on a day.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::{DEPUTY_STEPS_MAX, Directory, Finding, Language, Office, Official, SUPERIOR_STEPS_MAX, check_address};

/// Why this address is written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reached {
    /// It is an official of the office asked for.
    Direct,
    /// It stands in for an absent official of the office.
    Deputy {
        /// The absent official's address.
        for_address: String,
    },
    /// Nobody of the office asked for can be written to; this is the superior (or the superior's deputy).
    Superior {
        /// The office asked for.
        office: String,
    },
}

/// One address to write to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// The mail address; it has passed [`check_address`].
    pub address: String,
    /// The post; empty for a deputy who stands in the directory by address only.
    pub post: String,
    /// The code of the directory's entry the official belongs to.
    pub office: String,
    /// The language to write in.
    pub language: Language,
    /// Whether Kazakh stands above Russian.
    pub bilingual: bool,
    /// The zone of the office this official belongs to.
    pub zone: Tz,
    /// Why this address.
    pub reached: Reached,
}

/// Everybody to write to for an office on a day, and what stood in the way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recipients {
    /// Each address once. Empty only with a finding that says why; the operators must then hear of it.
    pub to: Vec<Recipient>,
    /// What the operators must hear.
    pub findings: Vec<Finding>,
}

impl Directory {
    /// Who is written to for `office` on the civil day `on` (the office's own). An absent official is stood in for by the
    /// deputy of those days, else by the standing deputy, and so on while deputies are absent too; when that reaches nobody
    /// of the office, the superior's officials are written to, by the same rules.
    pub fn recipients(&self, office: &str, on: NaiveDate) -> Recipients {
        self.recipients_without(office, on, &BTreeSet::new())
    }

    /// As [`Directory::recipients`], treating each address in `refused` too as one that cannot be written to.
    pub fn recipients_without(&self, office: &str, on: NaiveDate, refused: &BTreeSet<String>) -> Recipients {
        let Some(asked) = self.office(office) else {
            let findings = vec![Finding::UnknownOffice { office: office.to_owned() }];
            return Recipients { to: Vec::new(), findings };
        };
        let day = Day { directory: self, on, refused };
        let mut at = asked;
        let mut seen = BTreeSet::new();
        let mut findings = Vec::new();
        for _ in 0..=SUPERIOR_STEPS_MAX {
            if !seen.insert(at.code.as_str()) {
                findings.push(Finding::SuperiorCycle { office: asked.code.clone() });
                break;
            }
            let mut to = day.people(at, &mut findings);
            if !to.is_empty() {
                if at.code != asked.code {
                    for one in &mut to {
                        let office = office.to_owned();
                        one.reached = Reached::Superior { office };
                    }
                    findings.push(Finding::WentToSuperior { office: office.to_owned(), superior: at.code.clone(), on });
                }
                return Recipients { to, findings };
            }
            let Some(superior) = &at.superior else { break };
            let Some(next) = self.office(superior) else {
                findings.push(Finding::SuperiorUnknown { office: at.code.clone(), superior: superior.clone() });
                break;
            };
            at = next;
        }
        findings.push(Finding::NobodyReachable { office: office.to_owned(), on });
        Recipients { to: Vec::new(), findings }
    }
}

/// One day's view of the directory.
struct Day<'a> {
    directory: &'a Directory,
    on: NaiveDate,
    refused: &'a BTreeSet<String>,
}

impl<'a> Day<'a> {
    /// Everybody of `office` who can be written to, or their deputies; each address once, an official before a deputy.
    fn people(&self, office: &'a Office, findings: &mut Vec<Finding>) -> Vec<Recipient> {
        let mut to: Vec<Recipient> = Vec::new();
        for official in &office.officials {
            if let Err(why) = check_address(&official.address) {
                let (office, address) = (office.code.clone(), official.address.clone());
                findings.push(Finding::BadAddress { office, address, why });
            }
            let Some(one) = self.reach(office, official, findings) else {
                continue;
            };
            match to.iter_mut().find(|other| other.address == one.address) {
                Some(other) if one.reached == Reached::Direct => *other = one,
                Some(_) => {}
                None => to.push(one),
            }
        }
        to
    }

    /// The official, or whoever stands in; `None` when the chain of deputies reaches nobody.
    fn reach(&self, office: &'a Office, official: &'a Official, findings: &mut Vec<Finding>) -> Option<Recipient> {
        let reached = |address: &str| {
            if address == official.address {
                return Reached::Direct;
            }
            Reached::Deputy { for_address: official.address.clone() }
        };
        let (mut home, mut at) = (office, official);
        let mut seen = BTreeSet::new();
        for _ in 0..=DEPUTY_STEPS_MAX {
            if !seen.insert(at.address.as_str()) {
                let (office, address) = (office.code.clone(), official.address.clone());
                findings.push(Finding::DeputyCycle { office, address });
                return None;
            }
            let absence = self.directory.absence(at, self.on);
            if absence.is_none() && self.can_be_written_to(&at.address) {
                return Some(recipient(home, Some(at), &at.address, reached(&at.address)));
            }
            let deputy = absence.and_then(|absence| absence.deputy.as_ref()).or(at.deputy.as_ref())?;
            if let Some((their_home, next)) = self.directory.official(home, deputy) {
                (home, at) = (their_home, next);
            } else if check_address(deputy).is_ok() {
                // A plain address has no absences and no deputy: it is reached, or it is the chain's end.
                return self.can_be_written_to(deputy).then(|| recipient(home, None, deputy, reached(deputy)));
            } else {
                let (office, address) = (home.code.clone(), at.address.clone());
                findings.push(Finding::DeputyUnknown { office, address, deputy: deputy.clone() });
                return None;
            }
        }
        None
    }

    fn can_be_written_to(&self, address: &str) -> bool {
        check_address(address).is_ok() && !self.refused.contains(address) && !self.directory.refused.contains(address)
    }
}

fn recipient(office: &Office, official: Option<&Official>, address: &str, reached: Reached) -> Recipient {
    Recipient {
        address: address.to_owned(),
        post: official.map(|official| official.post.clone()).unwrap_or_default(),
        office: office.code.clone(),
        language: official.and_then(|official| official.language).unwrap_or(office.language),
        bilingual: office.bilingual,
        zone: office.zone,
        reached,
    }
}
