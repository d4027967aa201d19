//! The kinds of events (contract of names: the order is the decree's own).

use std::fmt;
use std::str::FromStr;

use super::names::UnknownName;

/// The kinds of events, in the decree's order (contract.md "Event types").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventKind {
    /// The verdict entered into legal force (paras 8, 9).
    VerdictInForce,
    /// The copy of the verdict was handed to the convict (para 9).
    VerdictCopyHanded,
    /// The cassation ruling was handed to the convict (para 9).
    CassationRulingHanded,
    /// A petition for pardon was accepted (paras 10, 11). `road` names another road than the administration.
    PetitionAccepted,
    /// The convict declared no wish to petition (para 9).
    RefusalDeclared,
    /// The act of refusal or of non-filing was drawn up (paras 9, 11).
    RefusalActDrawn,
    /// The petition or the act was sent to the President's Administration (para 11). `postmark`: by the stamp of the post.
    Forwarded,
    /// The President's Administration received it.
    ReceivedByAdministration,
    /// The Division sent the file to the Supreme Court (para 11).
    DispatchedToSupremeCourt,
    /// The Division sent the file to the Prosecutor General's Office (para 11).
    DispatchedToProsecutorGeneral,
    /// The Supreme Court received the file.
    ReceivedBySupremeCourt,
    /// The Prosecutor General's Office received the file.
    ReceivedByProsecutorGeneral,
    /// The Supreme Court presented its conclusion (paras 7(2), 11).
    ConclusionSupremeCourt,
    /// The Prosecutor General presented the conclusion (paras 7(2), 11).
    ConclusionProsecutorGeneral,
    /// The petition was sent for verification (para 12). `to` names the verifying body.
    SentForVerification,
    /// The verification came back (para 12).
    VerificationReturned,
    /// No grounds were found to submit the petition to the Commission (para 15).
    NoGroundsDecided,
    /// The petitioner was informed of that (para 15).
    PetitionerNotified,
    /// An early repeat petition was attached to the materials at hand (para 16).
    PetitionAttached,
    /// A human recognised new noteworthy circumstances (para 16).
    NewCircumstancesRecognised,
    /// The petition was submitted to the Commission (para 13).
    SubmittedToCommission,
    /// The Commission sat (paras 5, 6). Fields: `members`, `present`, `votes_for`, `votes_against`, `outcome`.
    CommissionSat,
    /// The minutes were signed (para 6).
    MinutesSigned,
    /// The Commission submitted the petition to the Head of State (para 13).
    SubmittedToHeadOfState,
    /// The President rejected the petition by decree (para 14).
    RejectionDecree,
    /// The President pardoned by decree (para 14). `outcome`: what the pardon gives (para 1).
    PardonDecree,
    /// The decree was sent for execution (para 17). `to` names the addressee.
    DecreeDispatched,
    /// The Supreme Court received the decree (para 17(1)).
    DecreeReceivedSc,
    /// The Prosecutor General's Office received the decree (para 17(1)).
    DecreeReceivedPg,
    /// The body in charge of execution received the decree (para 17(2)).
    DecreeReceivedExec,
    /// The execution was reported to the President's Administration (para 18).
    ExecutionReported,
    /// The sentence was executed. Closes the case; starts the report of para 18.
    SentenceExecuted,
    /// The materials on the refusal to petition were considered (para 9; A56: an explicit act entered by a human).
    RefusalMaterialsConsidered,
    /// A court quashed or changed the verdict (para 19). Closes the case; starts the court's notice.
    VerdictQuashedOrChanged,
    /// The Commission was informed of that through its working body (para 19).
    CourtNoticeReceived,
    /// A missed petition window was restored by a decision (A52).
    WindowRestored,
    /// The convict was transferred to the institution `to`.
    ConvictTransferred,
    /// The convict died. Closes everything.
    ConvictDied,
    /// A petition was withdrawn. It ends no bar.
    PetitionWithdrawn,
    /// A moratorium on executions was declared: nation-wide, stored once.
    MoratoriumDeclared,
    /// The moratorium was lifted: nation-wide, stored once.
    MoratoriumLifted,
    /// The decree itself entered into force (its articles 2 and 4).
    DecreeInForce,
    /// The convict was informed of the open petition window.
    ConvictInformed,
    /// An amnesty was applied. Closes the case.
    AmnestyApplied,
    /// The register entry was closed, with a reason code.
    CaseClosed,
}

