//! The decree N 2975 of 7 May 1996, paragraph by paragraph, in its own order: citation, words, then the rule.
//!
//! Every provision is here: either it is modelled by rules ([`Model::Rules`], [`Model::SeeRules`]) or it says why it sets
//! no term ([`Model::Silent`]). [`ALL`] lists them; a test holds the Kazakh words against the decree's own text.
//!
//! A48: the Kazakh and the Russian text differ in places; both are shown, a human decides. The names of the bodies differ
//! by edition (A44), as the decree's own text does: the words are quoted as they stand.

mod p00_decree;
mod p01_to_08_commission;
mod p09_death_sentence;
mod p10_to_13_petition;
mod p14_to_16_decision;
mod p17_to_20_execution;
pub mod readings;

use std::fmt;

use chrono::NaiveDate;

pub use p00_decree::*;
pub use p01_to_08_commission::*;
pub use p09_death_sentence::*;
pub use p10_to_13_petition::*;
pub use p14_to_16_decision::*;
pub use p17_to_20_execution::*;

use super::names::names;
use super::period::Period;
use super::timeline::EventKind;

names! {
    /// The rules of the decree that this register models (contract.md "Rule ids").
    RuleId, "rule" {
        /// Article 2 of the decree: proposals on the Commission's membership.
        D2Commission = "D2.COMMISSION",
        /// Para 8: no consideration before the verdict is in force.
        P8InForce = "P8.IN_FORCE",
        /// Para 9: the year in which a person sentenced to death may petition.
        P9Petition = "P9.PETITION",
        /// Para 9: the year after a moratorium's lifting.
        P9PetitionMoratorium = "P9.PETITION_MORATORIUM",
        /// Para 9: the act of refusal or non-filing.
        P9Act = "P9.ACT",
        /// Para 9: no execution for a year from entry into force.
        P9BarYear = "P9.BAR_YEAR",
        /// Para 9: no execution for a year after the lifting.
        P9BarAfterLift = "P9.BAR_AFTER_LIFT",
        /// Para 9: no execution until petition or refusal materials have been considered.
        P9BarPending = "P9.BAR_PENDING",
        /// Para 9: no execution while a moratorium is in force.
        P9BarMoratorium = "P9.BAR_MORATORIUM",
        /// Para 11: seven days to forward.
        P11Forward = "P11.FORWARD",
        /// Para 11: forwarded, not yet received.
        P11Arrival = "P11.ARRIVAL",
        /// Para 11: dispatch to the Supreme Court.
        P11DispatchSc = "P11.DISPATCH_SC",
        /// Para 11: dispatch to the Prosecutor General's Office.
        P11DispatchPg = "P11.DISPATCH_PG",
        /// Para 11: one month for the Supreme Court's conclusion.
        P11ConclSc = "P11.CONCL_SC",
        /// Para 11: one month for the Prosecutor General's conclusion.
        P11ConclPg = "P11.CONCL_PG",
        /// Paras 7(2), 11: both conclusions are in.
        P11ReadyForCommission = "P11.READY_FOR_COMMISSION",
        /// Para 12: verification sent, not yet back.
        P12Verify = "P12.VERIFY",
        /// Para 13: submission to the Commission.
        P13SubmitCommission = "P13.SUBMIT_COMMISSION",
        /// Para 15: notice to the petitioner.
        P15Notice = "P15.NOTICE",
        /// Para 16: the wait before a repeat petition.
        P16Wait = "P16.WAIT",
        /// Para 16: an early repeat petition is attached.
        P16Attach = "P16.ATTACH",
        /// Para 17(1): the decree goes to the Supreme Court.
        P17DispatchSc = "P17.DISPATCH_SC",
        /// Para 17(1): the decree goes to the Prosecutor General's Office.
        P17DispatchPg = "P17.DISPATCH_PG",
        /// Para 17(2): the decree goes to the body in charge of execution.
        P17DispatchExec = "P17.DISPATCH_EXEC",
        /// Para 18: report on the execution of a pardon decree.
        P18Report = "P18.REPORT",
        /// Para 18: the Prosecutor General's report on an executed sentence.
        P18ReportPg = "P18.REPORT_PG",
        /// Para 19: the court's notice.
        P19CourtNotice = "P19.COURT_NOTICE",
    }
}

