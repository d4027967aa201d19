//! PURE: who is behind an office on a day, absences, deputies and superiors applied.
//!
//! Nobody is dropped in silence: whoever cannot be written to is stood in for, and what could not be done is a [`Finding`].

mod address;
mod finding;
mod recipients;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use chrono_tz::Tz;

pub use address::check_address;
pub(crate) use address::check_domain;
pub use finding::Finding;
pub use recipients::{Reached, Recipient, Recipients};

/// Offices whose code stands alone.
pub const OFFICES_ALONE: [&str; 5] = ["commission", "operators", "prosecutor_general", "supreme_court", "working_body"];
/// Kinds of office that there are many of: the code is `kind:code`, and `kind:*` stands for those not listed.
pub const OFFICE_KINDS: [&str; 4] = ["court", "executing_body", "institution", "verifying_body"];

/// Most steps from deputy to deputy's deputy: past it the chain is taken to be broken.
pub(crate) const DEPUTY_STEPS_MAX: usize = 8;
/// Most steps from superior to superior's superior.
pub(crate) const SUPERIOR_STEPS_MAX: usize = 8;

/// A language that letters are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// Kazakh.
    Kk,
    /// Russian.
    Ru,
    /// English.
    En,
}

impl Language {
    /// The ISO 639-1 code: `kk`, `ru`, `en`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Kk => "kk",
            Self::Ru => "ru",
            Self::En => "en",
        }
    }
}

/// A name in the three languages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// Kazakh.
    pub kk: String,
    /// Russian.
    pub ru: String,
    /// English.
    pub en: String,
}

impl Names {
    /// The name in `language`.
    pub fn in_language(&self, language: Language) -> &str {
        match language {
            Language::Kk => &self.kk,
            Language::Ru => &self.ru,
            Language::En => &self.en,
        }
    }
}

/// Days on which an official is not to be written to, both ends included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absence {
    /// First day away.
    pub from: NaiveDate,
    /// Last day away.
    pub until: NaiveDate,
    /// Who stands in for these days; without it the official's standing deputy.
    pub deputy: Option<String>,
}

/// Somebody whom an office's letters go to: a post and an address, never the name of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Official {
    /// The post, such as "Head of the registry".
    pub post: String,
    /// The mail address.
    pub address: String,
    /// The language of this official's letters, where it is not the office's.
    pub language: Option<Language>,
    /// Standing deputy: another official's address, or any address.
    pub deputy: Option<String>,
    /// Days away.
    pub absences: Vec<Absence>,
}

/// One office.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Office {
    /// Its code, such as `supreme_court` or `institution:zhem-7`.
    pub code: String,
    /// Its name.
    pub name: Names,
    /// The language of its letters.
    pub language: Language,
    /// Whether letters carry Kazakh above Russian.
    pub bilingual: bool,
    /// The zone whose mornings and days are its own.
    pub zone: Tz,
    /// The office written to when nobody here can be, and from the first overdue day.
    pub superior: Option<String>,
    /// Who is written to.
    pub officials: Vec<Official>,
}

/// Every office by its code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Directory {
    offices: BTreeMap<String, Office>,
    /// Addresses that do not work.
    refused: BTreeSet<String>,
}

impl Directory {
    /// The directory of `offices`; the error is a code that stands twice.
    pub fn new(offices: Vec<Office>) -> Result<Self, String> {
        let mut directory = Self::default();
        for office in offices {
            if let Some(first) = directory.offices.insert(office.code.clone(), office) {
                return Err(first.code);
            }
        }
        Ok(directory)
    }

    /// The same directory, in which nobody can be written to at the addresses `refused` (flagged by a refusal or a bounce).
    #[must_use]
    pub fn without(&self, refused: BTreeSet<String>) -> Self {
        Self { offices: self.offices.clone(), refused }
    }

    /// The offices in which an address stands, as official or as deputy, by code.
    pub fn offices_with(&self, address: &str) -> Vec<&str> {
        let names = |official: &Official| {
            let deputies = official.absences.iter().filter_map(|absence| absence.deputy.as_ref());
            deputies.chain(&official.deputy).chain([&official.address]).any(|own| own == address)
        };
        let with = self.offices.values().filter(|office| office.officials.iter().any(names));
        with.map(|office| office.code.as_str()).collect()
    }

    /// Every office, by code.
    pub fn offices(&self) -> impl Iterator<Item = &Office> {
        self.offices.values()
    }

    /// How many officials have an address under example.org (RFC 2606): those of the sample, which reach nobody.
    pub fn sample_addresses(&self) -> usize {
        let is_sample = |address: &str| {
            let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
            domain == "example.org" || domain.ends_with(".example.org")
        };
        let officials = self.offices.values().flat_map(|office| &office.officials);
        officials.filter(|official| is_sample(&official.address)).count()
    }

