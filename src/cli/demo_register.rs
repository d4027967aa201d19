//! The sample register of the demo: every kind of term, with dates relative to today, so that letters go out at once.

use anyhow::{Context, Result};
use chrono::{Days, NaiveDate};
use chrono_tz::Tz;

use crate::law::timeline::{CrimeCategory, EventKind, Sentence};
use crate::register::entry::{Draft, NewCase};
use crate::register::{NATIONWIDE, Registrar};

/// A sample event: what, how many days ago, and its fields.
type Sample = (EventKind, u64, &'static [(&'static str, &'static str)]);

/// A sample case: what it shows, and its story.
pub(super) struct SampleCase {
    /// What it shows, for the demo's own table.
    pub(super) shows: &'static str,
    sentence: Sentence,
    category: CrimeCategory,
    institution: &'static str,
    events: &'static [Sample],
}

const DEATH: (Sentence, CrimeCategory) = (Sentence::Death, CrimeCategory::EspeciallyGrave);

/// Held in the institution that reads Kazakh (above Russian), Russian, English.
const KK: &str = "institution:sample-1";
const RU: &str = "institution:sample-2";
const EN: &str = "institution:sample-3";

use EventKind as E;

const fn case(
    shows: &'static str,
    (sentence, category): (Sentence, CrimeCategory),
    institution: &'static str,
    events: &'static [Sample],
) -> SampleCase {
    SampleCase { shows, sentence, category, institution, events }
}

const OTHER: (Sentence, CrimeCategory) = (Sentence::Imprisonment, CrimeCategory::Other);
const GRAVE: (Sentence, CrimeCategory) = (Sentence::Imprisonment, CrimeCategory::Grave);

/// The cases, in the order of their numbers.
pub(super) const CASES: &[SampleCase] = &[
    case(
        "seven days to forward, just begun",
        OTHER,
        KK,
        &[(E::VerdictInForce, 400, &[]), (E::PetitionAccepted, 0, &[])],
    ),
    case("seven days to forward: the last day", OTHER, RU, &[(E::PetitionAccepted, 7, &[])]),
    case("seven days to forward: overdue", OTHER, KK, &[(E::PetitionAccepted, 16, &[])]),
    case(
        "a petition by another road: whose are the seven days?",
        OTHER,
        EN,
        &[(E::PetitionAccepted, 2, &[("road", "relative")])],
    ),
    case(
        "transferred inside the seven days: both institutions hear",
        GRAVE,
        EN,
        &[(E::PetitionAccepted, 4, &[]), (E::ConvictTransferred, 1, &[("to", "institution:sample-2")])],
    ),
    case(
        "two conclusions: one in, one overdue",
        DEATH,
        KK,
        &[
            (E::VerdictInForce, 250, &[]),
            (E::VerdictCopyHanded, 240, &[]),
            (E::PetitionAccepted, 60, &[]),
            (E::Forwarded, 56, &[("postmark", "yes")]),
            (E::ReceivedByAdministration, 52, &[]),
            (E::DispatchedToSupremeCourt, 45, &[]),
            (E::DispatchedToProsecutorGeneral, 45, &[]),
            (E::ConclusionSupremeCourt, 20, &[]),
        ],
    ),
    case(
        "a year to petition, nearly over; bars on execution",
        DEATH,
        RU,
        &[(E::VerdictInForce, 380, &[]), (E::VerdictCopyHanded, 362, &[]), (E::CassationRulingHanded, 359, &[])],
    ),
    case(
        "no wish to petition was declared: the act of paragraph 9 is due",
        DEATH,
        EN,
        &[(E::VerdictInForce, 300, &[]), (E::VerdictCopyHanded, 290, &[]), (E::RefusalDeclared, 40, &[])],
    ),
    case(
        "an early repeat petition, attached",
        GRAVE,
        RU,
        &[
            (E::VerdictInForce, 900, &[]),
            (E::RejectionDecree, 200, &[]),
            (E::DecreeReceivedExec, 190, &[]),
            (E::PetitionAccepted, 30, &[("repeat", "yes")]),
            (E::Forwarded, 27, &[]),
            (E::ReceivedByAdministration, 24, &[]),
            (E::PetitionAttached, 20, &[]),
        ],
    ),
    case(
        "an attached petition that has ripened",
        OTHER,
        KK,
        &[
            (E::VerdictInForce, 900, &[]),
            (E::RejectionDecree, 190, &[]),
            (E::DecreeReceivedExec, 180, &[]),
            (E::PetitionAccepted, 60, &[("repeat", "yes")]),
            (E::Forwarded, 57, &[]),
            (E::ReceivedByAdministration, 55, &[]),
            (E::PetitionAttached, 50, &[]),
        ],
    ),
    case(
        "a step without a term: internal control passed",
        OTHER,
        EN,
        &[
            (E::VerdictInForce, 700, &[]),
            (E::PetitionAccepted, 70, &[]),
            (E::Forwarded, 66, &[]),
            (E::ReceivedByAdministration, 60, &[]),
            (E::SentForVerification, 50, &[("to", "sample")]),
        ],
    ),
    case(
        "unlawful steps: recorded and flagged",
        DEATH,
        KK,
        &[
            (E::VerdictInForce, 100, &[]),
            (E::VerdictCopyHanded, 95, &[]),
            (E::PetitionAccepted, 90, &[]),
            (E::Forwarded, 85, &[]),
            (E::ReceivedByAdministration, 80, &[]),
            (E::SubmittedToCommission, 60, &[]),
            (
                E::CommissionSat,
                50,
                &[
                    ("members", "15"),
                    ("present", "8"),
                    ("votes_for", "4"),
                    ("votes_against", "4"),
                    ("outcome", "not_supported"),
                ],
            ),
        ],
    ),
    case(
        "a decree sent to one addressee of two",
        DEATH,
        RU,
        &[
            (E::VerdictInForce, 800, &[]),
            (E::VerdictCopyHanded, 790, &[]),
            (E::PetitionAccepted, 600, &[]),
            (E::Forwarded, 596, &[]),
            (E::ReceivedByAdministration, 590, &[]),
            (E::PardonDecree, 40, &[("outcome", "replacement")]),
            (E::DecreeDispatched, 35, &[("to", "supreme_court")]),
        ],
    ),
    case(
        "a pardon to be reported on",
        OTHER,
        RU,
        &[
            (E::VerdictInForce, 900, &[]),
            (E::PardonDecree, 45, &[("outcome", "partial_release")]),
            (E::DecreeReceivedExec, 29, &[]),
        ],
    ),
    case(
        "no grounds: the petitioner is to be informed",
        OTHER,
        EN,
        &[
            (E::PetitionAccepted, 50, &[]),
            (E::Forwarded, 46, &[]),
            (E::ReceivedByAdministration, 43, &[]),
            (E::NoGroundsDecided, 29, &[]),
        ],
    ),
    case("closed: the convict died", GRAVE, KK, &[(E::PetitionAccepted, 90, &[]), (E::ConvictDied, 60, &[])]),
];

/// The nation-wide story: a moratorium declared, and lifted (the lifting waits for no one: a second person confirmed it).
const NATION: &[Sample] = &[
    (E::MoratoriumDeclared, 1_000, &[("act", "sample decree 1")]),
    (E::MoratoriumLifted, 200, &[("act", "sample decree 2")]),
];

/// The number of the case at `position` of [`CASES`].
pub(super) fn number(position: usize, today: NaiveDate) -> String {
    use chrono::Datelike;
    format!("{}-{:04}", today.year(), position + 1)
}

/// Fills an empty register.
pub(super) async fn fill(registrar: &Registrar<'_>, second: &Registrar<'_>, zone: Tz) -> Result<()> {
    let today = registrar.today(zone);
    for (position, sample) in CASES.iter().enumerate() {
        let number = number(position, today);
        let case = NewCase {
            number: number.clone(),
            sentence: sample.sentence,
            crime_category: Some(sample.category),
            institution: sample.institution.to_owned(),
            zone,
        };
        registrar.open_case(&case).await?;
        for event in sample.events {
            record(registrar, second, &number, event, today).await.with_context(|| format!("sample case {number}"))?;
        }
    }
    for event in NATION {
        record(registrar, second, NATIONWIDE, event, today).await.context("sample moratorium")?;
    }
    Ok(())
}

/// Records one event; where two pairs of eyes are asked for, the second person confirms.
async fn record(
    registrar: &Registrar<'_>,
    second: &Registrar<'_>,
    number: &str,
    (kind, days_ago, fields): &Sample,
    today: NaiveDate,
) -> Result<()> {
    let day = today.checked_sub_days(Days::new(*days_ago)).context("a day in the past")?;
    let mut draft = Draft::new(*kind, day).confirmed();
    for (name, value) in *fields {
        draft = draft.with(name, value)?;
    }
    let recorded = registrar.record(number, &draft).await?;
    if recorded.entry.needs_confirmation {
        second.confirm(&recorded.entry.event_id).await?;
    }
    Ok(())
}