names! {
    /// What a rule sets. The safe side belongs to the kind, not to the rule: see [`crate::law::term`].
    Kind, "kind" {
        /// An act an office owes by a day.
        Duty = "duty",
        /// Something the convict may do until a day.
        Right = "right",
        /// Something that must not be done until a day is over, or without an end.
        Bar = "bar",
        /// A soft wait before something may be done.
        Wait = "wait",
        /// An act without a legal term.
        Step = "step",
        /// Something that must be so before something else.
        Condition = "condition",
    }
}

/// Which cases a provision speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cases {
    /// All.
    All,
    /// Persons sentenced to death only.
    Death,
    /// Persons sentenced to deprivation of liberty or milder.
    NotDeath,
}

/// Whose act it is, before a case names the office's code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The administration of the correctional institution.
    Institution,
    /// The working body of the Commission (a Division of the President's Administration).
    WorkingBody,
    /// The Supreme Court.
    SupremeCourt,
    /// The Prosecutor General's Office.
    ProsecutorGeneral,
    /// The body in charge of executing the decree.
    ExecutingBody,
    /// The court that quashed or changed the verdict.
    Court,
    /// The body that verifies under para 12.
    VerifyingBody,
    /// Nobody: a bar binds all.
    Nobody,
}

/// One rule: what starts it, how long it is, what meets it, whose it is.
#[derive(Debug)]
pub struct Rule {
    /// Its id.
    pub id: RuleId,
    /// The paragraph, as letters cite it.
    pub paragraph: &'static str,
    /// What it sets.
    pub kind: Kind,
    /// Which cases it speaks of.
    pub cases: Cases,
    /// The events that start it.
    pub starts: &'static [EventKind],
    /// Its length; none where the decree gives no number.
    pub length: Option<Period>,
    /// The events that meet, use or end it.
    pub met_by: &'static [EventKind],
    /// Whose act it is.
    pub owner: Owner,
    /// The first edition whose wording of this rule is established (law.md 4.1).
    pub established_from: EditionId,
    /// The readings that decide its open questions.
    pub readings: &'static [&'static str],
}

/// The words of a provision.
#[derive(Debug)]
pub struct Words {
    /// The exact Kazakh characters of the decree (mixed Latin "i" and Cyrillic "і" kept).
    pub kk: &'static str,
    /// Russian: official where it was found, else the project's own translation.
    pub ru: &'static str,
    /// Whether the Russian is the official text.
    pub ru_official: bool,
    /// English.
    pub en: &'static str,
}

/// What a provision comes to in this register.
#[derive(Debug)]
pub enum Model {
    /// These rules.
    Rules(&'static [Rule]),
    /// A rule that stands with another paragraph.
    SeeRules(&'static [RuleId]),
    /// No term: the reason.
    Silent(&'static str),
}

/// One provision of the decree.
#[derive(Debug)]
pub struct Provision {
    /// Its id in the project's list of provisions.
    pub id: &'static str,
    /// Its citation.
    pub paragraph: &'static str,
    /// Its words.
    pub words: Words,
    /// What it comes to.
    pub model: Model,
}

names! {
    /// The wordings of the decree, by the amendments that its own footnotes name.
    EditionId, "edition" {
        /// 7 May 1996: the original; its text was not found.
        R1996 = "R1996",
        /// 18 February 1998, N 3841.
        R1998 = "R1998",
        /// 13 February 2001, N 557.
        R2001 = "R2001",
        /// 4 February 2004, N 1288.
        R2004 = "R2004",
        /// 16 May 2005, N 1573.
        R2005 = "R2005",
    }
}

const fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("a real day")
}

impl EditionId {
    /// The first day it was in force (the day of its act; other days of entry into force are not established).
    pub const fn from(self) -> NaiveDate {
        match self {
            Self::R1996 => day(1996, 5, 7),
            Self::R1998 => day(1998, 2, 18),
            Self::R2001 => day(2001, 2, 13),
            Self::R2004 => day(2004, 2, 4),
            Self::R2005 => day(2005, 5, 16),
        }
    }

    /// A45: the edition in force on the day that starts a term; none before the decree.
    pub fn on(day: NaiveDate) -> Option<Self> {
        Self::ALL.iter().rev().copied().find(|edition| edition.from() <= day)
    }
}

/// The day N 140 repealed the decree.
///
/// A46: by default the 2005 wording goes on applying after it, because the register is in use. With `honour_repeal` no rule
/// applies to events from this day on, and a term that outlives it carries the warning `rule_repealed_before_expiry`:
/// the transitional clause of N 140 was not found.
pub const REPEALED_ON: NaiveDate = day(2006, 7, 5);

impl RuleId {
    /// The rule itself.
    pub fn rule(self) -> &'static Rule {
        RULES[self as usize]
    }

    /// The provision in which its words stand.
    pub fn provision(self) -> &'static Provision {
        let holds = |p: &&&Provision| matches!(&p.model, Model::Rules(rules) if rules.iter().any(|r| r.id == self));
        ALL.iter().find(holds).expect("every rule stands in a provision: tests/it/law.rs counts them")
    }
}