    /// The office with this code, or the generic one of its kind (`institution:*` for `institution:zhem-7`).
    pub fn office(&self, code: &str) -> Option<&Office> {
        self.offices.get(code).or_else(|| {
            let (kind, _) = code.split_once(':')?;
            self.offices.get(&format!("{kind}:*"))
        })
    }

    /// Every problem that can be seen without a day: missing and misnamed offices, bad addresses, deputies and superiors.
    pub fn check(&self) -> Vec<Finding> {
        let mut findings: BTreeSet<Finding> = OFFICES_ALONE
            .iter()
            .filter(|code| !self.offices.contains_key(**code))
            .map(|code| Finding::UnknownOffice { office: (*code).to_owned() })
            .collect();
        for office in self.offices.values() {
            if !is_code(&office.code) {
                findings.insert(Finding::UnusedCode { office: office.code.clone() });
            }
            if office.officials.is_empty() {
                findings.insert(Finding::WithoutAddress { office: office.code.clone() });
            }
            self.check_superior(office, &mut findings);
            for official in &office.officials {
                check_official(office, official, &mut findings);
            }
        }
        findings.into_iter().collect()
    }

    fn check_superior(&self, office: &Office, findings: &mut BTreeSet<Finding>) {
        let mut at = office;
        let mut seen = BTreeSet::from([office.code.as_str()]);
        while let Some(superior) = &at.superior {
            let Some(next) = self.office(superior) else {
                let (office, superior) = (at.code.clone(), superior.clone());
                findings.insert(Finding::SuperiorUnknown { office, superior });
                return;
            };
            if !seen.insert(&next.code) {
                findings.insert(Finding::SuperiorCycle { office: office.code.clone() });
                return;
            }
            at = next;
        }
    }

    /// The absence of `official` that covers `on`: an absence belongs to the address, wherever in the directory it stands. Of
    /// several, one that names a deputy, so that the name is not lost; the entry's own first.
    pub(crate) fn absence<'a>(&'a self, official: &'a Official, on: NaiveDate) -> Option<&'a Absence> {
        let elsewhere = self.offices.values().flat_map(|office| &office.officials);
        let entries = elsewhere.filter(|other| other.address == official.address);
        let absences = std::iter::once(official).chain(entries).flat_map(|entry| &entry.absences);
        let mut covering = absences.filter(|absence| (absence.from..=absence.until).contains(&on));
        let first = covering.next()?;
        let named = std::iter::once(first).chain(covering).find(|absence| absence.deputy.is_some());
        named.or(Some(first))
    }

    /// The official with this address, looked for in `office` first and then everywhere.
    pub(crate) fn official<'a>(&'a self, office: &'a Office, address: &str) -> Option<(&'a Office, &'a Official)> {
        let in_office = |office: &'a Office| {
            let found = office.officials.iter().find(|official| official.address == address);
            found.map(|official| (office, official))
        };
        in_office(office).or_else(|| self.offices.values().find_map(in_office))
    }
}

/// Two colleagues who stand in for each other are no problem here: only a day on which both are away is.
fn check_official(office: &Office, official: &Official, findings: &mut BTreeSet<Finding>) {
    let (code, address) = (|| office.code.clone(), || official.address.clone());
    if let Err(why) = check_address(&official.address) {
        findings.insert(Finding::BadAddress { office: code(), address: address(), why });
    }
    let deputies = official.absences.iter().filter_map(|absence| absence.deputy.as_ref());
    for deputy in deputies.chain(&official.deputy) {
        if check_address(deputy).is_err() {
            findings.insert(Finding::DeputyUnknown { office: code(), address: address(), deputy: deputy.clone() });
        } else if *deputy == official.address {
            findings.insert(Finding::DeputyCycle { office: code(), address: address() });
        }
    }
    for Absence { from, until, .. } in &official.absences {
        if until < from {
            let (from, until) = (*from, *until);
            findings.insert(Finding::AbsenceBackwards { office: code(), address: address(), from, until });
        }
    }
}

/// Whether the register can write to an office of this code: a lone code, or `kind:` with a code of its own or `*`.
pub fn is_code(code: &str) -> bool {
    let Some((kind, own)) = code.split_once(':') else {
        return OFFICES_ALONE.contains(&code);
    };
    let is_own = |octet: u8| octet.is_ascii_alphanumeric() || octet == b'-' || octet == b'_' || octet == b'.';
    OFFICE_KINDS.contains(&kind) && !own.is_empty() && (own == "*" || own.bytes().all(is_own))
}