impl EventKind {
    /// Every kind, in the decree's order.
    pub const ALL: &'static [Self] = &[
        Self::VerdictInForce,
        Self::VerdictCopyHanded,
        Self::CassationRulingHanded,
        Self::PetitionAccepted,
        Self::RefusalDeclared,
        Self::RefusalActDrawn,
        Self::Forwarded,
        Self::ReceivedByAdministration,
        Self::DispatchedToSupremeCourt,
        Self::DispatchedToProsecutorGeneral,
        Self::ReceivedBySupremeCourt,
        Self::ReceivedByProsecutorGeneral,
        Self::ConclusionSupremeCourt,
        Self::ConclusionProsecutorGeneral,
        Self::SentForVerification,
        Self::VerificationReturned,
        Self::NoGroundsDecided,
        Self::PetitionerNotified,
        Self::PetitionAttached,
        Self::NewCircumstancesRecognised,
        Self::SubmittedToCommission,
        Self::CommissionSat,
        Self::MinutesSigned,
        Self::SubmittedToHeadOfState,
        Self::RejectionDecree,
        Self::PardonDecree,
        Self::DecreeDispatched,
        Self::DecreeReceivedSc,
        Self::DecreeReceivedPg,
        Self::DecreeReceivedExec,
        Self::ExecutionReported,
        Self::SentenceExecuted,
        Self::RefusalMaterialsConsidered,
        Self::VerdictQuashedOrChanged,
        Self::CourtNoticeReceived,
        Self::WindowRestored,
        Self::ConvictTransferred,
        Self::ConvictDied,
        Self::PetitionWithdrawn,
        Self::MoratoriumDeclared,
        Self::MoratoriumLifted,
        Self::DecreeInForce,
        Self::ConvictInformed,
        Self::AmnestyApplied,
        Self::CaseClosed,
    ];

    /// The name used in files, on the command line and over HTTP.
    pub fn as_str(self) -> &'static str {
        NAMES[self as usize]
    }

    /// Whether the event belongs to every case and is stored once.
    pub fn is_nationwide(self) -> bool {
        matches!(self, Self::MoratoriumDeclared | Self::MoratoriumLifted)
    }

    /// A43: what closes a case besides the decree's own events (the decree is silent).
    pub fn closes(self) -> bool {
        matches!(
            self,
            Self::ConvictDied
                | Self::AmnestyApplied
                | Self::SentenceExecuted
                | Self::VerdictQuashedOrChanged
                | Self::CaseClosed
        )
    }
}

/// Names in the order of the variants.
const NAMES: &[&str] = &[
    "verdict_in_force",
    "verdict_copy_handed",
    "cassation_ruling_handed",
    "petition_accepted",
    "refusal_declared",
    "refusal_act_drawn",
    "forwarded",
    "received_by_administration",
    "dispatched_to_supreme_court",
    "dispatched_to_prosecutor_general",
    "received_by_supreme_court",
    "received_by_prosecutor_general",
    "conclusion_supreme_court",
    "conclusion_prosecutor_general",
    "sent_for_verification",
    "verification_returned",
    "no_grounds_decided",
    "petitioner_notified",
    "petition_attached",
    "new_circumstances_recognised",
    "submitted_to_commission",
    "commission_sat",
    "minutes_signed",
    "submitted_to_head_of_state",
    "rejection_decree",
    "pardon_decree",
    "decree_dispatched",
    "decree_received_sc",
    "decree_received_pg",
    "decree_received_exec",
    "execution_reported",
    "sentence_executed",
    "refusal_materials_considered",
    "verdict_quashed_or_changed",
    "court_notice_received",
    "window_restored",
    "convict_transferred",
    "convict_died",
    "petition_withdrawn",
    "moratorium_declared",
    "moratorium_lifted",
    "decree_in_force",
    "convict_informed",
    "amnesty_applied",
    "case_closed",
];

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for EventKind {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        match NAMES.iter().position(|n| *n == name) {
            Some(i) => Ok(Self::ALL[i]),
            None => Err(UnknownName { what: "event type", name: name.to_owned(), known: NAMES }),
        }
    }
}