impl fmt::Display for Provision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (para {})", self.id, self.paragraph)
    }
}

/// Every provision, in the decree's order.
pub const ALL: &[&Provision] = &[
    &D2,
    &D4,
    &P1_1,
    &P1_1A,
    &P1_2,
    &P1_3,
    &P2_1,
    &P2_2,
    &P3,
    &P3_2,
    &P4,
    &P4_2,
    &P5_0,
    &P5_1,
    &P5_3,
    &P5_2,
    &P6_0,
    &P6_1,
    &P6_2,
    &P6_3,
    &P7_1,
    &P7_2,
    &P7_3,
    &P7_4,
    &P8,
    &P9_PETITION,
    &P9_ACT,
    &P9_BAR_PENDING,
    &P9_BAR_YEAR,
    &P9_PETITION_MORATORIUM,
    &P9_BAR_AFTER_LIFT,
    &P10,
    &P11_FORWARD,
    &P11_DISPATCH,
    &P11_CONCL,
    &P12,
    &P13,
    &P14,
    &P15,
    &P16_WAIT,
    &P16_ATTACH,
    &P17_1,
    &P17_2,
    &P18_1,
    &P18_2,
    &P19,
    &P20_1,
    &P20_2,
    &P20_3,
];

/// Every rule, in the order of [`RuleId`].
pub const RULES: &[&Rule] = &[
    rule_of(&D2, 0),
    rule_of(&P8, 0),
    rule_of(&P9_PETITION, 0),
    rule_of(&P9_PETITION_MORATORIUM, 0),
    rule_of(&P9_ACT, 0),
    rule_of(&P9_BAR_YEAR, 0),
    rule_of(&P9_BAR_AFTER_LIFT, 0),
    rule_of(&P9_BAR_PENDING, 0),
    rule_of(&P9_PETITION_MORATORIUM, 1),
    rule_of(&P11_FORWARD, 0),
    rule_of(&P11_FORWARD, 1),
    rule_of(&P11_DISPATCH, 0),
    rule_of(&P11_DISPATCH, 1),
    rule_of(&P11_CONCL, 0),
    rule_of(&P11_CONCL, 1),
    rule_of(&P11_CONCL, 2),
    rule_of(&P12, 0),
    rule_of(&P13, 0),
    rule_of(&P15, 0),
    rule_of(&P16_WAIT, 0),
    rule_of(&P16_ATTACH, 0),
    rule_of(&P17_1, 0),
    rule_of(&P17_1, 1),
    rule_of(&P17_2, 0),
    rule_of(&P18_2, 0),
    rule_of(&P18_1, 0),
    rule_of(&P19, 0),
];

const fn rule_of(provision: &'static Provision, position: usize) -> &'static Rule {
    match &provision.model {
        Model::Rules(rules) => &rules[position],
        Model::SeeRules(_) | Model::Silent(_) => panic!("this provision has no rule"),
    }
}
